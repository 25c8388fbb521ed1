// One page that shows how training goes, in one file that needs nothing else: curves over steps, drawn by the page.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace dlc::cli {

/// Values over steps of all epochs.
struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;
};
struct Chart {
  std::string title, unit; ///< unit: "", "%", "/s"
  std::vector<Curve> curves;
};
struct LogPage {
  std::string title, device;
  std::string state;                                      ///< "running": the page loads itself anew every two seconds
  double written = 0;                                     ///< seconds since 1970
  double progress = 0;                                    ///< 0 to 1
  std::vector<std::pair<std::string, std::string>> facts; ///< "accuracy" -> "92.1 %"
  std::vector<Chart> charts;                              ///< those without points are left out
};
std::string render(const LogPage &);
/// At most `most` points: means of neighbours; the first and the last point stay.
std::vector<std::pair<double, double>> thinned(const std::vector<std::pair<double, double>> &, size_t most);
} // namespace dlc::cli
