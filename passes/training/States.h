// What a training step keeps from one run to the next: an argument that holds the value before the step, a result that
// gives the one after it, and a weight of the module that says how it begins.
#pragma once
#include "ir/Dialect.h"

namespace dlc {

class States {
public:
  static constexpr StringLiteral stepsName = "train.step";

  States(ModuleOp module, func::FuncOp main) : symbols(module), main(main) {}

  /// The value before the step. A state that there is none of yet begins with `first` everywhere; its weight stands
  /// behind all others, whose numbers (and with them their first values) must not change. Null on failure.
  Value before(StringRef name, RankedTensorType type, double first = 0);
  /// The same, or null where there is no such state.
  Value find(StringRef name);
  /// Makes a weight of the model a state: whoever read it reads the value before the step.
  Value before(WeightOp weight);
  /// The value after the step, a result behind the others.
  void after(StringRef name, Value value);
  /// How many steps were done before this one, i64 of rank 0: the state `train.step`, which counts up by itself.
  Value stepsDone();

private:
  Value argument(FlatSymbolRefAttr state, RankedTensorType type);
  DictionaryAttr attribute(FlatSymbolRefAttr state);

  SymbolTable symbols;
  func::FuncOp main;
};

} // namespace dlc
