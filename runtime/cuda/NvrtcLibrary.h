// NVRTC's functions, opened at run time: what the compiler and the runtime share. Needs neither a GPU nor a toolkit.
#pragma once
#include <string>
#include <vector>

namespace dlc::nvrtc {

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

struct Library {
#define X(name, parameters) int(*name) parameters = nullptr;
  DLC_NVRTC_FUNCTIONS(X)
#undef X
  const char *(*nvrtcGetErrorString)(int result) = nullptr;

  std::string path;
  std::string version;    // "13.0"
  std::vector<int> archs; // 80, 90, ..: what it compiles for; empty where it does not say
};

/// Why there is none: every place that was looked at, or in `tooOld` the library that was found and what it lacks.
struct Absence {
  std::vector<std::string> looked;
  std::string tooOld;
};

/// The library, opened once a process and never closed (NVRTC keeps threads and state of its own); null: `absence` says
/// why, and the next call tries again. Order: $DLC_NVRTC (a file or a folder; then nothing else),
/// $XDG_CACHE_HOME/dlc/nvrtc or ~/.cache/dlc/nvrtc, $CUDA_PATH/lib64, /usr/local/cuda/lib64, the dynamic loader.
const Library *open(Absence &absence);

} // namespace dlc::nvrtc
