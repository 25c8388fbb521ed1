// The kernels that the tests of this folder emit, run on the host, and compile with NVRTC.
#pragma once
#include "tests/codegen/cuda/HostKernels.h"

namespace dlc::test {

std::vector<Case> pointwiseCases();
std::vector<Case> reductionCases();
std::vector<Case> dotCases();
std::vector<Case> convCases();
std::vector<Case> tensorDotCases();
std::vector<Case> largeDots(const std::string &type);
std::vector<Case> tf32DotCases();
std::vector<Case> tensorConvCases();

// ---- MLIR text ----
/// "tensor<2x3xf32>"
std::string tensorType(const std::vector<int64_t> &shape, const std::string &type);
/// "(d0, d1, d2)" and "affine_map<(d0, d1) -> (results)>"
std::string dims(int count);
std::string map(int dimensions, const std::string &results);
/// `%name = linalg.generic` over `parallel` then `reduction` dimensions. `ins` and `outs` are pairs of value and type,
/// maps in the same order, `body` the region without braces.
std::string generic(const std::string &name, int parallel, int reduction, const std::vector<std::string> &maps,
                    const std::vector<std::pair<std::string, std::string>> &ins,
                    const std::vector<std::pair<std::string, std::string>> &outs, const std::string &body);
/// A kernel function: arguments %a0, %a1..., results %r0, %r1... of `body`.
std::string kernel(const std::string &name, const std::string &form, const std::vector<std::string> &arguments,
                   const std::vector<std::string> &results, const std::string &body);
int64_t product(const std::vector<int64_t> &shape);

} // namespace dlc::test
