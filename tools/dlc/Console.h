// What goes to the terminal and how.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

namespace dlc::cli {

/// A line on stderr that is overwritten in place; silent unless stderr is a terminal. Ends with the object.
class Progress {
public:
  explicit Progress(bool wanted = true);
  ~Progress() { clear(); }
  Progress(const Progress &) = delete;
  /// Whether show() would show something now.
  bool due() const;
  /// At most twenty times a second; the rest is dropped.
  void show(std::string_view line);
  /// Call before anything else is printed.
  void clear();

private:
  bool active, shown = false;
  std::chrono::steady_clock::time_point last{};
};

/// "[####......]"
std::string bar(double fraction, int width = 24);
/// "1.2 MB", "312 B"
std::string humanBytes(double bytes);
/// Bytes from "512MB", "1.5 GiB", "4096": kB, MB, GB, TB are powers of 1000, KiB and so on of 1024. Throws Failure (Usage)
/// with `option` in front.
int64_t parseBytes(const std::string &text, const char *option);
/// "1.25 s", "340 ms", "12.0 us"
std::string humanSeconds(double seconds);
/// "1.24 M", "312 k", "45.1"
std::string humanCount(double count);
/// "1 h 02 min", "3 min 05 s", "12 s"
std::string humanDuration(double seconds);
/// Lines of text for stderr, without the progress line in between.
void note(std::string_view line);
/// Seconds since some fixed moment.
double now();

} // namespace dlc::cli
