#include "tools/dlc/Console.h"
#include "tools/dlc/Verb.h"
#include <algorithm>
#include <cmath>
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

int64_t parseBytes(const std::string &text, const char *option) {
  char *end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  std::string unit;
  for (const char *c = end; *c; ++c)
    if (*c != ' ')
      unit += static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
  double factor = 0;
  if (unit.empty() || unit == "b")
    factor = 1;
  for (size_t i = 0; i < 4; ++i) {
    std::string letter(1, "kmgt"[i]);
    if (unit == letter || unit == letter + "b")
      factor = std::pow(1000.0, static_cast<double>(i + 1));
    if (unit == letter + "ib")
      factor = std::pow(1024.0, static_cast<double>(i + 1));
  }
  double bytes = value * factor;
  if (end == text.c_str() || !(bytes >= 1) || bytes > 9e18)
    throw Failure(Usage, fmt::format("{} {}: expected bytes, as in 512MB, 1.5GB or 2GiB", option, text));
  return static_cast<int64_t>(bytes);
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
