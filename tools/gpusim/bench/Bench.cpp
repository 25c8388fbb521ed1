// gpusim-bench [off|memory|all]...: thread-instructions a second on one core, of a pointwise kernel and of an f32
// matrix product, for each mode of checking. Goes through the Driver API of libdlc_gpusim.so, as the runtime does.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dlfcn.h>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

void *library = nullptr;
template <class R, class... A> R call(const char *symbol, A... arguments) {
  auto *f = reinterpret_cast<R (*)(A...)>(dlsym(library, symbol));
  if (!f) {
    std::fprintf(stderr, "libdlc_gpusim.so has no %s\n", symbol);
    std::exit(1);
  }
  return f(arguments...);
}
template <class... A> void cu(const char *symbol, A... arguments) {
  if (int error = call<int>(symbol, arguments...)) {
    std::fprintf(stderr, "%s: error %d\n", symbol, error);
    std::exit(1);
  }
}

/// Seconds of processor time of this process, so that others on the machine do not count.
double processor() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

using Pointer = unsigned long long;
Pointer allocate(size_t floats, bool fill) {
  Pointer p = 0;
  cu("cuMemAlloc_v2", &p, floats * 4);
  std::vector<float> values(floats);
  for (size_t i = 0; i < floats; ++i)
    values[i] = float(i * 2654435761u % 1000) * 0.002f - 1.0f;
  if (fill)
    cu("cuMemcpyHtoD_v2", p, static_cast<const void *>(values.data()), floats * 4);
  return p;
}

struct Benchmark {
  const char *name;
  unsigned blocks;
  size_t elements;
};
constexpr Benchmark benchmarks[] = {{"pointwise", 1024, 1 << 20}, {"sgemm", 16, 512 * 512}};

double threadInstructions(const char *json) {
  const char *at = std::strstr(json, "\"thread_instructions\": ");
  return at ? std::atof(at + 23) : 0;
}

int measure(const std::string &mode) {
  if (call<int>("gpusim_configure", static_cast<const char *>("h200"), mode.c_str())) {
    std::fprintf(stderr, "no mode '%s'\n", mode.c_str());
    return 1;
  }
  void *context = nullptr;
  cu("cuInit", 0u);
  cu("cuDevicePrimaryCtxRetain", &context, 0);
  cu("cuCtxSetCurrent", context);
  for (const Benchmark &b : benchmarks) {
    std::ifstream file(std::string(GPUSIM_BENCH_KERNELS) + "/" + b.name + ".ptx");
    std::stringstream text;
    text << file.rdbuf();
    std::string ptx = text.str();
    void *module = nullptr, *kernel = nullptr;
    cu("cuModuleLoadDataEx", &module, static_cast<const void *>(ptx.c_str()), 0u, static_cast<int *>(nullptr),
       static_cast<void **>(nullptr));
    cu("cuModuleGetFunction", &kernel, module, b.name);
    Pointer in0 = allocate(b.elements, true), in1 = allocate(b.elements, true), out = allocate(b.elements, false);
    void *params[] = {&in0, &in1, &out};
    auto launch = [&] {
      double from = processor();
      cu("cuLaunchKernel", kernel, b.blocks, 1u, 1u, 256u, 1u, 1u, 0u, static_cast<void *>(nullptr), params,
         static_cast<void **>(nullptr));
      cu("cuCtxSynchronize");
      return processor() - from;
    };
    call<void>("gpusim_reset");
    call<void>("gpusim_count", 1);
    launch();
    double instructions = threadInstructions(call<const char *>("gpusim_counters"));
    call<void>("gpusim_count", 0);
    std::vector<double> seconds;
    double sum = 0;
    while (sum < 1.0 || seconds.size() < 5) {
      seconds.push_back(launch());
      sum += seconds.back();
    }
    std::sort(seconds.begin(), seconds.end());
    std::printf("%-10s checks %-6s %8.3f million thread-instructions, %8.3f ms, %6.3f billion a second (best %6.3f)\n",
                b.name, mode.c_str(), instructions * 1e-6, seconds[seconds.size() / 2] * 1e3,
                instructions / seconds[seconds.size() / 2] * 1e-9, instructions / seconds[0] * 1e-9);
    if (size_t reports = call<size_t>("gpusim_report_count"))
      std::printf("%zu reports: %.300s\n", reports, call<const char *>("gpusim_reports"));
    cu("cuMemFree_v2", in0), cu("cuMemFree_v2", in1), cu("cuMemFree_v2", out);
  }
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  setenv("DLC_SIM_THREADS", "1", 0);
  const char *path = getenv("DLC_GPUSIM");
  library = dlopen(path ? path : GPUSIM_LIBRARY, RTLD_NOW);
  if (!library) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  std::vector<std::string> modes(argv + 1, argv + argc);
  if (modes.empty())
    modes = {"off", "memory", "all"};
  if (modes.size() == 1)
    return measure(modes[0]);
  int failed = 0;
  for (const std::string &mode : modes) { // a mode is for the whole process
    std::fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
      int result = measure(mode);
      std::fflush(stdout);
      _exit(result);
    }
    int status = 1;
    waitpid(child, &status, 0);
    failed |= status;
  }
  return failed ? 1 : 0;
}
