#include "tools/gpusim/num/Directed.h"
#include "tests/gpusim/num/Values.h"

#include <gtest/gtest.h>

using namespace gpusim::num;
using namespace gpusim::test;

namespace {

// f32 results by f64 rounded to odd and bit arithmetic: another way than the host's own rounding modes.
double odd(__float128 exact) {
  double wide = double(exact);
  if (!std::isfinite(wide) || (__float128)wide == exact)
    return wide;
  __float128 magnitude = exact < 0 ? -exact : exact, rounded = wide < 0 ? -(__float128)wide : (__float128)wide;
  double toZero = magnitude < rounded ? std::nextafter(wide, 0) : wide;
  return std::bit_cast<double>(std::bit_cast<uint64_t>(toZero) | 1);
}
float expected(double toOdd, Rounding rounding, bool ftz) {
  float value = bitsToFloat(uint32_t(encode(toOdd, F32, rounding)));
  return ftz ? flush(value) : value;
}

// x + y for 113 bits: what is too far below only has to be there.
__float128 sum(__float128 x, __float128 y) {
  __float128 a = x < 0 ? -x : x, b = y < 0 ? -y : y, scale = 0x1p-60;
  if (x != 0 && y != 0 && b < a * scale)
    y = y < 0 ? -a * scale : a * scale;
  else if (x != 0 && y != 0 && a < b * scale)
    x = x < 0 ? -b * scale : b * scale;
  return x + y;
}

struct Inputs {
  float a[32], b[32], c[32];
};
Inputs inputs(std::mt19937 &bits, int round) {
  static const std::vector<float> all = edges();
  Inputs in;
  for (int i = 0; i < 32; ++i)
    for (float *to : {in.a + i, in.b + i, in.c + i}) {
      uint32_t any = uint32_t(bits());
      // Exponents near each other, all of them, or the edges.
      *to = round % 3 == 0   ? bitsToFloat((any & 0x807fffff) | (117 + any % 21) << 23)
            : round % 3 == 1 ? bitsToFloat(any)
                             : all[any % all.size()];
    }
  return in;
}

TEST(Directed, F32MatchesExactArithmetic) {
  std::mt19937 bits(5);
  for (int round = 0; round < 3000; ++round) {
    Inputs in = inputs(bits, round);
    for (Rounding rounding : {Rounding::Nearest, Rounding::Zero, Rounding::Down, Rounding::Up})
      for (bool ftz : {false, true}) {
        float total[32], difference[32], product[32], fused[32], quotient[32], root[32], reciprocal[32];
        add(total, in.a, in.b, rounding, ftz), sub(difference, in.a, in.b, rounding, ftz);
        mul(product, in.a, in.b, rounding, ftz), fma(fused, in.a, in.b, in.c, rounding, ftz);
        div(quotient, in.a, in.b, rounding, ftz), sqrt(root, in.a, rounding, ftz), rcp(reciprocal, in.a, rounding, ftz);
        for (int i = 0; i < 32; ++i) {
          float a = ftz ? flush(in.a[i]) : in.a[i], b = ftz ? flush(in.b[i]) : in.b[i],
                c = ftz ? flush(in.c[i]) : in.c[i];
          if (!std::isfinite(a) || !std::isfinite(b) || !std::isfinite(c))
            continue; // compared below, where no rounding matters
          bool down = rounding == Rounding::Down;
          auto check = [&](float got, __float128 exact, const char *name) {
            // An exact zero of opposite signs is -0 when rounding down.
            float want = expected(odd(exact), rounding, ftz);
            // Just below the smallest normal number the ISA does not say whether rounding or flushing comes first.
            bool brink = ftz && std::fabs(want) == 0x1p-126f && (exact < 0 ? -exact : exact) < 0x1p-126;
            if (brink)
              ASSERT_TRUE(got == 0 || got == want);
            else if (want == 0 && exact == 0)
              ASSERT_EQ(got, 0) << name;
            else
              ASSERT_TRUE(same(got, want)) << name << ' ' << a << ' ' << b << ' ' << c << " got " << got << " want "
                                           << want << " rounding " << int(rounding) << " ftz " << ftz;
          };
          check(total[i], sum(a, b), "add");
          check(difference[i], sum(a, -b), "sub");
          check(product[i], (__float128)a * b, "mul");
          check(fused[i], sum((__float128)a * b, c), "fma");
          if (b != 0)
            check(quotient[i], (__float128)a / b, "div");
          if (a != 0)
            check(reciprocal[i], 1 / (__float128)a, "rcp");
          if (a == b && a != 0)
            ASSERT_TRUE(same(difference[i], down ? -0.0f : 0.0f));
        }
      }
  }
}

TEST(Directed, SquareRootsBracketTheirArgument) {
  std::mt19937 bits(6);
  for (int round = 0; round < 2000; ++round) {
    float a[32], near[32], zero[32], up[32];
    for (float &x : a)
      x = bitsToFloat(uint32_t(bits()) % 0x7f800000u);
    sqrt(near, a, Rounding::Nearest, false), sqrt(zero, a, Rounding::Zero, false), sqrt(up, a, Rounding::Up, false);
    for (int i = 0; i < 32; ++i) {
      __float128 x = a[i], low = (__float128)zero[i] * zero[i], high = (__float128)up[i] * up[i];
      ASSERT_TRUE(low <= x && x <= high) << a[i];
      ASSERT_TRUE(up[i] == zero[i] ? low == x : up[i] == std::nextafterf(zero[i], INFINITY)) << a[i];
      __float128 middle = ((__float128)zero[i] + up[i]) / 2;
      ASSERT_EQ(near[i], x > middle * middle ? up[i] : zero[i]) << a[i];
    }
  }
}

TEST(Directed, F64BracketsTheExactResult) {
  std::mt19937_64 bits(8);
  for (int round = 0; round < 2000; ++round) {
    double a[32], b[32], c[32], r[4][7][32];
    for (int i = 0; i < 32; ++i)
      for (double *to : {a + i, b + i, c + i})
        *to = std::bit_cast<double>((bits() & 0x800fffffffffffffull) | (1015 + bits() % 16) << 52);
    for (int m = 0; m < 4; ++m) {
      Rounding mode = Rounding(m);
      add(r[m][0], a, b, mode), sub(r[m][1], a, b, mode), mul(r[m][2], a, b, mode), fma(r[m][3], a, b, c, mode);
      div(r[m][4], a, b, mode), rcp(r[m][5], a, mode);
    }
    for (int i = 0; i < 32; ++i) {
      __float128 x = a[i], y = b[i], exact[] = {x + y, x - y, x * y, x * y, x / y, 1 / x};
      for (int o : {0, 1, 2, 4, 5}) {
        double down = r[2][o][i], up = r[3][o][i], zero = r[1][o][i], near = r[0][o][i];
        ASSERT_TRUE((__float128)down <= exact[o] && exact[o] <= (__float128)up) << o;
        ASSERT_TRUE(down == up || up == std::nextafter(down, INFINITY)) << o;
        ASSERT_EQ(zero, exact[o] < 0 ? up : down) << o;
        ASSERT_EQ(near, double(exact[o])) << o;
      }
      ASSERT_TRUE(r[2][3][i] == r[3][3][i] || r[3][3][i] == std::nextafter(r[2][3][i], INFINITY));
      ASSERT_TRUE(r[2][3][i] <= r[0][3][i] && r[0][3][i] <= r[3][3][i]);
    }
  }
}

TEST(Directed, OverflowStopsAtTheLargestNumber) {
  float big[32], d[32];
  for (float &x : big)
    x = std::numeric_limits<float>::max();
  add(d, big, big, Rounding::Zero, false);
  EXPECT_EQ(d[0], std::numeric_limits<float>::max());
  add(d, big, big, Rounding::Down, false);
  EXPECT_EQ(d[31], std::numeric_limits<float>::max());
  add(d, big, big, Rounding::Up, false);
  EXPECT_EQ(d[5], INFINITY);
}

} // namespace
