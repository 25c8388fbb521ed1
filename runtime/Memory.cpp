#include "runtime/Memory.h"

#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

namespace dlc::rt {
namespace {

constexpr uint64_t hugePage = 2 << 20;

} // namespace

Status Block::allocate(const dlc_allocator &allocator, uint64_t size, bool zero, const char *what, Block &out) {
  out = Block();
  if (!size)
    return {};
  uint64_t alignment = size >= 2 * hugePage ? hugePage : 64;
  void *p = nullptr;
  // Refused here because some allocators take an absurd size and fail at first touch.
  if (size < (uint64_t(1) << 46)) {
    if (allocator.allocate)
      p = allocator.allocate(allocator.user, size, alignment);
    else if (posix_memalign(&p, alignment, size))
      p = nullptr;
  }
  if (!p)
    return {DLC_OUT_OF_MEMORY, "no memory for " + std::to_string(size) + " bytes of " + what};
  if (reinterpret_cast<uintptr_t>(p) % 64)
    return {DLC_INVALID_ARGUMENT, "the allocator returned memory that is not 64-byte aligned"};
  if (!allocator.allocate && alignment == hugePage)
    madvise(p, size, MADV_HUGEPAGE);
  if (zero)
    std::memset(p, 0, size);
  out.pointer = static_cast<char *>(p);
  out.bytes = size;
  out.from = allocator;
  return {};
}

Block::~Block() {
  if (!pointer)
    return;
  if (from.allocate) {
    if (from.release)
      from.release(from.user, pointer, bytes);
  } else {
    std::free(pointer);
  }
}

} // namespace dlc::rt
