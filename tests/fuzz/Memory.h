// Host memory for small programs: damage can ask for any amount.
#pragma once
#include "runtime/dlc.h"
#include <cstdlib>

namespace dlc::fuzz {

/// Gives out so many bytes in all, and then none; it must outlive what it is given to.
class LimitedMemory {
public:
  explicit LimitedMemory(size_t bytes) : left(bytes) {}
  LimitedMemory(const LimitedMemory &) = delete;
  dlc_allocator allocator() { return {this, allocate, release}; }

private:
  static void *allocate(void *user, size_t size, size_t alignment) {
    size_t &left = static_cast<LimitedMemory *>(user)->left;
    if (size > left)
      return nullptr;
    left -= size;
    return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  }
  static void release(void *, void *memory, size_t) { std::free(memory); }

  size_t left;
};

} // namespace dlc::fuzz
