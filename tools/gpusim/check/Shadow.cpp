#include "tools/gpusim/check/Shadow.h"

#include <algorithm>

#include <sys/mman.h>

namespace gpusim {
namespace {

constexpr uint64_t Bytes = ReservedBytes + PinnedBytes, Granules = Bytes / 4;

void *take(uint64_t bytes) {
  void *at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    return nullptr;
  madvise(at, bytes, MADV_DONTDUMP);
  return at;
}

// Calls f(word, mask) for the words that hold the range's bits; stops when f says so.
template <typename F> bool eachWord(uint64_t address, uint64_t bytes, F f) {
  uint64_t first = address - reservedBase, end = first + bytes;
  while (first < end) {
    uint64_t bit = first % 64, count = std::min(64 - bit, end - first);
    uint64_t mask = (count == 64 ? ~0ull : (1ull << count) - 1) << bit;
    if (!f(first / 64, mask))
      return false;
    first += count;
  }
  return true;
}

void drop(void *base, uint64_t bytes) {
  if (base)
    madvise(base, bytes, MADV_DONTNEED);
}

} // namespace

Cell *Shadow::writes = nullptr, *Shadow::reads = nullptr;
uint16_t *Shadow::writeOps = nullptr, *Shadow::readOps = nullptr;
std::atomic<uint64_t> *Shadow::written = nullptr;

bool Shadow::reserve(bool races) {
  if (!written)
    written = static_cast<std::atomic<uint64_t> *>(take(Bytes / 8));
  if (!written || !races)
    return written != nullptr;
  writes = static_cast<Cell *>(take(Granules * 8));
  reads = static_cast<Cell *>(take(Granules * 8));
  writeOps = static_cast<uint16_t *>(take(Granules * 2));
  readOps = static_cast<uint16_t *>(take(Granules * 2));
  return writes && reads && writeOps && readOps;
}

bool Shadow::allWritten(uint64_t address, uint64_t bytes) {
  return eachWord(address, bytes, [](uint64_t word, uint64_t mask) {
    return (written[word].load(std::memory_order_relaxed) & mask) == mask;
  });
}

uint64_t Shadow::firstUnwritten(uint64_t address, uint64_t bytes) {
  uint64_t found = address + bytes;
  eachWord(address, bytes, [&](uint64_t word, uint64_t mask) {
    uint64_t missing = mask & ~written[word].load(std::memory_order_relaxed);
    if (missing)
      found = reservedBase + word * 64 + uint64_t(__builtin_ctzll(missing));
    return !missing;
  });
  return found;
}

void Shadow::setWritten(uint64_t address, uint64_t bytes, bool value) {
  eachWord(address, bytes, [&](uint64_t word, uint64_t mask) {
    uint64_t now = written[word].load(std::memory_order_relaxed);
    if (value && (now & mask) != mask)
      mask == ~0ull ? written[word].store(mask, std::memory_order_relaxed)
                    : void(written[word].fetch_or(mask, std::memory_order_relaxed));
    else if (!value && now & mask)
      mask == ~0ull ? written[word].store(0, std::memory_order_relaxed)
                    : void(written[word].fetch_and(~mask, std::memory_order_relaxed));
    return true;
  });
}

void Shadow::copyWritten(uint64_t to, uint64_t from, uint64_t bytes) {
  if (allWritten(from, bytes))
    return setWritten(to, bytes, true);
  for (uint64_t i = 0; i < bytes; ++i)
    setWritten(to + i, 1, allWritten(from + i, 1));
}

void Shadow::forget(uint64_t address, uint64_t bytes) {
  if (!writes || !bytes)
    return;
  uint64_t first = granule(address), last = granule(address + bytes - 1) + 1;
  std::fill(writes + first, writes + last, Cell{});
  std::fill(reads + first, reads + last, Cell{});
}

void Shadow::forgetAll() {
  drop(writes, Granules * 8);
  drop(reads, Granules * 8);
  drop(writeOps, Granules * 2);
  drop(readOps, Granules * 2);
}

} // namespace gpusim
