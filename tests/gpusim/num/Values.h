// Inputs of the numeric tests: every edge, and random bits.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace gpusim::test {

inline std::vector<float> edges() {
  std::vector<float> values;
  for (uint32_t exponent = 0; exponent < 256; ++exponent)
    for (uint32_t mantissa : {0u, 1u, 0xfffu, 0x1000u, 0x1001u, 0x2000u, 0x7fffu, 0x8000u, 0x8001u, 0x18000u, 0x3fffffu,
                              0x400000u, 0x7fffffu})
      for (uint32_t sign : {0u, 1u})
        values.push_back(std::bit_cast<float>(sign << 31 | exponent << 23 | mantissa));
  return values;
}

inline std::vector<float> floats(size_t random) {
  std::vector<float> values = edges();
  std::mt19937 bits(7);
  for (size_t i = 0; i < random; ++i)
    values.push_back(std::bit_cast<float>(uint32_t(bits())));
  for (size_t i = 0; i < random; ++i) // around the exponents of the small formats
    values.push_back(std::bit_cast<float>(uint32_t(bits() & 0x807fffff) | uint32_t(100 + bits() % 45) << 23));
  while (values.size() % 32)
    values.push_back(1);
  return values;
}

/// Bits, so that -0 differs from 0; every NaN is the same.
inline bool same(float a, float b) {
  return (a != a && b != b) || std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
}
inline bool same(double a, double b) {
  return (a != a && b != b) || std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

} // namespace gpusim::test
