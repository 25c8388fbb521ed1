#include "tests/codegen/cuda/Cases.h"
#include <cmath>
#include <limits>

namespace dlc::test {

static std::string empty(const std::string &name, const std::string &type) {
  return "  %" + name + " = tensor.empty() : " + type + "\n";
}
static std::string filled(const std::string &name, const std::string &value, const std::string &scalar,
                          const std::string &type) {
  return "  %" + name + "_v = arith.constant " + value + " : " + scalar + "\n" + empty(name + "_e", type) + "  %" +
         name + " = linalg.fill ins(%" + name + "_v : " + scalar + ") outs(%" + name + "_e : " + type + ") -> " + type +
         "\n";
}

/// out[i, j] = max(x[i, j] + b[j], 0), of any element type; 16-bit floats are extended and truncated by the body.
static Case biasRelu(const std::string &name, int64_t rows, int64_t columns, const std::string &type) {
  std::string t = tensorType({rows, columns}, type), bt = tensorType({columns}, type);
  bool narrow = type == "f16" || type == "bf16";
  std::string f = narrow ? "f32" : type, body = "  ^bb0(%x: " + type + ", %b: " + type + ", %o: " + type + "):\n";
  std::string x = "%x", b = "%b";
  if (narrow) {
    body += "    %xf = arith.extf %x : " + type + " to f32\n    %bf = arith.extf %b : " + type + " to f32\n";
    x = "%xf", b = "%bf";
  }
  body += "    %z = arith.constant 0.0 : " + f + "\n    %s = arith.addf " + x + ", " + b + " : " + f +
          "\n    %r = arith.maximumf %s, %z : " + f + "\n";
  body += narrow ? "    %t = arith.truncf %r : f32 to " + type + "\n    linalg.yield %t : " + type
                 : "    linalg.yield %r : " + type;
  Case c{name};
  c.text = kernel(name, "row", {t, bt}, {t},
                  empty("e", t) + generic("r0", 2, 0, {map(2, "(d0, d1)"), map(2, "(d1)"), map(2, "(d0, d1)")},
                                          {{"%a0", t}, {"%a1", bt}}, {{"%e", t}}, body));
  c.inputs = {random(type, rows * columns, 1), random(type, columns, 2)};
  c.inputs[0].values[0] = std::nan("");
  Array out{type, {}};
  for (int64_t i = 0; i < rows * columns; ++i) {
    double sum = c.inputs[0].values[i] + c.inputs[1].values[i % columns];
    out.values.push_back(sum != sum ? sum : std::max(sum, 0.0));
  }
  c.expected = {out};
  c.tolerance = type == "f16" ? 1e-3 : type == "bf16" ? 1e-2 : 1e-6;
  return c;
}

/// out = x permuted, then doubled.
static Case permute(const std::string &name, const std::vector<int64_t> &shape, const std::vector<int> &order,
                    const std::string &type) {
  int rank = int(shape.size());
  std::vector<int64_t> outShape;
  for (int d : order)
    outShape.push_back(shape[d]);
  // Output dimension d walks input dimension order[d].
  std::vector<int> position(rank);
  for (int d = 0; d < rank; ++d)
    position[order[d]] = d;
  std::string results = "(";
  for (int d = 0; d < rank; ++d)
    results += (d ? ", d" : "d") + std::to_string(position[d]);
  std::string in = tensorType(shape, type), out = tensorType(outShape, type);
  bool integer = type[0] == 'i', narrow = type == "f16";
  std::string body = "  ^bb0(%x: " + type + ", %o: " + type + "):\n";
  if (narrow)
    body += "    %xf = arith.extf %x : f16 to f32\n    %d = arith.addf %xf, %xf : f32\n"
            "    %t = arith.truncf %d : f32 to f16\n    linalg.yield %t : f16";
  else
    body += std::string("    %d = arith.add") + (integer ? "i" : "f") + " %x, %x : " + type +
            "\n    linalg.yield %d : " + type;
  Case c{name};
  c.text = kernel(name, "row", {in}, {out},
                  empty("e", out) + generic("r0", rank, 0, {map(rank, results + ")"), map(rank, dims(rank))},
                                            {{"%a0", in}}, {{"%e", out}}, body));
  c.inputs = {random(type, product(shape), 3)};
  Array expected{type, {}};
  for (int64_t flat = 0; flat < product(outShape); ++flat) {
    std::vector<int64_t> at(rank);
    int64_t rest = flat;
    for (int d = rank - 1; d >= 0; --d) {
      at[order[d]] = rest % outShape[d];
      rest /= outShape[d];
    }
    int64_t source = 0;
    for (int d = 0; d < rank; ++d)
      source = source * shape[d] + at[d];
    expected.values.push_back(2 * c.inputs[0].values[source]);
  }
  c.expected = {expected};
  return c;
}

/// Two results: a comparison (bool, i8 in memory) and a select of it.
static Case compareSelect(const std::string &name, int64_t count) {
  std::string f = tensorType({count}, "f32"), b = tensorType({count}, "i8");
  Case c{name};
  c.text = kernel(name, "row", {f, f}, {b, f},
                  empty("e0", b) + empty("e1", f) +
                      generic("g", 1, 0, {map(1, "(d0)"), map(1, "(d0)"), map(1, "(d0)"), map(1, "(d0)")},
                              {{"%a0", f}, {"%a1", f}}, {{"%e0", b}, {"%e1", f}},
                              "  ^bb0(%x: f32, %y: f32, %o: i8, %p: f32):\n    %t = arith.cmpf ogt, %x, %y : f32\n"
                              "    %i = arith.extui %t : i1 to i8\n    %s = arith.select %t, %x, %y : f32\n"
                              "    linalg.yield %i, %s : i8, f32"));
  // The results are %g#0 and %g#1.
  size_t at = c.text.find("return %r0, %r1");
  c.text.replace(at, 15, "return %g#0, %g#1");
  c.inputs = {random("f32", count, 4), random("f32", count, 5)};
  c.expected = {{"i8", {}}, {"f32", {}}};
  for (int64_t i = 0; i < count; ++i) {
    double x = c.inputs[0].values[i], y = c.inputs[1].values[i];
    c.expected[0].values.push_back(x > y);
    c.expected[1].values.push_back(x > y ? x : y);
  }
  return c;
}

/// A zero-padded shift through tensor.extract under scf.if, and integer arithmetic that must wrap.
static Case paddedShift(const std::string &name, int64_t rows, int64_t columns) {
  std::string t = tensorType({rows, columns}, "i32");
  Case c{name};
  c.text = kernel(name, "row", {t}, {t},
                  empty("e", t) +
                      generic("r0", 2, 0, {map(2, "(d0, d1)")}, {}, {{"%e", t}},
                              "  ^bb0(%o: i32):\n    %i = linalg.index 0 : index\n    %j = linalg.index 1 : index\n"
                              "    %two = arith.constant 2 : index\n    %zero = arith.constant 0 : index\n"
                              "    %s = arith.subi %j, %two : index\n    %in = arith.cmpi sge, %s, %zero : index\n"
                              "    %v = scf.if %in -> (i32) {\n      %x = tensor.extract %a0[%i, %s] : " +
                                  t +
                                  "\n      scf.yield %x : i32\n    } else {\n      %z = arith.constant 7 : i32\n"
                                  "      scf.yield %z : i32\n    }\n    %big = arith.constant 1000000007 : i32\n"
                                  "    %p = arith.muli %v, %big : i32\n    linalg.yield %p : i32"));
  c.inputs = {random("i32", rows * columns, 6)};
  Array out{"i32", {}};
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j) {
      int64_t v = j >= 2 ? int64_t(c.inputs[0].values[i * columns + j - 2]) : 7;
      out.values.push_back(int32_t(uint32_t(v) * 1000000007u));
    }
  c.expected = {out};
  return c;
}

/// Mean of a k x k window, as scf.for in the body.
static Case window(const std::string &name, int64_t size, int64_t k) {
  int64_t out = size - k + 1;
  std::string in = tensorType({size, size}, "f32"), o = tensorType({out, out}, "f32");
  std::string bound = std::to_string(k);
  Case c{name};
  c.text = kernel(
      name, "row", {in}, {o},
      empty("e", o) +
          generic("r0", 2, 0, {map(2, "(d0, d1)")}, {}, {{"%e", o}},
                  "  ^bb0(%o: f32):\n    %i = linalg.index 0 : index\n    %j = linalg.index 1 : index\n"
                  "    %c0 = arith.constant 0 : index\n    %c1 = arith.constant 1 : index\n    %ck = arith.constant " +
                      bound +
                      " : index\n    %z = arith.constant 0.0 : f32\n"
                      "    %s = scf.for %y = %c0 to %ck step %c1 iter_args(%u = %z) -> (f32) {\n"
                      "      %t = scf.for %x = %c0 to %ck step %c1 iter_args(%v = %u) -> (f32) {\n"
                      "        %p = affine.apply affine_map<(a, b) -> (a + b)>(%i, %y)\n"
                      "        %q = affine.apply affine_map<(a, b) -> (a + b)>(%j, %x)\n"
                      "        %l = tensor.extract %a0[%p, %q] : " +
                      in +
                      "\n        %w = arith.addf %v, %l : f32\n        scf.yield %w : f32\n      }\n"
                      "      scf.yield %t : f32\n    }\n    %n = arith.constant " +
                      std::to_string(k * k) + ".0 : f32\n    %m = arith.divf %s, %n : f32\n    linalg.yield %m : f32"));
  c.inputs = {random("f32", size * size, 7)};
  Array expected{"f32", {}};
  for (int64_t i = 0; i < out; ++i)
    for (int64_t j = 0; j < out; ++j) {
      double sum = 0;
      for (int64_t y = 0; y < k; ++y)
        for (int64_t x = 0; x < k; ++x)
          sum += c.inputs[0].values[(i + y) * size + j + x];
      expected.values.push_back(sum / double(k * k));
    }
  c.expected = {expected};
  return c;
}

/// Both halves of 32-bit products, as random numbers need them.
static Case wideProduct(const std::string &name, int64_t count) {
  std::string t = tensorType({count}, "i32");
  Case c{name};
  c.text = kernel(name, "row", {t, t}, {t, t},
                  empty("e", t) +
                      generic("g", 1, 0, {map(1, "(d0)"), map(1, "(d0)"), map(1, "(d0)"), map(1, "(d0)")},
                              {{"%a0", t}, {"%a1", t}}, {{"%e", t}, {"%e", t}},
                              "  ^bb0(%x: i32, %y: i32, %o: i32, %p: i32):\n"
                              "    %big = arith.constant 123456789 : i32\n    %u = arith.muli %x, %big : i32\n"
                              "    %v = arith.muli %y, %big : i32\n    %l, %h = arith.mului_extended %u, %v : i32\n"
                              "    linalg.yield %l, %h : i32, i32"));
  c.text.replace(c.text.find("return %r0, %r1"), 15, "return %g#0, %g#1");
  c.inputs = {random("i32", count, 4), random("i32", count, 5)};
  c.expected = {{"i32", {}}, {"i32", {}}};
  for (int64_t i = 0; i < count; ++i) {
    uint64_t product = uint64_t(uint32_t(int32_t(c.inputs[0].values[i])) * 123456789u) *
                       (uint32_t(int32_t(c.inputs[1].values[i])) * 123456789u);
    c.expected[0].values.push_back(int32_t(product));
    c.expected[1].values.push_back(int32_t(product >> 32));
  }
  return c;
}

std::vector<Case> pointwiseCases() {
  return {biasRelu("bias_relu_vector", 128, 512, "f32"),
          biasRelu("bias_relu_odd", 33, 101, "f32"),
          biasRelu("bias_relu_row", 1, 100003, "f32"),
          biasRelu("bias_relu_f16", 64, 256, "f16"),
          biasRelu("bias_relu_bf16", 65, 136, "bf16"),
          biasRelu("bias_relu_f64", 31, 300, "f64"),
          biasRelu("bias_relu_one", 1, 1, "f32"),
          compareSelect("compare_select", 9001),
          wideProduct("wide_product", 77),
          compareSelect("compare_select_small", 5),
          paddedShift("padded_shift", 37, 300),
          window("window_mean", 29, 3),
          permute("transpose_2d", {37, 45}, {1, 0}, "f32"),
          permute("transpose_big", {64, 256}, {1, 0}, "f32"),
          permute("transpose_batch", {5, 33, 70}, {0, 2, 1}, "f16"),
          permute("nchw_to_nhwc", {3, 20, 7, 9}, {0, 2, 3, 1}, "f32"),
          permute("swap_outer", {6, 5, 64}, {1, 0, 2}, "f32"),
          permute("reverse_dims", {4, 6, 5, 7}, {3, 2, 1, 0}, "i32"),
          permute("transpose_bytes", {100, 48}, {1, 0}, "i8"),
          permute("transpose_i64", {40, 33}, {1, 0}, "i64")};
}

/// One reduction of x over the dimensions that `parallel` does not list; "sum", "max", "sumi".
static Case reduce(const std::string &name, const std::vector<int64_t> &shape, const std::vector<int> &parallel,
                   const std::string &op) {
  int rank = int(shape.size()), numP = int(parallel.size());
  std::vector<int> order = parallel;
  for (int d = 0; d < rank; ++d)
    if (std::find(parallel.begin(), parallel.end(), d) == parallel.end())
      order.push_back(d);
  std::vector<int> position(rank);
  std::vector<int64_t> outShape;
  for (int d = 0; d < rank; ++d)
    position[order[d]] = d;
  for (int d : parallel)
    outShape.push_back(shape[d]);
  std::string in = "(", out = "(";
  for (int d = 0; d < rank; ++d)
    in += (d ? ", d" : "d") + std::to_string(position[d]);
  for (int d = 0; d < numP; ++d)
    out += (d ? ", d" : "d") + std::to_string(d);
  std::string type = op == "sumi" ? "i64" : "f32";
  std::string x = tensorType(shape, type), r = tensorType(outShape, type);
  std::string init = op == "sum" ? "0.0" : op == "max" ? "0xFF800000" : "0";
  std::string combine = op == "sum"   ? "arith.addf %o, %x fastmath<reassoc,contract> : f32"
                        : op == "max" ? "arith.maximumf %o, %x : f32"
                                      : "arith.addi %o, %x : i64";
  Case c{name};
  c.text =
      kernel(name, "row", {x}, {r},
             filled("f", init, type, r) + generic("r0", numP, rank - numP, {map(rank, in + ")"), map(rank, out + ")")},
                                                  {{"%a0", x}}, {{"%f", r}},
                                                  "  ^bb0(%x: " + type + ", %o: " + type + "):\n    %c = " + combine +
                                                      "\n    linalg.yield %c : " + type));
  c.inputs = {random(type, product(shape), 8)};
  Array expected{type,
                 std::vector<double>(product(outShape), op == "max" ? -std::numeric_limits<double>::infinity() : 0)};
  for (int64_t flat = 0; flat < product(shape); ++flat) {
    std::vector<int64_t> at(rank);
    int64_t rest = flat, to = 0;
    for (int d = rank - 1; d >= 0; --d) {
      at[d] = rest % shape[d];
      rest /= shape[d];
    }
    for (int d : parallel)
      to = to * shape[d] + at[d];
    double &sum = expected.values[to];
    sum = op == "max" ? std::max(sum, c.inputs[0].values[flat]) : sum + c.inputs[0].values[flat];
  }
  c.expected = {expected};
  c.tolerance = 1e-4;
  return c;
}

/// Softmax over the last dimension, or the first: three stages in one kernel.
static Case softmax(const std::string &name, int64_t rows, int64_t length, bool columns) {
  std::vector<int64_t> shape = columns ? std::vector<int64_t>{length, rows} : std::vector<int64_t>{rows, length};
  std::string x = tensorType(shape, "f32"), p = tensorType({rows}, "f32");
  std::string id = map(2, columns ? "(d1, d0)" : "(d0, d1)"), row = map(2, "(d0)");
  std::string body =
      filled("m", "0xFF800000", "f32", p) +
      generic("max", 1, 1, {id, row}, {{"%a0", x}}, {{"%m", p}},
              "  ^bb0(%x: f32, %o: f32):\n    %c = arith.maximumf %o, %x : f32\n    linalg.yield %c : f32") +
      filled("s", "0.0", "f32", p) +
      generic("sum", 1, 1, {id, row, row}, {{"%a0", x}, {"%max", p}}, {{"%s", p}},
              "  ^bb0(%x: f32, %b: f32, %o: f32):\n    %d = arith.subf %x, %b : f32\n    %e = math.exp %d : "
              "f32\n    %c = arith.addf %o, %e fastmath<reassoc,contract> : f32\n    linalg.yield %c : f32") +
      empty("e", x) +
      generic("r0", 2, 0, {id, row, row, id}, {{"%a0", x}, {"%max", p}, {"%sum", p}}, {{"%e", x}},
              "  ^bb0(%x: f32, %b: f32, %t: f32, %o: f32):\n    %d = arith.subf %x, %b : f32\n    %e1 = math.exp "
              "%d : f32\n    %c = arith.divf %e1, %t : f32\n    linalg.yield %c : f32");
  Case c{name};
  c.text = kernel(name, "row", {x}, {x}, body);
  c.inputs = {random("f32", rows * length, 9)};
  Array out{"f32", std::vector<double>(rows * length)};
  for (int64_t i = 0; i < rows; ++i) {
    auto at = [&](int64_t j) { return columns ? j * rows + i : i * length + j; };
    double sum = 0;
    for (int64_t j = 0; j < length; ++j)
      sum += std::exp(c.inputs[0].values[at(j)]);
    for (int64_t j = 0; j < length; ++j)
      out.values[at(j)] = std::exp(c.inputs[0].values[at(j)]) / sum;
  }
  c.expected = {out};
  return c;
}

/// Layer norm with scale and shift; also returns the means, which lie over P.
static Case layerNorm(const std::string &name, int64_t rows, int64_t length) {
  std::string x = tensorType({rows, length}, "f32"), p = tensorType({rows}, "f32"), g = tensorType({length}, "f32");
  std::string id = map(2, "(d0, d1)"), row = map(2, "(d0)"), column = map(2, "(d1)"), one = map(1, "(d0)");
  std::string n = std::to_string(length) + ".0";
  std::string sum = "  ^bb0(%x: f32, %o: f32):\n    %c = arith.addf %o, %x fastmath<reassoc,contract> : f32\n    "
                    "linalg.yield %c : f32";
  std::string body =
      filled("z", "0.0", "f32", p) + generic("total", 1, 1, {id, row}, {{"%a0", x}}, {{"%z", p}}, sum) +
      empty("pe", p) +
      generic("r1", 1, 0, {one, one}, {{"%total", p}}, {{"%pe", p}},
              "  ^bb0(%t: f32, %o: f32):\n    %n = arith.constant " + n +
                  " : f32\n    %c = arith.divf %t, %n : f32\n    linalg.yield %c : f32") +
      generic("square", 1, 1, {id, row, row}, {{"%a0", x}, {"%r1", p}}, {{"%z", p}},
              "  ^bb0(%x: f32, %m: f32, %o: f32):\n    %d = arith.subf %x, %m : f32\n    %q = arith.mulf %d, %d : f32\n"
              "    %c = arith.addf %o, %q fastmath<reassoc,contract> : f32\n    linalg.yield %c : f32") +
      generic("rstd", 1, 0, {one, one}, {{"%square", p}}, {{"%pe", p}},
              "  ^bb0(%t: f32, %o: f32):\n    %n = arith.constant " + n +
                  " : f32\n    %eps = arith.constant 1.0e-5 : f32\n    %v = arith.divf %t, %n : f32\n"
                  "    %w = arith.addf %v, %eps : f32\n    %c = math.rsqrt %w : f32\n    linalg.yield %c : f32") +
      empty("e", x) +
      generic("r0", 2, 0, {id, row, row, column, column, id},
              {{"%a0", x}, {"%r1", p}, {"%rstd", p}, {"%a1", g}, {"%a2", g}}, {{"%e", x}},
              "  ^bb0(%x: f32, %m: f32, %s: f32, %g: f32, %b: f32, %o: f32):\n    %d = arith.subf %x, %m : f32\n"
              "    %h = arith.mulf %d, %s : f32\n    %i = arith.mulf %h, %g : f32\n    %c = arith.addf %i, %b : f32\n"
              "    linalg.yield %c : f32");
  Case c{name};
  c.text = kernel(name, "row", {x, g, g}, {x, p}, body);
  c.inputs = {random("f32", rows * length, 10), random("f32", length, 11), random("f32", length, 12)};
  c.expected = {{"f32", {}}, {"f32", {}}};
  for (int64_t i = 0; i < rows; ++i) {
    double mean = 0, variance = 0;
    for (int64_t j = 0; j < length; ++j)
      mean += c.inputs[0].values[i * length + j] / double(length);
    for (int64_t j = 0; j < length; ++j)
      variance += std::pow(c.inputs[0].values[i * length + j] - mean, 2) / double(length);
    for (int64_t j = 0; j < length; ++j)
      c.expected[0].values.push_back((c.inputs[0].values[i * length + j] - mean) / std::sqrt(variance + 1e-5) *
                                         c.inputs[1].values[j] +
                                     c.inputs[2].values[j]);
    c.expected[1].values.push_back(mean);
  }
  c.tolerance = 1e-4;
  return c;
}

/// Largest value and the first index that has it: two accumulators, ties by the index. Values repeat on purpose.
static Case argMax(const std::string &name, int64_t rows, int64_t length, bool columns, bool tieBreak) {
  std::vector<int64_t> shape = columns ? std::vector<int64_t>{length, rows} : std::vector<int64_t>{rows, length};
  std::string x = tensorType(shape, "f32"), p = tensorType({rows}, "f32"), q = tensorType({rows}, "i64");
  std::string id = map(2, columns ? "(d1, d0)" : "(d0, d1)"), row = map(2, "(d0)");
  std::string wins = tieBreak ? "    %e = arith.cmpf oeq, %x, %v : f32\n    %l = arith.cmpi slt, %j, %i : i64\n"
                                "    %t = arith.andi %e, %l : i1\n    %w = arith.ori %g, %t : i1\n"
                              : "    %tr = arith.constant true\n    %w = arith.andi %g, %tr : i1\n";
  std::string body = filled("fv", "0xFF800000", "f32", p) + filled("fi", "9223372036854775807", "i64", q) +
                     generic("g", 1, 1, {id, row, row}, {{"%a0", x}}, {{"%fv", p}, {"%fi", q}},
                             "  ^bb0(%x: f32, %v: f32, %i: i64):\n    %k = linalg.index 1 : index\n    %j = "
                             "arith.index_cast %k : index to i64\n"
                             "    %g = arith.cmpf ogt, %x, %v : f32\n" +
                                 wins +
                                 "    %a = arith.select %w, %x, %v : f32\n    %b = arith.select %w, %j, %i : i64\n"
                                 "    linalg.yield %a, %b : f32, i64");
  Case c{name};
  c.text = kernel(name, "row", {x}, {p, q}, body);
  c.text.replace(c.text.find("return %r0, %r1"), 15, "return %g#0, %g#1");
  c.inputs = {random("f32", rows * length, 13)};
  for (double &value : c.inputs[0].values)
    value = double(int(value * 3));
  c.expected = {{"f32", {}}, {"i64", {}}};
  for (int64_t i = 0; i < rows; ++i) {
    double best = -1e30;
    int64_t where = 0;
    for (int64_t j = 0; j < length; ++j) {
      double value = c.inputs[0].values[columns ? j * rows + i : i * length + j];
      if (value > best)
        best = value, where = j;
    }
    c.expected[0].values.push_back(best);
    c.expected[1].values.push_back(double(where));
  }
  return c;
}

/// Sum and largest in one walk, then a map over P whose result is returned and used by a map over P x R.
static Case twoReductions(const std::string &name, int64_t rows, int64_t length, bool columns, bool elements = true) {
  std::vector<int64_t> shape = columns ? std::vector<int64_t>{length, rows} : std::vector<int64_t>{rows, length};
  std::string x = tensorType(shape, "f32"), p = tensorType({rows}, "f32"), one = map(1, "(d0)");
  std::string id = map(2, columns ? "(d1, d0)" : "(d0, d1)"), row = map(2, "(d0)");
  std::string body =
      filled("z", "0.0", "f32", p) + filled("m", "0xFF800000", "f32", p) + empty("pe", p) + empty("e", x) +
      generic("sum", 1, 1, {id, row}, {{"%a0", x}}, {{"%z", p}},
              "  ^bb0(%x: f32, %o: f32):\n    %c = arith.addf %o, %x fastmath<reassoc,contract> : f32\n    "
              "linalg.yield %c : f32") +
      generic("max", 1, 1, {id, row}, {{"%a0", x}}, {{"%m", p}},
              "  ^bb0(%x: f32, %o: f32):\n    %c = arith.maximumf %o, %x : f32\n    linalg.yield %c : f32") +
      generic(elements ? "r1" : "r0", 1, 0, {one, one, one, one}, {{"%sum", p}, {"%max", p}, {"%a1", p}}, {{"%pe", p}},
              "  ^bb0(%s: f32, %g: f32, %q: f32, %o: f32):\n    %t = arith.addf %s, %g : f32\n    %c = arith.addf %t, "
              "%q : f32\n    linalg.yield %c : f32");
  if (elements)
    body += generic("r0", 2, 0, {id, row, id}, {{"%a0", x}, {"%r1", p}}, {{"%e", x}},
                    "  ^bb0(%x: f32, %t: f32, %o: f32):\n    %c = arith.mulf %x, %t : f32\n    linalg.yield %c : f32");
  Case c{name};
  c.text = kernel(name, "row", {x, p}, elements ? std::vector<std::string>{x, p} : std::vector<std::string>{p}, body);
  c.inputs = {random("f32", rows * length, 14), random("f32", rows, 15)};
  c.expected = {{"f32", std::vector<double>(rows * length)}, {"f32", {}}};
  for (int64_t i = 0; i < rows; ++i) {
    auto at = [&](int64_t j) { return columns ? j * rows + i : i * length + j; };
    double sum = 0, max = -1e30;
    for (int64_t j = 0; j < length; ++j) {
      sum += c.inputs[0].values[at(j)];
      max = std::max(max, c.inputs[0].values[at(j)]);
    }
    double t = sum + max + c.inputs[1].values[i];
    c.expected[1].values.push_back(t);
    for (int64_t j = 0; j < length; ++j)
      c.expected[0].values[at(j)] = c.inputs[0].values[at(j)] * t;
  }
  if (!elements)
    c.expected.erase(c.expected.begin());
  c.tolerance = 1e-4;
  return c;
}

std::vector<Case> reductionCases() {
  return {reduce("sum_rows_short", {1000, 3}, {0}, "sum"), reduce("sum_rows_warp", {70, 100}, {0}, "sum"),
          reduce("sum_rows_odd", {33, 77}, {0}, "sum"), reduce("max_rows_block", {5, 4100}, {0}, "max"),
          reduce("sum_all", {10007}, {}, "sum"), reduce("sum_all_2d", {64, 128}, {}, "sum"),
          reduce("sum_columns", {300, 70}, {1}, "sum"), reduce("sum_columns_long", {2000, 33}, {1}, "sum"),
          reduce("sum_columns_few", {9, 500}, {1}, "sum"), reduce("sum_columns_one", {400, 1}, {1}, "sum"),
          reduce("sum_of_one", {300, 1}, {0}, "sum"), reduce("max_columns", {40, 50}, {1}, "max"),
          reduce("sum_integers", {50, 130}, {0}, "sumi"), reduce("sum_batch_stats", {4, 6, 5, 8}, {1}, "sum"),
          reduce("sum_middle", {7, 40, 9}, {0, 2}, "sum"), reduce("sum_scattered", {6, 5, 7, 4}, {1, 2}, "sum"),
          // Long, with few results: two kernels each.
          reduce("sum_all_parts", {300000}, {}, "sum"),
          reduce("sum_all_prime", {300007}, {}, "sum"), // in one after all
          reduce("sum_columns_parts", {9000, 40}, {1}, "sum"), reduce("max_rows_parts", {3, 90112}, {0}, "max"),
          reduce("sum_integers_parts", {2, 131072}, {0}, "sumi"),
          reduce("sum_batch_stats_parts", {1, 64, 25, 24, 8}, {4}, "sum"),
          twoReductions("two_reductions_parts", 4, 66000, false, false),
          twoReductions("two_reductions_columns_parts", 20, 16384, true, false),
          twoReductions("two_reductions", 20, 300, false), twoReductions("two_reductions_short", 200, 3, false),
          twoReductions("two_reductions_columns", 50, 40, true), twoReductions("two_reductions_block", 4, 6000, false),
          softmax("softmax_tiny", 130, 10, false), softmax("softmax_warp", 100, 256, false),
          softmax("softmax_block", 3, 5000, false), softmax("softmax_columns", 70, 40, true),
          softmax("softmax_columns_short", 70, 5, true), layerNorm("layer_norm", 37, 96),
          layerNorm("layer_norm_long", 3, 2052), argMax("argmax_rows", 50, 1000, false, true),
          argMax("argmax_short", 50, 10, false, true), argMax("argmax_columns", 40, 64, true, true),
          argMax("argmax_serial", 50, 40, false, false)};
}

} // namespace dlc::test
