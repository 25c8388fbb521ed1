// Small .dlx images for cards, in PTX, and the simulated driver behind them.
#pragma once
#include "tests/runtime/Images.h"
#include "tools/gpusim/gpusim.h"

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

namespace dlc::test {

/// A kernel of `arguments` buffers of f32; %rd1.. point to this thread's element of each, %f1.. are free.
inline std::string ptxKernel(const std::string &name, int arguments, const std::string &body) {
  std::string text = ".visible .entry " + name + "(";
  for (int i = 0; i != arguments; ++i)
    text += std::string(i ? ", " : "") + ".param .u64 " + name + "_param_" + std::to_string(i);
  text += ")\n{\n.reg .f32 %f<8>;\n.reg .b32 %r<8>;\n.reg .b64 %rd<16>;\n"
          "mov.u32 %r1, %ctaid.x;\nmov.u32 %r2, %ntid.x;\nmov.u32 %r3, %tid.x;\n"
          "mad.lo.s32 %r4, %r1, %r2, %r3;\nmul.wide.u32 %rd10, %r4, 4;\n";
  for (int i = 0; i != arguments; ++i) {
    std::string rd = "%rd" + std::to_string(i + 1);
    text += "ld.param.u64 " + rd + ", [" + name + "_param_" + std::to_string(i) + "];\ncvta.to.global.u64 " + rd +
            ", " + rd + ";\nadd.s64 " + rd + ", " + rd + ", %rd10;\n";
  }
  return text + body + "ret;\n}\n";
}

/// add: c = a + b. scale2: b = 2 a. sgd: w' = w - 0.5 g. stray: writes far away. burst: big blocks of shared memory.
inline std::string ptxModule() {
  return ".version 8.0\n.target sm_80\n.address_size 64\n" +
         ptxKernel("add", 3,
                   "ld.global.f32 %f1, [%rd1];\nld.global.f32 %f2, [%rd2];\nadd.f32 %f3, %f1, %f2;\n"
                   "st.global.f32 [%rd3], %f3;\n") +
         ptxKernel("scale2", 2, "ld.global.f32 %f1, [%rd1];\nadd.f32 %f2, %f1, %f1;\nst.global.f32 [%rd2], %f2;\n") +
         ptxKernel("sgd", 3,
                   "ld.global.f32 %f1, [%rd1];\nld.global.f32 %f2, [%rd2];\nmov.f32 %f4, 0fBF000000;\n"
                   "fma.rn.f32 %f3, %f2, %f4, %f1;\nst.global.f32 [%rd3], %f3;\n") +
         ptxKernel("stray", 1, "mov.f32 %f1, 0f00000000;\nmov.u64 %rd2, 64;\nst.global.f32 [%rd2], %f1;\n");
}

/// As Builder, for cuda:base: one thread an element.
struct CudaBuilder : Builder {
  CudaBuilder() {
    variant.target = "cuda:base";
    variant.codes.clear();
    variant.codes.push_back({CodeKind::Ptx, "compute_80", 0, exe::Bytes::own(ptxModule())});
  }
  Step &launch(const std::string &name, std::vector<uint32_t> args, uint32_t n, std::vector<uint32_t> deps = {},
               uint32_t outputs = 1) {
    Step &s = Builder::launch(name, std::move(args), n);
    uint32_t threads = n % 64 ? n : 64;
    s.block = {threads, 1, 1};
    s.grid = {n / threads, 1, 1};
    s.deps = std::move(deps);
    s.outputs = outputs;
    return s;
  }
  Step &copy(uint32_t from, uint32_t to, std::vector<uint32_t> deps = {}) {
    Step s;
    s.kind = StepKind::Copy;
    s.args = {from, to};
    s.deps = std::move(deps);
    s.outputs = 1;
    variant.steps.push_back(s);
    return variant.steps.back();
  }
  Step &fill(uint32_t to, uint64_t pattern, uint32_t width) {
    Step s;
    s.kind = StepKind::Fill;
    s.args = {to};
    s.fill = pattern;
    s.fillWidth = width;
    s.outputs = 1;
    variant.steps.push_back(s);
    return variant.steps.back();
  }
};

/// out0 = 2 * (in0 + w), through the arena, with w = 1, 2, 3, ...
inline CudaBuilder cudaAddScale(uint32_t n = 8) {
  CudaBuilder b;
  std::vector<float> w(n);
  for (uint32_t i = 0; i != n; ++i)
    w[i] = float(i + 1);
  uint32_t in = b.input({n}), weight = b.weight("w", w), sum = b.arena({n}), out = b.output({n});
  b.launch("add", {in, weight, sum}, n);
  b.launch("scale2", {sum, out}, n, {0});
  return b;
}

/// w -= 0.5 * in0; out0 = w.
inline CudaBuilder cudaTrainer(Floats start = {1, 2, 3}) {
  CudaBuilder b;
  auto n = uint32_t(start.size());
  uint32_t g = b.input({n}), w = b.weight("w", start, Role::State), out = b.output({n});
  b.launch("sgd", {w, g, w}, n);
  b.copy(w, out, {0});
  return b;
}

/// A kernel `below`: its second buffer, a bool, says whether the first element of its first is below 100.
inline std::string ptxBelow() {
  return ptxKernel("below", 2,
                   ".reg .pred %p<2>;\nld.global.f32 %f1, [%rd1];\nsetp.lt.f32 %p1, %f1, 0f42C80000;\n"
                   "selp.u32 %r5, 1, 0, %p1;\nst.global.u8 [%rd2], %r5;\n");
}

/// Doubles in0 while its first element is below 100, four times at the most, and once more where it is not then. Each
/// step's values become a row, that of the next step is read from it.
inline CudaBuilder cudaControl(int64_t limit = 4) {
  CudaBuilder b;
  b.variant.codes[0].bytes = exe::Bytes::own(ptxModule() + ptxBelow());
  uint32_t in = b.input({8}), a = b.arena({8}), go = b.arena({1}, DType::Bool);
  uint32_t rows = b.arena({limit, 16}), out = b.output({8});
  b.variant.buffers[rows].byteSize = 32;
  b.variant.buffers[rows].shape = {8};
  b.variant.buffers[rows].advance = {64};
  auto control = [&](StepKind kind, std::vector<uint32_t> bodies, std::vector<uint32_t> deps) {
    Step s;
    s.kind = kind;
    s.args = {go, a};
    s.condition = 0;
    s.bodies = std::move(bodies);
    s.deps = std::move(deps);
    s.sources = {"control_node"};
    if (kind == StepKind::While)
      s.limit = limit;
    b.variant.steps.push_back(s);
  };
  b.copy(in, a);
  b.launch("below", {a, go}, 1, {0});
  control(StepKind::While, {3}, {0, 1});
  b.launch("scale2", {a, rows}, 8);
  b.launch("add", {rows, b.weight("nought", Floats(8, 0)), a}, 8, {3});
  b.launch("below", {a, go}, 1, {4});
  control(StepKind::If, {1, 1}, {2});
  b.copy(a, out);
  b.launch("scale2", {a, out}, 8);
  return b;
}

/// The simulated driver that the runtime opens, too: $DLC_GPUSIM, or the build's.
struct Simulator {
  static const char *path() {
    const char *given = std::getenv("DLC_GPUSIM");
    return given && *given ? given : DLC_TEST_GPUSIM;
  }
  void *library = nullptr;
#define DLC_GPUSIM_FUNCTIONS(X)                                                                                        \
  X(gpusim_report_count)                                                                                               \
  X(gpusim_reports)                                                                                                    \
  X(gpusim_check_leaks)                                                                                                \
  X(gpusim_reset)                                                                                                      \
  X(gpusim_fail)                                                                                                       \
  X(gpusim_calls)                                                                                                      \
  X(gpusim_function)
#define X(name) decltype(&::name) name = nullptr;
  DLC_GPUSIM_FUNCTIONS(X)
#undef X

  Simulator() {
    library = dlopen(path(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      std::fprintf(stderr, "%s\n", dlerror());
      std::abort();
    }
#define X(name) name = driver<decltype(::name)>(#name);
    DLC_GPUSIM_FUNCTIONS(X)
#undef X
  }
  template <class F> F *driver(const char *symbol) const { return reinterpret_cast<F *>(dlsym(library, symbol)); }
  static const Simulator &get() {
    static const Simulator one;
    return one;
  }
};

inline dlc::SessionOptions simOptions() {
  setenv("DLC_GPUSIM", Simulator::path(), 1);
  dlc::SessionOptions o = dlc::sessionOptions();
  o.device_name = "sim";
  return o;
}

/// Fails where the simulator has reported something, or something was not given back.
struct CudaTest : testing::Test {
  void SetUp() override { Simulator::get().gpusim_reset(); }
  void TearDown() override {
    const Simulator &sim = Simulator::get();
    size_t leaks = sim.gpusim_check_leaks();
    EXPECT_EQ(leaks, 0u);
    if (!reportsExpected)
      EXPECT_EQ(sim.gpusim_report_count(), leaks) << sim.gpusim_reports();
    sim.gpusim_reset();
  }
  bool reportsExpected = false;
};

} // namespace dlc::test
