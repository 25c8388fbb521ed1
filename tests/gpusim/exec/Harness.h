// Small PTX kernels run by the executor alone, without the driver.
#pragma once
#include "tools/gpusim/exec/Counters.h"
#include "tools/gpusim/exec/Launch.h"
#include "tools/gpusim/memory/AddressSpace.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace gpusim::test {

/// Memory that kernels may touch; each test begins with an empty one.
class Arena {
public:
  Arena() {
    EXPECT_TRUE(reserveAddresses());
    next = reservedBase;
  }
  template <class T> T *make(size_t count, T value = T()) {
    next = (next + 255) / 256 * 256;
    T *at = reinterpret_cast<T *>(next);
    for (size_t i = 0; i < count; ++i)
      at[i] = value;
    next += count * sizeof(T);
    return at;
  }
  template <class T> T *make(const std::vector<T> &values) {
    T *at = make<T>(values.size());
    std::copy(values.begin(), values.end(), at);
    return at;
  }

private:
  uint64_t next = 0;
};

inline const char *header() { return ".version 8.0\n.target sm_90a\n.address_size 64\n"; }

struct Loaded {
  std::unique_ptr<Program> program;
  std::string error;
};
inline Loaded load(const std::string &text) {
  Loaded l;
  DeviceModel model;
  model.major = 9;
  l.program = loadPtx(text, model, l.error);
  return l;
}

struct Shape {
  Dim3 grid{1, 1, 1}, block{32, 1, 1}, cluster{1, 1, 1};
  uint32_t dynamicShared = 0;
  int threads = 1;
  Counters *counters = nullptr;
  Observer *observer = nullptr;
};

/// Runs the first kernel; parameters are 64-bit values.
inline LaunchResult launch(Program &program, const std::vector<uint64_t> &params, const Shape &shape) {
  uint64_t at = reservedBase + (64 << 20); // module variables lie behind what tests use
  for (ModuleVariable &v : program.variables) {
    at = (at + 255) / 256 * 256;
    v.address = at;
    std::memset(reinterpret_cast<void *>(at), 0, v.size);
    std::memcpy(reinterpret_cast<void *>(at), v.initial.data(), v.initial.size());
    at += v.size;
  }
  for (ModuleVariable &v : program.variables)
    for (const auto &r : v.relocations) {
      uint64_t value = program.variables[r.variable].address + uint64_t(r.addend);
      std::memcpy(reinterpret_cast<void *>(v.address + r.offset), &value, 8);
    }
  DeviceModel model;
  model.major = 9;
  LaunchRequest request;
  request.kernel = program.kernels.at(0).get();
  request.grid = shape.grid, request.block = shape.block, request.cluster = shape.cluster;
  request.dynamicShared = shape.dynamicShared, request.threads = shape.threads;
  request.params = params.data(), request.counters = shape.counters, request.observer = shape.observer;
  request.model = &model;
  return run(request);
}

/// A kernel k(u64 p0, p1, ...) around `body`; %p, %r, %rd, %f, %fd, %h registers are declared, %rd0.. hold the
/// parameters, %r0 the thread's index in the grid.
inline std::string kernel(const std::string &body, int params, const std::string &module = "",
                          const std::string &directives = "") {
  std::string text = std::string(header()) + module + "\n.visible .entry k(";
  for (int i = 0; i < params; ++i)
    text += std::string(i ? ", " : "") + ".param .u64 p" + std::to_string(i);
  text += ")" + directives +
          "\n{\n.reg .pred %p<20>;\n.reg .b16 %h<40>;\n.reg .b32 %r<60>;\n.reg .b64 %rd<60>;\n"
          ".reg .f32 %f<40>;\n.reg .f64 %fd<40>;\n";
  for (int i = 0; i < params; ++i)
    text += "ld.param.u64 %rd" + std::to_string(i) + ", [p" + std::to_string(i) + "];\n";
  text += "mov.u32 %r50, %ctaid.x; mov.u32 %r51, %ntid.x; mov.u32 %r52, %tid.x; mad.lo.s32 %r0, %r50, %r51, %r52;\n";
  return text + body + "\nret;\n}\n";
}

/// Loads and runs; fails the test if either goes wrong.
inline void check(const std::string &text, const std::vector<uint64_t> &params, const Shape &shape = {}) {
  Loaded l = load(text);
  ASSERT_TRUE(l.program) << l.error << "\n" << text;
  LaunchResult r = launch(*l.program, params, shape);
  ASSERT_EQ(r.outcome, LaunchOutcome::Done) << r.message;
}

template <class T> uint64_t address(T *p) { return reinterpret_cast<uint64_t>(p); }

} // namespace gpusim::test
