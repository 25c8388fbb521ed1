// The GPU architectures that code is made for, and what of them decides how a kernel may look.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include <optional>
#include <string>
#include <vector>

namespace dlc::cuda {

struct Arch {
  llvm::StringLiteral name; ///< "90a": features of that card alone; its cubins run on no other
  int capability;           ///< 90
  int64_t sharedBytes;      ///< that one block may have
  bool major;               ///< among `all-major`
};

/// By capability.
llvm::ArrayRef<Arch> archs();
/// Of "sm_80", "sm_90a", "compute_80".
const Arch *findArch(llvm::StringRef code);
/// "sm_75", "sm_80", ...: what `all-major` stands for.
std::vector<std::string> majorArchs();

/// The codes that `module` is compiled to: its attribute dlc.archs.
std::vector<std::string> moduleArchs(mlir::ModuleOp module);

/// Shared memory that a block may have on every one of `codes`; what all from sm_80 on have where there are none.
int64_t sharedLimit(llvm::ArrayRef<std::string> codes);

/// The first of `codes` that lacks what kernels for sm_80 use, if there is one: the device library stands in for it.
std::optional<llvm::StringRef> beforeSm80(llvm::ArrayRef<std::string> codes);

} // namespace dlc::cuda
