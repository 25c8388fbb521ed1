#include "codegen/cuda/KernelBuilder.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace dlc::cuda {

Location named(Location loc, StringRef name) {
  if (name.empty())
    return loc;
  return NameLoc::get(StringAttr::get(loc.getContext(), "%" + name), loc);
}

StringRef suggestedName(Location loc) {
  auto name = dyn_cast<NameLoc>(loc);
  return name && name.getName().getValue().starts_with("%") ? name.getName().getValue().drop_front() : "";
}

static std::string shapeText(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(getDims(tensor), os, [&](AffineExpr size) { os << describe(size); }, "x");
  os << (tensor.getRank() ? " " : "") << tensor.getElementType();
  return text;
}

int64_t indexBits(func::FuncOp func) {
  int64_t bits = 32;
  SymbolRanges ranges(func);
  auto look = [&](Type type) {
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      if (ranges.most(elementCount(tensor)) > (int64_t(1) << 30))
        bits = 64;
  };
  for (Type type : func.getArgumentTypes())
    look(type);
  for (Type type : func.getResultTypes())
    look(type);
  func.walk([&](linalg::GenericOp generic) {
    int64_t points = 1;
    for (int64_t range : generic.getStaticLoopRanges())
      points *= ShapedType::isDynamic(range) ? 1 : range;
    if (points > (int64_t(1) << 30))
      bits = 64;
  });
  // Data that become indices keep all their bits.
  func.walk([&](Operation *op) {
    if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op) && op->getOperand(0).getType().isInteger(64))
      bits = 64;
  });
  return bits;
}

StringAttr argumentName(func::FuncOp source, unsigned i) {
  unsigned inputs = source.getNumArguments();
  auto given = i < inputs ? source.getArgAttrOfType<StringAttr>(i, "dlc.name")
                          : source.getResultAttrOfType<StringAttr>(i - inputs, "dlc.name");
  if (given)
    return given;
  auto numbered = [](const char *stem, unsigned i, unsigned count) {
    return count == 1 ? std::string(stem) : stem + std::to_string(i);
  };
  return StringAttr::get(source.getContext(),
                         i < inputs ? numbered("in", i, inputs) : numbered("out", i - inputs, source.getNumResults()));
}

KernelBuilder::KernelBuilder(gpu::GPUModuleOp module, func::FuncOp source)
    : b(module.getContext()), loc(source.getLoc()), source(source) {
  auto flat = [](Type type) -> Type {
    auto tensor = cast<RankedTensorType>(type);
    return MemRefType::get({constantSize(elementCount(tensor)).value_or(ShapedType::kDynamic)},
                           tensor.getElementType());
  };
  SmallVector<Type> types;
  for (Type type : source.getArgumentTypes())
    types.push_back(flat(type));
  for (Type type : source.getResultTypes())
    types.push_back(flat(type));
  b.setInsertionPointToEnd(module.getBody());
  kernel = gpu::GPUFuncOp::create(b, loc, source.getName(), b.getFunctionType(types, {}));
  kernel->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  for (StringRef name : {"dlc.sources", "dlc.class", "dlc.flops", "dlc.bytes"})
    if (Attribute value = source->getAttr(name))
      kernel->setAttr(name, value);
  kernel->setAttr("dlc.inputs", b.getI64IntegerAttr(source.getNumArguments()));
  kernel->setAttr("dlc.index_bits", b.getI64IntegerAttr(indexBits(source)));
  if (source.getNumResults())
    kernel->setAttr("dlc.shape", b.getStringAttr(shapeText(source.getResultTypes().front())));

  for (unsigned i = 0; i < types.size(); ++i)
    kernel.setArgAttr(i, "dlc.name", argumentName(source, i));
  for (BlockArgument argument : source.getArguments())
    memrefs[argument] = kernel.getArgument(argument.getArgNumber());
  auto returned = cast<func::ReturnOp>(source.getBody().front().getTerminator()).getOperands();
  for (auto [i, value] : llvm::enumerate(returned))
    outputMemrefs[value].push_back(kernel.getArgument(source.getNumArguments() + i));
  b.setInsertionPointToStart(&kernel.getBody().front());
}

KernelBuilder::KernelBuilder(gpu::GPUFuncOp kernel, func::FuncOp source, ArrayRef<std::pair<Value, Value>> inputs,
                             ArrayRef<std::pair<Value, Value>> outputs)
    : b(kernel.getContext()), loc(source.getLoc()), source(source), kernel(kernel) {
  for (auto [tensor, buffer] : inputs)
    memrefs[tensor] = buffer;
  for (auto [tensor, buffer] : outputs)
    outputMemrefs[tensor].push_back(buffer);
  b.setInsertionPointToStart(&kernel.getBody().front());
}

Value KernelBuilder::privateLanes(int64_t width, Type element) {
  auto type = MemRefType::get({width}, element, AffineMap(),
                              gpu::AddressSpaceAttr::get(b.getContext(), gpu::AddressSpace::Private));
  return memref::AllocaOp::create(b, loc, type);
}

Value KernelBuilder::size(AffineExpr size) {
  if (auto constant = constantSize(size))
    return index(*constant);
  auto values = kernel->getAttrOfType<DimsAttr>("dlc.values");
  SmallVector<AffineExpr> all(values ? values.getExprs() : ArrayRef<AffineExpr>());
  size = canonical(size);
  unsigned first = kernel.getFunctionType().getNumInputs() - all.size();
  auto at = llvm::find(all, size) - all.begin();
  if (at == int64_t(all.size())) {
    all.push_back(size);
    auto name = b.getDictionaryAttr(b.getNamedAttr("dlc.name", b.getStringAttr(describe(size))));
    (void)kernel.insertArgument(first + at, b.getIndexType(), name, loc);
    kernel->setAttr("dlc.values", DimsAttr::get(b.getContext(), all));
  }
  return kernel.getArgument(first + at);
}

gpu::GPUFuncOp KernelBuilder::finish(AffineExpr grid, ArrayRef<int64_t> block, int64_t sharedBytes, StringRef how,
                                     int64_t width) {
  kernel->setAttr("dlc.vector_width", b.getI64IntegerAttr(width));
  b.setInsertionPointToEnd(&kernel.getBody().front());
  gpu::ReturnOp::create(b, loc);
  SmallVector<int64_t> threads(block);
  threads.resize(3, 1);
  SymbolRanges ranges(source);
  kernel->setAttr("dlc.grid", b.getI64ArrayAttr({ranges.most(grid), 1, 1}));
  AffineExpr one = b.getAffineConstantExpr(1);
  if (!constantSize(grid))
    kernel->setAttr("dlc.grid_at", DimsAttr::get(b.getContext(), {canonical(grid), one, one}));
  kernel->setAttr("dlc.block", b.getI64ArrayAttr(threads));
  kernel->setAttr("dlc.shared", b.getI64IntegerAttr(sharedBytes));
  kernel->setAttr("dlc.how", b.getStringAttr(how));
  return kernel;
}

Value KernelBuilder::index(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

Value KernelBuilder::add(Value lhs, Value rhs, StringRef name) {
  if (!lhs || matchPattern(lhs, m_Zero()))
    return rhs;
  if (!rhs || matchPattern(rhs, m_Zero()))
    return lhs;
  return arith::AddIOp::create(b, named(loc, name), lhs, rhs);
}

Value KernelBuilder::mul(Value lhs, int64_t rhs, StringRef name) {
  if (rhs == 1 || matchPattern(lhs, m_Zero()))
    return lhs;
  return arith::MulIOp::create(b, named(loc, name), lhs, index(rhs));
}

// Indices are never negative here, so the signed forms are exact and print without casts.
Value KernelBuilder::div(Value lhs, int64_t rhs, StringRef name) {
  return rhs == 1 ? lhs : arith::DivSIOp::create(b, named(loc, name), lhs, index(rhs)).getResult();
}
Value KernelBuilder::rem(Value lhs, int64_t rhs, StringRef name) {
  return rhs == 1 ? index(0) : arith::RemSIOp::create(b, named(loc, name), lhs, index(rhs)).getResult();
}
Value KernelBuilder::less(Value lhs, int64_t rhs, StringRef name) {
  return arith::CmpIOp::create(b, named(loc, name), arith::CmpIPredicate::slt, lhs, index(rhs));
}
Value KernelBuilder::add(Value lhs, AffineExpr rhs, StringRef name) {
  if (auto constant = constantSize(rhs))
    return add(lhs, *constant, name);
  return add(lhs, size(rhs), name);
}
Value KernelBuilder::mul(Value lhs, AffineExpr rhs, StringRef name) {
  if (auto constant = constantSize(rhs))
    return mul(lhs, *constant, name);
  return matchPattern(lhs, m_Zero()) ? lhs : arith::MulIOp::create(b, named(loc, name), lhs, size(rhs)).getResult();
}
Value KernelBuilder::div(Value lhs, AffineExpr rhs, StringRef name) {
  if (auto constant = constantSize(rhs))
    return div(lhs, *constant, name);
  return arith::DivSIOp::create(b, named(loc, name), lhs, size(rhs));
}
Value KernelBuilder::rem(Value lhs, AffineExpr rhs, StringRef name) {
  if (auto constant = constantSize(rhs))
    return rem(lhs, *constant, name);
  return arith::RemSIOp::create(b, named(loc, name), lhs, size(rhs));
}
Value KernelBuilder::less(Value lhs, AffineExpr rhs, StringRef name) {
  return arith::CmpIOp::create(b, named(loc, name), arith::CmpIPredicate::slt, lhs, size(rhs));
}
Value KernelBuilder::thread(gpu::Dimension dim, StringRef name) {
  return gpu::ThreadIdOp::create(b, named(loc, name), dim);
}
Value KernelBuilder::block(gpu::Dimension dim, StringRef name) {
  return gpu::BlockIdOp::create(b, named(loc, name), dim);
}

SmallVector<Value> KernelBuilder::delinearize(Value flat, ArrayRef<AffineExpr> sizes, StringRef name) {
  SmallVector<Value> result(sizes.size());
  for (int i = int(sizes.size()) - 1; i >= 0; --i) {
    std::string own = sizes.size() == 1 ? name.str() : (name + llvm::Twine(i)).str();
    result[i] = i == 0 ? flat : rem(flat, sizes[i], own);
    if (i > 0)
      flat = div(flat, sizes[i], i == 1 ? (name + "0").str() : "");
  }
  return result;
}

scf::ForOp KernelBuilder::loop(Value from, AffineExpr to, int64_t step, ValueRange carried, bool unroll,
                               StringRef name) {
  auto loop = scf::ForOp::create(b, loc, from, size(to), index(step), carried);
  if (unroll)
    loop->setAttr("dlc.unroll", b.getUnitAttr());
  loop->setAttr("dlc.induction", b.getStringAttr(name));
  return loop;
}

ArrayRef<Value> KernelBuilder::outputs(Value tensor) const {
  auto it = outputMemrefs.find(tensor);
  return it == outputMemrefs.end() ? ArrayRef<Value>() : ArrayRef<Value>(it->second);
}

Value KernelBuilder::original(const RowForm &form, unsigned dim, ArrayRef<Value> at) {
  int collapsed = form.collapsedOf[dim];
  return collapsed < 0 ? index(0) : at[collapsed];
}

Value KernelBuilder::offset(const RowForm &form, const Access &access, ArrayRef<Value> at) {
  if (access.linear) {
    // P's part and R's: through the flat position where the access steps over it evenly, else dimension by dimension.
    auto part = [&](int begin, int end, Value flat, StringRef name) -> Value {
      bool even = flat && end - begin > 1 && access.step(end - 1) != 0;
      AffineExpr stride = even ? access.coefs[end - 1] : AffineExpr();
      for (int dim = end - 1; even && dim >= begin; --dim) {
        even = access.coefs[dim] == stride;
        stride = product(stride, form.extents[dim]);
      }
      if (even)
        return mul(flat, access.coefs[end - 1], name);
      Value sum;
      for (int dim = begin; dim < end; ++dim)
        if (access.step(dim) != 0 && at[dim])
          sum = add(sum, mul(at[dim], access.coefs[dim]));
      return sum;
    };
    Value sum = part(0, form.numP, flatP, "");
    if (Value inner = part(form.numP, int(form.sizes.size()), flatR, ""))
      sum = add(sum, inner);
    if (!sum)
      return size(access.offset);
    return add(sum, access.offset);
  }
  SmallVector<Value> dims;
  for (unsigned dim = 0; dim < access.map.getNumDims(); ++dim)
    dims.push_back(original(form, dim, at));
  Value sum;
  auto strides = rowMajorStrides(getDims(access.tensor.getType()), b.getContext());
  for (int axis = int(strides.size()) - 1; axis >= 0; --axis) {
    Value position = affine::expandAffineExpr(b, loc, access.map.getResult(axis), dims, {});
    sum = add(mul(position, strides[axis]), sum);
  }
  return sum;
}

SmallVector<Value> KernelBuilder::body(const RowForm &form, const Stage &stage, ValueRange inputs,
                                       ValueRange accumulators, ArrayRef<Value> at) {
  linalg::GenericOp generic = stage.op;
  Block *block = generic.getBody();
  IRMapping map;
  for (auto [argument, value] : llvm::zip(block->getArguments().take_front(inputs.size()), inputs))
    if (value)
      map.map(argument, value);
  for (auto [argument, value] : llvm::zip(block->getArguments().drop_front(inputs.size()), accumulators))
    map.map(argument, value);
  // Constants of the function that the body captures.
  generic.getRegion().walk([&](Operation *op) {
    for (Value operand : op->getOperands()) {
      Attribute attr;
      if (auto extent = operand.getDefiningOp<ExtentOp>(); extent && !generic->isProperAncestor(extent))
        map.map(operand, size(extent.getSize().getExprs()[0]));
      if (operand.getParentRegion() == &source.getBody() && !map.contains(operand) &&
          !isa<TensorType>(operand.getType()) && matchPattern(operand, m_Constant(&attr)))
        map.map(operand, b.clone(*operand.getDefiningOp())->getResult(0));
    }
  });
  SmallVector<Operation *> copies;
  for (Operation &op : block->without_terminator())
    copies.push_back(b.clone(op, map));
  SmallVector<Value> results;
  for (Value value : block->getTerminator()->getOperands())
    results.push_back(map.lookupOrDefault(value));
  // linalg.index, affine.apply and tensor.extract become arithmetic and loads.
  OpBuilder::InsertionGuard guard(b);
  for (Operation *copy : copies) {
    SmallVector<Operation *> inside;
    copy->walk<WalkOrder::PreOrder>([&](Operation *op) { inside.push_back(op); });
    for (Operation *op : inside) {
      if (!isa<linalg::IndexOp, affine::AffineApplyOp, tensor::ExtractOp, ExtentOp>(op))
        continue;
      b.setInsertionPoint(op);
      Value value;
      if (auto position = dyn_cast<linalg::IndexOp>(op)) {
        value = original(form, position.getDim(), at);
      } else if (auto extent = dyn_cast<ExtentOp>(op)) {
        value = size(extent.getSize().getExprs()[0]);
      } else if (auto apply = dyn_cast<affine::AffineApplyOp>(op)) {
        auto operands = apply.getMapOperands();
        unsigned numDims = apply.getAffineMap().getNumDims();
        value = affine::expandAffineExpr(b, op->getLoc(), apply.getAffineMap().getResult(0),
                                         operands.take_front(numDims), operands.drop_front(numDims));
      } else {
        auto extract = cast<tensor::ExtractOp>(op);
        auto shape = getDims(extract.getTensor().getType());
        Value flat = index(0);
        for (auto [i, position] : llvm::enumerate(extract.getIndices()))
          flat = add(i ? mul(flat, shape[i]) : flat, position);
        Value buffer = memref(extract.getTensor());
        if (!buffer) {
          extract.emitError("tensor.extract of something that is no kernel argument; the CUDA schedule reads kernel "
                            "arguments only");
          continue;
        }
        value = memref::LoadOp::create(b, op->getLoc(), buffer, flat);
      }
      op->getResult(0).replaceAllUsesWith(value);
      for (Value &result : results)
        if (result == op->getResult(0))
          result = value;
      op->erase();
    }
  }
  return results;
}

SmallVector<Value> KernelBuilder::combine(const Stage &stage, const Combiner &combiner, ValueRange lhs,
                                          ValueRange rhs) {
  linalg::GenericOp generic = stage.op;
  IRMapping map;
  for (auto [argument, value] : llvm::zip(generic.getRegionOutputArgs(), lhs))
    map.map(argument, value);
  for (auto [element, value] : llvm::zip(combiner.elements, rhs))
    map.map(element, value);
  for (Operation *op : combiner.slice) {
    for (Value operand : op->getOperands())
      if (!map.contains(operand))
        if (Operation *def = operand.getDefiningOp(); def && matchPattern(operand, m_Constant()))
          map.map(operand, b.clone(*def)->getResult(0));
    b.clone(*op, map);
  }
  SmallVector<Value> results;
  for (Value value : generic.getBody()->getTerminator()->getOperands())
    results.push_back(map.lookup(value));
  return results;
}

Value KernelBuilder::constant(Attribute value) { return arith::ConstantOp::create(b, loc, cast<TypedAttr>(value)); }

} // namespace dlc::cuda
