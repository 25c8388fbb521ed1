#include "tools/gpusim/num/Format.h"
#include "tests/gpusim/num/Values.h"

#include <algorithm>
#include <cfenv>
#include <gtest/gtest.h>

using namespace gpusim::num;
using namespace gpusim::test;

namespace {

/// All non-negative finite numbers of a format, straight from its definition, in the order of their bits.
std::vector<double> numbers(const Format &f) {
  std::vector<double> all;
  for (uint64_t bits = 0; bits <= f.largest(); ++bits) {
    int field = int(bits >> f.mantissaBits);
    double fraction = double(bits & ((1u << f.mantissaBits) - 1)) / double(1u << f.mantissaBits);
    all.push_back(field ? std::ldexp(1 + fraction, field - f.bias()) : std::ldexp(fraction, 1 - f.bias()));
  }
  return all;
}

/// The neighbour that a rounding chooses, by search in the list.
uint64_t bySearch(const std::vector<double> &all, const Format &f, double value, Rounding rounding, bool satFinite) {
  if (std::isnan(value))
    return f.canonicalNan;
  bool negative = std::signbit(value);
  double magnitude = std::fabs(value);
  uint64_t sign = negative ? f.signBit() : 0;
  // What comes after the largest number counts as one more step when rounding to nearest.
  double step = all.back() - all[all.size() - 2], beyond = all.back() + step;
  size_t below = size_t(std::upper_bound(all.begin(), all.end(), magnitude) - all.begin()) - 1;
  size_t chosen = below;
  if (all[below] != magnitude) {
    double next = below + 1 < all.size() ? all[below + 1] : beyond;
    double down = magnitude - all[below], up = next - magnitude; // exact: both are near
    bool away = rounding == Rounding::Up ? !negative : rounding == Rounding::Down ? negative : false;
    if (rounding == Rounding::Nearest)
      away = up < down || (up == down && below % 2);
    if (rounding == Rounding::NearestAway)
      away = up <= down;
    chosen += away;
  }
  bool infinite = std::isinf(value);
  if (chosen < all.size() && !infinite)
    return sign | chosen;
  if (satFinite)
    return sign | f.largest();
  if (!infinite && (rounding == Rounding::Zero || (rounding == Rounding::Down && !negative) ||
                    (rounding == Rounding::Up && negative)))
    return sign | f.largest();
  return f.top == Top::Infinity ? sign | f.infinity() : f.canonicalNan;
}

class Small : public testing::TestWithParam<const Format *> {};

TEST_P(Small, DecodesEveryNumber) {
  const Format &f = *GetParam();
  std::vector<double> all = numbers(f);
  for (uint64_t bits = 0; bits < all.size(); ++bits) {
    ASSERT_EQ(decode(bits, f), all[bits]);
    ASSERT_EQ(decode(bits | f.signBit(), f), -all[bits]);
    ASSERT_EQ(encode(all[bits], f), bits);
  }
  EXPECT_TRUE(std::isnan(decode(f.canonicalNan, f)));
  if (f.top == Top::Infinity)
    EXPECT_EQ(decode(f.infinity(), f), std::numeric_limits<double>::infinity());
}

TEST_P(Small, EncodesAsASearchDoes) {
  const Format &f = *GetParam();
  std::vector<double> all = numbers(f);
  std::vector<double> values;
  for (float x : floats(20000))
    values.push_back(x);
  for (size_t i = 0; i + 1 < all.size(); i += std::max<size_t>(1, all.size() / 4000)) { // ties and their neighbours
    double tie = (all[i] + all[i + 1]) / 2;
    for (double x : {tie, std::nextafter(tie, 0), std::nextafter(tie, 1e300)})
      values.push_back(x), values.push_back(-x);
  }
  double top = all.back() + (all.back() - all[all.size() - 2]) / 2;
  for (double x : {top, std::nextafter(top, 0), std::nextafter(top, 1e300), 5e-324, -5e-324, 1e300, 0.0, -0.0})
    values.push_back(x), values.push_back(-x);
  for (auto rounding : {Rounding::Nearest, Rounding::Zero, Rounding::Down, Rounding::Up, Rounding::NearestAway})
    for (bool satFinite : {false, true})
      for (double x : values)
        ASSERT_EQ(encode(x, f, rounding, satFinite), bySearch(all, f, x, rounding, satFinite))
            << x << " rounding " << int(rounding) << " satfinite " << satFinite;
}

std::string formatName(const testing::TestParamInfo<const Format *> &info) {
  const char *names[] = {"f16", "bf16", "tf32", "e5m2", "e4m3"};
  return names[info.index];
}
INSTANTIATE_TEST_SUITE_P(Formats, Small, testing::Values(&F16, &BF16, &TF32, &E5M2, &E4M3), formatName);

TEST(Format, WidthsOfTheHostInEveryMode) {
  std::mt19937_64 bits(3);
  const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
  for (int mode = 0; mode < 4; ++mode)
    for (int i = 0; i < 40000; ++i) {
      volatile double wide =
          std::bit_cast<double>(i % 2 ? bits() : (bits() & 0x800fffffffffffffull) | (873 + bits() % 280) << 52);
      volatile int64_t whole = int64_t(bits()) >> bits() % 64;
      std::fesetround(modes[mode]);
      volatile float narrow = float(wide);
      volatile float fromWhole = float(whole);
      volatile double wideFromWhole = double(whole);
      volatile float fromUnsigned = float(uint64_t(whole));
      std::fesetround(FE_TONEAREST);
      uint64_t magnitude = whole < 0 ? 0 - uint64_t(whole) : uint64_t(whole);
      Rounding rounding = Rounding(mode);
      ASSERT_TRUE(same(bitsToFloat(uint32_t(encode(wide, F32, rounding))), narrow)) << wide;
      ASSERT_EQ(encodeInteger(magnitude, whole < 0, F32, rounding), floatToBits(fromWhole)) << whole;
      ASSERT_EQ(std::bit_cast<double>(encodeInteger(magnitude, whole < 0, F64, rounding)), wideFromWhole) << whole;
      ASSERT_EQ(encodeInteger(uint64_t(whole), false, F32, rounding), floatToBits(fromUnsigned)) << whole;
    }
}

TEST(Format, Tf32KeepsNineteenBits) {
  EXPECT_EQ(toTf32(1.0f, Rounding::NearestAway), 0x3f800000u);
  EXPECT_EQ(toTf32(bitsToFloat(0x3f801000), Rounding::NearestAway), 0x3f802000u); // a tie goes away from zero
  EXPECT_EQ(toTf32(bitsToFloat(0x3f801000), Rounding::Nearest), 0x3f800000u);     // a tie goes to even
  EXPECT_EQ(toTf32(bitsToFloat(0xbf801000), Rounding::NearestAway), 0xbf802000u);
  EXPECT_EQ(toTf32(bitsToFloat(0x7f7fffff), Rounding::NearestAway), 0x7f800000u);
  EXPECT_EQ(toTf32(bitsToFloat(0x7f7fffff), Rounding::NearestAway, true), 0x7f7fe000u);
}

TEST(Format, IntegersClampAndRound) {
  struct Case {
    double value;
    Rounding rounding;
    int64_t expected;
  };
  for (const Case &c : std::vector<Case>{{2.5, Rounding::Nearest, 2},
                                         {3.5, Rounding::Nearest, 4},
                                         {-2.5, Rounding::Nearest, -2},
                                         {-0.5, Rounding::Nearest, 0},
                                         {2.9, Rounding::Zero, 2},
                                         {-2.9, Rounding::Zero, -2},
                                         {-2.1, Rounding::Down, -3},
                                         {2.1, Rounding::Up, 3},
                                         {-2.9, Rounding::Up, -2},
                                         {1e30, Rounding::Zero, 2147483647},
                                         {-1e30, Rounding::Zero, -2147483648ll},
                                         {2147483647.5, Rounding::Nearest, 2147483647},
                                         {NAN, Rounding::Zero, 0}})
    EXPECT_EQ(int64_t(toInteger(c.value, 32, true, c.rounding, false)), c.expected) << c.value;
  EXPECT_EQ(toInteger(-1, 32, false, Rounding::Zero, false), 0u);
  EXPECT_EQ(toInteger(1e30, 32, false, Rounding::Zero, false), 0xffffffffu);
  EXPECT_EQ(toInteger(300, 8, false, Rounding::Zero, false), 255u);
  EXPECT_EQ(int64_t(toInteger(-300, 8, true, Rounding::Zero, false)), -128);
  EXPECT_EQ(toInteger(INFINITY, 64, false, Rounding::Zero, true), ~0ull);
  EXPECT_EQ(int64_t(toInteger(9.3e18, 64, true, Rounding::Zero, true)), INT64_MAX);
  EXPECT_EQ(int64_t(toInteger(NAN, 64, true, Rounding::Zero, true)), INT64_MIN);
  EXPECT_EQ(toInteger(NAN, 64, false, Rounding::Zero, true), 1ull << 63);
  EXPECT_EQ(toInteger(NAN, 32, false, Rounding::Zero, true), 1ull << 31);
  EXPECT_TRUE(same(roundToWhole(-0.3, Rounding::Nearest), -0.0));
  for (double x : {0.5, 1.5, 2.5, -0.5, -1.5, 1e17, 4503599627370497.5, -7.50001})
    EXPECT_TRUE(same(roundToWhole(x, Rounding::Nearest), std::nearbyint(x))) << x;
}

TEST(Format, Fp8) {
  EXPECT_EQ(toFp8(1e9, E4M3, false), 0x7e); // 448
  EXPECT_EQ(toFp8(-INFINITY, E4M3, false), 0xfe);
  EXPECT_EQ(toFp8(INFINITY, E5M2, false), 0x7b); // 57344
  EXPECT_EQ(toFp8(NAN, E4M3, false), 0x7f);
  EXPECT_EQ(toFp8(NAN, E5M2, true), 0x7f);
  EXPECT_EQ(toFp8(-3, E4M3, true), 0);
  EXPECT_EQ(toFp8(464, E4M3, false), 0x7e); // the tie to what would be 480
  for (unsigned i = 0; i < 256; ++i)
    for (const Format *f : {&E4M3, &E5M2}) {
      double value = decode(i, *f);
      uint16_t half = fp8ToHalf(uint8_t(i), *f, false);
      if (std::isnan(value))
        EXPECT_EQ(half, 0x7fff) << i;
      else
        EXPECT_EQ(decode(half, F16), value) << i; // every fp8 number is an f16 number
      if (i & 0x80 && !std::isnan(value))
        EXPECT_EQ(fp8ToHalf(uint8_t(i), *f, true), 0) << i;
    }
}

} // namespace
