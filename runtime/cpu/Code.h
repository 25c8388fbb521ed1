// A shared object that lies in memory, opened through a memfd.
#pragma once
#include "runtime/Status.h"

#include <cstdint>

namespace dlc::rt {

class Code {
public:
  Code() = default;
  Code(Code &&other) noexcept { swap(other); }
  Code &operator=(Code &&other) noexcept {
    swap(other);
    return *this;
  }
  ~Code();

  static Status open(const char *bytes, uint64_t size, Code &out);
  /// Null where it has no such symbol.
  void *symbol(const char *name) const;

private:
  // The descriptor stays open: its path is the library's name, and the loader takes equal names for equal libraries.
  int fd = -1;
  void *handle = nullptr;
  void swap(Code &other) {
    std::swap(fd, other.fd);
    std::swap(handle, other.handle);
  }
};

} // namespace dlc::rt
