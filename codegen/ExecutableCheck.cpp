// What an image must hold for the runtime to take it.
#include "codegen/Executable.h"

#include <algorithm>
#include <map>

namespace dlc::exe {
namespace {

std::string number(uint64_t n) { return std::to_string(n); }

/// Finds the first thing that the runtime could not take.
class Checker {
public:
  Checker(const ExecutableImage &image, std::string &error) : image(image), error(error) {}

  bool run() {
    for (const Tensor &t : image.inputs)
      if (!tensor("input '" + t.name + "'", t))
        return false;
    for (const Tensor &t : image.outputs)
      if (!tensor("output '" + t.name + "'", t))
        return false;
    for (const Symbol &s : image.symbols)
      if (!symbol("symbol '" + s.name + "'", s))
        return false;
    std::map<std::string, int> names;
    for (const Weight &w : image.weights) {
      if (w.name.empty() || names[w.name]++)
        return fail("weight '" + w.name + "'", w.name.empty() ? "has no name" : "occurs twice");
      if (!weight("weight '" + w.name + "'", w))
        return false;
    }
    for (size_t i = 0; i != image.constants.size(); ++i)
      if (!weight("constant " + number(i), image.constants[i]))
        return false;
    for (const Variant &v : image.variants)
      if (!variant(v))
        return false;
    return true;
  }

private:
  const ExecutableImage &image;
  std::string &error;
  const std::vector<Tensor> *derived = nullptr; // of the variant at hand

  bool fail(const std::string &where, const std::string &what) {
    error = where + ": " + what;
    return false;
  }
  bool tensor(const std::string &where, DType t, const std::vector<int64_t> &shape) {
    if (!bitWidth(t))
      return fail(where, "has no element type");
    for (int64_t d : shape)
      if (d < 0)
        return fail(where, "has the dimension " + std::to_string(d) + "; every dimension must be known");
    return true;
  }
  /// Types and formulas of tensors and buffers.
  bool tensor(const std::string &where, const auto &t) {
    if (!tensor(where, t.dtype, t.shape) || !formulas(where, t.dims, t.shape.size(), "dimensions"))
      return false;
    for (size_t i = 0; i != t.dims.size(); ++i)
      for (bool high : {false, true})
        if (int64_t size = at(t.dims[i], high); size < 0 || size > t.shape[i])
          return fail(where, "dimension " + number(i) + " can be " + std::to_string(size) +
                                 ", the most was said to be " + std::to_string(t.shape[i]));
    return true;
  }
  /// The formula's value where all symbols are lowest or highest; -1 where it has none.
  int64_t at(const Expr &e, bool high) {
    std::vector<int64_t> values;
    for (const Symbol &s : image.symbols)
      values.push_back(high ? s.high : s.low);
    int64_t value;
    return expression::evaluate(e, values, value) ? value : -1;
  }
  bool formula(const std::string &where, const Expr &e, const char *what) {
    return e.empty() || expression::wellFormed(e, image.symbols.size()) ||
           fail(where,
                std::string(what) + ": not a formula over the program's " + number(image.symbols.size()) + " symbols");
  }
  /// None, or `count`.
  bool formulas(const std::string &where, const Exprs &list, size_t count, const char *what) {
    if (!list.empty() && list.size() != count)
      return fail(where, number(list.size()) + " formulas for its " + what + ", expected " + number(count));
    for (const Expr &e : list)
      if (e.empty() || !formula(where, e, what))
        return e.empty() ? fail(where, std::string("an empty formula among its ") + what) : false;
    return true;
  }
  bool symbol(const std::string &where, const Symbol &s) {
    if (s.name.empty() || s.low < 0 || s.low > s.high || s.step < 1)
      return fail(where, "range [" + std::to_string(s.low) + ", " + std::to_string(s.high) + "], step " +
                             std::to_string(s.step) + ": expected a name, 0 <= low <= high and a step of 1 or more");
    if (s.input < 0)
      return true;
    if (size_t(s.input) >= image.inputs.size() || s.dim >= image.inputs[size_t(s.input)].dims.size())
      return fail(where, "input " + std::to_string(s.input) + " has no symbolic dimension " + number(s.dim));
    for (bool high : {false, true})
      if (at(image.inputs[size_t(s.input)].dims[s.dim], high) != s.offset + s.step * (high ? s.high : s.low))
        return fail(where, "dimension " + number(s.dim) + " of input " + std::to_string(s.input) +
                               " is not offset + step * symbol");
    return true;
  }
  bool weight(const std::string &where, const Weight &w) {
    if (!tensor(where, w.dtype, w.shape))
      return false;
    uint64_t want = w.init == Init::Values ? byteSize(w.dtype, w.shape) : 0;
    if (w.bytes.size != want)
      return fail(where, "carries " + number(w.bytes.size) + " bytes, expected " + number(want));
    if (w.init == Init::Fill && bitWidth(w.dtype) < 8)
      return fail(where, "fill of a type below one byte");
    return true;
  }
  uint64_t extent(const Variant &v, const Buffer &b, bool &known) {
    known = true;
    switch (b.kind) {
    case BufferKind::Arena:
      return v.arenaBytes;
    case BufferKind::Input:
      if (b.index < image.inputs.size())
        return byteSize(image.inputs[b.index].dtype, image.inputs[b.index].shape);
      break;
    case BufferKind::Output:
      if (b.index < image.outputs.size())
        return byteSize(image.outputs[b.index].dtype, image.outputs[b.index].shape);
      break;
    case BufferKind::Weight:
    case BufferKind::State:
      if (b.index < image.weights.size() &&
          (image.weights[b.index].role == Role::State) == (b.kind == BufferKind::State))
        return byteSize(image.weights[b.index].dtype, image.weights[b.index].shape);
      break;
    case BufferKind::Constant:
      if (b.index < image.constants.size())
        return byteSize(image.constants[b.index].dtype, image.constants[b.index].shape);
      break;
    case BufferKind::Derived:
      if (b.index < derived->size())
        return byteSize((*derived)[b.index].dtype, (*derived)[b.index].shape);
      break;
    }
    known = false;
    return 0;
  }
  bool variant(const Variant &v) {
    if (v.target.empty())
      return fail("variant", "has no target");
    std::string at = "variant '" + v.target + "'";
    if (v.init.size() > 1 || v.init.empty() != v.derived.empty())
      return fail(at,
                  number(v.derived.size()) + " derived weights and " + number(v.init.size()) + " plans that make them");
    for (const Tensor &t : v.derived)
      if (!tensor(at + ", derived weight '" + t.name + "'", t.dtype, t.shape))
        return false;
    derived = &v.derived;
    for (const Variant &init : v.init)
      if (!init.derived.empty() || !init.init.empty())
        return fail(at, "its init has derived weights of its own");
      else if (init.buffers.end() != std::find_if(init.buffers.begin(), init.buffers.end(), [](const Buffer &b) {
                 return b.kind == BufferKind::Input || b.kind == BufferKind::Output || b.kind == BufferKind::State;
               }))
        return fail(at, "its init uses more than frozen weights");
      else if (!plan(init, at + ", init"))
        return false;
    return plan(v, at);
  }
  bool plan(const Variant &v, const std::string &at) {
    for (size_t i = 0; i != v.buffers.size(); ++i) {
      const Buffer &b = v.buffers[i];
      std::string where = at + ", buffer " + number(i) + " '" + b.name + "'";
      bool known;
      uint64_t size = extent(v, b, known);
      if (!known)
        return fail(where, "index " + number(b.index) + " names nothing of its kind");
      if (b.byteOffset > size || b.byteSize > size - b.byteOffset)
        return fail(where, "bytes " + number(b.byteOffset) + " to " + number(b.byteOffset + b.byteSize) +
                               " lie outside its " + number(size) + " bytes");
      if (!tensor(where, b) || !formula(where, b.place, "place") ||
          !formulas(where, b.advanceAt, b.advanceAt.size(), "advance"))
        return false;
      bool arena = b.kind == BufferKind::Arena && !v.blocks.empty();
      if (arena ? b.block >= v.blocks.size() || b.byteOffset < v.blocks[b.block].offset : b.block != noBlock)
        return fail(where, "lies in block " + number(b.block) + " of " + number(v.blocks.size()) + ", or before it");
    }
    for (size_t i = 0; i != v.blocks.size(); ++i)
      for (uint32_t a : v.blocks[i].above)
        if (a >= i)
          return fail(at, "block " + number(i) + " lies above block " + number(a) + ", which does not come before it");
    for (size_t i = 0; i != v.steps.size(); ++i)
      if (!step(v, i, at + ", step " + number(i)))
        return false;
    return true;
  }
  bool step(const Variant &v, size_t i, const std::string &where) {
    const Step &s = v.steps[i];
    for (uint32_t a : s.args)
      if (a >= v.buffers.size())
        return fail(where, "argument names buffer " + number(a) + " of " + number(v.buffers.size()));
    for (uint32_t d : s.deps)
      if (d >= i)
        return fail(where, "depends on step " + number(d) + ", which does not come before it");
    if (s.kernel != noKernel && s.kernel >= v.kernels.size())
      return fail(where, "names kernel " + number(s.kernel) + " of " + number(v.kernels.size()));
    if (s.outputs > s.args.size())
      return fail(where, "writes " + number(s.outputs) + " of " + number(s.args.size()) + " arguments");
    if (s.work < 0 || s.grain < 1)
      return fail(where,
                  "work " + std::to_string(s.work) + " and grain " + std::to_string(s.grain) + " (at least 0 and 1)");
    if (!formulas(where, s.values, s.values.size(), "values") || !formula(where, s.workAt, "work") ||
        !formulas(where, s.gridAt, 3, "grid") || !formula(where, s.limitAt, "limit"))
      return false;
    switch (s.kind) {
    case StepKind::Host:
      if (s.args.size() != 1 || v.buffers[s.args[0]].dtype != DType::I64 || v.buffers[s.args[0]].byteSize < 8)
        return fail(where, "a symbol's value comes from one buffer of type i64");
      return (s.symbol < image.symbols.size() && image.symbols[s.symbol].input < 0) ||
             fail(where, "gives a value to symbol " + number(s.symbol) + ", which is not one that a run finds");
    case StepKind::Launch:
      return s.kernel != noKernel || fail(where, "a launch without a kernel");
    case StepKind::Copy:
      if (s.args.size() != 2 || v.buffers[s.args[0]].byteSize != v.buffers[s.args[1]].byteSize)
        return fail(where, "a copy takes two buffers of equal size");
      return true;
    case StepKind::Fill: {
      bool width = s.fillWidth == 1 || s.fillWidth == 2 || s.fillWidth == 4 || s.fillWidth == 8;
      return (s.args.size() == 1 && width) || fail(where, "a fill takes one buffer and a width of 1, 2, 4 or 8");
    }
    case StepKind::Library:
      if (s.matmul.has_value() == s.convolution.has_value())
        return fail(where, "a library step has exactly one descriptor");
      return s.matmul ? matmul(v, *s.matmul, s, where) : convolution(v, *s.convolution, s, where);
    case StepKind::While:
    case StepKind::If: {
      bool chooses = s.kind == StepKind::If;
      uint64_t inside = 0;
      for (uint32_t size : s.bodies)
        inside += size;
      if (s.bodies.size() != (chooses ? 2 : 1) || inside > v.steps.size() - i - 1)
        return fail(where, number(s.bodies.size()) + " bodies of " + number(inside) + " steps together, with " +
                               number(v.steps.size() - i - 1) + " steps behind");
      if (s.condition != noCondition &&
          (s.condition >= s.args.size() || v.buffers[s.args[s.condition]].dtype != DType::Bool))
        return fail(where, "the condition is no argument, or not a bool");
      return s.condition != noCondition || (!chooses && s.limit >= 0) || fail(where, "nothing ends it");
    }
    default:
      return fail(where, "this kind of step is not supported yet");
    }
  }
  /// The operand's rank, and that its elements lie inside its buffer.
  bool operand(const Variant &v, const Operand &o, const std::vector<int64_t> &dims, const Step &s, const char *which,
               const std::string &where) {
    if (o.arg >= s.args.size())
      return fail(where, std::string(which) + " names argument " + number(o.arg) + " of " + number(s.args.size()));
    if (o.strides.size() != dims.size())
      return fail(where, std::string(which) + " has " + number(o.strides.size()) + " strides, expected " +
                             number(dims.size()));
    if (!formulas(where, o.stridesAt, dims.size(), which))
      return false;
    int64_t last = 0;
    for (size_t i = 0; i != dims.size(); ++i) {
      if (dims[i] < 0 || o.strides[i] < 0)
        return fail(where, std::string(which) + " has a negative dimension or stride");
      if (!dims[i])
        return true;
      last += (dims[i] - 1) * o.strides[i];
    }
    uint64_t need = (static_cast<uint64_t>(last) + 1) * bitWidth(o.dtype) / 8, have = v.buffers[s.args[o.arg]].byteSize;
    return need <= have || fail(where, std::string(which) + " reaches over " + number(need) + " bytes of a buffer of " +
                                           number(have) + ": strides or dimensions are wrong");
  }
  bool postOps(const Variant &v, const std::vector<PostOp> &ops, const std::vector<int64_t> &dims, const Step &s,
               const std::string &where) {
    for (const PostOp &p : ops)
      if (p.kind != PostOpKind::Eltwise && p.kind != PostOpKind::Sum)
        if (!operand(v, {p.arg, p.dtype, p.strides, p.stridesAt}, dims, s, "a post-operation", where))
          return false;
    return true;
  }
  bool matmul(const Variant &v, const Matmul &d, const Step &s, const std::string &where) {
    auto dims = [&](int64_t rows, int64_t columns) {
      std::vector<int64_t> list = d.batch;
      list.insert(list.end(), {rows, columns});
      return list;
    };
    if (!formulas(where, d.dimsAt, d.batch.size() + 3, "dimensions"))
      return false;
    return operand(v, d.a, dims(d.m, d.k), s, "a", where) && operand(v, d.b, dims(d.k, d.n), s, "b", where) &&
           operand(v, d.c, dims(d.m, d.n), s, "c", where) && postOps(v, d.postOps, dims(d.m, d.n), s, where);
  }
  bool convolution(const Variant &v, const Convolution &d, const Step &s, const std::string &where) {
    size_t spatial = d.windowStrides.size(), rank = spatial + 2;
    if (!spatial || d.windowDilation.size() != spatial || d.baseDilation.size() != spatial ||
        d.padLo.size() != spatial || d.padHi.size() != spatial || d.srcDims.size() != rank ||
        d.dstDims.size() != rank || d.weightDims.size() != rank + 1)
      return fail(where, "the convolution's ranks do not agree");
    if (d.groups < 1 || d.weightDims[0] != d.groups)
      return fail(where, "weight dimension 0 must be the number of groups, " + std::to_string(d.groups));
    if (d.srcDims[0] != d.dstDims[0] || d.srcDims[1] != d.groups * d.weightDims[2] ||
        d.dstDims[1] != d.groups * d.weightDims[1])
      return fail(where, "the convolution's batch or channels do not agree");
    for (size_t i = 0; i != spatial; ++i) {
      if (d.windowStrides[i] < 1 || d.windowDilation[i] < 1 || d.baseDilation[i] < 1)
        return fail(where, "strides and dilations are 1 or more");
      if (!d.srcDims[i + 2] || !d.weightDims[i + 3] || !d.dstDims[i + 2])
        continue;
      int64_t padded = (d.srcDims[i + 2] - 1) * d.baseDilation[i] + 1 + d.padLo[i] + d.padHi[i];
      int64_t window = (d.weightDims[i + 3] - 1) * d.windowDilation[i] + 1;
      if ((padded - window) / d.windowStrides[i] + 1 != d.dstDims[i + 2])
        return fail(where, "spatial dimension " + number(i) + " gives " +
                               std::to_string((padded - window) / d.windowStrides[i] + 1) + ", the result has " +
                               std::to_string(d.dstDims[i + 2]));
    }
    for (auto &[list, count] : {std::pair(&d.srcDimsAt, rank),
                                {&d.weightDimsAt, rank + 1},
                                {&d.dstDimsAt, rank},
                                {&d.padLoAt, spatial},
                                {&d.padHiAt, spatial}})
      if (!formulas(where, *list, count, "dimensions"))
        return false;
    return operand(v, d.src, d.srcDims, s, "src", where) && operand(v, d.weight, d.weightDims, s, "weight", where) &&
           operand(v, d.dst, d.dstDims, s, "dst", where) && postOps(v, d.postOps, d.dstDims, s, where);
  }
};

} // namespace

bool check(const ExecutableImage &image, std::string &error) { return Checker(image, error).run(); }

} // namespace dlc::exe
