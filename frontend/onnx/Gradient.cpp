// Gradients that a model asks for: the operators between two of its tensors, differentiated on a copy.
#include "frontend/onnx/Importer.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SetVector.h"

namespace dlc {

// Operators that lead from `cuts` to y, in order; values that come from elsewhere join `others`. Nothing where they are
// not of one block.
static std::optional<SmallVector<Operation *>> operatorsBetween(Value y, ArrayRef<Value> cuts,
                                                                llvm::SetVector<Value> &others) {
  llvm::DenseSet<Operation *> found;
  SmallVector<Value> open = {y};
  while (!open.empty()) {
    Value v = open.pop_back_val();
    Operation *op = v.getDefiningOp();
    if (llvm::is_contained(cuts, v))
      continue;
    if (!op)
      others.insert(v);
    else if (found.insert(op).second)
      llvm::append_range(open, op->getOperands());
  }
  SmallVector<Operation *> ordered(found.begin(), found.end());
  for (Operation *op : ordered)
    if (op->getBlock() != ordered.front()->getBlock() || (op->getNumRegions() && !isa<ControlOpInterface>(op)))
      return std::nullopt;
  llvm::sort(ordered, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return ordered;
}

/// Bodies in the block that read the weight get it as a capture, `value`: there is a gradient for it then.
static void capture(Block &block, FlatSymbolRefAttr weight, Value value) {
  auto isRead = [&](GetWeightOp get) { return get.getWeightAttr() == weight; };
  for (ControlOpInterface control : llvm::to_vector(block.getOps<ControlOpInterface>())) {
    bool reads =
        control->walk([&](GetWeightOp get) { return isRead(get) ? WalkResult::interrupt() : WalkResult::advance(); })
            .wasInterrupted();
    if (!reads)
      continue;
    control->insertOperands(control->getNumOperands(), value);
    for (Region &region : control->getRegions()) {
      Value inside = region.addArgument(value.getType(), value.getLoc());
      for (auto get : llvm::make_early_inc_range(region.getOps<GetWeightOp>()))
        if (isRead(get)) {
          get.replaceAllUsesWith(inside);
          get.erase();
        }
      capture(region.front(), weight, inside);
    }
  }
}

LogicalResult NodeBuilder::gradientsOf(StringRef y, ArrayRef<StringRef> names, ArrayRef<Value> values, size_t wanted,
                                       SmallVectorImpl<Value> &gradients) {
  Importer::Entry *target = importer.find(y);
  if (!importer.options.differentiate)
    return unsupported("gradients are not computed here");
  if (!target || target->poison)
    return fail("'" + y + "' is not computed before it");
  SmallVector<Value> cuts;
  for (auto [name, value] : llvm::zip(names, values)) {
    Importer::Entry *entry = importer.find(name);
    if (!entry || entry->poison || entry->type != value.getType())
      return fail("'" + name + "' is no tensor like the input that stands for it");
    cuts.push_back(importer.materialize(name, *entry, /*frozen=*/false));
  }
  Value root = importer.materialize(y, *target, /*frozen=*/false);
  if (!isa<FloatType>(elementOf(root)))
    return fail("'" + y + "' is not of floats");
  llvm::SetVector<Value> others;
  auto between = operatorsBetween(root, cuts, others);
  if (!between)
    return unsupported("a gradient between tensors of different bodies of loops or branches");

  // Differentiation decomposes operators in place: a copy keeps the model's own.
  OpBuilder::InsertionGuard guard(b);
  OpBuilder outside(importer.module.getBodyRegion());
  auto scratch = func::FuncOp::create(outside, loc, "gradient", b.getFunctionType({}, {}));
  auto erase = llvm::scope_exit([&] { scratch.erase(); });
  Block &block = *scratch.addEntryBlock();
  OpBuilder inner = OpBuilder::atBlockEnd(&block);
  IRMapping in, out;
  SmallVector<Value> outer(values);
  for (auto [i, cut] : llvm::enumerate(cuts))
    if (!in.contains(cut))
      in.map(cut, block.addArgument(cut.getType(), loc));
    else
      return fail("'" + names[i] + "' stands twice among its tensors");
  for (Value v : others) {
    in.map(v, block.addArgument(v.getType(), loc));
    outer.push_back(v);
  }
  for (Operation *op : *between)
    inner.clone(*op, in);
  for (auto [i, cut] : llvm::enumerate(cuts))
    if (auto get = cut.getDefiningOp<GetWeightOp>())
      capture(block, get.getWeightAttr(), block.getArgument(static_cast<unsigned>(i)));
  Value result = in.lookup(root);
  Ops ops(inner, loc);
  SmallVector<Value> ones = {ops.like(result, 1)}, results;
  SmallVector<Value> wrt(block.args_begin(), block.args_begin() + int64_t(wanted));
  func::ReturnOp::create(inner, loc, ValueRange{result});
  if (failed(importer.options.differentiate(block, {result}, ones, wrt, results)))
    return failure();
  for (auto [argument, value] : llvm::zip(block.getArguments(), outer))
    out.map(argument, value);
  for (Operation &op : block.without_terminator())
    b.clone(op, out);
  for (Value gradient : results)
    gradients.push_back(gradient ? out.lookup(gradient) : Value());
  return success();
}

int64_t NodeBuilder::number() const { return importer.imported; }

LogicalResult NodeBuilder::subgraph(const onnx::GraphProto &graph, ArrayRef<Value> arguments,
                                    SmallVectorImpl<Value> &results) {
  if (graph.input_size() != int(arguments.size()))
    return fail("a graph with " + Twine(graph.input_size()) + " inputs is given " + Twine(arguments.size()));
  for (auto [input, value] : llvm::zip(graph.input(), arguments))
    importer.define(input.name(), value);
  SmallVector<Importer::Entry> entries;
  if (failed(importer.importSubgraph(graph, entries)))
    return failure();
  for (auto [i, entry] : llvm::enumerate(entries))
    results.push_back(importer.materialize(graph.output(int(i)).name(), entry, /*frozen=*/true));
  return success();
}

} // namespace dlc
