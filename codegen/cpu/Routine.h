// Kernels that call a routine of the CPU (routines/): the call, and the code that is called.
#pragma once
#include "ir/Dialect.h"

namespace llvm {
class Module;
}

namespace dlc {

/// The kernel ABI around a call of the routine that `dlc.routine` describes, with work, grain and scratch.
FailureOr<func::FuncOp> scheduleRoutine(func::FuncOp kernel);
/// Links into `module` the routines that it calls. False: a routine is not there, and `error` says which.
bool linkRoutines(llvm::Module &module, std::string &error);

/// Bitcode that was embedded at build time, one a file of routines/.
llvm::ArrayRef<llvm::StringRef> routineCode();

} // namespace dlc
