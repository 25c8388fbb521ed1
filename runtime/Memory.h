// Aligned memory from the caller's allocator or our own.
#pragma once
#include "runtime/Status.h"

#include <cstdint>
#include <utility>

namespace dlc::rt {

/// A block that frees itself. 64-byte aligned, or 2 MiB where it is large.
class Block {
public:
  Block() = default;
  Block(Block &&other) noexcept { swap(other); }
  Block &operator=(Block &&other) noexcept {
    swap(other);
    return *this;
  }
  ~Block();

  /// Fails with DLC_OUT_OF_MEMORY, naming `what`. Zeroed if `zero`. Size 0 gives a null block.
  static Status allocate(const dlc_allocator &, uint64_t size, bool zero, const char *what, Block &out);

  char *data() const { return pointer; }
  uint64_t size() const { return bytes; }

private:
  char *pointer = nullptr;
  uint64_t bytes = 0;
  dlc_allocator from{};

  void swap(Block &other) {
    std::swap(pointer, other.pointer);
    std::swap(bytes, other.bytes);
    std::swap(from, other.from);
  }
};

} // namespace dlc::rt
