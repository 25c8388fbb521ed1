// The thread team: libgomp's, opened by name, which is the one that oneDNN runs on. Absent: the calling thread alone.
#pragma once
#include <string>

namespace dlc::rt {

class Team {
public:
  static const Team &get();

  bool present() const { return parallel; }
  /// Threads that this process may use.
  int defaultThreads() const;
  /// Calls body(data) on `threads` threads, the caller among them. Fewer may come: ask size() inside.
  void run(void (*body)(void *), void *data, int threads) const {
    if (parallel)
      parallel(body, data, unsigned(threads), 0);
    else
      body(data);
  }
  int rank() const { return threadNumber ? threadNumber() : 0; }
  int size() const { return threadCount ? threadCount() : 1; }
  /// What oneDNN will use when called from this thread; returns the former value, 0 where there is no team.
  int setThreads(int threads) const {
    if (!parallel)
      return 0;
    int old = maxThreads();
    if (old != threads)
      setNumThreads(threads);
    return old;
  }
  /// "libgomp.so.1", or why there is none.
  const std::string &describe() const { return text; }

private:
  Team();
  void (*parallel)(void (*)(void *), void *, unsigned, unsigned) = nullptr;
  int (*threadNumber)() = nullptr;
  int (*threadCount)() = nullptr;
  int (*maxThreads)() = nullptr;
  void (*setNumThreads)(int) = nullptr;
  std::string text;
};

} // namespace dlc::rt
