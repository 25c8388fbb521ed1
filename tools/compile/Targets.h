// What --target says: the variants of an executable and what code each holds.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace dlc {

/// One variant. CUDA's architectures share one, "base", whose text they all come from.
struct TargetSpec {
  std::string kind, arch;         ///< "cpu", "x86-64-v3"; "cuda", "base"
  std::vector<std::string> codes; ///< CUDA: "sm_80" (a cubin), "compute_80" (PTX), least capable first
};

/// `names`, of which one may stand for several:
///   cpu                  cpu:x86-64-v3 and cpu:x86-64-v4: the most specific that a machine can run is taken there
///   cpu:x86-64-v2|v3|v4
///   cuda                 sm_80 and sm_90a
///   sm_90a, cuda:sm_90a  a cubin for this architecture;  cuda:compute_80: PTX
///   all-major            sm_75, 80, 86, 89, 90a, 100 and 120
///   sim                  PTX for the simulated GPU
/// The order of names changes nothing. Nothing where `error` (one line) says what was found and what is expected.
std::optional<std::vector<TargetSpec>> parseTargets(const std::vector<std::string> &names, std::string &error);

} // namespace dlc
