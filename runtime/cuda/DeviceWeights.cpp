#include "runtime/cuda/DeviceWeights.h"

#include <map>
#include <mutex>
#include <set>

namespace dlc::rt::cuda {
namespace {

using Entries = std::vector<const WeightStore::Entry *>;

std::mutex mutex;
/// Of each program and context, what its frozen entries have on the device, by their names.
using Name = std::pair<bool, std::string>; // of a constant; the name
std::map<std::pair<const Program *, const Context *>, std::map<Name, std::weak_ptr<DeviceCopy>>> commonFrozen;

Status upload(const Context &c, const WeightStore::Entry &e, CUdeviceptr to, CUstream stream) {
  if (e.derived)
    return {}; // init writes it
  std::string doing = "upload '" + e.name + "' (" + bytesText(e.size) + ")";
  if (e.init == fb::Init::Values) {
    DLC_CU_FOR(c.driver, doing, cuMemcpyHtoDAsync, to, e.data, e.size, stream);
    return {};
  }
  uint64_t pattern = e.init == fb::Init::Fill ? e.fill : 0;
  uint32_t width = e.init == fb::Init::Fill ? std::max(1u, bitWidth(e.dtype) / 8) : 4;
  return fillDevice(c, to, e.size, pattern, width, stream);
}

Status place(const std::shared_ptr<const Context> &c, const Entries &entries, const char *what,
             const std::shared_ptr<Stream> &ordered, CUstream stream, uint64_t &uploaded) {
  uint64_t bytes = 0;
  for (const WeightStore::Entry *e : entries)
    bytes += container::alignUp(e->size, 256);
  auto block = std::make_shared<WeightBlock>();
  block->context = c;
  block->bytes = bytes;
  DLC_TRY(makeMemory(c, bytes, what, "", block->memory));
  uint64_t at = 0;
  std::vector<std::shared_ptr<DeviceTensor>> tensors;
  for (const WeightStore::Entry *e : entries) {
    auto t = std::make_shared<DeviceTensor>();
    t->address = block->memory.get() + at;
    t->block = block;
    t->stream = ordered;
    if (e->size)
      DLC_TRY(upload(*c, *e, t->address, stream));
    at += container::alignUp(e->size, 256);
    tensors.push_back(std::move(t));
  }
  // Others may use what is published at once, on streams of their own.
  if (bytes)
    DLC_CU_FOR(c->driver, std::string("upload ") + what, cuStreamSynchronize, stream);
  for (size_t i = 0; i != entries.size(); ++i)
    entries[i]->device = std::move(tensors[i]);
  uploaded += bytes;
  return {};
}

} // namespace

Status fillDevice(const Context &c, CUdeviceptr to, uint64_t bytes, uint64_t pattern, uint32_t width, CUstream stream) {
  std::string doing = "fill " + bytesText(bytes);
  // Eight bytes at a time only where both halves are equal; such constants are made by the compiler.
  if (width == 8 && uint32_t(pattern) == uint32_t(pattern >> 32))
    width = 4;
  if (bytes % width || to % width)
    width = 1;
  if (width == 1)
    DLC_CU_FOR(c.driver, doing, cuMemsetD8Async, to, static_cast<unsigned char>(pattern), bytes, stream);
  else if (width == 2)
    DLC_CU_FOR(c.driver, doing, cuMemsetD16Async, to, static_cast<unsigned short>(pattern), bytes / 2, stream);
  else if (width == 4)
    DLC_CU_FOR(c.driver, doing, cuMemsetD32Async, to, static_cast<unsigned>(pattern), bytes / 4, stream);
  else {
    std::string values(bytes, '\0');
    fillPattern(values.data(), bytes, pattern, width);
    DLC_CU_FOR(c.driver, doing, cuMemcpyHtoDAsync, to, values.data(), bytes, stream);
    DLC_CU_FOR(c.driver, doing, cuStreamSynchronize, stream);
  }
  return {};
}

Status placeWeights(const std::shared_ptr<const Context> &c, const PlanRequest &request,
                    std::shared_ptr<Stream> &stream, uint64_t &uploaded) {
  std::lock_guard lock(mutex);
  const Program *program = request.program.get();
  const WeightStore &store = *request.weights;
  std::set<const WeightStore::Entry *> used;
  for (const fb::Buffer *b : *request.variant->buffers())
    if (const WeightStore::Entries *list = store.ofKind(b->kind()))
      used.insert((*list)[b->index()].get());
  auto &common = commonFrozen[{program, c.get()}];
  std::erase_if(common, [](auto &entry) { return entry.second.expired(); });
  std::shared_ptr<Stream> own = stream;
  Entries frozen, state;
  std::set<const WeightStore::Entry *> constants;
  for (const auto &e : store.allConstants())
    constants.insert(e.get());
  auto nameOf = [&](const WeightStore::Entry *e) { return Name(constants.contains(e), e->name); };
  for (auto *list : {&store.allWeights(), &store.allConstants(), &store.allDerived()})
    for (const auto &e : *list) {
      // A frozen value that no kernel reads is read back from the file, if ever.
      if (!e->writable && !used.contains(e.get()) && (e->data || e->derived))
        continue;
      if (!e->device && !request.init && !e->derived && e->keep.get() == program)
        if (auto found = common.find(nameOf(e.get())); found != common.end())
          e->device = found->second.lock();
      if (!e->device) {
        (e->writable ? state : frozen).push_back(e.get());
        continue;
      }
      auto &t = static_cast<DeviceTensor &>(*e->device);
      if (t.block->context != c)
        return {DLC_INVALID_ARGUMENT,
                "'" + e->name + "' lies in another context or on another card (" + t.block->context->model.name +
                    "): sessions that share weights run in one context",
                request.program->path()};
      if (e->writable && t.stream && own)
        stream = t.stream;
    }
  Stream temporary;
  CUstream on = stream ? stream->get() : nullptr;
  if (!on) {
    DLC_TRY(makeStream(c, temporary));
    on = temporary.get();
  }
  // Derived weights stay when the run that makes them is over, the weights that it reads do not: two blocks.
  Entries derived;
  std::erase_if(frozen, [&](const WeightStore::Entry *e) { return e->derived && (derived.push_back(e), true); });
  if (!derived.empty())
    DLC_TRY(place(c, derived, "derived weights", nullptr, on, uploaded));
  if (!frozen.empty()) {
    DLC_TRY(place(c, frozen, "weights", nullptr, on, uploaded));
    for (const WeightStore::Entry *e : frozen)
      if (!request.init && !e->writable && e->keep.get() == program)
        common[nameOf(e)] = e->device;
  }
  if (!state.empty())
    DLC_TRY(place(c, state, "state", stream, on, uploaded));
  std::erase_if(commonFrozen, [](auto &entry) { return entry.second.empty(); });
  return {};
}

} // namespace dlc::rt::cuda
