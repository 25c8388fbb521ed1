// Kernels of contractions: tiles, epilogues, and the attributes that describe an instance of the device library.
#include "codegen/cuda/Contraction.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace dlc::cuda {

constexpr int64_t mostSplits = 64;

/// By the shape alone: the least time for a card of 132 processors, one block each.
TileShape ContractionScheduler::chooseTile(const Problem &p) const {
  static const TileShape shapes[] = {{128, 128, 8, 8, 8, 1.0}, {128, 64, 16, 8, 4, 0.85}, {64, 128, 16, 4, 8, 0.85},
                                     {64, 64, 16, 4, 4, 0.7},  {32, 64, 16, 4, 4, 0.5},   {64, 32, 16, 4, 4, 0.5},
                                     {32, 32, 16, 4, 4, 0.35}, {64, 16, 16, 4, 4, 0.3},   {16, 64, 16, 4, 4, 0.3}};
  const TileShape *best = nullptr;
  double least = 0;
  for (const TileShape &shape : shapes) {
    double blocks = double(p.batch) * llvm::divideCeil(p.m, shape.m) * llvm::divideCeil(p.n, shape.n);
    double time = std::max(1.0, blocks / 132) * double(shape.m * shape.n) / shape.efficiency;
    if (!best || time < least) {
      best = &shape;
      least = time;
    }
  }
  TileShape chosen = *best;
  if (accumulator.getIntOrFloatBitWidth() == 64 && chosen.k > 8)
    chosen.k = 8; // the same shared memory and registers
  // Few tiles leave the processors idle: more threads a tile, as far as 256 threads and 48 KiB of shared memory go.
  double blocks = double(p.batch) * llvm::divideCeil(p.m, chosen.m) * llvm::divideCeil(p.n, chosen.n);
  int64_t bytes = 2 * chosen.k * (chosen.m + chosen.n + 8) * accumulator.getIntOrFloatBitWidth() / 8;
  while (blocks * chosen.threads() < 132 * 256 && chosen.slices < 8 && chosen.threads() < 256 &&
         p.k >= 2 * chosen.k * 2 * chosen.slices && bytes * chosen.slices * 2 <= 48 << 10)
    chosen.slices *= 2;
  chosen.splits = chooseSplits(p, chosen);
  return chosen;
}

/// A long k in few blocks, as gradients of convolutions' weights have it: each takes a share of it, of eight steps at
/// least, and a second kernel adds the sums.
int64_t ContractionScheduler::chooseSplits(const Problem &p, const TileShape &tile) const {
  auto blocks = int64_t(p.batch * llvm::divideCeil(p.m, tile.m) * llvm::divideCeil(p.n, tile.n));
  auto steps = int64_t(llvm::divideCeil(p.k, tile.k * tile.slices));
  if (!p.longSums || isOpen(p) || !accumulator.isF32() || blocks > 66 || steps < 32)
    return 1;
  int64_t wanted = std::min<int64_t>({264 / blocks, steps / 8, mostSplits});
  return llvm::divideCeil(steps, llvm::divideCeil(steps, wanted));
}

/// Four results at once where every row and every operand of the epilogue is cut into whole fours.
int64_t ContractionScheduler::chooseRun(const Problem &p, const RowForm *form) const {
  auto whole = [](auto extent) { return extent.second.isMultipleOf(4); };
  if (!p.nAt.isMultipleOf(4) || !p.outRowStride.isMultipleOf(4) || !llvm::all_of(p.outBatch, whole))
    return 1;
  if (form && (form->extents.empty() || !form->extents.back().isMultipleOf(4)))
    return 1;
  return 4;
}

FailureOr<int64_t> ContractionScheduler::readRun(const Problem &p, const RowForm *form) {
  int64_t widest = chooseRun(p, form), run = widest;
  schedule.integer("run", run);
  if (!schedule.expect(run == 1 || run == widest, "run", widest == 1 ? "1" : "1 or " + Twine(widest)))
    return failure();
  return run;
}

FailureOr<int64_t> ContractionScheduler::readThreads() {
  int64_t threads = 256;
  std::string kind = "depthwise";
  schedule.word("kind", kind, {"depthwise"});
  schedule.integer("threads", threads);
  schedule.expect(threads >= 32 && threads <= 1024 && threads % 32 == 0, "threads", "a multiple of 32, at most 1024");
  if (failed(schedule.finish()))
    return failure();
  return threads;
}

/// Chosen, unless the attribute says something else: what the device library's Tile can be.
FailureOr<TileShape> ContractionScheduler::readTile(const Problem &p) {
  TileShape tile = chooseTile(p);
  int64_t sizes[] = {tile.m, tile.n, tile.k}, thread[] = {tile.threadM, tile.threadN}, most = 48 << 10;
  schedule.integers("tile", sizes);
  schedule.integers("thread", thread);
  schedule.integer("slices", tile.slices);
  std::tie(tile.m, tile.n, tile.k, tile.threadM, tile.threadN) =
      std::tuple(sizes[0], sizes[1], sizes[2], thread[0], thread[1]);
  bool positive = llvm::all_of(sizes, [](int64_t v) { return v > 0 && v <= 512; });
  if (!schedule.expect(positive && tile.k % 4 == 0, "tile", "m, n and k of at most 512, k a multiple of 4") ||
      !schedule.expect(llvm::all_of(thread, [](int64_t v) { return v > 0 && v % 4 == 0; }), "thread", "multiples of 4"))
    return failure();
  schedule.expect(tile.m % tile.threadM == 0 && tile.n % tile.threadN == 0, "tile",
                  "m and n that are multiples of a thread's " + Twine(tile.threadM) + " and " + Twine(tile.threadN));
  if (!schedule.expect(tile.slices >= 1 && tile.slices <= 32 && llvm::isPowerOf2_64(tile.slices), "slices",
                       "a power of two, at most 32"))
    return failure();
  int64_t threads = tile.threads(), bytes = accumulator.getIntOrFloatBitWidth() / 8;
  schedule.expect(threads / tile.slices % 32 == 0 && threads >= 32 && threads <= 1024, "tile",
                  "whole warps of threads, at most 1024 in all, not " + Twine(threads));
  int64_t shared = 2 * tile.k * (tile.m + tile.n + 8) * tile.slices * bytes;
  schedule.expect(shared <= most, "tile", "at most " + Twine(most) + " bytes of shared memory, not " + Twine(shared));
  schedule.expect(tile.slices == 1 || 2 * tile.slices * tile.k * tile.m >= tile.m * tile.n, "slices",
                  "1, or k times slices of at least n / 2: their sums go through lhs's part of shared memory");
  tile.splits = schedule.given() ? 1 : chooseSplits(p, tile); // written where it is not 1
  schedule.integer("splits", tile.splits);
  int64_t steps = std::max<int64_t>(1, llvm::divideCeil(p.k, tile.k * tile.slices)),
          mostHere = std::min(steps, mostSplits);
  bool even =
      tile.splits == 1 || (!isOpen(p) && accumulator.isF32() && tile.splits >= 1 && tile.splits <= mostHere &&
                           llvm::divideCeil(steps, llvm::divideCeil(steps, tile.splits)) == uint64_t(tile.splits));
  schedule.expect(even, "splits",
                  "1, or for f32 sums of known sizes at most " + Twine(mostHere) +
                      ", none of them without a step of k times slices (" + Twine(steps) + ")");
  if (failed(schedule.finish()))
    return failure();
  return tile;
}

/// The same for the device library's TensorTile.
FailureOr<TensorTile> ContractionScheduler::readTensorTile(const Problem &p) {
  TensorProblem problem = tensorProblem(p);
  TensorTile tile = chooseTensorTile(problem);
  if (isOpen(p))
    tile.splits = 1; // workspace is made for one size
  int64_t sizes[] = {tile.m, tile.n, tile.k}, warps[] = {tile.warpsM, tile.warpsN};
  schedule.integers("tile", sizes);
  schedule.integers("warps", warps);
  schedule.integer("stages", tile.stages);
  schedule.integer("splits", tile.splits);
  std::tie(tile.m, tile.n, tile.k, tile.warpsM, tile.warpsN) =
      std::tuple(sizes[0], sizes[1], sizes[2], warps[0], warps[1]);
  bool powers = llvm::all_of(sizes, [](int64_t v) { return v >= 16 && v <= 512 && llvm::isPowerOf2_64(v); });
  bool whole = llvm::all_of(warps, [](int64_t v) { return v >= 1 && v <= 32 && llvm::isPowerOf2_64(v); });
  if (!schedule.expect(powers, "tile", "powers of two from 16 to 512") ||
      !schedule.expect(whole && tile.threads() <= 1024, "warps", "powers of two, at most 32 warps in all"))
    return failure();
  schedule.expect(tile.m % (16 * tile.warpsM) == 0 && tile.n % (32 * tile.warpsN) == 0, "warps",
                  "16 rows and 32 columns of the tile a warp at least");
  int64_t parts = tile.k * problem.elementBytes / 32;
  schedule.expect(parts >= 2 && parts % 2 == 0 && tile.k * problem.elementBytes <= 128, "tile",
                  "a k of " + Twine(64 / problem.elementBytes) + " or " + Twine(128 / problem.elementBytes));
  schedule.expect(tile.stages >= 3 && tile.stages <= 8, "stages", "3 to 8");
  int64_t steps = std::max<int64_t>(1, llvm::divideCeil(p.k, tile.k)),
          most = std::max<int64_t>(1, std::min<int64_t>(steps, 64));
  bool even = (tile.splits == 1 || !isOpen(p)) && tile.splits >= 1 && tile.splits <= most &&
              llvm::divideCeil(steps, llvm::divideCeil(steps, tile.splits)) == uint64_t(tile.splits);
  schedule.expect(even, "splits", "1 to " + Twine(most) + ", none of them without a step of k (" + Twine(steps) + ")");
  int64_t shared = tile.sharedBytes(problem.elementBytes);
  schedule.expect(shared <= problem.sharedLimit, "tile",
                  "with these stages at most " + Twine(problem.sharedLimit) + " bytes of shared memory, not " +
                      Twine(shared));
  // Every thread copies whole vectors of lines: of lhs along m or k, of rhs along n or k.
  for (auto [operand, extent] : {std::pair(p.lhs, tile.m), std::pair(p.rhs, tile.n)}) {
    int64_t width = operand.getAs<IntegerAttr>("width").getInt(), threads = tile.threads();
    bool alongK = operand.getAs<StringAttr>("along").getValue() == "K";
    int64_t perLine = (alongK ? tile.k : extent) / width, vectors = extent * tile.k / width;
    schedule.expect(perLine > 0 && (threads % perLine == 0 || perLine % threads == 0) &&
                        (vectors % threads == 0 || vectors < threads) &&
                        (alongK || problem.elementBytes != 4 || extent >= 32),
                    "tile", "rows that " + Twine(threads) + " threads can copy, " + Twine(width) + " elements each");
  }
  if (failed(schedule.finish()))
    return failure();
  return tile;
}

LogicalResult ContractionScheduler::buildEpilogue(const Problem &p, const RowForm &form, int64_t run,
                                                  SmallVectorImpl<int64_t> &args) {
  OpBuilder ob(func.getContext());
  // The sum arrives in full precision: the body's extension of a 16-bit result is left out.
  Value sum = epilogue.getBody()->getArgument(0);
  Type stored = sum.getType();
  if (stored != accumulator && !sum.use_empty()) {
    sum.setType(accumulator);
    for (OpOperand &use : llvm::make_early_inc_range(sum.getUses())) {
      Operation *user = use.getOwner();
      if (isa<arith::ExtFOp>(user) && user->getResult(0).getType() == accumulator) {
        user->getResult(0).replaceAllUsesWith(sum);
        user->erase();
        continue;
      }
      ob.setInsertionPoint(user);
      use.set(isa<FloatType>(stored) ? arith::TruncFOp::create(ob, user->getLoc(), stored, sum).getResult()
                                     : arith::TruncIOp::create(ob, user->getLoc(), stored, sum).getResult());
    }
  }

  auto returned = cast<func::ReturnOp>(func.getBody().front().getTerminator()).getOperands();
  for (auto [i, value] : llvm::enumerate(returned))
    if (value.getDefiningOp() != epilogue || llvm::is_contained(returned.take_front(i), value))
      return func.emitError("a contraction kernel with an epilogue returns the epilogue's results, each once");

  // Buffers that the epilogue reads, then results beyond the first, which it stores itself.
  SmallVector<BlockArgument> read;
  epilogue->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (auto argument = dyn_cast<BlockArgument>(operand))
        if (argument.getOwner() == &func.getBody().front() && !llvm::is_contained(read, argument))
          read.push_back(argument);
  });
  auto flat = [](Value tensor) -> Type {
    auto type = cast<RankedTensorType>(tensor.getType());
    return MemRefType::get({constantSize(elementCount(type)).value_or(ShapedType::kDynamic)}, type.getElementType());
  };
  Type primary = cast<RankedTensorType>(returned[0].getType()).getElementType();
  Type index = b.getIndexType();
  SmallVector<Type> types = {VectorType::get({run}, accumulator), index, index, index};
  for (BlockArgument argument : read) {
    types.push_back(flat(argument));
    args.push_back(argument.getArgNumber());
  }
  int64_t reads = int64_t(types.size());
  for (unsigned i = 1; i < returned.size(); ++i) {
    types.push_back(flat(returned[i]));
    args.push_back(func.getNumArguments() + i);
  }
  ob.setInsertionPointToEnd(module.getBody());
  auto vector = VectorType::get({run}, primary);
  auto function = gpu::GPUFuncOp::create(ob, epilogue.getLoc(), (func.getName() + "_epilogue").str(),
                                         b.getFunctionType(types, {vector}));
  function->setAttr("dlc.epilogue", b.getUnitAttr());
  function->setAttr("dlc.index_bits", b.getI64IntegerAttr(indexBits(func)));
  function->setAttr("dlc.inputs", b.getI64IntegerAttr(reads));
  static constexpr StringRef coordinates[] = {"acc", "c.batch", "c.m", "c.n"};
  for (unsigned i = 0; i < 4; ++i)
    function.setArgAttr(i, "dlc.name", b.getStringAttr(coordinates[i]));
  for (auto [i, arg] : llvm::enumerate(args))
    function.setArgAttr(4 + i, "dlc.name", argumentName(func, arg));

  SmallVector<std::pair<Value, Value>> inputs, outputs;
  for (auto [i, argument] : llvm::enumerate(read))
    inputs.push_back({argument, function.getArgument(4 + i)});
  for (unsigned i = 1; i < returned.size(); ++i)
    outputs.push_back({returned[i], function.getArgument(reads + i - 1)});
  KernelBuilder k(function, func, inputs, outputs);
  k.loc = epilogue.getLoc();
  Elements elements(form, k);
  Value batch = function.getArgument(1), m = function.getArgument(2), n = function.getArgument(3);
  elements.vectors[op->getResult(0)] = function.getArgument(0);
  Value sink = k.privateLanes(run, primary);
  elements.sinks[returned[0]] = sink;

  // The coordinates of each collapsed dimension, out of the segment that it belongs to.
  SmallVector<Value> at(form.sizes.size());
  for (const Segment &segment : p.segments) {
    SmallVector<int> groups;
    for (unsigned dim = segment.begin; dim < segment.end; ++dim)
      if (int group = form.collapsedOf[dim]; group >= 0 && !llvm::is_contained(groups, group))
        groups.push_back(group);
    if (groups.empty())
      continue;
    auto sizes = llvm::map_to_vector(groups, [&](int group) { return form.extents[group]; });
    Value value = segment.value(k, batch, m, n);
    auto parts = k.delinearize(value, sizes, "i");
    for (auto [group, part] : llvm::zip(groups, parts))
      at[group] = part;
  }
  int last = int(form.sizes.size()) - 1;
  elements.chunk(elements.allStages(), at, run == 1 ? -1 : last, run, {});
  k.b.setInsertionPointToEnd(&function.getBody().front());
  Value result = vector::LoadOp::create(k.b, k.loc, vector, sink, k.index(0));
  gpu::ReturnOp::create(k.b, k.loc, result);
  if (auto values = function->getAttrOfType<DimsAttr>("dlc.values"))
    epilogueValues.assign(values.getExprs().begin(), values.getExprs().end());
  return success();
}

LogicalResult ContractionScheduler::depthwise(const Problem &p, const RowForm *form) {
  auto givenRun = readRun(p, form);
  auto givenThreads = readThreads();
  if (failed(givenRun) || failed(givenThreads))
    return failure();
  int64_t run = *givenRun, threads = *givenThreads;
  SmallVector<NamedAttribute> library = sizes(p, p.header, run);
  SmallVector<int64_t> args;
  library.append({attr("acc", TypeAttr::get(accumulator)), attr("lhs", p.lhs), attr("rhs", p.rhs),
                  attr("channels", p.channels), attr("out", func.getNumArguments())});
  AffineExpr blocks = canonical(canonical(product(p.mAt, p.nAt).floorDiv(uint64_t(run))).ceilDiv(uint64_t(threads)));
  if (ranges.most(blocks) >= most)
    return op->emitError("the convolution of kernel '") << func.getName() << "' needs 2^30 blocks or more";
  KernelBuilder k(module, func);
  finishKernel(k, blocks, threads, 0, "depthwise, " + Twine(run) + "-wide, " + Twine(threads) + " threads");
  if (failed(addEpilogue(p, form, run, library, args)))
    return failure();
  finishLibrary(k, library, args);
  return success();
}

SmallVector<NamedAttribute> ContractionScheduler::sizes(const Problem &p, StringRef name, int64_t run) {
  SmallVector<AffineExpr> flat;
  for (auto [size, stride] : p.outBatch)
    llvm::append_values(flat, size, stride);
  return {attr("name", b.getStringAttr(name)),
          attr("run", run),
          attr("batch", p.batchAt),
          attr("m", p.mAt),
          attr("n", p.nAt),
          attr("k", p.kAt),
          p.outBatch.size() == 1 ? attr("out_batch_stride", p.outBatch[0].second)
                                 : attr("out_batch", ArrayRef<AffineExpr>(flat)),
          attr("out_row_stride", p.outRowStride)};
}

/// The description, and arguments for the sizes in it and in the epilogue.
void ContractionScheduler::finishLibrary(KernelBuilder &k, SmallVectorImpl<NamedAttribute> &library,
                                         ArrayRef<int64_t> args) {
  if (epilogue) {
    SmallVector<int64_t> all(args);
    for (AffineExpr size : epilogueValues)
      all.push_back(cast<BlockArgument>(k.size(size)).getArgNumber());
    library.push_back(attr("epilogue_args", all));
  }
  addValues(k, b.getDictionaryAttr(library));
  k.kernel->setAttr("dlc.library", b.getDictionaryAttr(library));
}

gpu::GPUFuncOp ContractionScheduler::finishKernel(KernelBuilder &k, AffineExpr blocks, int64_t threads, int64_t shared,
                                                  const Twine &how) {
  gpu::GPUFuncOp kernel = k.finish(blocks, {threads}, shared, how.str());
  // ptxas spills a little to fit one block more on a processor, unless it is told that one is enough.
  kernel->setAttr("dlc.min_blocks", b.getI64IntegerAttr(1));
  return kernel;
}

LogicalResult ContractionScheduler::addEpilogue(const Problem &p, const RowForm *form, int64_t run,
                                                SmallVectorImpl<NamedAttribute> &library,
                                                SmallVectorImpl<int64_t> &args) {
  if (!epilogue)
    return success();
  if (failed(buildEpilogue(p, *form, run, args)))
    return failure();
  library.push_back(attr("epilogue", FlatSymbolRefAttr::get(func.getContext(), (func.getName() + "_epilogue").str())));
  return success();
}

LogicalResult ContractionScheduler::onCudaCores(const Problem &p, const RowForm *form) {
  auto givenRun = readRun(p, form);
  auto givenTile = readTile(p);
  if (failed(givenRun) || failed(givenTile))
    return failure();
  TileShape tile = *givenTile;
  int64_t run = *givenRun;
  SmallVector<int64_t> tileText = {tile.m, tile.n, tile.k, tile.threadM, tile.threadN}, args;
  if (tile.slices > 1 || tile.splits > 1)
    tileText.push_back(tile.slices);
  if (tile.splits > 1)
    tileText.push_back(tile.splits);
  SmallVector<NamedAttribute> library = sizes(p, p.header, run);
  library.append({attr("acc", TypeAttr::get(accumulator)), attr("tile", tileText)});
  AffineExpr blocks = product(tiles(p, tile.m, tile.n), constant(tile.splits));
  if (ranges.most(blocks) >= most)
    return op->emitError("the contraction of kernel '") << func.getName() << "' needs 2^30 blocks or more";
  std::string how = std::to_string(tile.m) + "x" + std::to_string(tile.n) + "x" + std::to_string(tile.k) + " tiles, " +
                    (tile.slices > 1 ? std::to_string(tile.slices) + " slices, " : "") +
                    std::to_string(tile.threads()) + " threads";
  if (tile.splits > 1)
    return inSplits(p, form, run, tile.splits, tile.threads(), 0, blocks, how, std::move(library));
  library.append({attr("lhs", p.lhs), attr("rhs", p.rhs), attr("out", func.getNumArguments())});
  KernelBuilder k(module, func);
  finishKernel(k, blocks, tile.threads(), 0, how);
  if (failed(addEpilogue(p, form, run, library, args)))
    return failure();
  finishLibrary(k, library, args);
  return success();
}

/// A function for KernelBuilder to follow: its arguments and results, nothing in it.
func::FuncOp ContractionScheduler::part(StringRef name, ArrayRef<Type> inputs, ArrayRef<Type> results) {
  OpBuilder ob(func.getContext());
  auto made = func::FuncOp::create(ob, func.getLoc(), name, b.getFunctionType(inputs, results));
  if (Attribute sources = func->getAttr("dlc.sources"))
    made->setAttr("dlc.sources", sources);
  ob.setInsertionPointToStart(made.addEntryBlock());
  auto values = llvm::map_to_vector(results, [&](Type type) -> Value {
    auto tensor = cast<RankedTensorType>(type);
    return tensor::EmptyOp::create(ob, func.getLoc(), tensor.getShape(), tensor.getElementType());
  });
  func::ReturnOp::create(ob, func.getLoc(), values);
  return made;
}

LogicalResult ContractionScheduler::onTensorCores(const Problem &p, const RowForm *form) {
  auto givenRun = readRun(p, form);
  auto givenTile = readTensorTile(p);
  if (failed(givenRun) || failed(givenTile))
    return failure();
  TensorTile tile = *givenTile;
  int64_t run = *givenRun, bytes = element.getIntOrFloatBitWidth() / 8;
  AffineExpr blocks = product(tiles(p, tile.m, tile.n), constant(tile.splits));
  if (ranges.most(blocks) >= most)
    return op->emitError("the contraction of kernel '") << func.getName() << "' needs 2^30 blocks or more";
  std::string type = element.isF32() ? "tf32" : element.isF16() ? "f16" : "bf16";
  if (auto old = beforeSm80(moduleArchs(func->getParentOfType<ModuleOp>())))
    op->emitRemark("schedule: on ") << *old << " kernel '" << func.getName()
                                    << "' waits for its copies to shared memory"
                                    << (element.isF16() ? "" : ", and the CUDA cores multiply")
                                    << ": that architecture has no cp.async"
                                    << (element.isF16() ? "" : " and no mma.sync of " + type);
  std::string how = tile.text() + ", mma.sync " + type;
  SmallVector<int64_t> tileText = {tile.m, tile.n, tile.k, tile.warpsM, tile.warpsN, tile.stages}, args;
  SmallVector<NamedAttribute> library = sizes(p, "tensor_" + p.header.str(), run);
  library.append({attr("tensor", b.getStringAttr(type))});
  if (tile.splits > 1) {
    tileText.push_back(tile.splits);
    library.push_back(attr("tile", tileText));
    return inSplits(p, form, run, tile.splits, tile.threads(), tile.sharedBytes(bytes), blocks, how,
                    std::move(library));
  }
  library.append({attr("tile", tileText), attr("lhs", p.lhs), attr("rhs", p.rhs), attr("out", func.getNumArguments())});
  KernelBuilder k(module, func);
  finishKernel(k, blocks, tile.threads(), tile.sharedBytes(bytes), how);
  if (failed(addEpilogue(p, form, run, library, args)))
    return failure();
  finishLibrary(k, library, args);
  return success();
}

LogicalResult ContractionScheduler::inSplits(const Problem &p, const RowForm *form, int64_t run, int64_t splits,
                                             int64_t threads, int64_t shared, AffineExpr blocks, const std::string &how,
                                             SmallVector<NamedAttribute> library) {
  // Two steps: sums of each split to workspace, then all of them, in order, through the epilogue.
  int64_t results = p.batch * p.m * p.n, bytes = element.getIntOrFloatBitWidth() / 8;
  Type partial = RankedTensorType::get({p.batch, splits, p.m, p.n}, b.getF32Type());
  SmallVector<int64_t> args, operands; // arguments of the launch that each step takes
  auto place = [&](DictionaryAttr operand) {
    int64_t arg = operand.getAs<IntegerAttr>("arg").getInt();
    if (!llvm::is_contained(operands, arg))
      operands.push_back(arg);
    NamedAttrList list(operand);
    list.set("arg", b.getI64IntegerAttr(llvm::find(operands, arg) - operands.begin()));
    return list.getDictionary(func.getContext());
  };
  library.append({attr("lhs", place(p.lhs)), attr("rhs", place(p.rhs))});
  library.push_back(attr("out", int64_t(operands.size())));
  NamedAttrList first(library);
  Attribute name = first.get("name");
  int64_t wide = p.n % 4 == 0 ? 4 : 1;
  first.set("run", b.getI64IntegerAttr(wide));
  first.erase("out_batch");
  first.set("out_batch_stride", b.getI64IntegerAttr(p.m * p.n));
  first.set("out_row_stride", b.getI64IntegerAttr(p.n));
  auto typesOf = [&](ArrayRef<int64_t> arguments) {
    return llvm::map_to_vector(arguments, [&](int64_t a) { return func.getArgumentTypes()[a]; });
  };
  auto nameArguments = [&](func::FuncOp made, ArrayRef<int64_t> arguments, unsigned from) {
    for (auto [i, a] : llvm::enumerate(arguments))
      made.setArgAttr(from + i, "dlc.name", argumentName(func, a));
  };
  std::string inWords = ", k in " + std::to_string(splits) + " splits";
  {
    func::FuncOp made = part(func.getName(), typesOf(operands), {partial});
    nameArguments(made, operands, 0);
    made.setResultAttr(0, "dlc.name", b.getStringAttr("partial"));
    for (StringRef name : {"dlc.class", "dlc.flops"})
      if (Attribute value = func->getAttr(name))
        made->setAttr(name, value);
    int64_t moved = results * splits * 4;
    for (int64_t a : operands)
      moved += cast<RankedTensorType>(func.getArgumentTypes()[a]).getNumElements() * bytes;
    made->setAttr("dlc.bytes", b.getI64IntegerAttr(moved));
    KernelBuilder k(module, made);
    gpu::GPUFuncOp kernel = finishKernel(k, blocks, threads, shared, how + inWords);
    kernel->setAttr("dlc.library", first.getDictionary(func.getContext()));
    kernel->setAttr("dlc.workspace", b.getDenseI64ArrayAttr({results * splits * 4}));
    kernel->setAttr("dlc.finish", FlatSymbolRefAttr::get(func.getContext(), (func.getName() + "_finish").str()));
    kernel->setAttr("dlc.arguments", b.getDenseI64ArrayAttr(operands));
    made->erase();
  }
  // Its arguments: the sums, what the epilogue reads, the results.
  SmallVector<int64_t> read;
  if (epilogue)
    epilogue->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (auto argument = dyn_cast<BlockArgument>(operand);
            argument && argument.getOwner() == &func.getBody().front() &&
            !llvm::is_contained(read, int64_t(argument.getArgNumber())))
          read.push_back(argument.getArgNumber());
    });
  SmallVector<Type> inputs = {partial};
  llvm::append_range(inputs, typesOf(read));
  func::FuncOp made = part((func.getName() + "_finish").str(), inputs, func.getResultTypes());
  made.setArgAttr(0, "dlc.name", b.getStringAttr("partial"));
  nameArguments(made, read, 1);
  for (unsigned i = 0; i < func.getNumResults(); ++i)
    made.setResultAttr(i, "dlc.name", argumentName(func, func.getNumArguments() + i));
  int64_t moved = 0;
  for (ArrayRef<Type> types : {made.getArgumentTypes(), made.getResultTypes()})
    for (Type each : types)
      moved += cast<RankedTensorType>(each).getNumElements() *
               std::max<int64_t>(1, cast<RankedTensorType>(each).getElementTypeBitWidth() / 8);
  made->setAttr("dlc.class", b.getStringAttr("reduction"));
  made->setAttr("dlc.flops", b.getI64IntegerAttr(results * splits));
  made->setAttr("dlc.bytes", b.getI64IntegerAttr(moved));
  KernelBuilder k(module, made);
  constexpr int64_t adding = 256; // as the device library's add_slices has it
  gpu::GPUFuncOp kernel =
      finishKernel(k, constant(llvm::divideCeil(results / run, adding)), adding, 0,
                   "the sums of " + Twine(splits) + " splits in order, " + Twine(adding) + " threads");
  made->erase();
  SmallVector<NamedAttribute> sums = sizes(p, cast<StringAttr>(name).getValue(), run);
  sums.append({attr("splits", splits), attr("out", 1 + int64_t(read.size()))});
  if (failed(addEpilogue(p, form, run, sums, args)))
    return failure();
  if (epilogue) {
    int64_t count = func.getNumArguments(), shift = 1 + int64_t(read.size());
    for (int64_t &arg : args)
      arg = arg < count ? 1 + (llvm::find(read, arg) - read.begin()) : shift + arg - count;
    sums.push_back(attr("epilogue_args", args));
  }
  kernel->setAttr("dlc.library", b.getDictionaryAttr(sums));
  kernel->setAttr("dlc.arguments", b.getDenseI64ArrayAttr(read));
  kernel->setAttr("dlc.second", b.getUnitAttr());
  return success();
}

} // namespace dlc::cuda
