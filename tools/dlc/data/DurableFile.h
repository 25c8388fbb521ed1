// A file that is there whole or not at all, also after a power cut: written beside its place, synced, renamed.
#pragma once
#include <cstdint>
#include <string>

namespace dlc::data {

class DurableFile {
public:
  /// Begins `path`.tmp; one that an earlier process left behind is written over. Throws Error.
  explicit DurableFile(std::string path);
  /// Without commit() nothing is left.
  ~DurableFile();
  DurableFile(const DurableFile &) = delete;
  void write(const void *bytes, size_t size);
  /// Syncs the file, renames it, syncs its folder. Throws Error; `path` is then what it was.
  void commit();

private:
  [[noreturn]] void fail(const char *what);
  std::string path, temporary;
  int descriptor = -1;
};
} // namespace dlc::data
