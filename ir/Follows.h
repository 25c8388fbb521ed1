// Weights that follow results of operators in training, though no gradient leads to them.
#pragma once
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

namespace dlc {
/// In a step of training the weight becomes keep * weight + (1 - keep) * result; a forward model does not look at it.
/// On the operator: `dlc.follower1 = @mean` and `dlc.keep1 = 0.9 : f64`, of result number 1.
struct Follower {
  unsigned result;
  mlir::FlatSymbolRefAttr weight;
  double keep;
};

inline void setFollower(mlir::Operation *op, const Follower &f) {
  std::string number = std::to_string(f.result);
  op->setAttr("dlc.follower" + number, f.weight);
  op->setAttr("dlc.keep" + number, mlir::FloatAttr::get(mlir::Float64Type::get(op->getContext()), f.keep));
}
inline llvm::SmallVector<Follower> followersOf(mlir::Operation *op) {
  llvm::SmallVector<Follower> list;
  for (unsigned i = 0; i < op->getNumResults() && !op->getDiscardableAttrDictionary().empty(); ++i) {
    auto weight = op->getAttrOfType<mlir::FlatSymbolRefAttr>("dlc.follower" + std::to_string(i));
    auto keep = op->getAttrOfType<mlir::FloatAttr>("dlc.keep" + std::to_string(i));
    if (weight && keep)
      list.push_back({i, weight, keep.getValueAsDouble()});
  }
  return list;
}
} // namespace dlc
