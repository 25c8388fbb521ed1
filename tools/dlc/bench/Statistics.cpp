#include "tools/dlc/bench/Statistics.h"
#include <algorithm>
#include <cmath>

namespace dlc::cli::bench {

Summary summarise(std::vector<double> seconds) {
  Summary s;
  if (seconds.empty())
    return s;
  std::sort(seconds.begin(), seconds.end());
  auto count = static_cast<double>(seconds.size());
  auto percentile = [&](double p) {
    auto rank = static_cast<size_t>(std::ceil(p / 100 * count));
    return seconds[std::clamp<size_t>(rank, 1, seconds.size()) - 1];
  };
  for (double t : seconds)
    s.mean += t;
  s.mean /= count;
  for (double t : seconds)
    s.deviation += (t - s.mean) * (t - s.mean);
  s.deviation = std::sqrt(s.deviation / count);
  s.least = seconds.front();
  s.most = seconds.back();
  s.p50 = percentile(50);
  s.p90 = percentile(90);
  s.p95 = percentile(95);
  s.p99 = percentile(99);
  return s;
}

nlohmann::ordered_json toJson(const Summary &s) {
  return {{"min", s.least}, {"mean", s.mean}, {"stddev", s.deviation}, {"p50", s.p50},
          {"p90", s.p90},   {"p95", s.p95},   {"p99", s.p99},          {"max", s.most}};
}

} // namespace dlc::cli::bench
