// ONNX operators that are sums of products: Conv, ConvTranspose, MatMul, Gemm, Einsum.
#include "frontend/onnx/NodeBuilder.h"
#include "frontend/onnx/Sizes.h"
#include "frontend/onnx/Window.h"
#include <set>

namespace dlc {
using N = NodeBuilder;
namespace {

Value addBias(N &n, Value r, int index) { return n.has(index) ? n.o.add(r, n.o.along(n.in(index), 1, r)) : r; }
LogicalResult checkBias(N &n, int index, int64_t channels) {
  if (!n.has(index) || (n.rank(index) == 1 && n.shape(index)[0] == channels))
    return success();
  return n.fail("bias '" + n.name(index) + "' is " + shapeName(n.shape(index).vec()) + ", but there are " +
                Twine(channels) + " output channels");
}

} // namespace

LogicalResult convolution(N &n, Value &r) {
  int64_t groups = n.i("group", 1);
  if (n.rank(1) != n.rank(0))
    return n.fail("weight '" + n.name(1) + "' has rank " + Twine(n.rank(1)) + ", but '" + n.name(0) + "' has rank " +
                  Twine(n.rank(0)));
  if (n.element(0) != n.element(1))
    return n.fail("operand and weight differ in element type");
  Window w;
  if (failed(readWindow(n, n.shape(1).drop_front(2), w)))
    return failure();
  if (groups < 1 || n.shape(1)[0] % groups != 0)
    return n.fail(Twine(n.shape(1)[0]) + " output channels in " + Twine(groups) + " groups");
  int64_t channels = n.shape(0)[1], wanted = elementCount({n.shape(1)[1], groups}), out = n.shape(1)[0];
  if (channels != wanted) {
    std::vector<int64_t> fixed = n.shape(0).vec();
    fixed[1] = wanted;
    return n.fail("weight " + shapeName(n.shape(1).vec()) + " wants " + Twine(wanted) + " input channels, but '" +
                  n.name(0) + "' has " + Twine(channels) + "; pass --shape " + n.name(0) + "=" + shapeName(fixed) +
                  " or check its layout");
  }
  if (failed(checkBias(n, 2, out)))
    return failure();
  SmallVector<int64_t> none(w.size.size(), 1);
  r = ConvOp::create(n.b, n.loc, n.in(0), n.in(1), w.strides, w.low, w.high, none, w.dilations, groups, false)
          .getResult();
  r = addBias(n, r, 2);
  return success();
}

namespace {
LogicalResult conv(N &n) {
  Value r;
  return failed(convolution(n, r)) ? failure() : n.set(r);
}

// A convolution over the operand spread out by the strides, with the window turned around.
LogicalResult convTranspose(N &n) {
  int64_t rank = n.rank(0) - 2, groups = n.i("group", 1);
  if (rank < 1 || n.rank(1) != n.rank(0))
    return n.fail("wants an operand of rank 3 or more and a weight of the same rank");
  if (n.shape(0)[1] != n.shape(1)[0] || groups < 1 || n.shape(1)[0] % groups != 0)
    return n.fail("weight " + shapeName(n.shape(1).vec()) + " wants " + Twine(n.shape(1)[0]) +
                  " input channels, but '" + n.name(0) + "' has " + Twine(n.shape(0)[1]));
  int64_t perGroup = n.shape(1)[1], out = elementCount({perGroup, groups});
  if (failed(checkBias(n, 2, out)))
    return failure();
  auto list = [&](StringRef name, int64_t otherwise) {
    auto values = n.is(name);
    return values.empty() ? std::vector<int64_t>(rank, otherwise) : values;
  };
  auto strides = list("strides", 1), dilations = list("dilations", 1), extra = list("output_padding", 0);
  auto pads = n.is("pads"), wanted = n.is("output_shape");
  std::string automatic = n.s("auto_pad", "NOTSET");
  if (int64_t(wanted.size()) == rank + 2)
    wanted.erase(wanted.begin(), wanted.begin() + 2);
  if (int64_t(strides.size()) != rank || int64_t(dilations.size()) != rank || int64_t(extra.size()) != rank ||
      (!pads.empty() && int64_t(pads.size()) != 2 * rank) || (!wanted.empty() && int64_t(wanted.size()) != rank))
    return n.fail("strides, dilations, pads or output_shape do not match the " + Twine(rank) + " spatial dimensions");
  for (int64_t d = 0; d < rank; ++d)
    for (int64_t value : {strides[d], dilations[d], extra[d] + 1, n.shape(0)[d + 2] + 1, n.shape(1)[d + 2] + 1})
      if (value < 1 || value > INT32_MAX)
        return n.fail("strides and dilations must be positive, and all sizes below 2^31");
  SmallVector<int64_t> low, high;
  for (int64_t d = 0; d < rank; ++d) {
    int64_t in = n.shape(0)[d + 2], reach = (n.shape(1)[d + 2] - 1) * dilations[d];
    int64_t begin = pads.empty() ? 0 : pads[d], end = pads.empty() ? 0 : pads[d + rank];
    bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
    if (!wanted.empty() || same) {
      int64_t size = wanted.empty() ? in * strides[d] : wanted[d];
      int64_t total = strides[d] * (in - 1) + extra[d] + reach + 1 - size;
      begin = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
      end = total - begin;
      if (total < 0 && !same)
        begin = 0, end = total; // a larger output is filled up at its end
    }
    low.push_back(reach - begin);
    high.push_back(reach - end + extra[d]);
  }
  // [C, O/g, k..] -> [g, C/g, O/g, k..] -> [g, O/g, C/g, k..] -> [O, C/g, k..], window reversed.
  Value w = n.in(1);
  SmallVector<int64_t> split = {groups, n.shape(1)[0] / groups, perGroup}, perm = {0, 2, 1};
  SmallVector<int64_t> joined = {out, n.shape(1)[0] / groups}, start(n.rank(1), 0), stride(n.rank(1), 1);
  for (int64_t d = 0; d < rank; ++d) {
    int64_t size = n.shape(1)[d + 2];
    split.push_back(size);
    joined.push_back(size);
    perm.push_back(d + 3);
    start[d + 2] = size - 1;
    stride[d + 2] = -1;
  }
  w = SliceOp::create(n.b, n.loc, w.getType(), w, start, stride);
  w = n.reshape(n.transpose(n.reshape(w, split), perm), joined);
  SmallVector<int64_t> ones(rank, 1);
  Value r = ConvOp::create(n.b, n.loc, n.in(0), w, ones, low, high, strides, dilations, groups, false).getResult();
  return n.set(addBias(n, r, 2));
}

} // namespace

// The last two dimensions multiply, those before broadcast.
LogicalResult matrixProduct(N &n, Value a, Value b, Value &r) {
  if (N::elementOf(a) != N::elementOf(b))
    return n.fail("operands differ in element type");
  if (N::rankOf(a) == 0 || N::rankOf(b) == 0)
    return n.fail("wants operands of rank 1 or more");
  bool row = N::rankOf(a) == 1, column = N::rankOf(b) == 1;
  if (N::shapeOf(a).back() != N::shapeOf(b)[column ? 0 : N::rankOf(b) - 2])
    return n.fail("operands " + shapeName(N::shapeOf(a).vec()) + " and " + shapeName(N::shapeOf(b).vec()) +
                  " do not multiply: " + Twine(N::shapeOf(a).back()) + " columns against " +
                  Twine(N::shapeOf(b)[column ? 0 : N::rankOf(b) - 2]) + " rows");
  // A vector or matrix on the right serves all rows of the left as they are.
  if (N::rankOf(b) <= 2 || row) {
    bool flat = N::rankOf(b) <= 2;
    if (flat) {
      r = n.o.dot(a, b, {}, {}, {N::rankOf(a) - 1}, {0});
      return success();
    }
    a = n.reshape(a, {1, N::shapeOf(a)[0]});
  }
  auto lead = broadcastShapes(N::shapeOf(a).drop_back(2).vec(), N::shapeOf(b).drop_back(2).vec());
  if (!lead)
    return n.fail("the leading dimensions of the operands do not broadcast together");
  auto widen = [&](Value v) {
    SmallVector<int64_t> shape(lead->begin(), lead->end());
    llvm::append_range(shape, N::shapeOf(v).take_back(2));
    return n.to(v, shape);
  };
  a = widen(a);
  b = widen(b);
  int64_t rank = N::rankOf(a);
  SmallVector<int64_t> batch;
  for (int64_t d = 0; d < rank - 2; ++d)
    batch.push_back(d);
  r = n.o.dot(a, b, batch, batch, {rank - 1}, {rank - 2});
  if (row) {
    SmallVector<int64_t> shape(N::shapeOf(r));
    shape.erase(shape.end() - 2);
    r = n.reshape(r, shape);
  }
  return success();
}

namespace {
LogicalResult matMul(N &n) {
  Value r;
  return failed(matrixProduct(n, n.in(0), n.in(1), r)) ? failure() : n.set(r);
}

LogicalResult matMulInteger(N &n) {
  auto widened = [&](int operand, int zero) {
    Value v = n.cast(n.in(operand), n.b.getI32Type());
    if (!n.has(zero))
      return v;
    Value point = n.cast(n.in(zero), n.b.getI32Type());
    // One zero point a row of the left operand, a column of the right one.
    if (N::rankOf(point) == 1 && N::shapeOf(point)[0] != 1 && operand == 0)
      point = n.reshape(point, {N::shapeOf(point)[0], 1});
    return n.o.sub(v, n.to(point, N::shapeOf(v)));
  };
  Value r;
  return failed(matrixProduct(n, widened(0, 2), widened(1, 3), r)) ? failure() : n.set(r);
}

} // namespace

LogicalResult generalProduct(N &n, Value &r) {
  if (n.rank(0) != 2 || n.rank(1) != 2)
    return n.fail("wants matrices, but the operands have ranks " + Twine(n.rank(0)) + " and " + Twine(n.rank(1)));
  int64_t k0 = n.i("transA", 0) ? 0 : 1, k1 = n.i("transB", 0) ? 1 : 0;
  if (n.shape(0)[k0] != n.shape(1)[k1])
    return n.fail("operands " + shapeName(n.shape(0).vec()) + " and " + shapeName(n.shape(1).vec()) +
                  " do not multiply: " + Twine(n.shape(0)[k0]) + " against " + Twine(n.shape(1)[k1]));
  if (n.element(0) != n.element(1))
    return n.fail("operands differ in element type");
  r = n.o.dot(n.in(0), n.in(1), {}, {}, {k0}, {k1});
  if (double alpha = n.f("alpha", 1); alpha != 1)
    r = n.times(r, alpha);
  double beta = n.f("beta", 1);
  if (n.has(2) && beta != 0) {
    auto shape = broadcastShapes(n.shape(2).vec(), N::shapeOf(r).vec());
    if (!shape || ArrayRef<int64_t>(*shape) != N::shapeOf(r))
      return n.fail("'" + n.name(2) + "' of shape " + shapeName(n.shape(2).vec()) + " does not broadcast to " +
                    shapeName(N::shapeOf(r).vec()));
    Value c = n.in(2);
    r = n.o.add(r, n.to(beta == 1 ? c : n.times(c, beta), N::shapeOf(r)));
  }
  return success();
}

namespace {
LogicalResult gemm(N &n) {
  Value r;
  return failed(generalProduct(n, r)) ? failure() : n.set(r);
}

//===--- Einsum -------------------------------------------------------------------------------------------------===//

// An operand with one letter a dimension.
struct Labelled {
  Value value;
  std::string labels;
};

// x[i, i] -> x[i], by a mask and a sum.
Labelled diagonal(N &n, Labelled x) {
  for (size_t a = 0; a < x.labels.size(); ++a) {
    size_t b = x.labels.find(x.labels[a], a + 1);
    if (b == std::string::npos)
      continue;
    auto type = tensorType(N::shapeOf(x.value), n.b.getI64Type());
    Value on = n.compare(ComparePredicate::eq, n.o.iota(int64_t(a), type), n.o.iota(int64_t(b), type));
    x.value = n.o.sum(n.o.select(on, x.value, n.o.like(x.value, 0)), {int64_t(b)});
    x.labels.erase(b, 1);
    --a;
  }
  return x;
}
Labelled sumAway(N &n, Labelled x, const std::string &kept) {
  SmallVector<int64_t> dims;
  std::string left;
  for (size_t d = 0; d < x.labels.size(); ++d)
    if (kept.find(x.labels[d]) == std::string::npos)
      dims.push_back(int64_t(d));
    else
      left += x.labels[d];
  return {dims.empty() ? x.value : n.o.sum(x.value, dims), left};
}
Labelled multiply(N &n, Labelled x, Labelled y, const std::string &later) {
  SmallVector<int64_t> batchX, batchY, contractX, contractY;
  std::string labels, freeX, freeY;
  for (size_t d = 0; d < x.labels.size(); ++d) {
    size_t at = y.labels.find(x.labels[d]);
    if (at == std::string::npos) {
      freeX += x.labels[d];
    } else if (later.find(x.labels[d]) != std::string::npos) {
      batchX.push_back(int64_t(d));
      batchY.push_back(int64_t(at));
      labels += x.labels[d];
    } else {
      contractX.push_back(int64_t(d));
      contractY.push_back(int64_t(at));
    }
  }
  for (char c : y.labels)
    if (x.labels.find(c) == std::string::npos)
      freeY += c;
  return {n.o.dot(x.value, y.value, batchX, batchY, contractX, contractY), labels + freeX + freeY};
}

LogicalResult einsum(N &n) {
  std::string equation = n.s("equation", "");
  llvm::erase(equation, ' ');
  auto [left, right] = StringRef(equation).split("->");
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  if (int(terms.size()) != n.inputs())
    return n.fail("equation '" + equation + "' has " + Twine(terms.size()) + " terms for " + Twine(n.inputs()) +
                  " operands");
  // Letters for what the ellipsis stands for: upper-case ones from the end of the alphabet are rarely taken.
  int64_t dots = 0;
  for (auto [i, term] : llvm::enumerate(terms))
    if (term.contains("..."))
      dots = std::max(dots, n.rank(int(i)) - int64_t(term.size()) + 3);
  auto letters = [](int64_t count) {
    std::string text;
    for (int64_t i = 0; i < count; ++i)
      text += char(1 + i);
    std::reverse(text.begin(), text.end());
    return text;
  };
  auto spelled = [&](StringRef term, int64_t count) {
    size_t at = term.find("...");
    return at == StringRef::npos ? term.str() : (term.take_front(at) + letters(count) + term.drop_front(at + 3)).str();
  };
  SmallVector<Labelled> operands;
  std::map<char, int64_t> sizes;
  for (auto [i, term] : llvm::enumerate(terms)) {
    std::string labels = spelled(term, n.rank(int(i)) - int64_t(term.size()) + 3);
    if (int64_t(labels.size()) != n.rank(int(i)))
      return n.fail("term '" + term + "' for an operand of rank " + Twine(n.rank(int(i))));
    for (size_t d = 0; d < labels.size(); ++d) {
      int64_t size = n.shape(int(i))[d];
      auto [known, isNew] = sizes.emplace(labels[d], size);
      if (!isNew && known->second != size)
        return n.fail("'" + Twine(labels[d]) + "' is both " + Twine(known->second) + " and " + Twine(size));
    }
    operands.push_back(diagonal(n, {n.in(int(i)), labels}));
  }
  std::string wanted;
  if (StringRef(equation).contains("->")) {
    wanted = spelled(right, dots);
  } else {
    std::string all;
    for (StringRef term : terms)
      all += term;
    for (auto &[label, size] : sizes)
      if (label <= dots || llvm::count(all, label) == 1)
        wanted += label;
    std::string lead = letters(dots);
    wanted = lead + wanted.substr(size_t(dots));
  }
  Labelled r = operands[0];
  for (size_t i = 1; i < operands.size(); ++i) {
    std::string later = wanted;
    for (size_t j = i + 1; j < operands.size(); ++j)
      later += operands[j].labels;
    r = multiply(n, sumAway(n, r, later + operands[i].labels), sumAway(n, operands[i], later + r.labels), later);
  }
  r = sumAway(n, r, wanted);
  SmallVector<int64_t> perm;
  for (char label : wanted) {
    size_t at = r.labels.find(label);
    if (at == std::string::npos)
      return n.fail("'" + Twine(label) + "' stands on the right of '" + equation + "' only");
    perm.push_back(int64_t(at));
  }
  return n.set(n.transpose(r.value, perm));
}

const ImportRow rows[] = {
    {"Conv", 2, conv, OpenDims::any},     {"ConvTranspose", 2, convTranspose, OpenDims::leading},
    {"Einsum", 1, einsum, OpenDims::any}, {"Gemm", 2, gemm, OpenDims::any},
    {"MatMul", 2, matMul, OpenDims::any}, {"MatMulInteger", 2, matMulInteger, OpenDims::any},
};
} // namespace

ArrayRef<ImportRow> contractionRows() { return rows; }
} // namespace dlc
