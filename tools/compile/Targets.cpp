#include "tools/compile/Targets.h"
#include "codegen/cpu/Cpu.h"
#include "codegen/cuda/Archs.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace dlc {
namespace {
std::string expected() {
  std::string archs;
  for (const cuda::Arch &arch : cuda::archs())
    archs += (archs.empty() ? "" : ", ") + arch.name.str();
  return "expected cpu, cpu:x86-64-v2, cpu:x86-64-v3, cpu:x86-64-v4, cuda, sm_N or cuda:sm_N (a cubin), cuda:compute_N "
         "(PTX), all-major, or sim (PTX for the simulated GPU), N one of " +
         archs;
}

/// The codes that a CUDA target stands for; none where it is not one.
std::vector<std::string> codesOf(StringRef name) {
  if (name == "sim") // PTX that any card from sm_80 on can run, made without ptxas
    return {"compute_80"};
  if (name == "cuda")
    return {"sm_80", "sm_90a"};
  bool named = name.consume_front("cuda:");
  if (name == "all-major")
    return cuda::majorArchs();
  if (cuda::findArch(name) && (named || name.starts_with("sm_")))
    return {name.str()};
  return {};
}

/// PTX behind cubins of the same capability, what is for one card alone behind what others run, too.
std::pair<unsigned, unsigned> rank(const std::string &code) {
  return {cuda::findArch(code) - cuda::archs().begin(), StringRef(code).starts_with("compute_")};
}
} // namespace

std::optional<std::vector<TargetSpec>> parseTargets(const std::vector<std::string> &names, std::string &error) {
  std::vector<std::string> levels, codes;
  auto add = [](std::vector<std::string> &list, StringRef entry) {
    if (!is_contained(list, entry))
      list.push_back(entry.str());
  };
  for (const std::string &name : names) {
    StringRef level = name;
    if (name == "cpu") {
      for (StringRef each : {"x86-64-v3", "x86-64-v4"})
        add(levels, each);
    } else if (level.consume_front("cpu:") && is_contained(cpuLevels(), level)) {
      add(levels, level);
    } else if (auto some = codesOf(name); !some.empty()) {
      for (const std::string &code : some)
        add(codes, code);
    } else {
      error = "target '" + name + "': " + expected();
      return std::nullopt;
    }
  }
  llvm::sort(levels);
  llvm::sort(codes, [](const std::string &a, const std::string &b) { return rank(a) < rank(b); });
  std::vector<TargetSpec> specs;
  for (const std::string &level : levels)
    specs.push_back({"cpu", level, {}});
  if (!codes.empty())
    specs.push_back({"cuda", "base", codes});
  return specs;
}

} // namespace dlc
