// A card and a context on it, and everything that is made in one: handles that give themselves back.
#pragma once
#include "runtime/cuda/Driver.h"

#include <memory>
#include <utility>

namespace dlc::rt::cuda {

/// What a card can do.
struct CardModel {
  std::string name;
  int ordinal = 0, major = 0, minor = 0, multiprocessors = 0, clockKhz = 0, maxThreads = 0;
  int maxGrid[3] = {}, maxBlock[3] = {};
  int sharedPerBlock = 0, sharedOptin = 0; // bytes; optin: by function attribute
  uint64_t memory = 0;                     // bytes
  /// 86 for compute capability 8.6
  int capability() const { return major * 10 + minor; }
};

/// Of the card `ordinal`; fails where there is none.
Status readModel(const Driver &, int ordinal, CardModel &out);
/// "1.5 GB"
std::string bytesText(uint64_t);

/// The primary context of a card, or the caller's. Shared by all that is made in it.
class Context {
public:
  /// `given`: the caller's CUcontext, on this card; null: the primary context, one object a process and card.
  static Status get(const Driver &, int ordinal, void *given, std::shared_ptr<const Context> &out);
  ~Context();
  Context(const Context &) = delete;

  const Driver &driver;
  CUcontext raw = nullptr;
  CUdevice device = 0;
  CardModel model;

private:
  explicit Context(const Driver &driver) : driver(driver) {}
  bool retained = false;
};

/// Makes a context current on this thread while it lives.
class Current {
public:
  explicit Current(const Context &context) : context(context) {
    status = context.driver.check(context.driver.cuCtxPushCurrent(context.raw), "cuCtxPushCurrent");
  }
  /// For giving back, where nobody can be told: one more try.
  struct Releasing {};
  Current(const Context &context, Releasing) : Current(context) {
    if (!status.ok())
      status = context.driver.check(context.driver.cuCtxPushCurrent(context.raw), "cuCtxPushCurrent");
  }
  ~Current();
  Current(const Current &) = delete;
  Status status;

private:
  const Context &context;
};

/// Makes the context current for the rest of the block, or hands the failure to the caller.
#define DLC_CURRENT(context)                                                                                           \
  ::dlc::rt::cuda::Current dlcCurrent(context);                                                                        \
  if (!dlcCurrent.status.ok())                                                                                         \
  return std::move(dlcCurrent.status)

/// Something of the driver's that is given back with `Release`; keeps its context. Borrowed ones are the caller's.
template <class T, CUresult (*Driver::*Release)(T)> class Handle {
public:
  Handle() = default;
  Handle(std::shared_ptr<const Context> context, T raw, bool borrowed = false)
      : context(std::move(context)), raw(raw), borrowed(borrowed) {}
  Handle(Handle &&other) noexcept { swap(other); }
  Handle &operator=(Handle &&other) noexcept {
    Handle(std::move(other)).swap(*this);
    return *this;
  }
  ~Handle() {
    if (!raw || borrowed)
      return;
    // What it returns may be an earlier launch's failure; the thing is given back all the same.
    Current current(*context, Current::Releasing());
    (void)(context->driver.*Release)(raw);
  }
  T get() const { return raw; }
  explicit operator bool() const { return raw != T{}; }

private:
  std::shared_ptr<const Context> context;
  T raw{};
  bool borrowed = false;
  void swap(Handle &other) noexcept {
    std::swap(context, other.context);
    std::swap(raw, other.raw);
    std::swap(borrowed, other.borrowed);
  }
};

using Memory = Handle<CUdeviceptr, &Driver::cuMemFree>;
using Pinned = Handle<void *, &Driver::cuMemFreeHost>;
using Stream = Handle<CUstream, &Driver::cuStreamDestroy>;
using Event = Handle<CUevent, &Driver::cuEventDestroy>;
using Module = Handle<CUmodule, &Driver::cuModuleUnload>;
using Graph = Handle<CUgraph, &Driver::cuGraphDestroy>;
using GraphExec = Handle<CUgraphExec, &Driver::cuGraphExecDestroy>;

// The context must be current. Size 0 gives an empty handle.
/// `what` names the memory; `needs` says what all takes memory, for the message when there is not enough.
Status makeMemory(const std::shared_ptr<const Context> &, uint64_t bytes, const std::string &what,
                  const std::string &needs, Memory &out);
Status makePinned(const std::shared_ptr<const Context> &, uint64_t bytes, const std::string &what, Pinned &out);
Status makeStream(const std::shared_ptr<const Context> &, Stream &out);
Status makeEvent(const std::shared_ptr<const Context> &, Event &out);

} // namespace dlc::rt::cuda
