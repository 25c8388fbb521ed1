// dlc-prepare-cuda: decides what the printer prints. Afterwards every operation of a kernel carries
//   dlc.names    one string a result: the variable, or "" where the expression is written in place of its only use
// and loops carry dlc.induction and dlc.carried, kernels dlc.shared_names, arguments dlc.name.
#include "codegen/cuda/Cuda.h"
#include "codegen/cuda/KernelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace dlc {
using cuda::suggestedName;
namespace {

/// A C identifier out of a node's name, or "".
std::string identifier(StringRef text) {
  std::string result;
  for (char c : text)
    result += llvm::isAlnum(c) ? c : '_';
  while (!result.empty() && result.back() == '_')
    result.pop_back();
  if (!result.empty() && llvm::isDigit(result.front()))
    result = "v" + result;
  return result.size() > 40 ? "" : result;
}

class Namer {
public:
  Namer(gpu::GPUFuncOp kernel, ArrayRef<int64_t> overwritten)
      : kernel(kernel), overwritten(overwritten), b(kernel.getContext()) {
    for (const char *word :
         {"auto",    "bool",    "break",      "case",        "char",       "class",  "const", "continue",
          "default", "delete",  "do",         "double",      "else",       "enum",   "float", "for",
          "goto",    "if",      "int",        "long",        "new",        "return", "short", "signed",
          "sizeof",  "static",  "struct",     "switch",      "template",   "this",   "union", "unsigned",
          "using",   "void",    "while",      "f16",         "f32",        "f64",    "bf16",  "i8",
          "i16",     "i32",     "i64",        "u8",          "u16",        "u32",    "u64",   "vec",
          "load",    "store",   "inf",        "to",          "and",        "or",     "not",   "exp",
          "log",     "max",     "min",        "operator",    "namespace",  "true",   "false", "maximum",
          "minimum", "barrier", "part_block", "part_thread", "part_shared"})
      taken.insert(word);
    taken.insert(kernel.getName());
  }

  void run() {
    nameArguments();
    Block &body = kernel.getBody().front();
    splitParallelAssignments();
    markEarlyReturn(body);
    decideInline(body);
    nameBlock(body);
  }

private:
  gpu::GPUFuncOp kernel;
  ArrayRef<int64_t> overwritten;
  Builder b;
  llvm::StringSet<> taken;
  llvm::DenseSet<Operation *> inlined;
  DenseMap<Value, std::string> names;

  std::string unique(StringRef wish) {
    std::string base = wish.empty() ? "t" : wish.str();
    std::string name = base;
    for (int n = 1; !taken.insert(name).second; ++n)
      name = base + (llvm::isDigit(base.back()) ? "_" : "") + std::to_string(n);
    return name;
  }

  void nameArguments() {
    bool epilogue = kernel->hasAttr("dlc.epilogue");
    for (unsigned i = 0, e = kernel.getFunctionType().getNumInputs(); i < e; ++i) {
      StringRef given = kernel.getArgAttrOfType<StringAttr>(i, "dlc.name").getValue();
      std::string wish = identifier(given);
      // An epilogue's first arguments are its accumulators and the fields of its coordinate.
      std::string name = epilogue && i < 4 ? given.str() : unique(wish.empty() ? "buffer" : wish);
      kernel.setArgAttr(i, "dlc.name", b.getStringAttr(name));
      names[kernel.getArgument(i)] = name;
    }
    if (epilogue)
      taken.insert("acc"), taken.insert("c");
    SmallVector<Attribute> shared;
    for (BlockArgument buffer : kernel.getWorkgroupAttributions()) {
      StringRef wish = suggestedName(buffer.getLoc());
      names[buffer] = unique(wish.empty() ? "tile" : wish);
      shared.push_back(b.getStringAttr(names[buffer]));
    }
    kernel->setAttr("dlc.shared_names", b.getArrayAttr(shared));
  }

  /// A loop that passes one carried value on as another needs the old one kept: `const T old = x;`.
  void splitParallelAssignments() {
    kernel.walk([&](scf::ForOp loop) {
      auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
      for (OpOperand &operand : yield->getOpOperands())
        if (auto argument = dyn_cast<BlockArgument>(operand.get());
            argument && argument.getOwner() == loop.getBody() &&
            argument != loop.getRegionIterArg(operand.getOperandNumber())) {
          OpBuilder at(yield);
          auto copy = UnrealizedConversionCastOp::create(at, yield.getLoc(), argument.getType(), ValueRange{argument});
          operand.set(copy.getResult(0));
        }
    });
  }

  /// `if (row >= rows) return;` instead of a kernel that is one indented block.
  void markEarlyReturn(Block &body) {
    if (kernel->hasAttr("dlc.epilogue"))
      return;
    Operation *last = body.getTerminator()->getPrevNode();
    if (auto check = dyn_cast_if_present<scf::IfOp>(last))
      if (check.getElseRegion().empty() && check.getNumResults() == 0 && check.thenBlock()->getOperations().size() > 3)
        check->setAttr("dlc.early_return", b.getUnitAttr());
  }

  static bool isLoad(Operation *op) { return isa<memref::LoadOp, vector::LoadOp>(op); }
  /// Printed twice or more in its user's text, so it must be a name.
  static bool printedTwice(OpOperand &use) {
    Operation *user = use.getOwner();
    if (auto compare = dyn_cast<arith::CmpFOp>(user)) {
      auto p = compare.getPredicate();
      return p == arith::CmpFPredicate::ONE || p == arith::CmpFPredicate::UEQ || p == arith::CmpFPredicate::ORD ||
             p == arith::CmpFPredicate::UNO;
    }
    return false;
  }

  // Of two loads in the branches of a choice compilers make one, through the read-only path if either may take it.
  // Where one is of what the kernel writes over, both stand before the choice.
  bool choosesOverwritten(arith::SelectOp select) {
    auto loadOf = [](Value v) { return v.getDefiningOp() && isLoad(v.getDefiningOp()) ? v.getDefiningOp() : nullptr; };
    auto isOverwritten = [&](Operation *load) {
      auto argument = dyn_cast<BlockArgument>(load->getOperand(0));
      return argument && argument.getOwner() == &kernel.getBody().front() &&
             llvm::is_contained(overwritten, int64_t(argument.getArgNumber()));
    };
    Operation *x = loadOf(select.getTrueValue()), *y = loadOf(select.getFalseValue());
    return x && y && (isOverwritten(x) || isOverwritten(y));
  }

  bool candidate(Operation *op) {
    if (op->getNumResults() != 1 || op->getNumRegions() || op->hasTrait<OpTrait::ConstantLike>())
      return false;
    if (isa<gpu::ShuffleOp, gpu::AllReduceOp, gpu::SubgroupReduceOp, memref::AllocaOp, UnrealizedConversionCastOp>(op))
      return false;
    bool position = isa<gpu::ThreadIdOp, gpu::BlockIdOp>(op);
    if (!position && !suggestedName(op->getLoc()).empty())
      return false;
    if (!isLoad(op) && !isMemoryEffectFree(op))
      return false;
    return op->getResult(0).hasOneUse();
  }

  /// Decides bottom up; `root` is the statement that an inlined operation ends up in.
  void decideInline(Block &block) {
    DenseMap<Operation *, Operation *> root;
    DenseMap<std::pair<Operation *, int>, int> weight; // operations in the statement, in each variable of a yield
    DenseMap<Operation *, int> changes;                // where the statement is a yield: which of its operands
    for (Operation &op : llvm::reverse(block)) {
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          decideInline(inner);
      root[&op] = &op;
      if (!candidate(&op))
        continue;
      OpOperand &use = *op.getResult(0).use_begin();
      Operation *user = use.getOwner();
      if (user->getBlock() != &block || printedTwice(use) ||
          (isa<scf::ForOp>(user) && (use.getOperandNumber() == 1 || use.getOperandNumber() == 2)))
        continue;
      Operation *statement = root[user];
      int variable = statement == user ? int(use.getOperandNumber()) : changes.lookup(user);
      if (auto loop = dyn_cast<scf::ForOp>(block.getParentOp()); loop && isa<scf::YieldOp>(statement)) {
        // Carried variables change one after the other: an expression for one must not read another.
        bool readsOther = llvm::any_of(op.getOperands(), [&](Value v) {
          auto argument = dyn_cast<BlockArgument>(v);
          return argument && argument.getOwner() == &block && argument.getArgNumber() > 0 &&
                 int(argument.getArgNumber()) - 1 != variable;
        });
        if (readsOther)
          continue;
      }
      int limit = isa<IndexType>(op.getResult(0).getType()) ? 6 : 4;
      bool free = isLoad(&op) || isa<vector::ExtractOp, gpu::ThreadIdOp, gpu::BlockIdOp>(op); // short text
      int &written = weight[{statement, isa<scf::YieldOp>(statement) ? variable : 0}];
      if (written >= limit && !free)
        continue;
      if (auto select = dyn_cast<arith::SelectOp>(user); select && isLoad(&op) && choosesOverwritten(select))
        continue;
      if (isLoad(&op)) {
        bool crossesWrite = false;
        for (Operation *between = op.getNextNode(); between != statement; between = between->getNextNode())
          crossesWrite |= !isMemoryEffectFree(between) && !isLoad(between);
        if (crossesWrite)
          continue;
      }
      inlined.insert(&op);
      changes[&op] = variable;
      root[&op] = statement;
      written += !free;
    }
  }

  std::string wishFor(Operation *op) {
    if (StringRef name = suggestedName(op->getLoc()); !name.empty())
      return name.str();
    if (isLoad(op)) {
      Value buffer = op->getOperand(0);
      std::string suffix;
      if (auto vector = dyn_cast<VectorType>(op->getResult(0).getType()))
        suffix = std::to_string(vector.getNumElements());
      std::string base = names[buffer];
      return suffix.empty() ? base + "_v" : base + "_" + suffix;
    }
    if (isa<memref::AllocaOp>(op)) {
      for (Operation *user : op->getResult(0).getUsers())
        if (auto load = dyn_cast<vector::LoadOp>(user))
          for (Operation *store : load->getUsers())
            if (auto vectorStore = dyn_cast<vector::StoreOp>(store))
              return names[vectorStore.getBase()] + "_" +
                     std::to_string(cast<MemRefType>(op->getResult(0).getType()).getDimSize(0));
      return kernel->hasAttr("dlc.epilogue") ? "result" : "lanes";
    }
    auto reduction = [](gpu::AllReduceOperation kind) -> std::string {
      switch (kind) {
      case gpu::AllReduceOperation::ADD:
        return "row_sum";
      case gpu::AllReduceOperation::MUL:
        return "row_product";
      case gpu::AllReduceOperation::MAXIMUMF:
      case gpu::AllReduceOperation::MAXNUMF:
      case gpu::AllReduceOperation::MAXSI:
      case gpu::AllReduceOperation::MAXUI:
        return "row_max";
      case gpu::AllReduceOperation::MINIMUMF:
      case gpu::AllReduceOperation::MINNUMF:
      case gpu::AllReduceOperation::MINSI:
      case gpu::AllReduceOperation::MINUI:
        return "row_min";
      default:
        return "row_bits";
      }
    };
    if (auto all = dyn_cast<gpu::AllReduceOp>(op))
      return reduction(*all.getOp());
    if (auto all = dyn_cast<gpu::SubgroupReduceOp>(op))
      return reduction(all.getOp());
    if (isa<gpu::ShuffleOp>(op))
      return "other";
    // Values that come from a node of the model are called after it.
    Location loc = op->getLoc();
    Type type = op->getResult(0).getType();
    if (auto name = dyn_cast<NameLoc>(loc); name && !isa<IndexType>(type) && !type.isInteger(1))
      if (std::string id = identifier(name.getName().getValue()); !id.empty() && id != kernel.getName())
        return id;
    return op->getName().stripDialect() == "exp" ? "e" : isa<IndexType>(type) ? "at" : type.isInteger(1) ? "test" : "t";
  }

  static std::string carriedName(scf::ForOp loop, unsigned i) {
    Operation *last = loop.getBody()->getTerminator()->getOperand(i).getDefiningOp();
    while (auto inner = dyn_cast_if_present<scf::ForOp>(last))
      last = inner.getBody()->getTerminator()->getOperand(i).getDefiningOp();
    if (!last)
      return "carried";
    return llvm::StringSwitch<std::string>(last->getName().stripDialect())
        .Cases({"addf", "addi"}, "sum")
        .Cases({"mulf", "muli"}, "product")
        .Cases({"maximumf", "maxnumf", "maxsi", "maxui"}, "largest")
        .Cases({"minimumf", "minnumf", "minsi", "minui"}, "smallest")
        .Case("select", "best")
        .Default("acc");
  }

  void nameFor(scf::ForOp loop) {
    std::string wish = "i";
    if (auto given = loop->getAttrOfType<StringAttr>("dlc.induction"))
      wish = given.str();
    // An induction variable lives in its loop alone, so its name is free again afterwards.
    std::string induction = unique(wish);
    names[loop.getInductionVar()] = induction;
    loop->setAttr("dlc.induction", b.getStringAttr(induction));
    SmallVector<Attribute> carried;
    for (auto [i, argument] : llvm::enumerate(loop.getRegionIterArgs())) {
      Value init = loop.getInitArgs()[i];
      std::string name;
      // An inner loop that only carries on the outer loop's variable shares it.
      auto outer = dyn_cast<BlockArgument>(init);
      if (auto parent = dyn_cast<scf::ForOp>(loop->getParentOp());
          parent && outer && outer.getOwner() == parent.getBody() && outer.hasOneUse() &&
          loop.getResult(i).hasOneUse() &&
          parent.getBody()->getTerminator()->getOperand(outer.getArgNumber() - 1) == loop.getResult(i))
        name = names[outer];
      // So does a loop that continues where the one before it ended.
      if (auto before = init.getDefiningOp<scf::ForOp>();
          name.empty() && before && init.hasOneUse() && before->getBlock() == loop->getBlock())
        name = names[init];
      if (name.empty())
        name = unique(carriedName(loop, i));
      names[argument] = name;
      names[loop.getResult(i)] = name;
      carried.push_back(b.getStringAttr(name));
    }
    loop->setAttr("dlc.carried", b.getArrayAttr(carried));
    nameScope(*loop.getBody());
    taken.erase(induction);
  }

  void nameBlock(Block &block) {
    for (Operation &op : block) {
      if (auto loop = dyn_cast<scf::ForOp>(op)) {
        nameFor(loop);
        continue;
      }
      SmallVector<Attribute> own;
      for (OpResult result : op.getResults()) {
        bool none = inlined.contains(&op) || op.hasTrait<OpTrait::ConstantLike>() || result.use_empty();
        std::string name = none ? "" : unique(wishFor(&op));
        names[result] = name;
        own.push_back(b.getStringAttr(name));
      }
      if (!own.empty())
        op.setAttr("dlc.names", b.getArrayAttr(own));
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          nameScope(inner);
    }
  }

  /// Names of a scope are free again after it.
  void nameScope(Block &block) {
    llvm::StringSet<> outside = taken;
    nameBlock(block);
    taken = std::move(outside);
  }
};

/// index -> i64 -> i32 is index -> i32.
void shortenIndexCasts(gpu::GPUFuncOp kernel) {
  kernel.walk([](arith::TruncIOp narrow) {
    auto cast = narrow.getIn().getDefiningOp<arith::IndexCastOp>();
    if (!cast || !isa<IndexType>(cast.getIn().getType()) || narrow.getType().isInteger(1))
      return;
    OpBuilder b(narrow);
    narrow.replaceAllUsesWith(
        arith::IndexCastOp::create(b, narrow.getLoc(), narrow.getType(), cast.getIn()).getResult());
    narrow.erase();
    if (cast->use_empty())
      cast.erase();
  });
}

struct PrepareCuda : PassWrapper<PrepareCuda, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PrepareCuda)
  StringRef getArgument() const override { return "dlc-prepare-cuda"; }
  StringRef getDescription() const override { return "Name the temporaries of CUDA kernels"; }
  void runOnOperation() override {
    llvm::StringMap<SmallVector<int64_t>> overwritten; // by kernel: inputs whose memory a result may take
    getOperation().walk([&](LaunchOp launch) {
      if (auto pairs = launch->getAttrOfType<ArrayAttr>("dlc.inplace"))
        for (Attribute pair : pairs)
          overwritten[launch.getKernel()].push_back(cast<IntegerAttr>(cast<ArrayAttr>(pair)[0]).getInt());
    });
    getOperation().walk([&](gpu::GPUFuncOp kernel) {
      shortenIndexCasts(kernel);
      Namer(kernel, overwritten[kernel.getName()]).run();
    });
  }
};

} // namespace

std::unique_ptr<Pass> createPrepareCudaPass() { return std::make_unique<PrepareCuda>(); }

} // namespace dlc
