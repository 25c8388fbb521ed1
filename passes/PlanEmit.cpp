// The plan as IR.
#include "ir/Names.h"
#include "passes/Planner.h"
#include "passes/Specialize.h"
#include "llvm/ADT/SetVector.h"

namespace dlc {

static SmallVector<Attribute> sourcesOf(Location loc) {
  SmallVector<StringAttr> names = nodeNames(loc);
  return SmallVector<Attribute>(names.begin(), names.end());
}

// A launch for several kernels has several nodes' values.
std::string Planner::nameOf(Value v) {
  if (auto launch = v.getDefiningOp<LaunchOp>())
    if (auto names = launch->getAttrOfType<ArrayAttr>("dlc.result_names"))
      return cast<StringAttr>(names[cast<OpResult>(v).getResultNumber()]).str();
  return sourceName(v.getLoc(), "value_" + std::to_string(outermost().unnamed++));
}

// The buffer of a value, made where `b` stands.
Value Planner::buffer(OpBuilder &b, Value v) {
  Value &slot = bufferOf[v];
  if (slot)
    return slot;
  Place place = placeOf(v);
  std::string name = place.kind == BufferKind::arena || place.symbol.empty() || parent ? nameOf(v) : place.symbol;
  while (!place.advance.empty() && isConstant(place.advance.back(), 0))
    place.advance.pop_back();
  SmallVector<int64_t> advance;
  for (AffineExpr bytes : place.advance)
    if (auto known = constantSize(bytes))
      advance.push_back(*known);
  bool fixed = advance.size() == place.advance.size();
  auto apart = constantSize(place.place);
  auto dims = [&](ArrayRef<AffineExpr> sizes) { return DimsAttr::get(b.getContext(), sizes); };
  slot = BufferOp::create(b, v.getLoc(), v.getType(), place.kind, place.symbol, place.offset + apart.value_or(0), name,
                          fixed ? ArrayRef<int64_t>(advance) : ArrayRef<int64_t>(),
                          apart ? DimsAttr() : dims(place.place), fixed ? DimsAttr() : dims(place.advance),
                          place.block < 0 ? IntegerAttr() : b.getI64IntegerAttr(place.block));
  // Small constants travel with the plan: nothing else holds them.
  if (auto constant = v.getDefiningOp<ConstantOp>())
    slot.getDefiningOp()->setAttr("value", constant.getValue());
  return slot;
}

void Planner::makeBuffers(OpBuilder &b, Step &step) {
  for (Value v : step.inputs)
    buffer(b, v);
  for (Value v : step.outputs)
    buffer(b, v);
  for (auto &body : step.bodies)
    for (Step &inner : body->steps)
      body->makeBuffers(b, inner);
}

void Planner::emitStep(OpBuilder &b, Step &step) {
  SmallVector<Value> buffers;
  for (Value v : step.inputs)
    buffers.push_back(bufferOf[v]);
  for (Value v : step.outputs)
    buffers.push_back(bufferOf[v]);
  auto outputs = static_cast<int64_t>(step.outputs.size());
  if (step.control)
    return emitControl(b, step, buffers);
  SmallVector<NamedAttribute> geometry;
  ArrayAttr sources = b.getStrArrayAttr({});
  FlatSymbolRefAttr kernel;
  Location loc = step.inputs.empty() ? function.getLoc() : step.inputs[0].getLoc();
  if (step.launch) {
    loc = step.launch.getLoc();
    kernel = FlatSymbolRefAttr::get(SymbolTable::getSymbolName(step.kernel));
    for (NamedAttribute attr : step.kernel->getDiscardableAttrs())
      if (attr.getName().strref().starts_with("dlc."))
        geometry.push_back({b.getStringAttr(attr.getName().strref().substr(4)), attr.getValue()});
    sources = b.getArrayAttr(sourcesOf(loc));
  }
  StringRef kind = step.launch ? "launch" : step.found ? "host" : step.inputs.empty() ? "zeros" : "copy";
  if (step.found) {
    loc = step.found.getLoc();
    sources = b.getArrayAttr(sourcesOf(loc));
    geometry.push_back(b.getNamedAttr("symbol", step.found.getSizeAttr()));
  }
  StepOp::create(b, loc, kind, kernel, buffers, outputs, step.deps, sources, b.getDictionaryAttr(geometry));
}

void Planner::emitControl(OpBuilder &b, Step &step, ArrayRef<Value> buffers) {
  Control inner = step.control.getControl();
  Location loc = step.control->getLoc();
  auto made =
      ControlStepOp::create(b, loc, inner.loop ? "while" : "if", buffers, static_cast<int64_t>(step.outputs.size()),
                            inner.conditional ? 0 : -1, inner.limit, step.deps, b.getArrayAttr(sourcesOf(loc)),
                            inner.count ? DimsAttr::get(b.getContext(), {inner.count}) : DimsAttr(),
                            static_cast<unsigned>(step.bodies.size()));
  for (auto [body, region] : llvm::zip_equal(step.bodies, made.getBodies())) {
    OpBuilder inside(b.getContext());
    inside.createBlock(&region);
    for (Step &each : body->steps)
      body->emitStep(inside, each);
  }
}

void Planner::emit() {
  OpBuilder b(function);
  auto plan = PlanOp::create(b, function.getLoc(), b.getStringAttr(function.getName().str()), target,
                             b.getI64IntegerAttr(arenaBytes), blocks.empty() ? ArrayAttr() : b.getArrayAttr(blocks));
  plan->setAttr("peak", b.getI64IntegerAttr(peak));
  if (function->hasAttr("dlc.init"))
    plan->setAttr("init", b.getUnitAttr());
  b.setInsertionPointToStart(b.createBlock(&plan.getBody()));
  // Inputs and outputs in the function's order, used or not.
  for (BlockArgument arg : block->getArguments())
    buffer(b, arg);
  for (Step &step : steps) {
    makeBuffers(b, step);
    emitStep(b, step);
  }
  // What the plan cannot show: the signature, in order.
  SmallVector<Attribute> outputs;
  for (auto [i, value] : llvm::enumerate(block->getTerminator()->getOperands())) {
    if (function.getResultAttr(i, "dlc.state") || function.getResultAttr(i, "dlc.derived"))
      continue;
    SmallVector<NamedAttribute> entries = {b.getNamedAttr("name", b.getStringAttr(outputName(function, i))),
                                           b.getNamedAttr("type", TypeAttr::get(value.getType()))};
    outputs.push_back(b.getDictionaryAttr(entries));
  }
  plan->setAttr("outputs", b.getArrayAttr(outputs));
  function.erase();
}

} // namespace dlc
