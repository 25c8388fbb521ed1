// Work done in child processes forked from this warm one, so that a crash or a hang costs one case and no more.
#pragma once
#include <functional>
#include <string>

namespace dlc::conformance {

enum class End { Answered, Crashed, TimedOut };

struct Answer {
  End end = End::Answered;
  std::string text;   ///< all that the child wrote to its answer, complete or not
  std::string reason; ///< Crashed: the signal or exit code, and the last line that the child wrote to stderr
  double seconds = 0;
};

/// Runs `work(i, fd)` for i < count in a child each, `jobs` at a time; the child writes its answer to fd and returns.
/// `done(i, answer)` is called here, in order of completion. The caller must not have running threads.
void forEachIsolated(int count, int jobs, double secondsEach, const std::function<void(int, int fd)> &work,
                     const std::function<void(int, const Answer &)> &done);

} // namespace dlc::conformance
