// Times of many runs and what is said of them.
#pragma once
#include <nlohmann/json.hpp>
#include <vector>

namespace dlc::cli::bench {

/// Seconds. Percentiles are nearest-rank: the least time that no fewer than p % of the runs took at most.
struct Summary {
  double least = 0, mean = 0, deviation = 0, p50 = 0, p90 = 0, p95 = 0, p99 = 0, most = 0;
};

/// All zeros where there are no times.
Summary summarise(std::vector<double> seconds);
nlohmann::ordered_json toJson(const Summary &);

} // namespace dlc::cli::bench
