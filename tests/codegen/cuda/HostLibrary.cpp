#include "tests/codegen/cuda/HostLibrary.h"
#include "codegen/cuda/Cuda.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstdlib>
#include <dlfcn.h>
#include <fstream>

namespace dlc::test {

HostLibrary::~HostLibrary() {
  if (library)
    dlclose(library);
}

std::string HostLibrary::entry(const std::string &name, const std::string &kernel) {
  return "extern \"C\" __attribute__((visibility(\"default\"))) void " + name + "(void **a) { host::call(" + kernel +
         ", a); }\n";
}

std::string HostLibrary::build(const std::string &source) {
  llvm::SmallString<128> dir;
  if (llvm::sys::fs::createUniqueDirectory("dlc-cuda-host", dir))
    return "no temporary folder";
  std::string base = dir.str().str();
  llvm::sys::fs::create_directories(base + "/dlc");
  for (const NvrtcHeader &header : cudaDeviceLibrary())
    if (header.name != "dlc/intrinsics.cuh" && header.name != "dlc/tensor.cuh") // the host has its own
      std::ofstream(base + "/" + header.name) << header.text;
  std::ofstream(base + "/kernels.cpp") << source;
  std::string log = base + "/log", path = base + "/kernels.so";
  std::string command =
      std::string(DLC_HOST_CXX) + " -std=c++20 -O1 -march=x86-64-v3 -ffp-contract=off -w -fPIC -shared -I" + base +
      " -I" DLC_SOURCE_DIR "/tests/codegen/cuda/host " + base + "/kernels.cpp -o " + path + " 2> " + log;
  if (std::system(command.c_str()) != 0) {
    auto buffer = llvm::MemoryBuffer::getFile(log);
    return "the emitted text is no C++ for the host (" + base + "/kernels.cpp):\n" +
           (buffer ? (*buffer)->getBuffer().take_front(4000).str() : "");
  }
  library = dlopen(path.c_str(), RTLD_NOW);
  std::string error = library ? "" : dlerror();
  if (!std::getenv("DLC_KEEP_TEMPORARIES"))
    llvm::sys::fs::remove_directories(dir);
  return error;
}

std::string HostLibrary::launch(const std::string &entry, std::vector<void *> arguments, const uint32_t *grid,
                                const uint32_t *block, bool reversed) const {
  using Launch = const char *(*)(void (*)(void **), void **, const uint32_t *, const uint32_t *, int);
  auto launch = reinterpret_cast<Launch>(dlsym(library, "launch"));
  auto kernel = reinterpret_cast<void (*)(void **)>(dlsym(library, entry.c_str()));
  if (!launch || !kernel)
    return "no entry point " + entry;
  const char *problem = launch(kernel, arguments.data(), grid, block, reversed);
  return problem ? problem : "";
}

} // namespace dlc::test
