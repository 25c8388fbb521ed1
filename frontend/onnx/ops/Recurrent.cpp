// ONNX RNN, GRU and LSTM: short sequences are unrolled, others a loop. The input's share of all steps is one
// contraction.
#include "frontend/onnx/NodeBuilder.h"
#include "frontend/onnx/Regions.h"
#include "frontend/onnx/Sizes.h"
#include "frontend/onnx/ops/Quantized.h"

namespace dlc {
namespace {
using N = NodeBuilder;

constexpr int64_t longestUnrolled = 8;

struct Activation {
  std::string name;
  double alpha, beta;
};

Value activate(N &n, const Activation &a, Value x) {
  if (a.name == "sigmoid")
    return n.unary<LogisticOp>(x);
  if (a.name == "tanh")
    return n.unary<TanhOp>(x);
  if (a.name == "relu")
    return n.unary<ReluOp>(x);
  if (a.name == "affine")
    return n.plus(n.times(x, a.alpha), a.beta);
  if (a.name == "hardsigmoid")
    return n.binary<MinOp>(n.o.max(n.plus(n.times(x, a.alpha), a.beta), n.o.like(x, 0)), n.o.like(x, 1));
  if (a.name == "softsign")
    return n.o.div(x, n.plus(n.o.abs(x), 1));
  if (a.name == "softplus")
    return n.o.add(n.unary<ReluOp>(x), n.unary<Log1pOp>(n.o.exp(n.o.neg(n.o.abs(x)))));
  if (a.name == "scaledtanh")
    return n.times(n.unary<TanhOp>(n.times(x, a.beta)), a.alpha);
  bool leaky = a.name == "leakyrelu", elu = a.name == "elu";
  if (!leaky && !elu)
    return {};
  Value low = n.times(leaky ? x : n.unary<Expm1Op>(x), a.alpha);
  return n.o.select(n.compare(ComparePredicate::lt, x, n.o.like(x, 0)), low, x);
}

// What the three operators share: operands in [T, B, I] order, one direction at a time.
class Recurrent {
public:
  Recurrent(N &n, int64_t gates, ArrayRef<StringRef> defaults) : n(n), gates(gates) {
    directions = n.s("direction", "forward") == "bidirectional" ? 2 : 1;
    auto *names = findAttr(n.node, "activations");
    auto alphas = floatsAttr(n.node, "activation_alpha"), betas = floatsAttr(n.node, "activation_beta");
    size_t per = defaults.size();
    for (size_t i = 0; i < per * size_t(directions); ++i) {
      Activation a{names && int(i) < names->strings_size() ? StringRef(names->strings(int(i))).lower()
                                                           : defaults[i % per].str(),
                   0, 0};
      a.alpha = i < alphas.size() ? alphas[i] : a.name == "hardsigmoid" ? 0.2 : a.name == "leakyrelu" ? 0.01 : 1;
      a.beta = i < betas.size() ? betas[i] : a.name == "hardsigmoid" ? 0.5 : a.name == "affine" ? 0 : 1;
      activations.push_back(a);
    }
    perDirection = per;
  }

  LogicalResult prepare() {
    if (n.rank(0) != 3 || n.rank(1) != 3 || n.rank(2) != 3)
      return n.fail("wants operands X, W and R of rank 3");
    batchFirst = n.i("layout", 0) == 1;
    x = batchFirst ? n.transpose(n.in(0), {1, 0, 2}) : n.in(0);
    // Quantised weights are stored the other way round: [directions, in, gates].
    int64_t gateDim = bytes ? 2 : 1, inDim = 3 - gateDim;
    steps = N::shapeOf(x)[0], batch = N::shapeOf(x)[1], hidden = n.shape(2)[inDim];
    element = n.element(0);
    if (n.shape(1)[0] != directions || n.shape(1)[gateDim] != gates * hidden || n.shape(1)[inDim] != N::shapeOf(x)[2] ||
        n.shape(2)[0] != directions || n.shape(2)[gateDim] != gates * hidden)
      return n.fail("W is " + shapeName(n.shape(1).vec()) + " and R is " + shapeName(n.shape(2).vec()) +
                    ", which do not fit an input of " + shapeName(n.shape(0).vec()));
    clip = n.f("clip", 0);
    for (auto &a : activations)
      if (!llvm::is_contained({"sigmoid", "tanh", "relu", "affine", "hardsigmoid", "softsign", "softplus", "scaledtanh",
                               "leakyrelu", "elu"},
                              StringRef(a.name)))
        return n.unsupported("activation '" + a.name + "'");
    if (n.has(4)) {
      const Tensor *lengths = n.constant(4);
      bool full = lengths != nullptr;
      for (int64_t i = 0; lengths && i < lengths->elements(); ++i)
        full &= lengths->i64At(i) == steps;
      if (!full)
        lengthsValue = n.cast(n.in(4), n.b.getI64Type());
    }
    return success();
  }

  bool reversed(int64_t d) { return d == 1 || n.s("direction", "forward") == "reverse"; }
  Value direction(int input, int64_t d) {
    SmallVector<int64_t> shape(n.shape(input).drop_front());
    return n.reshape(n.slice(n.in(input), 0, d, 1), shape);
  }
  Value initial(int input, int64_t d) {
    auto type = tensorType({batch, hidden}, element);
    if (!n.has(input))
      return n.o.full(type, 0);
    Value all = batchFirst ? n.transpose(n.in(input), {1, 0, 2}) : n.in(input);
    return n.reshape(n.slice(all, 0, d, 1), {batch, hidden});
  }
  /// v [.., in] times the weights of a direction, operand 1 or 2; [.., gates * hidden].
  Value product(Value v, int operand, int64_t d) {
    Value w = direction(operand, d);
    int64_t last = N::rankOf(v) - 1;
    if (!bytes)
      return n.o.dot(v, w, {}, {}, {last}, {1});
    int scale = operand == 1 ? 8 : 10; // their zero points follow
    return dynamicProduct(n, v, w, direction(scale, d), direction(scale + 1, d));
  }
  // [T, B, G*H] with the biases that simply add up.
  Value inputShare(int64_t d, bool withRecurrentBias) {
    Value share = product(x, 1, d);
    if (!n.has(3))
      return share;
    Value bias = direction(3, d), w = n.slice(bias, 0, 0, gates * hidden);
    if (withRecurrentBias)
      w = n.o.add(w, n.slice(bias, 0, gates * hidden, gates * hidden));
    return n.o.add(share, n.o.along(w, 2, share));
  }
  Value recurrentBias(int64_t d) {
    return n.has(3) ? n.slice(direction(3, d), 0, gates * hidden, gates * hidden) : Value();
  }
  Value at(Value share, int64_t t) { return n.reshape(n.slice(share, 0, t, 1), {batch, gates * hidden}); }
  Value gate(Value all, int64_t g) { return n.slice(all, 1, g * hidden, hidden); }
  Value act(int64_t d, size_t index, Value v) {
    if (clip > 0)
      v = n.binary<MinOp>(n.o.max(v, n.o.like(v, -clip)), n.o.like(v, clip));
    return activate(n, activations[size_t(d) * perDirection + index], v);
  }
  // Behind the end of a row's sequence its state stays. `t` is the step's number.
  Value keep(Value t, Value now, Value before) {
    if (!lengthsValue)
      return now;
    Value inside = n.compare(ComparePredicate::gt, lengthsValue, n.o.broadcast(t, {}, lengthsValue.getType()));
    inside = n.o.broadcast(inside, {0}, tensorType({batch, hidden}, n.b.getI1Type()));
    return n.o.select(inside, now, before);
  }

  /// One step from h and c to the next ones; `input` is the input's share of it. Returns the row of Y.
  template <typename Step> Value advance(Step step, int64_t d, Value t, Value input, Value &h, Value &c) {
    Value nextH = h, nextC = c;
    step(d, input, nextH, nextC);
    Value row = keep(t, nextH, n.o.like(h, 0));
    h = keep(t, nextH, h);
    if (c)
      c = keep(t, nextC, c);
    return row;
  }

  /// All steps of a direction one after the other, or as a loop: the rows [T, B, H].
  template <typename Step> Value unrolled(Step step, int64_t d, Value share, Value &h, Value &c) {
    SmallVector<Value> rows(steps);
    for (int64_t i = 0; i < steps; ++i) {
      int64_t t = reversed(d) ? steps - 1 - i : i;
      Value number = lengthsValue ? n.o.scalar(n.b.getI64Type(), double(t)) : Value();
      rows[t] = n.reshape(advance(step, d, number, at(share, t), h, c), {1, batch, hidden});
    }
    return steps ? n.concat(rows, 0) : n.o.full(tensorType({0, batch, hidden}, element), 0);
  }
  template <typename Step> Value looped(Step step, int64_t d, Value share, Value &h, Value &c) {
    auto i64 = n.b.getI64Type();
    SmallVector<Value> inputs = {h};
    if (c)
      inputs.push_back(c);
    LoopForm form;
    form.carried = int64_t(inputs.size());
    setSteps(form, steps);
    inputs.push_back(share);
    if (lengthsValue)
      inputs.push_back(IotaOp::create(n.b, n.loc, tensorType({steps}, i64), 0));
    form.sequences = int64_t(inputs.size()) - form.carried;
    if (reversed(d))
      form.reversed.assign({0, form.sequences});
    if (reversed(d) && lengthsValue)
      form.reversed.insert(form.reversed.begin() + 1, 1);
    Traced body;
    Value nextH = body.argument(n.b, n.loc, cast<RankedTensorType>(h.getType())), nextC;
    if (c)
      nextC = body.argument(n.b, n.loc, cast<RankedTensorType>(c.getType()));
    Value input = body.argument(n.b, n.loc, tensorType({batch, gates * hidden}, element)), t;
    if (lengthsValue)
      t = body.argument(n.b, n.loc, RankedTensorType::get({}, i64));
    body.begin(n.b);
    Value row = advance(step, d, t, input, nextH, nextC);
    SmallVector<Value> yields = {nextH};
    if (c)
      yields.push_back(nextC);
    yields.push_back(row);
    auto loop = makeWhile(n.b, n.loc, form, body, inputs, yields);
    h = loop.getResult(0);
    if (c)
      c = loop.getResult(1);
    return loop.getResults().back();
  }

  // Runs `step(d, input, h, c)` in both directions and sets Y, Y_h and (for LSTM) Y_c.
  template <typename Start, typename Step> LogicalResult run(Start start, Step step, bool cell) {
    SmallVector<Value> outputs, lastH, lastC;
    for (int64_t d = 0; d < directions; ++d) {
      Value h = initial(5, d), c = cell ? initial(6, d) : Value();
      Value share = start(d);
      Value rows =
          isOpen(steps) || steps > longestUnrolled ? looped(step, d, share, h, c) : unrolled(step, d, share, h, c);
      outputs.push_back(n.reshape(rows, {steps, 1, batch, hidden}));
      lastH.push_back(n.reshape(h, {1, batch, hidden}));
      if (cell)
        lastC.push_back(n.reshape(c, {1, batch, hidden}));
    }
    auto state = [&](ArrayRef<Value> parts) {
      Value all = n.concat(parts, 0);
      return batchFirst ? n.transpose(all, {1, 0, 2}) : all;
    };
    if (n.wants(0)) {
      Value y = n.concat(outputs, 1);
      if (failed(n.set(0, batchFirst ? n.transpose(y, {2, 0, 1, 3}) : y)))
        return failure();
    }
    if (n.wants(1) && failed(n.set(1, state(lastH))))
      return failure();
    return cell && n.wants(2) ? n.set(2, state(lastC)) : success();
  }

  N &n;
  int64_t gates, directions, steps = 0, batch = 0, hidden = 0;
  size_t perDirection;
  SmallVector<Activation> activations;
  double clip = 0;
  bool batchFirst = false, bytes = false;
  mlir::Type element;
  Value x, lengthsValue;
};

LogicalResult rnn(N &n) {
  Recurrent r(n, 1, {"tanh"});
  if (failed(r.prepare()))
    return failure();
  Value weight;
  return r.run(
      [&](int64_t d) {
        weight = r.direction(2, d);
        return r.inputShare(d, true);
      },
      [&](int64_t d, Value in, Value &h, Value &) {
        h = r.act(d, 0, n.o.add(in, n.o.dot(h, weight, {}, {}, {1}, {1})));
      },
      false);
}

LogicalResult gru(N &n) {
  Recurrent r(n, 3, {"sigmoid", "tanh"});
  if (failed(r.prepare()))
    return failure();
  bool linear = n.i("linear_before_reset", 0);
  Value weight, bias, weightZR, weightH;
  return r.run(
      [&](int64_t d) {
        weight = r.direction(2, d);
        bias = r.recurrentBias(d);
        weightZR = n.slice(weight, 0, 0, 2 * r.hidden);
        weightH = n.slice(weight, 0, 2 * r.hidden, r.hidden);
        return r.inputShare(d, false);
      },
      [&](int64_t d, Value in, Value &h, Value &) {
        Value zr = n.slice(in, 1, 0, 2 * r.hidden), inH = r.gate(in, 2);
        zr = n.o.add(zr, n.o.dot(h, weightZR, {}, {}, {1}, {1}));
        if (bias)
          zr = n.o.add(zr, n.o.along(n.slice(bias, 0, 0, 2 * r.hidden), 1, zr));
        Value z = r.act(d, 0, r.gate(zr, 0)), reset = r.act(d, 0, r.gate(zr, 1));
        Value inner = n.o.dot(linear ? h : n.o.mul(reset, h), weightH, {}, {}, {1}, {1});
        if (bias)
          inner = n.o.add(inner, n.o.along(n.slice(bias, 0, 2 * r.hidden, r.hidden), 1, inner));
        Value candidate = r.act(d, 1, n.o.add(inH, linear ? n.o.mul(reset, inner) : inner));
        h = n.o.add(n.o.mul(n.o.sub(n.o.like(z, 1), z), candidate), n.o.mul(z, h));
      },
      false);
}

LogicalResult lstm(N &n, Recurrent &r) {
  if (failed(r.prepare()))
    return failure();
  bool coupled = n.i("input_forget", 0), peepholes = n.has(7);
  Value peep;
  return r.run(
      [&](int64_t d) {
        peep = peepholes ? r.direction(7, d) : Value();
        return r.inputShare(d, true);
      },
      [&](int64_t d, Value in, Value &h, Value &c) {
        Value all = n.o.add(in, r.product(h, 2, d));
        auto withPeep = [&](Value v, int64_t g, Value cell) {
          return peep ? n.o.add(v, n.o.mul(cell, n.o.along(n.slice(peep, 0, g * r.hidden, r.hidden), 1, cell))) : v;
        };
        Value i = r.act(d, 0, withPeep(r.gate(all, 0), 0, c));
        Value f = coupled ? n.o.sub(n.o.like(i, 1), i) : r.act(d, 0, withPeep(r.gate(all, 2), 2, c));
        Value candidate = r.act(d, 1, r.gate(all, 3));
        c = n.o.add(n.o.mul(f, c), n.o.mul(i, candidate));
        Value o = r.act(d, 0, withPeep(r.gate(all, 1), 1, c));
        h = n.o.mul(o, activate(n, r.activations[size_t(d) * r.perDirection + 2], c));
      },
      true);
}

LogicalResult floatLstm(N &n) {
  Recurrent r(n, 4, {"sigmoid", "tanh", "tanh"});
  return lstm(n, r);
}
// Weights of bytes, with scales and zero points of a direction or of its columns; operands are quantised as they come.
LogicalResult dynamicQuantizeLstm(N &n) {
  Recurrent r(n, 4, {"sigmoid", "tanh", "tanh"});
  r.bytes = true;
  for (int i = 8; i < 12; ++i) {
    int64_t gates = n.rank(i) == 2 ? n.shape(i)[1] : n.shape(2)[2];
    if (n.rank(i) < 1 || n.rank(i) > 2 || n.shape(i)[0] != r.directions || gates != n.shape(2)[2] ||
        !n.element(i % 2 ? i : 1).isInteger(8) || n.element(i % 2 ? i : 0) != n.element(i % 2 ? 1 : 0))
      return n.fail("'" + n.name(i) + "' of " + shapeName(n.shape(i).vec()) +
                    " should have a number for each direction, or for each of its columns, and the weights' type");
  }
  return lstm(n, r);
}

const ImportRow rows[] = {
    {"GRU", 3, gru, OpenDims::any},
    {"LSTM", 3, floatLstm, OpenDims::any},
    {"RNN", 3, rnn, OpenDims::any},
    {"com.microsoft.DynamicQuantizeLSTM", 3, dynamicQuantizeLstm},
};
} // namespace

ArrayRef<ImportRow> recurrentRows() { return rows; }
} // namespace dlc
