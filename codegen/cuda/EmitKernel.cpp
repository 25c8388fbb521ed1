#include "codegen/cuda/KernelPrinter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/Format.h"

using namespace mlir;

namespace dlc::cuda {

std::string quantity(int64_t value, StringRef unit) {
  static const char *prefixes[] = {"", "k", "M", "G", "T", "P"};
  double scaled = double(value);
  int prefix = 0;
  while (scaled >= 999.5 && prefix < 5) {
    scaled /= 1000;
    ++prefix;
  }
  std::string text;
  llvm::raw_string_ostream os(text);
  if (prefix == 0)
    os << value;
  else
    os << llvm::format(scaled < 9.95 ? "%.1f" : "%.0f", scaled);
  os << " " << prefixes[prefix] << unit;
  return text;
}

Expr KernelPrinter::operand(Value value) {
  TypedAttr constant;
  if (Attribute attr; matchPattern(value, m_Constant(&attr)))
    constant = dyn_cast<TypedAttr>(attr);
  if (constant)
    if (auto expr = literal(constant); succeeded(expr))
      return *expr;
  if (auto it = inlined.find(value); it != inlined.end())
    return it->second;
  return {names.lookup(value)};
}

std::string KernelPrinter::element(Value buffer, ValueRange indices) {
  std::string text = names.lookup(buffer);
  for (Value index : indices)
    text += "[" + operand(index).text + "]";
  return text;
}

std::string KernelPrinter::address(Value buffer, ValueRange indices) {
  std::string base = names.lookup(buffer);
  if (matchPattern(indices.front(), m_Zero()))
    return base;
  return base + " + " + within(operand(indices.front()), Binds::Sum);
}

/// `const T name = expr;`, or nothing yet if the prepare pass had it written in place of its use.
LogicalResult KernelPrinter::define(Operation *op, const Expr &expr) {
  Value result = op->getResult(0);
  auto own = op->getAttrOfType<ArrayAttr>("dlc.names");
  if (!own)
    return op->emitError("not prepared for printing: run dlc-prepare-cuda first");
  StringRef name = cast<StringAttr>(own[0]).getValue();
  if (name.empty()) {
    inlined[result] = expr;
    return success();
  }
  names[result] = name.str();
  std::string text = type(result.getType());
  if (text.empty())
    return unsupported(op);
  line() << "const " << text << " " << name << " = " << expr.text << ";\n";
  return success();
}

static std::string reductionName(gpu::AllReduceOperation kind, Type type) {
  bool integer = isa<IntegerType>(type);
  if (type.isInteger(1)) // bools know three operations
    switch (kind) {
    case gpu::AllReduceOperation::MAXUI:
      return "Or";
    case gpu::AllReduceOperation::MINUI:
    case gpu::AllReduceOperation::MUL:
      return "And";
    case gpu::AllReduceOperation::ADD:
      return "Xor";
    default:
      break;
    }
  switch (kind) {
  case gpu::AllReduceOperation::ADD:
    return integer ? "WrapAdd" : "Add";
  case gpu::AllReduceOperation::MUL:
    return integer ? "WrapMul" : "Mul";
  case gpu::AllReduceOperation::MINUI:
    return "MinUnsigned";
  case gpu::AllReduceOperation::MINSI:
    return "MinSigned";
  case gpu::AllReduceOperation::MINNUMF:
    return "MinNum";
  case gpu::AllReduceOperation::MAXUI:
    return "MaxUnsigned";
  case gpu::AllReduceOperation::MAXSI:
    return "MaxSigned";
  case gpu::AllReduceOperation::MAXNUMF:
    return "MaxNum";
  case gpu::AllReduceOperation::AND:
    return "And";
  case gpu::AllReduceOperation::OR:
    return "Or";
  case gpu::AllReduceOperation::XOR:
    return "Xor";
  case gpu::AllReduceOperation::MINIMUMF:
    return "Minimum";
  case gpu::AllReduceOperation::MAXIMUMF:
    return "Maximum";
  }
  return "";
}

LogicalResult KernelPrinter::forLoop(scf::ForOp loop) {
  auto carried = loop->getAttrOfType<ArrayAttr>("dlc.carried");
  auto induction = loop->getAttrOfType<StringAttr>("dlc.induction");
  if (!carried || !induction)
    return loop.emitError("not prepared for printing: run dlc-prepare-cuda first");
  for (auto [i, init] : llvm::enumerate(loop.getInitArgs())) {
    std::string name = cast<StringAttr>(carried[i]).str();
    // Two statements: one entry may move the other.
    names[loop.getRegionIterArg(i)] = name;
    names[loop.getResult(i)] = name;
    Expr from = operand(init);
    if (from.text != name)
      line() << type(init.getType()) << " " << name << " = " << from.text << ";\n";
  }
  std::string i = induction.str();
  names[loop.getInductionVar()] = i;
  if (loop->hasAttr("dlc.unroll"))
    os << "#pragma unroll\n";
  line() << "for (" << type(loop.getInductionVar().getType()) << " " << i << " = " << operand(loop.getLowerBound()).text
         << "; " << i << " < " << within(operand(loop.getUpperBound()), Binds::Relation) << "; ";
  Expr step = operand(loop.getStep());
  if (step.text == "1")
    os << "++" << i;
  else
    os << i << " += " << step.text;
  os << ") {\n";
  ++depth;
  if (failed(block(*loop.getBody())))
    return failure();
  auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
  for (auto [k, value] : llvm::enumerate(yield.getOperands())) {
    std::string name = cast<StringAttr>(carried[k]).str();
    Expr next = operand(value);
    if (StringRef(next.text).starts_with(name + " + ") && next.binds == Binds::Sum)
      line() << name << " += " << next.text.substr(name.size() + 3) << ";\n";
    else if (next.text != name)
      line() << name << " = " << next.text << ";\n";
  }
  --depth;
  line() << "}\n";
  return success();
}

LogicalResult KernelPrinter::branch(scf::IfOp branch) {
  Expr condition = operand(branch.getCondition());
  if (branch->hasAttr("dlc.early_return")) {
    // `if (!(i < n)) return;` reads better with the comparison turned round.
    std::string text = "!" + within(condition, Binds::Unary, true);
    if (auto less = branch.getCondition().getDefiningOp<arith::CmpIOp>();
        less && less.getPredicate() == arith::CmpIPredicate::slt && inlined.count(branch.getCondition()))
      text = within(operand(less.getLhs()), Binds::Relation) +
             " >= " + within(operand(less.getRhs()), Binds::Relation, true);
    line() << "if (" << text << ")\n";
    line() << "  return;\n";
    return block(*branch.thenBlock());
  }
  auto own = branch->getAttrOfType<ArrayAttr>("dlc.names");
  for (auto [i, result] : llvm::enumerate(branch.getResults())) {
    std::string name = cast<StringAttr>(own[i]).str();
    if (name.empty())
      continue; // nobody reads it
    names[result] = name;
    line() << type(result.getType()) << " " << name << ";\n";
  }
  auto arm = [&](Block &body) -> LogicalResult {
    ++depth;
    if (failed(block(body)))
      return failure();
    for (auto [i, value] : llvm::enumerate(body.getTerminator()->getOperands()))
      if (!names.lookup(branch.getResult(i)).empty())
        line() << names[branch.getResult(i)] << " = " << operand(value).text << ";\n";
    --depth;
    return success();
  };
  line() << "if (" << condition.text << ") {\n";
  if (failed(arm(*branch.thenBlock())))
    return failure();
  if (!branch.getElseRegion().empty() && (branch.getNumResults() || !llvm::hasSingleElement(*branch.elseBlock()))) {
    line() << "} else {\n";
    if (failed(arm(*branch.elseBlock())))
      return failure();
  }
  line() << "}\n";
  return success();
}

LogicalResult KernelPrinter::statement(Operation &op) {
  auto own = op.getAttrOfType<ArrayAttr>("dlc.names");
  std::string name = own && !own.empty() ? cast<StringAttr>(own[0]).str() : "";
  if (op.hasTrait<OpTrait::ConstantLike>()) {
    auto value = op.getAttrOfType<TypedAttr>("value");
    return value && succeeded(literal(value)) ? success() : unsupported(&op);
  }
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return forLoop(loop);
  if (auto check = dyn_cast<scf::IfOp>(op))
    return branch(check);
  if (isa<scf::YieldOp>(op))
    return success();
  if (isa<gpu::ReturnOp>(op)) {
    if (op.getNumOperands())
      line() << "return " << operand(op.getOperand(0)).text << ";\n";
    return success();
  }
  if (auto load = dyn_cast<memref::LoadOp>(op))
    return define(&op, {element(load.getMemRef(), load.getIndices())});
  if (auto store = dyn_cast<memref::StoreOp>(op)) {
    line() << element(store.getMemRef(), store.getIndices()) << " = " << operand(store.getValueToStore()).text << ";\n";
    return success();
  }
  if (auto load = dyn_cast<vector::LoadOp>(op)) {
    if (isLanes(load.getBase())) {
      inlined[load.getResult()] = {names.lookup(load.getBase())};
      return success();
    }
    std::string width = std::to_string(load.getVectorType().getNumElements());
    return define(&op, {"load<" + width + ">(" + address(load.getBase(), load.getIndices()) + ")"});
  }
  if (auto store = dyn_cast<vector::StoreOp>(op)) {
    line() << "store(" << address(store.getBase(), store.getIndices()) << ", " << operand(store.getValueToStore()).text
           << ");\n";
    return success();
  }
  if (auto extract = dyn_cast<vector::ExtractOp>(op)) {
    if (extract.getNumIndices() != 1)
      return unsupported(&op);
    OpFoldResult position = extract.getMixedPosition().front();
    std::string at = isa<Value>(position) ? operand(cast<Value>(position)).text
                                          : std::to_string(cast<IntegerAttr>(cast<Attribute>(position)).getInt());
    return define(&op, {operand(extract.getSource()).text + "[" + at + "]"});
  }
  if (auto lanes = dyn_cast<memref::AllocaOp>(op)) {
    auto memref = lanes.getType();
    if (memref.getRank() != 1 || name.empty())
      return unsupported(&op);
    names[lanes] = name;
    line() << "vec<" << type(memref.getElementType()) << ", " << memref.getDimSize(0) << "> " << name << ";\n";
    return success();
  }
  if (auto copy = dyn_cast<UnrealizedConversionCastOp>(op))
    return define(&op, operand(copy.getOperand(0)));
  if (auto id = dyn_cast<gpu::ThreadIdOp>(op))
    return define(&op, threadText(id.getDimension()));
  if (auto id = dyn_cast<gpu::BlockIdOp>(op)) {
    std::string text = part ? "part_block" : "blockIdx." + stringifyDimension(id.getDimension()).str();
    return define(&op, {part && indexBits == 32 ? text : type(id.getType()) + "(" + text + ")"});
  }
  if (isa<gpu::BarrierOp>(op)) {
    line() << (op.hasAttr(warpBarrierAttr) ? "warp_barrier();\n" : "barrier();\n");
    return success();
  }
  if (auto all = dyn_cast<gpu::AllReduceOp>(op)) {
    if (!all.getOp())
      return unsupported(&op);
    int64_t threads = 1;
    for (Attribute extent : kernel->getAttrOfType<ArrayAttr>("dlc.block"))
      threads *= cast<IntegerAttr>(extent).getInt();
    return define(&op, {"block_reduce<" + reductionName(*all.getOp(), all.getType()) + ", " + std::to_string(threads) +
                        ">(" + operand(all.getValue()).text + ")"});
  }
  if (auto all = dyn_cast<gpu::SubgroupReduceOp>(op)) {
    if (isa<VectorType>(all.getType()) || all.getClusterStride() != 1)
      return unsupported(&op);
    std::string lanes = all.getClusterSize() ? ", " + std::to_string(*all.getClusterSize()) : "";
    return define(&op, {"warp_reduce<" + reductionName(all.getOp(), all.getType()) + lanes + ">(" +
                        operand(all.getValue()).text + ")"});
  }
  if (auto shuffle = dyn_cast<gpu::ShuffleOp>(op)) {
    if (shuffle.getMode() != gpu::ShuffleMode::XOR)
      return unsupported(&op);
    return define(&op,
                  {"shuffle_xor(" + operand(shuffle.getValue()).text + ", " + operand(shuffle.getOffset()).text + ")"});
  }
  if (isa<arith::MulUIExtendedOp>(op)) {
    // Both halves of a product; each is defined if somebody reads it.
    std::string t = type(op.getResult(0).getType());
    std::string arguments =
        "<" + t + ">(" + operand(op.getOperand(0)).text + ", " + operand(op.getOperand(1)).text + ")";
    static constexpr const char *functions[] = {"wrap_mul", "mul_high_unsigned"};
    for (auto [i, function] : llvm::enumerate(functions))
      if (std::string part = cast<StringAttr>(own[i]).str(); !part.empty()) {
        names[op.getResult(i)] = part;
        line() << "const " << t << " " << part << " = " << function << arguments << ";\n";
      }
    return success();
  }
  FailureOr<Expr> expr = expression(&op, indexBits, [&](Value v) { return operand(v); });
  if (failed(expr))
    return unsupported(&op);
  return define(&op, *expr);
}

LogicalResult KernelPrinter::block(Block &body) {
  for (Operation &op : body)
    if (failed(statement(op)))
      return failure();
  return success();
}

void KernelPrinter::heading() {
  os << "// " << kernel.getName() << ":";
  if (auto sources = kernel->getAttrOfType<ArrayAttr>("dlc.sources"); sources && !sources.empty()) {
    llvm::ListSeparator comma(",");
    for (Attribute source : sources) {
      auto text = dyn_cast<StringAttr>(source);
      std::string safe = text ? text.str() : "";
      for (char &c : safe)
        c = c == '\n' || c == '\r' || c == '\\' ? ' ' : c;
      os << comma << " " << safe;
    }
    os << " |";
  }
  if (auto shape = kernel->getAttrOfType<StringAttr>("dlc.shape"))
    os << " " << shape.getValue() << " |";
  auto flops = kernel->getAttrOfType<IntegerAttr>("dlc.flops"), bytes = kernel->getAttrOfType<IntegerAttr>("dlc.bytes");
  if (flops)
    os << " " << quantity(flops.getInt(), "FLOP");
  if (bytes)
    os << (flops ? ", " : " ") << quantity(bytes.getInt(), "B");
  os << (flops || bytes ? " | " : " ") << kernel->getAttrOfType<StringAttr>("dlc.how").getValue() << "\n";
}

Expr KernelPrinter::threadText(gpu::Dimension dim) {
  auto extents = kernel->getAttrOfType<ArrayAttr>("dlc.block");
  int64_t width = cast<IntegerAttr>(extents[0]).getInt();
  if (part && isFlexible(kernel))
    return {"part_thread"};
  if (!part || width == threadsOf(kernel))
    return {"i32(threadIdx." + stringifyDimension(dim).str() + ")"};
  return {"i32(threadIdx.x) " + std::string(dim == gpu::Dimension::x ? "% " : "/ ") + std::to_string(width),
          Binds::Multiply};
}

LogicalResult KernelPrinter::signature() {
  int64_t threads = 1;
  for (Attribute extent : kernel->getAttrOfType<ArrayAttr>("dlc.block"))
    threads *= cast<IntegerAttr>(extent).getInt();
  std::string minimum;
  if (auto blocks = kernel->getAttrOfType<IntegerAttr>("dlc.min_blocks"))
    minimum = ", " + std::to_string(blocks.getInt());
  std::string head = part ? "DEVICE void " + kernel.getName().str() + "("
                          : "extern \"C\" __global__ void __launch_bounds__(" + std::to_string(threads) + minimum +
                                ") " + kernel.getName().str() + "(";
  os << head;
  // On one line if they fit in 120 columns, else filled lines of their own.
  unsigned inputs = kernel->getAttrOfType<IntegerAttr>("dlc.inputs").getInt();
  unsigned total = kernel.getFunctionType().getNumInputs();
  // Arguments that share memory in some launch: an element is read and then written by one thread.
  auto aliased = kernel->getAttrOfType<DenseI64ArrayAttr>("dlc.aliased");
  SmallVector<std::string> arguments;
  size_t width = head.size();
  if (part) {
    arguments.push_back("const i32 part_block,");
    if (isFlexible(kernel))
      arguments.push_back("const i32 part_thread,");
    if (tileBytes(kernel))
      arguments.push_back("char (&part_shared)[" + std::to_string(part->sharedBytes) + "],");
    for (const std::string &argument : arguments)
      width += argument.size() + 1;
  }
  for (unsigned i = 0; i < total; ++i) {
    if (isa<IndexType>(kernel.getArgument(i).getType())) { // a size
      std::string name = kernel.getArgAttrOfType<StringAttr>(i, "dlc.name").str();
      names[kernel.getArgument(i)] = name;
      inlined[kernel.getArgument(i)] = {valueText(name)};
      arguments.push_back("const i64 " + name + (i + 1 < total ? "," : ") {"));
      width += arguments.back().size() + 1;
      continue;
    }
    Type element = cast<MemRefType>(kernel.getArgument(i).getType()).getElementType();
    std::string text = type(element.isInteger(1) ? IntegerType::get(kernel.getContext(), 8) : element);
    if (text.empty())
      return kernel.emitError("kernel '") << kernel.getName() << "': argument " << i << " has element type " << element
                                          << ", which CUDA C has no type for here";
    auto name = kernel.getArgAttrOfType<StringAttr>(i, "dlc.name");
    names[kernel.getArgument(i)] = name.str();
    bool own = part ? !part->aliased.contains(i) : !aliased || !llvm::is_contained(aliased.asArrayRef(), int64_t(i));
    arguments.push_back((i < inputs ? "const " : "") + text + (own ? " *__restrict__ " : " *") + name.str() +
                        (i + 1 < total ? "," : ") {"));
    width += arguments.back().size() + 1;
  }
  size_t column = width > 121 ? 121 : head.size();
  for (auto [i, argument] : llvm::enumerate(arguments)) {
    if (column + argument.size() + 1 > 120 && (i || column > 120)) {
      os << "\n    ";
      column = 4;
    } else if (i) {
      os << " ";
      ++column;
    }
    os << argument;
    column += argument.size();
  }
  os << "\n";
  return success();
}

LogicalResult KernelPrinter::print() {
  for (StringRef needed : {"dlc.block", "dlc.grid", "dlc.how", "dlc.inputs", "dlc.shared_names"})
    if (!kernel->hasAttr(needed))
      return kernel.emitError("kernel '") << kernel.getName() << "' lacks the attribute " << needed
                                          << ": run dlc-schedule-cuda and dlc-prepare-cuda first";
  if (auto parts = partsOf(kernel); !parts.empty())
    return joined(parts);
  if (auto links = linksOf(kernel); !links.empty())
    return chained(links);
  auto call = kernel->getAttrOfType<DictionaryAttr>("dlc.library");
  if (call)
    if (auto symbol = call.getAs<FlatSymbolRefAttr>("epilogue")) {
      auto function = SymbolTable::lookupNearestSymbolFrom<gpu::GPUFuncOp>(kernel, symbol);
      if (!function)
        return kernel.emitError("kernel '") << kernel.getName() << "' names an epilogue that is not there: " << symbol;
      if (failed(KernelPrinter(function, os).epilogue(function)))
        return failure();
    }
  heading();
  if (failed(signature()))
    return failure();
  auto shared = kernel->getAttrOfType<ArrayAttr>("dlc.shared_names");
  for (auto [i, buffer] : llvm::enumerate(kernel.getWorkgroupAttributions())) {
    auto memref = cast<MemRefType>(buffer.getType());
    names[buffer] = cast<StringAttr>(shared[i]).str();
    line() << "__shared__ " << type(memref.getElementType()) << " " << names[buffer];
    for (int64_t extent : memref.getShape())
      os << "[" << extent << "]";
    os << ";\n";
  }
  if (failed(call ? library(call) : block(kernel.getBody().front())))
    return failure();
  os << "}\n";
  return success();
}

LogicalResult printKernel(gpu::GPUFuncOp kernel, raw_ostream &os) { return KernelPrinter(kernel, os).print(); }

} // namespace dlc::cuda
