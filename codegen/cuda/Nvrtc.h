// NVRTC, opened at run time: CUDA C text in, PTX and cubin out. Needs neither a GPU nor a CUDA installation.
#pragma once
#include "runtime/cuda/NvrtcLibrary.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace dlc {

/// What ptxas reports about one kernel.
struct KernelResources {
  std::string kernel;
  int registers = 0;   // per thread
  int spillStores = 0; // bytes per thread
  int spillLoads = 0;  // bytes per thread
  int stackBytes = 0;  // per thread
  int sharedBytes = 0; // static, per block
};

struct NvrtcOutput {
  std::string ptx;   // without the trailing NUL
  std::string cubin; // ELF bytes
  std::string log;   // NVRTC's and ptxas's messages
  std::vector<KernelResources> kernels;
  double seconds = 0;  // of NVRTC; 0 where it was in the cache
  bool cached = false; // taken from the kernel cache
};

/// A file that `#include "name"` finds.
struct NvrtcHeader {
  std::string name;
  std::string text;
};

class Nvrtc {
public:
  /// The process's library (runtime/cuda/NvrtcLibrary.h says where it is looked for). The error names every place.
  static llvm::Expected<Nvrtc> open();

  /// Compiles `text` for `arch`: "sm_80", "sm_90a" for a cubin and its PTX; "compute_80" for PTX alone, with the lines
  /// of the text in it. `name` is the file name in messages. Safe to call from several
  /// threads. The error carries NVRTC's log. What is compiled is kept on disk (runtime/cuda/KernelCache.h), by text,
  /// headers, options, architecture and NVRTC's version; what is there is not compiled again.
  llvm::Expected<NvrtcOutput> compile(llvm::StringRef text, llvm::StringRef name, llvm::StringRef arch,
                                      llvm::ArrayRef<NvrtcHeader> headers = {},
                                      llvm::ArrayRef<std::string> options = {}) const;

  /// "13.0"
  const std::string &version() const { return api->version; }
  const std::string &path() const { return api->path; }

private:
  llvm::Expected<NvrtcOutput> compileAnew(const std::string &text, const std::string &name, llvm::StringRef arch,
                                          llvm::ArrayRef<NvrtcHeader> headers,
                                          llvm::ArrayRef<std::string> options) const;
  explicit Nvrtc(const nvrtc::Library *api) : api(api) {}
  const nvrtc::Library *api;
};

/// Reads the `ptxas info` lines of a log (--ptxas-options=-v).
std::vector<KernelResources> parsePtxasLog(llvm::StringRef log);

} // namespace dlc
