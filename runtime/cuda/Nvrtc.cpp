#include "runtime/cuda/Nvrtc.h"

#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <mutex>

namespace dlc::rt::cuda {
namespace fs = std::filesystem;

// Our own declarations: name and parameters; each returns nvrtcResult, 0 when it went well.
#define DLC_NVRTC_FUNCTIONS(X)                                                                                         \
  X(nvrtcVersion, (int *major, int *minor))                                                                            \
  X(nvrtcGetNumSupportedArchs, (int *count))                                                                           \
  X(nvrtcGetSupportedArchs, (int *archs))                                                                              \
  X(nvrtcCreateProgram, (void **program, const char *text, const char *name, int headerCount,                          \
                         const char *const *headers, const char *const *headerNames))                                  \
  X(nvrtcDestroyProgram, (void **program))                                                                             \
  X(nvrtcCompileProgram, (void *program, int optionCount, const char *const *options))                                 \
  X(nvrtcGetPTXSize, (void *program, size_t *size))                                                                    \
  X(nvrtcGetPTX, (void *program, char *ptx))                                                                           \
  X(nvrtcGetCUBINSize, (void *program, size_t *size))                                                                  \
  X(nvrtcGetCUBIN, (void *program, char *cubin))                                                                       \
  X(nvrtcGetProgramLogSize, (void *program, size_t *size))                                                             \
  X(nvrtcGetProgramLog, (void *program, char *log))

struct Nvrtc::Api {
#define X(name, parameters) int(*name) parameters = nullptr;
  DLC_NVRTC_FUNCTIONS(X)
#undef X
  const char *(*nvrtcGetErrorString)(int result) = nullptr;
};

namespace {

constexpr const char *sonames[] = {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"};

std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

/// libnvrtc.so* anywhere under `folder`, newest soname first.
std::vector<fs::path> librariesUnder(const fs::path &folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const char *soname : sonames)
    if (fs::exists(folder / soname, error))
      found.push_back(folder / soname);
  if (!found.empty())
    return found;
  for (auto it = fs::recursive_directory_iterator(folder, error); !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    if (it->path().filename().string().rfind("libnvrtc.so", 0) == 0)
      found.push_back(it->path());
    if (it.depth() > 6)
      it.disable_recursion_pending();
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

/// libnvrtc opens libnvrtc-builtins by its bare name: have it loaded already, from the same folder.
void preloadBuiltins(const fs::path &library) {
  std::error_code error;
  for (auto it = fs::directory_iterator(library.parent_path(), error); !error && it != fs::directory_iterator();
       it.increment(error))
    if (it->path().filename().string().rfind("libnvrtc-builtins.so.", 0) == 0)
      dlopen(it->path().c_str(), RTLD_NOW | RTLD_GLOBAL);
}

void *openLibrary(std::string &path, std::string &looked) {
  auto note = [&](const std::string &line) { looked += (looked.empty() ? "" : "; ") + line; };
  auto tryFile = [&](const fs::path &file) -> void * {
    preloadBuiltins(file);
    void *handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle)
      path = file.string();
    else
      note(dlerror());
    return handle;
  };
  auto tryFolder = [&](const fs::path &folder, const char *label) -> void * {
    std::error_code error;
    std::vector<fs::path> files = librariesUnder(folder);
    if (files.empty())
      note(folder.string() + label + (fs::is_directory(folder, error) ? ": no libnvrtc.so in it" : ": no such folder"));
    for (const fs::path &file : files)
      if (void *handle = tryFile(file))
        return handle;
    return nullptr;
  };

  if (std::string named = environment("DLC_NVRTC"); !named.empty()) {
    std::error_code error;
    return fs::is_directory(named, error) ? tryFolder(named, " ($DLC_NVRTC)") : tryFile(named);
  }
  std::string cache = environment("XDG_CACHE_HOME");
  if (cache.empty())
    cache = environment("HOME") + "/.cache";
  if (void *handle = tryFolder(fs::path(cache) / "dlc" / "nvrtc", ""))
    return handle;
  if (std::string cuda = environment("CUDA_PATH"); !cuda.empty())
    if (void *handle = tryFolder(fs::path(cuda) / "lib64", " ($CUDA_PATH)"))
      return handle;
  if (void *handle = tryFolder("/usr/local/cuda/lib64", ""))
    return handle;
  for (const char *soname : sonames)
    if (void *handle = dlopen(soname, RTLD_NOW | RTLD_LOCAL)) {
      path = soname;
      return handle;
    }
  note("the dynamic loader: libnvrtc.so.13, libnvrtc.so.12, libnvrtc.so");
  return nullptr;
}

} // namespace

Status Nvrtc::load() {
  static Api table;
  std::string looked;
  void *handle = openLibrary(file, looked);
  if (!handle)
    return {DLC_NO_DEVICE, "NVRTC was not found (looked at " + looked +
                               "); set DLC_NVRTC to libnvrtc.so or to the folder that holds it"};
  std::string missing;
  auto find = [&](const char *name) {
    void *symbol = dlsym(handle, name);
    if (!symbol)
      missing += std::string(missing.empty() ? "" : ", ") + name;
    return symbol;
  };
#define X(name, parameters) table.name = reinterpret_cast<decltype(table.name)>(find(#name));
  DLC_NVRTC_FUNCTIONS(X)
#undef X
  table.nvrtcGetErrorString = reinterpret_cast<decltype(table.nvrtcGetErrorString)>(find("nvrtcGetErrorString"));
  if (!missing.empty())
    return {DLC_NO_DEVICE, file + " is too old: it lacks " + missing + " (NVRTC 12 or later is needed)"};
  int major = 0, minor = 0, count = 0;
  table.nvrtcVersion(&major, &minor);
  versionText = std::to_string(major) + "." + std::to_string(minor);
  if (table.nvrtcGetNumSupportedArchs(&count) == 0 && count > 0) {
    archs.resize(size_t(count));
    if (table.nvrtcGetSupportedArchs(archs.data()))
      archs.clear();
  }
  api = &table;
  return {};
}

Status Nvrtc::open(const Nvrtc *&out) {
  static std::mutex mutex;
  static Nvrtc library; // Never closed: NVRTC keeps threads and state of its own.
  std::lock_guard lock(mutex);
  if (!library.api)
    DLC_TRY(library.load());
  out = &library;
  return {};
}

int Nvrtc::newestFor(int capability) const {
  int best = 0;
  for (int arch : archs)
    if (arch <= capability)
      best = std::max(best, arch);
  return best;
}

static std::vector<std::string> optionList(const std::string &arch) {
  std::vector<std::string> list = {"--gpu-architecture=" + arch, "--std=c++20"};
  if (arch.rfind("compute_", 0) == 0)
    list.push_back("-lineinfo");
  return list;
}

std::string Nvrtc::options(const std::string &arch) {
  std::string line;
  for (const std::string &option : optionList(arch))
    line += option + " ";
  return line;
}

Status Nvrtc::compile(const std::string &text, const std::string &name, const std::string &arch,
                      std::string &out) const {
  struct Program {
    const Api *api;
    void *handle = nullptr;
    ~Program() {
      if (handle)
        api->nvrtcDestroyProgram(&handle);
    }
  } program{api};
  std::string of = name + " for " + arch + " with NVRTC " + versionText;
  auto fail = [&](int result, const char *what, const std::string &log) -> Status {
    return {DLC_INTERNAL, "cannot compile " + of + ": " + what + ": " + api->nvrtcGetErrorString(result) +
                              (log.empty() ? "" : "; " + log)};
  };
  if (int r = api->nvrtcCreateProgram(&program.handle, text.c_str(), name.c_str(), 0, nullptr, nullptr))
    return fail(r, "nvrtcCreateProgram", "");
  std::vector<std::string> list = optionList(arch);
  std::vector<const char *> pointers;
  for (const std::string &option : list)
    pointers.push_back(option.c_str());
  auto read = [&](auto sizeOf, auto get, std::string &into) {
    size_t size = 0;
    if (int code = sizeOf(program.handle, &size))
      return code;
    into.resize(size);
    return size ? get(program.handle, into.data()) : 0;
  };
  if (int r = api->nvrtcCompileProgram(program.handle, int(pointers.size()), pointers.data())) {
    std::string log;
    read(api->nvrtcGetProgramLogSize, api->nvrtcGetProgramLog, log);
    log.resize(std::min(log.find_last_not_of(std::string("\0\n ", 3)) + 1, size_t(2000)));
    return fail(r, "it refuses the text", log);
  }
  bool ptx = arch.rfind("compute_", 0) == 0;
  if (int r = ptx ? read(api->nvrtcGetPTXSize, api->nvrtcGetPTX, out)
                  : read(api->nvrtcGetCUBINSize, api->nvrtcGetCUBIN, out))
    return fail(r, ptx ? "nvrtcGetPTX" : "nvrtcGetCUBIN", "");
  return {};
}

} // namespace dlc::rt::cuda
