#include "codegen/cpu/Routine.h"
#include "ir/Symbols.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"

using namespace mlir;

namespace dlc {

static constexpr StringLiteral kPrefix = "dlc_";

FailureOr<func::FuncOp> scheduleRoutine(func::FuncOp kernel) {
  auto call = kernel->getAttrOfType<DictionaryAttr>("dlc.routine");
  if (!call)
    return kernel.emitError("kernel '") << kernel.getName() << "' is a routine, but lacks the attribute dlc.routine";
  MLIRContext *context = kernel.getContext();
  OpBuilder b(kernel);
  Location loc = kernel.getLoc();
  SymbolRanges ranges(kernel);
  Type ptr = LLVM::LLVMPointerType::get(context), i64 = b.getI64Type();
  auto type = b.getFunctionType({ptr, ptr, i64, i64, ptr}, {});
  std::string name =
      (kPrefix + call.getAs<StringAttr>("name").getValue() + "_" + call.getAs<StringAttr>("variant").getValue()).str();
  auto module = kernel->getParentOfType<ModuleOp>();
  if (!module.lookupSymbol(name)) {
    OpBuilder top(context);
    top.setInsertionPointToStart(module.getBody());
    auto declared = func::FuncOp::create(top, loc, name, type);
    declared.setPrivate();
    declared->setAttr("dlc.cpu_body", b.getUnitAttr());
  }
  auto entry = func::FuncOp::create(b, loc, kernel.getName(), type);
  Block *block = entry.addEntryBlock();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(block);
  auto element = [&](Type of, Value array, int64_t i) -> Value {
    return LLVM::GEPOp::create(b, loc, ptr, of, array, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
  };
  auto array = [&](Type of, size_t count) -> Value {
    return LLVM::AllocaOp::create(b, loc, ptr, of, LLVM::ConstantOp::create(b, loc, b.getI64IntegerAttr(count)));
  };
  ArrayRef<int64_t> buffers = call.getAs<DenseI64ArrayAttr>("buffers").asArrayRef();
  Value pointers = array(ptr, buffers.size());
  for (auto [i, buffer] : llvm::enumerate(buffers)) {
    Value at = buffer < 0 ? LLVM::ZeroOp::create(b, loc, ptr).getResult()
                          : LLVM::LoadOp::create(b, loc, ptr, element(ptr, block->getArgument(0), buffer)).getResult();
    LLVM::StoreOp::create(b, loc, at, element(ptr, pointers, i));
  }
  DenseMap<unsigned, Value> symbols;
  auto symbol = [&](unsigned position) -> Value {
    Value &value = symbols[position];
    if (!value)
      value = arith::IndexCastOp::create(
          b, loc, b.getIndexType(),
          LLVM::LoadOp::create(b, loc, i64, element(i64, block->getArgument(1), *ranges.number(position))));
    return value;
  };
  auto sizesOf = [&](StringRef which) { return call.getAs<DimsAttr>(which).getExprs(); };
  Value sizes = array(i64, sizesOf("sizes").size());
  for (auto [i, size] : llvm::enumerate(sizesOf("sizes"))) {
    Value value = arith::IndexCastOp::create(b, loc, i64, materialize(b, loc, size, symbol));
    LLVM::StoreOp::create(b, loc, value, element(i64, sizes, i));
  }
  func::CallOp::create(
      b, loc, name, TypeRange(),
      ValueRange{pointers, sizes, block->getArgument(2), block->getArgument(3), block->getArgument(4)});
  func::ReturnOp::create(b, loc);

  for (NamedAttribute attr : kernel->getDiscardableAttrs())
    if (attr.getName() != "dlc.kernel" && attr.getName() != "dlc.routine")
      entry->setAttr(attr.getName(), attr.getValue());
  AffineExpr units = sizesOf("units")[0];
  auto flops = kernel->getAttrOfType<IntegerAttr>("dlc.flops");
  int64_t each = flops ? flops.getInt() / std::max<int64_t>(1, ranges.typical(units)) : 1;
  entry->setAttr("dlc.work", constantSize(units) ? Attribute(b.getI64IntegerAttr(*constantSize(units)))
                                                 : Attribute(DimsAttr::get(context, {units})));
  SmallVector<AffineExpr> reads;
  for (auto &[position, value] : symbols)
    reads.push_back(getAffineSymbolExpr(position, context));
  llvm::sort(reads, [](AffineExpr x, AffineExpr y) {
    return cast<AffineSymbolExpr>(x).getPosition() < cast<AffineSymbolExpr>(y).getPosition();
  });
  if (!reads.empty())
    entry->setAttr("dlc.reads", DimsAttr::get(context, reads));
  entry->setAttr("dlc.grain", b.getI64IntegerAttr(std::max<int64_t>(1, 32768 / std::max<int64_t>(1, each))));
  entry->setAttr("dlc.scratch", b.getI64IntegerAttr(ranges.most(sizesOf("scratch")[0])));
  return entry;
}

bool linkRoutines(llvm::Module &module, std::string &error) {
  SmallVector<std::string> wanted;
  for (llvm::Function &f : module)
    if (f.isDeclaration() && f.getName().starts_with(kPrefix))
      wanted.push_back(f.getName().str());
  if (wanted.empty())
    return true;
  for (StringRef code : routineCode()) {
    auto library = llvm::getLazyBitcodeModule(llvm::MemoryBufferRef(code, "routines"), module.getContext());
    if (!library) {
      error = "the routines cannot be read: " + llvm::toString(library.takeError());
      return false;
    }
    if (llvm::none_of(wanted, [&](const std::string &name) {
          llvm::Function *f = (*library)->getFunction(name);
          return f && !f->isDeclaration();
        }))
      continue;
    (*library)->setTargetTriple(module.getTargetTriple());
    (*library)->setDataLayout(module.getDataLayout());
    if (llvm::Linker::linkModules(module, std::move(*library), llvm::Linker::LinkOnlyNeeded)) {
      error = "the routines cannot be linked";
      return false;
    }
  }
  for (const std::string &name : wanted) {
    llvm::Function *f = module.getFunction(name);
    if (f->isDeclaration()) {
      error = "there is no routine '" + name + "'";
      return false;
    }
    f->setVisibility(llvm::GlobalValue::DefaultVisibility);
    f->setLinkage(llvm::GlobalValue::InternalLinkage);
  }
  // What they were compiled for and with is no business of the kernels.
  for (llvm::Function &f : module)
    for (StringRef attr : {"target-features", "tune-cpu", "min-legal-vector-width", "no-trapping-math"})
      f.removeFnAttr(attr);
  if (llvm::NamedMDNode *ident = module.getNamedMetadata("llvm.ident"))
    module.eraseNamedMetadata(ident);
  return true;
}

} // namespace dlc
