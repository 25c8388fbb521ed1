// The pass `dlc-schedule-cpu`: finds kernels, plans and emits them, wraps them in the kernel ABI.
#include "codegen/cpu/Contraction.h"
#include "codegen/cpu/Cpu.h"
#include "codegen/cpu/Library.h"
#include "codegen/cpu/Routine.h"
#include "codegen/cpu/RowEmit.h"
#include "ir/Philox.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace dlc {
using namespace cpu;

static Buffer bufferOf(Value ptr, Type type, const SymbolRanges &ranges) {
  auto tensor = cast<RankedTensorType>(type);
  AffineExpr count = elementCount(tensor);
  return {ptr, tensor.getElementType(), ranges.least(count), count,
          rowMajorStrides(getDims(tensor), tensor.getContext())};
}

// Positions of the symbols that a kernel's sizes depend on.
static SmallVector<unsigned> symbolsOf(func::FuncOp kernel) {
  llvm::SmallSetVector<unsigned, 4> found;
  auto add = [&](ArrayRef<AffineExpr> sizes) {
    for (AffineExpr size : sizes)
      found.insert_range(dlc::symbolsOf(size));
  };
  auto addType = [&](Type type) {
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      add(getDims(tensor));
  };
  llvm::for_each(kernel.getArgumentTypes(), addType);
  llvm::for_each(kernel.getResultTypes(), addType);
  kernel.walk([&](Operation *op) {
    llvm::for_each(op->getResultTypes(), addType);
    if (auto extent = dyn_cast<ExtentOp>(op))
      add(extent.getSize().getExprs());
  });
  return found.takeVector();
}

// k(buf, sym, lo, hi, scratch): loads the pointers and the symbols (by their numbers in the program) and calls the
// body, whose pointer arguments are noalias.
static func::FuncOp emitEntry(OpBuilder &b, func::FuncOp kernel, func::FuncOp body, unsigned numBuffers,
                              ArrayRef<unsigned> symbols) {
  MLIRContext *ctx = b.getContext();
  Location loc = kernel.getLoc();
  Type ptr = LLVM::LLVMPointerType::get(ctx), i64 = b.getI64Type();
  auto entry = func::FuncOp::create(b, loc, kernel.getName(), b.getFunctionType({ptr, ptr, i64, i64, ptr}, {}));
  OpBuilder::InsertionGuard guard(b);
  Block *block = entry.addEntryBlock();
  b.setInsertionPointToStart(block);
  SmallVector<Value> args;
  for (unsigned i = 0; i < numBuffers; ++i) {
    Value at =
        LLVM::GEPOp::create(b, loc, ptr, ptr, block->getArgument(0), ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    args.push_back(LLVM::LoadOp::create(b, loc, ptr, at, 8));
  }
  args.push_back(block->getArgument(2));
  args.push_back(block->getArgument(3));
  for (unsigned number : symbols) {
    Value at = LLVM::GEPOp::create(b, loc, ptr, i64, block->getArgument(1),
                                   ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(number)});
    args.push_back(LLVM::LoadOp::create(b, loc, i64, at, 8));
  }
  func::CallOp::create(b, loc, body, args);
  func::ReturnOp::create(b, loc);
  return entry;
}

// Whether the planner may put buffer `i` into the memory of another: an input and a result that are walked in the same
// way. Such pointers are not noalias: loads come before stores in the code, and there they must stay.
static bool mayShareMemory(const RowForm &form, unsigned i) {
  for (const Stage &s : form.stages)
    for (const Operand &in : s.inputs) {
      if (in.kind != Operand::Memory || !in.linear || !isConstant(in.offset, 0))
        continue;
      for (const auto &targets : s.targets)
        for (const Target &t : targets)
          if (t.coef == in.coef &&
              (i == form.numInputs + t.result || (i < form.numInputs && in.tensor == form.func.getArgument(i))))
            return true;
    }
  return false;
}

namespace {
/// A kernel, what is known of it, and how it is to be run.
struct Planned {
  explicit Planned(func::FuncOp kernel) : ranges(kernel) {}
  SymbolRanges ranges;
  OwningOpRef<ModuleOp> owner; // of the row form of a contraction
  DictionaryAttr library;
  RowForm form;
  Plan plan;
  bool isContraction = false;
};
} // namespace

/// Chosen, unless the kernel's attribute says something else.
static LogicalResult planKernel(func::FuncOp kernel, const TargetInfo &target, Planned &out) {
  func::FuncOp rowForm = kernel;
  ScheduleReader schedule(kernel);
  out.isContraction = cast<StringAttr>(kernel->getAttr("dlc.kernel")).getValue() == "contraction";
  if (out.isContraction) {
    std::string why, code = "library";
    out.library = cpuLibraryCall(kernel, why);
    if (!out.library)
      code = "generated";
    if (!out.library && !why.empty() && !schedule.has("code"))
      kernel.emitRemark("generated code, no library call: ") << why;
    schedule.word("code", code, {"generated", "library"});
    if (!schedule.expect(out.library || code == "generated", "code", "generated: " + why))
      return failure();
    if (code == "generated")
      out.library = {};
    FailureOr<OwningOpRef<ModuleOp>> converted = contractionToRowForm(kernel);
    if (failed(converted))
      return failure();
    out.owner = std::move(*converted);
    rowForm = *out.owner->getOps<func::FuncOp>().begin();
  }
  FailureOr<RowForm> form = analyzeRowForm(rowForm, out.ranges);
  if (failed(form))
    return failure();
  out.form = std::move(*form);
  // Where the library is called the generated code waits for the day when it is missing: a few rows at a time instead
  // of all registers, which takes LLVM a quarter of the time.
  TargetInfo registers = target;
  if (out.library)
    registers.registers = std::min<int64_t>(target.registers, 8);
  out.plan = planRowForm(out.form, registers);
  return readSchedule(schedule, out.form, out.plan);
}

/// There is nothing to choose about it.
static bool isRoutine(func::FuncOp kernel) {
  return kernel->getAttrOfType<StringAttr>("dlc.kernel").getValue() == "routine";
}

static FailureOr<func::FuncOp> scheduleKernel(func::FuncOp kernel, const TargetInfo &target) {
  if (isRoutine(kernel))
    return scheduleRoutine(kernel);
  Planned planned(kernel);
  if (failed(planKernel(kernel, target, planned)))
    return failure();
  const RowForm *form = &planned.form;
  const Plan &plan = planned.plan;
  DictionaryAttr library = planned.library;

  MLIRContext *ctx = kernel.getContext();
  OpBuilder b(kernel);
  Location loc = kernel.getLoc();
  Type ptr = LLVM::LLVMPointerType::get(ctx), i64 = b.getI64Type();
  SmallVector<Type> tensors(kernel.getArgumentTypes());
  llvm::append_range(tensors, kernel.getResultTypes());
  SmallVector<Type> params(tensors.size(), ptr);
  params.append({i64, i64});
  SmallVector<unsigned> symbols = symbolsOf(form->func), numbers;
  for (unsigned symbol : symbols)
    numbers.push_back(*planned.ranges.number(symbol)); // analyzeRowForm has looked
  params.append(symbols.size(), i64);
  auto body = func::FuncOp::create(b, loc, (kernel.getName() + ".body").str(), b.getFunctionType(params, {}));
  body.setPrivate();
  body->setAttr("dlc.cpu_body", b.getUnitAttr());
  body->setAttr("llvm.linkage", LLVM::LinkageAttr::get(ctx, LLVM::Linkage::Internal));
  body->setAttr("passthrough", b.getArrayAttr({b.getStringAttr("noinline")}));
  for (unsigned i = 0; i < tensors.size(); ++i)
    if (!mayShareMemory(*form, i))
      body.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
  {
    OpBuilder::InsertionGuard guard(b);
    Block *block = body.addEntryBlock();
    b.setInsertionPointToStart(block);
    SmallVector<Buffer> buffers;
    for (auto [i, type] : llvm::enumerate(tensors))
      buffers.push_back(bufferOf(block->getArgument(i), type, planned.ranges));
    auto index = [&](unsigned argument) -> Value {
      return arith::IndexCastOp::create(b, loc, b.getIndexType(), block->getArgument(argument));
    };
    Value lo = index(tensors.size()), hi = index(tensors.size() + 1);
    llvm::DenseMap<unsigned, Value> values;
    for (auto [i, symbol] : llvm::enumerate(symbols))
      values[symbol] = index(tensors.size() + 2 + i);
    // Sizes are computed in front of this, above the loops.
    OpBuilder entry(b);
    if (!symbols.empty())
      entry.setInsertionPoint(constIndex(b, loc, 0).getDefiningOp());
    SizeValues sizes(entry, values);
    emitRowForm(b, *form, plan, buffers, sizes, lo, hi);
    func::ReturnOp::create(b, loc);
  }
  func::FuncOp entry = emitEntry(b, kernel, body, tensors.size(), numbers);
  for (NamedAttribute attr : kernel->getDiscardableAttrs())
    if (attr.getName() != "dlc.kernel" && attr.getName() != scheduleAttrName) // it has been obeyed
      entry->setAttr(attr.getName(), attr.getValue());
  if (isa<AffineConstantExpr>(plan.units))
    entry->setAttr("dlc.work", b.getI64IntegerAttr(plan.work));
  else
    entry->setAttr("dlc.work", DimsAttr::get(ctx, {plan.units}));
  SmallVector<AffineExpr> reads;
  for (unsigned symbol : symbols)
    reads.push_back(getAffineSymbolExpr(symbol, ctx));
  if (!reads.empty())
    entry->setAttr("dlc.reads", DimsAttr::get(ctx, reads));
  entry->setAttr("dlc.grain", b.getI64IntegerAttr(plan.grain));
  entry->setAttr("dlc.scratch", b.getI64IntegerAttr(0));
  if (library)
    entry->setAttr("dlc.library", library);
  return entry;
}

static TargetInfo targetInfo(StringRef level) {
  CpuVectors vectors = cpuVectors(level);
  return {vectors.bytes, vectors.count};
}

namespace {
struct ChooseCpuPass : PassWrapper<ChooseCpuPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ChooseCpuPass)
  ChooseCpuPass() = default;
  ChooseCpuPass(const ChooseCpuPass &other) : PassWrapper(other) { level = other.level.getValue(); }
  explicit ChooseCpuPass(std::string cpuLevel) { level = cpuLevel; }
  StringRef getArgument() const override { return "dlc-choose-cpu"; }
  StringRef getDescription() const override {
    return "Choose how kernels are run on the CPU: the attribute dlc.schedule";
  }

  void runOnOperation() override {
    TargetInfo target = targetInfo(level);
    expandPhilox(getOperation());
    for (func::FuncOp kernel : getOperation().getOps<func::FuncOp>()) {
      if (!kernel->hasAttr("dlc.kernel") || isRoutine(kernel))
        continue;
      Planned planned(kernel);
      if (failed(planKernel(kernel, target, planned)))
        return signalPassFailure();
      NamedAttrList schedule(writeSchedule(&getContext(), planned.plan));
      if (planned.isContraction)
        schedule.set("code", StringAttr::get(&getContext(), planned.library ? "library" : "generated"));
      kernel->setAttr(scheduleAttrName, schedule.getDictionary(&getContext()));
    }
  }

  Option<std::string> level{*this, "cpu", llvm::cl::desc("CPU level: x86-64-v2, x86-64-v3 or x86-64-v4"),
                            llvm::cl::init("x86-64-v3")};
};

struct ScheduleCpuPass : PassWrapper<ScheduleCpuPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ScheduleCpuPass)
  ScheduleCpuPass() = default;
  ScheduleCpuPass(const ScheduleCpuPass &other) : PassWrapper(other) { level = other.level.getValue(); }
  explicit ScheduleCpuPass(std::string cpuLevel) { level = cpuLevel; }
  StringRef getArgument() const override { return "dlc-schedule-cpu"; }
  StringRef getDescription() const override {
    return "Turn kernel functions into vector loops with the CPU kernel ABI";
  }
  void getDependentDialects(DialectRegistry &registry) const override { registerCpuDialects(registry); }

  void runOnOperation() override {
    TargetInfo target = targetInfo(level);
    expandPhilox(getOperation());
    for (func::FuncOp kernel : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!kernel->hasAttr("dlc.kernel"))
        continue;
      if (failed(scheduleKernel(kernel, target)))
        return signalPassFailure();
      kernel.erase();
    }
  }

  Option<std::string> level{*this, "cpu", llvm::cl::desc("CPU level: x86-64-v2, x86-64-v3 or x86-64-v4"),
                            llvm::cl::init("x86-64-v3")};
};
} // namespace

std::unique_ptr<Pass> createChooseCpuPass(std::string cpuLevel) {
  return std::make_unique<ChooseCpuPass>(std::move(cpuLevel));
}

std::unique_ptr<Pass> createScheduleCpuPass(std::string cpuLevel) {
  return std::make_unique<ScheduleCpuPass>(std::move(cpuLevel));
}

void registerCpuPasses() {
  PassRegistration<ChooseCpuPass>();
  PassRegistration<ScheduleCpuPass>();
  registerPass([] { return createLowerCpuPass(); });
}

} // namespace dlc
