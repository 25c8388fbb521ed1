#include "runtime/DurableFile.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace dlc::rt {

Status DurableFile::failure(const char *what) const {
  return {DLC_IO, std::string(what) + ": " + std::strerror(errno), path};
}

Status DurableFile::begin(std::string name) {
  path = std::move(name);
  temporary = path + ".tmp";
  descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  return descriptor < 0 ? failure("cannot be written") : Status();
}

DurableFile::~DurableFile() {
  if (descriptor < 0)
    return;
  close(descriptor);
  unlink(temporary.c_str());
}

Status DurableFile::write(const void *bytes, size_t size) {
  for (const char *at = static_cast<const char *>(bytes); size;) {
    // The system writes 2 GiB at a time at the most.
    ssize_t n = ::write(descriptor, at, std::min<size_t>(size, 1 << 30));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return failure("cannot be written");
    at += n;
    size -= static_cast<size_t>(n);
  }
  return {};
}

Status DurableFile::commit() {
  if (fsync(descriptor) != 0)
    return failure("cannot be written");
  if (std::rename(temporary.c_str(), path.c_str()) != 0)
    return failure("cannot be renamed into place");
  close(descriptor);
  descriptor = -1;
  size_t slash = path.rfind('/');
  std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
  int handle = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0)
    return failure("its folder cannot be synced");
  // Some file systems cannot sync folders and say so with EINVAL.
  bool synced = fsync(handle) == 0 || errno == EINVAL;
  Status status = synced ? Status() : failure("its folder cannot be synced");
  close(handle);
  return status;
}

} // namespace dlc::rt
