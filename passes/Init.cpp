// dlc-init: what depends on frozen weights alone moves to @init, which runs once, when a program is loaded. Its results
// are weights to everything else, so that no run computes again what never changes.
#include "passes/Init.h"
#include "ir/Symbols.h"
#include "passes/FusionGroup.h"
#include "passes/Passes.h"
#include "passes/Specialize.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/xxhash.h"

namespace dlc {
namespace {
uint64_t bytesOf(Value v) {
  auto type = cast<RankedTensorType>(v.getType());
  return static_cast<uint64_t>(type.getNumElements()) * std::max(1u, type.getElementTypeBitWidth() / 8);
}

class Hoister {
public:
  Hoister(ModuleOp module, func::FuncOp main) : module(module), symbols(module), main(main) {}

  void run() {
    Block &block = main.getBody().front();
    for (Operation &op : block.without_terminator())
      classify(&op);
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (moves.contains(&op) && readInMain(&op) && (isFree(&op) || grows(&op)))
        stay(&op);
    if (!moves.empty())
      build(block);
  }

private:
  ModuleOp module;
  SymbolTable symbols;
  func::FuncOp main;
  llvm::SmallPtrSet<Operation *, 32> fixed, weighty; // no input in it; a weight in it
  llvm::SetVector<Operation *> moves;
  DenseMap<Value, uint64_t> hashes;

  void classify(Operation *op) {
    bool isFixed = op->getNumRegions() == 0 && isMemoryEffectFree(op) && !dependsOnSymbols(op);
    bool isWeighty = isa<GetWeightOp>(op);
    for (Value operand : op->getOperands()) {
      Operation *def = operand.getDefiningOp();
      isFixed &= def && fixed.contains(def);
      isWeighty |= def && weighty.contains(def);
    }
    if (!isFixed)
      return;
    fixed.insert(op);
    if (!isWeighty)
      return;
    weighty.insert(op);
    if (!isa<GetWeightOp>(op))
      moves.insert(op);
  }

  bool readInMain(Operation *op) {
    return llvm::any_of(op->getUsers(), [&](Operation *user) { return !moves.contains(user); });
  }
  /// Views and broadcasts cost nothing where they are read.
  static bool isFree(Operation *op) {
    auto indexed = dyn_cast<IndexedOpInterface>(op);
    return indexed && (indexed.isView() || indexed.isCheap());
  }
  /// Memory for ever is dearer than the computation.
  static bool grows(Operation *op) {
    uint64_t in = 0, out = 0;
    for (Value operand : op->getOperands()) {
      while (operand.getDefiningOp()->getNumOperands() == 1 && isFree(operand.getDefiningOp()))
        operand = operand.getDefiningOp()->getOperand(0);
      in += bytesOf(operand);
    }
    for (Value result : op->getResults())
      out += bytesOf(result);
    return out > 4 * in + (64 << 10);
  }

  /// Leaves the operator in @main; those that move and read it get one of their own.
  void stay(Operation *op) {
    SmallVector<OpOperand *> moved;
    for (OpOperand &use : op->getUses())
      if (moves.contains(use.getOwner()))
        moved.push_back(&use);
    moves.remove(op);
    if (moved.empty())
      return;
    OpBuilder b(op);
    Operation *copy = b.clone(*op);
    moves.insert(copy);
    fixed.insert(copy);
    weighty.insert(copy);
    for (OpOperand *use : moved)
      use->set(copy->getResult(cast<OpResult>(use->get()).getResultNumber()));
  }

  static std::string text(Attribute attr) {
    std::string text;
    llvm::raw_string_ostream(text) << attr;
    return text;
  }
  static std::string text(Type type) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return text;
  }

  /// Of the expression, down to the bytes of the weights: equal hashes, equal values.
  uint64_t hash(Value v) {
    if (auto it = hashes.find(v); it != hashes.end())
      return it->second;
    Operation *op = v.getDefiningOp();
    std::string key =
        op->getName().getStringRef().str() + text(v.getType()) + std::to_string(cast<OpResult>(v).getResultNumber());
    if (auto get = dyn_cast<GetWeightOp>(op)) {
      Attribute value = symbols.lookup<WeightOp>(get.getWeight()).getValue();
      auto blob = dyn_cast<BlobAttr>(value);
      key += get.getWeight().str() + (blob ? blob.getHash().str() : text(value));
    } else {
      key += text(op->getAttrDictionary());
    }
    for (Value operand : op->getOperands())
      key += std::to_string(hash(operand)) + ",";
    return hashes[v] = llvm::xxh3_64bits(key);
  }

  StringRef firstWeight(Operation *op) {
    if (auto get = dyn_cast<GetWeightOp>(op))
      return get.getWeight();
    for (Value operand : op->getOperands())
      if (weighty.contains(operand.getDefiningOp()))
        return firstWeight(operand.getDefiningOp());
    llvm_unreachable("what moves depends on a weight");
  }

  void build(Block &block) {
    OpBuilder b(main.getContext());
    b.setInsertionPointAfter(main);
    auto init = func::FuncOp::create(b, main.getLoc(), "init", b.getFunctionType({}, {}));
    init.setPrivate();
    init->setAttr("dlc.init", b.getUnitAttr());
    symbols.insert(init);
    b.setInsertionPointToEnd(init.addEntryBlock());
    IRMapping map;
    SmallVector<Value> results;
    SmallVector<Type> types;
    SmallVector<DictionaryAttr> names;
    SmallVector<Operation *> moved;
    for (Operation &op : block) {
      if (!moves.contains(&op))
        continue;
      moved.push_back(&op);
      for (Value operand : op.getOperands())
        if (!map.contains(operand))
          copyFixed(b, operand.getDefiningOp(), map);
      b.clone(op, map);
    }
    for (Operation *op : moved)
      for (Value v : op->getResults()) {
        if (llvm::all_of(v.getUsers(), [&](Operation *user) { return moves.contains(user); }))
          continue;
        std::string symbol = derive(op, v);
        results.push_back(map.lookup(v));
        types.push_back(v.getType());
        names.push_back(
            b.getDictionaryAttr(b.getNamedAttr("dlc.derived", FlatSymbolRefAttr::get(b.getStringAttr(symbol)))));
        OpBuilder at(op);
        Value weight = GetWeightOp::create(at, op->getLoc(), v.getType(), symbol);
        v.replaceUsesWithIf(weight, [&](OpOperand &use) { return !moves.contains(use.getOwner()); });
      }
    func::ReturnOp::create(b, main.getLoc(), results);
    init.setFunctionType(b.getFunctionType({}, types));
    init.setAllResultAttrs(names);
    // What moved, and the weights and constants that nothing else reads.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

  /// A constant, a weight, or something computed from constants: in both functions.
  static void copyFixed(OpBuilder &b, Operation *op, IRMapping &map) {
    for (Value operand : op->getOperands())
      if (!map.contains(operand))
        copyFixed(b, operand.getDefiningOp(), map);
    b.clone(*op, map);
  }

  std::string derive(Operation *op, Value v) {
    char digits[17];
    std::snprintf(digits, sizeof digits, "%08llx", static_cast<unsigned long long>(hash(v) >> 32));
    StringRef from = firstWeight(op);
    std::string symbol = (from + "." + op->getName().stripDialect() + "_" + digits).str();
    OpBuilder b(module.getContext());
    b.setInsertionPointAfter(symbols.lookup(from));
    auto weight = WeightOp::create(b, op->getLoc(), symbol, cast<RankedTensorType>(v.getType()),
                                   DerivedAttr::get(b.getContext()), /*frozen=*/true);
    symbols.insert(weight);
    return weight.getSymName().str();
  }
};

struct InitPass : PassWrapper<InitPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(InitPass)
  StringRef getArgument() const override { return "dlc-init"; }
  StringRef getDescription() const override { return "What depends on frozen weights alone moves to @init"; }
  void runOnOperation() override {
    if (weightsChange(getOperation()))
      return;
    auto main = findMain(getOperation());
    if (failed(main))
      return signalPassFailure();
    Hoister(getOperation(), *main).run();
  }
};
} // namespace

bool isFixed(Value v) {
  SmallVector<Value> work = {v};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!work.empty()) {
    Operation *op = work.pop_back_val().getDefiningOp();
    if (!op || op->getNumRegions() != 0 || !isMemoryEffectFree(op) || dependsOnSymbols(op))
      return false;
    if (seen.insert(op).second)
      llvm::append_range(work, op->getOperands());
  }
  return true;
}

bool updatesWeights(ModuleOp module) {
  bool state = false;
  for (auto function : module.getOps<func::FuncOp>())
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      state |= function.getArgAttr(i, "dlc.state") != nullptr;
  return state;
}
bool weightsChange(ModuleOp module) { return module->hasAttr("dlc.weights_as_state") || updatesWeights(module); }

std::unique_ptr<Pass> createInitPass() { return std::make_unique<InitPass>(); }
} // namespace dlc
