#include "runtime/cuda/NvrtcLibrary.h"

#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <mutex>

namespace dlc::nvrtc {
namespace fs = std::filesystem;
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

void *openLibrary(std::string &path, std::vector<std::string> &looked) {
  auto tryFile = [&](const fs::path &file) -> void * {
    preloadBuiltins(file);
    void *handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle)
      path = file.string();
    else
      looked.emplace_back(dlerror());
    return handle;
  };
  auto tryFolder = [&](const fs::path &folder, const char *label) -> void * {
    std::error_code error;
    std::vector<fs::path> files = librariesUnder(folder);
    if (files.empty())
      looked.push_back(folder.string() + label +
                       (fs::is_directory(folder, error) ? ": no libnvrtc.so in it" : ": no such folder"));
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
  looked.emplace_back("the dynamic loader: libnvrtc.so.13, libnvrtc.so.12, libnvrtc.so");
  return nullptr;
}

bool load(Library &library, Absence &absence) {
  void *handle = openLibrary(library.path, absence.looked);
  if (!handle)
    return false;
  std::string missing;
  auto find = [&](const char *name) {
    void *symbol = dlsym(handle, name);
    if (!symbol)
      missing += std::string(missing.empty() ? "" : ", ") + name;
    return symbol;
  };
#define X(name, parameters) library.name = reinterpret_cast<decltype(library.name)>(find(#name));
  DLC_NVRTC_FUNCTIONS(X)
#undef X
  library.nvrtcGetErrorString = reinterpret_cast<decltype(library.nvrtcGetErrorString)>(find("nvrtcGetErrorString"));
  if (!missing.empty()) {
    absence.tooOld = library.path + " is too old: it lacks " + missing + " (NVRTC 12 or later is needed)";
    return false;
  }
  int major = 0, minor = 0, count = 0;
  library.nvrtcVersion(&major, &minor);
  library.version = std::to_string(major) + "." + std::to_string(minor);
  if (library.nvrtcGetNumSupportedArchs(&count) == 0 && count > 0) {
    library.archs.resize(size_t(count));
    if (library.nvrtcGetSupportedArchs(library.archs.data()))
      library.archs.clear();
  }
  return true;
}

} // namespace

const Library *open(Absence &absence) {
  static std::mutex mutex;
  static Library library;
  static bool loaded = false;
  std::lock_guard lock(mutex);
  if (!loaded)
    loaded = load(library, absence);
  return loaded ? &library : nullptr;
}

} // namespace dlc::nvrtc
