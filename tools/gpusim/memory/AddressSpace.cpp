#include "tools/gpusim/memory/AddressSpace.h"

#include <map>
#include <mutex>
#include <shared_mutex>

#include <sys/mman.h>

namespace gpusim {

uint64_t reservedBase = 0;

bool reserveAddresses() {
  static std::once_flag once;
  std::call_once(once, [] {
    constexpr size_t bytes = ReservedBytes + PinnedBytes;
    constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *wanted = reinterpret_cast<void *>(PreferredBase); // the same addresses in every run
    void *at = mmap(wanted, bytes, PROT_READ | PROT_WRITE, flags | MAP_FIXED_NOREPLACE, -1, 0);
    if (at == MAP_FAILED)
      at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (at == MAP_FAILED)
      return;
    madvise(at, bytes, MADV_DONTDUMP);
    reservedBase = reinterpret_cast<uint64_t>(at);
  });
  return reservedBase != 0;
}

namespace {
struct Registered {
  std::shared_mutex mutex;
  std::map<uint64_t, uint64_t> ranges; // address -> bytes
};
Registered &registered() {
  static Registered *const all = new Registered; // outlives every thread
  return *all;
}
} // namespace

bool inRegistered(uint64_t address, uint64_t bytes) {
  Registered &all = registered();
  std::shared_lock lock(all.mutex);
  auto after = all.ranges.upper_bound(address);
  if (after == all.ranges.begin())
    return false;
  const auto &[start, size] = *std::prev(after);
  return address - start < size && bytes <= size - (address - start);
}

void addRegistered(uint64_t address, uint64_t bytes) {
  Registered &all = registered();
  std::unique_lock lock(all.mutex);
  all.ranges[address] = bytes;
}

void removeRegistered(uint64_t address) {
  Registered &all = registered();
  std::unique_lock lock(all.mutex);
  all.ranges.erase(address);
}

} // namespace gpusim
