#include "runtime/cpu/Team.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>

namespace dlc::rt {

// Never closed: its threads outlive every session.
Team::Team() {
  void *library = dlopen("libgomp.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *why = dlerror();
    text = std::string("one thread (") + (why ? why : "libgomp.so.1 cannot be opened") + ")";
    return;
  }
  auto bind = [&](auto &entry, const char *name) {
    entry = reinterpret_cast<std::decay_t<decltype(entry)>>(dlsym(library, name));
    return entry != nullptr;
  };
  bool all = bind(threadNumber, "omp_get_thread_num") && bind(threadCount, "omp_get_num_threads") &&
             bind(maxThreads, "omp_get_max_threads") && bind(setNumThreads, "omp_set_num_threads") &&
             bind(parallel, "GOMP_parallel");
  text = all ? "libgomp.so.1" : "one thread (libgomp.so.1 lacks entry points)";
  if (!all) {
    parallel = nullptr;
    threadNumber = threadCount = nullptr;
  }
  pthread_atfork(nullptr, nullptr, [] {
    if (used)
      lost = true;
  });
}

const Team &Team::get() {
  static const Team team;
  return team;
}

int Team::defaultThreads() const {
  if (!present())
    return 1;
  // Honours OMP_NUM_THREADS, which bounds the whole process.
  static const int atStart = maxThreads();
  cpu_set_t set;
  int allowed = sched_getaffinity(0, sizeof set, &set) ? atStart : CPU_COUNT(&set);
  return atStart < allowed ? (atStart > 0 ? atStart : 1) : (allowed > 0 ? allowed : 1);
}

} // namespace dlc::rt
