// Comparing results with what was expected.
#pragma once
#include "tools/dlc/data/Tensor.h"
#include <optional>

namespace dlc::data {
/// Equal where |got - expected| <= atol + rtol * |expected|.
struct Tolerance {
  double rtol = 1e-3, atol = 1e-5;
};
/// What holds for a type unless somebody says otherwise: 1e-3 and 1e-5, 1e-2 twice for 16-bit floats, 0 for integers.
Tolerance toleranceFor(DType);

struct Comparison {
  int64_t elements = 0, mismatches = 0;
  int64_t strayNans = 0; ///< NaN on one side alone: always a mismatch; NaN on both is equal
  int64_t strayInfinities = 0;
  bool exact = false;                              ///< no floats: nothing was tolerated
  double largestAbsolute = 0, largestRelative = 0; ///< over pairs of finite numbers
  double largestExpected = 0;                      ///< magnitude, of finite numbers
  int64_t worst = -1;           ///< index of the worst mismatch: a stray NaN or infinity, else the largest error
  double got = 0, expected = 0; ///< there
  std::string typeProblem;      ///< types or shapes differ; nothing was compared then
  bool ok() const { return typeProblem.empty() && mismatches == 0; }
  /// Of a large tensor of floats, 65,536 elements or more, at most one in a hundred is outside the tolerance, none by
  /// more than 1e-3 of the tensor's largest magnitude: the error of references that were themselves computed in f32.
  bool okAsAWhole() const;
  /// One line: "12 of 1000 differ (1 NaN), worst at [3, 7]: got 0.5, expected 0.25".
  std::string describe(const Shape &) const;
};
/// Without a tolerance toleranceFor(expected.dtype) holds; integers and bools are always compared exactly.
Comparison compare(const Tensor &got, const Tensor &expected, std::optional<Tolerance> = {});

/// For random results: "" where type and shape agree, all is finite, and means and spreads of both samples are as near
/// as five standard errors; else one line.
std::string compareDistributions(const Tensor &got, const Tensor &expected);

/// Index of the first element that is NaN or infinite, -1 if all are finite.
int64_t firstNonFinite(const Tensor &);
/// "[3, 7]"
std::string describeIndex(int64_t flat, const Shape &);
} // namespace dlc::data
