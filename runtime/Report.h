// What this machine has for running: the data behind `dlc devices` and `dlc doctor`. Internal; our own tools use it.
#pragma once
#include "runtime/Status.h"

#include <cstdint>
#include <string>
#include <vector>

namespace dlc::rt {

/// One card, or what keeps a driver from showing any.
struct CardReport {
  std::string device; // "cuda:0", "sim"
  bool usable = false;
  std::string problem; // where it is not usable: what is missing, where it was looked for, what to do
  std::string model;   // "NVIDIA A100-SXM4-80GB"
  int major = 0, minor = 0, multiprocessors = 0;
  uint64_t memory = 0, freeMemory = 0; // bytes; free is asked for only on demand, 0 otherwise
  std::string driverVersion;           // the CUDA version that it supports, "13.0"
  std::string driverFile;
  std::vector<std::string> models; // of the simulator: what it can pretend to be
};

/// Every card that libcuda shows, or one entry with the problem; then the simulator. `withFree` makes a context on
/// each.
std::vector<CardReport> reportCards(bool withFree);

/// A library that is opened by name.
struct LibraryReport {
  bool found = false;
  std::string version, file, problem;
  int newestArchitecture = 0; // of NVRTC: 90 for sm_90, the newest at or below what was asked for
};
LibraryReport reportNvrtc(int capability);

struct HostReport {
  std::string level, threads, library; // "x86-64-v4", "libgomp.so.1, 16 threads", "oneDNN 2.6.3"
  bool hasThreads = false, hasLibrary = false;
};
HostReport reportHost();

struct KernelCacheReport {
  std::string folder, problem; // problem: why kernels are not kept; empty where they are
  bool exists = false;
  uint64_t entries = 0, bytes = 0, damaged = 0;
};
KernelCacheReport reportKernelCache();

} // namespace dlc::rt
