// Kernels in row form, compiled and run; the expected values are naive loops in double.
// Long because every kernel stands beside the naive loop that it is held to.
#include "tests/codegen/cpu/Support.h"

using namespace dlc::test;

namespace {

class RowKernels : public testing::TestWithParam<std::string> {
protected:
  std::unique_ptr<Module> compile(const std::string &text) { return Module::compile(text, GetParam()); }
};

const char *const kBiasRelu = R"(
#id = affine_map<(i, j) -> (i, j)>
#col = affine_map<(i, j) -> (j)>
func.func private @k(%x: tensor<MxNxf32>, %b: tensor<Nxf32>) -> tensor<MxNxf32> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<MxNxf32>
  %r = linalg.generic {indexing_maps = [#id, #col, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %b : tensor<MxNxf32>, tensor<Nxf32>) outs(%e : tensor<MxNxf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %zero = arith.constant 0.0 : f32
    %s = arith.addf %a, %c : f32
    %m = arith.maximumf %s, %zero : f32
    linalg.yield %m : f32
  } -> tensor<MxNxf32>
  return %r : tensor<MxNxf32>
})";

TEST_P(RowKernels, BiasRelu) {
  for (auto [m, n] : {std::pair<int64_t, int64_t>{1, 1}, {3, 10}, {128, 10}, {7, 1000}, {5, 4099}, {0, 4}, {4, 0}, {1, 5000}, {300, 1}}) {
    auto module = compile(replaceAll(kBiasRelu, {{"MxN", str(m) + "x" + str(n)}, {"tensor<Nx", "tensor<" + str(n) + "x"}}));
    ASSERT_TRUE(module);
    auto x = randomFloats(m * n, 1), b = randomFloats(n, 2);
    if (!x.empty())
      x[x.size() / 2] = std::numeric_limits<float>::quiet_NaN();
    std::vector<Guarded> in;
    in.push_back(guarded(x));
    in.push_back(guarded(b));
    auto out = runAllCuts(*module, "k", in, {x.size() * 4});
    expectClose(as<float>(out[0]), [&](size_t i) {
      double s = static_cast<double>(x[i]) + b[i % n];
      return std::isnan(s) ? s : std::max(s, 0.0);
    }, 1e-6, 0, str(m) + "x" + str(n));
  }
}


// A map with two inputs; the second is read through the given permutation.
TEST_P(RowKernels, Transpose) {
  for (auto [m, n] : {std::pair<int64_t, int64_t>{1, 7}, {3, 5}, {16, 16}, {64, 32}, {33, 47}, {100, 64}, {8, 1000}, {257, 129}}) {
    for (std::string type : {"f32", "f64", "i8"}) {
      std::string text = replaceAll(R"(
func.func private @k(%x: tensor<MxNxT>, %y: tensor<NxMxT>) -> tensor<MxNxT> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<MxNxT>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %y : tensor<MxNxT>, tensor<NxMxT>) outs(%e : tensor<MxNxT>) {
  ^bb0(%a: T, %c: T, %o: T):
    %s = OP %a, %c : T
    linalg.yield %s : T
  } -> tensor<MxNxT>
  return %r : tensor<MxNxT>
})", {{"MxN", str(m) + "x" + str(n)}, {"NxM", str(n) + "x" + str(m)}, {"xT>", "x" + type + ">"}, {": T", ": " + type}, {"OP", type[0] == 'f' ? "arith.subf" : "arith.subi"}});
      auto module = compile(text);
      ASSERT_TRUE(module);
      auto run = [&](auto zero) {
        using T = decltype(zero);
        std::vector<T> x(m * n), y(m * n);
        for (int64_t i = 0; i < m * n; ++i)
          x[i] = static_cast<T>(i % 61), y[i] = static_cast<T>(i % 47);
        std::vector<Guarded> in;
        in.push_back(guarded(x));
        in.push_back(guarded(y));
        auto out = runAllCuts(*module, "k", in, {x.size() * sizeof(T)});
        expectClose<T>(as<T>(out[0]), [&](size_t i) { return static_cast<double>(x[i]) - y[(i % n) * m + i / n]; }, 0, 0, type + " " + str(m) + "x" + str(n));
      };
      if (type == "f32")
        run(0.0f);
      else if (type == "f64")
        run(0.0);
      else
        run(int8_t{0});
    }
  }
}

TEST_P(RowKernels, Permute3D) {
  int64_t a = 5, b = 19, c = 24;
  auto module = compile(R"(
func.func private @k(%x: tensor<5x19x24xf32>) -> (tensor<24x5x19xf32>) attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<24x5x19xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (k, i, j)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<5x19x24xf32>) outs(%e : tensor<24x5x19xf32>) {
  ^bb0(%v: f32, %o: f32):
    linalg.yield %v : f32
  } -> tensor<24x5x19xf32>
  return %r : tensor<24x5x19xf32>
})");
  ASSERT_TRUE(module);
  auto x = randomFloats(a * b * c, 3);
  std::vector<Guarded> in;
  in.push_back(guarded(x));
  auto out = runAllCuts(*module, "k", in, {x.size() * 4});
  expectClose<float>(as<float>(out[0]), [&](size_t i) { return x[i % (a * b) * c + i / (a * b)]; }, 0, 0, "permute");
}

// Strided and offset slices, a reversed dimension, and a broadcast along the lanes.
TEST_P(RowKernels, SlicesAndFlip) {
  auto module = compile(R"(
func.func private @k(%x: tensor<9x50xf32>, %y: tensor<7x23xf32>, %z: tensor<7xf32>) -> (tensor<7x23xf32>) attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<7x23xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i + 1, j * 2 + 3)>, affine_map<(i, j) -> (-i + 6, -j + 22)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %y, %z : tensor<9x50xf32>, tensor<7x23xf32>, tensor<7xf32>) outs(%e : tensor<7x23xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    %t = arith.mulf %s, %c : f32
    linalg.yield %t : f32
  } -> tensor<7x23xf32>
  return %r : tensor<7x23xf32>
})");
  ASSERT_TRUE(module);
  auto x = randomFloats(450, 3), y = randomFloats(161, 4), z = randomFloats(7, 5);
  std::vector<Guarded> in;
  in.push_back(guarded(x));
  in.push_back(guarded(y));
  in.push_back(guarded(z));
  auto out = runAllCuts(*module, "k", in, {161 * 4});
  expectClose<float>(as<float>(out[0]), [&](size_t n) {
    size_t i = n / 23, j = n % 23;
    return (static_cast<double>(x[(i + 1) * 50 + j * 2 + 3]) + y[(6 - i) * 23 + 22 - j]) * z[i];
  }, 1e-6, 1e-6, "slices");
}

// Pad by a guard, concat by another, a gather of rows, and a gather of single elements.
TEST_P(RowKernels, PadGuard) {
  for (auto [h, w] : {std::pair<int64_t, int64_t>{1, 1}, {5, 6}, {20, 33}, {0, 3}, {3, 2}, {3, 3}, {3, 4}, {3, 7}, {3, 8}, {3, 9}, {3, 11}, {3, 12}, {3, 13}, {3, 17}, {2, 27}, {2, 60}}) {
    int64_t oh = h + 3, ow = w + 5;
    auto module = compile(replaceAll(R"(
func.func private @k(%x: tensor<HxWxf32>) -> (tensor<OHxOWxf32>) attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<OHxOWxf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<OHxOWxf32>) {
  ^bb0(%o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %y = affine.apply affine_map<(d0) -> (d0 - 1)>(%i)
    %c2 = arith.constant 2 : index
    %z = arith.subi %j, %c2 : index
    %h = arith.constant HH : index
    %w = arith.constant WW : index
    %a = arith.cmpi ult, %y, %h : index
    %b = arith.cmpi ult, %z, %w : index
    %in = arith.andi %a, %b : i1
    %v = scf.if %in -> f32 {
      %l = tensor.extract %x[%y, %z] : tensor<HxWxf32>
      scf.yield %l : f32
    } else {
      %p = arith.constant 7.5 : f32
      scf.yield %p : f32
    }
    linalg.yield %v : f32
  } -> tensor<OHxOWxf32>
  return %r : tensor<OHxOWxf32>
})", {{"OHxOW", str(oh) + "x" + str(ow)}, {"HxW", str(h) + "x" + str(w)}, {"HH", str(h)}, {"WW", str(w)}}));
    ASSERT_TRUE(module);
    auto x = randomFloats(h * w, 3);
    std::vector<Guarded> in;
    in.push_back(guarded(x));
    auto out = runAllCuts(*module, "k", in, {static_cast<size_t>(oh * ow) * 4});
    expectClose<float>(as<float>(out[0]), [&](size_t n) {
      int64_t i = static_cast<int64_t>(n) / ow - 1, j = static_cast<int64_t>(n) % ow - 2;
      return i >= 0 && i < h && j >= 0 && j < w ? x[i * w + j] : 7.5;
    }, 0, 0, "pad " + str(h) + "x" + str(w));
  }
}

TEST_P(RowKernels, ConcatAndGather) {
  auto module = compile(R"(
func.func private @k(%a: tensor<6x11xf32>, %b: tensor<6x21xf32>, %rows: tensor<6xi64>, %cols: tensor<32xi64>) -> (tensor<6x32xf32>, tensor<6x32xf32>) attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<6x32xf32>
  %r:2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%rows, %cols : tensor<6xi64>, tensor<32xi64>) outs(%e, %e : tensor<6x32xf32>, tensor<6x32xf32>) {
  ^bb0(%row: i64, %col: i64, %o: f32, %o2: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %c11 = arith.constant 11 : index
    %in = arith.cmpi ult, %j, %c11 : index
    %v = scf.if %in -> f32 {
      %l = tensor.extract %a[%i, %j] : tensor<6x11xf32>
      scf.yield %l : f32
    } else {
      %k = affine.apply affine_map<(d0) -> (d0 - 11)>(%j)
      %l = tensor.extract %b[%i, %k] : tensor<6x21xf32>
      scf.yield %l : f32
    }
    %ri = arith.index_cast %row : i64 to index
    %ci = arith.index_cast %col : i64 to index
    %g = tensor.extract %b[%ri, %ci] : tensor<6x21xf32>
    linalg.yield %v, %g : f32, f32
  } -> (tensor<6x32xf32>, tensor<6x32xf32>)
  return %r#0, %r#1 : tensor<6x32xf32>, tensor<6x32xf32>
})");
  ASSERT_TRUE(module);
  auto a = randomFloats(66, 3), b = randomFloats(126, 4);
  std::vector<int64_t> rows = {5, 0, 3, 3, 1, 2}, cols(32);
  for (int64_t i = 0; i < 32; ++i)
    cols[i] = (i * 7) % 21;
  std::vector<Guarded> in;
  in.push_back(guarded(a));
  in.push_back(guarded(b));
  in.push_back(guarded(rows));
  in.push_back(guarded(cols));
  auto out = runAllCuts(*module, "k", in, {192 * 4, 192 * 4});
  expectClose<float>(as<float>(out[0]), [&](size_t n) { return n % 32 < 11 ? a[n / 32 * 11 + n % 32] : b[n / 32 * 21 + n % 32 - 11]; }, 0, 0, "concat");
  expectClose<float>(as<float>(out[1]), [&](size_t n) { return b[rows[n / 32] * 21 + cols[n % 32]]; }, 0, 0, "gather");
}

// Sum and maximum over one dimension of three, and over all of them.
TEST_P(RowKernels, Reductions) {
  struct Case {
    int64_t a, b, c;
    std::string p, r; // dimensions kept, dimensions reduced
  };
  for (const Case &t : std::vector<Case>{{3, 4, 5, "", "012"}, {1, 1, 1000, "", "012"}, {64, 40, 1, "0", "12"}, {7, 3, 129, "01", "2"}, {7, 3, 129, "12", "0"},
                                         {7, 3, 129, "1", "02"}, {7, 13, 9, "02", "1"}, {128, 1, 10, "2", "01"}, {2, 300, 70, "02", "1"}, {4, 0, 3, "02", "1"},
                                         {40, 50, 60, "", "012"}, {9, 2, 1024, "2", "01"}, {3, 0, 4, "", "012"}, {0, 3, 4, "0", "12"}}) {
    std::string order = t.p + t.r, maps = "(", outMap = "(", iterators, shape = str(t.a) + "x" + str(t.b) + "x" + str(t.c), outShape;
    int64_t sizes[3] = {t.a, t.b, t.c};
    for (int d = 0; d < 3; ++d)
      maps += (d ? ", d" : "d") + str(static_cast<int64_t>(order.find('0' + d)));
    for (size_t i = 0; i < 3; ++i)
      iterators += std::string(i ? ", " : "") + (i < t.p.size() ? "\"parallel\"" : "\"reduction\"");
    for (size_t i = 0; i < t.p.size(); ++i)
      outMap += (i ? ", d" : "d") + str(i), outShape += str(sizes[t.p[i] - '0']) + "x";
    auto module = compile(replaceAll(R"(
func.func private @k(%x: tensor<SHAPExf32>) -> (tensor<OUTf32>, tensor<OUTf32>) attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<OUTf32>
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<OUTf32>) -> tensor<OUTf32>
  %g = linalg.fill ins(%low : f32) outs(%e : tensor<OUTf32>) -> tensor<OUTf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> IN>, affine_map<(d0, d1, d2) -> RES>], iterator_types = [ITER]}
      ins(%x : tensor<SHAPExf32>) outs(%f : tensor<OUTf32>) {
  ^bb0(%v: f32, %a: f32):
    %s = arith.addf %a, %v fastmath<reassoc,contract> : f32
    linalg.yield %s : f32
  } -> tensor<OUTf32>
  %m = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> IN>, affine_map<(d0, d1, d2) -> RES>], iterator_types = [ITER]}
      ins(%x : tensor<SHAPExf32>) outs(%g : tensor<OUTf32>) {
  ^bb0(%v: f32, %a: f32):
    %s = arith.maximumf %a, %v : f32
    linalg.yield %s : f32
  } -> tensor<OUTf32>
  return %r, %m : tensor<OUTf32>, tensor<OUTf32>
})", {{"SHAPE", shape}, {"<OUT", "<" + outShape}, {"IN>", maps + ")>"}, {"RES>", outMap + ")>"}, {"ITER", iterators}}));
    ASSERT_TRUE(module);
    auto x = randomFloats(t.a * t.b * t.c, 3);
    if (x.size() > 500)
      x[333] = std::numeric_limits<float>::quiet_NaN();
    std::vector<Guarded> in;
    in.push_back(guarded(x));
    size_t outSize = 1;
    for (char d : t.p)
      outSize *= sizes[d - '0'];
    auto out = runAllCuts(*module, "k", in, {outSize * 4, outSize * 4});
    std::vector<double> sum(outSize, 0.0), largest(outSize, -std::numeric_limits<double>::infinity());
    for (int64_t i = 0; i < t.a * t.b * t.c; ++i) {
      int64_t at[3] = {i / (t.b * t.c), i / t.c % t.b, i % t.c}, o = 0;
      for (char d : t.p)
        o = o * sizes[d - '0'] + at[d - '0'];
      sum[o] += x[i];
      largest[o] = std::isnan(x[i]) || std::isnan(largest[o]) ? std::nan("") : std::max<double>(largest[o], x[i]);
    }
    expectClose<float>(as<float>(out[0]), [&](size_t i) { return sum[i]; }, 1e-5, 2e-3, "sum " + shape + " over " + t.r);
    expectClose<float>(as<float>(out[1]), [&](size_t i) { return largest[i]; }, 0, 0, "max " + shape + " over " + t.r);
  }
}

TEST_P(RowKernels, Softmax) {
  for (auto [m, n] : {std::pair<int64_t, int64_t>{1, 1}, {3, 10}, {128, 10}, {7, 1000}, {5, 37}, {2, 4099}, {1, 16}, {17, 3}}) {
    auto module = compile(replaceAll(softmaxText(), {{"MxN", str(m) + "x" + str(n)}, {"<Mx", "<" + str(m) + "x"}}));
    ASSERT_TRUE(module);
    auto x = randomFloats(m * n, 1, -30, 30);
    if (m > 2)
      x[n + 1] = std::numeric_limits<float>::quiet_NaN(), x[2 * n] = -std::numeric_limits<float>::infinity();
    std::vector<Guarded> in;
    in.push_back(guarded(x));
    auto out = runAllCuts(*module, "k", in, {x.size() * 4});
    expectClose<float>(as<float>(out[0]), [&](size_t i) {
      double top = -1e300, sum = 0;
      for (int64_t j = 0; j < n; ++j) {
        double v = x[i / n * n + j];
        if (std::isnan(v))
          return v;
        top = std::max(top, v);
      }
      for (int64_t j = 0; j < n; ++j)
        sum += std::exp(x[i / n * n + j] - top);
      return std::exp(x[i] - top) / sum;
    }, 1e-5, 1e-37, "softmax " + str(m) + "x" + str(n));
  }
}

// Mean and variance of a channel of an NCHW tensor and the normalised tensor, as batch normalisation in training has it.
TEST_P(RowKernels, BatchNorm) {
  for (auto [n, c, hw] : {std::tuple<int64_t, int64_t, int64_t>{4, 3, 49}, {2, 17, 64}, {1, 1, 5}}) {
    auto module = compile(replaceAll(R"(
#in = affine_map<(c, n, s) -> (n, c, s)>
#p = affine_map<(c, n, s) -> (c)>
#q = affine_map<(c) -> (c)>
func.func private @k(%x: tensor<NxCxSxf32>, %g: tensor<Cxf32>, %h: tensor<Cxf32>) -> (tensor<NxCxSxf32>, tensor<Cxf32>) attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<NxCxSxf32>
  %ce = tensor.empty() : tensor<Cxf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%ce : tensor<Cxf32>) -> tensor<Cxf32>
  %sum = linalg.generic {indexing_maps = [#in, #p], iterator_types = ["parallel", "reduction", "reduction"]} ins(%x : tensor<NxCxSxf32>) outs(%f : tensor<Cxf32>) {
  ^bb0(%v: f32, %a: f32):
    %s = arith.addf %a, %v fastmath<reassoc,contract> : f32
    linalg.yield %s : f32
  } -> tensor<Cxf32>
  %mean = linalg.generic {indexing_maps = [#q, #q], iterator_types = ["parallel"]} ins(%sum : tensor<Cxf32>) outs(%ce : tensor<Cxf32>) {
  ^bb0(%v: f32, %a: f32):
    %k = arith.constant COUNT : f32
    %s = arith.divf %v, %k : f32
    linalg.yield %s : f32
  } -> tensor<Cxf32>
  %sq = linalg.generic {indexing_maps = [#in, #p, #p], iterator_types = ["parallel", "reduction", "reduction"]} ins(%x, %mean : tensor<NxCxSxf32>, tensor<Cxf32>) outs(%f : tensor<Cxf32>) {
  ^bb0(%v: f32, %m: f32, %a: f32):
    %d = arith.subf %v, %m : f32
    %d2 = arith.mulf %d, %d : f32
    %s = arith.addf %a, %d2 fastmath<reassoc,contract> : f32
    linalg.yield %s : f32
  } -> tensor<Cxf32>
  %rs = linalg.generic {indexing_maps = [#q, #q], iterator_types = ["parallel"]} ins(%sq : tensor<Cxf32>) outs(%ce : tensor<Cxf32>) {
  ^bb0(%v: f32, %a: f32):
    %k = arith.constant COUNT : f32
    %eps = arith.constant 1.0e-05 : f32
    %s = arith.divf %v, %k : f32
    %t = arith.addf %s, %eps : f32
    %u = math.rsqrt %t : f32
    linalg.yield %u : f32
  } -> tensor<Cxf32>
  %r = linalg.generic {indexing_maps = [#in, #p, #p, #p, #p, #in], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %mean, %rs, %g, %h : tensor<NxCxSxf32>, tensor<Cxf32>, tensor<Cxf32>, tensor<Cxf32>, tensor<Cxf32>) outs(%e : tensor<NxCxSxf32>) {
  ^bb0(%v: f32, %m: f32, %s: f32, %w: f32, %b: f32, %o: f32):
    %d = arith.subf %v, %m : f32
    %t = arith.mulf %d, %s : f32
    %u = arith.mulf %t, %w : f32
    %z = arith.addf %u, %b : f32
    linalg.yield %z : f32
  } -> tensor<NxCxSxf32>
  return %r, %mean : tensor<NxCxSxf32>, tensor<Cxf32>
})", {{"NxCxS", str(n) + "x" + str(c) + "x" + str(hw)}, {"<Cx", "<" + str(c) + "x"}, {"COUNT", str(n * hw) + ".0"}}));
    ASSERT_TRUE(module);
    auto x = randomFloats(n * c * hw, 1), g = randomFloats(c, 2), h = randomFloats(c, 3);
    std::vector<Guarded> in;
    in.push_back(guarded(x));
    in.push_back(guarded(g));
    in.push_back(guarded(h));
    auto out = runAllCuts(*module, "k", in, {x.size() * 4, static_cast<size_t>(c) * 4});
    std::vector<double> mean(c, 0), var(c, 0);
    for (size_t i = 0; i < x.size(); ++i)
      mean[i / hw % c] += x[i] / static_cast<double>(n * hw);
    for (size_t i = 0; i < x.size(); ++i)
      var[i / hw % c] += std::pow(x[i] - mean[i / hw % c], 2) / static_cast<double>(n * hw);
    expectClose<float>(as<float>(out[0]), [&](size_t i) {
      size_t k = i / hw % c;
      return (x[i] - mean[k]) / std::sqrt(var[k] + 1e-5) * g[k] + h[k];
    }, 1e-4, 1e-5, "batchnorm");
    expectClose<float>(as<float>(out[1]), [&](size_t i) { return mean[i]; }, 1e-5, 1e-6, "mean");
  }
}

// The first index of the largest value, along rows and along columns.
TEST_P(RowKernels, ArgMax) {
  for (bool rows : {true, false})
    for (auto [m, n] : {std::pair<int64_t, int64_t>{5, 10}, {33, 40}, {2, 300}}) {
      auto module = compile(replaceAll(R"(
#in = affine_map<(i, j) -> INMAP>
#p = affine_map<(i, j) -> (i)>
func.func private @k(%x: tensor<MxNxf32>) -> (tensor<Pxf32>, tensor<Pxi64>) attributes {dlc.kernel = "row"} {
  %low = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0 : i64
  %e = tensor.empty() : tensor<Pxf32>
  %ei = tensor.empty() : tensor<Pxi64>
  %f = linalg.fill ins(%low : f32) outs(%e : tensor<Pxf32>) -> tensor<Pxf32>
  %g = linalg.fill ins(%zero : i64) outs(%ei : tensor<Pxi64>) -> tensor<Pxi64>
  %r:2 = linalg.generic {indexing_maps = [#in, #p, #p], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<MxNxf32>) outs(%f, %g : tensor<Pxf32>, tensor<Pxi64>) {
  ^bb0(%v: f32, %a: f32, %b: i64):
    %j = linalg.index 1 : index
    %ji = arith.index_cast %j : index to i64
    %c = arith.cmpf ogt, %v, %a : f32
    %s = arith.select %c, %v, %a : f32
    %t = arith.select %c, %ji, %b : i64
    linalg.yield %s, %t : f32, i64
  } -> (tensor<Pxf32>, tensor<Pxi64>)
  return %r#0, %r#1 : tensor<Pxf32>, tensor<Pxi64>
})", {{"MxN", str(m) + "x" + str(n)}, {"<Px", "<" + str(rows ? m : n) + "x"}, {"INMAP", rows ? "(i, j)" : "(j, i)"}}));
      ASSERT_TRUE(module);
      auto x = randomFloats(m * n, 1);
      for (float &v : x)
        v = std::round(v * 2); // ties
      std::vector<Guarded> in;
      in.push_back(guarded(x));
      size_t p = rows ? m : n, r = rows ? n : m;
      auto out = runAllCuts(*module, "k", in, {p * 4, p * 8});
      expectClose<int64_t>(as<int64_t>(out[1]), [&](size_t i) {
        size_t best = 0;
        auto at = [&](size_t k) { return rows ? x[i * n + k] : x[k * n + i]; };
        for (size_t k = 1; k < r; ++k)
          if (at(k) > at(best))
            best = k;
        return static_cast<double>(best);
      }, 0, 0, rows ? "rows" : "columns");
    }
}

// Pooling windows: a loop inside the body, with guards at the border.
TEST_P(RowKernels, MaxPool) {
  for (auto [c, h, w, stride] : {std::tuple<int64_t, int64_t, int64_t, int64_t>{2, 7, 9, 2}, {3, 24, 40, 1}, {1, 30, 70, 2}, {2, 30, 64, 3}}) {
    int64_t oh = (h + 2 - 3) / stride + 1, ow = (w + 2 - 3) / stride + 1;
    auto module = compile(replaceAll(R"(
func.func private @k(%x: tensor<CxHxWxf32>) -> (tensor<CxOHxOWxf32>) attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<CxOHxOWxf32>
  %r = linalg.generic {indexing_maps = [affine_map<(c, i, j) -> (c, i, j)>], iterator_types = ["parallel", "parallel", "parallel"]} outs(%e : tensor<CxOHxOWxf32>) {
  ^bb0(%o: f32):
    %n = linalg.index 0 : index
    %i = linalg.index 1 : index
    %j = linalg.index 2 : index
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    %low = arith.constant 0xFF800000 : f32
    %hh = arith.constant HH : index
    %ww = arith.constant WW : index
    %m = scf.for %p = %c0 to %c3 step %c1 iter_args(%acc = %low) -> f32 {
      %m2 = scf.for %q = %c0 to %c3 step %c1 iter_args(%acc2 = %acc) -> f32 {
        %y = affine.apply affine_map<(d0, d1) -> (d0 * STRIDE + d1 - 1)>(%i, %p)
        %z = affine.apply affine_map<(d0, d1) -> (d0 * STRIDE + d1 - 1)>(%j, %q)
        %a = arith.cmpi ult, %y, %hh : index
        %b = arith.cmpi ult, %z, %ww : index
        %ok = arith.andi %a, %b : i1
        %v = scf.if %ok -> f32 {
          %l = tensor.extract %x[%n, %y, %z] : tensor<CxHxWxf32>
          scf.yield %l : f32
        } else {
          scf.yield %low : f32
        }
        %s = arith.maximumf %acc2, %v : f32
        scf.yield %s : f32
      }
      scf.yield %m2 : f32
    }
    linalg.yield %m : f32
  } -> tensor<CxOHxOWxf32>
  return %r : tensor<CxOHxOWxf32>
})", {{"CxHxW", str(c) + "x" + str(h) + "x" + str(w)}, {"CxOHxOW", str(c) + "x" + str(oh) + "x" + str(ow)}, {"HH", str(h)}, {"WW", str(w)}, {"STRIDE", str(stride)}}));
    ASSERT_TRUE(module);
    auto x = randomFloats(c * h * w, 1);
    std::vector<Guarded> in;
    in.push_back(guarded(x));
    auto out = runAllCuts(*module, "k", in, {static_cast<size_t>(c * oh * ow) * 4});
    expectClose<float>(as<float>(out[0]), [&](size_t n) {
      int64_t k = static_cast<int64_t>(n) / (oh * ow), i = static_cast<int64_t>(n) / ow % oh, j = static_cast<int64_t>(n) % ow;
      double best = -std::numeric_limits<double>::infinity();
      for (int64_t p = 0; p < 3; ++p)
        for (int64_t q = 0; q < 3; ++q) {
          int64_t y = i * stride + p - 1, z = j * stride + q - 1;
          if (y >= 0 && y < h && z >= 0 && z < w)
            best = std::max<double>(best, x[(k * h + y) * w + z]);
        }
      return best;
    }, 0, 0, "pool");
  }
}

// A product in row form: the reduction reuses loads, so several points run side by side.
TEST_P(RowKernels, MatmulAsRowForm) {
  for (auto [ta, tb] : {std::pair(false, false), {false, true}, {true, false}, {true, true}})
    for (auto [m, n, k] : {std::tuple<int64_t, int64_t, int64_t>{1, 1, 1}, {5, 7, 9}, {13, 33, 20}, {64, 64, 64}, {30, 100, 3}, {4, 5, 200}, {17, 17, 0}}) {
      auto module = compile(replaceAll(R"(
func.func private @k(%x: tensor<AAxf32>, %y: tensor<BBxf32>) -> (tensor<MxNxf32>) attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<MxNxf32>
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<MxNxf32>) -> tensor<MxNxf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> AMAP>, affine_map<(i, j, k) -> BMAP>, affine_map<(i, j, k) -> (i, j)>], iterator_types = ["parallel", "parallel", "reduction"]}
     ins(%x, %y : tensor<AAxf32>, tensor<BBxf32>) outs(%f : tensor<MxNxf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %p fastmath<reassoc,contract> : f32
    linalg.yield %s : f32
  } -> tensor<MxNxf32>
  return %r : tensor<MxNxf32>
})", {{"MxN", str(m) + "x" + str(n)}, {"AAx", (ta ? str(k) + "x" + str(m) : str(m) + "x" + str(k)) + "x"}, {"BBx", (tb ? str(n) + "x" + str(k) : str(k) + "x" + str(n)) + "x"}, {"AMAP", ta ? "(k, i)" : "(i, k)"}, {"BMAP", tb ? "(j, k)" : "(k, j)"}}));
      ASSERT_TRUE(module);
      auto a = randomFloats(m * k, 1), b = randomFloats(k * n, 2);
      std::vector<Guarded> in;
      in.push_back(guarded(a));
      in.push_back(guarded(b));
      auto out = runAllCuts(*module, "k", in, {static_cast<size_t>(m * n) * 4});
      expectClose<float>(as<float>(out[0]), [&](size_t o) {
        int64_t i = static_cast<int64_t>(o) / n, j = static_cast<int64_t>(o) % n;
        double sum = 0;
        for (int64_t p = 0; p < k; ++p)
          sum += static_cast<double>(a[ta ? p * m + i : i * k + p]) * b[tb ? j * k + p : p * n + j];
        return sum;
      }, 1e-5, 1e-5, str(m) + "x" + str(n) + "x" + str(k) + (ta ? " ta" : "") + (tb ? " tb" : ""));
    }
}

// One scalar function over many values; NaN, infinities, zeros and denormals among them.
struct ScalarCase {
  std::string op;
  double (*want)(double);
  double lo, hi, rtol, atol;
};

TEST_P(RowKernels, MathFunctions) {
  auto rsqrt = [](double x) { return 1 / std::sqrt(x); };
  std::vector<ScalarCase> cases = {
      {"math.exp", std::exp, -100, 100, 3e-7, 1.2e-38},  {"math.log", std::log, 0, 100, 3e-7, 1e-7},     {"math.log1p", std::log1p, -1, 50, 5e-7, 1e-7},
      {"math.expm1", std::expm1, -20, 20, 5e-7, 1e-9}, {"math.tanh", std::tanh, -12, 12, 5e-7, 1e-7},  {"math.erf", std::erf, -5, 5, 5e-7, 3e-7},
      {"math.sqrt", std::sqrt, 0, 1000, 1e-7, 0},      {"math.rsqrt", rsqrt, 0, 1000, 3e-7, 0},        {"math.sin", std::sin, -1000, 1000, 1e-6, 1e-6},
      {"math.cos", std::cos, -1000, 1000, 1e-6, 1e-6}, {"math.absf", std::fabs, -5, 5, 0, 0},          {"math.floor", std::floor, -5, 5, 0, 0},
      {"math.ceil", std::ceil, -5, 5, 0, 0},           {"math.roundeven", std::nearbyint, -5, 5, 0, 0}};
  for (const ScalarCase &c : cases)
    for (std::string type : {"f32", "f64"}) {
      size_t n = 4003;
      auto module = compile(replaceAll(R"(
func.func private @k(%x: tensor<4003xT>) -> (tensor<4003xT>) attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<4003xT>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%x : tensor<4003xT>) outs(%e : tensor<4003xT>) {
  ^bb0(%a: T, %o: T):
    %s = OP %a : T
    linalg.yield %s : T
  } -> tensor<4003xT>
  return %r : tensor<4003xT>
})", {{"xT>", "x" + type + ">"}, {": T", ": " + type}, {"OP", c.op}}));
      ASSERT_TRUE(module);
      auto check = [&](auto zero, double rtol, double atol) {
        using T = decltype(zero);
        std::vector<T> x(n);
        auto raw = randomFloats(n, 7, static_cast<float>(c.lo), static_cast<float>(c.hi));
        std::copy(raw.begin(), raw.end(), x.begin());
        T inf = std::numeric_limits<T>::infinity();
        for (auto [i, v] : std::vector<std::pair<size_t, T>>{{0, inf}, {1, -inf}, {2, std::numeric_limits<T>::quiet_NaN()}, {3, T(0)}, {4, T(-0.0)}, {5, std::numeric_limits<T>::denorm_min()}, {6, T(1)}, {7, T(-1)}, {8, T(1e-6)}, {9, T(-1e-6)}, {10, T(0.5)}, {11, T(1e-20)}, {12, T(3e38)}, {13, T(-3e38)}, {4002, inf}})
          if (v == std::numeric_limits<T>::denorm_min() && c.op == "math.log" && type == "f32")
            continue; // f32 logarithms take a denormal for the smallest normal number
          else if (!(c.op == "math.sin" || c.op == "math.cos") || std::abs(v) < 1e6 || std::isnan(v))
            x[i] = v;
        std::vector<Guarded> in;
        in.push_back(guarded(x));
        auto out = runAllCuts(*module, "k", in, {n * sizeof(T)});
        expectClose<T>(as<T>(out[0]), [&](size_t i) { return static_cast<double>(static_cast<T>(c.want(x[i]))); }, rtol, atol, c.op + " " + type);
      };
      if (type == "f32")
        check(0.0f, c.rtol, c.atol);
      else
        check(0.0, c.op == "math.sin" || c.op == "math.cos" ? 1e-14 : 1e-14, 1e-300);
    }
}

// Storage types: f16 and bf16 extended at load and truncated at the end, bools as i8, unsigned and signed integers.
TEST_P(RowKernels, NarrowFloats) {
  for (std::string type : {"f16", "bf16"})
    for (int64_t n : {1, 7, 64, 1003}) {
      auto module = compile(replaceAll(R"(
func.func private @k(%x: tensor<NxT>) -> (tensor<NxT>) attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<NxT>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]} ins(%x : tensor<NxT>) outs(%e : tensor<NxT>) {
  ^bb0(%a: T, %o: T):
    %w = arith.extf %a : T to f32
    %k = arith.constant 1.2345 : f32
    %p = arith.mulf %w, %k : f32
    %q = arith.truncf %p : f32 to T
    linalg.yield %q : T
  } -> tensor<NxT>
  return %r : tensor<NxT>
})", {{"xT>", "x" + type + ">"}, {": T", ": " + type}, {"to T", "to " + type}, {"<Nx", "<" + str(n) + "x"}}));
      ASSERT_TRUE(module);
      std::vector<uint16_t> x(n);
      for (int64_t i = 0; i < n; ++i)
        x[i] = static_cast<uint16_t>(i * 2654435761u >> 13);
      auto widen = [&](uint16_t h) -> float {
        if (type == "f16") {
          int sign = h >> 15, exponent = h >> 10 & 31, mantissa = h & 1023;
          double v = exponent == 31 ? (mantissa ? NAN : INFINITY) : exponent ? std::ldexp(1024 + mantissa, exponent - 25) : std::ldexp(mantissa, -24);
          return static_cast<float>(sign ? -v : v);
        }
        uint32_t bits = static_cast<uint32_t>(h) << 16;
        float f;
        std::memcpy(&f, &bits, 4);
        return f;
      };
      std::vector<Guarded> in;
      in.push_back(guarded(x));
      auto out = runAllCuts(*module, "k", in, {x.size() * 2});
      auto got = as<uint16_t>(out[0]);
      std::vector<float> values;
      for (uint16_t h : got)
        values.push_back(widen(h));
      // Half a unit in the last place; what leaves the range becomes infinite.
      double ulp = type == "f16" ? std::ldexp(1, -11) : std::ldexp(1, -8), largest = type == "f16" ? 65520 : 3.3961775e38, tiny = type == "f16" ? std::ldexp(1, -25) : 1e-40;
      expectClose<float>(values, [&](size_t i) {
        double v = static_cast<double>(static_cast<float>(widen(x[i]) * 1.2345f));
        return std::abs(v) >= largest ? std::copysign(INFINITY, v) : v;
      }, ulp * 1.0001, tiny, type);
    }
}

TEST_P(RowKernels, IntegersAndBools) {
  auto module = compile(R"(
func.func private @k(%x: tensor<203xi32>, %y: tensor<203xi32>, %b: tensor<203xi8>) -> (tensor<203xi32>, tensor<203xi8>, tensor<203xi64>) attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<203xi32>
  %f = tensor.empty() : tensor<203xi8>
  %g = tensor.empty() : tensor<203xi64>
  %r:3 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
     ins(%x, %y, %b : tensor<203xi32>, tensor<203xi32>, tensor<203xi8>) outs(%e, %f, %g : tensor<203xi32>, tensor<203xi8>, tensor<203xi64>) {
  ^bb0(%a: i32, %c: i32, %p: i8, %o: i32, %o1: i8, %o2: i64):
    %z = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %nz = arith.cmpi eq, %c, %z : i32
    %d = arith.select %nz, %one, %c : i32
    %q = arith.divsi %a, %d : i32
    %z8 = arith.constant 0 : i8
    %t = arith.cmpi ne, %p, %z8 : i8
    %lt = arith.cmpi slt, %a, %c : i32
    %and = arith.andi %t, %lt : i1
    %s = arith.extui %and : i1 to i8
    %w = arith.extsi %a : i32 to i64
    %i = linalg.index 0 : index
    %ii = arith.index_cast %i : index to i64
    %sum = arith.addi %w, %ii : i64
    linalg.yield %q, %s, %sum : i32, i8, i64
  } -> (tensor<203xi32>, tensor<203xi8>, tensor<203xi64>)
  return %r#0, %r#1, %r#2 : tensor<203xi32>, tensor<203xi8>, tensor<203xi64>
})");
  ASSERT_TRUE(module);
  std::vector<int32_t> x(203), y(203);
  std::vector<int8_t> b(203);
  for (int i = 0; i < 203; ++i)
    x[i] = i * 37 - 1000, y[i] = i % 11 - 5, b[i] = i % 3 == 0;
  std::vector<Guarded> in;
  in.push_back(guarded(x));
  in.push_back(guarded(y));
  in.push_back(guarded(b));
  auto out = runAllCuts(*module, "k", in, {203 * 4, 203, 203 * 8});
  expectClose<int32_t>(as<int32_t>(out[0]), [&](size_t i) { return x[i] / (y[i] ? y[i] : 1); }, 0, 0, "div");
  expectClose<int8_t>(as<int8_t>(out[1]), [&](size_t i) { return b[i] && x[i] < y[i]; }, 0, 0, "and");
  expectClose<int64_t>(as<int64_t>(out[2]), [&](size_t i) { return x[i] + static_cast<double>(i); }, 0, 0, "index");
}

// A window clipped at the border: the loop's bounds differ from point to point. And a scalar.
TEST_P(RowKernels, ClippedWindowAndScalar) {
  auto module = compile(R"(
func.func private @k(%x: tensor<5x40xf32>) -> (tensor<5x40xf32>) attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<5x40xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<5x40xf32>) {
  ^bb0(%o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c40 = arith.constant 40 : index
    %zero = arith.constant 0.0 : f32
    %lo = affine.apply affine_map<(d0) -> (d0 - 1)>(%j)
    %hi = affine.apply affine_map<(d0) -> (d0 + 2)>(%j)
    %from = arith.maxsi %lo, %c0 : index
    %to = arith.minsi %hi, %c40 : index
    %m = scf.for %p = %from to %to step %c1 iter_args(%acc = %zero) -> f32 {
      %l = tensor.extract %x[%i, %p] : tensor<5x40xf32>
      %s = arith.addf %acc, %l : f32
      scf.yield %s : f32
    }
    linalg.yield %m : f32
  } -> tensor<5x40xf32>
  return %r : tensor<5x40xf32>
}
func.func private @scalar(%x: tensor<f32>) -> (tensor<f32>) attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<f32>
  %r = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%x : tensor<f32>) outs(%e : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  return %r : tensor<f32>
})");
  ASSERT_TRUE(module);
  auto x = randomFloats(200, 3);
  std::vector<Guarded> in;
  in.push_back(guarded(x));
  auto out = runAllCuts(*module, "k", in, {800});
  expectClose<float>(as<float>(out[0]), [&](size_t n) {
    double sum = 0;
    for (int64_t j = static_cast<int64_t>(n % 40) - 1; j < static_cast<int64_t>(n % 40) + 2; ++j)
      sum += j >= 0 && j < 40 ? x[n / 40 * 40 + j] : 0.0f;
    return sum;
  }, 1e-6, 1e-6, "clipped");
  std::vector<Guarded> one;
  one.push_back(guarded(std::vector<float>{1.5f}));
  auto scalar = runAllCuts(*module, "scalar", one, {4});
  EXPECT_EQ(as<float>(scalar[0])[0], 3.0f);
}

// Unsigned division whose divisor is zero in the lanes above the last element.
TEST_P(RowKernels, DivisionInPaddedLanes) {
  auto module = compile(R"(
func.func private @k() -> (tensor<11xi32>) attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<11xi32>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]} outs(%e : tensor<11xi32>) {
  ^bb0(%o: i32):
    %i = linalg.index 0 : index
    %c12 = arith.constant 12 : index
    %d = arith.subi %c12, %i : index
    %n = arith.constant 100 : i32
    %di = arith.index_cast %d : index to i32
    %q = arith.divui %n, %di : i32
    linalg.yield %q : i32
  } -> tensor<11xi32>
  return %r : tensor<11xi32>
})");
  ASSERT_TRUE(module);
  auto out = runAllCuts(*module, "k", {}, {44});
  expectClose<int32_t>(as<int32_t>(out[0]), [](size_t i) { return static_cast<double>(100 / (12 - static_cast<int>(i))); }, 0, 0, "division");
}

// Long sums of numbers that are large beside their spread keep their digits.
TEST_P(RowKernels, LongSums) {
  for (auto [m, n] : {std::pair<int64_t, int64_t>{640000, 3}, {300001, 17}, {3, 640001}, {1, 1000000}})
    for (bool rows : {true, false}) {
      auto module = compile(replaceAll(R"(
func.func private @k(%x: tensor<MxNxf32>) -> tensor<Pxf32> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<Pxf32>
  %z = arith.constant 0.0 : f32
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<Pxf32>) -> tensor<Pxf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> IN>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<MxNxf32>) outs(%f : tensor<Pxf32>) {
  ^bb0(%v: f32, %a: f32):
    %s = arith.addf %a, %v fastmath<reassoc,contract> : f32
    linalg.yield %s : f32
  } -> tensor<Pxf32>
  return %r : tensor<Pxf32>
})", {{"MxN", str(m) + "x" + str(n)}, {"<Px", "<" + str(rows ? m : n) + "x"}, {"IN", rows ? "(i, j)" : "(j, i)"}}));
      ASSERT_TRUE(module);
      auto x = randomFloats(m * n, 1, 1340, 1350);
      std::vector<Guarded> in;
      in.push_back(guarded(x));
      size_t p = rows ? m : n;
      auto out = runAllCuts(*module, "k", in, {p * 4});
      std::vector<double> want(p, 0.0);
      for (size_t i = 0; i < x.size(); ++i)
        want[rows ? i / n : i % n] += x[i];
      expectClose<float>(as<float>(out[0]), [&](size_t i) { return want[i]; }, 2e-6, 0, std::string(rows ? "rows " : "columns ") + str(m) + "x" + str(n));
    }
}

// What a level does not have is not in its code, and nothing is left for libraries besides libc and libm.
TEST_P(RowKernels, InstructionsOfTheLevel) {
  std::string row = replaceAll(softmaxText(), {{"MxN", "8x64"}, {"<Mx", "<8x"}});
  for (std::string type : {"f32", "f16"}) {
    std::string text = type == "f32" ? row : R"(
#id = affine_map<(i) -> (i)>
func.func private @k(%x: tensor<64xf16>) -> tensor<64xf16> attributes {dlc.kernel = "row"} {
  %e = tensor.empty() : tensor<64xf16>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<64xf16>) outs(%e : tensor<64xf16>) {
  ^bb0(%v: f16, %o: f16):
    %w = arith.extf %v : f16 to f32
    %q = math.exp %w : f32
    %s = arith.truncf %q : f32 to f16
    linalg.yield %s : f16
  } -> tensor<64xf16>
  return %r : tensor<64xf16>
})";
    auto module = compile(text);
    ASSERT_TRUE(module);
    std::string code = module->text("asm");
    auto has = [&](const char *what) { return code.find(what) != std::string::npos; };
    EXPECT_EQ(has("zmm"), GetParam() == "x86-64-v4") << code;
    if (GetParam() != "x86-64-v4")
      EXPECT_EQ(has("ymm"), GetParam() == "x86-64-v3") << code;
    EXPECT_FALSE(has("fma@PLT") || has("fmaf@PLT") || has("__extend") || has("__trunc")) << code;
  }
}

TEST_P(RowKernels, SameInputSameBytes) {
  std::string text = replaceAll(kBiasRelu, {{"MxN", "64x100"}, {"tensor<Nx", "tensor<100x"}});
  auto a = compile(text), b = compile(text);
  ASSERT_TRUE(a && b);
  EXPECT_TRUE(a->image == b->image);
}

} // namespace

INSTANTIATE_TEST_SUITE_P(Cpu, RowKernels, testing::ValuesIn(runnableLevels()), [](const auto &info) { return info.param.substr(info.param.size() - 2); });
