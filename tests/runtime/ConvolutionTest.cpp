// Convolutions as library steps: layouts, padding, dilations, groups, deconvolution, post-operations, threads.
#include "tests/runtime/LibraryCases.h"

using namespace dlc::test;

namespace {

struct Conv {
  Shape src, weight, dst;
  Shape strides, dilation, base, lo, hi;
  bool reversed = false;
  int64_t groups = 1;
  std::vector<PostOp> ops = {};
  std::vector<Floats> extra = {};
  Weights weights = Weights::Input;
  bool channelsLast = false, weightsLast = false;
};

void checkConv(Conv c, const std::string &expected = "oneDNN") {
  size_t spatial = c.strides.size();
  if (c.dst.empty()) {
    c.dst = {c.src[0], c.weight[0] * c.weight[1]};
    for (size_t i = 0; i != spatial; ++i)
      c.dst.push_back(
          ((c.src[i + 2] - 1) * c.base[i] + 1 + c.lo[i] + c.hi[i] - (c.weight[i + 3] - 1) * c.dilation[i] - 1) /
              c.strides[i] +
          1);
  }
  auto layout = [&](const Shape &dims, size_t channels, bool last) {
    std::vector<size_t> order;
    for (size_t i = 0; i != dims.size(); ++i)
      if (!last || i < channels || i > channels)
        order.push_back(i);
    if (last)
      order.push_back(channels);
    return ordered(dims, order);
  };
  Shape ss = layout(c.src, 1, c.channelsLast), ds = layout(c.dst, 1, c.channelsLast), ws = dense(c.weight);
  if (c.weightsLast) { // window.., IC, OC
    std::vector<size_t> order{0};
    for (size_t i = 3; i != c.weight.size(); ++i)
      order.push_back(i);
    order.insert(order.end(), {2, 1});
    ws = ordered(c.weight, order);
  }
  Floats src = noise(elements(c.src), 1), weight = noise(elements(c.weight), 2), dst = noise(elements(c.dst), 3),
         want = dst;
  Shape inner(c.weight.begin() + 2, c.weight.end());
  each(c.dst, [&](const Shape &at) {
    double sum = 0;
    int64_t group = at[1] / c.weight[1];
    each(inner, [&](const Shape &k) {
      Shape from{at[0], group * c.weight[2] + k[0]}, w{group, at[1] % c.weight[1], k[0]};
      for (size_t i = 0; i != spatial; ++i) {
        int64_t x = at[i + 2] * c.strides[i] + k[i + 1] * c.dilation[i] - c.lo[i];
        if (x < 0 || x % c.base[i] || x / c.base[i] >= c.src[i + 2])
          return;
        from.push_back(x / c.base[i]);
        w.push_back(c.reversed ? c.weight[i + 3] - 1 - k[i + 1] : k[i + 1]);
      }
      sum += double(src[size_t(offset(from, ss))]) * weight[size_t(offset(w, ws))];
    });
    size_t o = size_t(offset(at, ds));
    want[o] = apply(c.ops, c.extra, at, float(sum), dst[o]);
  });
  Step s;
  s.convolution.emplace();
  Convolution &d = *s.convolution;
  d.srcDims = c.src, d.weightDims = c.weight, d.dstDims = c.dst;
  d.src = {0, DType::F32, ss};
  d.weight = {1, DType::F32, ws};
  d.dst = {2, DType::F32, ds};
  d.windowStrides = c.strides, d.windowDilation = c.dilation, d.baseDilation = c.base, d.padLo = c.lo, d.padHi = c.hi;
  d.reversed = c.reversed;
  d.groups = c.groups;
  d.postOps = c.ops;
  Outcome o = runStep(s, src, weight, c.extra, dst, c.weights);
  EXPECT_EQ(o.implementation.rfind(expected, 0), 0u) << o.implementation << ": " << o.note;
  if (expected == "oneDNN")
    close(o.c, want, 1e-4f);
}

/// The case in both layouts of tensors and of weights, with weights that are packed once or at each run.
void checkConvLayouts(Conv c) {
  for (bool last : {false, true})
    for (bool weightsLast : {false, true})
      for (Weights w : {Weights::Input, Weights::Frozen}) {
        c.channelsLast = last;
        c.weightsLast = weightsLast;
        c.weights = w;
        checkConv(c);
      }
}

TEST_F(Library, Convolutions) {
  checkConvLayouts({{2, 3, 11, 9}, {1, 8, 3, 3, 3}, {}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}});
  checkConvLayouts({{2, 16, 12, 12}, {1, 32, 16, 3, 3}, {}, {2, 2}, {1, 1}, {1, 1}, {1, 1}, {1, 1}});
  checkConvLayouts({{5, 16, 8, 8}, {1, 24, 16, 1, 1}, {}, {1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}});
  checkConvLayouts({{1, 16, 8, 8}, {1, 16, 16, 1, 1}, {}, {1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}});
}

TEST_F(Library, ConvolutionsOfOneAndThreeDimensions) {
  checkConvLayouts({{2, 4, 17}, {1, 8, 4, 5}, {}, {2}, {1}, {1}, {2}, {1}});
  checkConvLayouts({{1, 4, 6, 5, 7}, {1, 8, 4, 3, 2, 3}, {}, {1, 1, 2}, {1, 1, 1}, {1, 1, 1}, {1, 0, 1}, {1, 1, 1}});
}

TEST_F(Library, ConvolutionsWithUnequalPaddingAndDilation) {
  checkConvLayouts({{1, 8, 14, 13}, {1, 8, 8, 3, 3}, {}, {1, 1}, {2, 3}, {1, 1}, {0, 3}, {2, 1}});
  checkConvLayouts(
      {{1, 8, 14, 14}, {1, 8, 8, 4, 4}, {}, {3, 2}, {1, 1}, {1, 1}, {0, 1}, {1, 2}}); // trailing columns unused
}

TEST_F(Library, GroupedAndDepthwise) {
  checkConvLayouts({{2, 8, 9, 9}, {2, 6, 4, 3, 3}, {}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, false, 2});
  checkConvLayouts({{2, 16, 9, 9}, {16, 1, 1, 3, 3}, {}, {2, 2}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, false, 16});
}

TEST_F(Library, ConvolutionsWithPostOperations) {
  const int64_t oc = 16;
  Conv c{{2, 8, 10, 10}, {1, oc, 8, 3, 3}, {}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}};
  c.ops = {binary(PostOpKind::Add, {0, 1, 0, 0}), act(Eltwise::Relu)};
  c.extra = {noise(oc, 7)};
  checkConvLayouts(c);
  c.ops = {binary(PostOpKind::Mul, {0, 1, 0, 0}), binary(PostOpKind::Add, {0, 1, 0, 0}), act(Eltwise::Clip, 0, 6)};
  c.extra = {noise(oc, 7), noise(oc, 8)};
  checkConvLayouts(c);
  c.ops = {binary(PostOpKind::Add, {0, 1, 0, 0}), sum(1), act(Eltwise::Relu)};
  c.extra = {noise(oc, 7)};
  checkConvLayouts(c);
  // A residual in the result's own layout.
  for (bool last : {false, true}) {
    Shape dst{2, oc, 10, 10};
    c.channelsLast = last;
    c.ops = {binary(PostOpKind::Add, {0, 1, 0, 0}),
             binary(PostOpKind::Add, last ? ordered(dst, {0, 2, 3, 1}) : dense(dst)), act(Eltwise::Relu)};
    c.extra = {noise(oc, 7), noise(elements(dst), 9)};
    checkConv(c);
  }
}

TEST_F(Library, Deconvolutions) {
  for (bool reversed : {false, true}) {
    // The gradient of a convolution of stride 2, and a transposed convolution with output padding.
    checkConvLayouts({{2, 8, 6, 6}, {1, 4, 8, 3, 3}, {}, {1, 1}, {1, 1}, {2, 2}, {1, 1}, {1, 1}, reversed});
    checkConvLayouts({{1, 4, 5, 6}, {1, 8, 4, 3, 3}, {}, {1, 1}, {1, 1}, {2, 2}, {1, 1}, {2, 2}, reversed});
    checkConvLayouts({{1, 8, 5, 5}, {2, 4, 4, 3, 3}, {}, {1, 1}, {1, 1}, {2, 3}, {2, 2}, {2, 2}, reversed, 2});
    checkConvLayouts({{1, 4, 7}, {1, 4, 4, 3}, {}, {1}, {2}, {2}, {3}, {4}, reversed});
  }
  // Reversed without dilation: the gradient of a convolution of stride 1.
  checkConvLayouts({{2, 8, 9, 9}, {1, 4, 8, 3, 3}, {}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, true});
}

// Batch and channels swapped: the gradient of a window of 3x3 is a convolution with a window as large as the result.
TEST_F(Library, WeightGradients) {
  checkConvLayouts({{3, 8, 9, 9}, {1, 5, 8, 9, 9}, {}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}});
  checkConvLayouts({{3, 8, 9, 9}, {1, 5, 8, 5, 5}, {}, {1, 1}, {2, 2}, {1, 1}, {1, 1}, {1, 1}});
  checkConvLayouts({{16, 6, 14, 14}, {1, 32, 6, 14, 14}, {}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}});
  // Of 13 images, in two parts; of a window with dilation; in one and three dimensions.
  checkConvLayouts({{8, 13, 14, 14}, {1, 16, 13, 14, 14}, {}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}});
  checkConvLayouts({{3, 4, 12, 12}, {1, 5, 4, 8, 8}, {}, {2, 2}, {1, 1}, {1, 1}, {0, 0}, {0, 0}});
  checkConvLayouts({{3, 4, 40}, {1, 5, 4, 38}, {}, {1}, {1}, {1}, {1}, {1}});
  checkConvLayouts({{2, 3, 5, 6, 7}, {1, 4, 3, 5, 6, 7}, {}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}});
}

TEST_F(Library, ConvolutionsThatOneDnnHasNotFallBack) {
  Conv c{{1, 4, 8, 8}, {1, 4, 4, 3, 3}, {}, {1, 1}, {1, 1}, {1, 1}, {-1, 1}, {1, 1}};
  checkConv(c, "kernel fallback");
  c.lo = {1, 1};
  c.base = {2, 2};
  c.strides = {2, 2};
  checkConv(c, "kernel fallback");
  // A depthwise kernel of oneDNN 2.6 would scale twice by the first factor.
  Conv twice{{2, 16, 9, 9}, {16, 1, 1, 3, 3}, {}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, false, 16};
  twice.ops = {act(Eltwise::Linear, 0.94f, 0), act(Eltwise::Relu), act(Eltwise::Linear, 1, 0.5f)};
  checkConv(twice, "kernel fallback");
}

TEST_F(Library, ConvolutionsHaveTheSameBitsForAnyNumberOfThreads) {
  struct Case {
    Shape src, weight, dst;
    int64_t stride, base, pad;
  };
  for (const Case &c : {Case{{1, 256, 7, 7}, {1, 32, 256, 3, 3}, {1, 32, 7, 7}, 1, 1, 1},
                        Case{{2, 3, 32, 32}, {1, 16, 3, 5, 5}, {2, 16, 16, 16}, 2, 1, 2},
                        Case{{1, 512, 7, 7}, {1, 512, 512, 3, 3}, {1, 512, 7, 7}, 1, 1, 1},
                        Case{{1, 64, 28, 28}, {1, 16, 64, 1, 1}, {1, 16, 28, 28}, 1, 1, 0},
                        Case{{8, 64, 14, 14}, {1, 64, 64, 3, 3}, {8, 64, 14, 14}, 1, 1, 1},
                        Case{{2, 64, 7, 7}, {1, 32, 64, 3, 3}, {2, 32, 15, 15}, 1, 2, 2},
                        Case{{16, 61, 14, 14}, {1, 32, 61, 14, 14}, {16, 32, 3, 3}, 1, 1, 1}})
    for (bool last : {false, true}) {
      Step s;
      s.convolution.emplace();
      Convolution &d = *s.convolution;
      d.srcDims = c.src, d.weightDims = c.weight, d.dstDims = c.dst;
      d.src = {0, DType::F32, last ? ordered(c.src, {0, 2, 3, 1}) : dense(c.src)};
      d.weight = {1, DType::F32, dense(c.weight)};
      d.dst = {2, DType::F32, last ? ordered(c.dst, {0, 2, 3, 1}) : dense(c.dst)};
      d.windowStrides = {c.stride, c.stride}, d.windowDilation = {1, 1}, d.baseDilation = {c.base, c.base};
      d.padLo = d.padHi = {c.pad, c.pad};
      std::ostringstream what;
      what << c.src[1] << " channels, " << c.src[2] << " wide" << (last ? ", channels last" : "");
      checkThreads(what.str(), s, elements(c.src), elements(c.weight), elements(c.dst));
    }
}

} // namespace
