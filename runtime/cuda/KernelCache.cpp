#include "runtime/cuda/KernelCache.h"
#include "runtime/Container.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace dlc::rt::cuda {
namespace {

constexpr char magic[8] = {'D', 'L', 'C', 'K', 'E', 'R', 'N', '1'};

struct Header {
  char magic[8];
  uint64_t text, rest; // checksums of the key's parts
  uint64_t size, checksum;
};

struct File {
  int fd = -1;
  ~File() {
    if (fd >= 0)
      close(fd);
  }
};

struct KeySums {
  uint64_t text, rest;
};

KeySums sums(const KernelCache::Key &key) {
  std::string rest = key.options + '\n' + key.compiler + '\n' + key.arch + '\n' + std::to_string(key.text.size());
  return {container::checksum(key.text.data(), key.text.size()), container::checksum(rest.data(), rest.size())};
}

std::string because(const std::string &what) { return what + ": " + std::strerror(errno); }

bool makeFolders(const std::string &path, std::string &problem) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    std::string part = path.substr(0, slash);
    if (mkdir(part.c_str(), 0700) && errno != EEXIST) {
      problem = because("cannot make " + part);
      return false;
    }
    if (slash == std::string::npos)
      return true;
  }
}

enum class Found { Yes, No, Damaged };

Found load(const std::string &path, const KeySums *key, std::string &out) {
  File file{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat info;
  if (file.fd < 0 || fstat(file.fd, &info))
    return Found::No;
  Header header;
  if (uint64_t(info.st_size) < sizeof header || pread(file.fd, &header, sizeof header, 0) != ssize_t(sizeof header) ||
      std::memcmp(header.magic, magic, sizeof magic) || header.size != uint64_t(info.st_size) - sizeof header ||
      (key && (header.text != key->text || header.rest != key->rest)))
    return Found::Damaged;
  out.resize(header.size);
  for (uint64_t at = 0; at != header.size;) {
    ssize_t n = pread(file.fd, out.data() + at, header.size - at, off_t(sizeof header + at));
    if (n <= 0)
      return Found::Damaged;
    at += uint64_t(n);
  }
  if (container::checksum(out.data(), out.size()) != header.checksum)
    return Found::Damaged;
  if (key)
    (void)futimens(file.fd, nullptr); // when it was last used
  return Found::Yes;
}

/// Not the lock, and not what somebody is writing just now.
bool isEntry(const std::string &name) {
  return name.size() >= 34 && name[32] == '.' && name.find('.', 33) == std::string::npos;
}

/// Where the entries are more than `limit`, the longest unused go, until they are three quarters of it. Others may do
/// the same or read them: an entry that is gone is made again.
void prune(const std::string &folder, uint64_t limit) {
  struct Entry {
    timespec used;
    uint64_t bytes;
    std::string path;
  };
  std::vector<Entry> entries;
  uint64_t total = 0;
  DIR *directory = opendir(folder.c_str());
  if (!directory)
    return;
  while (dirent *file = readdir(directory)) {
    struct stat info;
    std::string path = folder + "/" + file->d_name;
    if (!isEntry(file->d_name) || stat(path.c_str(), &info))
      continue;
    entries.push_back({info.st_mtim, uint64_t(info.st_size), path});
    total += uint64_t(info.st_size);
  }
  closedir(directory);
  if (total <= limit)
    return;
  std::sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) {
    return a.used.tv_sec != b.used.tv_sec ? a.used.tv_sec < b.used.tv_sec : a.used.tv_nsec < b.used.tv_nsec;
  });
  for (const Entry &entry : entries) {
    if (total <= limit / 4 * 3)
      return;
    unlink(entry.path.c_str());
    total -= entry.bytes;
  }
}

bool writeAll(int fd, const char *data, size_t size) {
  while (size) {
    ssize_t n = write(fd, data, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    data += n;
    size -= size_t(n);
  }
  return true;
}

bool store(const std::string &folder, const std::string &path, const KeySums &key, const std::string &bytes,
           std::string &problem) {
  std::string beside = path + ".XXXXXX";
  File file{mkostemp(beside.data(), O_CLOEXEC)};
  if (file.fd < 0) {
    problem = because("cannot write into " + folder);
    return false;
  }
  Header header{{}, key.text, key.rest, bytes.size(), container::checksum(bytes.data(), bytes.size())};
  std::memcpy(header.magic, magic, sizeof magic);
  if (!writeAll(file.fd, reinterpret_cast<const char *>(&header), sizeof header) ||
      !writeAll(file.fd, bytes.data(), bytes.size()) || fsync(file.fd) || rename(beside.c_str(), path.c_str())) {
    problem = because("cannot write " + path);
    unlink(beside.c_str());
    return false;
  }
  File parent{open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (parent.fd >= 0)
    (void)fsync(parent.fd);
  return true;
}

/// One byte of the file "lock" belongs to each key. Locks of open files hold between threads, too, and end with their
/// process, however it ends.
bool lockKey(const std::string &folder, const KeySums &key, File &file, std::string &problem) {
  std::string path = folder + "/lock";
  file.fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  struct flock range{};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = off_t((key.text ^ (key.rest * 0x9e3779b97f4a7c15ull)) >> 2);
  range.l_len = 1;
  while (file.fd >= 0) {
    if (!fcntl(file.fd, F_OFD_SETLKW, &range))
      return true;
    if (errno != EINTR)
      break;
  }
  problem = because("cannot lock " + path);
  return false;
}

} // namespace

std::string KernelCache::defaultFolder() {
  if (const char *cache = std::getenv("XDG_CACHE_HOME"); cache && *cache == '/')
    return std::string(cache) + "/dlc/kernels";
  const char *home = std::getenv("HOME");
  return home && *home == '/' ? std::string(home) + "/.cache/dlc/kernels" : "";
}

std::string KernelCache::entryName(const Key &key) {
  KeySums s = sums(key);
  char name[40];
  std::snprintf(name, sizeof name, "%016llx%016llx", static_cast<unsigned long long>(s.text),
                static_cast<unsigned long long>(s.rest));
  return name + ("." + key.arch);
}

Status KernelCache::get(const Key &key, const Compile &compile, Log log, std::string &out) const {
  std::string problem, path = folder + "/" + entryName(key);
  KeySums wanted = sums(key);
  if (!folder.empty() && load(path, &wanted, out) == Found::Yes)
    return {};
  File lock;
  bool usable = !folder.empty() && makeFolders(folder, problem) && lockKey(folder, wanted, lock, problem);
  if (usable) {
    // Somebody else may have made it meanwhile.
    Found found = load(path, &wanted, out);
    if (found == Found::Yes)
      return {};
    if (found == Found::Damaged)
      log(DLC_LOG_INFO, "kernel cache: " + path + " is damaged and made anew");
  } else {
    log(DLC_LOG_INFO, "kernels are not kept: " + (folder.empty() ? "neither XDG_CACHE_HOME nor HOME is set" : problem));
  }
  out.clear();
  DLC_TRY(compile(out));
  if (usable && !store(folder, path, wanted, out, problem))
    log(DLC_LOG_INFO, "kernels are not kept: " + problem);
  if (usable && wanted.text % 16 == 0)
    prune(folder, limit);
  return {};
}

KernelCache::State KernelCache::inspect() const {
  State s;
  s.folder = folder;
  if (folder.empty()) {
    s.problem = "neither XDG_CACHE_HOME nor HOME is set";
    return s;
  }
  DIR *directory = opendir(folder.c_str());
  s.exists = directory != nullptr;
  if (!directory) {
    // It is made at first use: what counts is whether the nearest folder above lets us.
    std::string above = folder;
    while (above.size() > 1 && access(above.c_str(), F_OK))
      above.resize(std::max<size_t>(above.rfind('/'), 1));
    s.writable = !access(above.c_str(), W_OK | X_OK);
    if (!s.writable)
      s.problem = above + " cannot be written to";
    return s;
  }
  s.writable = !access(folder.c_str(), W_OK | X_OK);
  if (!s.writable)
    s.problem = folder + " cannot be written to";
  while (dirent *entry = readdir(directory)) {
    std::string name = entry->d_name, bytes;
    if (!isEntry(name))
      continue;
    Found found = load(folder + "/" + name, nullptr, bytes);
    s.entries += found == Found::Yes;
    s.damaged += found == Found::Damaged;
    s.bytes += bytes.size();
  }
  closedir(directory);
  return s;
}

} // namespace dlc::rt::cuda
