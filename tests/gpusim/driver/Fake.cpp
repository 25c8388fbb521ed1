#include "tests/gpusim/driver/Fake.h"
#include "tools/gpusim/check/Reports.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <sstream>

namespace {

struct Defined {
  size_t params;
  fake::Body body;
  uint32_t staticShared, localBytes;
};
std::map<std::string, Defined> &defined() {
  static std::map<std::string, Defined> all;
  return all;
}

struct FakeKernel final : gpusim::Kernel {
  fake::Body body;
  std::vector<gpusim::SourceLine> source(uint32_t op) const override { return {{"kernel.cu", op}}; }
  uint32_t ptxLine(uint32_t op) const override { return 100 + op; }
  std::string text(uint32_t op) const override { return "op " + std::to_string(op); }
};
struct FakeProgram final : gpusim::Program {};

} // namespace

namespace gpusim {

std::unique_ptr<Program> loadPtx(std::string_view ptx, const DeviceModel &, std::string &error) {
  auto program = std::make_unique<FakeProgram>();
  std::istringstream words{std::string(ptx)};
  for (std::string word; words >> word;) {
    if (word == "nonsense") {
      error = "line 3: unknown instruction 'nonsense'";
      return nullptr;
    }
    if (word == ".global") {
      ModuleVariable variable;
      words >> variable.name;
      variable.size = 16, variable.align = 4, variable.initial = std::string("\1\2\3\4", 4);
      program->variables.push_back(variable);
    }
    if (word != ".entry")
      continue;
    auto kernel = std::make_unique<FakeKernel>();
    words >> kernel->name;
    const Defined &what = defined().at(kernel->name);
    for (size_t i = 0; i < what.params; ++i)
      kernel->params.push_back({uint32_t(i * 8), 8});
    kernel->paramBytes = uint32_t(what.params * 8);
    kernel->staticShared = what.staticShared, kernel->localBytes = what.localBytes, kernel->registers = 32;
    kernel->body = what.body;
    program->kernels.push_back(std::move(kernel));
  }
  return program;
}

LaunchResult run(const LaunchRequest &r) {
  LaunchResult result;
  for (uint64_t b = 0; b < r.grid.count(); ++b) {
    fake::FakeBlock block{r, {}, r.observer, {}};
    BlockPlace &p = block.place;
    p.kernel = r.kernel, p.launch = r.id, p.linear = b, p.size = r.block;
    p.index = {uint32_t(b % r.grid.x), uint32_t(b / r.grid.x % r.grid.y), uint32_t(b / r.grid.x / r.grid.y)};
    p.threads = uint32_t(r.block.count()), p.warps = (p.threads + 31) / 32;
    p.sharedBytes = r.kernel->staticShared + r.dynamicShared;
    if (r.observer)
      r.observer->beginBlock(p);
    static_cast<const FakeKernel *>(r.kernel)->body(block);
    if (r.observer)
      r.observer->endBlock(p);
    if (block.result.outcome != LaunchOutcome::Done)
      return block.result;
  }
  return result;
}

} // namespace gpusim

namespace fake {

LaneMask FakeBlock::access(uint32_t warp, Access a, uint64_t first, int64_t stride) {
  uint64_t addresses[32];
  for (int i = 0; i < 32; ++i)
    addresses[i] = first + uint64_t(i * stride);
  a.address = addresses;
  return observer ? observer->access({&place, warp}, a) : a.lanes;
}

LaneMask FakeBlock::read(uint32_t warp, uint32_t op, uint64_t first, uint32_t bytes, LaneMask lanes, int64_t stride) {
  Access a;
  a.bytes = bytes, a.lanes = lanes, a.op = op;
  return access(warp, a, first, stride < 0 ? bytes : stride);
}

LaneMask FakeBlock::write(uint32_t warp, uint32_t op, uint64_t first, uint32_t bytes, LaneMask lanes, int64_t stride,
                          uint64_t value, int64_t step) {
  Access a;
  uint64_t stored[32];
  stride = stride < 0 ? bytes : stride;
  for (int i = 0; i < 32; ++i)
    stored[i] = value + uint64_t(i * step);
  a.kind = AccessKind::Write, a.bytes = bytes, a.lanes = lanes, a.op = op;
  a.stored = bytes <= 8 ? stored : nullptr;
  LaneMask may = access(warp, a, first, stride);
  for (LaneMask left = may; left; left &= left - 1) {
    int lane = std::countr_zero(left);
    memcpy(reinterpret_cast<void *>(first + uint64_t(lane * stride)), &stored[lane], std::min(bytes, 8u));
  }
  return may;
}

LaneMask FakeBlock::atomic(uint32_t warp, uint32_t op, uint64_t address, LaneMask lanes, Order order) {
  Access a;
  a.kind = AccessKind::Atomic, a.lanes = lanes, a.op = op, a.order = order;
  return access(warp, a, address, 0);
}

LaneMask FakeBlock::sharedRead(uint32_t warp, uint32_t op, uint32_t first, uint32_t bytes, LaneMask lanes,
                               int64_t stride) {
  Access a;
  a.space = Space::Shared, a.bytes = bytes, a.lanes = lanes, a.op = op;
  return access(warp, a, SharedBase + first, stride < 0 ? bytes : stride);
}

LaneMask FakeBlock::sharedWrite(uint32_t warp, uint32_t op, uint32_t first, uint32_t bytes, LaneMask lanes,
                                int64_t stride, int64_t step) {
  Access a;
  uint64_t stored[32];
  for (int i = 0; i < 32; ++i)
    stored[i] = uint64_t(i * step);
  a.space = Space::Shared, a.kind = AccessKind::Write, a.bytes = bytes, a.lanes = lanes, a.op = op, a.stored = stored;
  return access(warp, a, SharedBase + first, stride < 0 ? bytes : stride);
}

LaneMask FakeBlock::sharedAsync(uint32_t warp, uint32_t op, uint32_t first, Agent agent, uint32_t group,
                                AccessKind kind, LaneMask lanes, uint32_t bytes) {
  Access a;
  a.space = Space::Shared, a.kind = kind, a.agent = agent, a.group = group, a.lanes = lanes, a.op = op, a.bytes = bytes;
  return access(warp, a, SharedBase + first, bytes);
}

void FakeBlock::done(uint32_t w, Agent agent, uint32_t group, LaneMask lanes) {
  if (observer)
    observer->asyncDone(warp(w), agent, group, lanes);
}
void FakeBlock::barrierOf(uint32_t warps) {
  if (observer)
    observer->barrierPassed(place, 0, warps);
}
void FakeBlock::syncWarp(uint32_t w) {
  if (observer)
    observer->warpSynced(warp(w), ~0u);
}
void FakeBlock::fence(uint32_t w, Order order, bool proxy) {
  if (observer)
    observer->fence(warp(w), ~0u, order, Scope::Device, proxy, 0);
}

void define(const std::string &name, size_t params, Body body, uint32_t staticShared, uint32_t localBytes) {
  defined()[name] = {params, std::move(body), staticShared, localBytes};
}

std::string ptx(const std::string &name, const std::string &target) {
  return ".version 8.0\n.target " + target + "\n.visible .entry " + name + " ()\n";
}

void start(const char *check, const char *device) {
  ASSERT_EQ(gpusim_configure(device, check), 0);
  ASSERT_EQ(cuInit(0), CUDA_SUCCESS);
  CUcontext context;
  ASSERT_EQ(cuDevicePrimaryCtxRetain(&context, 0), CUDA_SUCCESS);
  ASSERT_EQ(cuCtxSetCurrent(context), CUDA_SUCCESS);
  gpusim_reset();
}

CUfunction kernel(const std::string &name, size_t params, Body body, uint32_t staticShared, uint32_t localBytes) {
  define(name, params, std::move(body), staticShared, localBytes);
  CUmodule module = nullptr;
  CUfunction function = nullptr;
  EXPECT_EQ(cuModuleLoadData(&module, ptx(name).c_str()), CUDA_SUCCESS);
  EXPECT_EQ(cuModuleGetFunction(&function, module, name.c_str()), CUDA_SUCCESS);
  return function;
}

CUresult launch(CUfunction function, uint32_t blocks, uint32_t threads, std::vector<uint64_t> params, CUstream stream,
                uint32_t dynamicShared) {
  std::vector<void *> pointers;
  for (uint64_t &p : params)
    pointers.push_back(&p);
  return cuLaunchKernel(function, blocks, 1, 1, threads, 1, 1, dynamicShared, stream, pointers.data(), nullptr);
}

CUdeviceptr memory(size_t bytes) {
  CUdeviceptr at = 0;
  EXPECT_EQ(cuMemAlloc_v2(&at, bytes), CUDA_SUCCESS);
  return at;
}

CUdeviceptr zeros(size_t bytes) {
  CUdeviceptr at = memory(bytes);
  EXPECT_EQ(cuMemsetD8_v2(at, 0, bytes), CUDA_SUCCESS);
  return at;
}

std::string reportsJson() { return gpusim_reports(); }

std::string found() {
  EXPECT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  return kinds();
}

std::string kinds() {
  std::string json = gpusim_reports(), text;
  std::multiset<std::string> kinds;
  for (size_t at = 0; (at = json.find("{\"kind\": \"", at)) != json.npos;) {
    at += 10;
    std::string kind = json.substr(at, json.find('"', at) - at);
    size_t count = json.find("\"count\": ", at);
    kinds.insert(kind + "*" + std::to_string(atoi(json.c_str() + count + 9)));
  }
  for (const std::string &kind : kinds)
    text += (text.empty() ? "" : " ") + kind;
  gpusim_reset();
  return text;
}

} // namespace fake
