// The thread team: libgomp's, opened by name, which is the one that oneDNN runs on. Absent: the calling thread alone.
// libgomp's threads do not survive a fork: a child of a process that used them gets the calling thread alone too, for
// sessions that it makes itself.
#pragma once
#include <atomic>
#include <string>

#if defined(__SANITIZE_THREAD__)
#define DLC_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define DLC_TSAN 1
#endif
#endif
#ifdef DLC_TSAN
extern "C" void __tsan_acquire(void *);
extern "C" void __tsan_release(void *);
#endif

namespace dlc::rt {

class Team {
public:
  static const Team &get();

  bool present() const { return parallel && !lost; }
  /// Threads that this process may use.
  int defaultThreads() const;
  /// Calls body(data) on `threads` threads, the caller among them. Fewer may come: ask size() inside.
  void run(void (*body)(void *), void *data, int threads) const {
    if (!present())
      return body(data);
    used = true;
#ifdef DLC_TSAN
    // libgomp is not instrumented: ThreadSanitizer is told what happens before a region and what after it.
    struct Region {
      void (*body)(void *);
      void *data;
      char begin, end;
    } region{body, data, 0, 0};
    __tsan_release(&region.begin);
    parallel(
        [](void *p) {
          auto *r = static_cast<Region *>(p);
          __tsan_acquire(&r->begin);
          r->body(r->data);
          __tsan_release(&r->end);
        },
        &region, unsigned(threads), 0);
    __tsan_acquire(&region.end);
#else
    parallel(body, data, unsigned(threads), 0);
#endif
  }
  int rank() const { return threadNumber ? threadNumber() : 0; }
  int size() const { return threadCount ? threadCount() : 1; }
  /// What oneDNN will use when called from this thread; returns the former value, 0 where there is no team.
  int setThreads(int threads) const {
    if (!parallel)
      return 0;
    int old = maxThreads();
    if (lost)
      threads = 1;
    else if (threads > 1)
      used = true;
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
  // Whether threads were started, and whether a fork has taken them away.
  static inline std::atomic<bool> used = false, lost = false;
};

} // namespace dlc::rt
