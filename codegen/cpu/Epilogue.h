// Epilogues of contractions as oneDNN post-operations.
#pragma once
#include "codegen/Executable.h"
#include "mlir/IR/Block.h"
#include "llvm/ADT/SmallVector.h"

namespace dlc::cpu {

/// One post-operation; `argument` numbers the block argument that a binary one reads.
struct PostOp {
  exe::PostOpKind kind;
  exe::Eltwise eltwise;
  float alpha, beta;
  unsigned argument;
};

/// The post-operations, in order, that do what `body` says. False: `why` names what cannot be expressed.
bool matchPostOps(mlir::Block &body, llvm::SmallVectorImpl<PostOp> &ops, std::string &why);

} // namespace dlc::cpu
