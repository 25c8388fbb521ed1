#include "tools/dlc/data/Compare.h"
#include <cmath>
#include <fmt/format.h>

namespace dlc::data {

Tolerance toleranceFor(DType type) {
  switch (type) {
  case DType::F16:
  case DType::BF16:
    return {1e-2, 1e-2};
  case DType::F8E4M3:
  case DType::F8E5M2:
  case DType::F8E4M3Z:
  case DType::F8E5M2Z:
  case DType::F4E2M1:
  case DType::F8E8M0:
    return {0.25, 1e-2};
  default:
    return isFloat(type) ? Tolerance{} : Tolerance{0, 0};
  }
}

std::string describeIndex(int64_t flat, const Shape &shape) {
  std::string text;
  for (size_t d = shape.size(); d--; flat /= std::max<int64_t>(shape[d], 1))
    text = fmt::format("{}{}{}", flat % std::max<int64_t>(shape[d], 1), text.empty() ? "" : ", ", text);
  return "[" + text + "]";
}

std::string compareDistributions(const Tensor &got, const Tensor &expected) {
  if (got.dtype != expected.dtype || got.shape != expected.shape)
    return fmt::format("got {}, expected {}", describe(got), describe(expected));
  struct Sample {
    double mean = 0, variance = 0;
    explicit Sample(const Tensor &t) {
      double count = static_cast<double>(std::max<int64_t>(t.count(), 1));
      for (int64_t i = 0; i < t.count(); ++i)
        mean += load(t, i) / count;
      for (int64_t i = 0; i < t.count(); ++i)
        variance += (load(t, i) - mean) * (load(t, i) - mean) / count;
    }
  } a(got), b(expected);
  if (int64_t at = firstNonFinite(got); at >= 0)
    return fmt::format("{} at {}", load(got, at), describeIndex(at, got.shape));
  double count = static_cast<double>(std::max<int64_t>(got.count(), 1));
  double spread = std::sqrt((a.variance + b.variance) / count), deviation = std::sqrt(std::max(a.variance, b.variance));
  if (std::fabs(a.mean - b.mean) > 5 * spread + 1e-6 * std::fabs(b.mean))
    return fmt::format("the mean is {}, expected about {}", a.mean, b.mean);
  if (std::fabs(std::sqrt(a.variance) - std::sqrt(b.variance)) > 5 * deviation / std::sqrt(count))
    return fmt::format("the deviation is {}, expected about {}", std::sqrt(a.variance), std::sqrt(b.variance));
  return "";
}

Comparison compare(const Tensor &got, const Tensor &expected, std::optional<Tolerance> given) {
  Comparison result;
  if (got.dtype != expected.dtype || got.shape != expected.shape) {
    result.typeProblem = fmt::format("got {}, expected {}", describe(got), describe(expected));
    return result;
  }
  result.elements = expected.count();
  bool exact = !isFloat(expected.dtype);
  result.exact = exact;
  Tolerance tolerance = given.value_or(toleranceFor(expected.dtype));
  double worst = -1;
  for (int64_t i = 0; i < result.elements; ++i) {
    double g = load(got, i), e = load(expected, i), badness = 0;
    if (exact) {
      if (loadInteger(got, i) == loadInteger(expected, i))
        continue;
      badness = std::max(std::fabs(g - e), 1.0);
      result.largestAbsolute = std::max(result.largestAbsolute, std::fabs(g - e));
    } else if (std::isnan(g) || std::isnan(e)) {
      if (std::isnan(g) && std::isnan(e))
        continue;
      ++result.strayNans;
      badness = INFINITY;
    } else if (std::isinf(g) || std::isinf(e)) {
      if (g == e)
        continue;
      ++result.strayInfinities;
      badness = INFINITY;
    } else {
      double error = std::fabs(g - e);
      result.largestExpected = std::max(result.largestExpected, std::fabs(e));
      result.largestAbsolute = std::max(result.largestAbsolute, error);
      if (e != 0)
        result.largestRelative = std::max(result.largestRelative, error / std::fabs(e));
      if (error <= tolerance.atol + tolerance.rtol * std::fabs(e))
        continue;
      badness = error;
    }
    ++result.mismatches;
    if (badness > worst) {
      worst = badness;
      result.worst = i;
      result.got = g;
      result.expected = e;
    }
  }
  return result;
}

bool Comparison::okAsAWhole() const {
  return ok() || (typeProblem.empty() && !exact && !strayInfinities && !strayNans && elements >= 1 << 16 &&
                  mismatches <= elements / 100 && largestAbsolute <= 1e-3 * largestExpected);
}

std::string Comparison::describe(const Shape &shape) const {
  if (!typeProblem.empty())
    return typeProblem;
  if (ok())
    return fmt::format("all {} agree, largest error {:.3g}", elements, largestAbsolute);
  std::string nans = strayNans ? fmt::format(" ({} NaN)", strayNans) : "";
  return fmt::format("{} of {} differ{}, worst at {}: got {}, expected {}", mismatches, elements, nans,
                     describeIndex(worst, shape), got, expected);
}

int64_t firstNonFinite(const Tensor &t) {
  if (isFloat(t.dtype))
    for (int64_t i = 0, n = t.count(); i < n; ++i)
      if (!std::isfinite(load(t, i)))
        return i;
  return -1;
}
} // namespace dlc::data
