#include "tests/codegen/cuda/Cases.h"
#include <cmath>

namespace dlc::test {

/// out[b, m, n] = sum_k lhs * rhs, operands stored [b, m, k] or [b, k, m]; with `epilogue`: relu(out + bias[n]) + more.
static Case dot(const std::string &name, int64_t batch, int64_t m, int64_t n, int64_t k, bool lhsT, bool rhsT,
                const std::string &type = "f32", bool epilogue = false) {
  auto with = [&](std::vector<int64_t> shape) {
    if (batch > 0)
      shape.insert(shape.begin(), batch);
    return shape;
  };
  int64_t batches = batch > 0 ? batch : 1, first = batch > 0;
  auto lhs = with(lhsT ? std::vector<int64_t>{k, m} : std::vector<int64_t>{m, k});
  auto rhs = with(rhsT ? std::vector<int64_t>{n, k} : std::vector<int64_t>{k, n});
  auto out = with({m, n});
  std::string l = tensorType(lhs, type), r = tensorType(rhs, type), o = tensorType(out, type),
              bt = tensorType({n}, type);
  std::string batchDims = batch > 0 ? "[0] x [0]" : "[] x []";
  std::string body = "  %" + std::string(epilogue ? "d" : "r0") + " = dlc.dot_general %a0, %a1 batch = " + batchDims +
                     " contract = [" + std::to_string(first + (lhsT ? 0 : 1)) + "] x [" +
                     std::to_string(first + (rhsT ? 1 : 0)) + "] : (" + l + ", " + r + ") -> " + o + "\n";
  Case c{name};
  c.inputs = {random(type, product(lhs), 1), random(type, product(rhs), 2)};
  std::vector<std::string> arguments = {l, r};
  if (epilogue) {
    int rank = int(out.size());
    bool narrow = type == "f16" || type == "bf16";
    std::string f = narrow ? "f32" : type;
    std::string region = "  ^bb0(%x: " + type + ", %b: " + type + ", %s: " + type + ", %o: " + type + "):\n";
    std::string suffix = "";
    if (narrow) {
      for (std::string v : {"x", "b", "s"})
        region += "    %" + v + "f = arith.extf %" + v + " : " + type + " to f32\n";
      suffix = "f";
    }
    region += "    %z = arith.constant 0.0 : " + f + "\n    %t = arith.addf %x" + suffix + ", %b" + suffix + " : " + f +
              "\n    %u = arith.maximumf %t, %z : " + f + "\n    %v = arith.addf %u, %s" + suffix + " : " + f + "\n";
    region += narrow ? "    %w = arith.truncf %v : f32 to " + type + "\n    linalg.yield %w : " + type
                     : "    linalg.yield %v : " + type;
    std::string id = map(rank, dims(rank)), bias = map(rank, "(d" + std::to_string(rank - 1) + ")");
    body += "  %e = tensor.empty() : " + o + "\n" +
            generic("r0", rank, 0, {id, bias, id, id}, {{"%d", o}, {"%a2", bt}, {"%a3", o}}, {{"%e", o}}, region);
    arguments.insert(arguments.end(), {bt, o});
    c.inputs.push_back(random(type, n, 3));
    c.inputs.push_back(random(type, product(out), 4));
  }
  c.text = kernel(name, "contraction", arguments, {o}, body);
  Array expected{type, {}};
  for (int64_t b = 0; b < batches; ++b)
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (int64_t s = 0; s < k; ++s)
          sum += c.inputs[0].values[b * m * k + (lhsT ? s * m + i : i * k + s)] *
                 c.inputs[1].values[b * n * k + (rhsT ? j * k + s : s * n + j)];
        if (epilogue)
          sum = std::max(sum + c.inputs[2].values[j], 0.0) + c.inputs[3].values[(b * m + i) * n + j];
        expected.values.push_back(sum);
      }
  c.expected = {expected};
  c.tolerance = type == "f16" ? 2e-3 : type == "bf16" ? 1.6e-2 : type == "f64" ? 1e-12 : 1e-4;
  return c;
}

/// Two batch dimensions in places of their own, two contracted, two free: nothing is where a plain product has it.
static Case scrambledDot() {
  // lhs [c0=3, b=2, m0=5, c1=4, m1=6], rhs [n=7, c1=4, b=2, c0=3] -> [b, m0, m1, n]
  Case c{"dot_scrambled"};
  c.text =
      kernel("dot_scrambled", "contraction", {"tensor<3x2x5x4x6xf32>", "tensor<7x4x2x3xf32>"}, {"tensor<2x5x6x7xf32>"},
             "  %r0 = dlc.dot_general %a0, %a1 batch = [1] x [2] contract = [0, 3] x [3, 1] : "
             "(tensor<3x2x5x4x6xf32>, tensor<7x4x2x3xf32>) -> tensor<2x5x6x7xf32>\n");
  c.inputs = {random("f32", 3 * 2 * 5 * 4 * 6, 1), random("f32", 7 * 4 * 2 * 3, 2)};
  Array out{"f32", {}};
  for (int b = 0; b < 2; ++b)
    for (int m0 = 0; m0 < 5; ++m0)
      for (int m1 = 0; m1 < 6; ++m1)
        for (int n = 0; n < 7; ++n) {
          double sum = 0;
          for (int c0 = 0; c0 < 3; ++c0)
            for (int c1 = 0; c1 < 4; ++c1)
              sum += c.inputs[0].values[(((c0 * 2 + b) * 5 + m0) * 4 + c1) * 6 + m1] *
                     c.inputs[1].values[((n * 4 + c1) * 2 + b) * 3 + c0];
          out.values.push_back(sum);
        }
  c.expected = {out};
  c.tolerance = 1e-4;
  return c;
}

/// A gradient and the momentum step that reads it: two results from one epilogue, the second stored by the epilogue.
static Case dotMomentum(const std::string &name, int64_t m, int64_t n, int64_t k) {
  std::string l = tensorType({k, m}, "f32"), r = tensorType({k, n}, "f32"), o = tensorType({m, n}, "f32"),
              id = map(2, dims(2));
  Case c{name};
  c.text =
      kernel(name, "contraction", {l, r, o, o}, {o, o},
             "  %d = dlc.dot_general %a0, %a1 batch = [] x [] contract = [0] x [0] : (" + l + ", " + r + ") -> " + o +
                 "\n  %e = tensor.empty() : " + o + "\n" +
                 generic("g", 2, 0, {id, id, id, id, id}, {{"%d", o}, {"%a2", o}, {"%a3", o}}, {{"%e", o}, {"%e", o}},
                         "  ^bb0(%x: f32, %v: f32, %w: f32, %o: f32, %p: f32):\n    %c9 = arith.constant 0.9 : f32\n"
                         "    %lr = arith.constant 0.1 : f32\n    %t = arith.mulf %v, %c9 : f32\n"
                         "    %u = arith.addf %t, %x : f32\n    %s = arith.mulf %u, %lr : f32\n"
                         "    %q = arith.subf %w, %s : f32\n    linalg.yield %u, %q : f32, f32"));
  c.text.replace(c.text.find("return %r0, %r1"), 15, "return %g#0, %g#1");
  c.inputs = {random("f32", k * m, 1), random("f32", k * n, 2), random("f32", m * n, 3), random("f32", m * n, 4)};
  c.expected = {{"f32", {}}, {"f32", {}}};
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t s = 0; s < k; ++s)
        sum += c.inputs[0].values[s * m + i] * c.inputs[1].values[s * n + j];
      double v = 0.9 * c.inputs[2].values[i * n + j] + sum;
      c.expected[0].values.push_back(v);
      c.expected[1].values.push_back(c.inputs[3].values[i * n + j] - 0.1 * v);
    }
  c.tolerance = 1e-4;
  return c;
}

std::vector<Case> dotCases() {
  return {dot("dot_nn", 0, 70, 50, 33, false, false),
          dot("dot_nt", 0, 130, 36, 64, false, true),
          dot("dot_tn", 0, 33, 65, 17, true, false),
          dot("dot_tt", 0, 64, 40, 40, true, true),
          dot("dot_vector", 0, 1, 100, 70, false, false),
          dot("dot_column", 0, 100, 1, 70, false, true),
          dot("dot_outer", 0, 20, 30, 1, false, false),
          dot("dot_one", 0, 1, 1, 1, false, false),
          dot("dot_batch", 3, 40, 20, 24, false, true),
          dot("dot_batch_odd", 4, 17, 19, 5, true, false),
          dot("dot_epilogue", 0, 128, 10, 100, false, true, "f32", true),
          dot("dot_epilogue_vector", 0, 66, 64, 32, false, true, "f32", true),
          dot("dot_epilogue_batch", 2, 30, 12, 20, false, false, "f32", true),
          dot("dot_big", 0, 1600, 1408, 20, false, true),
          dot("dot_wide", 0, 130, 4100, 9, false, false),
          dot("dot_f64", 0, 50, 44, 40, false, true, "f64"),
          dot("dot_f64_epilogue", 0, 45, 41, 37, true, false, "f64", true),
          dot("dot_f16", 0, 50, 40, 64, false, true, "f16", true),
          dot("dot_bf16", 0, 33, 40, 64, false, false, "bf16", true),
          dot("dot_i32", 0, 20, 30, 40, false, true, "i32"),
          dot("dot_slices", 0, 40, 33, 500, false, true, "f32", true),
          dot("dot_slices_odd", 0, 12, 60, 403, true, false),
          dot("dot_slices_f64", 0, 20, 24, 300, false, true, "f64"),
          dotMomentum("dot_momentum", 65, 12, 40),
          dotMomentum("dot_momentum_odd", 33, 10, 17),
          scrambledDot()};
}

/// Shapes for the tensor cores: every order and alignment of operands, ragged edges, few tiles with a long sum.
std::vector<Case> tensorDotCases() {
  std::vector<Case> cases;
  auto add = [&](std::string name, int64_t batch, int64_t m, int64_t n, int64_t k, std::string type,
                 bool epilogue = false) {
    for (bool lhsT : {false, true})
      for (bool rhsT : {false, true})
        cases.push_back(dot("mma_" + type + "_" + name + (lhsT ? "_t" : "_n") + (rhsT ? "t" : "n"), batch, m, n, k,
                            lhsT, rhsT, type, epilogue && lhsT != rhsT));
  };
  for (std::string type : {"f16", "bf16"}) {
    add("aligned", 0, 64, 72, 96, type, true);
    add("eights", 0, 36, 44, 52, type); // 8 bytes at a time
    add("fours", 0, 38, 50, 46, type);  // 4 bytes at a time
    add("odd", 0, 37, 51, 45, type, true);
    add("batch", 3, 40, 24, 48, type, true);
  }
  add("long", 0, 24, 40, 1000, "bf16", true);
  add("long_odd", 2, 20, 33, 601, "f16");
  // Every tile that the schedule knows.
  cases.push_back(dot("mma_rows", 0, 2, 4096, 128, false, true, "bf16"));
  cases.push_back(dot("mma_columns", 0, 2000, 24, 32, false, true, "f16", true));
  cases.push_back(dot("mma_flat", 0, 24, 3000, 32, false, false, "f16"));
  cases.push_back(dot("mma_wide", 0, 264, 3000, 40, false, true, "bf16"));
  cases.push_back(dot("mma_tall", 0, 3000, 264, 40, false, false, "bf16"));
  cases.push_back(dot("mma_large", 0, 2200, 2056, 8, true, false, "bf16"));
  return cases;
}
/// The largest tiles, in text alone: they are compiled, not run. 64-bit offsets in one.
std::vector<Case> largeDots(const std::string &type) {
  std::vector<Case> cases;
  for (auto [m, n, k, lhsT, rhsT] : {std::tuple<int64_t, int64_t, int64_t, bool, bool>{4096, 4096, 4096, false, true},
                                     {4096, 2048, 1020, true, false},
                                     {70000, 20000, 1024, false, false}}) {
    std::string l = tensorType(lhsT ? std::vector{k, m} : std::vector{m, k}, type),
                r = tensorType(rhsT ? std::vector{n, k} : std::vector{k, n}, type), o = tensorType({m, n}, type),
                name = "large_" + type + "_" + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
    cases.push_back(
        {name, kernel(name, "contraction", {l, r}, {o},
                      "  %r0 = dlc.dot_general %a0, %a1 batch = [] x [] contract = [" + std::string(lhsT ? "0" : "1") +
                          "] x [" + (rhsT ? "1" : "0") + "] : (" + l + ", " + r + ") -> " + o + "\n")});
  }
  return cases;
}
std::vector<Case> tf32DotCases() {
  std::vector<Case> cases;
  for (bool lhsT : {false, true})
    for (bool rhsT : {false, true})
      for (int64_t k : {48, 45, 46, 700}) {
        int64_t m = k == 45 ? 35 : 68, n = k == 45 ? 43 : k == 46 ? 70 : 72;
        cases.push_back(dot("tf32_" + std::to_string(k) + (lhsT ? "_t" : "_n") + (rhsT ? "t" : "n"), k == 46 ? 2 : 0, m,
                            n, k, lhsT, rhsT, "f32", lhsT));
        cases.back().tolerance = 4e-3 * std::sqrt(double(k)); // 11 bits of each factor
      }
  cases.push_back(dot("tf32_large", 0, 1300, 1032, 16, false, true));
  cases.back().tolerance = 2e-2;
  return cases;
}

struct ConvShape {
  std::string name;
  int64_t images, channels, outputs, groups;
  std::vector<int64_t> in, window, strides, low, high, lhsDilation, rhsDilation;
  bool last;
  bool epilogue = false;
  std::string type = "f32";
};

static Case conv(const ConvShape &s) {
  int spatial = int(s.in.size()), rank = spatial + 2;
  std::vector<int64_t> out;
  for (int d = 0; d < spatial; ++d)
    out.push_back(
        (s.lhsDilation[d] * (s.in[d] - 1) + 1 + s.low[d] + s.high[d] - (s.rhsDilation[d] * (s.window[d] - 1) + 1)) /
            s.strides[d] +
        1);
  int64_t groupChannels = s.channels / s.groups, groupOutputs = s.outputs / s.groups;
  auto layout = [&](int64_t outer, int64_t channels, const std::vector<int64_t> &extents) {
    std::vector<int64_t> shape = {outer};
    if (!s.last)
      shape.push_back(channels);
    shape.insert(shape.end(), extents.begin(), extents.end());
    if (s.last)
      shape.push_back(channels);
    return shape;
  };
  auto x = layout(s.images, s.channels, s.in), w = layout(s.outputs, groupChannels, s.window),
       y = layout(s.images, s.outputs, out);
  std::string xt = tensorType(x, s.type), wt = tensorType(w, s.type), yt = tensorType(y, s.type),
              bt = tensorType({s.outputs}, s.type);
  auto list = [](const std::vector<int64_t> &values) {
    std::string text = "[";
    for (size_t i = 0; i < values.size(); ++i)
      text += (i ? ", " : "") + std::to_string(values[i]);
    return text + "]";
  };
  std::string attributes = s.groups > 1 ? "groups = " + std::to_string(s.groups) + " : i64" : "";
  if (s.last)
    attributes += std::string(attributes.empty() ? "" : ", ") + "channels_last = true";
  std::string body = "  %" + std::string(s.epilogue ? "d" : "r0") +
                     " = dlc.conv %a0, %a1 strides = " + list(s.strides) + " low = " + list(s.low) +
                     " high = " + list(s.high) + " lhs_dilation = " + list(s.lhsDilation) +
                     " rhs_dilation = " + list(s.rhsDilation) + (attributes.empty() ? "" : " {" + attributes + "}") +
                     " : (" + xt + ", " + wt + ") -> " + yt + "\n";
  Case c{s.name};
  c.inputs = {random(s.type, product(x), 1), random(s.type, product(w), 2)};
  std::vector<std::string> arguments = {xt, wt};
  if (s.epilogue) {
    std::string id = map(rank, dims(rank)), bias = map(rank, "(d" + std::to_string(s.last ? rank - 1 : 1) + ")");
    body += "  %e = tensor.empty() : " + yt + "\n" +
            generic("r0", rank, 0, {id, bias, id, id}, {{"%d", yt}, {"%a2", bt}, {"%a3", yt}}, {{"%e", yt}},
                    "  ^bb0(%x: f32, %b: f32, %s: f32, %o: f32):\n    %t = arith.addf %x, %b : f32\n"
                    "    %u = arith.mulf %t, %s : f32\n    linalg.yield %u : f32");
    arguments.insert(arguments.end(), {bt, yt});
    c.inputs.push_back(random(s.type, s.outputs, 3));
    c.inputs.push_back(random(s.type, product(y), 4));
  }
  c.text = kernel(s.name, "contraction", arguments, {yt}, body);

  auto pixels = [](const std::vector<int64_t> &extents) { return product(extents); };
  auto offset = [&](int64_t outer, int64_t channel, int64_t channels, const std::vector<int64_t> &extents,
                    int64_t pixel) {
    return s.last ? (outer * pixels(extents) + pixel) * channels + channel
                  : (outer * channels + channel) * pixels(extents) + pixel;
  };
  auto split = [&](int64_t flat, const std::vector<int64_t> &extents) {
    std::vector<int64_t> at(extents.size());
    for (int d = int(extents.size()) - 1; d >= 0; --d) {
      at[d] = flat % extents[d];
      flat /= extents[d];
    }
    return at;
  };
  Array expected{s.type, std::vector<double>(product(y))};
  for (int64_t image = 0; image < s.images; ++image)
    for (int64_t o = 0; o < s.outputs; ++o)
      for (int64_t p = 0; p < pixels(out); ++p) {
        auto at = split(p, out);
        double sum = 0;
        for (int64_t ch = 0; ch < groupChannels; ++ch)
          for (int64_t q = 0; q < pixels(s.window); ++q) {
            auto tap = split(q, s.window);
            int64_t source = 0;
            bool inside = true;
            for (int d = 0; d < spatial; ++d) {
              int64_t position = at[d] * s.strides[d] - s.low[d] + tap[d] * s.rhsDilation[d];
              inside =
                  inside && position >= 0 && position % s.lhsDilation[d] == 0 && position / s.lhsDilation[d] < s.in[d];
              source = source * s.in[d] + position / s.lhsDilation[d];
            }
            if (inside)
              sum +=
                  c.inputs[0].values[offset(image, o / groupOutputs * groupChannels + ch, s.channels, s.in, source)] *
                  c.inputs[1].values[offset(o, ch, groupChannels, s.window, q)];
          }
        int64_t where = offset(image, o, s.outputs, out, p);
        if (s.epilogue)
          sum = (sum + c.inputs[2].values[o]) * c.inputs[3].values[where];
        expected.values[where] = sum;
      }
  c.expected = {expected};
  c.tolerance = s.type == "f16" ? 2e-3 : s.type == "bf16" ? 1.6e-2 : 1e-4;
  return c;
}

std::vector<Case> convCases() {
  std::vector<Case> cases;
  for (bool last : {false, true}) {
    std::string tag = last ? "_nhwc" : "_nchw";
    for (
        const ConvShape &s : std::vector<ConvShape>{
            {"conv2d" + tag, 2, 8, 12, 1, {9, 11}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, last, true},
            {"conv2d_odd" + tag, 1, 3, 5, 1, {10, 7}, {3, 2}, {2, 1}, {1, 0}, {0, 1}, {1, 1}, {1, 2}, last, false},
            {"conv2d_1x1" + tag, 2, 16, 8, 1, {5, 6}, {1, 1}, {1, 1}, {0, 0}, {0, 0}, {1, 1}, {1, 1}, last, true},
            {"conv2d_1x1_strided" + tag,
             1,
             8,
             8,
             1,
             {8, 8},
             {1, 1},
             {2, 2},
             {0, 0},
             {0, 0},
             {1, 1},
             {1, 1},
             last,
             false},
            {"conv2d_groups" + tag, 2, 8, 12, 4, {6, 6}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, last, true},
            {"conv2d_1x1_groups" + tag, 2, 8, 8, 2, {5, 4}, {1, 1}, {1, 1}, {0, 0}, {0, 0}, {1, 1}, {1, 1}, last, true},
            {"conv2d_depthwise" + tag, 1, 6, 6, 6, {7, 7}, {3, 3}, {2, 2}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, last, false},
            {"conv2d_depthwise_wide" + tag,
             2,
             12,
             12,
             12,
             {9, 8},
             {3, 5},
             {1, 1},
             {1, 2},
             {1, 2},
             {1, 1},
             {1, 1},
             last,
             true},
            {"conv2d_depthwise_f16" + tag,
             2,
             8,
             8,
             8,
             {6, 8},
             {3, 3},
             {1, 2},
             {1, 1},
             {1, 1},
             {1, 1},
             {2, 1},
             last,
             false,
             "f16"},
            {"conv2d_depthwise_transposed" + tag,
             1,
             8,
             8,
             8,
             {5, 4},
             {4, 3},
             {1, 1},
             {2, 2},
             {2, 2},
             {2, 2},
             {1, 1},
             last,
             false},
            {"conv1d_depthwise" + tag, 2, 5, 5, 5, {17}, {4}, {1}, {3}, {0}, {1}, {1}, last, true},
            {"conv2d_transposed" + tag,
             1,
             4,
             8,
             1,
             {5, 5},
             {3, 3},
             {1, 1},
             {2, 1},
             {1, 2},
             {2, 3},
             {1, 1},
             last,
             false},
            {"conv2d_negative_pad" + tag,
             1,
             4,
             4,
             1,
             {8, 8},
             {3, 3},
             {1, 1},
             {-1, 2},
             {1, -2},
             {1, 1},
             {1, 1},
             last,
             false},
            {"conv1d" + tag, 3, 4, 6, 1, {20}, {5}, {2}, {2}, {2}, {1}, {1}, last, true},
            {"conv3d" + tag,
             1,
             4,
             8,
             1,
             {4, 5, 6},
             {2, 3, 2},
             {1, 2, 1},
             {1, 1, 0},
             {0, 1, 1},
             {1, 1, 1},
             {1, 1, 1},
             last,
             false},
            {"conv2d_f16" + tag,
             1,
             8,
             8,
             1,
             {6, 6},
             {3, 3},
             {1, 1},
             {1, 1},
             {1, 1},
             {1, 1},
             {1, 1},
             last,
             false,
             "f16"},
        })
      cases.push_back(conv(s));
  }
  return cases;
}

std::vector<Case> tensorConvCases() {
  std::vector<Case> cases;
  using L = std::vector<int64_t>;
  for (bool last : {false, true}) {
    std::string tag = last ? "_nhwc" : "_nchw";
    for (std::string type : {"f16", "bf16"}) {
      std::string mma = "mma_" + type + "_conv";
      auto add = [&](const std::string &name, int64_t images, int64_t channels, int64_t outputs, int64_t groups, L in,
                     L window, L strides, L low, L high, L lhsDilation, L rhsDilation) {
        cases.push_back(conv({mma + name + tag, images, channels, outputs, groups, in, window, strides, low, high,
                              lhsDilation, rhsDilation, last, false, type}));
      };
      add("2d", 2, 16, 24, 1, {9, 11}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1});
      add("2d_fours", 1, 4, 12, 1, {12, 9}, {3, 3}, {2, 1}, {1, 0}, {0, 1}, {1, 1}, {1, 2});
      add("2d_first", 1, 3, 16, 1, {15, 14}, {5, 5}, {2, 2}, {2, 2}, {2, 2}, {1, 1}, {1, 1});
      add("2d_1x1", 2, 24, 16, 1, {5, 6}, {1, 1}, {1, 1}, {0, 0}, {0, 0}, {1, 1}, {1, 1});
      add("2d_groups", 2, 16, 24, 2, {6, 6}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1});
      add("2d_transposed", 1, 8, 16, 1, {5, 5}, {3, 3}, {1, 1}, {2, 1}, {1, 2}, {2, 3}, {1, 1});
      add("1d", 3, 8, 16, 1, {20}, {5}, {2}, {2}, {2}, {1}, {1});
      add("3d", 1, 4, 8, 1, {4, 5, 6}, {2, 3, 2}, {1, 2, 1}, {1, 1, 0}, {0, 1, 1}, {1, 1, 1}, {1, 1, 1});
      add("2d_long", 1, 96, 16, 1, {4, 4}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1});
    }
  }
  return cases;
}

} // namespace dlc::test
