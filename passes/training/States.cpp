#include "passes/training/States.h"
#include "ir/Build.h"

namespace dlc {
namespace {
constexpr StringLiteral stateAttr = "dlc.state";
}

DictionaryAttr States::attribute(FlatSymbolRefAttr state) {
  Builder b(main.getContext());
  return b.getDictionaryAttr(b.getNamedAttr(stateAttr, state));
}

Value States::argument(FlatSymbolRefAttr state, RankedTensorType type) {
  unsigned at = main.getNumArguments();
  if (failed(main.insertArgument(at, type, attribute(state), NameLoc::get(state.getAttr()))))
    return {};
  return main.getArgument(at);
}

Value States::find(StringRef name) {
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    if (auto state = main.getArgAttrOfType<FlatSymbolRefAttr>(i, stateAttr); state && state.getValue() == name)
      return main.getArgument(i);
  return {};
}

Value States::before(StringRef name, RankedTensorType type, double first) {
  if (Value there = find(name))
    return there;
  OpBuilder b = OpBuilder::atBlockEnd(&symbols.getOp()->getRegion(0).front());
  auto rule = first == 0 ? RuleAttr::get(b.getContext(), "zeros", b.getDenseF64ArrayAttr({}))
                         : RuleAttr::get(b.getContext(), "constant", b.getDenseF64ArrayAttr(first));
  auto weight = WeightOp::create(b, NameLoc::get(b.getStringAttr(name)), name, type, rule, /*frozen=*/false);
  return argument(FlatSymbolRefAttr::get(symbols.insert(weight)), type);
}

Value States::before(WeightOp weight) {
  auto name = FlatSymbolRefAttr::get(weight.getSymNameAttr());
  Value value = argument(name, cast<RankedTensorType>(weight.getType()));
  if (value)
    for (auto get : llvm::make_early_inc_range(main.front().getOps<GetWeightOp>()))
      if (get.getWeightAttr() == name) {
        get.replaceAllUsesWith(value);
        get.erase();
      }
  return value;
}

void States::after(StringRef name, Value value) {
  auto state = FlatSymbolRefAttr::get(main.getContext(), name);
  [[maybe_unused]] LogicalResult inserted = main.insertResult(main.getNumResults(), value.getType(), attribute(state));
  assert(succeeded(inserted) && "a function takes any number of results");
  cast<func::ReturnOp>(main.front().getTerminator()).getOperandsMutable().append(value);
}

Value States::stepsDone() {
  constexpr StringLiteral name = stepsName;
  bool there = symbols.lookup(name) != nullptr;
  OpBuilder b(main.front().getTerminator());
  Value before = this->before(name, RankedTensorType::get({}, b.getI64Type()));
  if (before && !there) {
    Ops o(b, NameLoc::get(b.getStringAttr(name)));
    after(name, o.add(before, o.like(before, 1)));
  }
  return before;
}

} // namespace dlc
