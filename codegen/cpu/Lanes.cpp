#include "codegen/cpu/Lanes.h"
#include "ir/Symbols.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace dlc::cpu {

Value constIndex(OpBuilder &b, Location loc, int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

Value addIndex(OpBuilder &b, Location loc, Value x, Value y) {
  if (!x || !y)
    return x ? x : y;
  return b.createOrFold<arith::AddIOp>(loc, x, y);
}

Value mulIndex(OpBuilder &b, Location loc, Value x, int64_t factor) {
  return factor == 1 ? x : b.createOrFold<arith::MulIOp>(loc, x, constIndex(b, loc, factor));
}

Value SizeValues::get(OpBuilder &b, Location loc, AffineExpr size) {
  if (auto constant = constantSize(size))
    return constIndex(b, loc, *constant);
  Value &value = known[size];
  if (!value)
    value = materialize(entry, loc, size, [&](unsigned position) { return symbols.lookup(position); });
  return value;
}

Value elementPtr(OpBuilder &b, Location loc, Value ptr, Type elem, Value index, int64_t offset) {
  Type ptrType = LLVM::LLVMPointerType::get(b.getContext());
  if (index && !isConstantIntValue(index, 0)) {
    Value i = arith::IndexCastOp::create(b, loc, b.getI64Type(), index);
    ptr = LLVM::GEPOp::create(b, loc, ptrType, elem, ptr, ArrayRef<LLVM::GEPArg>{i}, LLVM::GEPNoWrapFlags::inbounds);
  }
  if (offset)
    ptr = LLVM::GEPOp::create(b, loc, ptrType, elem, ptr, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)},
                              LLVM::GEPNoWrapFlags::inbounds);
  return ptr;
}

static unsigned elementBytes(Type elem) { return elem.isIndex() ? 8 : (elem.getIntOrFloatBitWidth() + 7) / 8; }

Value loadAt(OpBuilder &b, Location loc, Value ptr, Type elem, int64_t lanes) {
  Type type = lanes == 1 ? elem : VectorType::get({lanes}, elem);
  return LLVM::LoadOp::create(b, loc, type, ptr, elementBytes(elem));
}

void storeAt(OpBuilder &b, Location loc, Value value, Value ptr) {
  LLVM::StoreOp::create(b, loc, value, ptr, elementBytes(getElementTypeOrSelf(value.getType())));
}

static Value shuffle(OpBuilder &b, Location loc, Value x, Value y, ArrayRef<int64_t> mask) {
  return vector::ShuffleOp::create(b, loc, x, y, mask);
}

SmallVector<Value> transposeInRegisters(OpBuilder &b, Location loc, ArrayRef<Value> rows) {
  int64_t n = rows.size(), m = cast<VectorType>(rows[0].getType()).getNumElements();
  SmallVector<Value> result;
  if (n < m) { // cut into squares side by side
    for (int64_t at = 0; at < m; at += n) {
      SmallVector<Value> part;
      SmallVector<int64_t> mask = llvm::to_vector(llvm::seq<int64_t>(at, at + n));
      for (Value row : rows)
        part.push_back(shuffle(b, loc, row, row, mask));
      llvm::append_range(result, transposeInRegisters(b, loc, part));
    }
    return result;
  }
  if (n > m) { // squares one above the other, joined
    SmallVector<Value> top = transposeInRegisters(b, loc, rows.take_front(n / 2)),
                       bottom = transposeInRegisters(b, loc, rows.drop_front(n / 2));
    SmallVector<int64_t> mask = llvm::to_vector(llvm::seq<int64_t>(0, n));
    for (auto [x, y] : llvm::zip(top, bottom))
      result.push_back(shuffle(b, loc, x, y, mask));
    return result;
  }
  // Exchange the off-diagonal blocks of size 1, 2, 4...
  result.assign(rows.begin(), rows.end());
  for (int64_t s = 1; s < n; s *= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t j = 0; j < n; ++j) {
      low.push_back(j & s ? n + j - s : j);
      high.push_back(j & s ? n + j : j + s);
    }
    for (int64_t i = 0; i < n; ++i) {
      if (i & s)
        continue;
      Value x = result[i], y = result[i + s];
      result[i] = shuffle(b, loc, x, y, low);
      result[i + s] = shuffle(b, loc, x, y, high);
    }
  }
  return result;
}

Value Lanes::vec(Val x) {
  if (width == 1 || x.kind == Val::Varying)
    return x.v;
  VectorType type = VectorType::get({width}, x.v.getType());
  Value splat = vector::BroadcastOp::create(b, loc, type, x.v);
  if (x.kind == Val::Uniform)
    return splat;
  SmallVector<Attribute> steps;
  for (int64_t i = 0; i < width; ++i)
    steps.push_back(b.getIntegerAttr(x.v.getType(), i * x.step));
  return arith::AddIOp::create(b, loc, splat, arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, steps)));
}

Val Lanes::add(Val x, Val y) {
  if (x.kind != Val::Varying && y.kind != Val::Varying)
    return Val::affine(b.createOrFold<arith::AddIOp>(loc, x.v, y.v), x.step + y.step);
  return Val::varying(arith::AddIOp::create(b, loc, vec(x), vec(y)));
}

Val Lanes::mul(Val x, Val y) {
  if (x.kind == Val::Uniform && y.kind == Val::Uniform)
    return Val::uniform(b.createOrFold<arith::MulIOp>(loc, x.v, y.v));
  for (auto [p, q] : {std::pair(x, y), std::pair(y, x)})
    if (p.kind == Val::Affine && q.kind == Val::Uniform)
      if (std::optional<int64_t> c = getConstantIntValue(q.v))
        return Val::affine(b.createOrFold<arith::MulIOp>(loc, p.v, q.v), p.step * *c);
  return Val::varying(arith::MulIOp::create(b, loc, vec(x), vec(y)));
}

Val Lanes::affine(AffineExpr expr, ArrayRef<Val> d, ArrayRef<Val> s) {
  if (auto c = dyn_cast<AffineConstantExpr>(expr))
    return Val::uniform(constIndex(b, loc, c.getValue()));
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return d[dim.getPosition()];
  if (auto sym = dyn_cast<AffineSymbolExpr>(expr))
    return s[sym.getPosition()];
  auto bin = cast<AffineBinaryOpExpr>(expr);
  Val x = affine(bin.getLHS(), d, s), y = affine(bin.getRHS(), d, s);
  if (expr.getKind() == AffineExprKind::Add)
    return add(x, y);
  if (expr.getKind() == AffineExprKind::Mul)
    return mul(x, y);
  bool scalar = x.kind == Val::Uniform && y.kind == Val::Uniform;
  Value p = scalar ? x.v : vec(x), q = scalar ? y.v : vec(y), r;
  if (expr.getKind() == AffineExprKind::FloorDiv)
    r = b.createOrFold<arith::FloorDivSIOp>(loc, p, q);
  else if (expr.getKind() == AffineExprKind::CeilDiv)
    r = b.createOrFold<arith::CeilDivSIOp>(loc, p, q);
  else // mod of affine expressions takes the sign of the (positive) divisor
    r = arith::SubIOp::create(b, loc, p,
                              arith::MulIOp::create(b, loc, b.createOrFold<arith::FloorDivSIOp>(loc, p, q), q));
  return scalar ? Val::uniform(r) : Val::varying(r);
}

Value Lanes::validMask() {
  SmallVector<bool> lanes(width, false);
  std::fill(lanes.begin(), lanes.begin() + valid, true);
  return arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(VectorType::get({width}, b.getI1Type()), ArrayRef<bool>(lanes)));
}

// `valid` elements, repeated from the first up to the width: LLVM 22 does not come to an end where the last one is
// repeated in 40 to 48 of 64 bytes and two such vectors are or-ed.
Value Lanes::padded(Value v) {
  if (valid == width)
    return v;
  SmallVector<int64_t> mask;
  for (int64_t i = 0; i < width; ++i)
    mask.push_back(i % valid);
  return shuffle(b, loc, v, v, mask);
}

// In pieces of one register: LLVM 22 reads past the mask where it has to split a masked load of which one half is known
// to be off.
Value Lanes::maskedLoad(Value ptr, Type elem, Value lanes) {
  int64_t piece = std::min(width, vectorBytes / elementBytes(elem));
  VectorType type = VectorType::get({piece}, elem);
  Value zero = arith::ConstantOp::create(b, loc, type, cast<TypedAttr>(b.getZeroAttr(type)));
  SmallVector<Value> parts;
  for (int64_t at = 0; at < width; at += piece) {
    Value on =
        piece == width ? lanes : shuffle(b, loc, lanes, lanes, llvm::to_vector(llvm::seq<int64_t>(at, at + piece)));
    parts.push_back(LLVM::MaskedLoadOp::create(b, loc, type, elementPtr(b, loc, ptr, elem, nullptr, at), on, zero,
                                               b.getI32IntegerAttr(elementBytes(elem)), UnitAttr()));
  }
  while (parts.size() > 1) {
    SmallVector<Value> joined;
    int64_t n = cast<VectorType>(parts[0].getType()).getNumElements();
    for (size_t i = 0; i < parts.size(); i += 2)
      joined.push_back(shuffle(b, loc, parts[i], parts[i + 1], llvm::to_vector(llvm::seq<int64_t>(0, 2 * n))));
    parts = joined;
  }
  return parts[0];
}

Val Lanes::gather(const Buffer &buffer, Val index) {
  Type ptrs = VectorType::get({width}, LLVM::LLVMPointerType::get(b.getContext()));
  // LLVM gathers 16-bit floats by way of f32, back from which only compiler-rt may bring them; so bits are gathered.
  Type elem = buffer.elem.isBF16() || buffer.elem.isF16() ? b.getI16Type() : buffer.elem;
  VectorType type = VectorType::get({width}, elem);
  Value i = arith::IndexCastOp::create(b, loc, VectorType::get({width}, b.getI64Type()), vec(index));
  Value at = LLVM::GEPOp::create(b, loc, ptrs, buffer.elem, buffer.ptr, ArrayRef<LLVM::GEPArg>{i});
  Value lanes = !mask            ? validMask()
                : valid == width ? mask
                                 : arith::AndIOp::create(b, loc, mask, validMask()).getResult();
  Value zero = arith::ConstantOp::create(b, loc, type, cast<TypedAttr>(b.getZeroAttr(type)));
  Value read =
      LLVM::masked_gather::create(b, loc, type, at, lanes, ValueRange{zero}, b.getI32IntegerAttr(elementBytes(elem)));
  return Val::varying(elem == buffer.elem
                          ? read
                          : arith::BitcastOp::create(b, loc, VectorType::get({width}, buffer.elem), read).getResult());
}

Val Lanes::load(const Buffer &buffer, Val index, int64_t offset) {
  int64_t span = index.kind == Val::Affine ? std::abs(index.step) * (valid - 1) + 1 : 1;
  if (buffer.fixed() &&
      (buffer.numel == 0 || (!mask && buffer.numel < span))) // can only be reached where no lane is active
    return Val::uniform(arith::ConstantOp::create(b, loc, buffer.elem, b.getZeroAttr(buffer.elem)));
  bool guarded = mask || active;
  if (guarded && offset) {
    index = add(index, Val::uniform(constIndex(b, loc, offset)));
    offset = 0;
  }
  // Where the scalar condition is false any address will do, so long as it can be read.
  if (active) {
    // As many as the lanes want may not be there: then each reads the first.
    if (!buffer.fixed() && buffer.numel < span)
      index = Val::varying(vec(index));
    int64_t safe = index.kind == Val::Affine && index.step < 0 ? span - 1 : 0;
    if (index.kind == Val::Varying) {
      Value zero = arith::ConstantOp::create(
          b, loc, DenseElementsAttr::get(cast<ShapedType>(index.v.getType()), b.getIndexAttr(0).getValue()));
      index.v = arith::SelectOp::create(b, loc, active, index.v, zero);
    } else {
      index.v = arith::SelectOp::create(b, loc, active, index.v, constIndex(b, loc, safe));
    }
  }
  if (index.kind == Val::Uniform) {
    if (mask) { // no lane may be active, and then the index means nothing
      Value clamped = arith::MaxSIOp::create(b, loc, index.v, constIndex(b, loc, 0));
      index.v =
          arith::MinSIOp::create(b, loc, clamped, sizes.get(b, loc, sum(buffer.count, b.getAffineConstantExpr(-1))));
    }
    return Val::uniform(loadAt(b, loc, elementPtr(b, loc, buffer.ptr, buffer.elem, index.v, offset), buffer.elem, 1));
  }
  if (index.kind == Val::Varying)
    return gather(buffer, index);
  if (mask && index.step != 1)
    return gather(buffer, index);
  Value ptr = elementPtr(b, loc, buffer.ptr, buffer.elem, index.v, offset);
  if (mask) {
    Value lanes = valid == width ? mask : arith::AndIOp::create(b, loc, mask, validMask()).getResult();
    return Val::varying(maskedLoad(ptr, buffer.elem, lanes));
  }
  if (index.step == 1)
    return Val::varying(padded(loadAt(b, loc, ptr, buffer.elem, valid)));
  if (index.step == -1 || (index.step >= 2 && index.step <= 4)) { // one wide load, then the lanes picked from it
    if (index.step < 0)
      ptr = elementPtr(b, loc, ptr, buffer.elem, nullptr, -(span - 1));
    Value wide = loadAt(b, loc, ptr, buffer.elem, span);
    SmallVector<int64_t> pick;
    for (int64_t i = 0; i < width; ++i)
      pick.push_back(index.step < 0 ? span - 1 - std::min(i, valid - 1) : std::min(i, valid - 1) * index.step);
    return Val::varying(shuffle(b, loc, wide, wide, pick));
  }
  SmallVector<Value> lanes;
  for (int64_t i = 0; i < valid; ++i)
    lanes.push_back(loadAt(b, loc, elementPtr(b, loc, ptr, buffer.elem, nullptr, i * index.step), buffer.elem, 1));
  lanes.resize(width, lanes[valid - 1]);
  return Val::varying(vector::FromElementsOp::create(b, loc, VectorType::get({width}, buffer.elem), lanes));
}

Val Lanes::lookup(Value v) {
  auto it = values.find(v);
  if (it != values.end())
    return it->second;
  // Captured from around the generic: only constants can be.
  Operation *def = v.getDefiningOp();
  if (auto extent = dyn_cast<ExtentOp>(def))
    return Val::uniform(sizes.get(b, loc, extent.getSize().getExprs()[0]));
  assert(def && def->hasTrait<OpTrait::ConstantLike>() && "a body captures constants only");
  return Val::uniform(b.clone(*def)->getResult(0));
}

SmallVector<Val> Lanes::run(Block &block) {
  for (Operation &op : block.without_terminator())
    eval(&op);
  SmallVector<Val> results;
  for (Value v : block.getTerminator()->getOperands())
    results.push_back(lookup(v));
  return results;
}

void Lanes::eval(Operation *op) {
  if (op->getNumRegions() == 0 && isOpTriviallyDead(op))
    return;
  if (op->hasTrait<OpTrait::ConstantLike>()) {
    values[op->getResult(0)] = Val::uniform(b.clone(*op)->getResult(0));
  } else if (auto extent = dyn_cast<ExtentOp>(op)) {
    values[extent] = Val::uniform(sizes.get(b, loc, extent.getSize().getExprs()[0]));
  } else if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    values[index] = dims[index.getDim()];
  } else if (auto apply = dyn_cast<affine::AffineApplyOp>(op)) {
    SmallVector<Val> operands;
    for (Value v : apply.getMapOperands())
      operands.push_back(lookup(v));
    unsigned n = apply.getAffineMap().getNumDims();
    values[apply] =
        affine(apply.getAffineMap().getResult(0), ArrayRef(operands).take_front(n), ArrayRef(operands).drop_front(n));
  } else if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    DenseElementsAttr dense;
    if (matchPattern(extract.getTensor(), m_Constant(&dense)) && dense.isSplat()) {
      values[extract] =
          Val::uniform(arith::ConstantOp::create(b, loc, dense.getElementType(), dense.getSplatValue<TypedAttr>()));
      return;
    }
    auto found = buffers.find(extract.getTensor());
    assert(found != buffers.end() && "extract of a tensor that is not in memory");
    const Buffer &buffer = found->second;
    Val linear = Val::uniform(constIndex(b, loc, 0));
    for (auto [i, stride] : llvm::zip(extract.getIndices(), buffer.strides))
      linear = add(linear, mul(lookup(i), Val::uniform(sizes.get(b, loc, stride))));
    values[extract] = load(buffer, linear);
  } else if (auto ifOp = dyn_cast<scf::IfOp>(op)) {
    evalIf(ifOp);
  } else if (auto forOp = dyn_cast<scf::ForOp>(op)) {
    evalFor(forOp);
  } else {
    evalElementwise(op);
  }
}

// index < constant, where all lanes lie on one side: a scalar condition.
bool Lanes::evalSharedCondition(arith::CmpIOp op) {
  auto index = op.getLhs().getDefiningOp<linalg::IndexOp>();
  APInt limit;
  bool below = op.getPredicate() == arith::CmpIPredicate::slt || op.getPredicate() == arith::CmpIPredicate::sge;
  if (!block || !below || !index || !matchPattern(op.getRhs(), m_ConstantInt(&limit)) || limit.getSExtValue() % block)
    return false;
  const Val &at = dims[index.getDim()];
  if (at.kind != Val::Affine || at.step != 1)
    return false;
  values[op] =
      Val::uniform(arith::CmpIOp::create(b, loc, op.getPredicate(), at.v, constIndex(b, loc, limit.getSExtValue())));
  return true;
}

void Lanes::evalElementwise(Operation *op) {
  if (auto compare = dyn_cast<arith::CmpIOp>(op); compare && evalSharedCondition(compare))
    return;
  SmallVector<Val> operands;
  for (Value v : op->getOperands())
    operands.push_back(lookup(v));
  bool anyVarying = llvm::any_of(operands, [](const Val &x) { return x.kind != Val::Uniform; });
  // Indices that are affine in the lane stay so: their loads are contiguous.
  if (anyVarying && llvm::all_of(operands, [](const Val &x) { return x.kind != Val::Varying; })) {
    if (isa<arith::AddIOp>(op)) {
      values[op->getResult(0)] = add(operands[0], operands[1]);
      return;
    }
    if (isa<arith::SubIOp>(op)) {
      values[op->getResult(0)] = Val::affine(b.createOrFold<arith::SubIOp>(loc, operands[0].v, operands[1].v),
                                             operands[0].step - operands[1].step);
      return;
    }
    if (isa<arith::MulIOp>(op)) {
      values[op->getResult(0)] = mul(operands[0], operands[1]);
      return;
    }
    if (isa<arith::IndexCastOp>(op)) {
      Type to = op->getResult(0).getType();
      values[op->getResult(0)] =
          Val::affine(b.createOrFold<arith::IndexCastOp>(loc, to, operands[0].v), operands[0].step);
      return;
    }
  }
  bool divides = isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::FloorDivSIOp,
                     arith::CeilDivSIOp, arith::CeilDivUIOp>(op);
  bool vectorize = width > 1 && (anyVarying || (divides && mask));
  IRMapping map;
  for (auto [from, to] : llvm::zip(op->getOperands(), operands)) {
    // A condition that all lanes share may choose between whole vectors.
    bool keepScalar = isa<arith::SelectOp>(op) && from == op->getOperand(0) && from.getType().isInteger(1) &&
                      to.kind == Val::Uniform && !llvm::is_contained(op->getOperands().drop_front(), from);
    map.map(from, vectorize && !keepScalar ? vec(to) : to.v);
  }
  if (divides &&
      (mask || active || (vectorize && valid != width))) { // an inactive lane may hold a zero divisor, which traps
    Value divisor = map.lookup(op->getOperand(1)), one;
    Type type = divisor.getType();
    if (auto vector = dyn_cast<VectorType>(type))
      one = arith::ConstantOp::create(
          b, loc, DenseElementsAttr::get(vector, {Attribute(b.getIntegerAttr(vector.getElementType(), 1))}));
    else
      one = arith::ConstantOp::create(b, loc, type, cast<TypedAttr>(b.getIntegerAttr(type, 1)));
    if (mask)
      divisor = arith::SelectOp::create(b, loc, mask, divisor, one);
    if (vectorize && valid != width)
      divisor = arith::SelectOp::create(b, loc, validMask(), divisor, one);
    if (active)
      divisor = arith::SelectOp::create(b, loc, active, divisor, one);
    if (op->getOperand(0) == op->getOperand(1)) { // x / x: the map has one entry for both
      values[op->getResult(0)] = {};
      Operation *copy = b.clone(*op, map);
      copy->setOperand(1, divisor);
      if (vectorize)
        copy->getResult(0).setType(VectorType::get({width}, op->getResult(0).getType()));
      values[op->getResult(0)] = vectorize ? Val::varying(copy->getResult(0)) : Val::uniform(copy->getResult(0));
      return;
    }
    map.map(op->getOperand(1), divisor);
  }
  Operation *copy = b.clone(*op, map);
  for (auto [from, to] : llvm::zip(op->getResults(), copy->getResults())) {
    if (vectorize)
      to.setType(VectorType::get({width}, from.getType()));
    values[from] = vectorize ? Val::varying(to) : Val::uniform(to);
  }
}

Val Lanes::select(Val cond, Val x, Val y) {
  if (x.v == y.v && x.kind == y.kind && x.step == y.step)
    return x;
  if (cond.kind == Val::Uniform && x.kind == Val::Uniform && y.kind == Val::Uniform)
    return Val::uniform(arith::SelectOp::create(b, loc, cond.v, x.v, y.v));
  Value c = cond.kind == Val::Uniform ? cond.v : vec(cond);
  return Val::varying(arith::SelectOp::create(b, loc, c, vec(x), vec(y)));
}

static bool isCheap(scf::IfOp op) {
  int count = 0;
  bool simple = true;
  op.walk([&](Operation *inner) {
    ++count;
    if (inner != op && inner->getNumRegions())
      simple = false;
    if (inner->getDialect()->getNamespace() == "math")
      simple = false;
  });
  return simple && count <= 16;
}

void Lanes::evalIf(scf::IfOp op) {
  Val cond = lookup(op.getCondition());
  if (op.getNumResults() == 0)
    return;
  if (cond.kind == Val::Uniform && !(predicate && isCheap(op)))
    return evalBranch(op, cond.v);
  evalMasked(op, cond);
}

// Both sides run, each with its lanes; the results are selected.
void Lanes::evalMasked(scf::IfOp op, Val cond) {
  Value oldMask = mask, oldActive = active;
  Value &guard = cond.kind == Val::Uniform ? active : mask;
  Value old = guard, c = cond.v;
  guard = old ? arith::AndIOp::create(b, loc, old, c).getResult() : c;
  SmallVector<Val> yes = run(*op.thenBlock());
  Value all = arith::ConstantOp::create(
      b, loc, c.getType(),
      cast<TypedAttr>(isa<VectorType>(c.getType())
                          ? Attribute(DenseElementsAttr::get(cast<ShapedType>(c.getType()), true))
                          : Attribute(b.getBoolAttr(true))));
  Value inverse = arith::XOrIOp::create(b, loc, c, all);
  guard = old ? arith::AndIOp::create(b, loc, old, inverse).getResult() : inverse;
  SmallVector<Val> no = run(*op.elseBlock());
  mask = oldMask;
  active = oldActive;
  for (auto [result, x, y] : llvm::zip(op.getResults(), yes, no))
    values[result] = select(cond, x, y);
}

// A condition that all lanes share stays a branch.
void Lanes::evalBranch(scf::IfOp op, Value cond) {
  auto draft = scf::IfOp::create(b, loc, TypeRange{}, cond, /*addThenBlock=*/true, /*addElseBlock=*/true);
  SmallVector<Val> sides[2];
  Block *blocks[2] = {draft.thenBlock(), draft.elseBlock()};
  for (int i = 0; i < 2; ++i) {
    OpBuilder::InsertionGuard guard(b);
    if (!blocks[i]->empty())
      blocks[i]->back().erase();
    b.setInsertionPointToEnd(blocks[i]);
    sides[i] = run(i == 0 ? *op.thenBlock() : *op.elseBlock());
  }
  SmallVector<Type> types;
  SmallVector<bool> scalar;
  for (auto [x, y] : llvm::zip(sides[0], sides[1])) {
    scalar.push_back(x.kind == Val::Uniform && y.kind == Val::Uniform);
    Type elem = getElementTypeOrSelf(x.v.getType());
    types.push_back(scalar.back() || width == 1 ? elem : VectorType::get({width}, elem));
  }
  auto result = scf::IfOp::create(b, loc, types, cond, /*addThenBlock=*/true, /*addElseBlock=*/true);
  for (int i = 0; i < 2; ++i) {
    Block *to = i == 0 ? result.thenBlock() : result.elseBlock();
    to->getOperations().splice(to->end(), blocks[i]->getOperations());
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(to);
    SmallVector<Value> yields;
    for (auto [x, isScalar] : llvm::zip(sides[i], scalar))
      yields.push_back(isScalar ? x.v : vec(x));
    scf::YieldOp::create(b, loc, yields);
  }
  draft.erase();
  for (auto [i, r] : llvm::enumerate(op.getResults()))
    values[r] = scalar[i] || width == 1 ? Val::uniform(result.getResult(i)) : Val::varying(result.getResult(i));
}

void Lanes::evalFor(scf::ForOp op) {
  Val lb = lookup(op.getLowerBound()), ub = lookup(op.getUpperBound()), step = lookup(op.getStep());
  assert(lb.kind == Val::Uniform && ub.kind == Val::Uniform && step.kind == Val::Uniform &&
         "the plan keeps such loops scalar");
  SmallVector<Value> inits;
  for (Value v : op.getInitArgs())
    inits.push_back(vec(lookup(v)));
  auto wrap = [&](Value v) { return width == 1 ? Val::uniform(v) : Val::varying(v); };
  auto loop = scf::ForOp::create(b, loc, lb.v, ub.v, step.v, inits);
  OpBuilder::InsertionGuard guard(b);
  Block *body = loop.getBody();
  if (!body->empty())
    body->back().erase();
  b.setInsertionPointToEnd(body);
  values[op.getInductionVar()] = Val::uniform(loop.getInductionVar());
  for (auto [from, to] : llvm::zip(op.getRegionIterArgs(), loop.getRegionIterArgs()))
    values[from] = wrap(to);
  SmallVector<Value> yields;
  for (const Val &v : run(*op.getBody()))
    yields.push_back(vec(v));
  scf::YieldOp::create(b, loc, yields);
  for (auto [from, to] : llvm::zip(op.getResults(), loop.getResults()))
    values[from] = wrap(to);
}

} // namespace dlc::cpu
