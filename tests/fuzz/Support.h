// What the fuzz targets share: a folder for files that readers want to open, and mutations.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

namespace dlc::fuzz {

/// A folder of this process, removed at its end.
class Folder {
public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dlc-fuzz-XXXXXX").string();
    if (!mkdtemp(pattern.data()))
      std::abort();
    path = pattern;
  }
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string write(const char *name, std::string_view bytes) const {
    std::string file = path + "/" + name;
    std::ofstream(file, std::ios::binary).write(bytes.data(), std::streamsize(bytes.size()));
    return file;
  }
  std::string path;
};

/// A property that does not hold: found like a crash is.
inline void require(bool holds, const char *what) {
  if (holds)
    return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// Chooses and changes; the same seed does the same.
class Mutator {
public:
  explicit Mutator(unsigned seed) : random(seed) {}

  bool oneIn(unsigned n) { return below(n) == 0; }
  size_t below(size_t n) { return n ? random() % n : 0; }
  template <typename List> auto &pick(List &list) { return list[below(std::size(list))]; }

  /// Sizes, axes and counts as files have them, and those at which arithmetic ends.
  int64_t number(int64_t old) {
    static const int64_t telling[] = {-1,      0,         1,         2,         3,         4,         7,
                                      8,       16,        64,        255,       256,       65535,     65536,
                                      1 << 20, INT32_MAX, 1ll << 31, 1ll << 32, 1ll << 40, 1ll << 46, 1ll << 62,
                                      -2,      -3,        INT32_MIN, INT64_MAX, INT64_MIN, -1ll << 32};
    switch (below(4)) {
    case 0:
      return int64_t(uint64_t(old) + 1);
    case 1:
      return int64_t(uint64_t(old) - 1);
    case 2:
      return int64_t(0 - uint64_t(old));
    default:
      return telling[below(std::size(telling))];
    }
  }
  double real(double old) {
    static const double telling[] = {0, -0.0, 1, -1, 0.5, 2, 1e-30, 1e30, 1e300, -1e300, INFINITY, -INFINITY, NAN};
    return oneIn(2) ? -old * 2 : telling[below(std::size(telling))];
  }
  /// A vector loses, gains, repeats or changes an entry; `change` is given the entry.
  template <typename List, typename Change> void list(List &values, Change change) {
    size_t at = below(values.size());
    switch (below(4)) {
    case 0:
      if (!values.empty())
        values.erase(values.begin() + ptrdiff_t(at));
      return;
    case 1:
      if (values.size() < 64) {
        auto fresh = values.empty() ? typename List::value_type() : values[at];
        values.insert(values.begin() + ptrdiff_t(at), fresh);
      }
      return;
    default:
      if (!values.empty())
        change(values[at]);
    }
  }

  std::mt19937 random;
};

} // namespace dlc::fuzz
