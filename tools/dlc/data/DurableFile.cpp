#include "tools/dlc/data/DurableFile.h"
#include "tools/dlc/data/Tensor.h"
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

namespace dlc::data {

DurableFile::DurableFile(std::string name) : path(std::move(name)), temporary(path + ".tmp") {
  descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0)
    fail("cannot be written");
}

DurableFile::~DurableFile() {
  if (descriptor < 0)
    return;
  close(descriptor);
  unlink(temporary.c_str());
}

void DurableFile::fail(const char *what) { throw Error(fmt::format("{}: {}: {}", path, what, std::strerror(errno))); }

void DurableFile::write(const void *bytes, size_t size) {
  for (const char *at = static_cast<const char *>(bytes); size;) {
    // The system writes 2 GiB at a time at the most.
    ssize_t n = ::write(descriptor, at, std::min<size_t>(size, 1 << 30));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      fail("cannot be written");
    at += n;
    size -= static_cast<size_t>(n);
  }
}

void DurableFile::commit() {
  if (fsync(descriptor) != 0)
    fail("cannot be written");
  if (std::rename(temporary.c_str(), path.c_str()) != 0)
    fail("cannot be renamed into place");
  close(descriptor);
  descriptor = -1;
  std::string folder = std::filesystem::path(path).parent_path();
  int handle = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0)
    fail("its folder cannot be synced");
  // Some file systems cannot sync folders and say so with EINVAL.
  bool synced = fsync(handle) == 0 || errno == EINVAL;
  close(handle);
  if (!synced)
    fail("its folder cannot be synced");
}
} // namespace dlc::data
