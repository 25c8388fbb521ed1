// Contractions: a kernel is an instance of the device library's gemm, described by the attribute dlc.library, and an
// epilogue function that maps accumulators to results. The seam for a prologue is the operand's description.
// 16-bit floats, and f32 where the module allows TF32 (`dlc.tf32`), go to the tensor cores. Where tiles are few, k is
// split: then the kernel leaves sums in workspace and a second one, `dlc.finish`, adds them and runs the epilogue.
// Depthwise convolutions are a kernel of their own.
#include "codegen/cuda/Elements.h"
#include "codegen/cuda/TensorTiles.h"
#include "ir/Dialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace dlc::cuda {
namespace {

using Extents = SmallVector<std::pair<int64_t, int64_t>>; // size and stride, outermost first

/// Where some dimensions of the result come from: a value made of the coordinates batch, m and n.
struct Segment {
  unsigned begin, end;
  std::function<Value(KernelBuilder &, Value batch, Value m, Value n)> value;
};

/// out[b, m, n] = sum over k of lhs[b, m, k] * rhs[b, k, n], operands described for the device library.
struct Problem {
  int64_t batch = 1, m = 1, n = 1, k = 1;
  DictionaryAttr lhs, rhs;
  int64_t outBatchStride = 0, outRowStride = 0;
  SmallVector<Segment> segments;
  StringRef header = "gemm";
  int64_t channels = 0; // of a depthwise convolution
};

struct TileShape {
  int64_t m, n, k, threadM, threadN;
  double efficiency;  // of the multiply-add units when the card is full
  int64_t slices = 1; // groups of threads that share a tile, each with its part of k
  int64_t threads() const { return (m / threadM) * (n / threadN) * slices; }
};

int64_t count(const Extents &extents) {
  int64_t product = 1;
  for (auto [size, stride] : extents)
    product *= size;
  return product;
}

/// Neighbours that one stride walks become one.
Extents merged(const Extents &extents) {
  Extents result;
  for (auto [size, stride] : extents) {
    if (size == 1)
      continue;
    if (!result.empty() && result.back().second == size * stride)
      result.back() = {result.back().first * size, stride};
    else
      result.push_back({size, stride});
  }
  if (result.empty())
    result.push_back({1, 0});
  return result;
}

class ContractionScheduler {
public:
  ContractionScheduler(gpu::GPUModuleOp module, func::FuncOp func) : module(module), func(func), b(func.getContext()) {}
  LogicalResult run();

private:
  gpu::GPUModuleOp module;
  func::FuncOp func;
  Builder b;
  Operation *op = nullptr;
  linalg::GenericOp epilogue;
  Type element, accumulator;
  bool tensor = false; // on the tensor cores

  LogicalResult read();
  FailureOr<Problem> dotGeneral(DotGeneralOp dot);
  FailureOr<Problem> convolution(ConvOp conv);
  FailureOr<DictionaryAttr> matrix(Value tensor, const Extents &free, const Extents &sum, const Extents &batch);
  FailureOr<Attribute> axis(const Extents &extents);
  bool mayUseTensorCores() const;
  TensorProblem tensorProblem(const Problem &problem) const;
  LogicalResult onCudaCores(const Problem &problem, const RowForm *form);
  LogicalResult onTensorCores(const Problem &problem, const RowForm *form);
  LogicalResult depthwise(const Problem &problem, const RowForm *form);
  gpu::GPUFuncOp finishKernel(KernelBuilder &k, int64_t blocks, int64_t threads, int64_t shared, const Twine &how);
  SmallVector<NamedAttribute> sizes(const Problem &problem, StringRef name, int64_t run);
  LogicalResult addEpilogue(const Problem &problem, const RowForm *form, int64_t run,
                            SmallVectorImpl<NamedAttribute> &library, SmallVectorImpl<int64_t> &args);
  func::FuncOp part(StringRef name, ArrayRef<Type> inputs, ArrayRef<Type> results);
  TileShape chooseTile(const Problem &problem) const;
  int64_t chooseRun(const Problem &problem, const RowForm *form) const;
  LogicalResult buildEpilogue(const Problem &problem, const RowForm &form, int64_t run, SmallVectorImpl<int64_t> &args);
  NamedAttribute attr(StringRef name, Attribute value) { return b.getNamedAttr(name, value); }
  NamedAttribute attr(StringRef name, int64_t value) { return attr(name, b.getI64IntegerAttr(value)); }
  NamedAttribute attr(StringRef name, ArrayRef<int64_t> values) { return attr(name, b.getDenseI64ArrayAttr(values)); }
  static SmallVector<int64_t> strides(Value tensor) {
    auto shape = cast<RankedTensorType>(tensor.getType()).getShape();
    SmallVector<int64_t> result(shape.size(), 1);
    for (int d = int(shape.size()) - 2; d >= 0; --d)
      result[d] = result[d + 1] * shape[d + 1];
    return result;
  }
  static Extents extents(Value tensor, ArrayRef<int64_t> dims) {
    auto shape = cast<RankedTensorType>(tensor.getType()).getShape();
    auto all = strides(tensor);
    return llvm::map_to_vector(dims, [&](int64_t d) { return std::pair(shape[d], all[d]); });
  }
  /// Widths that copies of an operand may have, in elements, widest first.
  SmallVector<int64_t> widths() const {
    int64_t bytes = element.getIntOrFloatBitWidth() / 8;
    if (!tensor)
      return {bytes == 8 ? 2 : 4, 1};
    SmallVector<int64_t> all;
    for (int64_t width = 16 / bytes; width >= 1; width /= 2)
      all.push_back(width);
    return all;
  }
  static constexpr int64_t most = int64_t(1) << 30; // 32-bit counters, with room for a step beyond the end
};

LogicalResult ContractionScheduler::read() {
  for (Operation &each : func.getBody().front().without_terminator()) {
    if (isa<DotGeneralOp, ConvOp>(each)) {
      if (op)
        return each.emitError("a contraction kernel holds one contraction, but this is its second");
      op = &each;
    } else if (auto generic = dyn_cast<linalg::GenericOp>(each)) {
      if (epilogue)
        return each.emitError("a contraction kernel holds one epilogue, but this is its second linalg.generic");
      epilogue = generic;
    } else if (!isa<tensor::EmptyOp, arith::ConstantOp>(each)) {
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
  SmallVector<int64_t> flat;
  for (auto [size, stride] : extents)
    llvm::append_values(flat, size, stride);
  if (extents.size() > 4)
    return op->emitError("the CUDA contraction kernel walks at most 4 separate strides an index, but this one needs ")
           << extents.size() << ": transpose the operand first";
  return Attribute(b.getDenseI64ArrayAttr(flat));
}

FailureOr<DictionaryAttr> ContractionScheduler::matrix(Value tensor, const Extents &free, const Extents &sum,
                                                       const Extents &batch) {
  Extents parts[] = {merged(free), merged(sum), merged(batch)};
  bool alongK = parts[1].back().second == 1 && parts[1].back().first > 1;
  // One aligned vector: the fastest index is contiguous and everything else steps over whole vectors.
  auto &fast = alongK ? parts[1] : parts[0];
  auto fits = [&](int64_t width) {
    bool vectors = fast.back().second == 1 && fast.back().first % width == 0;
    for (auto &part : parts)
      for (auto [i, each] : llvm::enumerate(part))
        vectors &= (&part == &fast && i + 1 == part.size()) || each.second % width == 0;
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
  Problem p;
  auto lhsFree = dot.getLhsFree(), rhsFree = dot.getRhsFree();
  Extents m = extents(dot.getLhs(), lhsFree), n = extents(dot.getRhs(), rhsFree);
  Extents batch = extents(dot.getLhs(), dot.getLhsBatch()), k = extents(dot.getLhs(), dot.getLhsContracting());
  p.batch = count(batch), p.m = count(m), p.n = count(n), p.k = count(k);
  tensor = mayUseTensorCores() && wantsTensorCores(tensorProblem(p));
  auto lhs = matrix(dot.getLhs(), m, k, batch);
  auto rhs =
      matrix(dot.getRhs(), n, extents(dot.getRhs(), dot.getRhsContracting()), extents(dot.getRhs(), dot.getRhsBatch()));
  if (failed(lhs) || failed(rhs))
    return failure();
  p.lhs = *lhs, p.rhs = *rhs;
  p.outBatchStride = p.m * p.n, p.outRowStride = p.n;
  unsigned first = dot.getLhsBatch().size(), second = first + lhsFree.size(), third = second + rhsFree.size();
  p.segments = {{0, first, [](KernelBuilder &, Value batch, Value, Value) { return batch; }},
                {first, second, [](KernelBuilder &, Value, Value m, Value) { return m; }},
                {second, third, [](KernelBuilder &, Value, Value, Value n) { return n; }}};
  return p;
}

FailureOr<Problem> ContractionScheduler::convolution(ConvOp conv) {
  Problem p;
  auto input = cast<RankedTensorType>(conv.getInput().getType()).getShape();
  auto weight = cast<RankedTensorType>(conv.getWeight().getType()).getShape();
  auto result = cast<RankedTensorType>(conv.getResult().getType()).getShape();
  bool last = conv.getChannelsLast();
  int64_t rank = input.size(), spatial = rank - 2, groups = conv.getGroups();
  if (spatial < 1 || spatial > 3)
    return conv.emitError("the CUDA convolution kernel takes 1 to 3 spatial dimensions, but this one has ") << spatial;
  int64_t images = input[0], channels = input[conv.getChannelDim()], outputs = weight[0];
  int64_t groupChannels = channels / groups, groupOutputs = outputs / groups;
  auto in = input.slice(conv.getSpatialDim(), spatial), out = result.slice(conv.getSpatialDim(), spatial);
  auto window = weight.slice(conv.getWindowDim(), spatial);
  auto product = [](ArrayRef<int64_t> values) {
    int64_t result = 1;
    for (int64_t value : values)
      result *= value;
    return result;
  };
  int64_t inPixels = product(in), outPixels = product(out), windowPixels = product(window);
  p.k = groupChannels * windowPixels;

  auto allAre = [](ArrayRef<int64_t> values, int64_t value) {
    return llvm::all_of(values, [&](int64_t v) { return v == value; });
  };
  // A window of one element that steps by one is a plain matrix product.
  bool plain = windowPixels == 1 && allAre(conv.getStrides(), 1) && allAre(conv.getLow(), 0) &&
               allAre(conv.getHigh(), 0) && allAre(conv.getLhsDilation(), 1);
  auto patches = [&](int64_t batchStride, int64_t imageStride, int64_t channelStride, int64_t pixelStride) {
    SmallVector<int64_t> spatialStrides(spatial, pixelStride);
    for (int64_t d = spatial - 2; d >= 0; --d)
      spatialStrides[d] = spatialStrides[d + 1] * in[d + 1];
    auto allowed = widths();
    int64_t width = *llvm::find_if(allowed, [&](int64_t width) {
      return width == 1 || (last && groupChannels % width == 0 && channels % width == 0);
    });
    p.header = "conv";
    return b.getDictionaryAttr(
        {attr("kind", b.getStringAttr("patches")), attr("arg", cast<BlockArgument>(conv.getInput()).getArgNumber()),
         attr("along", b.getStringAttr(last ? "K" : "Free")), attr("width", width),
         attr("channels_last", b.getBoolAttr(last)), attr("channels", groupChannels), attr("in", in), attr("out", out),
         attr("window", window), attr("stride", conv.getStrides()), attr("low", conv.getLow()),
         attr("lhs_dilation", conv.getLhsDilation()), attr("rhs_dilation", conv.getRhsDilation()),
         attr("batch_stride", batchStride), attr("image_stride", imageStride), attr("channel_stride", channelStride),
         attr("spatial_stride", spatialStrides)});
  };

  if (groups > 1 && groups == channels && groups == outputs) {
    // Nothing is shared between results: each is computed straight from memory.
    p.m = last ? images * outPixels : images * channels, p.n = last ? channels : outPixels;
    p.outRowStride = p.n;
    p.lhs = last ? patches(1, inPixels * channels, 1, channels) : patches(inPixels, 0, inPixels, 1);
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
    p.batch = groups, p.m = images * outPixels, p.n = groupOutputs;
    p.outBatchStride = groupOutputs, p.outRowStride = outputs;
    tensor = mayUseTensorCores() && wantsTensorCores(tensorProblem(p));
    auto rhs = matrix(conv.getWeight(), {{groupOutputs, p.k}}, {{p.k, 1}}, {{groups, groupOutputs * p.k}});
    if (failed(rhs))
      return failure();
    p.rhs = *rhs;
    if (plain) {
      auto lhs = matrix(conv.getInput(), {{p.m, channels}}, {{p.k, 1}}, {{groups, groupChannels}});
      if (failed(lhs))
        return failure();
      p.lhs = *lhs;
    } else {
      p.lhs = patches(groupChannels, inPixels * channels, 1, channels);
    }
    p.segments = {{0, unsigned(rank - 1), [](KernelBuilder &, Value, Value m, Value) { return m; }},
                  {unsigned(rank - 1), unsigned(rank), [=](KernelBuilder &k, Value batch, Value, Value n) {
                     return groups == 1 ? n : k.add(k.mul(batch, groupOutputs), n);
                   }}};
    return p;
  }
  // Rows are output channels of a group, columns are pixels of an image, batches are images and groups.
  p.batch = images * groups, p.m = groupOutputs, p.n = outPixels;
  p.outBatchStride = groupOutputs * outPixels, p.outRowStride = outPixels;
  tensor = mayUseTensorCores() && wantsTensorCores(tensorProblem(p));
  auto lhs = matrix(conv.getWeight(), {{groupOutputs, p.k}}, {{p.k, 1}}, {{images, 0}, {groups, groupOutputs * p.k}});
  if (failed(lhs))
    return failure();
  p.lhs = *lhs;
  if (plain) {
    auto rhs = matrix(conv.getInput(), {{outPixels, 1}}, {{groupChannels, inPixels}},
                      {{images * groups, groupChannels * inPixels}});
    if (failed(rhs))
      return failure();
    p.rhs = *rhs;
  } else {
    p.rhs = patches(groupChannels * inPixels, 0, inPixels, 1);
  }
  p.segments = {{0, 1, [=](KernelBuilder &k, Value batch, Value, Value) { return k.div(batch, groups); }},
                {1, 2,
                 [=](KernelBuilder &k, Value batch, Value m, Value) {
                   return groups == 1 ? m : k.add(k.mul(k.rem(batch, groups), groupOutputs), m);
                 }},
                {2, unsigned(rank), [](KernelBuilder &, Value, Value, Value n) { return n; }}};
  return p;
}

bool ContractionScheduler::mayUseTensorCores() const {
  if (element.isF16() || element.isBF16())
    return true;
  return element.isF32() && func->getParentOfType<ModuleOp>()->hasAttr("dlc.tf32");
}

TensorProblem ContractionScheduler::tensorProblem(const Problem &p) const {
  TensorProblem t = {p.batch, p.m, p.n, p.k, element.getIntOrFloatBitWidth() / 8, 16, false, false};
  for (DictionaryAttr operand : {p.lhs, p.rhs})
    if (operand) {
      t.copyBytes = std::min(t.copyBytes, operand.getAs<IntegerAttr>("width").getInt() * t.elementBytes);
      t.patches |= operand.getAs<StringAttr>("kind").getValue() == "patches";
      t.freeMajor |= operand.getAs<StringAttr>("along").getValue() == "Free";
    }
  return t;
}

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
  return chosen;
}

/// Four results at once where every row and every operand of the epilogue is cut into whole fours.
int64_t ContractionScheduler::chooseRun(const Problem &p, const RowForm *form) const {
  if (p.n % 4 || p.outRowStride % 4 || p.outBatchStride % 4)
    return 1;
  if (form && (form->sizes.empty() || form->sizes.back() % 4))
    return 1;
  return 4;
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
    return MemRefType::get({type.getNumElements()}, type.getElementType());
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
    auto sizes = llvm::map_to_vector(groups, [&](int group) { return form.sizes[group]; });
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
  return success();
}

LogicalResult ContractionScheduler::run() {
  if (failed(read()))
    return failure();
  auto problem = isa<ConvOp>(op) ? convolution(cast<ConvOp>(op)) : dotGeneral(cast<DotGeneralOp>(op));
  if (failed(problem))
    return failure();
  if (problem->batch * problem->m * problem->n == 0) { // an empty output: a kernel that does nothing
    KernelBuilder(module, func).finish(1, {32}, 0, "nothing to do");
    return success();
  }
  if (problem->m >= most || problem->n >= most || problem->k >= most || problem->batch >= most)
    return op->emitError("the contraction of kernel '") << func.getName() << "' has an extent of 2^30 or more";

  std::optional<RowForm> form;
  if (epilogue) {
    SmallVector<unsigned> edges;
    for (const Segment &segment : problem->segments)
      edges.push_back(segment.begin);
    auto readForm = RowForm::read(func, edges);
    if (failed(readForm))
      return failure();
    form = std::move(*readForm);
  } else if (func.getNumResults() != 1) {
    return func.emitError("a contraction kernel without an epilogue has one result");
  }
  const RowForm *pointer = form ? &*form : nullptr;
  if (problem->channels)
    return depthwise(*problem, pointer);
  return tensor ? onTensorCores(*problem, pointer) : onCudaCores(*problem, pointer);
}

LogicalResult ContractionScheduler::depthwise(const Problem &p, const RowForm *form) {
  int64_t run = chooseRun(p, form);
  constexpr int64_t threads = 256;
  SmallVector<NamedAttribute> library = sizes(p, p.header, run);
  SmallVector<int64_t> args;
  library.append({attr("acc", TypeAttr::get(accumulator)), attr("lhs", p.lhs), attr("rhs", p.rhs),
                  attr("channels", p.channels), attr("out", func.getNumArguments())});
  int64_t blocks = llvm::divideCeil(p.m * p.n / run, threads);
  if (blocks >= most)
    return op->emitError("the convolution of kernel '") << func.getName() << "' needs 2^30 blocks or more";
  KernelBuilder k(module, func);
  gpu::GPUFuncOp kernel =
      finishKernel(k, blocks, threads, 0, "depthwise, " + Twine(run) + "-wide, " + Twine(threads) + " threads");
  if (failed(addEpilogue(p, form, run, library, args)))
    return failure();
  if (epilogue)
    library.push_back(attr("epilogue_args", args));
  kernel->setAttr("dlc.library", b.getDictionaryAttr(library));
  return success();
}

SmallVector<NamedAttribute> ContractionScheduler::sizes(const Problem &p, StringRef name, int64_t run) {
  return {attr("name", b.getStringAttr(name)),
          attr("run", run),
          attr("batch", p.batch),
          attr("m", p.m),
          attr("n", p.n),
          attr("k", p.k),
          attr("out_batch_stride", p.outBatchStride),
          attr("out_row_stride", p.outRowStride)};
}

gpu::GPUFuncOp ContractionScheduler::finishKernel(KernelBuilder &k, int64_t blocks, int64_t threads, int64_t shared,
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
  TileShape tile = chooseTile(p);
  int64_t run = chooseRun(p, form);
  KernelBuilder k(module, func);
  SmallVector<int64_t> tileText = {tile.m, tile.n, tile.k, tile.threadM, tile.threadN}, args;
  if (tile.slices > 1)
    tileText.push_back(tile.slices);
  SmallVector<NamedAttribute> library = sizes(p, p.header, run);
  library.append({attr("acc", TypeAttr::get(accumulator)), attr("tile", tileText), attr("lhs", p.lhs),
                  attr("rhs", p.rhs), attr("out", func.getNumArguments())});
  int64_t blocks = p.batch * llvm::divideCeil(p.m, tile.m) * llvm::divideCeil(p.n, tile.n);
  if (blocks >= most)
    return op->emitError("the contraction of kernel '") << func.getName() << "' needs 2^30 blocks or more";
  std::string how = std::to_string(tile.m) + "x" + std::to_string(tile.n) + "x" + std::to_string(tile.k) + " tiles, " +
                    (tile.slices > 1 ? std::to_string(tile.slices) + " slices, " : "") +
                    std::to_string(tile.threads()) + " threads";
  gpu::GPUFuncOp kernel = finishKernel(k, blocks, tile.threads(), 0, how);
  if (failed(addEpilogue(p, form, run, library, args)))
    return failure();
  if (epilogue)
    library.push_back(attr("epilogue_args", args));
  kernel->setAttr("dlc.library", b.getDictionaryAttr(library));
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
  TensorTile tile = chooseTensorTile(tensorProblem(p));
  int64_t run = chooseRun(p, form), bytes = element.getIntOrFloatBitWidth() / 8;
  int64_t blocks = p.batch * llvm::divideCeil(p.m, tile.m) * llvm::divideCeil(p.n, tile.n) * tile.splits;
  if (blocks >= most)
    return op->emitError("the contraction of kernel '") << func.getName() << "' needs 2^30 blocks or more";
  std::string type = element.isF32() ? "tf32" : element.isF16() ? "f16" : "bf16";
  std::string how = tile.text() + ", mma.sync " + type;
  SmallVector<int64_t> tileText = {tile.m, tile.n, tile.k, tile.warpsM, tile.warpsN, tile.stages}, args;
  SmallVector<NamedAttribute> library = sizes(p, "tensor_" + p.header.str(), run);
  auto describe = [&](DictionaryAttr lhs, DictionaryAttr rhs, int64_t out) {
    library.append({attr("tensor", b.getStringAttr(type)), attr("tile", tileText), attr("lhs", lhs), attr("rhs", rhs),
                    attr("out", out)});
  };
  if (tile.splits == 1) {
    describe(p.lhs, p.rhs, func.getNumArguments());
    KernelBuilder k(module, func);
    gpu::GPUFuncOp kernel = finishKernel(k, blocks, tile.threads(), tile.sharedBytes(bytes), how);
    if (failed(addEpilogue(p, form, run, library, args)))
      return failure();
    if (epilogue)
      library.push_back(attr("epilogue_args", args));
    kernel->setAttr("dlc.library", b.getDictionaryAttr(library));
    return success();
  }

  // Two steps: sums of each split to workspace, then all of them, in order, through the epilogue.
  int64_t results = p.batch * p.m * p.n;
  Type partial = RankedTensorType::get({tile.splits, p.batch, p.m, p.n}, b.getF32Type());
  SmallVector<int64_t> operands; // arguments of the launch that each step takes
  auto place = [&](DictionaryAttr operand) {
    int64_t arg = operand.getAs<IntegerAttr>("arg").getInt();
    if (!llvm::is_contained(operands, arg))
      operands.push_back(arg);
    NamedAttrList list(operand);
    list.set("arg", b.getI64IntegerAttr(llvm::find(operands, arg) - operands.begin()));
    return list.getDictionary(func.getContext());
  };
  DictionaryAttr lhs = place(p.lhs), rhs = place(p.rhs);
  tileText.push_back(tile.splits);
  describe(lhs, rhs, operands.size());
  NamedAttrList first(library);
  int64_t wide = p.n % 4 == 0 ? 4 : 1;
  first.set("run", b.getI64IntegerAttr(wide));
  first.set("out_batch_stride", b.getI64IntegerAttr(p.m * p.n));
  first.set("out_row_stride", b.getI64IntegerAttr(p.n));
  auto typesOf = [&](ArrayRef<int64_t> arguments) {
    return llvm::map_to_vector(arguments, [&](int64_t a) { return func.getArgumentTypes()[a]; });
  };
  auto nameArguments = [&](func::FuncOp made, ArrayRef<int64_t> arguments, unsigned from) {
    for (auto [i, a] : llvm::enumerate(arguments))
      made.setArgAttr(from + i, "dlc.name", argumentName(func, a));
  };
  std::string splits = ", k in " + std::to_string(tile.splits) + " splits";
  {
    func::FuncOp made = part(func.getName(), typesOf(operands), {partial});
    nameArguments(made, operands, 0);
    made.setResultAttr(0, "dlc.name", b.getStringAttr("partial"));
    if (Attribute flops = func->getAttr("dlc.flops"))
      made->setAttr("dlc.flops", flops);
    int64_t moved = results * tile.splits * 4;
    for (int64_t a : operands)
      moved += cast<RankedTensorType>(func.getArgumentTypes()[a]).getNumElements() * bytes;
    made->setAttr("dlc.bytes", b.getI64IntegerAttr(moved));
    KernelBuilder k(module, made);
    gpu::GPUFuncOp kernel = finishKernel(k, blocks, tile.threads(), tile.sharedBytes(bytes), how + splits);
    kernel->setAttr("dlc.library", first.getDictionary(func.getContext()));
    kernel->setAttr("dlc.workspace", b.getDenseI64ArrayAttr({results * tile.splits * 4}));
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
  made->setAttr("dlc.flops", b.getI64IntegerAttr(results * tile.splits));
  made->setAttr("dlc.bytes", b.getI64IntegerAttr(moved));
  KernelBuilder k(module, made);
  constexpr int64_t threads = 256;
  gpu::GPUFuncOp kernel =
      finishKernel(k, llvm::divideCeil(results / run, threads), threads, 0,
                   "the sums of " + Twine(tile.splits) + " splits in order, " + Twine(threads) + " threads");
  made->erase();
  SmallVector<NamedAttribute> sums = sizes(p, "tensor_" + p.header.str(), run);
  sums.append({attr("splits", tile.splits), attr("out", 1 + int64_t(read.size()))});
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

} // namespace

LogicalResult scheduleContraction(gpu::GPUModuleOp module, func::FuncOp func) {
  return ContractionScheduler(module, func).run();
}

} // namespace dlc::cuda
