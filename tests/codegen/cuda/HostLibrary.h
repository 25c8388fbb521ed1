// CUDA C compiled as C++ for the host, with host/dlc/intrinsics.cuh in place of the GPU's.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace dlc::test {

class HostLibrary {
public:
  HostLibrary() = default;
  HostLibrary(const HostLibrary &) = delete;
  ~HostLibrary();

  /// Text of an entry point `name` that unpacks the arguments of `kernel`, an expression; goes behind the kernel's
  /// text.
  static std::string entry(const std::string &name, const std::string &kernel);
  /// Compiles and opens `source`; returns "" or what went wrong. DLC_KEEP_TEMPORARIES=1 leaves the files where they
  /// are.
  std::string build(const std::string &source);
  /// Runs an entry point over a grid; returns "" or what went wrong.
  std::string launch(const std::string &entry, std::vector<void *> arguments, const uint32_t *grid,
                     const uint32_t *block, bool reversed) const;

private:
  void *library = nullptr;
};

} // namespace dlc::test
