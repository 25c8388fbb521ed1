// Loops of a kernel in row form; long because all of it works on one state: indices, points, values at each point.
#include "codegen/cpu/RowEmit.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace dlc::cpu {

namespace {

using LoopBody = llvm::function_ref<SmallVector<Value>(Value, ValueRange)>;

struct Emitter {
  OpBuilder &b;
  const RowForm &form;
  const Plan &plan;
  ArrayRef<Buffer> buffers; // inputs, then results
  SizeValues &sizes;
  Location loc;
  DenseMap<Value, Buffer> memory;           // the function's arguments
  SmallVector<Value> idx;                   // scalar index of each kernel dimension; null: 0
  SmallVector<SmallVector<int64_t>> points; // points that run side by side: offsets a kernel dimension
  SmallVector<int64_t> block;               // P: elements a unit takes of each dimension
  DenseMap<Value, SmallVector<Val>> env;    // intermediate values, one a point

  Emitter(OpBuilder &b, const RowForm &form, const Plan &plan, ArrayRef<Buffer> buffers, SizeValues &sizes)
      : b(b), form(form), plan(plan), buffers(buffers), sizes(sizes), loc(form.func.getLoc()) {
    for (auto [i, arg] : llvm::enumerate(form.func.getArguments()))
      memory[arg] = buffers[i];
    idx.assign(form.dims.size(), Value());
    for (auto [d, dim] : llvm::enumerate(form.dims)) {
      int64_t size = static_cast<int>(d) == plan.lane ? plan.chunk : 1;
      for (auto [j, factor] : plan.jam)
        if (j == static_cast<int>(d))
          size = factor;
      block.push_back(dim.reduction ? 0 : size);
    }
  }

  bool laneInP() const { return plan.lane >= 0 && !form.dims[plan.lane].reduction; }
  int64_t jamOf(int d) const {
    for (auto [j, factor] : plan.jam)
      if (j == d)
        return factor;
    return 1;
  }

  // A counted loop; none if the trip count is a constant 0 or 1.
  SmallVector<Value> loop(Value lb, Value ub, int64_t step, ValueRange inits, LoopBody body) {
    std::optional<int64_t> l = getConstantIntValue(lb), u = getConstantIntValue(ub);
    if (l && u && *l >= *u)
      return SmallVector<Value>(inits);
    if (l && u && *l + step >= *u)
      return body(lb, inits);
    auto op = scf::ForOp::create(b, loc, lb, ub, constIndex(b, loc, step), inits);
    OpBuilder::InsertionGuard guard(b);
    if (!op.getBody()->empty())
      op.getBody()->back().erase();
    b.setInsertionPointToEnd(op.getBody());
    SmallVector<Value> yields = body(op.getInductionVar(), op.getRegionIterArgs());
    scf::YieldOp::create(b, loc, yields);
    return SmallVector<Value>(op.getResults());
  }

  void branch(Value cond, llvm::function_ref<void()> yes, llvm::function_ref<void()> no) {
    auto op = scf::IfOp::create(b, loc, TypeRange{}, cond, /*addThenBlock=*/true, /*addElseBlock=*/true);
    OpBuilder::InsertionGuard guard(b);
    for (auto [block, fill] : {std::pair(op.thenBlock(), yes), std::pair(op.elseBlock(), no)}) {
      if (!block->empty())
        block->back().erase();
      b.setInsertionPointToEnd(block);
      fill();
      scf::YieldOp::create(b, loc);
    }
  }

  Value size(AffineExpr size) { return sizes.get(b, loc, size); }
  AffineExpr constant(int64_t value) { return b.getAffineConstantExpr(value); }
  Value times(Value x, AffineExpr factor) {
    if (auto constant = constantSize(factor))
      return mulIndex(b, loc, x, *constant);
    return b.createOrFold<arith::MulIOp>(loc, x, size(factor));
  }
  Value linear(ArrayRef<AffineExpr> coef, AffineExpr offset) {
    Value sum;
    for (auto [d, c] : llvm::enumerate(coef))
      if (!isConstant(c, 0) && idx[d])
        sum = addIndex(b, loc, sum, times(idx[d], c));
    if (!isConstant(offset, 0))
      sum = addIndex(b, loc, sum, size(offset));
    return sum ? sum : constIndex(b, loc, 0);
  }

  AffineExpr pointOffset(ArrayRef<AffineExpr> coef, ArrayRef<int64_t> point) {
    int64_t fixed = 0;
    AffineExpr offset = constant(0);
    for (auto [c, p] : llvm::zip(coef, point)) {
      if (p == 0)
        continue;
      if (auto step = constantSize(c))
        fixed += *step * p;
      else
        offset = sum(offset, product(c, constant(p)));
    }
    return sum(offset, constant(fixed));
  }
  /// Address of element `index` plus a size of elements.
  Value pointer(const Buffer &buffer, Value index, AffineExpr offset) {
    if (auto constant = constantSize(offset))
      return elementPtr(b, loc, buffer.ptr, buffer.elem, index, *constant);
    return elementPtr(b, loc, buffer.ptr, buffer.elem, addIndex(b, loc, index, size(offset)));
  }

  void remember(const Stage &s, ArrayRef<SmallVector<Val>> results) {
    for (auto [i, r] : llvm::enumerate(s.op->getResults()))
      for (const auto &point : results)
        env[r].push_back(point[i]);
  }
  // How the last vector of an extent that is not known is cut: whole, short, single.
  static SmallVector<int64_t> widths(int64_t width) {
    SmallVector<int64_t> all = {width};
    if (width > 16)
      all.push_back(8);
    if (width > 1)
      all.push_back(1);
    return all;
  }
  // The lanes that mean something, of a vector padded to a power of two.
  Value unpad(Value v, int64_t width) {
    auto type = dyn_cast<VectorType>(v.getType());
    if (!type || type.getNumElements() == width)
      return v;
    return vector::ShuffleOp::create(b, loc, v, v, llvm::to_vector(llvm::seq<int64_t>(0, width)));
  }

  void units(Value lo, Value hi);
  void unit(Value u);
  void jamTails(ArrayRef<std::pair<int, int64_t>> rest, ArrayRef<Value> blockIndex);
  void lanes(ArrayRef<Value> blockIndex);
  void stages(int64_t width);
  void mapStage(const Stage &s, int64_t width);
  void reduceStage(const Stage &s, int64_t width);
  SmallVector<Val> reduceAcross(const Stage &s);
  SmallVector<SmallVector<Val>> evaluate(const Stage &s, int64_t width, ArrayRef<Val> accs);
  void store(const Stage &s, ArrayRef<SmallVector<Val>> results, int64_t width);
  SmallVector<Value> overR(SmallVector<int> dims, ValueRange inits,
                           llvm::function_ref<SmallVector<Value>(ValueRange)> body, const Stage *sum = nullptr);
  SmallVector<Value> blocked(const Stage *sum, AffineExpr end, int64_t step, ValueRange inits, LoopBody body);
  SmallVector<Value> identities(const Stage &s, ValueRange like);
  SmallVector<Value> combineAll(const Stage &s, ValueRange x, ValueRange y);
  SmallVector<int> rDims(bool withLane) {
    SmallVector<int> result;
    for (auto [d, dim] : llvm::enumerate(form.dims))
      if (dim.reduction && (withLane || static_cast<int>(d) != plan.lane))
        result.push_back(d);
    return result;
  }
};

void Emitter::units(Value lo, Value hi) {
  auto op = scf::ForOp::create(b, loc, lo, hi, constIndex(b, loc, 1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.getBody());
  unit(op.getInductionVar());
}

// The number of a unit to block numbers, last dimension fastest (the lanes slowest if the plan says so).
void Emitter::unit(Value u) {
  SmallVector<int> order;
  if (plan.chunkOutermost)
    order.push_back(plan.lane);
  for (auto [d, dim] : llvm::enumerate(form.dims))
    if (!dim.reduction && !(plan.chunkOutermost && static_cast<int>(d) == plan.lane))
      order.push_back(d);
  SmallVector<Value> blockIndex(form.dims.size());
  Value rest = u;
  for (size_t i = order.size(); i-- > 0;) {
    int d = order[i];
    AffineExpr count = canonical(form.dims[d].extent.ceilDiv(static_cast<uint64_t>(block[d])));
    if (isConstant(count, 1))
      continue;
    bool last = llvm::all_of(ArrayRef(order).take_front(i),
                             [&](int e) { return form.dims[e].fixed() && form.dims[e].size <= block[e]; });
    Value n = size(count);
    blockIndex[d] = last ? rest : arith::RemUIOp::create(b, loc, rest, n).getResult();
    if (!last)
      rest = arith::DivUIOp::create(b, loc, rest, n);
  }
  for (auto [d, dim] : llvm::enumerate(form.dims))
    if (!dim.reduction && static_cast<int>(d) != plan.lane && blockIndex[d])
      idx[d] = mulIndex(b, loc, blockIndex[d], block[d]);
  points.assign(1, SmallVector<int64_t>(form.dims.size(), 0));
  jamTails(plan.jam, blockIndex);
}

// Full blocks and the last, short one of a jammed dimension are two instances of the code.
void Emitter::jamTails(ArrayRef<std::pair<int, int64_t>> rest, ArrayRef<Value> blockIndex) {
  if (rest.empty())
    return lanes(blockIndex);
  auto [d, factor] = rest.front();
  SmallVector<SmallVector<int64_t>> outer = points;
  auto with = [&](int64_t n) {
    points.clear();
    for (const auto &p : outer)
      for (int64_t i = 0; i < n; ++i) {
        points.push_back(p);
        points.back()[d] = i;
      }
    jamTails(rest.drop_front(), blockIndex);
    points = outer;
  };
  int64_t full = form.dims[d].size / factor, tail = form.dims[d].size % factor;
  if (tail == 0)
    return with(factor);
  if (full == 0)
    return with(tail);
  Value isFull = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, blockIndex[d], constIndex(b, loc, full));
  branch(isFull, [&] { with(factor); }, [&] { with(tail); });
}

void Emitter::lanes(ArrayRef<Value> blockIndex) {
  if (!laneInP())
    return stages(1);
  Value chunk = blockIndex[plan.lane];
  if (!form.dims[plan.lane].fixed()) {
    AffineExpr extent = form.dims[plan.lane].extent;
    Value begin = chunk ? mulIndex(b, loc, chunk, plan.chunk) : constIndex(b, loc, 0), end = this->size(extent);
    if (chunk)
      end = arith::MinUIOp::create(b, loc, addIndex(b, loc, begin, constIndex(b, loc, plan.chunk)), end);
    // Whole vectors, then shorter ones, then single elements.
    for (int64_t width : widths(plan.width)) {
      Value last = arith::DivUIOp::create(b, loc, arith::SubIOp::create(b, loc, end, begin), constIndex(b, loc, width));
      last = addIndex(b, loc, begin, mulIndex(b, loc, last, width));
      loop(begin, last, width, {}, [&](Value i, ValueRange) -> SmallVector<Value> {
        idx[plan.lane] = i;
        stages(width);
        return {};
      });
      begin = last;
    }
    return;
  }
  int64_t size = form.dims[plan.lane].size, w = plan.width, mainEnd = size / w * w, tail = size - mainEnd;
  Value begin = chunk ? mulIndex(b, loc, chunk, plan.chunk) : constIndex(b, loc, 0), end = constIndex(b, loc, mainEnd);
  if (chunk)
    end = arith::MinUIOp::create(b, loc, addIndex(b, loc, begin, constIndex(b, loc, plan.chunk)), end);
  loop(begin, end, w, {}, [&](Value i, ValueRange) -> SmallVector<Value> {
    idx[plan.lane] = i;
    stages(w);
    return {};
  });
  if (!tail)
    return;
  auto last = [&] {
    idx[plan.lane] = constIndex(b, loc, mainEnd);
    stages(tail);
  };
  if (!chunk)
    return last();
  Value lastChunk = constIndex(b, loc, (size - 1) / plan.chunk);
  branch(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, chunk, lastChunk), last, [] {});
}

void Emitter::stages(int64_t width) {
  env.clear();
  for (const Stage &s : form.stages) {
    switch (s.kind) {
    case Stage::Point: {
      SmallVector<SmallVector<Val>> results = evaluate(s, laneInP() ? width : 1, {});
      store(s, results, laneInP() ? width : 1);
      remember(s, results);
      break;
    }
    case Stage::Map:
      mapStage(s, width);
      break;
    case Stage::Reduce:
      reduceStage(s, width);
      break;
    }
  }
}

// A long sum is a sum of sums: one running f32 value over 640,000 elements lost two digits of a variance (measured).
SmallVector<Value> Emitter::blocked(const Stage *sum, AffineExpr end, int64_t step, ValueRange inits, LoopBody body) {
  constexpr int64_t kBlock = 512;
  auto fixed = constantSize(end);
  if (!sum || (fixed && *fixed / step < 2 * kBlock))
    return loop(constIndex(b, loc, 0), this->size(end), step, inits, body);
  int64_t size = kBlock * step;
  AffineExpr full = product(end.floorDiv(static_cast<uint64_t>(size)), constant(size));
  auto part = [&](Value from, Value to, ValueRange accs) {
    return combineAll(*sum, accs, loop(from, to, step, identities(*sum, accs), body));
  };
  SmallVector<Value> accs = loop(constIndex(b, loc, 0), this->size(full), size, inits, [&](Value i, ValueRange iters) {
    return part(i, addIndex(b, loc, i, constIndex(b, loc, size)), iters);
  });
  return full == end ? accs : part(this->size(full), this->size(end), accs);
}

// `sum`: the reduction whose partial results may be added up in blocks; null: none may.
SmallVector<Value> Emitter::overR(SmallVector<int> dims, ValueRange inits,
                                  llvm::function_ref<SmallVector<Value>(ValueRange)> body, const Stage *sum) {
  if (dims.empty())
    return body(inits);
  int d = dims.front();
  dims.erase(dims.begin());
  // Short window dimensions are written out: their guards are then the same in every round of the loops around.
  if (dims.empty() && plan.guarded && form.dims[d].fixed() && form.dims[d].size <= 4) {
    SmallVector<Value> iters(inits);
    for (int64_t i = 0; i < form.dims[d].size; ++i) {
      idx[d] = constIndex(b, loc, i);
      iters = overR(dims, iters, body, sum);
    }
    return iters;
  }
  int64_t inner = 1;
  for (int e : dims)
    inner *= form.dims[e].size;
  return blocked(dims.empty() ? sum : nullptr, form.dims[d].extent, 1, inits, [&](Value i, ValueRange iters) {
    idx[d] = i;
    if (!sum || inner < 64)
      return overR(dims, iters, body, sum);
    return combineAll(*sum, iters, overR(dims, identities(*sum, iters), body, sum));
  });
}

void Emitter::mapStage(const Stage &s, int64_t width) {
  bool across = plan.lane >= 0 && !laneInP();
  overR(rDims(!across), {}, [&](ValueRange) -> SmallVector<Value> {
    auto at = [&](int64_t w) { store(s, evaluate(s, w, {}), w); };
    if (!across) {
      at(width);
      return {};
    }
    if (!form.dims[plan.lane].fixed()) {
      bool vectorizable = LaneAnalysis(form, s, plan.lane).vectorizable();
      Value begin = constIndex(b, loc, 0), end = this->size(form.dims[plan.lane].extent);
      for (int64_t w : widths(vectorizable ? plan.width : 1)) {
        Value last = arith::DivUIOp::create(b, loc, arith::SubIOp::create(b, loc, end, begin), constIndex(b, loc, w));
        last = addIndex(b, loc, begin, mulIndex(b, loc, last, w));
        loop(begin, last, w, {}, [&](Value i, ValueRange) -> SmallVector<Value> {
          idx[plan.lane] = i;
          at(w);
          return {};
        });
        begin = last;
      }
      return {};
    }
    int64_t size = form.dims[plan.lane].size, w = std::min(plan.width, size), mainEnd = w ? size / w * w : 0;
    if (!LaneAnalysis(form, s, plan.lane).vectorizable())
      w = 1, mainEnd = size;
    loop(constIndex(b, loc, 0), constIndex(b, loc, mainEnd), std::max<int64_t>(w, 1), {},
         [&](Value i, ValueRange) -> SmallVector<Value> {
           idx[plan.lane] = i;
           at(w);
           return {};
         });
    if (size - mainEnd > 0) {
      idx[plan.lane] = constIndex(b, loc, mainEnd);
      at(size - mainEnd);
    }
    return {};
  });
}

vector::CombiningKind kindOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, vector::CombiningKind>(op)
      .Case<arith::AddFOp, arith::AddIOp>([](auto) { return vector::CombiningKind::ADD; })
      .Case<arith::MulFOp, arith::MulIOp>([](auto) { return vector::CombiningKind::MUL; })
      .Case<arith::MaximumFOp>([](auto) { return vector::CombiningKind::MAXIMUMF; })
      .Case<arith::MinimumFOp>([](auto) { return vector::CombiningKind::MINIMUMF; })
      .Case<arith::MaxNumFOp>([](auto) { return vector::CombiningKind::MAXNUMF; })
      .Case<arith::MinNumFOp>([](auto) { return vector::CombiningKind::MINNUMF; })
      .Case<arith::MaxSIOp>([](auto) { return vector::CombiningKind::MAXSI; })
      .Case<arith::MaxUIOp>([](auto) { return vector::CombiningKind::MAXUI; })
      .Case<arith::MinSIOp>([](auto) { return vector::CombiningKind::MINSI; })
      .Case<arith::MinUIOp>([](auto) { return vector::CombiningKind::MINUI; })
      .Case<arith::AndIOp>([](auto) { return vector::CombiningKind::AND; })
      .Case<arith::OrIOp>([](auto) { return vector::CombiningKind::OR; })
      .Default([](Operation *) { return vector::CombiningKind::XOR; });
}

// The value that leaves every other one as it is.
TypedAttr identityOf(OpBuilder &b, Operation *op, Type type) {
  switch (kindOf(op)) {
  case vector::CombiningKind::MUL:
    return isa<FloatType>(type) ? TypedAttr(b.getFloatAttr(type, 1.0)) : TypedAttr(b.getIntegerAttr(type, 1));
  case vector::CombiningKind::MAXIMUMF:
  case vector::CombiningKind::MINIMUMF:
    return b.getFloatAttr(type, APFloat::getInf(cast<FloatType>(type).getFloatSemantics(),
                                                kindOf(op) == vector::CombiningKind::MAXIMUMF));
  case vector::CombiningKind::MAXNUMF:
  case vector::CombiningKind::MINNUMF:
    return b.getFloatAttr(type, APFloat::getNaN(cast<FloatType>(type).getFloatSemantics()));
  case vector::CombiningKind::MAXSI:
    return b.getIntegerAttr(type, APInt::getSignedMinValue(type.getIntOrFloatBitWidth()));
  case vector::CombiningKind::MINSI:
    return b.getIntegerAttr(type, APInt::getSignedMaxValue(type.getIntOrFloatBitWidth()));
  case vector::CombiningKind::MINUI:
  case vector::CombiningKind::AND:
    return b.getIntegerAttr(type, APInt::getAllOnes(type.getIntOrFloatBitWidth()));
  default:
    return cast<TypedAttr>(b.getZeroAttr(type));
  }
}

Value combine(OpBuilder &b, Location loc, Operation *op, Value x, Value y) {
  Operation *c = op->clone();
  c->setOperand(0, x);
  c->setOperand(1, y);
  c->getResult(0).setType(x.getType());
  b.insert(c);
  return c->getResult(0);
}

Value splatConstant(OpBuilder &b, Location loc, TypedAttr attr, int64_t width) {
  if (width == 1)
    return arith::ConstantOp::create(b, loc, attr);
  VectorType type = VectorType::get({static_cast<int64_t>(llvm::PowerOf2Ceil(width))}, attr.getType());
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, {Attribute(attr)}));
}

SmallVector<Value> Emitter::identities(const Stage &s, ValueRange like) {
  SmallVector<Value> result;
  for (auto [k, v] : llvm::enumerate(like)) {
    Operation *c = s.combiners[k % s.combiners.size()];
    auto vector = dyn_cast<VectorType>(v.getType());
    result.push_back(
        splatConstant(b, loc, identityOf(b, c, c->getResult(0).getType()), vector ? vector.getNumElements() : 1));
  }
  return result;
}

SmallVector<Value> Emitter::combineAll(const Stage &s, ValueRange x, ValueRange y) {
  SmallVector<Value> result;
  for (auto [k, p, q] : llvm::enumerate(x, y))
    result.push_back(combine(b, loc, s.combiners[k % s.combiners.size()], p, q));
  return result;
}

// Whether partial results are sums of floats, and the stage may add them up in any order.
bool isFloatSum(const Stage &s) {
  return llvm::any_of(s.combiners, [](Operation *c) { return isa<arith::AddFOp>(c); });
}

// Lanes lie in R: vectors of partial results, folded at the end. Main loop and tail keep partial results of their own
// widths.
SmallVector<Val> Emitter::reduceAcross(const Stage &s) {
  linalg::GenericOp op = s.op;
  const Dim &lane = form.dims[plan.lane];
  bool fixed = lane.fixed(); // else the rest is taken element by element
  int64_t size = lane.size, w = fixed ? std::min(plan.width, size) : plan.width, mainEnd = w ? size / w * w : 0,
          tail = fixed ? size - mainEnd : 1;
  if (!fixed)
    mainEnd = std::max(mainEnd, w);
  AffineExpr mainLimit =
      fixed ? constant(mainEnd) : product(lane.extent.floorDiv(static_cast<uint64_t>(w)), constant(w));
  unsigned n = points.size() * op.getNumResults();
  SmallVector<Value> inits;
  for (int64_t width : {w, tail})
    if (width > 0 && (width == tail || mainEnd > 0))
      for (size_t p = 0; p < points.size(); ++p)
        for (auto [i, c] : llvm::enumerate(s.combiners))
          inits.push_back(splatConstant(b, loc, identityOf(b, c, c->getResult(0).getType()), width));
  bool hasMain = mainEnd > 0, hasTail = tail > 0;
  inits.resize(n * (hasMain + hasTail));
  auto step = [&](int64_t width, ValueRange accs) {
    SmallVector<Val> vals;
    for (Value v : accs)
      vals.push_back(width == 1 ? Val::uniform(v) : Val::varying(v));
    Lanes widen(b, loc, width, memory, sizes, {}, false);
    SmallVector<Value> next;
    for (const auto &point : evaluate(s, width, vals))
      for (const Val &v : point)
        next.push_back(widen.vec(v));
    return next;
  };
  SmallVector<Value> sums = overR(
      rDims(false), inits,
      [&](ValueRange iters) {
        SmallVector<Value> accs(iters);
        if (hasMain) {
          SmallVector<Value> next = blocked(isFloatSum(s) ? &s : nullptr, mainLimit, w, ArrayRef(accs).take_front(n),
                                            [&](Value i, ValueRange a) {
                                              idx[plan.lane] = i;
                                              return step(w, a);
                                            });
          llvm::copy(next, accs.begin());
        }
        if (hasTail) {
          SmallVector<Value> next;
          if (fixed) {
            idx[plan.lane] = constIndex(b, loc, mainEnd);
            next = step(tail, ArrayRef(accs).take_back(n));
          } else {
            next = loop(this->size(mainLimit), this->size(lane.extent), 1, ArrayRef(accs).take_back(n),
                        [&](Value i, ValueRange a) {
                          idx[plan.lane] = i;
                          return step(1, a);
                        });
          }
          llvm::copy(next, accs.end() - n);
        }
        return accs;
      },
      isFloatSum(s) ? &s : nullptr);
  SmallVector<Val> results;
  for (unsigned k = 0; k < n; ++k) {
    Operation *c = s.combiners[k % op.getNumResults()];
    Value total = arith::ConstantOp::create(b, loc, s.inits[k % op.getNumResults()]);
    for (unsigned part = 0; part < sums.size() / n; ++part) {
      Value v = unpad(sums[part * n + k], part == 0 && hasMain ? w : tail);
      if (isa<VectorType>(v.getType())) {
        auto flags = arith::FastMathFlags::none;
        if (auto fast = dyn_cast<arith::ArithFastMathInterface>(c))
          flags = fast.getFastMathFlagsAttr().getValue();
        v = vector::ReductionOp::create(b, loc, kindOf(c), v, flags);
      }
      total = combine(b, loc, c, total, v);
    }
    results.push_back(Val::uniform(total));
  }
  return results;
}

void Emitter::reduceStage(const Stage &s, int64_t width) {
  linalg::GenericOp op = s.op;
  bool across = plan.lane >= 0 && !laneInP() && !s.combiners.empty() && LaneAnalysis(form, s, plan.lane).vectorizable();
  SmallVector<Val> flat;
  int64_t w = laneInP() ? width : 1;
  if (across) {
    flat = reduceAcross(s);
  } else {
    SmallVector<Value> inits;
    for (size_t p = 0; p < points.size(); ++p)
      for (TypedAttr init : s.inits)
        inits.push_back(splatConstant(b, loc, init, w));
    Lanes widen(b, loc, w, memory, sizes, {}, false);
    SmallVector<Value> results = overR(
        rDims(true), inits,
        [&](ValueRange iters) {
          SmallVector<Val> accs;
          for (Value v : iters)
            accs.push_back(w == 1 ? Val::uniform(v) : Val::varying(v));
          SmallVector<Value> next;
          for (const auto &point : evaluate(s, w, accs))
            for (const Val &v : point)
              next.push_back(widen.vec(v));
          return next;
        },
        isFloatSum(s) ? &s : nullptr);
    for (Value v : results)
      flat.push_back(w == 1 ? Val::uniform(v) : Val::varying(v));
  }
  SmallVector<SmallVector<Val>> results;
  for (size_t p = 0; p < points.size(); ++p)
    results.emplace_back(ArrayRef(flat).slice(p * op.getNumResults(), op.getNumResults()));
  store(s, results, w);
  remember(s, results);
}

// The body at every point; `accs` are the reduction's running values, point by point.
SmallVector<SmallVector<Val>> Emitter::evaluate(const Stage &s, int64_t width, ArrayRef<Val> accs) {
  linalg::GenericOp op = s.op;
  unsigned numResults = op.getNumResults();
  bool inLanes = width > 1;
  SmallVector<SmallVector<Val>> results;
  llvm::DenseMap<std::pair<unsigned, AffineExpr>, Val> loaded; // (input, offset): points often read the same element
  DenseMap<unsigned, Value> base;
  DenseMap<unsigned, SmallVector<Value>> turned;
  for (auto [p, point] : llvm::enumerate(points)) {
    SmallVector<Val> dims;
    for (unsigned d = 0; d < form.dimOf.size(); ++d) {
      int k = form.dimOf[d];
      Value v = k < 0 || !s.usesIndices ? Value() : idx[k];
      bool needed = s.usesIndices ||
                    llvm::any_of(s.inputs, [](const Operand &in) { return in.kind == Operand::Memory && !in.linear; });
      if (!needed) {
        dims.push_back({});
        continue;
      }
      v = k < 0 ? Value() : idx[k];
      if (k >= 0 && point[k])
        v = addIndex(b, loc, v, constIndex(b, loc, point[k]));
      if (!v)
        v = constIndex(b, loc, 0);
      dims.push_back(k >= 0 && k == plan.lane && inLanes ? Val::affine(v, 1) : Val::uniform(v));
    }
    Lanes lanes(b, loc, width, memory, sizes, dims, /*predicate=*/points.size() > 1, plan.vectorBytes);
    lanes.alignTo(plan.width);
    for (auto [n, in] : llvm::enumerate(s.inputs)) {
      if (!in.used)
        continue;
      Value arg = op.getBody()->getArgument(n);
      if (in.kind == Operand::Splat) {
        lanes.bind(arg, Val::uniform(arith::ConstantOp::create(b, loc, in.splat)));
      } else if (in.kind == Operand::Result) {
        lanes.bind(arg, env.lookup(in.tensor)[p]);
      } else if (!in.linear) {
        const Buffer &buffer = memory.find(in.tensor)->second;
        Val address = Val::uniform(constIndex(b, loc, 0));
        for (auto [expr, stride] : llvm::zip(in.map.getResults(), buffer.strides))
          address = lanes.add(address, lanes.mul(lanes.affine(expr, dims, {}), Val::uniform(size(stride))));
        lanes.bind(arg, lanes.load(buffer, address));
      } else {
        const Buffer &buffer = memory.find(in.tensor)->second;
        AffineExpr offset = pointOffset(in.coef, point);
        std::optional<int64_t> step = inLanes ? constantSize(in.coef[plan.lane]) : 0;
        auto key = std::pair(static_cast<unsigned>(n), offset);
        if (auto it = loaded.find(key); it != loaded.end()) {
          lanes.bind(arg, it->second);
          continue;
        }
        Value &start = base[n];
        if (!start)
          start = linear(in.coef, in.offset);
        Val v;
        int64_t full = points.size();
        bool turn = plan.transposed >= 0 && inLanes && step && *step != 0 && *step != 1 && constantSize(offset) &&
                    isConstant(in.coef[plan.transposed], 1) && llvm::isPowerOf2_64(full) &&
                    llvm::isPowerOf2_64(width) && full > 1;
        if (turn) {
          SmallVector<Value> &rows = turned[n];
          if (rows.empty()) {
            SmallVector<Value> raw;
            Value at = elementPtr(b, loc, buffer.ptr, buffer.elem, start);
            for (int64_t l = 0; l < width; ++l)
              raw.push_back(loadAt(b, loc, elementPtr(b, loc, at, buffer.elem, nullptr, l * *step), buffer.elem, full));
            rows = transposeInRegisters(b, loc, raw);
          }
          v = Val::varying(rows[p]);
        } else {
          Val index = step ? Val::affine(start, *step)
                           : lanes.add(Val::uniform(start), lanes.mul(Val::affine(constIndex(b, loc, 0), 1),
                                                                      Val::uniform(size(in.coef[plan.lane]))));
          auto fixed = constantSize(offset);
          v = fixed ? lanes.load(buffer, index, *fixed)
                    : lanes.load(buffer, lanes.add(index, Val::uniform(size(offset))));
        }
        loaded[key] = v;
        lanes.bind(arg, v);
      }
    }
    for (unsigned i = 0; i < numResults; ++i) {
      Value arg = op.getBody()->getArgument(s.inputs.size() + i);
      if (!accs.empty())
        lanes.bind(arg, accs[p * numResults + i]);
      else if (s.inits[i])
        lanes.bind(arg, Val::uniform(arith::ConstantOp::create(b, loc, s.inits[i])));
    }
    results.push_back(lanes.run(*op.getBody()));
  }
  return results;
}

void Emitter::store(const Stage &s, ArrayRef<SmallVector<Val>> results, int64_t width) {
  Lanes widen(b, loc, width, memory, sizes, {}, false);
  for (auto [i, targets] : llvm::enumerate(s.targets))
    for (const Target &t : targets) {
      const Buffer &buffer = buffers[form.numInputs + t.result];
      Value base = linear(t.coef, constant(0));
      AffineExpr step = width > 1 ? t.coef[plan.lane] : constant(0);
      for (auto [p, point] : llvm::enumerate(points)) {
        AffineExpr offset = pointOffset(t.coef, point);
        Value ptr = pointer(buffer, base, offset);
        Value v = unpad(widen.vec(results[p][i]), width);
        if (width == 1 || isConstant(step, 1)) {
          storeAt(b, loc, v, ptr);
          continue;
        }
        for (int64_t l = 0; l < width; ++l)
          storeAt(b, loc, vector::ExtractOp::create(b, loc, v, l),
                  constantSize(step) ? elementPtr(b, loc, ptr, buffer.elem, nullptr, l * *constantSize(step))
                                     : pointer(buffer, base, sum(offset, product(step, constant(l)))));
      }
    }
}

} // namespace

void emitRowForm(OpBuilder &b, const RowForm &form, const Plan &plan, ArrayRef<Buffer> buffers, SizeValues &sizes,
                 Value lo, Value hi) {
  if (plan.work == 0)
    return;
  Emitter(b, form, plan, buffers, sizes).units(lo, hi);
}

} // namespace dlc::cpu
