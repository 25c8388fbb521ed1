#include "codegen/cuda/Nvrtc.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include <chrono>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>

using namespace llvm;
namespace fs = std::filesystem;

namespace dlc {

// Our own declarations: name and parameters; each returns nvrtcResult, 0 when it went well.
#define DLC_NVRTC_FUNCTIONS(X)                                                                                         \
  X(nvrtcVersion, (int *major, int *minor))                                                                            \
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

static constexpr const char *kSonames[] = {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"};

/// libnvrtc.so* anywhere under `dir`, newest soname first.
static std::vector<fs::path> librariesUnder(const fs::path &dir) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const char *soname : kSonames)
    if (fs::exists(dir / soname, error))
      found.push_back(dir / soname);
  if (!found.empty())
    return found;
  for (auto it = fs::recursive_directory_iterator(dir, error); !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    std::string file = it->path().filename().string();
    if (StringRef(file).starts_with("libnvrtc.so"))
      found.push_back(it->path());
    if (it.depth() > 6)
      it.disable_recursion_pending();
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

/// libnvrtc opens libnvrtc-builtins by its bare name: have it loaded already, from the same folder.
static void preloadBuiltins(const fs::path &library) {
  std::error_code error;
  for (const auto &entry : fs::directory_iterator(library.parent_path(), error))
    if (StringRef(entry.path().filename().string()).starts_with("libnvrtc-builtins.so."))
      dlopen(entry.path().c_str(), RTLD_NOW | RTLD_GLOBAL);
}

static std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

static void *openLibrary(std::string &path, std::string &looked) {
  auto tryFile = [&](const fs::path &file) -> void * {
    preloadBuiltins(file);
    void *handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle)
      path = file.string();
    else
      looked += "\n  " + file.string() + ": " + dlerror();
    return handle;
  };
  auto tryFolder = [&](const fs::path &dir, const std::string &label) -> void * {
    std::error_code error;
    std::vector<fs::path> files = librariesUnder(dir);
    if (files.empty())
      looked += "\n  " + dir.string() + label +
                (fs::is_directory(dir, error) ? ": no libnvrtc.so in it" : ": no such folder");
    for (const fs::path &file : files)
      if (void *handle = tryFile(file))
        return handle;
    return nullptr;
  };

  if (std::string named = environment("DLC_NVRTC"); !named.empty()) {
    std::error_code error;
    if (fs::is_directory(named, error))
      return tryFolder(named, " ($DLC_NVRTC)");
    return tryFile(named); // A named library is strict: nothing else is tried.
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
  for (const char *soname : kSonames) {
    if (void *handle = dlopen(soname, RTLD_NOW | RTLD_LOCAL)) {
      path = soname;
      return handle;
    }
  }
  looked += "\n  the dynamic loader: libnvrtc.so.13, libnvrtc.so.12, libnvrtc.so";
  return nullptr;
}

Expected<const Nvrtc *> Nvrtc::open() {
  struct Opened {
    Nvrtc library;
    Api api;
    std::string error;
    Opened() {
      std::string looked;
      void *handle = openLibrary(library.libraryPath, looked);
      if (!handle) {
        error = "NVRTC not found: no libnvrtc.so could be opened. Looked at:" + looked +
                "\nRun tools/setup, or set DLC_NVRTC to the library or the folder that holds it.";
        return;
      }
      std::string missing;
      auto load = [&](const char *name) {
        void *symbol = dlsym(handle, name);
        if (!symbol)
          missing += std::string(" ") + name;
        return symbol;
      };
#define X(name, parameters) api.name = reinterpret_cast<decltype(api.name)>(load(#name));
      DLC_NVRTC_FUNCTIONS(X)
#undef X
      api.nvrtcGetErrorString = reinterpret_cast<decltype(api.nvrtcGetErrorString)>(load("nvrtcGetErrorString"));
      if (!missing.empty()) {
        error = library.libraryPath + " is too old for dlc: it lacks" + missing + " (NVRTC 12 or later is needed)";
        return;
      }
      int major = 0, minor = 0;
      api.nvrtcVersion(&major, &minor);
      library.versionText = std::to_string(major) + "." + std::to_string(minor);
      library.api = &api;
    }
  };
  static const Opened opened; // Never closed: NVRTC keeps threads and state of its own.
  if (!opened.error.empty())
    return createStringError(opened.error);
  return &opened.library;
}

std::vector<KernelResources> parsePtxasLog(StringRef log) {
  std::vector<KernelResources> kernels;
  auto numberBefore = [](StringRef line, StringRef what) {
    size_t end = line.find(what);
    if (end == StringRef::npos)
      return 0;
    StringRef head = line.take_front(end).rtrim();
    size_t begin = head.find_last_not_of("0123456789");
    int value = 0;
    head.substr(begin + 1).getAsInteger(10, value);
    return value;
  };
  SmallVector<StringRef> lines;
  log.split(lines, '\n');
  bool inEntry = false;
  for (StringRef line : lines) {
    if (size_t at = line.find("Compiling entry function '"); at != StringRef::npos) {
      StringRef name = line.substr(at + 26).split('\'').first;
      kernels.push_back({name.str()});
      inEntry = true;
    } else if (line.contains("Function properties for")) {
      // A called device function has its own lines; they are no kernel's.
      inEntry = !kernels.empty() && line.trim().ends_with(kernels.back().kernel);
    } else if (inEntry && line.contains("bytes stack frame")) {
      kernels.back().stackBytes = numberBefore(line, " bytes stack frame");
      kernels.back().spillStores = numberBefore(line, " bytes spill stores");
      kernels.back().spillLoads = numberBefore(line, " bytes spill loads");
    } else if (inEntry && line.contains("Used ")) {
      kernels.back().registers = numberBefore(line, " registers");
      kernels.back().sharedBytes = numberBefore(line, " bytes smem");
    }
  }
  return kernels;
}

Expected<NvrtcOutput> Nvrtc::compile(StringRef text, StringRef name, StringRef arch, ArrayRef<NvrtcHeader> headers,
                                     ArrayRef<std::string> options) const {
  struct Program {
    const Api *api;
    void *handle = nullptr;
    ~Program() {
      if (handle)
        api->nvrtcDestroyProgram(&handle);
    }
  } program{api};
  auto fail = [&](int result, const char *what) {
    return createStringError(std::string(what) + ": " + api->nvrtcGetErrorString(result) + " (" + name.str() + ", " +
                             arch.str() + ", NVRTC " + versionText + ")");
  };

  auto begin = std::chrono::steady_clock::now();
  std::string source = text.str(), file = name.str();
  SmallVector<const char *> headerTexts, headerNames;
  for (const NvrtcHeader &header : headers) {
    headerTexts.push_back(header.text.c_str());
    headerNames.push_back(header.name.c_str());
  }
  if (int result = api->nvrtcCreateProgram(&program.handle, source.c_str(), file.c_str(), int(headers.size()),
                                           headerTexts.data(), headerNames.data()))
    return fail(result, "nvrtcCreateProgram");

  bool ptxOnly = arch.starts_with("compute_");
  std::vector<std::string> all = {"--gpu-architecture=" + arch.str(), "--std=c++20",
                                  ptxOnly ? "--generate-line-info" : "--ptxas-options=-v"};
  all.insert(all.end(), options.begin(), options.end());
  SmallVector<const char *> pointers;
  for (const std::string &option : all)
    pointers.push_back(option.c_str());
  int result = api->nvrtcCompileProgram(program.handle, int(pointers.size()), pointers.data());

  NvrtcOutput output;
  auto read = [&](auto sizeOf, auto get, std::string &into) {
    size_t size = 0;
    if (int code = sizeOf(program.handle, &size))
      return code;
    into.resize(size);
    return size ? get(program.handle, into.data()) : 0;
  };
  read(api->nvrtcGetProgramLogSize, api->nvrtcGetProgramLog, output.log);
  output.log = StringRef(output.log).rtrim('\0').str();
  if (result)
    return createStringError("NVRTC " + versionText + " refused " + file + " for " + arch.str() + ": " +
                             api->nvrtcGetErrorString(result) + "\n" + output.log);
  if (int code = read(api->nvrtcGetPTXSize, api->nvrtcGetPTX, output.ptx))
    return fail(code, "nvrtcGetPTX");
  output.ptx = StringRef(output.ptx).rtrim('\0').str();
  if (!ptxOnly)
    if (int code = read(api->nvrtcGetCUBINSize, api->nvrtcGetCUBIN, output.cubin))
      return fail(code, "nvrtcGetCUBIN");
  output.kernels = parsePtxasLog(output.log);
  output.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return output;
}

} // namespace dlc
