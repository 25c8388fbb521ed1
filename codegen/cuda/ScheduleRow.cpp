// Pointwise kernels and row kernels. A row kernel gives each row of P a group of threads; every thread of the group
// walks a part of R, and partial results are merged so that all of them hold the total.
#include "codegen/cuda/KernelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace dlc::cuda {

namespace {

/// How a row kernel is laid out on the card.
struct RowPlan {
  enum Shape { Threads, Warps, Block, Columns } shape; // who owns a row: a thread, lanes of a warp, a block, a column
  int64_t lanes = 1;                                   // threads that share a row
  int64_t threads = 256;                               // threads a block
  int64_t width = 1;                                   // elements a vector access
};

class RowScheduler {
public:
  RowScheduler(gpu::GPUModuleOp module, const RowForm &form) : form(form), k(module, form.func), b(k.b) {}
  LogicalResult run() { return form.numR() ? rows() : pointwise(); }

private:
  LogicalResult pointwise();
  LogicalResult rows();
  RowPlan planRows() const;
  int64_t elementBytes(const Access &access) const {
    return std::max<int64_t>(1, access.tensor.getType().isIntOrFloat()
                                    ? 0
                                    : cast<RankedTensorType>(access.tensor.getType()).getElementTypeBitWidth() / 8);
  }
  bool isBuffer(const Access &access) const { return bool(k.memref(access.tensor)); }
  int64_t vectorWidth(int dim, bool tail) const;
  SmallVector<const Stage *> allStages() const {
    return llvm::map_to_vector(form.stages, [](const Stage &stage) { return &stage; });
  }

  // One scalar point, and `width` points along `dim`. Return the accumulators of a reduction.
  SmallVector<Value> point(ArrayRef<const Stage *> stages, ArrayRef<Value> at, ValueRange accumulators,
                           const DenseMap<std::pair<const Access *, int>, Value> *hoisted, Value lane,
                           DenseMap<Value, Value> *lanesOut);
  SmallVector<Value> chunk(ArrayRef<const Stage *> stages, ArrayRef<Value> at, int dim, int64_t width,
                           ValueRange accumulators);
  void storeGuarded(Value guard, llvm::function_ref<void()> build);
  SmallVector<Value> reduce(const Stage &stage, const RowPlan &plan, ValueRange partials);

  const RowForm &form;
  KernelBuilder k;
  OpBuilder &b;
  DenseMap<Value, Value> scalars; // results over P, and in a pointwise kernel any result
  Value active;                   // null where every thread has a row
  Value lane, column;
};

} // namespace

/// The widest vector, in elements, that some output (pointwise) or some input takes along `dim`.
int64_t RowScheduler::vectorWidth(int dim, bool tail) const {
  if (dim < 0)
    return 1;
  for (const Stage &stage : form.stages) {
    bool heavy = false;
    int operations = 0;
    linalg::GenericOp generic = stage.op;
    generic.getRegion().walk([&](Operation *op) {
      heavy |= isa<scf::ForOp>(op);
      ++operations;
    });
    if (heavy || operations > 60)
      return 1;
  }
  for (int64_t width : {8, 4, 2}) {
    if (form.sizes[dim] % width && !(tail && form.sizes.size() == 1 && form.sizes[dim] >= 4 * width))
      continue;
    bool some = false, fits = true;
    for (const Stage &stage : form.stages)
      for (auto *list : {&stage.inputs, &stage.outputs})
        for (const Access &access : *list) {
          bool buffer = list == &stage.outputs || isBuffer(access);
          if (!buffer || !access.vectorAlong(dim, width))
            continue;
          some = true;
          fits &= elementBytes(access) * width <= 16;
        }
    if (some && fits)
      return width;
  }
  return 1;
}

void RowScheduler::storeGuarded(Value guard, llvm::function_ref<void()> build) {
  if (!guard)
    return build();
  auto check = scf::IfOp::create(b, k.loc, guard, /*withElse=*/false);
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(check.thenBlock());
  build();
}

SmallVector<Value> RowScheduler::point(ArrayRef<const Stage *> stages, ArrayRef<Value> at, ValueRange accumulators,
                                       const DenseMap<std::pair<const Access *, int>, Value> *hoisted, Value lane,
                                       DenseMap<Value, Value> *lanesOut) {
  SmallVector<Value> results;
  // Stores come last: an output may lie where an input does.
  SmallVector<std::function<void()>> stores;
  for (const Stage *stage : stages) {
    linalg::GenericOp generic = stage->op;
    SmallVector<Value> inputs;
    for (auto [i, access] : llvm::enumerate(stage->inputs)) {
      if (generic.getBody()->getArgument(i).use_empty()) {
        inputs.push_back({});
        continue;
      }
      if (Value scalar = scalars.lookup(access.tensor)) {
        inputs.push_back(scalar);
        continue;
      }
      if (hoisted) {
        if (Value value = hoisted->lookup({&access, 0})) {
          inputs.push_back(
              isa<VectorType>(value.getType()) ? vector::ExtractOp::create(b, k.loc, value, lane).getResult() : value);
          continue;
        }
      }
      if (access.tensor.getType().isIntOrFloat()) { // a scalar operand: a constant
        inputs.push_back(b.clone(*access.tensor.getDefiningOp())->getResult(0));
        continue;
      }
      inputs.push_back(
          memref::LoadOp::create(b, generic.getLoc(), k.memref(access.tensor), k.offset(form, access, at)));
    }
    // Only reductions read what they are initialised with.
    SmallVector<Value> outs(accumulators);
    if (stage->kind != Stage::Reduce)
      outs.clear();
    results = k.body(form, *stage, inputs, outs, at);
    if (stage->kind == Stage::Reduce)
      continue;
    for (auto [i, access] : llvm::enumerate(stage->outputs)) {
      Value tensor = generic->getResult(i);
      if (stage->kind == Stage::MapRows)
        scalars[tensor] = results[i];
      for (Value buffer : k.outputs(tensor)) {
        Value lanes = lanesOut ? lanesOut->lookup(buffer) : Value();
        Value guard = active;
        if (stage->kind == Stage::MapRows && form.numR() && this->lane) {
          Value first = arith::CmpIOp::create(b, k.loc, arith::CmpIPredicate::eq, this->lane, k.index(0));
          guard = guard ? arith::AndIOp::create(b, k.loc, guard, first).getResult() : first;
        }
        Value value = results[i];
        const Access *where = &access;
        stores.push_back([=, this] {
          if (lanes)
            memref::StoreOp::create(b, k.loc, value, lanes, lane);
          else
            storeGuarded(guard, [&] { memref::StoreOp::create(b, k.loc, value, buffer, k.offset(form, *where, at)); });
        });
      }
    }
  }
  for (auto &store : stores)
    store();
  return results;
}

SmallVector<Value> RowScheduler::chunk(ArrayRef<const Stage *> stages, ArrayRef<Value> at, int dim, int64_t width,
                                       ValueRange accumulators) {
  if (width == 1)
    return point(stages, at, accumulators, nullptr, {}, nullptr);

  // Vectors, and what does not change along them, are loaded before the lanes are walked.
  DenseMap<std::pair<const Access *, int>, Value> hoisted;
  DenseMap<Value, Value> lanesOut;
  struct Pending {
    Value buffer, lanes;
    const Access *access;
  };
  SmallVector<Pending> pending;
  for (const Stage *stage : stages) {
    linalg::GenericOp generic = stage->op;
    for (auto [i, access] : llvm::enumerate(stage->inputs)) {
      Value buffer = k.memref(access.tensor);
      if (!buffer || !access.linear || generic.getBody()->getArgument(i).use_empty())
        continue;
      Location loc = generic.getLoc();
      if (access.vectorAlong(dim, width)) {
        auto type = VectorType::get({width}, cast<MemRefType>(buffer.getType()).getElementType());
        hoisted[{&access, 0}] = vector::LoadOp::create(b, loc, type, buffer, k.offset(form, access, at));
      } else if (access.coefs[dim] == 0) {
        hoisted[{&access, 0}] = memref::LoadOp::create(b, loc, buffer, k.offset(form, access, at));
      }
    }
    if (stage->kind == Stage::Reduce)
      continue;
    for (auto [i, access] : llvm::enumerate(stage->outputs))
      for (Value buffer : k.outputs(generic->getResult(i)))
        if (access.vectorAlong(dim, width)) {
          auto type = MemRefType::get({width}, cast<MemRefType>(buffer.getType()).getElementType(), AffineMap(),
                                      gpu::AddressSpaceAttr::get(b.getContext(), gpu::AddressSpace::Private));
          Value lanes = memref::AllocaOp::create(b, k.loc, type);
          lanesOut[buffer] = lanes;
          pending.push_back({buffer, lanes, &access});
        }
  }
  auto loop = k.loop(k.index(0), width, 1, accumulators, /*unroll=*/true, "j");
  {
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> inner(at);
    inner[dim] = k.add(at[dim], loop.getInductionVar());
    Value &flat = dim < form.numP ? k.flatP : k.flatR;
    Value first = flat;
    flat = flat ? k.add(flat, loop.getInductionVar()) : flat;
    SmallVector<Value> results =
        point(stages, inner, loop.getRegionIterArgs(), &hoisted, loop.getInductionVar(), &lanesOut);
    flat = first;
    if (!accumulators.empty())
      scf::YieldOp::create(b, k.loc, results);
  }
  for (auto &[buffer, lanes, access] : pending) {
    auto type = VectorType::get({width}, cast<MemRefType>(buffer.getType()).getElementType());
    Value value = vector::LoadOp::create(b, k.loc, type, lanes, k.index(0));
    storeGuarded(active, [&] { vector::StoreOp::create(b, k.loc, value, buffer, k.offset(form, *access, at)); });
  }
  return llvm::to_vector(llvm::map_range(loop.getResults(), [](OpResult r) -> Value { return r; }));
}

LogicalResult RowScheduler::pointwise() {
  int64_t total = form.rows();
  if (total == 0)
    return k.source.emitError("kernel '") << k.source.getName() << "' has an empty output";
  int dim = form.innerP();
  // A small kernel needs threads more than it needs vectors.
  int64_t width = total >= 8192 ? vectorWidth(dim, /*tail=*/true) : 1;
  int64_t threads = total >= 256 * 64 ? 256 : 128;
  int64_t items = llvm::divideCeil(total, width);
  int64_t grid = llvm::divideCeil(items, threads);

  Value item = k.add(k.mul(k.block(), threads), k.thread(), width == 1 ? "i" : "");
  Value element = k.mul(item, width, "i");
  bool exact = items % threads == 0 && total % width == 0;
  bool tail = total % width != 0;
  auto whole = [&](int64_t w) {
    SmallVector<Value> at = k.delinearize(element, form.sizes, "i");
    if (form.sizes.size() == 1)
      at = {element};
    k.flatP = element;
    chunk(allStages(), at, dim, w, {});
  };
  if (exact) {
    whole(width);
  } else {
    auto check = scf::IfOp::create(b, k.loc, k.less(element, total - (tail ? width - 1 : 0)), /*withElse=*/tail);
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(check.thenBlock());
    whole(width);
    if (tail) {
      scalars.clear();
      b.setInsertionPointToStart(check.elseBlock());
      auto rest = k.loop(element, total, 1, {}, /*unroll=*/false, "rest");
      b.setInsertionPointToStart(rest.getBody());
      k.flatP = rest.getInductionVar();
      chunk(allStages(), {rest.getInductionVar()}, dim, 1, {});
    }
  }
  std::string how = std::to_string(threads) + " threads";
  if (width > 1)
    how += ", " + std::to_string(width) + "-wide";
  k.finish(grid, {threads}, 0, how);
  return success();
}

RowPlan RowScheduler::planRows() const {
  int64_t rows = form.rows(), length = form.length();
  int64_t rowBytes = 0, columnBytes = 0;
  bool merges = true;
  for (const Stage &stage : form.stages) {
    if (stage.kind == Stage::Reduce && !findCombiner(stage))
      merges = false;
    if (stage.kind == Stage::MapRows)
      continue;
    for (auto *list : {&stage.inputs, &stage.outputs})
      for (const Access &access : *list) {
        if (list == &stage.inputs && !isBuffer(access))
          continue;
        rowBytes += access.coef(form.innerR()) == 1 ? elementBytes(access) : 0;
        columnBytes += access.coef(form.innerP()) == 1 ? elementBytes(access) : 0;
      }
  }
  bool hardware = llvm::all_of(form.stages, [](const Stage &stage) {
    auto combiner = stage.kind == Stage::Reduce ? findCombiner(stage) : std::nullopt;
    return stage.kind != Stage::Reduce || (combiner && combiner->op);
  });

  if (columnBytes > rowBytes) {
    // Threads along P are coalesced already; R is shared only where P alone would leave the card idle.
    if (!merges || length < 16 || rows >= 1 << 17)
      return {RowPlan::Threads, 1, rows >= 1 << 14 ? 256 : 64, 1};
    int64_t lanes = rows >= 8192 || length < 256 ? 8 : length < 1024 ? 16 : 32;
    return {RowPlan::Columns, lanes, lanes * 32, 1};
  }
  if (!merges || length <= 4)
    return {RowPlan::Threads, 1, 128, 1};
  RowPlan plan;
  plan.width = vectorWidth(form.innerR(), /*tail=*/false);
  int64_t steps = llvm::divideCeil(length, plan.width);
  if (!hardware || steps <= 128 || (steps <= 1024 && rows >= 4096)) {
    plan.shape = RowPlan::Warps;
    plan.lanes = std::min<int64_t>(32, llvm::PowerOf2Ceil(steps));
    plan.threads = 128;
    while (plan.threads > 32 && rows * plan.lanes <= plan.threads / 2)
      plan.threads /= 2;
    plan.threads = std::max(plan.threads, plan.lanes);
    return plan;
  }
  plan.shape = RowPlan::Block;
  plan.threads = steps <= 512 ? 128 : steps <= 4096 ? 256 : steps <= 16384 ? 512 : 1024;
  plan.lanes = plan.threads;
  return plan;
}

/// Merges the partial results of a row's threads; all of them get the total.
SmallVector<Value> RowScheduler::reduce(const Stage &stage, const RowPlan &plan, ValueRange partials) {
  if (plan.lanes == 1)
    return llvm::to_vector(partials);
  Combiner combiner = *findCombiner(stage);
  if (plan.shape == RowPlan::Columns) {
    // partial[lane][column]: each thread writes its own, then reads its column top to bottom.
    SmallVector<Value> buffers;
    for (Value partial : partials) {
      auto type = MemRefType::get({plan.lanes, 32}, partial.getType(), AffineMap(),
                                  gpu::AddressSpaceAttr::get(b.getContext(), gpu::AddressSpace::Workgroup));
      buffers.push_back(k.kernel.addWorkgroupAttribution(type, named(k.loc, "partial")));
      memref::StoreOp::create(b, k.loc, partial, buffers.back(), ValueRange{lane, column});
    }
    gpu::BarrierOp::create(b, k.loc);
    auto read = [&](Value row) {
      return llvm::map_to_vector(buffers, [&](Value buffer) -> Value {
        return memref::LoadOp::create(b, k.loc, buffer, ValueRange{row, column});
      });
    };
    auto loop = k.loop(k.index(1), plan.lanes, 1, read(k.index(0)), /*unroll=*/true, "other");
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> merged = k.combine(stage, combiner, loop.getRegionIterArgs(), read(loop.getInductionVar()));
    scf::YieldOp::create(b, k.loc, merged);
    return llvm::to_vector(llvm::map_range(loop.getResults(), [](OpResult r) -> Value { return r; }));
  }
  if (combiner.op) {
    Value partial = partials.front();
    if (plan.shape == RowPlan::Block)
      return {gpu::AllReduceOp::create(b, k.loc, partial.getType(), partial,
                                       gpu::AllReduceOperationAttr::get(b.getContext(), *combiner.op),
                                       /*uniform=*/true)
                  .getResult()};
    auto all = gpu::SubgroupReduceOp::create(b, k.loc, partial, *combiner.op, /*uniform=*/true,
                                             /*cluster_size=*/plan.lanes < 32 ? std::optional<uint32_t>(plan.lanes)
                                                                              : std::nullopt);
    return {all.getResult()};
  }
  // Value and index together: a butterfly of shuffles.
  SmallVector<Value> current(partials);
  Value thirtyTwo = arith::ConstantIntOp::create(b, k.loc, 32, 32);
  for (int64_t mask = plan.lanes / 2; mask > 0; mask /= 2) {
    Value distance = arith::ConstantIntOp::create(b, k.loc, mask, 32);
    SmallVector<Value> others;
    for (Value value : current)
      others.push_back(
          gpu::ShuffleOp::create(b, k.loc, value, distance, thirtyTwo, gpu::ShuffleMode::XOR).getShuffleResult());
    current = k.combine(stage, combiner, current, others);
  }
  return current;
}

LogicalResult RowScheduler::rows() {
  RowPlan plan = planRows();
  int64_t rows = form.rows(), length = form.length();
  if (rows == 0 || length == 0)
    return k.source.emitError("kernel '") << k.source.getName() << "' has an empty iteration space";
  int64_t rowsPerBlock = plan.shape == RowPlan::Columns ? 32 : plan.threads / plan.lanes;
  int64_t grid = llvm::divideCeil(rows, rowsPerBlock);
  SmallVector<int64_t> block = {plan.threads};

  Value row;
  Value thread = k.thread(gpu::Dimension::x, plan.shape == RowPlan::Columns ? "column" : "thread");
  switch (plan.shape) {
  case RowPlan::Threads:
    row = k.add(k.mul(k.block(), plan.threads), thread, "row");
    break;
  case RowPlan::Warps:
    row = k.add(k.mul(k.block(), rowsPerBlock), k.div(thread, plan.lanes), "row");
    lane = k.rem(thread, plan.lanes, "lane");
    break;
  case RowPlan::Block:
    row = k.block(gpu::Dimension::x, "row");
    lane = thread;
    break;
  case RowPlan::Columns:
    column = thread;
    lane = k.thread(gpu::Dimension::y, "lane");
    row = k.add(k.mul(k.block(), 32), thread, "row");
    block = {32, plan.lanes};
    break;
  }
  if (rows == 1)
    row = k.index(0);

  // Rows beyond the last: whole warps leave; threads that others wait for stay, on the last row, and do not store.
  OpBuilder::InsertionGuard insertion(b);
  if (rows % rowsPerBlock) {
    active = k.less(row, rows, "active");
    bool leaves = plan.lanes == 1 || (plan.shape == RowPlan::Warps && plan.lanes == 32);
    if (leaves) {
      auto check = scf::IfOp::create(b, k.loc, active, /*withElse=*/false);
      b.setInsertionPointToStart(check.thenBlock());
      active = {};
    } else {
      row = arith::SelectOp::create(b, named(k.loc, "row"), active, row, k.index(rows - 1));
    }
  }

  SmallVector<Value> outer = k.delinearize(row, ArrayRef(form.sizes).take_front(form.numP), "p");
  if (form.numP == 1)
    outer = {row};
  k.flatP = row;
  auto inner = ArrayRef(form.sizes).drop_front(form.numP);
  for (const Stage &stage : form.stages) {
    if (stage.kind == Stage::MapRows) {
      SmallVector<Value> at(outer);
      at.resize(form.sizes.size());
      point({&stage}, at, {}, nullptr, {}, nullptr);
      continue;
    }
    SmallVector<Value> start;
    for (Attribute init : stage.inits)
      start.push_back(k.constant(init));
    Value from = lane ? k.mul(lane, plan.width, plan.width > 1 ? "first" : "") : k.index(0);
    auto loop = k.loop(from, length, plan.lanes * plan.width, start, /*unroll=*/false, "r");
    {
      OpBuilder::InsertionGuard insideLoop(b);
      b.setInsertionPointToStart(loop.getBody());
      SmallVector<Value> at(outer);
      Value r = loop.getInductionVar();
      k.flatR = r;
      llvm::append_range(at, inner.size() == 1 ? SmallVector<Value>{r} : k.delinearize(r, inner, "r"));
      SmallVector<Value> results = chunk({&stage}, at, form.innerR(), plan.width, loop.getRegionIterArgs());
      if (stage.kind == Stage::Reduce)
        scf::YieldOp::create(b, k.loc, results);
    }
    if (stage.kind != Stage::Reduce)
      continue;
    SmallVector<Value> totals =
        reduce(stage, plan, llvm::to_vector(llvm::map_range(loop.getResults(), [](OpResult r) -> Value { return r; })));
    linalg::GenericOp generic = stage.op;
    for (auto [i, access] : llvm::enumerate(stage.outputs)) {
      Value tensor = generic->getResult(i);
      scalars[tensor] = totals[i];
      for (Value buffer : k.outputs(tensor)) {
        Value guard = active;
        if (lane) {
          Value first = arith::CmpIOp::create(b, k.loc, arith::CmpIPredicate::eq, lane, k.index(0));
          guard = guard ? arith::AndIOp::create(b, k.loc, guard, first).getResult() : first;
        }
        SmallVector<Value> at(outer);
        at.resize(form.sizes.size());
        storeGuarded(guard, [&] { memref::StoreOp::create(b, k.loc, totals[i], buffer, k.offset(form, access, at)); });
      }
    }
  }

  std::string how;
  switch (plan.shape) {
  case RowPlan::Threads:
    how = "thread per row";
    break;
  case RowPlan::Warps:
    how = std::to_string(plan.lanes) + " lanes per row";
    break;
  case RowPlan::Block:
    how = "block per row";
    break;
  case RowPlan::Columns:
    how = std::to_string(plan.lanes) + " threads per column";
    break;
  }
  how += ", " + std::to_string(plan.threads) + " threads";
  if (plan.width > 1)
    how += ", " + std::to_string(plan.width) + "-wide";
  k.finish(grid, block, 0, how);
  return success();
}

LogicalResult scheduleRow(gpu::GPUModuleOp module, const RowForm &form) { return RowScheduler(module, form).run(); }

} // namespace dlc::cuda
