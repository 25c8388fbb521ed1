#include "runtime/Derived.h"

#include <map>
#include <mutex>
#include <tuple>

namespace dlc::rt {
namespace {

using Entries = WeightStore::Entries;

/// Where derived weights are the same ones, bit for bit: program, variant, device, context, whose memory it is, and
/// whether the library computed them.
using Key = std::tuple<const void *, const void *, const void *, const void *, const void *, const void *, bool>;

struct Shared {
  std::mutex mutex; // held while they are computed, so that others wait instead of computing them again
  std::vector<std::weak_ptr<const WeightStore::Entry>> entries;
};

std::shared_ptr<Shared> sharedOf(const Key &key) {
  static std::mutex mutex;
  static std::map<Key, std::weak_ptr<Shared>> known;
  std::lock_guard lock(mutex);
  std::erase_if(known, [](auto &entry) { return entry.second.expired(); });
  auto found = known[key].lock();
  if (!found)
    known[key] = found = std::make_shared<Shared>();
  return found;
}

/// All or none.
Entries lockAll(const Shared &shared) {
  Entries list;
  for (const auto &weak : shared.entries)
    if (auto entry = weak.lock())
      list.push_back(std::move(entry));
    else
      return {};
  return list;
}

Status compute(PlanRequest request, const Device &device, WeightStore &store) {
  request.variant = request.variant->init();
  request.weights = store.forInit();
  request.init = true;
  std::unique_ptr<Plan> plan;
  DLC_TRY(device.makePlan(request, plan));
  return plan->run();
}

} // namespace

Status deriveWeights(const PlanRequest &request, const Device &device, const WeightStore *share, WeightStore &store) {
  const fb::Variant &variant = *request.variant;
  if (!variant.init())
    return {};
  for (const fb::Buffer *b : *variant.init()->buffers())
    if (b->kind() == fb::BufferKind::Weight && store.writable(b->index()))
      return {DLC_INVALID_ARGUMENT,
              "this program derives weights from '" + request.program->table().weights()->Get(b->index())->name()->str() +
                  "' when it is loaded, but the session that it should share them with changes them: compile it with "
                  "--weights-as-state",
              request.program->path()};
  bool onDevice = device.ownMemory();
  if (share) {
    Entries list;
    for (const fb::Tensor *t : *variant.derived())
      if (auto entry = share->findDerived(*t); entry && entry->onDevice == onDevice)
        list.push_back(std::move(entry));
    if (list.size() == variant.derived()->size()) {
      store.setDerived(std::move(list));
      return {};
    }
  }
  auto make = [&]() -> Status {
    Entries list;
    DLC_TRY(WeightStore::makeDerived(variant, onDevice, request.allocator, list));
    store.setDerived(std::move(list));
    return compute(request, device, store);
  };
  if (!store.isAllOf(*request.program))
    return make();
  Key key{request.program.get(),
          &variant,
          &device,
          request.cudaContext,
          reinterpret_cast<const void *>(request.allocator.allocate),
          request.allocator.user,
          request.noLibrary};
  std::shared_ptr<Shared> shared = sharedOf(key);
  std::lock_guard lock(shared->mutex);
  if (Entries list = lockAll(*shared); !list.empty()) {
    store.setDerived(std::move(list));
    store.keep(shared);
    return {};
  }
  DLC_TRY(make());
  shared->entries.assign(store.allDerived().begin(), store.allDerived().end());
  store.keep(shared);
  return {};
}

} // namespace dlc::rt
