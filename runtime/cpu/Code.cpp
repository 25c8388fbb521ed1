#include "runtime/cpu/Code.h"

#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

namespace dlc::rt {

Status Code::open(const char *bytes, uint64_t size, Code &out) {
  // Kernels import from libm without naming it; it must be in the global scope even where we were opened as a plug-in.
  static void *const math = dlopen("libm.so.6", RTLD_NOW | RTLD_GLOBAL);
  (void)math;
  Code code;
  code.fd = memfd_create("dlc-kernels", MFD_CLOEXEC);
  if (code.fd < 0)
    return {DLC_INTERNAL, std::string("memfd_create: ") + std::strerror(errno)};
  for (uint64_t done = 0; done != size;) {
    ssize_t n = ::write(code.fd, bytes + done, size - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return {DLC_OUT_OF_MEMORY, std::string("cannot copy the kernels to memory: ") + std::strerror(errno)};
    done += uint64_t(n);
  }
  std::string path = "/proc/self/fd/" + std::to_string(code.fd);
  code.handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!code.handle) {
    const char *why = dlerror();
    return {DLC_BAD_FILE, std::string("the kernels cannot be opened: ") + (why ? why : "dlopen failed")};
  }
  out = std::move(code);
  return {};
}

Code::~Code() {
  if (handle)
    dlclose(handle);
  if (fd >= 0)
    close(fd);
}

void *Code::symbol(const char *name) const { return dlsym(handle, name); }

} // namespace dlc::rt
