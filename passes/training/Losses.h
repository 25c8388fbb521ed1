// What the losses are made of: operators of the dialect, whose gradients are the operators'.
#pragma once
#include "ir/Build.h"
#include "passes/training/Rules.h"

namespace dlc {

/// Builds a loss, f32 or f64 of rank 0, from the model's output. `output` is at least 32 bits wide and of known shape.
struct LossBuilder {
  Ops o;
  const Choice &rule;
  Value output;
  std::string name; ///< of the output, for errors
  /// Adds the input "labels". Null after an error.
  llvm::function_ref<Value(ArrayRef<int64_t> shape, Type element)> labels;

  /// Null after a located error.
  Value build();

private:
  struct Classes {
    Value scores; ///< [M, C]
    SmallVector<int64_t> others,
        perm; ///< output's shape without the classes; output's dimensions with the classes last
    int64_t count, rows;
  };
  InFlightDiagnostic error() { return emitError(o.loc); }
  RankedTensorType type() const { return cast<RankedTensorType>(output.getType()); }
  SmallVector<int64_t> allDims() const { return llvm::to_vector(llvm::seq<int64_t>(type().getRank())); }
  Value meanOf(Value x);
  Value asRows(Value x, const Classes &c);
  std::optional<Classes> classes();

  Value softmaxCrossEntropy();
  Value binaryCrossEntropy();
  Value crossEntropyOf(Value x, Value y, Value positiveWeight);
  Value overLabels(llvm::function_ref<Value(Value x, Value y)> each);
  Value meanSquaredError();
  Value l1();
  Value huber();
  Value klDivergence();
  Value focal();
  Value dice();
  Value ctc();
  Value outputItself();
};

} // namespace dlc
