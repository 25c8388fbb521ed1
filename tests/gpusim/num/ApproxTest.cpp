#include "tools/gpusim/num/Approx.h"
#include "tests/gpusim/num/Values.h"
#include "tools/gpusim/num/Lanes.h"

#include <gtest/gtest.h>

using namespace gpusim::num;
using namespace gpusim::test;

namespace {

double ulp(double value) { // of f32 at `value`
  int exponent = std::max(std::ilogb(value), -126);
  return std::ldexp(1.0, exponent - 23);
}

struct Case {
  const char *name;
  void (*run)(float *, const float *, bool);
  double (*exact)(double);
  double (*allowed)(double argument, double exact); // absolute
};
const Case cases[] = {
    {"ex2", ex2Approx, [](double x) { return std::exp2(x); }, [](double, double y) { return 2 * ulp(y); }},
    {"lg2", lg2Approx, [](double x) { return std::log2(x); },
     [](double x, double y) { return x > 0.5 && x < 2 ? 0x1p-22 : 0x1p-22 * std::fabs(y); }},
    {"rcp", rcpApprox, [](double x) { return 1 / x; }, [](double, double y) { return ulp(y); }},
    {"rsqrt", rsqrtApprox, [](double x) { return 1 / std::sqrt(x); },
     [](double, double y) { return std::exp2(-22.9) * y; }},
    {"sqrt", sqrtApprox, [](double x) { return std::sqrt(x); }, [](double, double y) { return 0x1p-23 * y; }},
    {"sin", sinApprox, [](double x) { return std::sin(x); }, [](double, double) { return std::exp2(-20.5); }},
    {"cos", cosApprox, [](double x) { return std::cos(x); }, [](double, double) { return std::exp2(-20.5); }},
    {"tanh", [](float *d, const float *a, bool) { tanhApprox(d, a); }, [](double x) { return std::tanh(x); },
     [](double, double y) { return 0x1p-11 * std::fabs(y); }},
};

TEST(Approx, WithinTheDocumentedError) {
  std::vector<float> values = floats(300000);
  std::mt19937 bits(9);
  for (int i = 0; i < 320000; ++i)
    values.push_back(std::uniform_real_distribution<float>(-160, 160)(bits));
  for (const Case &c : cases) {
    double worst = 0;
    for (size_t first = 0; first < values.size(); first += 32) {
      float out[32];
      c.run(out, values.data() + first, false);
      for (size_t i = 0; i < 32; ++i) {
        float x = values[first + i];
        double exact = c.exact(x);
        if (std::isnan(exact)) {
          ASSERT_TRUE(std::isnan(out[i])) << c.name << ' ' << x;
          continue;
        }
        if (std::isinf(exact) || std::fabs(exact) > 3.4028235677973366e38) {
          ASSERT_EQ(out[i], std::copysign(INFINITY, float(exact))) << c.name << ' ' << x;
          continue;
        }
        double error = std::fabs(out[i] - exact), allowed = c.allowed(x, exact);
        ASSERT_LE(error, std::max(allowed, exact == 0 ? 0 : 0x1p-149))
            << c.name << '(' << x << ") = " << out[i] << ", exactly " << exact;
        if (allowed > 0x1p-140)
          worst = std::max(worst, error / allowed);
      }
    }
    RecordProperty(c.name, std::to_string(worst));
    printf("%-6s worst %.2f of what is allowed\n", c.name, worst);
  }
}

TEST(Approx, EdgesOfTheTables) {
  auto one = [](void (*function)(float *, const float *, bool), float x, bool ftz) {
    float in[32], out[32];
    std::fill(in, in + 32, x);
    function(out, in, ftz);
    return out[7];
  };
  const float tiny = 0x1p-140f;
  EXPECT_TRUE(same(one(ex2Approx, -INFINITY, false), 0.0f));
  EXPECT_EQ(one(ex2Approx, -0.0f, true), 1);
  EXPECT_EQ(one(ex2Approx, -140, false), tiny);
  EXPECT_EQ(one(ex2Approx, -140, true), 0);
  EXPECT_EQ(one(ex2Approx, 128, false), INFINITY);
  EXPECT_EQ(one(ex2Approx, -150, false), 0);
  EXPECT_TRUE(std::isnan(one(ex2Approx, NAN, false)));
  EXPECT_EQ(one(lg2Approx, 0, false), -INFINITY);
  EXPECT_EQ(one(lg2Approx, -0.0f, false), -INFINITY);
  EXPECT_EQ(one(lg2Approx, tiny, false), -140);
  EXPECT_EQ(one(lg2Approx, tiny, true), -INFINITY);
  EXPECT_TRUE(std::isnan(one(lg2Approx, -1, false)));
  EXPECT_EQ(one(lg2Approx, 1024, false), 10);
  EXPECT_EQ(one(rcpApprox, -0.0f, false), -INFINITY);
  EXPECT_TRUE(same(one(rcpApprox, -INFINITY, false), -0.0f));
  EXPECT_TRUE(same(one(rcpApprox, 0x1p127f, true), 0.0f)); // 2^-127 is subnormal
  EXPECT_EQ(one(rsqrtApprox, -0.0f, false), -INFINITY);
  EXPECT_EQ(one(rsqrtApprox, tiny, true), INFINITY);
  EXPECT_EQ(one(rsqrtApprox, INFINITY, true), 0);
  EXPECT_TRUE(same(one(sqrtApprox, -0.0f, false), -0.0f));
  EXPECT_TRUE(std::isnan(one(sinApprox, INFINITY, false)));
  EXPECT_TRUE(same(one(sinApprox, -0.0f, false), -0.0f));
  EXPECT_EQ(one(cosApprox, tiny, true), 1);
  auto tanhOne = [&](float x) { return one([](float *d, const float *a, bool) { tanhApprox(d, a); }, x, false); };
  EXPECT_EQ(tanhOne(-INFINITY), -1);
  EXPECT_EQ(tanhOne(tiny), tiny);
  EXPECT_TRUE(same(tanhOne(-0.0f), -0.0f));
}

TEST(Approx, Division) {
  std::vector<float> values = floats(100000);
  std::mt19937 bits(13);
  for (size_t first = 0; first < values.size(); first += 32) {
    float b[32], fast[32], full[32];
    for (float &x : b)
      x = values[bits() % values.size()];
    divApprox(fast, values.data() + first, b, false), divFull(full, values.data() + first, b, false);
    for (size_t i = 0; i < 32; ++i) {
      float a = values[first + i];
      ASSERT_TRUE(same(full[i], a / b[i]));
      if (std::fabs(b[i]) > 0x1p126f && std::isfinite(b[i])) {
        if (!std::isfinite(a))
          ASSERT_TRUE(std::isnan(fast[i]));
        else
          ASSERT_TRUE(same(fast[i], std::signbit(a) != std::signbit(b[i]) ? -0.0f : 0.0f));
      } else {
        ASSERT_TRUE(same(fast[i], a / b[i]));
      }
    }
  }
}

TEST(Approx, SixteenBitFormsExhaustively) {
  for (unsigned first = 0; first < 65536; first += 32) {
    uint16_t in[32], ex2[32], tanh[32], bex2[32], btanh[32];
    for (unsigned i = 0; i < 32; ++i)
      in[i] = uint16_t(first + i);
    ex2ApproxHalf(ex2, in, false), tanhApproxHalf(tanh, in), ex2ApproxBfloat(bex2, in), tanhApproxBfloat(btanh, in);
    for (unsigned i = 0; i < 32; ++i) {
      double x = decode(in[i], F16), y = decode(in[i], BF16);
      if (!std::isnan(x)) {
        double e = std::exp2(x), got = decode(ex2[i], F16);
        if (e < 65520)
          ASSERT_LE(std::fabs(got - e), std::max(std::exp2(-9.9) * e, 0x1p-25)) << x;
        else
          ASSERT_EQ(got, INFINITY);
        ASSERT_LE(std::fabs(decode(tanh[i], F16) - std::tanh(x)), std::exp2(-10.987)) << x;
      }
      if (!std::isnan(y)) {
        double e = std::exp2(y), got = decode(bex2[i], BF16);
        if (e >= 0x1p-126 && e < 3.39e38)
          ASSERT_LE(std::fabs(got - e), 0x1p-7 * e) << y;
        ASSERT_LE(std::fabs(decode(btanh[i], BF16) - std::tanh(y)), 0x1p-8) << y;
      } else {
        ASSERT_TRUE(std::isnan(decode(bex2[i], BF16)) && std::isnan(decode(btanh[i], BF16)));
      }
    }
  }
}

TEST(Approx, F64KeepsTheUpperHalf) {
  double in[32], out[32];
  for (int i = 0; i < 32; ++i)
    in[i] = 3.7 * (i + 1);
  in[5] = 0x1p-1030, in[6] = -0.0, in[7] = NAN;
  rcpApprox(out, in);
  for (int i = 0; i < 32; ++i)
    EXPECT_EQ(std::bit_cast<uint64_t>(out[i]) & 0xffffffff, 0u);
  EXPECT_NEAR(out[0] * 3.7, 1, 0x1p-19);
  EXPECT_EQ(out[5], INFINITY);
  EXPECT_EQ(out[6], -INFINITY);
  EXPECT_EQ(std::bit_cast<uint64_t>(out[7]), 0x7fffffff00000000ull);
  rsqrtApproxFtz(out, in);
  EXPECT_NEAR(out[1] * std::sqrt(7.4), 1, 0x1p-19);
}

} // namespace
