// Kernels of the runtime's own that conditional nodes need: PTX, which the driver translates and links with its own
// cudaGraphSetConditional. No code of the model is in them.
#pragma once
#include "runtime/cuda/Context.h"

#include <string>

namespace dlc::rt::cuda {

class ControlKernels {
public:
  /// Loops whose steps one address may depend on.
  static constexpr size_t mostCounters = 4;

  /// `refused`: why the driver cannot have them, which is no error. The context must be current.
  static Status load(const std::shared_ptr<const Context> &, ControlKernels &out, std::string &refused);

  static std::string text();

  // All parameters have 8 bytes.
  /// (counter, first, condition, limit, handle): the counter becomes 0 where `first`, else grows by one; the handle
  /// becomes 1 where it is below the limit (-1: none) and the condition, a bool (0: none), holds, else 0.
  CUfunction step = nullptr;
  /// (condition, sides, then, otherwise): two handles by a bool; bits 0 and 1 of `sides` say which there are.
  CUfunction branch = nullptr;
  /// (to, from, bytes, then `mostCounters` times: counter or 0, by how much `to` and `from` move with each count)
  CUfunction copy = nullptr;

private:
  Module module;
};

} // namespace dlc::rt::cuda
