#include "tools/gpusim/num/Lanes.h"
#include "tests/gpusim/num/Values.h"

#include <gtest/gtest.h>

using namespace gpusim::num;
using namespace gpusim::test;

namespace {

TEST(Lanes, EveryHalfAndBfloatBecomesItsFloat) {
  for (unsigned first = 0; first < 65536; first += 32) {
    uint16_t bits[32];
    uint32_t pairs[32];
    float half[32], bfloat[32], low[32], high[32], blow[32], bhigh[32];
    for (unsigned i = 0; i < 32; ++i) {
      bits[i] = uint16_t(first + i);
      pairs[i] = bits[i] | uint32_t(uint16_t(~bits[i])) << 16;
    }
    halfToFloat(bits, half), bfloatToFloat(bits, bfloat);
    halvesToFloat(pairs, low, high), bfloatsToFloat(pairs, blow, bhigh);
    for (unsigned i = 0; i < 32; ++i) {
      ASSERT_TRUE(same(half[i], float(decode(bits[i], F16)))) << bits[i];
      ASSERT_TRUE(same(bfloat[i], float(decode(bits[i], BF16)))) << bits[i];
      ASSERT_TRUE(same(half[i], halfToFloat(bits[i])));
      ASSERT_TRUE(same(low[i], half[i]) && same(high[i], halfToFloat(uint16_t(~bits[i]))));
      ASSERT_TRUE(same(blow[i], bfloat[i]) && same(bhigh[i], bfloatToFloat(uint16_t(~bits[i]))));
    }
  }
}

TEST(Lanes, FloatsRoundAsBitArithmeticDoes) {
  std::vector<float> values = floats(200000);
  for (size_t first = 0; first < values.size(); first += 32) {
    const float *v = values.data() + first;
    uint16_t half[32], bfloat[32];
    uint32_t halves[32], bfloats[32];
    float reversed[32];
    for (int i = 0; i < 32; ++i)
      reversed[i] = v[31 - i];
    floatToHalf(v, half), floatToBfloat(v, bfloat), floatToHalves(v, reversed, halves),
        floatToBfloats(v, reversed, bfloats);
    for (int i = 0; i < 32; ++i) {
      ASSERT_EQ(half[i], encode(v[i], F16)) << v[i];
      ASSERT_EQ(bfloat[i], encode(v[i], BF16)) << v[i];
      ASSERT_EQ(half[i], floatToHalf(v[i]));
      ASSERT_EQ(halves[i], half[i] | uint32_t(half[31 - i]) << 16);
      ASSERT_EQ(bfloats[i], bfloat[i] | uint32_t(bfloat[31 - i]) << 16);
    }
  }
}

TEST(Lanes, TruncationClamps) {
  std::vector<float> values = floats(50000);
  for (size_t first = 0; first < values.size(); first += 32) {
    uint32_t fast[32], slow[32];
    truncateToInt32(values.data() + first, fast);
    floatToInt32(values.data() + first, slow, Rounding::Zero, true);
    for (int i = 0; i < 32; ++i)
      ASSERT_EQ(fast[i], slow[i]) << values[first + size_t(i)];
  }
}

// The exact sum of products in 113 bits and, where those are too few, wider by scaling apart: __float128 has room for
// every f16 case; for bf16 the exponents are kept within 100 of each other.
TEST(Lanes, FusedSixteenBitArithmeticRoundsOnce) {
  std::mt19937 bits(11);
  for (int i = 0; i < 2000000; ++i) {
    uint16_t a = uint16_t(bits()), b = uint16_t(bits()), c = uint16_t(bits());
    {
      float x = halfToFloat(a), y = halfToFloat(b), z = halfToFloat(c);
      __float128 exact = (__float128)x * y + z;
      double wide = double(exact); // then to odd by hand
      if (std::isfinite(wide) && (__float128)wide != exact) {
        double toZero =
            (wide < 0 ? -exact < -(__float128)wide : exact < (__float128)wide) ? std::nextafter(wide, 0) : wide;
        wide = std::bit_cast<double>(std::bit_cast<uint64_t>(toZero) | 1);
      }
      ASSERT_EQ(floatToHalf(fmaFor16(x, y, z)), encode(wide, F16)) << x << ' ' << y << ' ' << z;
    }
    uint16_t near = uint16_t((c & 0x807f) | (uint32_t(64 + bits() % 100) << 7));
    float x = bfloatToFloat(uint16_t((a & 0x807f) | 127 << 7)), y = bfloatToFloat(uint16_t((b & 0x807f) | 127 << 7));
    float z = bfloatToFloat(near);
    __float128 exact = (__float128)x * y + z;
    double wide = double(exact);
    if ((__float128)wide != exact) {
      double toZero =
          (wide < 0 ? -exact < -(__float128)wide : exact < (__float128)wide) ? std::nextafter(wide, 0) : wide;
      wide = std::bit_cast<double>(std::bit_cast<uint64_t>(toZero) | 1);
    }
    ASSERT_EQ(floatToBfloat(fmaFor16(x, y, z)), encode(wide, BF16)) << x << ' ' << y << ' ' << z;
  }
  float tiny = bfloatToFloat(0x0100); // far below what f64 can add to 1
  // 1.0078125 * 1.5 = 1.51171875 = 1.5 + 1.5/128: a tie between 1.5078125 and 1.515625.
  EXPECT_EQ(floatToBfloat(fmaFor16(1.0078125f, 1.5f, 0)), 0x3fc2);
  EXPECT_EQ(floatToBfloat(fmaFor16(1.0078125f, 1.5f, tiny)), 0x3fc2);
  EXPECT_EQ(floatToBfloat(fmaFor16(1.0078125f, 1.5f, -tiny)), 0x3fc1);
}

} // namespace
