// A file that is there whole or not at all, also after a power cut: written beside its place, synced, renamed.
#pragma once
#include "runtime/Status.h"

namespace dlc::rt {

class DurableFile {
public:
  DurableFile() = default;
  /// Without commit() nothing is left.
  ~DurableFile();
  DurableFile(const DurableFile &) = delete;
  /// Begins `path`.tmp; one that an earlier process left behind is written over. Once, and first of all.
  Status begin(std::string path);
  Status write(const void *bytes, size_t size);
  /// Syncs the file, renames it, syncs its folder. Where that fails before the renaming, `path` is what it was.
  Status commit();

private:
  Status failure(const char *what) const;
  std::string path, temporary;
  int descriptor = -1;
};

} // namespace dlc::rt
