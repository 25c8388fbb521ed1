// Who owns which bytes of the reserved range. Freed memory is not given out again until the range is used up, so that
// an access to it can be told from one to its successor; red zones lie between allocations.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gpusim {

enum class MemoryKind : uint8_t { Device, Managed, Variable, Pinned, Registered };

struct Allocation {
  uint64_t address = 0, bytes = 0, number = 0; // number: counted from 1, as reports name it
  MemoryKind kind = MemoryKind::Device;
  bool freed = false;
  std::string name; // of a module variable
  const void *context = nullptr;
  unsigned flags = 0; // of cuMemHostAlloc, cuMemHostRegister
  uint64_t end() const { return address + bytes; }
};

/// Allocations by address, live and freed; immutable.
using AllocationList = std::vector<Allocation>;

class Allocations {
public:
  static constexpr uint64_t Alignment = 512, RedZone = 512;

  /// 0 where `limit` bytes of this kind's memory (device or pinned) would be passed, or the range is full.
  uint64_t allocate(uint64_t bytes, MemoryKind kind, uint64_t limit, const void *context, std::string name = {},
                    unsigned flags = 0);
  /// Host memory of the caller's. False if any byte of it is registered.
  bool enter(uint64_t address, uint64_t bytes, const void *context, unsigned flags);
  /// False if no live allocation of these kinds starts there. `gone` gets what it was.
  bool release(uint64_t address, bool host, bool registered, Allocation &gone);
  /// The live allocation that holds the address, or null. Copies: another thread may free it meanwhile.
  bool find(uint64_t address, Allocation &found) const;
  /// Whether one live allocation holds all of the bytes.
  bool holds(uint64_t address, uint64_t bytes) const;
  uint64_t used(bool host) const;
  /// All of them now; the same object until something changes.
  std::shared_ptr<const AllocationList> list() const;
  std::vector<Allocation> live(const void *context) const;

private:
  uint64_t place(uint64_t bytes, bool host);

  mutable std::mutex mutex;
  std::map<uint64_t, Allocation> all;
  std::deque<uint64_t> graves; // freed, oldest first: only so many are remembered
  mutable std::shared_ptr<const AllocationList> snapshot;
  uint64_t next[2] = {0, 0}, usedBytes[2] = {0, 0}, numbers = 0;
};

Allocations &allocations();

} // namespace gpusim
