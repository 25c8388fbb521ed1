// What the checks found. Equal findings (kind, kernel, line) are counted, not repeated.
#pragma once
#include "tools/gpusim/check/Observer.h"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace gpusim {

/// One party of a finding: a thread of a kernel, or an operation of the driver.
struct Site {
  std::string kernel; // or "cuMemcpyHtoDAsync"
  std::string file;   // of the emitted CUDA; empty where the PTX has no .loc
  uint32_t line = 0, ptxLine = 0;
  std::string text; // the PTX instruction
  bool thread = false;
  Dim3 block, threadIndex;
};

struct Report {
  std::string kind;    // "out-of-bounds", "race-global", ...: docs/gpusim.md lists them
  std::string message; // one sentence
  Site site, other;    // other.kernel empty: no second party
  uint64_t address = 0;
  uint32_t bytes = 0;
  std::string space;      // "global", "shared", "local", "host" or empty
  std::string allocation; // "allocation #3 of 4096 bytes, offset 128"
  std::string tensor;     // "tensor 'conv1.w', byte 128"
  uint64_t count = 1;
};

class Reports {
public:
  /// Adds a finding, or counts it where its like is known; new ones are written to the log.
  void add(Report report);
  size_t size() const;
  std::string json() const;
  /// The report of that number in words; false past the end.
  bool text(size_t index, std::string &out) const;
  void clear();

private:
  mutable std::mutex mutex;
  std::map<std::string, size_t> index;
  std::vector<Report> all;
};

/// The process's reports.
Reports &reports();
/// A report as people read it, a few lines.
std::string describe(const Report &);
/// A JSON string literal.
std::string quoted(const std::string &);

} // namespace gpusim
