// Kernel functions compiled to CUDA C, that text compiled for the host, and run there: numbers with no GPU.
#pragma once
#include "codegen/cuda/Cuda.h"
#include <memory>
#include <string>
#include <vector>

namespace dlc::test {

/// One tensor of f64 values; `type` says what it is in memory: "f32", "f64", "f16", "bf16", "i8", "i32", "i64".
struct Array {
  std::string type;
  std::vector<double> values;
};

/// A kernel, its inputs, and what must come out.
struct Case {
  std::string name;                              // of the func.func in `text`
  std::string text = {};                         // MLIR
  std::vector<Array> inputs = {}, expected = {}; // expected by plain loops in f64
  double tolerance = 1e-5;                       // of |value - expected| / (1 + |expected|)
};

/// All kernels of a test program in one module, emitted once and compiled once.
class HostKernels {
public:
  /// `tf32`: f32 contractions may use the tensor cores.
  explicit HostKernels(std::vector<Case> cases, bool runnable = true, bool tf32 = false);
  ~HostKernels();
  /// Empty if everything came out right.
  std::string run(const Case &test);
  /// Why nothing could be run; empty if all is well.
  std::string error;
  /// NVRTC for both architectures: one line for each kernel that spills, and for each unit that does not compile.
  std::string compileAll(const std::vector<std::string> &archs);

  std::vector<Case> cases;

private:
  std::string launch(const CudaKernel &kernel, const std::vector<void *> &arguments, bool reversed);
  struct State;
  std::unique_ptr<State> state;
};

/// Deterministic values in [-2, 2], small integers for integer types.
Array random(const std::string &type, size_t count, unsigned seed);

} // namespace dlc::test
