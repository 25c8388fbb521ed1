#include "runtime/cuda/DeviceWeights.h"

#include <map>
#include <mutex>

namespace dlc::rt::cuda {
namespace {

using Entries = std::vector<const WeightStore::Entry *>;

std::mutex mutex;
std::map<std::pair<const Program *, const Context *>, std::vector<std::weak_ptr<DeviceCopy>>> commonFrozen;

Status upload(const Context &c, const WeightStore::Entry &e, CUdeviceptr to, CUstream stream) {
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

Status placeWeights(const std::shared_ptr<const Context> &c, const std::shared_ptr<const Program> &program,
                    const WeightStore &store, std::shared_ptr<Stream> &stream, uint64_t &uploaded) {
  std::lock_guard lock(mutex);
  std::shared_ptr<Stream> own = stream;
  Entries frozen, state;
  bool shares = false;
  for (auto *list : {&store.allWeights(), &store.allConstants()})
    for (const auto &e : *list) {
      if (!e->device) {
        (e->writable ? state : frozen).push_back(e.get());
        continue;
      }
      shares = true;
      auto &t = static_cast<DeviceTensor &>(*e->device);
      if (t.block->context != c)
        return {DLC_INVALID_ARGUMENT,
                "'" + e->name + "' lies in another context or on another card (" + t.block->context->model.name +
                    "): sessions that share weights run in one context",
                program->path()};
      if (e->writable && t.stream && own)
        stream = t.stream;
    }
  Stream temporary;
  CUstream on = stream ? stream->get() : nullptr;
  if (!on) {
    DLC_TRY(makeStream(c, temporary));
    on = temporary.get();
  }
  auto key = std::make_pair(program.get(), c.get());
  auto &common = commonFrozen[key];
  if (!shares && common.size() == frozen.size()) {
    std::vector<std::shared_ptr<DeviceCopy>> held;
    for (auto &weak : common)
      if (auto t = weak.lock())
        held.push_back(std::move(t));
    if (held.size() == frozen.size()) {
      for (size_t i = 0; i != frozen.size(); ++i)
        frozen[i]->device = std::move(held[i]);
      frozen.clear();
    }
  }
  if (!frozen.empty()) {
    DLC_TRY(place(c, frozen, "weights", nullptr, on, uploaded));
    if (!shares) {
      common.clear();
      for (const WeightStore::Entry *e : frozen)
        common.push_back(e->device);
    }
  }
  if (!state.empty())
    DLC_TRY(place(c, state, "state", stream, on, uploaded));
  std::erase_if(commonFrozen, [](auto &entry) { return entry.second.empty() || entry.second.front().expired(); });
  return {};
}

} // namespace dlc::rt::cuda
