// --assert-compiles: how much compiling a run may take.
#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>

namespace dlc::cli {

struct CompileLimit {
  std::optional<uint64_t> most;
  void addTo(CLI::App &);
  /// `code`, or CheckFailed with a line on stderr where `count` compilations are too many.
  int check(uint64_t count, int code) const;
};

} // namespace dlc::cli
