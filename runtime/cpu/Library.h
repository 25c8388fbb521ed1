// One library step as a oneDNN primitive, made at load.
#pragma once
#include "runtime/Device.h"

#include <functional>

namespace dlc::rt {

class LibraryCall {
public:
  virtual ~LibraryCall() = default;
  /// Null, with `why`, where oneDNN is absent or has no fast implementation: the step's fallback runs then.
  /// `frozen` gives the address of an argument that nothing writes while the session lives, null for the others:
  /// what is packed from it is packed once. It will be executed by a team of threads(). Fails where memory is refused.
  static Status create(const fb::Step &, const std::function<const char *(uint32_t arg)> &frozen, int threads,
                       const dlc_allocator &, std::unique_ptr<LibraryCall> &out, std::string &why);

  /// Sets the memory of the step's argument `arg`.
  virtual void bind(uint32_t arg, char *data) = 0;
  /// Working memory that execute() needs; calls that do not run at the same time may share it.
  virtual uint64_t scratchBytes() const = 0;
  virtual void bindScratch(char *data) = 0;
  /// False: oneDNN failed.
  virtual bool execute() = 0;
  /// At most `threads`; fewer where oneDNN would cut a sum by thread: results must not depend on their number.
  virtual int threads() const = 0;
  /// "oneDNN brg:avx512_core"
  virtual std::string implementation() const = 0;
};

/// Whether the step's result has no elements.
bool emptyResult(const fb::Step &);
/// "oneDNN 2.6.3", or why there is none.
std::string describeLibrary();

} // namespace dlc::rt
