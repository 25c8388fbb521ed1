// Generated contractions against naive loops in double: every layout, stride, dilation and group, with epilogues.
#include "tests/codegen/cpu/Support.h"

using namespace dlc::test;

namespace {

class ContractionKernels : public testing::TestWithParam<std::string> {
protected:
  std::unique_ptr<Module> compile(const std::string &text) { return Module::compile(text, GetParam()); }
};

std::string shape(const std::vector<int64_t> &dims) {
  std::string s;
  for (int64_t d : dims)
    s += str(d) + "x";
  return s;
}

int64_t count(const std::vector<int64_t> &dims) {
  int64_t n = 1;
  for (int64_t d : dims)
    n *= d;
  return n;
}

std::string list(const std::vector<int64_t> &values) {
  std::string s = "[";
  for (size_t i = 0; i < values.size(); ++i)
    s += (i ? ", " : "") + str(values[i]);
  return s + "]";
}

std::vector<int64_t> unravel(int64_t n, const std::vector<int64_t> &dims) {
  std::vector<int64_t> at(dims.size());
  for (size_t i = dims.size(); i-- > 0;)
    at[i] = n % dims[i], n /= dims[i];
  return at;
}

int64_t ravel(const std::vector<int64_t> &at, const std::vector<int64_t> &dims) {
  int64_t n = 0;
  for (size_t i = 0; i < dims.size(); ++i)
    n = n * dims[i] + at[i];
  return n;
}

template <class T> std::vector<T> convert(const std::vector<float> &v) { return std::vector<T>(v.begin(), v.end()); }

struct Dot {
  std::vector<int64_t> lhs, rhs, lhsBatch, rhsBatch, lhsContract, rhsContract;
};

TEST_P(ContractionKernels, DotGeneral) {
  for (const Dot &d : std::vector<Dot>{{{4, 5}, {5, 6}, {}, {}, {1}, {0}},
                                       {{17, 33}, {29, 33}, {}, {}, {1}, {1}},
                                       {{33, 17}, {33, 40}, {}, {}, {0}, {0}},
                                       {{64, 70}, {70, 65}, {}, {}, {1}, {0}},
                                       {{3, 7, 9}, {3, 9, 21}, {0}, {0}, {2}, {1}},
                                       {{7, 3, 9}, {21, 9, 3}, {1}, {2}, {2}, {1}},
                                       {{5, 6, 7}, {7, 8, 9}, {}, {}, {2}, {0}},
                                       {{5, 6, 7}, {6, 7, 10}, {}, {}, {1, 2}, {0, 1}},
                                       {{5, 6, 7}, {7, 10, 6}, {}, {}, {1, 2}, {2, 0}},
                                       {{40}, {40}, {}, {}, {0}, {0}},
                                       {{40}, {40, 50}, {}, {}, {0}, {0}},
                                       {{50, 40}, {40}, {}, {}, {1}, {0}},
                                       {{12}, {30}, {}, {}, {}, {}},
                                       {{4, 0}, {0, 6}, {}, {}, {1}, {0}},
                                       {{0, 4}, {4, 6}, {}, {}, {1}, {0}},
                                       {{128, 100}, {10, 100}, {}, {}, {1}, {1}},
                                       {{1, 200}, {200, 37}, {}, {}, {1}, {0}}})
    for (std::string type : {"f32", "f64"}) {
      auto freeDims = [](size_t rank, const std::vector<int64_t> &x, const std::vector<int64_t> &y) {
        std::vector<int64_t> r;
        for (size_t i = 0; i < rank; ++i)
          if (std::find(x.begin(), x.end(), i) == x.end() && std::find(y.begin(), y.end(), i) == y.end())
            r.push_back(static_cast<int64_t>(i));
        return r;
      };
      auto lf = freeDims(d.lhs.size(), d.lhsBatch, d.lhsContract), rf = freeDims(d.rhs.size(), d.rhsBatch, d.rhsContract);
      std::vector<int64_t> out, inner;
      for (int64_t i : d.lhsBatch)
        out.push_back(d.lhs[i]);
      for (int64_t i : lf)
        out.push_back(d.lhs[i]);
      for (int64_t i : rf)
        out.push_back(d.rhs[i]);
      for (int64_t i : d.lhsContract)
        inner.push_back(d.lhs[i]);
      auto module = compile(replaceAll(R"(
func.func private @k(%x: tensor<LHST>, %y: tensor<RHST>) -> tensor<OUTT> attributes {dlc.kernel = "contraction"} {
  %r = dlc.dot_general %x, %y batch = LB x RB contract = LC x RC : (tensor<LHST>, tensor<RHST>) -> tensor<OUTT>
  return %r : tensor<OUTT>
})", {{"LHST", shape(d.lhs) + type}, {"RHST", shape(d.rhs) + type}, {"OUTT", shape(out) + type}, {"LB x RB", list(d.lhsBatch) + " x " + list(d.rhsBatch)}, {"LC x RC", list(d.lhsContract) + " x " + list(d.rhsContract)}}));
      ASSERT_TRUE(module);
      auto fx = randomFloats(count(d.lhs), 1), fy = randomFloats(count(d.rhs), 2);
      auto run = [&](auto zero, double tolerance) {
        using T = decltype(zero);
        std::vector<Guarded> in;
        in.push_back(guarded(convert<T>(fx)));
        in.push_back(guarded(convert<T>(fy)));
        auto got = runAllCuts(*module, "k", in, {static_cast<size_t>(count(out)) * sizeof(T)});
        expectClose<T>(as<T>(got[0]), [&](size_t n) {
          auto at = unravel(static_cast<int64_t>(n), out);
          std::vector<int64_t> l(d.lhs.size()), r(d.rhs.size());
          size_t o = 0;
          for (size_t i = 0; i < d.lhsBatch.size(); ++i, ++o)
            l[d.lhsBatch[i]] = r[d.rhsBatch[i]] = at[o];
          for (int64_t i : lf)
            l[i] = at[o++];
          for (int64_t i : rf)
            r[i] = at[o++];
          double sum = 0;
          for (int64_t k = 0; k < count(inner); ++k) {
            auto kk = unravel(k, inner);
            for (size_t i = 0; i < inner.size(); ++i)
              l[d.lhsContract[i]] = r[d.rhsContract[i]] = kk[i];
            sum += static_cast<double>(fx[ravel(l, d.lhs)]) * fy[ravel(r, d.rhs)];
          }
          return sum;
        }, tolerance, tolerance, type + " " + shape(d.lhs) + " . " + shape(d.rhs));
      };
      if (type == "f32")
        run(0.0f, 2e-5);
      else
        run(0.0, 1e-13);
    }
}

// Bias and relu behind a product; a residual, a scale by row and tanh behind another.
TEST_P(ContractionKernels, Epilogues) {
  auto module = compile(R"(
#id = affine_map<(i, j) -> (i, j)>
#col = affine_map<(i, j) -> (j)>
#row = affine_map<(i, j) -> (i)>
func.func private @relu(%x: tensor<37x50xf32>, %y: tensor<50x29xf32>, %b: tensor<29xf32>) -> tensor<37x29xf32> attributes {dlc.kernel = "contraction"} {
  %r = dlc.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<37x50xf32>, tensor<50x29xf32>) -> tensor<37x29xf32>
  %e = tensor.empty() : tensor<37x29xf32>
  %s = linalg.generic {indexing_maps = [#id, #col, #id], iterator_types = ["parallel", "parallel"]} ins(%r, %b : tensor<37x29xf32>, tensor<29xf32>) outs(%e : tensor<37x29xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %zero = arith.constant 0.0 : f32
    %p = arith.addf %a, %c : f32
    %q = arith.maximumf %p, %zero : f32
    linalg.yield %q : f32
  } -> tensor<37x29xf32>
  return %s : tensor<37x29xf32>
}
func.func private @rows(%x: tensor<37x50xf32>, %y: tensor<50x29xf32>, %z: tensor<37x29xf32>, %w: tensor<37xf32>) -> tensor<37x29xf32> attributes {dlc.kernel = "contraction"} {
  %r = dlc.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<37x50xf32>, tensor<50x29xf32>) -> tensor<37x29xf32>
  %e = tensor.empty() : tensor<37x29xf32>
  %s = linalg.generic {indexing_maps = [#id, #id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%r, %z, %w : tensor<37x29xf32>, tensor<37x29xf32>, tensor<37xf32>) outs(%e : tensor<37x29xf32>) {
  ^bb0(%a: f32, %c: f32, %d: f32, %o: f32):
    %p = arith.mulf %d, %a : f32
    %q = arith.subf %c, %p : f32
    %t = math.tanh %q : f32
    linalg.yield %t : f32
  } -> tensor<37x29xf32>
  return %s : tensor<37x29xf32>
}
func.func private @twice(%x: tensor<37x50xf32>, %y: tensor<50x29xf32>) -> tensor<37x29xf32> attributes {dlc.kernel = "contraction"} {
  %r = dlc.dot_general %x, %y batch = [] x [] contract = [1] x [0] : (tensor<37x50xf32>, tensor<50x29xf32>) -> tensor<37x29xf32>
  %e = tensor.empty() : tensor<37x29xf32>
  %s = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%r : tensor<37x29xf32>) outs(%e : tensor<37x29xf32>) {
  ^bb0(%a: f32, %o: f32):
    %q = math.sin %a : f32
    %p = arith.mulf %a, %q : f32
    linalg.yield %p : f32
  } -> tensor<37x29xf32>
  return %s : tensor<37x29xf32>
})");
  ASSERT_TRUE(module);
  auto x = randomFloats(37 * 50, 1), y = randomFloats(50 * 29, 2), b = randomFloats(29, 3), z = randomFloats(37 * 29, 4), w = randomFloats(37, 5);
  std::vector<Guarded> in;
  in.push_back(guarded(x));
  in.push_back(guarded(y));
  in.push_back(guarded(b));
  auto product = [&](size_t n) {
    double sum = 0;
    for (size_t k = 0; k < 50; ++k)
      sum += static_cast<double>(x[n / 29 * 50 + k]) * y[k * 29 + n % 29];
    return sum;
  };
  auto got = runAllCuts(*module, "relu", in, {37 * 29 * 4});
  expectClose<float>(as<float>(got[0]), [&](size_t n) { return std::max(0.0, product(n) + b[n % 29]); }, 2e-5, 2e-5, "relu");
  in.pop_back();
  auto third = runAllCuts(*module, "twice", in, {37 * 29 * 4});
  expectClose<float>(as<float>(third[0]), [&](size_t n) { return product(n) * std::sin(product(n)); }, 1e-4, 2e-4, "twice");
  in.push_back(guarded(z));
  in.push_back(guarded(w));
  auto second = runAllCuts(*module, "rows", in, {37 * 29 * 4});
  expectClose<float>(as<float>(second[0]), [&](size_t n) { return std::tanh(z[n] - w[n / 29] * product(n)); }, 2e-5, 2e-5, "rows");
  // Post-operations where the body can be said in them; a remark where not.
  EXPECT_NE(module->printed("relu", "dlc.library").find("matmul"), std::string::npos);
  EXPECT_NE(module->printed("rows", "dlc.library").find("matmul"), std::string::npos);
  EXPECT_EQ(module->printed("twice", "dlc.library"), "");
  EXPECT_NE(module->remarks.find("used twice"), std::string::npos) << module->remarks;
}

struct Conv {
  std::vector<int64_t> input, window; // [N, C, spatial..]
  int64_t outputs;
  std::vector<int64_t> strides, low, high, lhsDilation, rhsDilation;
  int64_t groups;
};

TEST_P(ContractionKernels, Convolution) {
  for (const Conv &c : std::vector<Conv>{{{1, 1, 5, 5}, {3, 3}, 1, {1, 1}, {0, 0}, {0, 0}, {1, 1}, {1, 1}, 1},
                                         {{2, 3, 9, 11}, {3, 3}, 5, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 1},
                                         {{2, 8, 12, 40}, {3, 3}, 18, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 1},
                                         {{1, 4, 14, 14}, {5, 5}, 6, {2, 2}, {2, 2}, {2, 2}, {1, 1}, {1, 1}, 2},
                                         {{2, 6, 10, 10}, {3, 3}, 6, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, 6},
                                         {{1, 2, 12, 13}, {3, 2}, 4, {1, 2}, {0, 1}, {2, 0}, {1, 1}, {2, 3}, 1},
                                         {{1, 3, 6, 7}, {3, 3}, 4, {1, 1}, {2, 2}, {2, 3}, {2, 2}, {1, 1}, 1},
                                         {{1, 3, 6, 7}, {3, 3}, 4, {1, 1}, {-1, 0}, {0, -1}, {1, 1}, {1, 1}, 1},
                                         {{2, 3, 20}, {4}, 5, {3}, {2}, {1}, {1}, {1}, 1},
                                         {{1, 2, 5, 6, 7}, {2, 3, 2}, 3, {1, 2, 1}, {1, 1, 0}, {0, 1, 1}, {1, 1, 1}, {1, 1, 1}, 1},
                                         {{2, 16, 8, 8}, {1, 1}, 32, {1, 1}, {0, 0}, {0, 0}, {1, 1}, {1, 1}, 1}})
    for (bool last : {false, true}) {
      size_t spatial = c.window.size();
      int64_t groupIn = c.input[1] / c.groups, groupOut = c.outputs / c.groups;
      std::vector<int64_t> weight = {c.outputs, groupIn}, out = {c.input[0], c.outputs};
      for (size_t i = 0; i < spatial; ++i) {
        weight.push_back(c.window[i]);
        out.push_back((c.lhsDilation[i] * (c.input[2 + i] - 1) + 1 + c.low[i] + c.high[i] - (c.rhsDilation[i] * (c.window[i] - 1) + 1)) / c.strides[i] + 1);
      }
      auto toLast = [&](std::vector<int64_t> v) {
        if (last) {
          int64_t channels = v[1];
          v.erase(v.begin() + 1);
          v.push_back(channels);
        }
        return v;
      };
      std::string type = c.input[1] == 6 ? "f64" : "f32";
      auto module = compile(replaceAll(R"(
func.func private @k(%x: tensor<INT>, %w: tensor<WT>) -> tensor<OUTT> attributes {dlc.kernel = "contraction"} {
  %r = dlc.conv %x, %w strides = S low = L high = H lhs_dilation = D rhs_dilation = E {groups = G : i64, channels_last = B} : (tensor<INT>, tensor<WT>) -> tensor<OUTT>
  return %r : tensor<OUTT>
})", {{"<INT", "<" + shape(toLast(c.input)) + type}, {"<WT", "<" + shape(toLast(weight)) + type}, {"<OUTT", "<" + shape(toLast(out)) + type}, {"strides = S", "strides = " + list(c.strides)}, {"low = L", "low = " + list(c.low)}, {"high = H", "high = " + list(c.high)}, {"lhs_dilation = D", "lhs_dilation = " + list(c.lhsDilation)}, {"rhs_dilation = E", "rhs_dilation = " + list(c.rhsDilation)}, {"groups = G", "groups = " + str(c.groups)}, {"channels_last = B", last ? "channels_last = true" : "channels_last = false"}}));
      ASSERT_TRUE(module);
      auto fx = randomFloats(count(c.input), 1), fw = randomFloats(count(weight), 2);
      auto at = [&](const std::vector<float> &v, const std::vector<int64_t> &i, const std::vector<int64_t> &dims) { return static_cast<double>(v[ravel(toLast(i), toLast(dims))]); };
      auto run = [&](auto zero) {
        using T = decltype(zero);
        std::vector<Guarded> in;
        in.push_back(guarded(convert<T>(fx)));
        in.push_back(guarded(convert<T>(fw)));
        auto got = runAllCuts(*module, "k", in, {static_cast<size_t>(count(out)) * sizeof(T)});
        std::vector<double> want(count(out));
        for (int64_t n = 0; n < count(out); ++n) {
          auto o = unravel(n, out);
          double sum = 0;
          for (int64_t ic = 0; ic < groupIn; ++ic)
            for (int64_t k = 0; k < count(c.window); ++k) {
              auto win = unravel(k, c.window);
              std::vector<int64_t> i = {o[0], o[1] / groupOut * groupIn + ic}, wi = {o[1], ic};
              bool inside = true;
              for (size_t s = 0; s < spatial; ++s) {
                int64_t p = o[2 + s] * c.strides[s] + win[s] * c.rhsDilation[s] - c.low[s];
                inside &= p >= 0 && p % c.lhsDilation[s] == 0 && p / c.lhsDilation[s] < c.input[2 + s];
                i.push_back(p / c.lhsDilation[s]);
                wi.push_back(win[s]);
              }
              if (inside)
                sum += at(fx, i, c.input) * at(fw, wi, weight);
            }
          want[ravel(toLast(o), toLast(out))] = sum;
        }
        expectClose<T>(as<T>(got[0]), [&](size_t n) { return want[n]; }, 3e-5, 3e-5, type + " conv " + shape(c.input) + (last ? " last" : " first"));
      };
      if (type == "f32")
        run(0.0f);
      else
        run(0.0);
    }
}

} // namespace

INSTANTIATE_TEST_SUITE_P(Cpu, ContractionKernels, testing::ValuesIn(runnableLevels()), [](const auto &info) { return info.param.substr(info.param.size() - 2); });
