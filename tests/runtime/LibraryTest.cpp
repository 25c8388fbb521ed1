// Matrix products as library steps: orders, strides, batches, post-operations, threads, and when the fallback runs.
#include "tests/runtime/LibraryCases.h"

using namespace dlc::test;

namespace {

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
  if (o.implementation.rfind("oneDNN", 0) == 0)
    close(o.c, want, 1e-4f);
}

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
                {noise(n, 5)}},
               ""); // below AVX-512 a sum must come first, and the fallback runs
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

// Run by ctest with libraries in the loader's path that cannot be opened.
TEST(LibraryAbsent, EverythingFallsBack) {
  if (!std::getenv("DLC_TEST_NO_LIBRARIES"))
    GTEST_SKIP() << "only where oneDNN and libgomp cannot be opened";
  char text[400];
  dlc_device_describe(DLC_DEVICE_CPU, text, sizeof text);
  EXPECT_NE(std::string(text).find("no oneDNN ("), std::string::npos) << text;
  EXPECT_NE(std::string(text).find(", one thread ("), std::string::npos) << text;
  Step s;
  s.matmul.emplace();
  s.matmul->m = s.matmul->n = s.matmul->k = 4;
  s.matmul->a = s.matmul->b = s.matmul->c = {0, DType::F32, {4, 1}};
  s.matmul->b.arg = 1;
  s.matmul->c.arg = 2;
  Floats v(16);
  Outcome o = runStep(s, v, v, {}, v, Weights::Input);
  EXPECT_EQ(o.implementation, "kernel fallback");
  EXPECT_EQ(o.note.rfind("no oneDNN", 0), 0u) << o.note;
  EXPECT_EQ(o.c[0], 4711);
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

} // namespace
