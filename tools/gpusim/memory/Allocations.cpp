#include "tools/gpusim/memory/Allocations.h"
#include "tools/gpusim/memory/AddressSpace.h"

#include <sys/mman.h>

namespace gpusim {
namespace {

constexpr size_t MostGraves = 4096;

bool isHost(MemoryKind kind) { return kind == MemoryKind::Pinned; }
constexpr uint64_t roundUp(uint64_t value, uint64_t to) { return (value + to - 1) / to * to; }

// Pages that lie wholly within freed memory go back to the host.
void dropPages(uint64_t address, uint64_t bytes) {
  constexpr uint64_t page = 4096;
  uint64_t first = roundUp(address, page), last = (address + bytes) / page * page;
  if (last > first)
    madvise(reinterpret_cast<void *>(first), last - first, MADV_DONTNEED);
}

} // namespace

uint64_t Allocations::place(uint64_t bytes, bool host) {
  uint64_t base = reservedBase + (host ? ReservedBytes : 0) + RedZone,
           end = base + (host ? PinnedBytes : ReservedBytes);
  uint64_t need = roundUp(bytes, Alignment) + RedZone;
  uint64_t &bump = next[host];
  if (!bump)
    bump = roundUp(base, Alignment);
  if (need <= end - bump) {
    uint64_t at = bump;
    bump += need;
    return at;
  }
  // The range is used up: the first gap between live allocations, forgetting what was freed there.
  uint64_t at = roundUp(base, Alignment);
  for (auto i = all.lower_bound(at); i != all.end() && i->first < end; ++i) {
    if (i->second.freed)
      continue;
    if (i->first >= at + need)
      break;
    at = roundUp(i->second.end(), Alignment) + RedZone;
  }
  if (at + need > end)
    return 0;
  for (auto i = all.lower_bound(at - RedZone); i != all.end() && i->first < at + need;)
    i = i->second.freed ? all.erase(i) : std::next(i);
  return at;
}

uint64_t Allocations::allocate(uint64_t bytes, MemoryKind kind, uint64_t limit, const void *context, std::string name,
                               unsigned flags) {
  std::lock_guard lock(mutex);
  bool host = isHost(kind);
  uint64_t rounded = roundUp(bytes, Alignment);
  if (!reserveAddresses() || rounded < bytes || rounded > limit || usedBytes[host] > limit - rounded)
    return 0;
  uint64_t at = place(bytes, host);
  if (!at)
    return 0;
  usedBytes[host] += rounded;
  all[at] = {at, bytes, ++numbers, kind, false, std::move(name), context, flags};
  snapshot = nullptr;
  return at;
}

bool Allocations::enter(uint64_t address, uint64_t bytes, const void *context, unsigned flags) {
  std::lock_guard lock(mutex);
  auto after = all.lower_bound(address + bytes);
  if (after != all.begin())
    if (const Allocation &before = std::prev(after)->second; !before.freed && before.end() > address)
      return false;
  all[address] = {address, bytes, ++numbers, MemoryKind::Registered, false, {}, context, flags};
  addRegistered(address, bytes);
  snapshot = nullptr;
  return true;
}

bool Allocations::release(uint64_t address, bool host, bool registered, Allocation &gone) {
  std::lock_guard lock(mutex);
  auto at = all.find(address);
  if (at == all.end() || at->second.freed || isHost(at->second.kind) != host ||
      (at->second.kind == MemoryKind::Registered) != registered)
    return false;
  gone = at->second;
  snapshot = nullptr;
  if (registered) {
    removeRegistered(address);
    all.erase(at);
    return true;
  }
  usedBytes[host] -= roundUp(gone.bytes, Alignment);
  at->second.freed = true;
  graves.push_back(address);
  if (graves.size() > MostGraves) {
    if (auto oldest = all.find(graves.front()); oldest != all.end() && oldest->second.freed)
      all.erase(oldest);
    graves.pop_front();
  }
  dropPages(gone.address, gone.bytes);
  return true;
}

bool Allocations::find(uint64_t address, Allocation &found) const {
  std::lock_guard lock(mutex);
  auto after = all.upper_bound(address);
  if (after == all.begin())
    return false;
  const Allocation &before = std::prev(after)->second;
  if (before.freed || address >= before.end())
    return false;
  found = before;
  return true;
}

bool Allocations::holds(uint64_t address, uint64_t bytes) const {
  Allocation found;
  return find(address, found) && bytes <= found.end() - address;
}

uint64_t Allocations::used(bool host) const {
  std::lock_guard lock(mutex);
  return usedBytes[host];
}

std::shared_ptr<const AllocationList> Allocations::list() const {
  std::lock_guard lock(mutex);
  if (!snapshot) {
    auto fresh = std::make_shared<AllocationList>();
    fresh->reserve(all.size());
    for (const auto &[address, allocation] : all)
      fresh->push_back(allocation);
    snapshot = std::move(fresh);
  }
  return snapshot;
}

std::vector<Allocation> Allocations::live(const void *context) const {
  std::lock_guard lock(mutex);
  std::vector<Allocation> found;
  for (const auto &[address, allocation] : all)
    if (!allocation.freed && (!context || allocation.context == context))
      found.push_back(allocation);
  return found;
}

Allocations &allocations() {
  static Allocations *const one = new Allocations; // outlives static destruction
  return *one;
}

} // namespace gpusim
