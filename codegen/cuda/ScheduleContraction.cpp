// Contractions: a kernel is an instance of the device library's gemm, described by the attribute dlc.library, and an
// epilogue function that maps accumulators to results. The seam for a prologue is the operand's description.
// 16-bit floats, and f32 where the module allows TF32 (`dlc.tf32`), go to the tensor cores. Where tiles are few, k is
// split: then the kernel leaves sums in workspace and a second one, `dlc.finish`, adds them and runs the epilogue.
// Depthwise convolutions are a kernel of their own.
#include "codegen/cuda/Contraction.h"
#include "codegen/cuda/Cuda.h"

namespace dlc::cuda {

static AffineExpr sizeOf(const Extents &extents, MLIRContext *context) {
  AffineExpr all = getAffineConstantExpr(1, context);
  for (auto [size, stride] : extents)
    all = product(all, size);
  return all;
}

/// Neighbours that one stride walks become one.
static Extents merged(const Extents &extents, MLIRContext *context) {
  Extents result;
  for (auto [size, stride] : extents) {
    if (isConstant(size, 1))
      continue;
    if (!result.empty() && result.back().second == product(size, stride))
      result.back() = {product(result.back().first, size), stride};
    else
      result.push_back({size, stride});
  }
  if (result.empty())
    result.push_back({getAffineConstantExpr(1, context), getAffineConstantExpr(0, context)});
  return result;
}

LogicalResult ContractionScheduler::read() {
  for (Operation &each : func.getBody().front().without_terminator()) {
    if (isa<ContractionOpInterface>(each)) {
      if (op)
        return each.emitError("a contraction kernel holds one contraction, but this is its second");
      op = &each;
    } else if (auto generic = dyn_cast<linalg::GenericOp>(each)) {
      if (epilogue)
        return each.emitError("a contraction kernel holds one epilogue, but this is its second linalg.generic");
      epilogue = generic;
    } else if (!isa<tensor::EmptyOp, arith::ConstantOp, ExtentOp>(each)) {
      return each.emitError("not contraction form: expected a contraction, then at most one linalg.generic");
    }
  }
  if (!op)
    return func.emitError("not contraction form: kernel '") << func.getName() << "' has no dlc.dot_general or dlc.conv";
  for (Value operand : op->getOperands())
    if (!isa<BlockArgument>(operand))
      return op->emitError("the operands of a contraction kernel's contraction must be the kernel's arguments");
  if (epilogue) {
    auto maps = epilogue.getIndexingMapsArray();
    if (epilogue.getNumReductionLoops() || epilogue.getInputs().empty() ||
        epilogue.getInputs()[0] != op->getResult(0) || !maps[0].isIdentity())
      return epilogue.emitError(
          "not contraction form: the epilogue must be a map whose first input is the contraction's "
          "result with the identity map");
  }
  element = cast<RankedTensorType>(op->getOperand(0).getType()).getElementType();
  if (element.isF16() || element.isBF16() || element.isF32())
    accumulator = b.getF32Type();
  else if (element.isF64() || element.isInteger(64))
    accumulator = element;
  else if (element.isInteger(8) || element.isInteger(16) || element.isInteger(32))
    accumulator = b.getI32Type();
  else
    return op->emitError("the CUDA contraction kernel has no form for elements of type ") << element;
  return success();
}

FailureOr<Attribute> ContractionScheduler::axis(const Extents &extents) {
  SmallVector<AffineExpr> flat;
  for (auto [size, stride] : extents)
    llvm::append_values(flat, size, stride);
  if (extents.size() > 4)
    return op->emitError("the CUDA contraction kernel walks at most 4 separate strides an index, but this one needs ")
           << extents.size() << ": transpose the operand first";
  return attr("axis", ArrayRef<AffineExpr>(flat)).getValue();
}

FailureOr<DictionaryAttr> ContractionScheduler::matrix(Value tensor, const Extents &free, const Extents &sum,
                                                       const Extents &batch) {
  MLIRContext *context = tensor.getContext();
  Extents parts[] = {merged(free, context), merged(sum, context), merged(batch, context)};
  bool alongK = isConstant(parts[1].back().second, 1) && ranges.typical(parts[1].back().first) > 1;
  // One aligned vector: the fastest index is contiguous and everything else steps over whole vectors.
  auto &fast = alongK ? parts[1] : parts[0];
  auto fits = [&](int64_t width) {
    bool vectors = isConstant(fast.back().second, 1) && fast.back().first.isMultipleOf(width);
    for (auto &part : parts)
      for (auto [i, each] : llvm::enumerate(part))
        vectors &= (&part == &fast && i + 1 == part.size()) || each.second.isMultipleOf(width);
    return width == 1 || vectors;
  };
  auto allowed = widths();
  int64_t width = *llvm::find_if(allowed, fits);
  SmallVector<NamedAttribute> entries = {attr("kind", b.getStringAttr("matrix")),
                                         attr("arg", cast<BlockArgument>(tensor).getArgNumber()),
                                         attr("along", b.getStringAttr(alongK ? "K" : "Free")), attr("width", width)};
  static constexpr StringRef names[] = {"free", "sum", "batch"};
  for (int i = 0; i < 3; ++i) {
    auto described = axis(parts[i]);
    if (failed(described))
      return failure();
    entries.push_back(attr(names[i], *described));
  }
  return b.getDictionaryAttr(entries);
}

FailureOr<Problem> ContractionScheduler::dotGeneral(DotGeneralOp dot) {
  auto lhsFree = dot.getLhsFree(), rhsFree = dot.getRhsFree();
  Extents m = extents(dot.getLhs(), lhsFree), n = extents(dot.getRhs(), rhsFree);
  Extents batch = extents(dot.getLhs(), dot.getLhsBatch()), k = extents(dot.getLhs(), dot.getLhsContracting());
  MLIRContext *context = dot.getContext();
  Problem p = makeProblem(sizeOf(batch, context), sizeOf(m, context), sizeOf(n, context), sizeOf(k, context));
  tensor = useTensorCores(p);
  auto lhs = matrix(dot.getLhs(), m, k, batch);
  auto rhs =
      matrix(dot.getRhs(), n, extents(dot.getRhs(), dot.getRhsContracting()), extents(dot.getRhs(), dot.getRhsBatch()));
  if (failed(lhs) || failed(rhs))
    return failure();
  p.lhs = *lhs, p.rhs = *rhs;
  p.outBatch = {{p.batchAt, product(p.mAt, p.nAt)}}, p.outRowStride = p.nAt;
  AffineMap stored = epilogue ? epilogue.getIndexingMapsArray()[epilogue.getInputs().size()] : AffineMap();
  if (stored && !stored.isIdentity()) { // rows in another order; DotGeneralOp::storesInOrder has looked at the steps
    Extents byDim(stored.getNumDims());
    AffineExpr step = constant(1);
    auto shape = getDims(epilogue.getResult(0).getType());
    for (int64_t i = shape.size() - 1; i >= 0; --i) {
      byDim[cast<AffineDimExpr>(stored.getResult(i)).getPosition()] = {shape[i], step};
      step = product(step, shape[i]);
    }
    size_t batches = dot.getLhsBatch().size();
    p.outBatch = merged(Extents(ArrayRef(byDim).take_front(batches)), context);
    p.outRowStride = merged(Extents(ArrayRef(byDim).slice(batches, lhsFree.size())), context).back().second;
  }
  unsigned first = dot.getLhsBatch().size(), second = first + lhsFree.size(), third = second + rhsFree.size();
  p.segments = {{0, first, [](KernelBuilder &, Value batch, Value, Value) { return batch; }},
                {first, second, [](KernelBuilder &, Value, Value m, Value) { return m; }},
                {second, third, [](KernelBuilder &, Value, Value, Value n) { return n; }}};
  return p;
}

FailureOr<Problem> ContractionScheduler::convolution(ConvOp conv) {
  auto input = getDims(conv.getInput().getType()), result = getDims(conv.getResult().getType());
  auto weight = cast<RankedTensorType>(conv.getWeight().getType()).getShape();
  bool last = conv.getChannelsLast();
  int64_t rank = input.size(), spatial = rank - 2, groups = conv.getGroups();
  if (spatial < 1 || spatial > 3)
    return conv.emitError("the CUDA convolution kernel takes 1 to 3 spatial dimensions, but this one has ") << spatial;
  AffineExpr images = input[0], one = constant(1), zero = constant(0);
  int64_t channels = cast<RankedTensorType>(conv.getInput().getType()).getDimSize(conv.getChannelDim()),
          outputs = weight[0];
  int64_t groupChannels = channels / groups, groupOutputs = outputs / groups;
  auto in = ArrayRef(input).slice(conv.getSpatialDim(), spatial),
       out = ArrayRef(result).slice(conv.getSpatialDim(), spatial);
  auto window = weight.slice(conv.getWindowDim(), spatial);
  int64_t windowPixels = 1;
  for (int64_t size : window)
    windowPixels *= size;
  AffineExpr inPixels = product(conv.getContext(), in), outPixels = product(conv.getContext(), out);
  AffineExpr depth = constant(groupChannels * windowPixels);
  auto times = [&](AffineExpr size, int64_t factor) { return product(size, constant(factor)); };
  Problem p;

  StringRef header = "gemm";
  auto allAre = [](ArrayRef<int64_t> values, int64_t value) {
    return llvm::all_of(values, [&](int64_t v) { return v == value; });
  };
  // A window of one element that steps by one is a plain matrix product.
  bool plain = windowPixels == 1 && allAre(conv.getStrides(), 1) && allAre(conv.getLow(), 0) &&
               allAre(conv.getHigh(), 0) && allAre(conv.getLhsDilation(), 1);
  auto patches = [&](AffineExpr batchStride, AffineExpr imageStride, AffineExpr channelStride, int64_t pixelStride) {
    SmallVector<AffineExpr> spatialStrides(spatial, constant(pixelStride));
    for (int64_t d = spatial - 2; d >= 0; --d)
      spatialStrides[d] = product(spatialStrides[d + 1], in[d + 1]);
    auto allowed = widths();
    int64_t width = *llvm::find_if(allowed, [&](int64_t width) {
      return width == 1 || (last && groupChannels % width == 0 && channels % width == 0);
    });
    header = "conv";
    return b.getDictionaryAttr(
        {attr("kind", b.getStringAttr("patches")), attr("arg", cast<BlockArgument>(conv.getInput()).getArgNumber()),
         attr("along", b.getStringAttr(last ? "K" : "Free")), attr("width", width),
         attr("channels_last", b.getBoolAttr(last)), attr("channels", groupChannels),
         attr("in", ArrayRef<AffineExpr>(in)), attr("out", ArrayRef<AffineExpr>(out)), attr("window", window),
         attr("stride", conv.getStrides()), attr("low", conv.getLow()), attr("lhs_dilation", conv.getLhsDilation()),
         attr("rhs_dilation", conv.getRhsDilation()), attr("batch_stride", batchStride),
         attr("image_stride", imageStride), attr("channel_stride", channelStride),
         attr("spatial_stride", ArrayRef<AffineExpr>(spatialStrides))});
  };

  if (groups > 1 && groups == channels && groups == outputs) {
    // Nothing is shared between results: each is computed straight from memory.
    p = makeProblem(one, last ? product(images, outPixels) : times(images, channels),
                    last ? constant(channels) : outPixels, depth);
    p.outRowStride = p.nAt, p.outBatch = {{p.batchAt, zero}};
    p.lhs = last ? patches(one, times(inPixels, channels), one, channels) : patches(inPixels, zero, inPixels, 1);
    p.rhs = b.getDictionaryAttr(
        {attr("kind", b.getStringAttr("weight")), attr("arg", cast<BlockArgument>(conv.getWeight()).getArgNumber())});
    p.header = "depthwise";
    p.channels = channels;
    unsigned edge = last ? rank - 1 : 2;
    p.segments = {{0, edge, [](KernelBuilder &, Value, Value m, Value) { return m; }},
                  {edge, unsigned(rank), [](KernelBuilder &, Value, Value, Value n) { return n; }}};
    return p;
  }
  if (last) {
    // Rows are pixels of all images, columns are output channels, batches are groups.
    p = makeProblem(constant(groups), product(images, outPixels), constant(groupOutputs), depth);
    p.outBatch = {{p.batchAt, constant(groupOutputs)}}, p.outRowStride = constant(outputs);
    tensor = useTensorCores(p);
    auto rhs = matrix(conv.getWeight(), {{constant(groupOutputs), depth}}, {{depth, one}},
                      {{constant(groups), times(depth, groupOutputs)}});
    if (failed(rhs))
      return failure();
    p.rhs = *rhs;
    if (plain) {
      auto lhs = matrix(conv.getInput(), {{p.mAt, constant(channels)}}, {{depth, one}},
                        {{constant(groups), constant(groupChannels)}});
      if (failed(lhs))
        return failure();
      p.lhs = *lhs;
    } else {
      p.lhs = patches(constant(groupChannels), times(inPixels, channels), one, channels);
      p.header = header;
    }
    p.segments = {{0, unsigned(rank - 1), [](KernelBuilder &, Value, Value m, Value) { return m; }},
                  {unsigned(rank - 1), unsigned(rank), [=](KernelBuilder &k, Value batch, Value, Value n) {
                     return groups == 1 ? n : k.add(k.mul(batch, groupOutputs), n);
                   }}};
    return p;
  }
  // Rows are output channels of a group, columns are pixels of an image, batches are images and groups.
  p = makeProblem(times(images, groups), constant(groupOutputs), outPixels, depth);
  p.outBatch = {{p.batchAt, times(outPixels, groupOutputs)}}, p.outRowStride = outPixels;
  tensor = useTensorCores(p);
  auto lhs = matrix(conv.getWeight(), {{constant(groupOutputs), depth}}, {{depth, one}},
                    {{images, zero}, {constant(groups), times(depth, groupOutputs)}});
  if (failed(lhs))
    return failure();
  p.lhs = *lhs;
  if (plain) {
    auto rhs = matrix(conv.getInput(), {{outPixels, one}}, {{constant(groupChannels), inPixels}},
                      {{times(images, groups), times(inPixels, groupChannels)}});
    if (failed(rhs))
      return failure();
    p.rhs = *rhs;
  } else {
    p.rhs = patches(times(inPixels, groupChannels), zero, inPixels, 1);
    p.header = header;
  }
  p.segments = {{0, 1, [=](KernelBuilder &k, Value batch, Value, Value) { return k.div(batch, groups); }},
                {1, 2,
                 [=](KernelBuilder &k, Value batch, Value m, Value) {
                   return groups == 1 ? m : k.add(k.mul(k.rem(batch, groups), groupOutputs), m);
                 }},
                {2, unsigned(rank), [](KernelBuilder &, Value, Value, Value n) { return n; }}};
  return p;
}

/// Rows are output channels of a group, columns are its input channels and the window, sums go over images and pixels.
FailureOr<Problem> ContractionScheduler::weightGradient(ConvWeightGradientOp op) {
  auto input = getDims(op.getInput().getType()), gradient = getDims(op.getGradient().getType());
  int64_t rank = op.getType().getRank(), spatial = rank - 2, groups = op.getGroups();
  if (spatial < 1 || spatial > 3)
    return op.emitError("the CUDA convolution kernel takes 1 to 3 spatial dimensions, but this one has ") << spatial;
  int64_t outputs = op.getType().getDimSize(0) / groups, inputs = op.getType().getDimSize(1), window = 1;
  for (int64_t size : op.getWindow())
    window *= size;
  auto in = ArrayRef(input).drop_front(2), out = ArrayRef(gradient).drop_front(2);
  AffineExpr images = input[0], one = constant(1), inPixels = product(op.getContext(), in),
             outPixels = product(op.getContext(), out);
  auto times = [&](AffineExpr size, int64_t factor) { return product(size, constant(factor)); };
  Problem p = makeProblem(constant(groups), constant(outputs), constant(inputs * window), product(images, outPixels));
  p.outBatch = {{p.batchAt, product(p.mAt, p.nAt)}}, p.outRowStride = p.nAt;
  p.longSums = true;
  std::string kind = "tiles";
  schedule.word("kind", kind, {"tiles"});
  auto lhs = matrix(op.getGradient(), {{constant(outputs), outPixels}},
                    {{images, times(outPixels, groups * outputs)}, {outPixels, one}},
                    {{constant(groups), times(outPixels, outputs)}});
  if (failed(lhs))
    return failure();
  p.lhs = *lhs;
  SmallVector<AffineExpr> spatialStrides(spatial, one);
  for (int64_t d = spatial - 2; d >= 0; --d)
    spatialStrides[d] = product(spatialStrides[d + 1], in[d + 1]);
  p.rhs = b.getDictionaryAttr(
      {attr("kind", b.getStringAttr("windows")), attr("arg", cast<BlockArgument>(op.getInput()).getArgNumber()),
       attr("along", b.getStringAttr("K")), attr("width", int64_t(1)), attr("in", in), attr("out", out),
       attr("window", op.getWindow()), attr("stride", op.getStrides()), attr("low", op.getLow()),
       attr("lhs_dilation", op.getLhsDilation()), attr("rhs_dilation", op.getRhsDilation()),
       attr("batch_stride", times(inPixels, inputs)), attr("image_stride", times(inPixels, groups * inputs)),
       attr("channel_stride", inPixels), attr("spatial_stride", ArrayRef<AffineExpr>(spatialStrides))});
  p.header = "conv";
  p.segments = {{0, 1,
                 [=](KernelBuilder &k, Value batch, Value m, Value) {
                   return groups == 1 ? m : k.add(k.mul(batch, outputs), m);
                 }},
                {1, unsigned(rank), [](KernelBuilder &, Value, Value, Value n) { return n; }}};
  return p;
}

bool ContractionScheduler::mayUseTensorCores() const {
  if (element.isF16() || element.isBF16())
    return true;
  return element.isF32() && func->getParentOfType<ModuleOp>()->hasAttr("dlc.tf32");
}

TensorProblem ContractionScheduler::tensorProblem(const Problem &p) const {
  TensorProblem t = {p.batch,
                     p.m,
                     p.n,
                     p.k,
                     element.getIntOrFloatBitWidth() / 8,
                     16,
                     false,
                     false,
                     sharedLimit(moduleArchs(func->getParentOfType<ModuleOp>()))};
  for (DictionaryAttr operand : {p.lhs, p.rhs})
    if (operand) {
      t.copyBytes = std::min(t.copyBytes, operand.getAs<IntegerAttr>("width").getInt() * t.elementBytes);
      t.patches |= operand.getAs<StringAttr>("kind").getValue() == "patches";
      t.freeMajor |= operand.getAs<StringAttr>("along").getValue() == "Free";
    }
  return t;
}

bool ContractionScheduler::useTensorCores(const Problem &p) {
  bool may = mayUseTensorCores();
  std::string kind = may && wantsTensorCores(tensorProblem(p)) ? "tensor" : "tiles";
  schedule.word("kind", kind, may ? ArrayRef<StringRef>{"tensor", "tiles"} : ArrayRef<StringRef>{"tiles"});
  return kind == "tensor";
}

LogicalResult ContractionScheduler::prepare(Problem &problem, std::optional<RowForm> &form) {
  if (failed(read()))
    return failure();
  auto gradient = dyn_cast<ConvWeightGradientOp>(op);
  auto described = gradient          ? weightGradient(gradient)
                   : isa<ConvOp>(op) ? convolution(cast<ConvOp>(op))
                                     : dotGeneral(cast<DotGeneralOp>(op));
  if (failed(described))
    return failure();
  problem = std::move(*described);
  if (isEmpty(problem))
    return success();
  if (llvm::any_of(ArrayRef{problem.mAt, problem.nAt, problem.kAt, problem.batchAt},
                   [&](AffineExpr size) { return ranges.most(size) >= most; }))
    return op->emitError("the contraction of kernel '") << func.getName() << "' has an extent of 2^30 or more";
  if (epilogue) {
    SmallVector<unsigned> edges;
    for (const Segment &segment : problem.segments)
      edges.push_back(segment.begin);
    auto readForm = RowForm::read(func, edges);
    if (failed(readForm))
      return failure();
    form = std::move(*readForm);
  } else if (func.getNumResults() != 1) {
    return func.emitError("a contraction kernel without an epilogue has one result");
  }
  return success();
}

LogicalResult ContractionScheduler::run() {
  Problem problem;
  std::optional<RowForm> form;
  if (failed(prepare(problem, form)))
    return failure();
  if (isEmpty(problem)) { // an empty output: a kernel that does nothing
    KernelBuilder(module, func).finish(1, {32}, 0, "nothing to do");
    return success();
  }
  const RowForm *pointer = form ? &*form : nullptr;
  if (problem.channels)
    return depthwise(problem, pointer);
  return tensor ? onTensorCores(problem, pointer) : onCudaCores(problem, pointer);
}

FailureOr<DictionaryAttr> ContractionScheduler::choose() {
  Problem problem;
  std::optional<RowForm> form;
  if (failed(prepare(problem, form)))
    return failure();
  ScheduleWriter out(func.getContext());
  if (isEmpty(problem))
    return out.get();
  auto run = readRun(problem, form ? &*form : nullptr);
  if (failed(run))
    return failure();
  out.set("run", *run);
  if (problem.channels) {
    auto threads = readThreads();
    if (failed(threads))
      return failure();
    return out.word("kind", "depthwise").set("threads", *threads).get();
  }
  if (tensor) {
    auto tile = readTensorTile(problem);
    if (failed(tile))
      return failure();
    out.word("kind", "tensor").set("tile", {tile->m, tile->n, tile->k}).set("warps", {tile->warpsM, tile->warpsN});
    return out.set("stages", tile->stages).set("splits", tile->splits).get();
  }
  auto tile = readTile(problem);
  if (failed(tile))
    return failure();
  out.word("kind", "tiles").set("tile", {tile->m, tile->n, tile->k}).set("thread", {tile->threadM, tile->threadN});
  out.set("slices", tile->slices);
  return tile->splits > 1 ? out.set("splits", tile->splits).get() : out.get();
}

LogicalResult scheduleContraction(gpu::GPUModuleOp module, func::FuncOp func) {
  return ContractionScheduler(module, func).run();
}

FailureOr<DictionaryAttr> chooseContraction(func::FuncOp func) { return ContractionScheduler({}, func).choose(); }

} // namespace dlc::cuda

namespace dlc {

// The CUDA cores multiply f32 that is not rounded to TF32, and f64.
bool cudaKeepsComposite(Operation *op) {
  auto gradient = dyn_cast<ConvWeightGradientOp>(op);
  if (!gradient || gradient.getChannelsLast() || !gradient.getInput().getType().hasStaticShape())
    return false;
  Type element = gradient.getType().getElementType();
  int64_t spatial = gradient.getType().getRank() - 2;
  return spatial >= 1 && spatial <= 3 &&
         (element.isF64() || (element.isF32() && !op->getParentOfType<ModuleOp>()->hasAttr("dlc.tf32")));
}

} // namespace dlc
