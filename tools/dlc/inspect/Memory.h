// What of the arena is in use at each step, read off a plan's steps and buffers alone: the planner's word is not taken.
#pragma once
#include "runtime/executable_generated.h"
#include <cstdint>
#include <string>
#include <vector>

namespace dlc::cli::inspect {

/// What one step wrote to the arena, until the last step that reads any of it.
struct Block {
  uint64_t offset = 0, bytes = 0;
  size_t first = 0, last = 0; ///< steps, both included
  std::string name, type;     ///< of the tensor: "conv1", "1x16x28x28xf32"
};

struct Memory {
  uint64_t arena = 0, peak = 0; ///< bytes; peak: the most that hold something which is still read
  size_t peakStep = 0;
  std::vector<uint64_t> live; ///< bytes, one a step
  std::vector<Block> blocks;  ///< in the order in which they are written
  /// Arena over peak; 1 where nothing lives.
  double ratio() const { return peak ? static_cast<double>(arena) / static_cast<double>(peak) : 1; }
};
Memory memoryOf(const fb::Variant &);

/// A launch is a step that reaches the device: a kernel, a library call, a copy, a fill.
struct Launches {
  size_t contractions = 0, reductions = 0, others = 0;
  size_t total() const { return contractions + reductions + others; }
};
Launches launchesOf(const fb::Variant &);
/// Of the kernel or library call that a step runs; "" of copies and fills.
std::string kernelOf(const fb::Variant &, const fb::Step &);
fb::KernelKind kindOf(const fb::Variant &, const fb::Step &);

} // namespace dlc::cli::inspect
