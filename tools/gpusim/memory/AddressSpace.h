// Where simulated memory lies. Device and pinned memory share one reserved range of host addresses, so a device pointer
// is a host pointer and the executor loads and stores directly. Shared and local memory have windows of generic
// addresses that no host mapping can have.
#pragma once
#include <cstddef>
#include <cstdint>

namespace gpusim {

/// Bytes of host address space taken for device memory (no memory is committed): more than any card has.
inline constexpr uint64_t ReservedBytes = 1ull << 38;
/// Behind it, in the same range: pinned host memory, which kernels may touch too.
inline constexpr uint64_t PinnedBytes = 1ull << 36;
inline constexpr uint64_t PreferredBase = 0x2000'0000'0000ull;

/// Generic addresses: window + the 32-bit address in the space.
inline constexpr uint64_t WindowBytes = 1ull << 32;
inline constexpr uint64_t SharedWindow = 0x0100'0000'0000ull;
inline constexpr uint64_t LocalWindow = 0x0180'0000'0000ull;

/// A shared address: rank in the cluster << SharedRankShift | offset; the first SharedBase bytes are the system's.
inline constexpr uint32_t SharedBase = 1024;
inline constexpr uint32_t SharedRankShift = 24;

constexpr bool inSharedWindow(uint64_t generic) { return generic - SharedWindow < WindowBytes; }
constexpr bool inLocalWindow(uint64_t generic) { return generic - LocalWindow < WindowBytes; }
constexpr uint32_t sharedRank(uint32_t address) { return address >> SharedRankShift; }
constexpr uint32_t sharedOffset(uint32_t address) { return address & ((1u << SharedRankShift) - 1); }

/// First address of the range; 0 before reserveAddresses(). Set once.
extern uint64_t reservedBase;
/// Takes the range, readable and writable, committing nothing. Any number of calls; false where the host refuses.
bool reserveAddresses();

/// Whether a kernel may touch these bytes without the host process faulting: the executor's only check when checks are
/// off. Bytes of the reserved range that no allocation owns read as zeros.
inline bool inReserved(uint64_t address, uint64_t bytes) {
  return address - reservedBase <= ReservedBytes + PinnedBytes - bytes;
}
/// The same for host memory given to cuMemHostRegister, which lies anywhere; slow.
bool inRegistered(uint64_t address, uint64_t bytes);
void addRegistered(uint64_t address, uint64_t bytes);
void removeRegistered(uint64_t address);

} // namespace gpusim
