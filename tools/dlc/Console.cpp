#include "tools/dlc/Console.h"
#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace dlc::cli {

Progress::Progress(bool wanted) : active(wanted && isatty(STDERR_FILENO)) {}

bool Progress::due() const {
  return active && std::chrono::steady_clock::now() - last >= std::chrono::milliseconds(50);
}

void Progress::show(std::string_view line) {
  if (!due())
    return;
  last = std::chrono::steady_clock::now();
  shown = true;
  fmt::print(stderr, "\r{}\x1b[K", line);
  std::fflush(stderr);
}

void Progress::clear() {
  if (!shown)
    return;
  shown = false;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

std::string bar(double fraction, int width) {
  int full = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * width + 0.5);
  return "[" + std::string(full, '#') + std::string(width - full, '.') + "]";
}

std::string humanBytes(double bytes) {
  const char *units[] = {"B", "kB", "MB", "GB", "TB"};
  int unit = 0;
  while (bytes >= 1000 && unit < 4) {
    bytes /= 1000;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", bytes, unit == 0 || bytes >= 100 ? 0 : 1, units[unit]);
}

std::string humanSeconds(double s) {
  if (s >= 1)
    return fmt::format("{:.2f} s", s);
  return s >= 1e-3 ? fmt::format("{:.3g} ms", s * 1e3) : fmt::format("{:.3g} us", s * 1e6);
}

std::string humanCount(double count) {
  for (auto [unit, size] : {std::pair("G", 1e9), {"M", 1e6}, {"k", 1e3}})
    if (count >= size)
      return fmt::format("{:.3g} {}", count / size, unit);
  return fmt::format("{:.3g}", count);
}

std::string humanDuration(double seconds) {
  auto s = static_cast<int64_t>(seconds + 0.999);
  if (s >= 3600)
    return fmt::format("{} h {:02} min", s / 3600, s % 3600 / 60);
  return s >= 60 ? fmt::format("{} min {:02} s", s / 60, s % 60) : fmt::format("{} s", s);
}

void note(std::string_view line) { fmt::print(stderr, "dlc: {}\n", line); }

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

} // namespace dlc::cli
