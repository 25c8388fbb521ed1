// Pointwise kernels and row kernels. A row kernel gives each row of P a group of threads; every thread of the group
// walks a part of R, and partial results are merged so that all of them hold the total.
#include "codegen/ScheduleReader.h"
#include "codegen/cuda/Elements.h"
#include "codegen/cuda/JoinedKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace dlc::cuda {

namespace {

/// How a row kernel is laid out on the card.
struct RowPlan {
  enum Shape { Threads, Warps, Block, Columns };
  Shape shape = Threads; // who owns a row: a thread, lanes of a warp, a block, a column
  int64_t lanes = 1;     // threads that share a row
  int64_t threads = 256; // threads a block
  int64_t width = 1;     // elements a vector access
  bool fence = false;    // all threads of a row must be done before results are stored
};

class RowScheduler : Elements {
public:
  RowScheduler(gpu::GPUModuleOp module, const RowForm &form) : Elements(form, kernel), kernel(module, form.func) {}
  LogicalResult run(ScheduleReader &schedule) {
    if (form.rows() == 0) { // an empty output: a kernel that does nothing
      kernel.finish(1, {32}, 0, "nothing to do");
      return schedule.finish();
    }
    RowPlan plan = isPointwise() ? planPoints() : planRows();
    if (failed(read(schedule, plan)))
      return failure();
    return isPointwise() ? pointwise(plan) : rows(plan);
  }
  /// The choices as entries of dlc.schedule, and an end to the builder's function.
  LogicalResult choose(ScheduleReader &schedule, ScheduleWriter &out) {
    if (form.rows() != 0) {
      RowPlan plan = isPointwise() ? planPoints() : planRows();
      if (failed(read(schedule, plan)))
        return failure();
      if (!isPointwise())
        out.word("owner", names[plan.shape]).set("lanes", plan.lanes);
      out.set("threads", plan.threads).set("width", plan.width);
    }
    kernel.finish(1, {32}, 0, "");
    return success();
  }

private:
  static constexpr StringRef names[] = {"thread", "warp", "block", "column"}; // by RowPlan::Shape

  bool isPointwise() const {
    bool reduces = llvm::any_of(form.stages, [](const Stage &stage) { return stage.kind == Stage::Reduce; });
    return !form.numR() && !reduces;
  }
  LogicalResult pointwise(const RowPlan &plan);
  LogicalResult rows(RowPlan plan);
  RowPlan planPoints() const;
  RowPlan planRows() const;
  LogicalResult read(ScheduleReader &schedule, RowPlan &plan) const;
  SmallVector<Value> reduce(const Stage &stage, const RowPlan &plan, ValueRange partials);

  SmallVector<Value> atRow(ArrayRef<Value> outer) const;
  void walkRow(ArrayRef<const Stage *> stages, const RowPlan &plan, ArrayRef<Value> outer);
  void describeRows(const RowPlan &plan);
  void storeRows(const RowPlan &plan, ArrayRef<const Stage *> final, ArrayRef<Value> outer);
  bool isFinal(const Stage &stage) const;
  bool mayOverwrite() const;

  KernelBuilder kernel;
  SmallVector<std::pair<const Access *, Value>> rowLoads; // inputs over P that were loaded already
  Value lane;                                             // null where a row has one thread
  Value column;                                           // of a column kernel
};

} // namespace

RowPlan RowScheduler::planPoints() const {
  int64_t total = form.rows();
  // A small kernel needs threads more than it needs vectors.
  int64_t width = total >= 8192 ? vectorWidth(form.innerP(), /*tail=*/true) : 1;
  return {RowPlan::Threads, 1, total >= 256 * 64 ? 256 : 128, width};
}

/// What the kernel's attribute says in place of the choices.
LogicalResult RowScheduler::read(ScheduleReader &schedule, RowPlan &plan) const {
  if (!schedule.given())
    return success();
  bool rows = !isPointwise();
  std::string owner = names[plan.shape].str();
  if (rows) {
    schedule.word("owner", owner, names);
    schedule.integer("lanes", plan.lanes);
  }
  schedule.integer("threads", plan.threads);
  schedule.integer("width", plan.width);
  plan.shape = RowPlan::Shape(llvm::find(names, owner) - std::begin(names));
  schedule.expect(plan.threads >= 32 && plan.threads <= 1024 && plan.threads % 32 == 0, "threads",
                  "a multiple of 32, at most 1024");
  bool along = !rows || plan.shape == RowPlan::Warps || plan.shape == RowPlan::Block; // a row is walked in vectors
  int64_t widest = along ? vectorWidth(rows ? form.innerR() : form.innerP(), /*tail=*/!rows) : 1;
  schedule.expect(plan.width >= 1 && plan.width <= widest && llvm::isPowerOf2_64(plan.width), "width",
                  "a power of two, here at most " + Twine(widest));
  if (!rows)
    return schedule.finish();
  bool merges = true, hardware = true;
  for (const Stage &stage : form.stages)
    if (stage.kind == Stage::Reduce) {
      auto combiner = findCombiner(stage);
      merges &= bool(combiner);
      hardware &= combiner && combiner->op;
    }
  schedule.expect(merges || plan.shape == RowPlan::Threads, "owner",
                  "thread: partial results of this reduction cannot be merged");
  schedule.expect(hardware || plan.shape != RowPlan::Block, "owner",
                  "no block: values are reduced together with their indices");
  switch (plan.shape) {
  case RowPlan::Threads:
    schedule.expect(plan.lanes == 1, "lanes", "1 where a thread owns a row");
    break;
  case RowPlan::Warps:
    schedule.expect(plan.lanes >= 1 && plan.lanes <= 32 && llvm::isPowerOf2_64(plan.lanes), "lanes",
                    "a power of two, at most 32, where a warp's lanes own a row");
    break;
  case RowPlan::Block:
    schedule.expect(plan.lanes == plan.threads, "lanes", "as many as threads where a block owns a row");
    break;
  case RowPlan::Columns:
    schedule.expect(plan.lanes >= 2 && plan.lanes * 32 == plan.threads, "lanes",
                    "threads / 32, at least 2, where threads lie along the columns");
    break;
  }
  return schedule.finish();
}

LogicalResult RowScheduler::pointwise(const RowPlan &plan) {
  int64_t total = form.rows(), width = plan.width, threads = plan.threads;
  int dim = form.innerP();
  AffineExpr all = form.allRows();
  int64_t items = llvm::divideCeil(total, width);
  AffineExpr grid = canonical(canonical(all.ceilDiv(uint64_t(width))).ceilDiv(uint64_t(threads)));

  Value item = k.add(k.mul(k.block(), threads), k.thread(), width == 1 ? "i" : "");
  Value element = k.mul(item, width, "i");
  bool open = !constantSize(all);
  bool exact = !open && items % threads == 0 && total % width == 0;
  bool tail = !all.isMultipleOf(width);
  auto whole = [&](int64_t w) {
    SmallVector<Value> at = k.delinearize(element, form.extents, "i");
    if (form.sizes.size() == 1)
      at = {element};
    k.flatP = element;
    chunk(allStages(), at, dim, w, {});
  };
  if (exact) {
    whole(width);
  } else {
    auto check = scf::IfOp::create(b, k.loc, k.less(element, sum(all, b.getAffineConstantExpr(tail ? 1 - width : 0))),
                                   /*withElse=*/tail);
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(check.thenBlock());
    whole(width);
    if (tail) {
      scalars.clear();
      b.setInsertionPointToStart(check.elseBlock());
      auto rest = k.loop(element, all, 1, {}, /*unroll=*/false, "rest");
      b.setInsertionPointToStart(rest.getBody());
      k.flatP = rest.getInductionVar();
      chunk(allStages(), {rest.getInductionVar()}, dim, 1, {});
    }
  }
  std::string how = std::to_string(threads) + " threads";
  if (width > 1)
    how += ", " + std::to_string(width) + "-wide";
  k.finish(grid, {threads}, 0, how, width);
  return success();
}

/// Can a result over P lie where an input does that other threads of the row read, for values that they need?
/// (An input and an output of one map over P may share memory; its result may also enter a later stage.)
bool RowScheduler::mayOverwrite() const {
  return llvm::any_of(form.stages, [&](const Stage &stage) {
    if (stage.kind != Stage::MapRows)
      return false;
    linalg::GenericOp generic = stage.op;
    for (Value result : generic->getResults())
      if (!k.outputs(result).empty() && !llvm::hasSingleElement(result.getUsers()))
        for (const Access &access : stage.inputs)
          if (isBuffer(access) && access.tensor.getType() == result.getType())
            return true;
    return false;
  });
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
        // What is read again and again comes from a cache.
        int64_t bytes = elementBytes(access);
        for (auto [dim, size] : llvm::enumerate(form.sizes))
          bytes *= access.step(int(dim)) ? size : 1;
        rowBytes += access.coef(form.innerR()) == 1 ? bytes : 0;
        columnBytes += access.coef(form.innerP()) == 1 ? bytes : 0;
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

SmallVector<Value> RowScheduler::atRow(ArrayRef<Value> outer) const {
  SmallVector<Value> at(outer);
  at.resize(form.sizes.size());
  return at;
}

/// One walk of a row's threads along R; totals of reductions end up in `scalars`.
void RowScheduler::walkRow(ArrayRef<const Stage *> stages, const RowPlan &plan, ArrayRef<Value> outer) {
  SmallVector<Value> start;
  for (const Stage *stage : stages) {
    for (Attribute init : stage->inits)
      start.push_back(k.constant(init));
    // What is the same along the whole row is loaded before it is walked.
    linalg::GenericOp generic = stage->op;
    for (auto [i, access] : llvm::enumerate(stage->inputs)) {
      bool fixed = access.linear && isBuffer(access) && !generic.getBody()->getArgument(i).use_empty();
      for (int dim = form.numP; dim < int(form.sizes.size()); ++dim)
        fixed &= access.step(dim) == 0;
      if (!fixed)
        continue;
      for (auto [before, value] : rowLoads)
        if (before->tensor == access.tensor && before->coefs == access.coefs && before->offset == access.offset)
          loaded[&access] = value;
      if (loaded.contains(&access))
        continue;
      loaded[&access] =
          memref::LoadOp::create(b, generic.getLoc(), k.memref(access.tensor), k.offset(form, access, atRow(outer)));
      rowLoads.push_back({&access, loaded[&access]});
    }
  }
  auto inner = ArrayRef(form.extents).drop_front(form.numP);
  Value from = lane ? k.mul(lane, plan.width, plan.width > 1 ? "first" : "") : k.index(0);
  auto loop = k.loop(from, form.wholeLength(), plan.lanes * plan.width, start, /*unroll=*/false, "r");
  {
    OpBuilder::InsertionGuard insideLoop(b);
    b.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> at(outer);
    Value r = loop.getInductionVar();
    k.flatR = r;
    llvm::append_range(at, inner.size() == 1 ? SmallVector<Value>{r} : k.delinearize(r, inner, "r"));
    SmallVector<Value> results = chunk(stages, at, form.innerR(), plan.width, loop.getRegionIterArgs());
    if (!start.empty())
      scf::YieldOp::create(b, k.loc, results);
  }
  SmallVector<Value> partials(loop.getResults().begin(), loop.getResults().end());
  ArrayRef<Value> rest(partials);
  for (const Stage *stage : stages) {
    if (stage->kind != Stage::Reduce)
      continue;
    SmallVector<Value> totals = reduce(*stage, plan, rest.take_front(stage->inits.size()));
    rest = rest.drop_front(stage->inits.size());
    linalg::GenericOp generic = stage->op;
    for (auto [result, total] : llvm::zip(generic->getResults(), totals))
      scalars[result] = total;
  }
}

/// A map over P that nothing else in the row needs: only the thread that stores its result computes it.
bool RowScheduler::isFinal(const Stage &stage) const {
  linalg::GenericOp generic = stage.op;
  return stage.kind == Stage::MapRows && llvm::all_of(generic->getUsers(), llvm::IsaPred<func::ReturnOp>);
}

/// Results over P, at the end: whoever reads an input that lies in the same place has done so, or is the thread that
/// stores there (an update in place reads and writes its element in one thread).
void RowScheduler::storeRows(const RowPlan &plan, ArrayRef<const Stage *> final, ArrayRef<Value> outer) {
  if (plan.fence) {
    auto barrier = gpu::BarrierOp::create(b, k.loc);
    // Warps leave when their rows are done: only lanes of one wait for each other.
    if (plan.shape == RowPlan::Warps)
      barrier->setAttr(warpBarrierAttr, b.getUnitAttr());
  }
  Value guard = active;
  if (lane) {
    Value first = arith::CmpIOp::create(b, k.loc, arith::CmpIPredicate::eq, lane, k.index(0));
    guard = guard ? arith::AndIOp::create(b, k.loc, guard, first).getResult() : first;
  }
  storeGuarded(guard, [&] {
    for (const Stage *stage : final)
      point({stage}, atRow(outer), {});
    for (const Stage &stage : form.stages) {
      linalg::GenericOp generic = stage.op;
      if (stage.kind != Stage::MapElements)
        for (auto [result, access] : llvm::zip(generic->getResults(), stage.outputs))
          for (Value buffer : k.outputs(result))
            memref::StoreOp::create(b, k.loc, scalars[result], buffer, k.offset(form, access, atRow(outer)));
    }
  });
}

LogicalResult RowScheduler::rows(RowPlan plan) {
  plan.fence = plan.lanes > 1 && mayOverwrite();
  int64_t rowsPerBlock = plan.shape == RowPlan::Columns ? 32 : plan.threads / plan.lanes;
  AffineExpr all = form.allRows(), grid = canonical(all.ceilDiv(uint64_t(rowsPerBlock)));
  SmallVector<int64_t> block = {plan.threads};

  Value row;
  bool alone = plan.shape == RowPlan::Block || (plan.shape == RowPlan::Warps && plan.lanes == plan.threads);
  Value thread = k.thread(gpu::Dimension::x, plan.shape == RowPlan::Columns ? "column" : alone ? "lane" : "thread");
  switch (plan.shape) {
  case RowPlan::Threads:
    row = k.add(k.mul(k.block(), plan.threads), thread, "row");
    break;
  case RowPlan::Warps:
    if (plan.lanes == plan.threads) {
      row = k.block(gpu::Dimension::x, "row");
      lane = thread;
      break;
    }
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
  if (isConstant(all, 1) && rowsPerBlock == 1)
    row = k.index(0);

  // Rows beyond the last: whole warps leave; threads that others wait for stay, on the last row, and do not store.
  OpBuilder::InsertionGuard insertion(b);
  if (!all.isMultipleOf(rowsPerBlock)) {
    active = k.less(row, all, "active");
    bool leaves = plan.lanes == 1 || (plan.shape == RowPlan::Warps && plan.lanes == 32);
    if (leaves) {
      auto check = scf::IfOp::create(b, k.loc, active, /*withElse=*/false);
      b.setInsertionPointToStart(check.thenBlock());
      active = {};
    } else {
      row = arith::SelectOp::create(b, named(k.loc, "row"), active, row, k.size(sum(all, b.getAffineConstantExpr(-1))));
    }
  }

  SmallVector<Value> outer = k.delinearize(row, ArrayRef(form.extents).take_front(form.numP), "p");
  if (form.numP == 1)
    outer = {row};
  k.flatP = row;
  // Reductions that do not need each other's results share a walk over the row; maps over P x R share the last.
  SmallVector<const Stage *> pending, last;
  auto needsPending = [&](const Stage &stage) {
    return llvm::any_of(pending, [&](const Stage *before) {
      linalg::GenericOp producer = before->op;
      return llvm::any_of(
          stage.inputs, [&](const Access &access) { return access.tensor.getDefiningOp() == producer.getOperation(); });
    });
  };
  auto flush = [&] {
    if (!pending.empty())
      walkRow(pending, plan, outer);
    pending.clear();
  };
  SmallVector<const Stage *> final;
  for (const Stage &stage : form.stages) {
    if (stage.kind != Stage::MapElements && needsPending(stage))
      flush();
    if (isFinal(stage))
      final.push_back(&stage);
    else if (stage.kind == Stage::MapRows)
      point({&stage}, atRow(outer), {});
    else
      (stage.kind == Stage::Reduce ? pending : last).push_back(&stage);
  }
  flush();
  if (!last.empty()) {
    // Threads beyond the last row must not even read: another thread may be updating the element in place.
    auto before = std::tuple(loaded, rowLoads, active);
    storeGuarded(std::exchange(active, Value()), [&] { walkRow(last, plan, outer); });
    std::tie(loaded, rowLoads, active) = before;
  }
  storeRows(plan, final, outer);

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
  k.finish(grid, block, 0, how, plan.width);
  describeRows(plan);
  return success();
}

/// `dlc.rows` of kernels in which warps own rows, one behind the other: how many rows there are, lanes of each, and the
/// arguments that are rows themselves, so that row r needs and gives the r-th part of them alone.
void RowScheduler::describeRows(const RowPlan &plan) {
  if (form.isOpen() || (plan.shape != RowPlan::Threads && plan.shape != RowPlan::Warps))
    return;
  int64_t rows = form.rows();
  auto isOwn = [&](const Access &access) {
    auto type = cast<RankedTensorType>(access.tensor.getType());
    if (!access.linear || !type.hasStaticShape() || type.getNumElements() % rows || !isConstant(access.offset, 0))
      return false;
    int64_t length = type.getNumElements() / rows, step = length, last = 0;
    for (int d = form.numP - 1; d >= 0; --d) {
      if (access.step(d) != step)
        return false;
      step *= form.sizes[d];
    }
    for (int d = form.numP; d < int(form.sizes.size()); ++d) {
      if (access.step(d) < 0)
        return false;
      last += access.step(d) * (form.sizes[d] - 1);
    }
    return last < length;
  };
  func::FuncOp func = form.func;
  auto returned = func.getBody().front().getTerminator()->getOperands();
  llvm::SmallDenseSet<int64_t> seen, others;
  for (const Stage &stage : form.stages) {
    linalg::GenericOp generic = stage.op;
    for (const Access &access : stage.inputs)
      if (auto argument = dyn_cast<BlockArgument>(access.tensor))
        (isOwn(access) ? seen : others).insert(argument.getArgNumber());
    for (auto [result, access] : llvm::zip(generic->getResults(), stage.outputs))
      for (auto [i, value] : llvm::enumerate(returned))
        if (value == result)
          (isOwn(access) ? seen : others).insert(func.getNumArguments() + i);
  }
  SmallVector<int64_t> own;
  for (int64_t i = 0; i < int64_t(func.getNumArguments() + func.getNumResults()); ++i) {
    bool inGenerics =
        i >= func.getNumArguments() || llvm::all_of(func.getArgument(i).getUsers(), llvm::IsaPred<linalg::GenericOp>);
    if (seen.contains(i) && !others.contains(i) && inGenerics)
      own.push_back(i);
  }
  k.kernel->setAttr("dlc.rows", b.getDictionaryAttr({b.getNamedAttr("count", b.getI64IntegerAttr(rows)),
                                                     b.getNamedAttr("lanes", b.getI64IntegerAttr(plan.lanes)),
                                                     b.getNamedAttr("own", b.getDenseI64ArrayAttr(own))}));
}

LogicalResult scheduleRow(gpu::GPUModuleOp module, const RowForm &form, ScheduleReader &schedule) {
  return RowScheduler(module, form).run(schedule);
}

LogicalResult chooseRow(gpu::GPUModuleOp scratch, const RowForm &form, ScheduleReader &schedule, ScheduleWriter &out) {
  return RowScheduler(scratch, form).choose(schedule, out);
}

} // namespace dlc::cuda
