// Shadow of the reserved range, indexed by address: which bytes were written, and who last wrote and read each four.
// Committed by the host's first touch, so it costs what is used. Blocks on different host threads share it: cells are
// plain aligned 64-bit words, read and written whole; a lost update can hide a race, never make one up.
#pragma once
#include "tools/gpusim/memory/AddressSpace.h"

#include <atomic>
#include <cstdint>

namespace gpusim {

/// Who touched four bytes of global memory. `id`: number of the block among all ever run (driver work has one too).
struct Cell {
  static constexpr uint32_t MaxClock = (1u << 13) - 1;
  /// Lanes beyond 31: several of the warp, of different bytes; several, of the same bytes.
  static constexpr uint32_t LanesApart = 32, LanesTogether = 33;
  static constexpr uint64_t Strong = 1, NonCoherent = 2, OtherWarps = 4, OtherBlocks = 8;
  uint64_t bits = 0;

  static Cell make(uint32_t id, uint32_t clock, uint32_t warp, uint32_t lane, uint32_t mask, uint64_t flags = 0) {
    return {uint64_t(id) << 32 | uint64_t(clock < MaxClock ? clock : MaxClock) << 19 | warp << 14 | lane << 8 |
            mask << 4 | flags};
  }
  uint32_t id() const { return uint32_t(bits >> 32); }
  uint32_t clock() const { return uint32_t(bits >> 19) & MaxClock; }
  uint32_t warp() const { return uint32_t(bits >> 14) & 31; }
  uint32_t lane() const { return uint32_t(bits >> 8) & 63; }
  uint32_t mask() const { return uint32_t(bits >> 4) & 15; } // of the four bytes
  bool has(uint64_t flag) const { return bits & flag; }      // Strong: atomic, or ordered in some way
  bool sameThread(const Cell &o) const { return !((bits ^ o.bits) & (0xffffffffull << 32 | 0x7ffull << 8)); }
};

class Shadow {
public:
  /// Takes the shadow's address space. False where the host refuses. `races`: who touched what, too.
  static bool reserve(bool races);

  static bool covers(uint64_t address, uint64_t bytes) { return inReserved(address, bytes); }

  /// Written state, a bit a byte.
  static bool allWritten(uint64_t address, uint64_t bytes);
  /// The first byte not written; the end if there is none.
  static uint64_t firstUnwritten(uint64_t address, uint64_t bytes);
  static void setWritten(uint64_t address, uint64_t bytes, bool written);
  static void copyWritten(uint64_t to, uint64_t from, uint64_t bytes);

  static uint64_t granule(uint64_t address) { return (address - reservedBase) >> 2; }
  static Cell *writes, *reads;           // by granule
  static uint16_t *writeOps, *readOps;   // the instruction, for reports; 0xffff: the driver
  static std::atomic<uint64_t> *written; // by (address - reservedBase) / 64
  /// Forgets who touched a range.
  static void forget(uint64_t address, uint64_t bytes);
  /// Forgets everything: block numbers start again.
  static void forgetAll();
};

} // namespace gpusim
