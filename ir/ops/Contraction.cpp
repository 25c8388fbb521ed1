// Shapes, terms and gradients of sums of products.
#include "ir/Build.h"
#include "ir/Dims.h"
#include "ir/IndexMath.h"
#include "ir/Scalar.h"
#include "ir/Symbols.h"
#include "ir/ops/ConvPhases.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

SmallVector<int64_t> freeDims(int64_t rank, ArrayRef<int64_t> batch, ArrayRef<int64_t> contracting) {
  SmallVector<int64_t> used(batch);
  llvm::append_range(used, contracting);
  return otherDims(rank, used);
}
/// Products of a contraction, symbols in the middle of what they may be.
int64_t typicalFlops(ContractionOpInterface op) {
  AffineExpr all =
      product(elementCount(op->getResult(0).getType()), product(op.getContext(), op.getReductionExtents()));
  return SymbolRanges(op).typical(all);
}
/// The orders that bring [N, C, spatial..] to [N, spatial.., C] and back.
struct ChannelOrders {
  SmallVector<int64_t> toLast = {0}, toFirst;
  explicit ChannelOrders(int64_t rank) : toFirst({0, rank - 1}) {
    for (int64_t i = 2; i < rank; ++i) {
      toLast.push_back(i);
      toFirst.push_back(i - 1);
    }
    toLast.push_back(1);
  }
};
} // namespace

//===--- dot_general --------------------------------------------------------------------------------------------===//

SmallVector<int64_t> DotGeneralOp::getLhsFree() {
  return freeDims(typeOf(getLhs()).getRank(), getLhsBatch(), getLhsContracting());
}
SmallVector<int64_t> DotGeneralOp::getRhsFree() {
  return freeDims(typeOf(getRhs()).getRank(), getRhsBatch(), getRhsContracting());
}

LogicalResult DotGeneralOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  auto lhs = typeOf(adaptor.getLhs()), rhs = typeOf(adaptor.getRhs());
  auto lhsDims = getDims(lhs), rhsDims = getDims(rhs);
  if (lhs.getElementType() != rhs.getElementType())
    return shapeError(loc, "dot_general", "element types differ: " + describe(lhs) + " and " + describe(rhs));
  auto check = [&](ArrayRef<int64_t> l, ArrayRef<int64_t> r, StringRef what) -> LogicalResult {
    if (l.size() != r.size())
      return shapeError(loc, "dot_general",
                        what + " dimensions: " + Twine(l.size()) + " of lhs, " + Twine(r.size()) + " of rhs");
    for (auto [i, j] : llvm::zip_equal(l, r)) {
      if (i < 0 || i >= lhs.getRank() || j < 0 || j >= rhs.getRank())
        return shapeError(loc, "dot_general",
                          what + " dimension " + Twine(i) + " x " + Twine(j) + " is not there in " + describe(lhs) +
                              " and " + describe(rhs));
      if (lhsDims[i] != rhsDims[j])
        return shapeError(loc, "dot_general",
                          what + " dimension " + Twine(i) + " of lhs " + describe(lhs) + " differs from dimension " +
                              Twine(j) + " of rhs " + describe(rhs));
    }
    return success();
  };
  if (failed(check(adaptor.getLhsBatch(), adaptor.getRhsBatch(), "batch")) ||
      failed(check(adaptor.getLhsContracting(), adaptor.getRhsContracting(), "contracting")))
    return failure();
  SmallVector<AffineExpr> dims;
  for (int64_t d : adaptor.getLhsBatch())
    dims.push_back(lhsDims[d]);
  for (int64_t d : freeDims(lhs.getRank(), adaptor.getLhsBatch(), adaptor.getLhsContracting()))
    dims.push_back(lhsDims[d]);
  for (int64_t d : freeDims(rhs.getRank(), adaptor.getRhsBatch(), adaptor.getRhsContracting()))
    dims.push_back(rhsDims[d]);
  types.push_back(getTensorType(context, dims, lhs.getElementType()));
  return success();
}

SmallVector<AffineExpr> DotGeneralOp::getReductionExtents() {
  auto dims = getDims(getLhs().getType());
  return llvm::map_to_vector(getLhsContracting(), [&](int64_t d) { return dims[d]; });
}
Value DotGeneralOp::buildTerm(OpBuilder &b, Location loc, Index index, Index reduced, ReadFn read) {
  SmallVector<OpFoldResult> l(typeOf(getLhs()).getRank()), r(typeOf(getRhs()).getRank());
  auto place = [&](MutableArrayRef<OpFoldResult> at, ArrayRef<int64_t> dims, Index from) {
    for (auto [d, i] : llvm::zip_equal(dims, from))
      at[d] = i;
  };
  size_t batch = getLhsBatch().size(), lhsFree = getLhsFree().size();
  place(l, getLhsBatch(), index.take_front(batch));
  place(r, getRhsBatch(), index.take_front(batch));
  place(l, getLhsFree(), index.slice(batch, lhsFree));
  place(r, getRhsFree(), index.drop_front(batch + lhsFree));
  place(l, getLhsContracting(), reduced);
  place(r, getRhsContracting(), reduced);
  return Scalar(b, loc, getType()).mul(read(0, l), read(1, r));
}
bool DotGeneralOp::storesInOrder(ArrayRef<int64_t> perm) {
  int64_t rank = getType().getRank();
  auto sizes = getDims(getType());
  SmallVector<AffineExpr> stride(rank);
  AffineExpr step = getAffineConstantExpr(1, getContext());
  for (int64_t i = rank - 1; i >= 0; --i) {
    stride[perm[i]] = step;
    step = product(step, sizes[perm[i]]);
  }
  // Neighbours of one part of the result, as far as they are wider than 1, must lie as they did.
  auto even = [&](int64_t begin, int64_t end, bool whole) {
    AffineExpr next; // what the next dimension outwards must step over; null: anything
    if (whole)
      next = getAffineConstantExpr(1, getContext());
    for (int64_t d = end - 1; d >= begin; --d) {
      if (getType().getDimSize(d) == 1)
        continue;
      if (next && stride[d] != next)
        return false;
      next = product(stride[d], sizes[d]);
    }
    return true;
  };
  int64_t batch = getLhsBatch().size(), rows = batch + static_cast<int64_t>(getLhsFree().size());
  // Products of a batch may each lie anywhere, as far as kernels count.
  constexpr int64_t most = 4;
  return batch <= most && even(batch, rows, false) && even(rows, rank, true);
}
std::optional<std::pair<unsigned, int64_t>> DotGeneralOp::getOperandDim(int64_t dim) {
  int64_t batch = getLhsBatch().size(), lhsFree = getLhsFree().size();
  if (dim < batch)
    return std::nullopt;
  if (dim < batch + lhsFree)
    return std::pair(0u, getLhsFree()[dim - batch]);
  return std::pair(1u, getRhsFree()[dim - batch - lhsFree]);
}
std::optional<int64_t> DotGeneralOp::getSummedWith(unsigned operand, int64_t dim) {
  auto own = operand == 0 ? getLhsContracting() : getRhsContracting();
  auto other = operand == 0 ? getRhsContracting() : getLhsContracting();
  for (auto [a, b] : llvm::zip_equal(own, other))
    if (a == dim)
      return b;
  return std::nullopt;
}
int64_t DotGeneralOp::getFlops() { return 2 * typicalFlops(*this); }

void DotGeneralOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  Ops o(b, loc);
  int64_t batch = getLhsBatch().size(), lhsFree = getLhsFree().size(), rhsFree = getRhsFree().size();
  auto range = [](int64_t from, int64_t count) { return llvm::to_vector(llvm::seq(from, from + count)); };
  // d(own) = g . other over other's free dimensions: [batch, own's free, other's contracting], then put in own's order.
  auto gradient = [&](Value other, ArrayRef<int64_t> otherBatch, ArrayRef<int64_t> otherFree,
                      ArrayRef<int64_t> otherContracting, int64_t gOther, ArrayRef<int64_t> ownBatch,
                      ArrayRef<int64_t> ownFree, ArrayRef<int64_t> ownContracting) {
    Value product = o.dot(grads[0], other, range(0, batch), otherBatch, range(gOther, otherFree.size()), otherFree);
    SmallVector<int64_t> sorted(otherContracting), perm(ownBatch.size() + ownFree.size() + ownContracting.size());
    llvm::sort(sorted);
    for (auto [i, d] : llvm::enumerate(ownBatch))
      perm[d] = i;
    for (auto [i, d] : llvm::enumerate(ownFree))
      perm[d] = batch + i;
    for (auto [i, d] : llvm::enumerate(ownContracting))
      perm[d] = batch + ownFree.size() + (llvm::find(sorted, otherContracting[i]) - sorted.begin());
    return o.transpose(product, perm);
  };
  operandGrads[0] = gradient(getRhs(), getRhsBatch(), getRhsFree(), getRhsContracting(), batch + lhsFree, getLhsBatch(),
                             getLhsFree(), getLhsContracting());
  operandGrads[1] = gradient(getLhs(), getLhsBatch(), getLhsFree(), getLhsContracting(), batch, getRhsBatch(),
                             getRhsFree(), getRhsContracting());
  (void)rhsFree;
}

//===--- conv ---------------------------------------------------------------------------------------------------===//

LogicalResult ConvOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  auto input = typeOf(adaptor.getInput()), weight = typeOf(adaptor.getWeight());
  int64_t rank = input.getRank(), spatial = rank - 2;
  if (rank < 2 || weight.getRank() != rank)
    return shapeError(loc, "conv",
                      "input " + describe(input) + " and weight " + describe(weight) +
                          " must have equal rank, at least 2");
  if (input.getElementType() != weight.getElementType())
    return shapeError(loc, "conv", "element types differ: " + describe(input) + " and " + describe(weight));
  for (auto [what, entries] : {std::pair<StringRef, ArrayRef<int64_t>>("strides", adaptor.getStrides()),
                               {"low", adaptor.getLow()},
                               {"high", adaptor.getHigh()},
                               {"lhs_dilation", adaptor.getLhsDilation()},
                               {"rhs_dilation", adaptor.getRhsDilation()}})
    if (static_cast<int64_t>(entries.size()) != spatial)
      return shapeError(loc, "conv",
                        what + " has " + Twine(entries.size()) + " entries for " + Twine(spatial) +
                            " spatial dimensions");
  bool last = adaptor.getChannelsLast();
  int64_t channelDim = last ? rank - 1 : 1, firstSpatial = last ? 1 : 2, groups = adaptor.getGroups();
  auto inputDims = getDims(input), weightDims = getDims(weight);
  if (groups < 1)
    return shapeError(loc, "conv", "groups is " + Twine(groups));
  constexpr int64_t most = int64_t{1} << 31;
  if (groups > most)
    return shapeError(loc, "conv", "groups is " + Twine(groups) + ", more than 2^31");
  if (auto channels = dyn_cast<AffineConstantExpr>(weightDims[channelDim]); channels && channels.getValue() > most)
    return shapeError(loc, "conv", "weight " + describe(weight) + " has more than 2^31 channels");
  if (weightDims[channelDim] * groups != inputDims[channelDim])
    return shapeError(loc, "conv",
                      "weight " + describe(weight) + " in " + Twine(groups) + " groups wants " +
                          describe(weightDims[channelDim] * groups) + " input channels, but the input " +
                          describe(input) + " has " + describe(inputDims[channelDim]));
  if (weight.getDimSize(0) % groups != 0)
    return shapeError(loc, "conv",
                      Twine(weight.getDimSize(0)) + " output channels do not divide into " + Twine(groups) + " groups");
  SmallVector<AffineExpr> dims(rank);
  dims[0] = inputDims[0];
  dims[channelDim] = weightDims[0];
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t window = weight.getDimSize(firstSpatial + i), stride = adaptor.getStrides()[i],
            lhs = adaptor.getLhsDilation()[i], rhs = adaptor.getRhsDilation()[i];
    if (stride < 1 || lhs < 1 || rhs < 1)
      return shapeError(loc, "conv", "strides and dilations must be at least 1");
    auto large = [](int64_t n) { return n > most || n < -most; };
    if (large(stride) || large(lhs) || large(rhs) || large(adaptor.getLow()[i]) || large(adaptor.getHigh()[i]) ||
        large(window))
      return shapeError(loc, "conv",
                        "a window of " + describe(weight) +
                            " that is not known, or strides, dilations or padding beyond 2^31");
    AffineExpr in = inputDims[firstSpatial + i];
    AffineExpr spread = lhs == 1 ? in : (in - 1) * lhs + 1;
    AffineExpr size =
        (spread + (adaptor.getLow()[i] + adaptor.getHigh()[i] - (rhs * (window - 1) + 1))).floorDiv(stride) + 1;
    if (auto constant = dyn_cast<AffineConstantExpr>(size); constant && constant.getValue() < 0)
      return shapeError(loc, "conv",
                        "spatial dimension " + Twine(i) + " of " + describe(input) + " is smaller than the window of " +
                            describe(weight));
    dims[firstSpatial + i] = size;
  }
  types.push_back(getTensorType(context, dims, input.getElementType()));
  return success();
}

SmallVector<AffineExpr> ConvOp::getReductionExtents() {
  auto weight = getDims(getWeight().getType());
  SmallVector<AffineExpr> extents = {weight[getWeightChannelDim()]};
  llvm::append_range(extents, ArrayRef(weight).slice(getWindowDim(), weight.size() - 2));
  return extents;
}
Value ConvOp::buildTerm(OpBuilder &b, Location loc, Index index, Index reduced, ReadFn read) {
  IndexMath m(b, loc);
  auto input = typeOf(getInput()), weight = typeOf(getWeight());
  auto inputSizes = getDims(input), sizes = getDims(getType());
  int64_t channel = getChannelDim(), spatial = getSpatialDim(), groupIn = weight.getDimSize(getWeightChannelDim()),
          groupOut = weight.getDimSize(0) / static_cast<int64_t>(getGroups());
  SmallVector<OpFoldResult> in(input.getRank()), w(weight.getRank());
  in[0] = index[0];
  w[0] = index[channel];
  w[getWeightChannelDim()] = reduced[0];
  in[channel] =
      getGroups() == 1 ? reduced[0] : m.add(m.mulConstant(m.floorDiv(index[channel], groupOut), groupIn), reduced[0]);
  Value inside;
  for (int64_t i = 0; i < input.getRank() - 2; ++i) {
    auto p =
        windowPosition(m, index[spatial + i], sizes[spatial + i], reduced[1 + i], weight.getDimSize(getWindowDim() + i),
                       getStrides()[i], getRhsDilation()[i], getLow()[i], inputSizes[spatial + i], getLhsDilation()[i]);
    in[spatial + i] = p.index;
    w[getWindowDim() + i] = reduced[1 + i];
    inside = m.both(inside, p.inside);
  }
  Scalar s(b, loc, getType());
  Type compute = Scalar::computeType(getType().getElementType());
  Value x = guarded(b, loc, inside, [&] { return read(0, in); }, [&] { return s.constantOf(compute, 0); });
  return s.mul(x, read(1, w));
}
Value ConvOp::buildChannelsLast(OpBuilder &b, Location loc) {
  int64_t rank = getType().getRank();
  if (getChannelsLast() || rank < 3)
    return {};
  auto [toLast, toFirst] = ChannelOrders(rank);
  Ops o(b, loc);
  Value input = o.transpose(getInput(), toLast);
  if (worksInPhases(*this))
    return o.transpose(buildPhases(*this, b, loc, input), toFirst);
  auto conv = ConvOp::create(b, loc, input, o.transpose(getWeight(), toLast), getStrides(), getLow(), getHigh(),
                             getLhsDilation(), getRhsDilation(), getGroups(), true);
  return o.transpose(conv.getResult(), toFirst);
}
std::optional<std::pair<unsigned, int64_t>> ConvOp::getOperandDim(int64_t dim) {
  if (dim == 0)
    return std::pair(0u, int64_t(0));
  if (dim == getChannelDim())
    return std::pair(1u, int64_t(0));
  return std::nullopt;
}
std::optional<int64_t> ConvOp::getSummedWith(unsigned, int64_t) { return std::nullopt; }
int64_t ConvOp::getFlops() { return 2 * typicalFlops(*this); }

void ConvOp::buildVjp(OpBuilder &b, Location loc, ValueRange grads, SmallVectorImpl<Value> &operandGrads) {
  if (!grads[0])
    return;
  Ops o(b, loc);
  auto input = typeOf(getInput());
  int64_t rank = input.getRank(), spatial = rank - 2, groups = static_cast<int64_t>(getGroups());
  Type element = input.getElementType();
  // Written channels first; transposes bring channels-last operands there and back, and cancel where they meet.
  ChannelOrders orders(rank);
  auto first = [&](Value v) { return getChannelsLast() ? o.transpose(v, orders.toFirst) : v; };
  auto back = [&](Value v) { return getChannelsLast() ? o.transpose(v, orders.toLast) : v; };
  Value x = first(getInput()), w = first(getWeight()), g = first(grads[0]);
  auto xs = typeOf(x).getShape(), ws = typeOf(w).getShape(), gs = typeOf(g).getShape();
  int64_t groupIn = ws[1], groupOut = ws[0] / groups;
  auto tensor = [&](ArrayRef<int64_t> head, ArrayRef<int64_t> shape) {
    SmallVector<int64_t> all(head);
    llvm::append_range(all, shape.drop_front(2));
    return RankedTensorType::get(all, element);
  };
  auto swapped = [&](int64_t extra) { // [G, a, b, ..] -> [G, b, a, ..]
    SmallVector<int64_t> perm = {0, 2, 1};
    for (int64_t i = 0; i < extra; ++i)
      perm.push_back(3 + i);
    return perm;
  };

  // Of the input: the gradient, spread by the strides, convolved with the turned window, input and output swapped.
  SmallVector<int64_t> start(rank, 0), step(rank, 1), low, high;
  for (int64_t i = 0; i < spatial; ++i) {
    start[2 + i] = ws[2 + i] - 1;
    step[2 + i] = -1;
    int64_t reach = getRhsDilation()[i] * (ws[2 + i] - 1);
    low.push_back(reach - getLow()[i]);
    int64_t spread = (gs[2 + i] - 1) * getStrides()[i] + 1, wanted = (xs[2 + i] - 1) * getLhsDilation()[i] + 1;
    high.push_back(wanted - spread - low.back() + reach);
  }
  Value turned = SliceOp::create(b, loc, w.getType(), w, start, step).getResult();
  turned = o.reshape(turned, tensor({groups, groupOut, groupIn}, ws));
  turned = o.reshape(o.transpose(turned, swapped(spatial)), tensor({groups * groupIn, groupOut}, ws));
  // Only every lhs_dilation-th position is an element of the input: that is a stride.
  Value dx =
      ConvOp::create(b, loc, g, turned, getLhsDilation(), low, high, getStrides(), getRhsDilation(), groups, false)
          .getResult();
  operandGrads[0] = back(dx);

  operandGrads[1] = back(ConvWeightGradientOp::create(b, loc, x, g, ws.drop_front(2), getStrides(), getLow(),
                                                      getLhsDilation(), getRhsDilation(), groups)
                             .getResult());
}

//===--- conv_weight_gradient -----------------------------------------------------------------------------------===//

LogicalResult ConvWeightGradientOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                                     SmallVectorImpl<Type> &types) {
  constexpr StringRef name = "conv_weight_gradient";
  auto input = typeOf(adaptor.getInput()), gradient = typeOf(adaptor.getGradient());
  int64_t rank = input.getRank(), groups = adaptor.getGroups();
  if (rank < 2 || gradient.getRank() != rank || input.getElementType() != gradient.getElementType())
    return shapeError(loc, name,
                      "input " + describe(input) + " and gradient " + describe(gradient) +
                          " must have one element type and equal rank, at least 2");
  constexpr int64_t most = int64_t{1} << 31;
  for (auto [what, entries, least] :
       {std::tuple<StringRef, ArrayRef<int64_t>, int64_t>("window", adaptor.getWindow(), 0),
        {"strides", adaptor.getStrides(), 1},
        {"low", adaptor.getLow(), -most},
        {"lhs_dilation", adaptor.getLhsDilation(), 1},
        {"rhs_dilation", adaptor.getRhsDilation(), 1}}) {
    if (static_cast<int64_t>(entries.size()) != rank - 2)
      return shapeError(loc, name,
                        what + " has " + Twine(entries.size()) + " entries for " + Twine(rank - 2) +
                            " spatial dimensions");
    for (int64_t entry : entries)
      if (entry < least || entry > most)
        return shapeError(loc, name, what + " of " + Twine(entry) + ", expected " + Twine(least) + " to 2^31");
  }
  auto inputDims = getDims(input), gradientDims = getDims(gradient);
  int64_t channel = adaptor.getChannelsLast() ? rank - 1 : 1;
  if (inputDims[0] != gradientDims[0])
    return shapeError(loc, name, "batches differ: " + describe(input) + " and " + describe(gradient));
  if (groups < 1 || groups > most || input.isDynamicDim(channel) || gradient.isDynamicDim(channel) ||
      input.getDimSize(channel) % groups || gradient.getDimSize(channel) % groups)
    return shapeError(loc, name,
                      "channels of input " + describe(input) + " and gradient " + describe(gradient) +
                          " do not divide into " + Twine(groups) + " groups");
  SmallVector<int64_t> shape = {gradient.getDimSize(channel)};
  llvm::append_range(shape, adaptor.getWindow());
  shape.insert(shape.begin() + channel, input.getDimSize(channel) / groups);
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

SmallVector<AffineExpr> ConvWeightGradientOp::getReductionExtents() {
  auto dims = getDims(getGradient().getType());
  SmallVector<AffineExpr> extents = {dims[0]};
  llvm::append_range(extents, ArrayRef(dims).slice(getSpatialDim(), dims.size() - 2));
  return extents;
}
Value ConvWeightGradientOp::buildTerm(OpBuilder &b, Location loc, Index index, Index reduced, ReadFn read) {
  IndexMath m(b, loc);
  auto inputSizes = getDims(getInput().getType()), sizes = getDims(getGradient().getType());
  int64_t channel = getChannelDim(), spatial = getSpatialDim(), groupIn = getType().getDimSize(channel),
          groupOut = getType().getDimSize(0) / static_cast<int64_t>(getGroups());
  SmallVector<OpFoldResult> in(inputSizes.size()), g(sizes.size());
  in[0] = g[0] = reduced[0];
  in[channel] = index[channel];
  g[channel] = index[0];
  if (getGroups() > 1)
    in[channel] = m.add(m.mulConstant(m.floorDiv(index[0], groupOut), groupIn), index[channel]);
  Value inside;
  for (int64_t i = 0; i < getType().getRank() - 2; ++i) {
    auto p = windowPosition(m, reduced[1 + i], sizes[spatial + i], index[spatial + i], getWindow()[i], getStrides()[i],
                            getRhsDilation()[i], getLow()[i], inputSizes[spatial + i], getLhsDilation()[i]);
    in[spatial + i] = p.index;
    g[spatial + i] = reduced[1 + i];
    inside = m.both(inside, p.inside);
  }
  Scalar s(b, loc, getType());
  Type compute = Scalar::computeType(getType().getElementType());
  Value x = guarded(b, loc, inside, [&] { return read(0, in); }, [&] { return s.constantOf(compute, 0); });
  return s.mul(x, read(1, g));
}
std::optional<std::pair<unsigned, int64_t>> ConvWeightGradientOp::getOperandDim(int64_t dim) {
  return dim == 0 ? std::optional(std::pair(1u, getChannelDim())) : std::nullopt;
}
std::optional<int64_t> ConvWeightGradientOp::getSummedWith(unsigned, int64_t) { return std::nullopt; }
int64_t ConvWeightGradientOp::getFlops() { return 2 * typicalFlops(*this); }
Value ConvWeightGradientOp::buildChannelsLast(OpBuilder &b, Location loc) {
  int64_t rank = getType().getRank();
  if (getChannelsLast() || rank < 3)
    return {};
  auto [toLast, toFirst] = ChannelOrders(rank);
  Ops o(b, loc);
  Value x = o.transpose(getInput(), toLast), g = o.transpose(getGradient(), toLast);
  // A spread input meets every lhs_dilation-th element of the gradient. The other way round, that is a convolution's
  // gradient again, with strides and a window that is turned, and nothing is multiplied with zeros.
  auto one = [](int64_t v) { return v == 1; };
  SmallVector<int64_t> low, start(rank, 0), step(rank, 1), swapped = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  for (int64_t i = 0; i < rank - 2; ++i) {
    low.push_back((getWindow()[i] - 1) * getRhsDilation()[i] - getLow()[i]);
    start[1 + i] = getWindow()[i] - 1;
    step[1 + i] = -1;
  }
  if (getGroups() == 1 && llvm::all_of(getStrides(), one) && !llvm::all_of(getLhsDilation(), one) &&
      llvm::all_of(low, [](int64_t v) { return v >= 0; })) {
    std::swap(swapped.front(), swapped.back());
    auto turned = ConvWeightGradientOp::create(b, loc, g, x, getWindow(), getLhsDilation(), low, getStrides(),
                                               getRhsDilation(), 1, true);
    Value dw = SliceOp::create(b, loc, turned.getType(), turned, start, step).getResult();
    return o.transpose(o.transpose(dw, swapped), toFirst);
  }
  auto last = ConvWeightGradientOp::create(b, loc, x, g, getWindow(), getStrides(), getLow(), getLhsDilation(),
                                           getRhsDilation(), getGroups(), true);
  return o.transpose(last.getResult(), toFirst);
}

/// The input convolved with the gradient: batch takes the place of the channels.
SmallVector<Value> ConvWeightGradientOp::buildDecomposition(OpBuilder &b, Location loc) {
  Ops o(b, loc);
  ChannelOrders orders(getType().getRank());
  auto first = [&](Value v) { return getChannelsLast() ? o.transpose(v, orders.toFirst) : v; };
  Value x = first(getInput()), g = first(getGradient());
  auto xs = typeOf(x).getShape(), gs = typeOf(g).getShape();
  int64_t spatial = getType().getRank() - 2, groups = static_cast<int64_t>(getGroups()), groupIn = xs[1] / groups;
  auto tensor = [&](ArrayRef<int64_t> head) {
    SmallVector<int64_t> all(head);
    llvm::append_range(all, xs.drop_front(2));
    return RankedTensorType::get(all, typeOf(x).getElementType());
  };
  SmallVector<int64_t> low(getLow()), high;
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t window = (gs[2 + i] - 1) * getStrides()[i] + 1, in = (xs[2 + i] - 1) * getLhsDilation()[i] + 1;
    high.push_back((getWindow()[i] - 1) * getRhsDilation()[i] + window - in - getLow()[i]);
  }
  SmallVector<int64_t> inPerm = {2, 1, 0}, swapFirst = {1, 0}; // [N, G, Ci, ..] -> [Ci, G, N, ..]
  for (int64_t i = 0; i < spatial; ++i) {
    inPerm.push_back(3 + i);
    swapFirst.push_back(2 + i);
  }
  Value xt = o.reshape(x, tensor({xs[0], groups, groupIn}));
  xt = o.reshape(o.transpose(xt, inPerm), tensor({groupIn, groups * xs[0]}));
  Value gt = o.transpose(g, swapFirst); // [O, N, ..]
  Value dw = ConvOp::create(b, loc, xt, gt, getRhsDilation(), low, high, getLhsDilation(), getStrides(), groups, false)
                 .getResult();
  dw = o.transpose(dw, swapFirst);
  return {getChannelsLast() ? o.transpose(dw, orders.toLast) : dw};
}

} // namespace dlc
