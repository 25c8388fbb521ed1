#include "frontend/onnx/HostEval.h"
#include "frontend/onnx/Upgrade.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>
#include <set>
#include <string>
#include <unordered_map>

namespace dlc {
namespace {
using Node = onnx::NodeProto;
using Shape = std::vector<int64_t>;
using Inputs = std::vector<const Tensor *>;
using Outputs = std::vector<Tensor>;
using Evaluator = bool (*)(const Node &, const Inputs &, Outputs &);

std::vector<int64_t> ints(const Tensor &tensor) {
  std::vector<int64_t> values(tensor.elements());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = tensor.i64At(int64_t(i));
  return values;
}
bool present(const Inputs &in, size_t index) { return index < in.size() && in[index]; }
bool normalize(int64_t &axis, size_t rank) {
  if (axis < 0)
    axis += int64_t(rank);
  return axis >= 0 && axis < int64_t(rank);
}
// Beside an empty dimension the others may be of any size: their strides may wrap, nothing is read by them.
std::vector<int64_t> strides(const Shape &shape) {
  std::vector<int64_t> result(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    result[i - 1] = int64_t(uint64_t(result[i]) * uint64_t(shape[i]));
  return result;
}
// A shape that a result may have.
bool fits(const Shape &shape) {
  for (int64_t size : shape)
    if (size < 0)
      return false;
  return elementCount(shape) <= hostEvalLimit;
}
// Calls body(flat, index) for every index of the shape in row-major order.
template <typename Body> void forEach(const Shape &shape, Body body) {
  std::vector<int64_t> index(shape.size(), 0);
  for (int64_t flat = 0, count = elementCount(shape); flat < count; ++flat) {
    body(flat, index);
    for (size_t d = shape.size(); d-- > 0 && ++index[d] == shape[d];)
      index[d] = 0;
  }
}
// out[flat] = in[source(index)], whatever the element type.
template <typename Source> Tensor moved(const Tensor &in, Shape shape, Source source) {
  size_t width = dtypeSize(in.dtype);
  std::string bytes(elementCount(shape) * width, '\0');
  forEach(shape, [&](int64_t flat, const std::vector<int64_t> &index) {
    std::memcpy(bytes.data() + flat * width, in.data + source(index) * width, width);
  });
  return Tensor::fromBytes(in.dtype, std::move(shape), std::move(bytes));
}
Tensor reshaped(const Tensor &in, Shape shape) {
  Tensor out = in;
  out.name.clear();
  out.shape = std::move(shape);
  return out;
}
Tensor expanded(const Tensor &in, const Shape &shape) {
  std::vector<int64_t> step = strides(in.shape);
  size_t lead = shape.size() - in.shape.size();
  return moved(in, shape, [&](const std::vector<int64_t> &index) {
    int64_t at = 0;
    for (size_t d = 0; d < in.shape.size(); ++d)
      at += in.shape[d] == 1 ? 0 : index[lead + d] * step[d];
    return at;
  });
}

//===--- Elementwise --------------------------------------------------------------------------------------------===//

template <typename Real, typename Whole>
bool binary(const Inputs &in, Outputs &out, DType type, Real real, Whole whole) {
  if (in.size() != 2 || !in[0] || !in[1] || in[0]->dtype != in[1]->dtype)
    return false;
  auto shape = broadcastShapes(in[0]->shape, in[1]->shape);
  if (!shape || !fits(*shape))
    return false;
  Tensor a = expanded(*in[0], *shape), b = expanded(*in[1], *shape);
  DType result = type == DType::Undefined ? a.dtype : type;
  std::string bytes(a.elements() * dtypeSize(result), '\0');
  for (int64_t i = 0, e = a.elements(); i < e; ++i)
    if (isFloat(a.dtype))
      storeElement(result, bytes.data(), i, real(a.f64At(i), b.f64At(i)));
    else
      storeElement(result, bytes.data(), i, int64_t(whole(a.i64At(i), b.i64At(i))));
  out.push_back(Tensor::fromBytes(result, *shape, std::move(bytes)));
  return true;
}
template <typename Function> bool same(const Inputs &in, Outputs &out, Function f) {
  return binary(in, out, DType::Undefined, f, f);
}
template <typename Function> bool compared(const Inputs &in, Outputs &out, Function f) {
  return binary(in, out, DType::Bool, [f](double a, double b) { return double(f(a, b)); }, f);
}

template <typename Function> bool unary(const Inputs &in, Outputs &out, Function f) {
  if (in.size() != 1 || !in[0])
    return false;
  std::string bytes(in[0]->size, '\0');
  for (int64_t i = 0, e = in[0]->elements(); i < e; ++i)
    if (isFloat(in[0]->dtype))
      storeElement(in[0]->dtype, bytes.data(), i, double(f(in[0]->f64At(i))));
    else
      storeElement(in[0]->dtype, bytes.data(), i, int64_t(f(in[0]->i64At(i))));
  out.push_back(Tensor::fromBytes(in[0]->dtype, in[0]->shape, std::move(bytes)));
  return true;
}
// For operators of floats alone.
template <double (*f)(double)> bool real(const Node &, const Inputs &in, Outputs &out) {
  return in.size() == 1 && in[0] && isFloat(in[0]->dtype) && unary(in, out, [](auto x) { return f(double(x)); });
}

double negative(double x) { return -x; }
int64_t negative(int64_t x) { return int64_t(0 - uint64_t(x)); }
int64_t wrapAdd(int64_t a, int64_t b) { return int64_t(uint64_t(a) + uint64_t(b)); }
int64_t wrapMul(int64_t a, int64_t b) { return int64_t(uint64_t(a) * uint64_t(b)); }
int64_t safeDiv(int64_t a, int64_t b) { return b == 0 ? 0 : b == -1 ? int64_t(0 - uint64_t(a)) : a / b; }

bool mod(const Node &node, const Inputs &in, Outputs &out) {
  bool fmod = intAttr(node, "fmod", 0) != 0;
  return binary(
      in, out, DType::Undefined,
      [fmod](double a, double b) { return fmod ? std::fmod(a, b) : a - b * std::floor(a / b); },
      [fmod](int64_t a, int64_t b) -> int64_t {
        if (b == 0 || b == -1)
          return 0;
        int64_t rest = a % b;
        return !fmod && rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
      });
}

template <typename Function> bool folded(const Inputs &in, Outputs &out, Function f) {
  if (in.empty() || !in[0])
    return false;
  Tensor sum = *in[0];
  for (size_t i = 1; i < in.size(); ++i) {
    Outputs one;
    if (!same({&sum, in[i]}, one, f))
      return false;
    sum = one[0];
  }
  out.push_back(reshaped(sum, sum.shape));
  return true;
}

Tensor castTo(const Tensor &in, DType to) {
  std::string bytes(in.elements() * dtypeSize(to), '\0');
  for (int64_t i = 0, e = in.elements(); i < e; ++i)
    if (isFloat(in.dtype))
      storeElement(to, bytes.data(), i, in.f64At(i));
    else
      storeElement(to, bytes.data(), i, in.i64At(i));
  return Tensor::fromBytes(to, in.shape, std::move(bytes));
}
bool cast(const Node &node, const Inputs &in, Outputs &out) {
  DType to = DType(intAttr(node, "to", 0));
  if (!present(in, 0) || !(isFloat(to) || isInt(to) || to == DType::Bool))
    return false;
  out.push_back(castTo(*in[0], to));
  return true;
}
bool castLike(const Node &, const Inputs &in, Outputs &out) {
  if (in.size() != 2 || !in[0] || !in[1])
    return false;
  out.push_back(castTo(*in[0], in[1]->dtype));
  return true;
}
bool where(const Node &, const Inputs &in, Outputs &out) {
  if (in.size() != 3 || !in[0] || !in[1] || !in[2] || in[1]->dtype != in[2]->dtype)
    return false;
  auto shape = broadcastShapes(in[1]->shape, in[2]->shape);
  if (shape)
    shape = broadcastShapes(*shape, in[0]->shape);
  if (!shape || !fits(*shape))
    return false;
  Tensor c = expanded(*in[0], *shape), x = expanded(*in[1], *shape), y = expanded(*in[2], *shape);
  std::string bytes(x.size, '\0');
  size_t width = dtypeSize(x.dtype);
  for (int64_t i = 0, e = x.elements(); i < e; ++i)
    std::memcpy(bytes.data() + i * width, (c.i64At(i) ? x.data : y.data) + i * width, width);
  out.push_back(Tensor::fromBytes(x.dtype, *shape, std::move(bytes)));
  return true;
}

//===--- Movement -----------------------------------------------------------------------------------------------===//

bool reshape(const Node &node, const Inputs &in, Outputs &out) {
  if (in.size() != 2 || !in[0] || !in[1])
    return false;
  auto shape = reshapeShape(in[0]->shape, ints(*in[1]), intAttr(node, "allowzero", 0) != 0);
  if (!shape)
    return false;
  out.push_back(reshaped(*in[0], *shape));
  return true;
}
bool flatten(const Node &node, const Inputs &in, Outputs &out) {
  int64_t axis = intAttr(node, "axis", 1), rank = int64_t(in[0]->shape.size());
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis > rank || in[0]->elements() == 0)
    return false;
  Shape lead(in[0]->shape.begin(), in[0]->shape.begin() + axis), tail(in[0]->shape.begin() + axis, in[0]->shape.end());
  out.push_back(reshaped(*in[0], {elementCount(lead), elementCount(tail)}));
  return true;
}
bool squeeze(const Node &, const Inputs &in, Outputs &out) {
  Shape shape;
  std::vector<int64_t> axes = present(in, 1) ? ints(*in[1]) : std::vector<int64_t>();
  for (int64_t &axis : axes)
    if (!normalize(axis, in[0]->shape.size()) || in[0]->shape[axis] != 1)
      return false;
  for (size_t d = 0; d < in[0]->shape.size(); ++d)
    if (!(present(in, 1) ? std::count(axes.begin(), axes.end(), int64_t(d)) > 0 : in[0]->shape[d] == 1))
      shape.push_back(in[0]->shape[d]);
  out.push_back(reshaped(*in[0], shape));
  return true;
}
bool unsqueeze(const Node &, const Inputs &in, Outputs &out) {
  if (!present(in, 1))
    return false;
  std::vector<int64_t> axes = ints(*in[1]);
  size_t rank = in[0]->shape.size() + axes.size();
  for (int64_t &axis : axes)
    if (!normalize(axis, rank))
      return false;
  std::sort(axes.begin(), axes.end());
  Shape shape = in[0]->shape;
  for (int64_t axis : axes) {
    if (axis > int64_t(shape.size()))
      return false;
    shape.insert(shape.begin() + axis, 1);
  }
  out.push_back(reshaped(*in[0], shape));
  return true;
}
bool transpose(const Node &node, const Inputs &in, Outputs &out) {
  std::vector<int64_t> perm = intsAttr(node, "perm"), step = strides(in[0]->shape);
  size_t rank = in[0]->shape.size();
  if (perm.empty())
    for (size_t d = rank; d-- > 0;)
      perm.push_back(int64_t(d));
  if (perm.size() != rank)
    return false;
  Shape shape;
  for (int64_t &axis : perm) {
    if (!normalize(axis, rank))
      return false;
    shape.push_back(in[0]->shape[axis]);
  }
  if (std::set<int64_t>(perm.begin(), perm.end()).size() != rank)
    return false;
  out.push_back(moved(*in[0], shape, [&](const std::vector<int64_t> &index) {
    int64_t at = 0;
    for (size_t d = 0; d < rank; ++d)
      at += index[d] * step[perm[d]];
    return at;
  }));
  return true;
}
bool gather(const Node &node, const Inputs &in, Outputs &out) {
  int64_t axis = intAttr(node, "axis", 0);
  if (in.size() != 2 || !in[0] || !in[1] || !normalize(axis, in[0]->shape.size()))
    return false;
  std::vector<int64_t> picks = ints(*in[1]), step = strides(in[0]->shape), pickStep = strides(in[1]->shape);
  for (int64_t &pick : picks)
    if (pick += pick < 0 ? in[0]->shape[axis] : 0; pick < 0 || pick >= in[0]->shape[axis])
      return false;
  Shape shape = in[0]->shape;
  shape.erase(shape.begin() + axis);
  shape.insert(shape.begin() + axis, in[1]->shape.begin(), in[1]->shape.end());
  if (!fits(shape))
    return false;
  size_t inner = in[1]->shape.size();
  out.push_back(moved(*in[0], shape, [&](const std::vector<int64_t> &index) {
    int64_t pick = 0, at = 0;
    for (size_t d = 0; d < inner; ++d)
      pick += index[axis + d] * pickStep[d];
    for (size_t d = 0; d < in[0]->shape.size(); ++d)
      at += step[d] * (int64_t(d) < axis ? index[d] : int64_t(d) == axis ? picks[pick] : index[d + inner - 1]);
    return at;
  }));
  return true;
}
bool slice(const Node &, const Inputs &in, Outputs &out) {
  if (!present(in, 0) || !present(in, 1) || !present(in, 2))
    return false;
  std::vector<int64_t> starts = ints(*in[1]), ends = ints(*in[2]), axes(starts.size()), steps(starts.size(), 1);
  std::iota(axes.begin(), axes.end(), 0);
  if (present(in, 3))
    axes = ints(*in[3]);
  if (present(in, 4))
    steps = ints(*in[4]);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    return false;
  Shape shape = in[0]->shape;
  std::vector<SliceRange> ranges;
  for (int64_t size : shape)
    ranges.push_back({0, 1, size});
  for (size_t i = 0; i < axes.size(); ++i) {
    if (!normalize(axes[i], shape.size()) || steps[i] == 0)
      return false;
    ranges[axes[i]] = sliceRange(in[0]->shape[axes[i]], starts[i], ends[i], steps[i]);
    shape[axes[i]] = ranges[axes[i]].count;
  }
  std::vector<int64_t> step = strides(in[0]->shape);
  out.push_back(moved(*in[0], shape, [&](const std::vector<int64_t> &index) {
    int64_t at = 0;
    for (size_t d = 0; d < index.size(); ++d)
      at += (ranges[d].start + index[d] * ranges[d].step) * step[d];
    return at;
  }));
  return true;
}
bool concat(const Node &node, const Inputs &in, Outputs &out) {
  int64_t axis = intAttr(node, "axis", 0);
  if (in.empty() || !in[0] || !normalize(axis, in[0]->shape.size()))
    return false;
  Shape shape = in[0]->shape;
  shape[axis] = 0;
  for (const Tensor *part : in) {
    if (!part || part->dtype != in[0]->dtype || part->shape.size() != shape.size())
      return false;
    for (size_t d = 0; d < shape.size(); ++d)
      if (int64_t(d) != axis && part->shape[d] != shape[d])
        return false;
    if (__builtin_add_overflow(shape[axis], part->shape[axis], &shape[axis]))
      return false;
  }
  if (!fits(shape))
    return false;
  int64_t outer = elementCount(Shape(shape.begin(), shape.begin() + axis));
  std::string bytes;
  for (int64_t o = 0; elementCount(shape) != 0 && o < outer; ++o)
    for (const Tensor *part : in)
      bytes.append(part->data + part->size / outer * o, part->size / outer);
  out.push_back(Tensor::fromBytes(in[0]->dtype, shape, std::move(bytes)));
  return true;
}
bool split(const Node &node, const Inputs &in, Outputs &out) {
  int64_t axis = intAttr(node, "axis", 0), parts = node.output_size();
  if (!present(in, 0) || !normalize(axis, in[0]->shape.size()) || parts == 0)
    return false;
  int64_t size = in[0]->shape[axis], chunk = (size + parts - 1) / parts, start = 0;
  std::vector<int64_t> sizes = present(in, 1) ? ints(*in[1]) : std::vector<int64_t>(parts, chunk);
  if (!present(in, 1))
    sizes.back() = size - chunk * (parts - 1);
  std::vector<int64_t> step = strides(in[0]->shape);
  for (int64_t part : sizes) {
    if (part < 0 || part > size - start)
      return false;
    Shape shape = in[0]->shape;
    shape[axis] = part;
    out.push_back(moved(*in[0], shape, [&](const std::vector<int64_t> &index) {
      int64_t at = start * step[axis];
      for (size_t d = 0; d < index.size(); ++d)
        at += index[d] * step[d];
      return at;
    }));
    start += part;
  }
  return int64_t(out.size()) == parts;
}
bool expand(const Node &, const Inputs &in, Outputs &out) {
  if (in.size() != 2 || !in[0] || !in[1])
    return false;
  auto shape = broadcastShapes(in[0]->shape, ints(*in[1]));
  if (!shape || !fits(*shape))
    return false;
  out.push_back(expanded(*in[0], *shape));
  return true;
}
bool tile(const Node &, const Inputs &in, Outputs &out) {
  if (in.size() != 2 || !in[0] || !in[1] || in[1]->elements() != int64_t(in[0]->shape.size()))
    return false;
  Shape shape = in[0]->shape;
  for (size_t d = 0; d < shape.size(); ++d)
    if (__builtin_mul_overflow(shape[d], in[1]->i64At(int64_t(d)), &shape[d]))
      return false;
  if (!fits(shape))
    return false;
  std::vector<int64_t> step = strides(in[0]->shape);
  out.push_back(moved(*in[0], shape, [&](const std::vector<int64_t> &index) {
    int64_t at = 0;
    for (size_t d = 0; d < index.size(); ++d)
      at += index[d] % in[0]->shape[d] * step[d];
    return at;
  }));
  return true;
}

//===--- Makers and reductions ----------------------------------------------------------------------------------===//

bool constantOfShape(const Node &node, const Inputs &in, Outputs &out) {
  if (!present(in, 0))
    return false;
  Shape shape = ints(*in[0]);
  Tensor value = Tensor::filled(DType::F32, {1}, 0);
  std::string error;
  if (const auto *attr = findAttr(node, "value"))
    if (!tensorFromProto(attr->t(), ".", value, error) || value.elements() != 1)
      return false;
  for (int64_t size : shape)
    if (size < 0)
      return false;
  if (!fits(shape))
    return false;
  out.push_back(expanded(reshaped(value, {}), shape));
  return true;
}
bool range(const Node &, const Inputs &in, Outputs &out) {
  if (in.size() != 3 || !in[0] || !in[1] || !in[2] || in[0]->elements() != 1 || in[1]->elements() != 1 ||
      in[2]->elements() != 1)
    return false;
  double start = in[0]->f64At(0), limit = in[1]->f64At(0), delta = in[2]->f64At(0);
  if (delta == 0)
    return false;
  double count = std::max(0.0, std::ceil((limit - start) / delta));
  if (!(count <= double(hostEvalLimit)))
    return false;
  std::string bytes(size_t(count) * dtypeSize(in[0]->dtype), '\0');
  for (int64_t i = 0; i < int64_t(count); ++i)
    storeElement(in[0]->dtype, bytes.data(), i, start + double(i) * delta);
  out.push_back(Tensor::fromBytes(in[0]->dtype, {int64_t(count)}, std::move(bytes)));
  return true;
}
template <typename Function> bool reduced(const Node &node, const Inputs &in, Outputs &out, double first, Function f) {
  if (!present(in, 0))
    return false;
  std::vector<int64_t> axes = present(in, 1) ? ints(*in[1]) : std::vector<int64_t>();
  size_t rank = in[0]->shape.size();
  if (axes.empty() && intAttr(node, "noop_with_empty_axes", 0)) {
    out.push_back(*in[0]);
    return true;
  }
  std::vector<bool> gone(rank, axes.empty());
  for (int64_t &axis : axes) {
    if (!normalize(axis, rank))
      return false;
    gone[axis] = true;
  }
  Shape kept, shape;
  bool keep = intAttr(node, "keepdims", 1) != 0;
  for (size_t d = 0; d < rank; ++d) {
    kept.push_back(gone[d] ? 1 : in[0]->shape[d]);
    if (keep || !gone[d])
      shape.push_back(kept.back());
  }
  if (!fits(kept))
    return false;
  std::vector<int64_t> step = strides(kept);
  std::vector<double> sums(elementCount(kept), first);
  forEach(in[0]->shape, [&](int64_t flat, const std::vector<int64_t> &index) {
    int64_t at = 0;
    for (size_t d = 0; d < rank; ++d)
      at += gone[d] ? 0 : index[d] * step[d];
    sums[at] = f(sums[at], in[0]->f64At(flat));
  });
  std::string bytes(sums.size() * dtypeSize(in[0]->dtype), '\0');
  for (size_t i = 0; i < sums.size(); ++i)
    storeElement(in[0]->dtype, bytes.data(), int64_t(i), sums[i]);
  out.push_back(Tensor::fromBytes(in[0]->dtype, shape, std::move(bytes)));
  return true;
}
bool nonZero(const Node &, const Inputs &in, Outputs &out) {
  std::vector<std::vector<int64_t>> found;
  forEach(in[0]->shape, [&](int64_t flat, const std::vector<int64_t> &index) {
    if (in[0]->f64At(flat) != 0)
      found.push_back(index);
  });
  int64_t rank = int64_t(in[0]->shape.size()), count = int64_t(found.size());
  std::string bytes(rank * count * 8, '\0');
  for (int64_t d = 0; d < rank; ++d)
    for (int64_t i = 0; i < count; ++i)
      storeElement(DType::I64, bytes.data(), d * count + i, found[i][d]);
  out.push_back(Tensor::fromBytes(DType::I64, {rank, count}, std::move(bytes)));
  return true;
}

#define DLC_COMPARE(expression)                                                                                        \
  [](const Node &, const Inputs &in, Outputs &out) {                                                                   \
    return compared(in, out, [](auto a, auto b) { return expression; });                                               \
  }
#define DLC_REDUCE(first, expression)                                                                                  \
  [](const Node &node, const Inputs &in, Outputs &out) {                                                               \
    return reduced(node, in, out, first, [](double a, double b) { return expression; });                               \
  }

const std::unordered_map<std::string, Evaluator> &table() {
  static const std::unordered_map<std::string, Evaluator> rows = {
      {"Identity",
       [](const Node &, const Inputs &in, Outputs &out) {
         out.push_back(reshaped(*in[0], in[0]->shape));
         return true;
       }},
      {"Add", [](const Node &, const Inputs &in,
                 Outputs &out) { return binary(in, out, DType::Undefined, std::plus<double>(), wrapAdd); }},
      {"Sub",
       [](const Node &, const Inputs &in, Outputs &out) {
         return binary(in, out, DType::Undefined, std::minus<double>(),
                       [](int64_t a, int64_t b) { return wrapAdd(a, int64_t(0 - uint64_t(b))); });
       }},
      {"Mul", [](const Node &, const Inputs &in,
                 Outputs &out) { return binary(in, out, DType::Undefined, std::multiplies<double>(), wrapMul); }},
      {"Div", [](const Node &, const Inputs &in,
                 Outputs &out) { return binary(in, out, DType::Undefined, std::divides<double>(), safeDiv); }},
      {"Pow",
       [](const Node &, const Inputs &in, Outputs &out) {
         return binary(
             in, out, DType::Undefined, [](double a, double b) { return std::pow(a, b); },
             [](int64_t a, int64_t b) {
               double power = std::pow(double(a), double(b));
               return loadI64(DType::F64, &power, 0);
             });
       }},
      {"Mod", mod},
      {"Min", [](const Node &, const Inputs &in,
                 Outputs &out) { return folded(in, out, [](auto a, auto b) { return b < a ? b : a; }); }},
      {"Max", [](const Node &, const Inputs &in,
                 Outputs &out) { return folded(in, out, [](auto a, auto b) { return a < b ? b : a; }); }},
      {"And", DLC_COMPARE(a != 0 && b != 0)},
      {"Or", DLC_COMPARE(a != 0 || b != 0)},
      {"Xor", DLC_COMPARE((a != 0) != (b != 0))},
      {"Equal", DLC_COMPARE(a == b)},
      {"Less", DLC_COMPARE(a < b)},
      {"LessOrEqual", DLC_COMPARE(a <= b)},
      {"Greater", DLC_COMPARE(a > b)},
      {"GreaterOrEqual", DLC_COMPARE(a >= b)},
      {"Neg",
       [](const Node &, const Inputs &in, Outputs &out) { return unary(in, out, [](auto x) { return negative(x); }); }},
      {"Abs", [](const Node &, const Inputs &in,
                 Outputs &out) { return unary(in, out, [](auto x) { return x < 0 ? negative(x) : x; }); }},
      {"Not",
       [](const Node &, const Inputs &in, Outputs &out) {
         return in[0]->dtype == DType::Bool && unary(in, out, [](auto x) { return decltype(x)(x == 0); });
       }},
      {"Floor", real<std::floor>},
      {"Ceil", real<std::ceil>},
      {"Round", real<std::nearbyint>},
      {"Sqrt", real<std::sqrt>},
      {"Exp", real<std::exp>},
      {"Log", real<std::log>},
      {"Relu", real<[](double x) { return x < 0 ? 0 : x; }>},
      {"Cast", cast},
      {"CastLike", castLike},
      {"Where", where},
      {"Reshape", reshape},
      {"Flatten", flatten},
      {"Squeeze", squeeze},
      {"Unsqueeze", unsqueeze},
      {"Transpose", transpose},
      {"Gather", gather},
      {"Slice", slice},
      {"Concat", concat},
      {"Split", split},
      {"Expand", expand},
      {"Tile", tile},
      {"ConstantOfShape", constantOfShape},
      {"Range", range},
      {"ReduceProd", DLC_REDUCE(1, a * b)},
      {"ReduceSum", DLC_REDUCE(0, a + b)},
      {"ReduceMax", DLC_REDUCE(-INFINITY, std::max(a, b))},
      {"ReduceMin", DLC_REDUCE(INFINITY, std::min(a, b))},
      {"NonZero", nonZero},
  };
  return rows;
}
} // namespace

bool canEvaluate(const std::string &op) { return table().count(op) != 0; }

std::vector<std::string> evaluatedOperators() {
  std::vector<std::string> names;
  for (auto &[name, row] : table())
    names.push_back(name);
  return names;
}

bool evaluate(const onnx::NodeProto &node, const std::vector<const Tensor *> &inputs, std::vector<Tensor> &outputs) {
  auto row = table().find(node.op_type());
  if (row == table().end() || inputs.empty() || !inputs[0])
    return false;
  for (const Tensor *input : inputs)
    if (input && (dtypeSize(input->dtype) == 0 || input->elements() > hostEvalLimit))
      return false;
  outputs.clear();
  return row->second(node, inputs, outputs) && int(outputs.size()) >= node.output_size();
}

} // namespace dlc
