#include "runtime/Memory.h"

#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

namespace dlc::rt {
namespace {

constexpr uint64_t hugePage = 2 << 20, large = 2 * hugePage;

/// Whole huge pages of zeros, straight from the system.
void *mapLarge(uint64_t size) {
  uint64_t whole = size + hugePage;
  void *memory = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return nullptr;
  auto at = reinterpret_cast<uintptr_t>(memory), start = (at + hugePage - 1) / hugePage * hugePage;
  if (start != at)
    munmap(memory, start - at);
  if (uintptr_t end = (start + size + 4095) / 4096 * 4096; end < at + whole)
    munmap(reinterpret_cast<void *>(end), at + whole - end);
  madvise(reinterpret_cast<void *>(start), size, MADV_HUGEPAGE);
  return reinterpret_cast<void *>(start);
}

} // namespace

Status Block::allocate(const dlc_allocator &allocator, uint64_t size, bool zero, const char *what, Block &out) {
  out = Block();
  if (!size)
    return {};
  void *p = nullptr;
  // Refused here because some allocators take an absurd size and fail at first touch.
  if (size < (uint64_t(1) << 46)) {
    if (allocator.allocate)
      p = allocator.allocate(allocator.user, size, size >= large ? hugePage : 64);
    else if (size >= large)
      p = mapLarge(size);
    else if (posix_memalign(&p, 64, size))
      p = nullptr;
  }
  if (!p)
    return {DLC_OUT_OF_MEMORY, "no memory for " + std::to_string(size) + " bytes of " + what};
  out.pointer = static_cast<char *>(p);
  out.bytes = size;
  out.from = allocator;
  if (reinterpret_cast<uintptr_t>(p) % 64)
    return {DLC_INVALID_ARGUMENT, "the allocator returned memory that is not 64-byte aligned"};
  if (zero && (allocator.allocate || size < large))
    std::memset(p, 0, size);
  return {};
}

Block::~Block() {
  if (!pointer)
    return;
  if (from.allocate)
    from.release(from.user, pointer, bytes);
  else if (bytes >= large)
    munmap(pointer, (bytes + 4095) / 4096 * 4096);
  else
    std::free(pointer);
}

} // namespace dlc::rt
