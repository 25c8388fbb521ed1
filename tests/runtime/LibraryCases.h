// What the tests of library steps share: loops written out, and one step in a program of its own.
#pragma once
#include "tests/runtime/Images.h"

#include <cmath>
#include <functional>
#include <random>

namespace dlc::test {

using Shape = std::vector<int64_t>;

inline bool haveLibrary() {
  char text[256];
  dlc_device_describe(DLC_DEVICE_CPU, text, sizeof text);
  return std::string(text).find("no oneDNN") == std::string::npos;
}

inline int64_t elements(const Shape &dims) {
  int64_t n = 1;
  for (int64_t d : dims)
    n *= d;
  return n;
}

inline Shape dense(const Shape &dims) {
  Shape s(dims.size());
  int64_t step = 1;
  for (size_t i = dims.size(); i--; step *= dims[i])
    s[i] = step;
  return s;
}

/// Strides of `dims` when memory is ordered by `order` (outermost first).
inline Shape ordered(const Shape &dims, const std::vector<size_t> &order) {
  Shape s(dims.size());
  int64_t step = 1;
  for (size_t i = order.size(); i--; step *= dims[order[i]])
    s[order[i]] = step;
  return s;
}

inline Floats noise(int64_t n, unsigned seed) {
  std::mt19937 engine(seed);
  Floats v(static_cast<size_t>(n));
  for (float &x : v)
    x = float(int(engine() % 2001) - 1000) / 1000;
  return v;
}

/// Calls body with every index of dims.
inline void each(const Shape &dims, const std::function<void(const Shape &)> &body) {
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

inline int64_t offset(const Shape &at, const Shape &strides) {
  int64_t o = 0;
  for (size_t i = 0; i != at.size(); ++i)
    o += at[i] * strides[i];
  return o;
}

inline float eltwise(const PostOp &p, float x) {
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
inline float apply(const std::vector<PostOp> &ops, const std::vector<Floats> &extra, const Shape &at, float x,
                   float old) {
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

inline PostOp act(Eltwise e, float alpha = 0, float beta = 0) {
  PostOp p;
  p.eltwise = e;
  p.alpha = alpha;
  p.beta = beta;
  return p;
}
inline PostOp binary(PostOpKind kind, Shape strides) {
  PostOp p;
  p.kind = kind;
  p.strides = std::move(strides);
  return p;
}
inline PostOp sum(float scale) {
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

inline Outcome runStep(Step step, const Floats &a, const Floats &b, const std::vector<Floats> &extra, const Floats &c,
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

inline void close(const Floats &got, const Floats &want, float tolerance = 2e-5f) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i != got.size(); ++i)
    ASSERT_TRUE(std::fabs(got[i] - want[i]) <= tolerance * (1 + std::fabs(want[i])))
        << i << ": " << got[i] << " and " << want[i];
}
/// Runs a step whose operands are all inputs but the last, with several team sizes, and compares bits.
inline void checkThreads(const std::string &what, Step s, int64_t a, int64_t b, int64_t c) {
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

class Library : public ::testing::Test {
  void SetUp() override {
    if (!haveLibrary())
      GTEST_SKIP() << "oneDNN is not installed";
  }
};

} // namespace dlc::test
