// dlc-join-cuda: launches that need nothing of each other become one. Its kernel shares its blocks out among parts, one
// for each kernel that was launched (docs/launches.md).
#include "codegen/cuda/Cuda.h"
#include "codegen/cuda/JoinedKernel.h"
#include "ir/Dialect.h"
#include "ir/Found.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include <queue>

using namespace mlir;

namespace dlc {
namespace {
using cuda::PartFacts;

/// How many launches ahead a kernel may come: what it computes lives that much longer.
constexpr size_t window = 32;

/// A launch of a kernel in two steps becomes two, with the workspace as a value between them.
void separateSteps(LaunchOp launch, gpu::GPUFuncOp first, gpu::GPUFuncOp second) {
  OpBuilder b(launch);
  auto argumentsOf = [](gpu::GPUFuncOp kernel) {
    return kernel->getAttrOfType<DenseI64ArrayAttr>("dlc.arguments").asArrayRef();
  };
  SmallVector<Type> workspace;
  for (int64_t bytes : first->getAttrOfType<DenseI64ArrayAttr>("dlc.workspace").asArrayRef())
    workspace.push_back(RankedTensorType::get({(bytes + 3) / 4}, b.getF32Type()));
  SmallVector<Value> inputs;
  for (int64_t number : argumentsOf(first))
    inputs.push_back(launch.getInputs()[number]);
  Location loc = NameLoc::get(b.getStringAttr(launch.getKernel() + "_workspace"), launch.getLoc());
  auto begin = LaunchOp::create(b, launch.getLoc(), workspace, first.getName(), inputs);
  begin->setAttr(cuda::resultNamesAttr,
                 b.getArrayAttr(SmallVector<Attribute>(workspace.size(), cast<NameLoc>(loc).getName())));
  inputs.assign(begin.getResults().begin(), begin.getResults().end());
  SmallVector<Attribute> pairs;
  for (auto [at, number] : llvm::enumerate(argumentsOf(second))) {
    inputs.push_back(launch.getInputs()[number]);
    cuda::forInPlace(launch, [&](int64_t input, int64_t result) {
      if (input == number)
        pairs.push_back(b.getI64ArrayAttr({int64_t(workspace.size() + at), result}));
    });
  }
  auto end = LaunchOp::create(b, launch.getLoc(), launch.getResultTypes(), second.getName(), inputs);
  if (!pairs.empty())
    end->setAttr("dlc.inplace", b.getArrayAttr(pairs));
  launch.replaceAllUsesWith(end.getResults());
  launch.erase();
}

/// A new state that cannot be written over the old one, since its kernel reads that all along, is copied there. Where
/// the plan's own copy would be a node for each state, a kernel can be a part.
void copyStates(func::FuncOp function, cuda::JoinedKernels &kernels) {
  constexpr int64_t mostElements = 1 << 18;
  Operation *terminator = function.getBody().front().getTerminator();
  auto throughViews = [](Value value) {
    for (auto view = value.getDefiningOp<IndexedOpInterface>(); view && view.isView();
         view = value.getDefiningOp<IndexedOpInterface>())
      value = view->getOperand(0);
    return value;
  };
  for (OpOperand &use : terminator->getOpOperands()) {
    auto state = function.getResultAttrOfType<FlatSymbolRefAttr>(use.getOperandNumber(), "dlc.state");
    auto result = dyn_cast<OpResult>(throughViews(use.get()));
    auto launch = result ? dyn_cast<LaunchOp>(result.getOwner()) : LaunchOp();
    auto type = cast<RankedTensorType>(use.get().getType());
    if (!state || !launch || !type.hasStaticShape() || !type.getNumElements() || type.getNumElements() > mostElements ||
        type.getElementTypeBitWidth() < 8)
      continue;
    bool needed = false;
    for (auto [i, input] : llvm::enumerate(launch.getInputs())) {
      auto argument = dyn_cast<BlockArgument>(throughViews(input));
      if (!argument || function.getArgAttr(argument.getArgNumber(), "dlc.state") != state)
        continue;
      bool overwrites = false;
      cuda::forInPlace(launch, [&, number = int64_t(i)](int64_t from, int64_t to) {
        overwrites |= from == number && to == int64_t(result.getResultNumber());
      });
      needed |= !overwrites;
    }
    if (!needed)
      continue;
    OpBuilder b(terminator);
    auto copy = LaunchOp::create(b, launch.getLoc(), type, kernels.copy(type).getName(), use.get());
    use.set(copy.getResult(0));
  }
}

/// Joins the launches of one block.
class Joiner {
public:
  Joiner(Block &block, cuda::JoinedKernels &kernels) : block(block), kernels(kernels) {}

  void run() {
    collect();
    if (nodes.size() < 2)
      return;
    orderStates();
    group(sorted());
    rebuild();
  }

private:
  Block &block;
  cuda::JoinedKernels &kernels;
  SmallVector<Operation *> nodes;
  DenseMap<Operation *, unsigned> number;
  std::vector<llvm::SmallSetVector<unsigned, 4>> after, before; // node -> those that must follow it, or come before it
  std::vector<SmallVector<unsigned>> groups;                    // in the order in which they are launched

  static bool isNode(Operation *op) { return isa_and_nonnull<LaunchOp, ControlOpInterface, FoundOp>(op); }

  /// Values of this block that the operation or its bodies read.
  void forOperands(Operation *op, llvm::function_ref<void(Value)> visit) {
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (operand.getParentBlock() == &block)
          visit(operand);
    });
  }
  /// The nodes that compute a value, through views and what is laid side by side.
  void forWriters(Value value, llvm::function_ref<void(unsigned)> visit) {
    Operation *def = value.getDefiningOp();
    if (!def)
      return;
    if (isNode(def))
      return visit(number.lookup(def));
    forOperands(def, [&](Value operand) { forWriters(operand, visit); });
  }
  void forReaders(Value value, llvm::function_ref<void(unsigned)> visit) {
    for (Operation *user : value.getUsers()) {
      Operation *own = block.findAncestorOpInBlock(*user);
      if (isNode(own))
        visit(number.lookup(own));
      else
        for (Value result : own->getResults())
          forReaders(result, visit);
    }
  }

  void link(unsigned first, unsigned second) {
    after[first].insert(second);
    before[second].insert(first);
  }

  void collect() {
    for (Operation &op : block)
      if (isNode(&op)) {
        number[&op] = nodes.size();
        nodes.push_back(&op);
      }
    after.resize(nodes.size());
    before.resize(nodes.size());
    for (auto [i, node] : llvm::enumerate(nodes))
      forOperands(node, [&](Value operand) { forWriters(operand, [&](unsigned from) { link(from, i); }); });
  }

  bool reaches(unsigned from, unsigned to) {
    std::vector<bool> seen(nodes.size());
    SmallVector<unsigned> work = {from};
    while (!work.empty()) {
      unsigned at = work.pop_back_val();
      if (at == to)
        return true;
      for (unsigned next : after[at])
        if (!seen[next]) {
          seen[next] = true;
          work.push_back(next);
        }
    }
    return false;
  }

  /// Who reads an old state comes before who computes the new one, which is then written in its place.
  void orderStates() {
    auto function = dyn_cast<func::FuncOp>(block.getParentOp());
    if (!function)
      return;
    for (auto [i, value] : llvm::enumerate(block.getTerminator()->getOperands())) {
      auto state = function.getResultAttrOfType<FlatSymbolRefAttr>(i, "dlc.state");
      if (!state)
        continue;
      SmallVector<unsigned> readers, writers;
      for (BlockArgument argument : block.getArguments())
        if (function.getArgAttr(argument.getArgNumber(), "dlc.state") == state)
          forReaders(argument, [&](unsigned reader) { readers.push_back(reader); });
      forWriters(value, [&](unsigned writer) { writers.push_back(writer); });
      for (unsigned writer : writers)
        for (unsigned reader : readers)
          if (reader != writer && !reaches(writer, reader))
            link(reader, writer);
    }
  }

  /// All nodes, as early in the block as what must come before them allows.
  SmallVector<unsigned> sorted() {
    std::vector<size_t> pending;
    std::priority_queue<unsigned, std::vector<unsigned>, std::greater<>> ready;
    for (auto [i, needs] : llvm::enumerate(before)) {
      pending.push_back(needs.size());
      if (needs.empty())
        ready.push(i);
    }
    SmallVector<unsigned> order;
    while (!ready.empty()) {
      order.push_back(ready.top());
      ready.pop();
      for (unsigned next : after[order.back()])
        if (--pending[next] == 0)
          ready.push(next);
    }
    return order;
  }

  /// Of the next launches in order, those that wait for nothing become one, as far as they fit; most urgent is what the
  /// longest row of launches waits for.
  void group(ArrayRef<unsigned> order) {
    std::vector<unsigned> height(nodes.size());
    for (unsigned node : llvm::reverse(order))
      for (unsigned next : after[node])
        height[node] = std::max(height[node], height[next] + 1);
    std::vector<bool> placed(nodes.size());
    size_t oldest = 0;
    while (oldest < order.size()) {
      SmallVector<unsigned> ready;
      for (unsigned node : order.slice(oldest, std::min<size_t>(window, order.size() - oldest)))
        if (!placed[node] && llvm::all_of(before[node], [&](unsigned needed) { return placed[needed]; }))
          ready.push_back(node);
      llvm::stable_sort(ready, [&](unsigned a, unsigned b) { return height[a] > height[b]; });
      groups.push_back({ready.front()});
      cuda::JoinedFacts facts;
      if (auto first = factsOf(ready.front()); first && facts.add(*first))
        for (unsigned node : ArrayRef(ready).drop_front())
          if (auto part = factsOf(node); part && facts.add(*part))
            groups.back().push_back(node);
      llvm::sort(groups.back());
      for (unsigned node : groups.back())
        placed[node] = true;
      while (oldest < order.size() && placed[order[oldest]])
        ++oldest;
    }
  }
  std::optional<PartFacts> factsOf(unsigned node) {
    auto launch = dyn_cast<LaunchOp>(nodes[node]);
    return launch ? kernels.facts(launch.getKernel()) : std::nullopt;
  }

  void rebuild() {
    Operation *terminator = block.getTerminator();
    llvm::DenseSet<Operation *> done;
    std::function<void(Operation *)> bring = [&](Operation *op) {
      if (!done.insert(op).second)
        return;
      forOperands(op, [&](Value operand) {
        if (Operation *def = operand.getDefiningOp())
          bring(def);
      });
      op->moveBefore(terminator);
    };
    SmallVector<Operation *> all;
    for (Operation &op : block.without_terminator())
      all.push_back(&op);
    SmallVector<Operation *> old;
    for (ArrayRef<unsigned> group : groups) {
      for (unsigned node : group)
        bring(nodes[node]);
      if (group.size() == 1)
        continue;
      auto launches = llvm::map_to_vector(group, [&](unsigned node) { return cast<LaunchOp>(nodes[node]); });
      Operation *joined = kernels.join(launches);
      done.insert(joined);
      llvm::append_range(old, launches);
    }
    for (Operation *op : all)
      bring(op);
    for (Operation *op : old)
      op->erase();
  }
};

struct JoinCuda : PassWrapper<JoinCuda, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(JoinCuda)
  StringRef getArgument() const override { return "dlc-join-cuda"; }
  StringRef getDescription() const override { return "One launch for kernels that need nothing of each other"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<gpu::GPUDialect>(); }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto gpuModules = module.getOps<gpu::GPUModuleOp>();
    if (gpuModules.empty())
      return;
    cuda::JoinedKernels kernels(*gpuModules.begin());
    SmallVector<LaunchOp> split;
    module.walk([&](LaunchOp launch) {
      if (auto kernel = kernels.find(launch.getKernel()); kernel && kernel->hasAttr("dlc.finish"))
        split.push_back(launch);
    });
    SetVector<Operation *> separated, seconds;
    for (LaunchOp launch : split) {
      gpu::GPUFuncOp first = kernels.find(launch.getKernel());
      auto finish = first->getAttrOfType<FlatSymbolRefAttr>("dlc.finish");
      gpu::GPUFuncOp second = kernels.find(finish.getValue());
      separated.insert(first);
      separateSteps(launch, first, second);
      seconds.insert(second);
    }
    for (Operation *first : separated)
      first->removeAttr("dlc.finish"), first->removeAttr("dlc.workspace");
    for (Operation *second : seconds) // text of its own: the first one may be a part now
      second->removeAttr("dlc.second");
    for (auto function : module.getOps<func::FuncOp>())
      if (!function.isExternal() && function.getOps<FoundOp>().empty()) {
        cuda::chainLaunches(function.getBody().front(), kernels);
        copyStates(function, kernels);
        Joiner(function.getBody().front(), kernels).run();
      }
    kernels.markParts(module);
  }
};
} // namespace

std::unique_ptr<Pass> createJoinCudaPass() { return std::make_unique<JoinCuda>(); }

} // namespace dlc
