// Library steps against loops written out: strides, post-operations, groups, dilations, padding, deconvolution,
// fallback.
#include "tests/runtime/Images.h"

#include <cmath>
#include <functional>
#include <random>

using namespace dlc::test;

namespace {

using Floats = std::vector<float>;
using Shape = std::vector<int64_t>;

bool haveLibrary() {
  char text[256];
  dlc_device_describe(DLC_DEVICE_CPU, text, sizeof text);
  return std::string(text).find("no oneDNN") == std::string::npos;
}

int64_t elements(const Shape &dims) {
  int64_t n = 1;
  for (int64_t d : dims)
    n *= d;
  return n;
}

Shape dense(const Shape &dims) {
  Shape s(dims.size());
  int64_t step = 1;
  for (size_t i = dims.size(); i--; step *= dims[i])
    s[i] = step;
  return s;
}

/// Strides of `dims` when memory is ordered by `order` (outermost first).
Shape ordered(const Shape &dims, const std::vector<size_t> &order) {
  Shape s(dims.size());
  int64_t step = 1;
  for (size_t i = order.size(); i--; step *= dims[order[i]])
    s[order[i]] = step;
  return s;
}

Floats noise(int64_t n, unsigned seed) {
  std::mt19937 engine(seed);
  Floats v(static_cast<size_t>(n));
  for (float &x : v)
    x = float(int(engine() % 2001) - 1000) / 1000;
  return v;
}

/// Calls body with every index of dims.
void each(const Shape &dims, const std::function<void(const Shape &)> &body) {
  Shape at(dims.size(), 0);
  if (!elements(dims))
    return;
  while (true) {
    body(at);
    size_t d = dims.size();
    while (d && ++at[d - 1] == dims[d - 1])
      at[--d] = 0;
    if (!d)
      return;
  }
}

int64_t offset(const Shape &at, const Shape &strides) {
  int64_t o = 0;
  for (size_t i = 0; i != at.size(); ++i)
    o += at[i] * strides[i];
  return o;
}

float eltwise(const PostOp &p, float x) {
  float a = p.alpha, b = p.beta;
  switch (p.eltwise) {
  case Eltwise::Relu:
    return std::max(x, 0.f);
  case Eltwise::LeakyRelu:
    return x < 0 ? a * x : x;
  case Eltwise::Elu:
    return x < 0 ? a * (std::exp(x) - 1) : x;
  case Eltwise::Tanh:
    return std::tanh(x);
  case Eltwise::Logistic:
    return 1 / (1 + std::exp(-x));
  case Eltwise::Clip:
    return std::min(std::max(x, a), b);
  case Eltwise::Linear:
    return a * x + b;
  case Eltwise::GeluErf:
    return 0.5f * x * (1 + std::erf(x / std::sqrt(2.f)));
  case Eltwise::GeluTanh:
    return 0.5f * x * (1 + std::tanh(std::sqrt(2 / 3.14159265f) * (x + 0.044715f * x * x * x)));
  case Eltwise::Exp:
    return std::exp(x);
  case Eltwise::Abs:
    return std::fabs(x);
  case Eltwise::Sqrt:
    return std::sqrt(x);
  case Eltwise::Square:
    return x * x;
  case Eltwise::Swish:
    return x / (1 + std::exp(-a * x));
  case Eltwise::HardSwish:
    return x * std::min(std::max(x + 3, 0.f), 6.f) / 6;
  case Eltwise::SoftRelu:
    return std::log1p(std::exp(x));
  case Eltwise::Log:
    return std::log(x);
  case Eltwise::Pow:
    return a * std::pow(x, b);
  case Eltwise::Round:
    return std::nearbyint(x);
  case Eltwise::Mish:
    return x * std::tanh(std::log1p(std::exp(x)));
  }
  return NAN;
}

/// Operands of post-operations are inputs 2, 3, ...; `extra` holds their values.
float apply(const std::vector<PostOp> &ops, const std::vector<Floats> &extra, const Shape &at, float x, float old) {
  size_t next = 0;
  for (const PostOp &p : ops) {
    if (p.kind == PostOpKind::Eltwise) {
      x = eltwise(p, x);
    } else if (p.kind == PostOpKind::Sum) {
      x += p.alpha * old;
    } else {
      float y = extra[next++][size_t(offset(at, p.strides))];
      switch (p.kind) {
      case PostOpKind::Add:
        x += y;
        break;
      case PostOpKind::Sub:
        x -= y;
        break;
      case PostOpKind::Mul:
        x *= y;
        break;
      case PostOpKind::Div:
        x /= y;
        break;
      case PostOpKind::Max:
        x = std::max(x, y);
        break;
      default:
        x = std::min(x, y);
        break;
      }
    }
  }
  return x;
}

PostOp act(Eltwise e, float alpha = 0, float beta = 0) {
  PostOp p;
  p.eltwise = e;
  p.alpha = alpha;
  p.beta = beta;
  return p;
}
PostOp binary(PostOpKind kind, Shape strides) {
  PostOp p;
  p.kind = kind;
  p.strides = std::move(strides);
  return p;
}
PostOp sum(float scale) {
  PostOp p;
  p.kind = PostOpKind::Sum;
  p.alpha = scale;
  return p;
}

enum class Weights { Input, Frozen };

/// One library step: inputs a, b, operands of post-operations; output c. Returns c, computed by the runtime.
struct Outcome {
  Floats c;
  std::string implementation, note;
};

Outcome runStep(Step step, const Floats &a, const Floats &b, const std::vector<Floats> &extra, const Floats &c,
                Weights weights, bool noLibrary = false) {
  Builder builder;
  auto &ops = step.matmul ? step.matmul->postOps : step.convolution->postOps;
  step.args = {builder.input({int64_t(a.size())})};
  step.args.push_back(weights == Weights::Frozen ? builder.weight("b", b) : builder.input({int64_t(b.size())}));
  step.args.push_back(builder.output({int64_t(c.size())}));
  size_t next = 0;
  for (PostOp &p : ops)
    if (p.kind != PostOpKind::Eltwise && p.kind != PostOpKind::Sum) {
      p.arg = uint32_t(step.args.size());
      step.args.push_back(builder.input({int64_t(extra[next++].size())}));
    }
  step.kind = StepKind::Library;
  step.kernel = builder.kernel("fallback");
  step.sources = {"the_node"};
  builder.variant.steps.push_back(step);
  std::vector<char> file = builder.bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  dlc::SessionOptions options = dlc::sessionOptions();
  options.threads = 2;
  options.no_library = noLibrary;
  auto s = e ? e->session(options) : dlc::Result<dlc::Session>(dlc::Status());
  if (!s) {
    ADD_FAILURE() << (e ? s.status().text() : e.status().text());
    return {};
  }
  size_t input = 0;
  auto set = [&](const Floats &v) { EXPECT_TRUE(s->setInput(input++, v).ok()); };
  set(a);
  if (weights == Weights::Input)
    set(b);
  for (const Floats &v : extra)
    set(v);
  Outcome o{Floats(c.size()), s->step(0).implementation, s->step(0).note};
  // Twice: the second run must not depend on the first one's leftovers.
  for (int i = 0; i != 2; ++i) {
    if (auto *out = static_cast<float *>(s->outputData(0)))
      std::memcpy(out, c.data(), c.size() * 4);
    dlc::Status status = s->run();
    EXPECT_TRUE(status.ok()) << status.text();
  }
  EXPECT_TRUE(s->getOutput(0, o.c).ok());
  return o;
}

void close(const Floats &got, const Floats &want, float tolerance = 2e-5f) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i != got.size(); ++i)
    ASSERT_TRUE(std::fabs(got[i] - want[i]) <= tolerance * (1 + std::fabs(want[i])))
        << i << ": " << got[i] << " and " << want[i];
}

struct Product {
  Shape batch;
  int64_t m, n, k;
  Shape a, b, c; // strides; empty: dense
  std::vector<PostOp> ops = {};
  std::vector<Floats> extra = {};
  Weights weights = Weights::Input;
};

void checkProduct(Product p, const std::string &expected = "oneDNN") {
  auto dims = [&](int64_t rows, int64_t columns) {
    Shape d = p.batch;
    d.insert(d.end(), {rows, columns});
    return d;
  };
  auto extent = [](const Shape &dims, const Shape &strides) {
    int64_t n = 1;
    for (size_t i = 0; i != dims.size(); ++i)
      n += (dims[i] - 1) * strides[i];
    return n;
  };
  if (p.a.empty())
    p.a = dense(dims(p.m, p.k));
  if (p.b.empty())
    p.b = dense(dims(p.k, p.n));
  if (p.c.empty())
    p.c = dense(dims(p.m, p.n));
  Floats a = noise(extent(dims(p.m, p.k), p.a), 1), b = noise(extent(dims(p.k, p.n), p.b), 2),
         c = noise(extent(dims(p.m, p.n), p.c), 3), want = c;
  each(dims(p.m, p.n), [&](const Shape &at) {
    double sum = 0;
    Shape ia = at, ib = at;
    for (int64_t k = 0; k != p.k; ++k) {
      ia[at.size() - 1] = k;
      ib[at.size() - 2] = k;
      sum += double(a[size_t(offset(ia, p.a))]) * b[size_t(offset(ib, p.b))];
    }
    size_t o = size_t(offset(at, p.c));
    want[o] = apply(p.ops, p.extra, at, float(sum), c[o]);
  });
  Step s;
  s.matmul.emplace();
  s.matmul->batch = p.batch;
  s.matmul->m = p.m;
  s.matmul->n = p.n;
  s.matmul->k = p.k;
  s.matmul->a = {0, DType::F32, p.a};
  s.matmul->b = {1, DType::F32, p.b};
  s.matmul->c = {2, DType::F32, p.c};
  s.matmul->postOps = p.ops;
  Outcome o = runStep(s, a, b, p.extra, c, p.weights);
  EXPECT_EQ(o.implementation.rfind(expected, 0), 0u) << o.implementation << ": " << o.note;
  if (expected == "oneDNN")
    close(o.c, want, 1e-4f);
}

class Library : public ::testing::Test {
  void SetUp() override {
    if (!haveLibrary())
      GTEST_SKIP() << "oneDNN is not installed";
  }
};

TEST_F(Library, ProductsOfAllOrders) {
  const int64_t m = 37, n = 29, k = 53;
  for (Shape a : {Shape{k, 1}, Shape{1, m}})
    for (Shape b : {Shape{n, 1}, Shape{1, k}})
      for (Shape c : {Shape{n, 1}, Shape{1, m}})
        checkProduct({{}, m, n, k, a, b, c});
  checkProduct({{}, m, n, k, {k + 3, 1}, {n + 5, 1}, {n + 16, 1}}); // rows apart
}

TEST_F(Library, ProductsOfOneRowColumnOrTerm) {
  for (auto [m, n, k] : {std::array<int64_t, 3>{1, 128, 784}, {128, 1, 784}, {5, 7, 1}, {1, 1, 9}, {1, 1, 1}})
    for (bool transposed : {false, true})
      checkProduct({{}, m, n, k, {}, transposed ? Shape{1, k} : Shape{n, 1}, {}});
}

TEST_F(Library, BatchedProducts) {
  checkProduct({{6}, 5, 7, 9, {}, {}, {}});
  checkProduct({{2, 3}, 5, 7, 9, {}, {}, {}});
  checkProduct({{2, 3}, 16, 16, 32, {}, {0, 0, 16, 1}, {}});                        // b broadcast
  checkProduct({{2, 3}, 8, 8, 4, {96, 4, 12, 1}, {96, 32, 1, 4}, {192, 64, 8, 1}}); // heads between rows
}

TEST_F(Library, ProductsWithPostOperations) {
  const int64_t m = 64, n = 48, k = 32;
  checkProduct({{}, m, n, k, {}, {}, {}, {binary(PostOpKind::Add, {0, 1}), act(Eltwise::Relu)}, {noise(n, 5)}});
  checkProduct({{},
                m,
                n,
                k,
                {},
                {},
                {},
                {binary(PostOpKind::Add, {0, 1}), binary(PostOpKind::Add, {n, 1}), act(Eltwise::Tanh)},
                {noise(n, 5), noise(m * n, 6)}});
  checkProduct({{},
                m,
                n,
                k,
                {},
                {},
                {},
                {act(Eltwise::Linear, 0.5f, 2), binary(PostOpKind::Mul, {0, 1}), sum(1)},
                {noise(n, 5)}});
  checkProduct({{},
                m,
                n,
                k,
                {},
                {},
                {},
                {binary(PostOpKind::Mul, {0, 0}), binary(PostOpKind::Sub, {n, 1})},
                {noise(1, 5), noise(m * n, 6)}});
  checkProduct({{}, 1, n, k, {}, {1, k}, {}, {binary(PostOpKind::Add, {0, 1}), act(Eltwise::Logistic)}, {noise(n, 5)}});
  checkProduct({{4}, 16, n, k, {}, {}, {}, {binary(PostOpKind::Add, {0, 0, 1}), act(Eltwise::GeluErf)}, {noise(n, 5)}});
  // A result by columns is computed as its transpose, for which the operand is one a row: oneDNN has that by reference
  // only.
  checkProduct({{}, m, n, k, {}, {}, {1, m}, {act(Eltwise::Relu)}});
  checkProduct({{}, m, n, k, {}, {}, {1, m}, {binary(PostOpKind::Add, {0, 1}), act(Eltwise::Relu)}, {noise(n, 5)}},
               "kernel fallback");
}

TEST_F(Library, EveryActivation) {
  for (Eltwise e : {Eltwise::Relu, Eltwise::LeakyRelu, Eltwise::Elu, Eltwise::Tanh, Eltwise::Logistic, Eltwise::Clip,
                    Eltwise::Linear, Eltwise::GeluErf, Eltwise::GeluTanh, Eltwise::Exp, Eltwise::Abs, Eltwise::Square,
                    Eltwise::Swish, Eltwise::HardSwish, Eltwise::SoftRelu, Eltwise::Round, Eltwise::Mish}) {
    SCOPED_TRACE(int(e));
    float alpha = e == Eltwise::Clip ? -0.5f : 0.7f, beta = e == Eltwise::Clip ? 0.8f : 0.3f;
    checkProduct({{}, 16, 32, 16, {}, {}, {}, {act(e, alpha, beta)}});
  }
  // Where the argument must be positive.
  for (Eltwise e : {Eltwise::Sqrt, Eltwise::Log, Eltwise::Pow}) {
    SCOPED_TRACE(int(e));
    checkProduct({{}, 16, 32, 16, {}, {}, {}, {act(Eltwise::Square), act(Eltwise::Linear, 1, 0.5f), act(e, 1, 1.5f)}});
  }
}

/// Runs a step whose operands are all inputs but the last, with several team sizes, and compares bits.
void checkThreads(const std::string &what, Step s, int64_t a, int64_t b, int64_t c) {
  Floats x = noise(a, 1), w = noise(b, 2), first;
  for (int threads : {1, 2, 3, 4, 8, 16}) {
    Builder builder;
    s.kind = StepKind::Library;
    s.args = {builder.input({a}), builder.input({b}), builder.output({c})};
    s.kernel = builder.kernel("fallback");
    builder.variant.steps = {s};
    std::vector<char> file = builder.bytes();
    auto e = dlc::Executable::load(file.data(), file.size());
    ASSERT_TRUE(e);
    dlc::SessionOptions options = dlc::sessionOptions();
    options.threads = threads;
    auto session = e->session(options);
    ASSERT_TRUE(session);
    Floats y(static_cast<size_t>(c));
    ASSERT_TRUE(session->setInput(0, x).ok() && session->setInput(1, w).ok() && session->run().ok() &&
                session->getOutput(0, y).ok());
    if (first.empty())
      first = y;
    EXPECT_EQ(std::memcmp(first.data(), y.data(), y.size() * 4), 0)
        << what << ", " << threads << " threads: " << session->step(0).implementation;
  }
}

TEST_F(Library, ProductsHaveTheSameBitsForAnyNumberOfThreads) {
  using Sizes = std::array<int64_t, 3>;
  for (auto [m, n, k] :
       {Sizes{128, 128, 784}, Sizes{784, 128, 128}, Sizes{16, 16, 20000}, Sizes{1, 100, 5000}, Sizes{300, 500, 700},
        Sizes{64, 200, 4096}, Sizes{64, 64, 1024}, Sizes{64, 64, 2048}, Sizes{1, 1, 16384}, Sizes{100, 1, 5000}})
    for (bool ta : {false, true})
      for (bool tb : {false, true})
        for (bool tc : {false, true}) {
          Step s;
          s.matmul.emplace();
          s.matmul->m = m, s.matmul->n = n, s.matmul->k = k;
          s.matmul->a = {0, DType::F32, ta ? Shape{1, m} : Shape{k, 1}};
          s.matmul->b = {1, DType::F32, tb ? Shape{1, k} : Shape{n, 1}};
          s.matmul->c = {2, DType::F32, tc ? Shape{1, m} : Shape{n, 1}};
          std::ostringstream what;
          what << m << " " << n << " " << k << (ta ? " ta" : "") << (tb ? " tb" : "") << (tc ? " tc" : "");
          checkThreads(what.str(), s, m * k, k * n, m * n);
        }
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
                        Case{{2, 64, 7, 7}, {1, 32, 64, 3, 3}, {2, 32, 14, 14}, 1, 2, 2}})
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

TEST_F(Library, TheFallbackIsVisible) {
  Step s;
  s.matmul.emplace();
  s.matmul->m = s.matmul->n = s.matmul->k = 4;
  s.matmul->a = {0, DType::F64, {4, 1}};
  s.matmul->b = {1, DType::F64, {4, 1}};
  s.matmul->c = {2, DType::F64, {4, 1}};
  Floats v(32);
  Outcome o = runStep(s, v, v, {}, v, Weights::Input);
  EXPECT_EQ(o.implementation, "kernel fallback");
  EXPECT_EQ(o.note, "oneDNN has no f64");
  EXPECT_EQ(o.c[0], 4711);
  s.matmul->a.dtype = s.matmul->b.dtype = s.matmul->c.dtype = DType::F32;
  Floats w(16);
  o = runStep(s, w, w, {}, w, Weights::Input, true);
  EXPECT_EQ(o.implementation, "kernel fallback");
  EXPECT_EQ(o.note, "the library is switched off");
  s.matmul->k = 0;
  o = runStep(s, {}, {}, {}, w, Weights::Input);
  EXPECT_EQ(o.implementation, "kernel fallback");
  s.matmul->m = 0;
  o = runStep(s, {}, {}, {}, {}, Weights::Input);
  EXPECT_EQ(o.implementation, "nothing (empty)");
}

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

TEST_F(Library, ConvolutionsThatOneDnnHasNotFallBack) {
  Conv c{{1, 4, 8, 8}, {1, 4, 4, 3, 3}, {}, {1, 1}, {1, 1}, {1, 1}, {-1, 1}, {1, 1}};
  checkConv(c, "kernel fallback");
  c.lo = {1, 1};
  c.base = {2, 2};
  c.strides = {2, 2};
  checkConv(c, "kernel fallback");
}

} // namespace
