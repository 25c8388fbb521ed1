// Random ONNX operators. Philox: key is the node's seed, or 0, and the counter the node's number in the file, so that a
// compiled model gives the same numbers in every run and on every device.
#include "frontend/Types.h"
#include "frontend/onnx/NodeBuilder.h"
#include "frontend/onnx/Sizes.h"
#include "ir/Dropout.h"
#include <cmath>
#include <cstring>
#include <numbers>

namespace dlc {
namespace {
using N = NodeBuilder;

// Uniform in [0, 1); `draw` tells apart the numbers that one node needs.
Value uniform(N &n, ArrayRef<int64_t> shape, int64_t draw) {
  int64_t seed = 0;
  if (const auto *attr = findAttr(n.node, "seed"); attr && attr->type() == onnx::AttributeProto::INT) {
    seed = attr->i() + 1;
  } else if (attr) {
    float given = float(n.f("seed", 0));
    uint32_t bits;
    std::memcpy(&bits, &given, sizeof bits);
    seed = int64_t(bits) + 1;
  }
  auto type = RankedTensorType::get(shape, n.b.getF32Type());
  return RngUniformOp::create(n.b, n.loc, type, n.constantInts({seed, 0}), n.number() * 4 + draw).getResult();
}
// By Box and Muller.
Value normal(N &n, ArrayRef<int64_t> shape) {
  Value u = uniform(n, shape, 0), angle = n.times(uniform(n, shape, 1), 2 * std::numbers::pi);
  Value radius = n.o.sqrt(n.times(n.unary<Log1pOp>(n.o.neg(u)), -2));
  return n.o.mul(radius, n.o.cos(angle));
}

// Shape and element type of the result: attributes, or those of the operand.
LogicalResult resultType(N &n, bool like, SmallVectorImpl<int64_t> &shape, mlir::Type &element) {
  if (like) {
    shape.assign(n.shape(0).begin(), n.shape(0).end());
  } else {
    std::vector<int64_t> given = n.is("shape");
    shape.assign(given.begin(), given.end());
    if (!possibleShape(given, 8))
      return n.fail("a shape of " + shapeName(given));
  }
  int64_t dtype = n.i("dtype", 0);
  element = dtype ? elementType(n.b.getContext(), DType(dtype)) : like ? n.element(0) : mlir::Type(n.b.getF32Type());
  return element ? success() : n.unsupported("elements of type " + Twine(dtypeName(DType(dtype))));
}

template <bool like> LogicalResult randomUniform(N &n) {
  SmallVector<int64_t> shape;
  mlir::Type element;
  if (failed(resultType(n, like, shape, element)))
    return failure();
  double low = n.f("low", 0), high = n.f("high", 1);
  return n.set(n.cast(n.plus(n.times(uniform(n, shape, 0), high - low), low), element));
}
template <bool like> LogicalResult randomNormal(N &n) {
  SmallVector<int64_t> shape;
  mlir::Type element;
  if (failed(resultType(n, like, shape, element)))
    return failure();
  return n.set(n.cast(n.plus(n.times(normal(n, shape), n.f("scale", 1)), n.f("mean", 0)), element));
}
LogicalResult bernoulli(N &n) {
  SmallVector<int64_t> shape;
  mlir::Type element;
  if (failed(resultType(n, true, shape, element)))
    return failure();
  Value p = n.cast(n.in(0), n.b.getF32Type());
  return n.set(n.cast(n.compare(ComparePredicate::lt, uniform(n, shape, 0), p), element));
}
// The class whose log-probability and a number of Gumbel's distribution sum to the most.
LogicalResult multinomial(N &n) {
  int64_t samples = n.i("sample_size", 1);
  mlir::Type element = elementType(n.b.getContext(), DType(n.i("dtype", int64_t(DType::I32))));
  if (n.rank(0) != 2 || samples < 0 || n.shape(0)[1] < 1 || !element)
    return n.fail("wants log-probabilities of [batch, classes] and a number of samples");
  SmallVector<int64_t> shape = {n.shape(0)[0], samples, n.shape(0)[1]};
  if (!possibleShape({shape.begin(), shape.end()}, 8))
    return n.fail("a sample of " + shapeName({shape.begin(), shape.end()}));
  Value x = n.cast(n.in(0), n.b.getF32Type()), u = uniform(n, shape, 0);
  Value gumbel = n.o.neg(n.o.log(n.o.neg(n.o.log(u))));
  Value sum = n.o.add(gumbel, n.o.broadcast(x, {0, 2}, gumbel.getType()));
  return n.set(n.cast(ArgReduceOp::create(n.b, n.loc, ReduceKind::max, sum, 2).getIndex(), element));
}

/// In a forward model nothing, but a step of training made of it draws; with training_mode both do, as one operator
/// unless the mask is asked for.
LogicalResult dropout(N &n) {
  double training = 0, ratio = 0.5;
  if (n.has(2) && failed(n.number(2, "training_mode", training)))
    return failure();
  // Where only a run knows the ratio, a forward model does not need it.
  bool known = !n.has(1) || n.constant(1);
  if ((training || known) && n.has(1) && failed(n.number(1, "ratio", ratio)))
    return failure();
  if (known && !(ratio >= 0 && ratio < 1))
    return n.fail("a ratio of " + std::to_string(ratio) + "; expected 0 to 1");
  int64_t seed = findAttr(n.node, "seed") ? n.i("seed", 0) + 1 : 0;
  auto flags = tensorType(n.shape(0), n.b.getI1Type());
  bool drawn = training && ratio != 0;
  if (!drawn && n.wants(1) && failed(n.set(1, n.o.full(flags, 1))))
    return failure();
  if (!known || ratio == 0)
    return n.alias(0, 0);
  Value x = n.in(0);
  if (!drawn || !n.wants(1))
    return n.set(
        0,
        DropoutOp::create(n.b, n.loc, x.getType(), x, llvm::APFloat(ratio), seed, n.number() * 4, drawn).getResult());
  Value u = uniform(n, n.shape(0), 0), kept = n.compare(ComparePredicate::ge, u, n.o.like(u, ratio));
  Value y = n.o.select(kept, n.times(x, 1 / (1 - ratio)), n.o.like(x, 0));
  return failed(n.set(1, kept)) ? failure() : n.set(0, y);
}

const ImportRow rows[] = {
    {"Bernoulli", 1, bernoulli},
    {"Dropout", 1, dropout, OpenDims::any},
    {"Multinomial", 1, multinomial},
    {"RandomNormal", 0, randomNormal<false>},
    {"RandomNormalLike", 1, randomNormal<true>},
    {"RandomUniform", 0, randomUniform<false>},
    {"RandomUniformLike", 1, randomUniform<true>},
};
} // namespace

ArrayRef<ImportRow> randomRows() { return rows; }
} // namespace dlc
