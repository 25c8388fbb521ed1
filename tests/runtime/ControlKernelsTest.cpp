// The kernels of conditional nodes through NVIDIA's own tools, where they are installed: what a driver does when it
// loads them. cudaGraphSetConditional comes from libcudadevrt here.
#include "runtime/cuda/ControlKernels.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

TEST(ControlKernels, AssembleAndLink) {
  fs::path cuda = DLC_CUDA_FOLDER, library;
  for (const char *place : {"lib", "lib64", "targets/x86_64-linux/lib"})
    if (fs::exists(cuda / place / "libcudadevrt.a"))
      library = cuda / place / "libcudadevrt.a";
  if (!fs::exists(cuda / "bin/ptxas") || !fs::exists(cuda / "bin/nvlink") || library.empty())
    GTEST_SKIP() << "no ptxas, nvlink and libcudadevrt.a in " << cuda;
  fs::path folder = fs::temp_directory_path() / ("dlc-control-kernels-" + std::to_string(getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "control.ptx") << dlc::rt::cuda::ControlKernels::text();
  for (const char *arch : {"sm_80", "sm_90", "sm_120"}) {
    std::string tools = (cuda / "bin/").string(), at = folder.string() + "/";
    std::string command = tools + "ptxas -c -arch=" + arch + " -o " + at + "control.cubin " + at + "control.ptx && " +
                          tools + "nvlink -arch=" + arch + " -o " + at + "linked.cubin " + at + "control.cubin " +
                          library.string();
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
  }
  fs::remove_all(folder);
}

} // namespace
