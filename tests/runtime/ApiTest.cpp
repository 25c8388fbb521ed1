// What dlc.h promises beside running: errors, choice of device and variant, callbacks, types; and what the writer
// refuses.
#include "tests/runtime/Images.h"

#include <cstdlib>
#include <map>

using namespace dlc::test;

namespace {

TEST(Api, Errors) {
  Loaded l(addScale(4));
  ASSERT_TRUE(l.session);
  EXPECT_EQ(l.session->setInput(1, Floats{1}).code(), DLC_NOT_FOUND);
  EXPECT_EQ(l.session->setInput(0, Floats{1}).code(), DLC_INVALID_ARGUMENT);
  EXPECT_EQ(l.session->setInput(0, Floats{1}).text(), "<memory>: input 0 has 16 bytes; got 4");
  EXPECT_EQ(l.session->bindOutput(3, nullptr).code(), DLC_NOT_FOUND);
  Floats v(4);
  EXPECT_EQ(l.session->read("nope", v.data(), 16).code(), DLC_NOT_FOUND);
  EXPECT_EQ(l.session->read("w", v.data(), 8).code(), DLC_INVALID_ARGUMENT);
  EXPECT_EQ(l.session->write("w", v.data(), 16).text(), "<memory>: 'w' is a frozen weight: only state can be written");
  EXPECT_EQ(dlc::Status(dlc_session_run(nullptr)).code(), DLC_INVALID_ARGUMENT);
  EXPECT_EQ(dlc::Status(dlc_executable_load_file("x", nullptr, nullptr)).code(), DLC_INVALID_ARGUMENT);
  EXPECT_EQ(dlc::Executable::load(std::string("/no/such.dlx")).status().text(),
            "/no/such.dlx: cannot open: No such file or directory");
  EXPECT_EQ(dlc::Executable::load(std::string("/no/two\nlines\x7f.dlx")).status().text(),
            "/no/two\\nlines\\x7f.dlx: cannot open: No such file or directory");
  EXPECT_EQ(dlc::Executable::load(std::string("/")).status().code(), DLC_IO);
  dlc::SessionOptions options = dlc::sessionOptions();
  options.struct_size = 1 << 20;
  EXPECT_EQ(l.executable->session(options).status().code(), DLC_INVALID_ARGUMENT);
  options = dlc::sessionOptions();
  options.variant = "cpu:x86-64-v9";
  EXPECT_EQ(l.executable->session(options).status().text(), "<memory>: the file has no variant 'cpu:x86-64-v9'");
  dlc_device d;
  EXPECT_EQ(dlc::Status(dlc_device_parse("gpu", &d)).text(),
            "unknown device 'gpu': one of auto, cpu, cuda, cuda:N, sim, sim:a100, sim:h200, sim:rtx4090");
  ASSERT_OK(dlc::Status(dlc_device_parse("cpu", &d)));
  EXPECT_EQ(d, DLC_DEVICE_CPU);
  EXPECT_EQ(dlc_status_code(nullptr), DLC_OK);
  EXPECT_STREQ(dlc_status_message(nullptr), "");
  dlc_status_free(nullptr);
  dlc_session_free(nullptr);
  dlc_executable_free(nullptr);
}

TEST(Api, ANamedDeviceIsStrict) {
  Loaded l(addScale(4));
  ASSERT_TRUE(l.session);
  dlc::SessionOptions options = dlc::sessionOptions();
  options.device = DLC_DEVICE_CUDA;
  auto s = l.executable->session(options);
  ASSERT_FALSE(s);
  if (dlc::Status(dlc_device_usable(DLC_DEVICE_CUDA)).ok()) {
    EXPECT_EQ(s.status().code(), DLC_UNSUPPORTED); // the file has nothing for it
  } else {
    EXPECT_EQ(s.status().code(), DLC_NO_DEVICE);
    EXPECT_NE(s.status().text().find("libcuda.so.1"), std::string::npos) << s.status().text();
  }
  setenv("DLC_GPUSIM", "/nowhere/libdlc_gpusim.so", 1);
  options.device = DLC_DEVICE_SIM;
  auto sim = l.executable->session(options);
  unsetenv("DLC_GPUSIM");
  ASSERT_FALSE(sim);
  EXPECT_EQ(sim.status().code(), DLC_NO_DEVICE);
  EXPECT_NE(sim.status().text().find("looked for /nowhere/libdlc_gpusim.so"), std::string::npos) << sim.status().text();
}

TEST(Api, OptionsOfOlderCallersWork) {
  Loaded l(addScale(4));
  ASSERT_TRUE(l.session);
  dlc::SessionOptions options = dlc::sessionOptions();
  // As version 1 had it: what lies behind is not looked at.
  options.struct_size = offsetof(dlc_session_options, device_name);
  options.device = DLC_DEVICE_CPU;
  options.device_name = "rubbish";
  auto s = l.executable->session(options);
  ASSERT_TRUE(s) << s.status().text();
  EXPECT_EQ(s->deviceName(), "cpu");
  options.struct_size = sizeof options;
  EXPECT_EQ(l.executable->session(options).status().code(), DLC_INVALID_ARGUMENT);
}

TEST(Api, DevicesByName) {
  dlc_device d = DLC_DEVICE_AUTO;
  struct {
    const char *name;
    dlc_device kind;
  } good[] = {{"cpu", DLC_DEVICE_CPU},      {"cuda", DLC_DEVICE_CUDA},    {"cuda:0", DLC_DEVICE_CUDA},
              {"cuda:12", DLC_DEVICE_CUDA}, {"sim:h200", DLC_DEVICE_SIM}, {"auto", DLC_DEVICE_AUTO}};
  for (auto &g : good) {
    ASSERT_EQ(dlc_device_parse(g.name, &d), nullptr) << g.name;
    EXPECT_EQ(d, g.kind) << g.name;
  }
  Loaded l(addScale(4));
  ASSERT_TRUE(l.session);
  dlc::SessionOptions options = dlc::sessionOptions();
  options.device = DLC_DEVICE_SIM; // the name counts
  options.device_name = "cpu";
  auto s = l.executable->session(options);
  ASSERT_TRUE(s) << s.status().text();
  EXPECT_EQ(s->device(), DLC_DEVICE_CPU);
  // Asynchronous runs of the CPU are over when they return.
  ASSERT_OK(s->setInput(0, Floats{1, 2, 3, 4}));
  ASSERT_OK(s->runAsync());
  EXPECT_EQ(values(*s, 0, 4), (Floats{4, 8, 12, 16}));
  ASSERT_OK(s->synchronize());
}

/// "cpu:x86-64-v4": what dlc_device_describe says first.
std::string bestTarget() {
  char text[200];
  dlc_device_describe(DLC_DEVICE_CPU, text, sizeof text);
  return "cpu:" + std::string(text).substr(0, std::string(text).find(','));
}

TEST(Api, TakesTheMostSpecificVariantThatFits) {
  Builder b = addScale(4);
  for (const char *target : {"cpu:x86-64-v9", "cuda:base", "cpu:x86-64"}) {
    b.image.variants.push_back(b.variant);
    b.image.variants.back().target = target;
  }
#if defined(__x86_64__)
  Loaded l(b);
  ASSERT_TRUE(l.session);
  EXPECT_EQ(l.session->variant(), "cpu:x86-64");
#endif
  Builder none;
  none.variant.target = "cpu:x86-64-v9";
  std::vector<char> file = none.bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  EXPECT_EQ(e->session().status().text(),
            "<memory>: no variant of this file runs on cpu here (cpu:x86-64-v9: this runtime does "
            "not know such a processor): compile it with --target " +
                bestTarget());
}

TEST(Api, MissingKernelIsNamed) {
  Builder b;
  uint32_t out = b.output({4});
  b.launch("no_such_kernel", {out}, 4);
  std::vector<char> file = b.bytes();
  auto e = dlc::Executable::load(file.data(), file.size());
  ASSERT_TRUE(e);
  EXPECT_EQ(e->session().status().text(), "<memory>, variant 'cpu:any': the code has no kernel 'no_such_kernel'");
}

struct Heap {
  std::map<void *, size_t> live;
  size_t calls = 0, limit = SIZE_MAX;
  bool mismatched = false;
  static void *allocate(void *user, size_t size, size_t alignment) {
    Heap &h = *static_cast<Heap *>(user);
    ++h.calls;
    if (h.calls > h.limit)
      return nullptr;
    void *p = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    h.live[p] = size;
    return p;
  }
  static void release(void *user, void *p, size_t size) {
    Heap &h = *static_cast<Heap *>(user);
    h.mismatched |= h.live[p] != size;
    h.live.erase(p);
    std::free(p);
  }
};

TEST(Api, MemoryComesFromTheCallersAllocator) {
  Heap heap;
  dlc::SessionOptions options = dlc::sessionOptions();
  options.allocator = {&heap, Heap::allocate, Heap::release};
  {
    Loaded l(addScale(4), options);
    ASSERT_TRUE(l.session);
    size_t before = heap.calls;
    EXPECT_GE(before, 3u); // arena, input, output
    for (int i = 0; i != 3; ++i)
      ASSERT_OK(l.session->run());
    EXPECT_EQ(heap.calls, before);
    EXPECT_EQ(heap.live.size(), before);
  }
  EXPECT_TRUE(heap.live.empty());
  EXPECT_FALSE(heap.mismatched);
  // Every allocation may fail, and each failure is a status.
  for (size_t limit = 0; limit != 3; ++limit) {
    heap.calls = 0;
    heap.limit = limit;
    std::vector<char> file = addScale(4).bytes();
    auto e = dlc::Executable::load(file.data(), file.size());
    ASSERT_TRUE(e);
    auto s = e->session(options);
    ASSERT_FALSE(s);
    EXPECT_EQ(s.status().code(), DLC_OUT_OF_MEMORY);
    EXPECT_TRUE(heap.live.empty());
  }
}

TEST(Api, LogsWhatItChose) {
  std::vector<std::pair<dlc_log_level, std::string>> lines;
  dlc::SessionOptions options = dlc::sessionOptions();
  options.log = [](void *user, dlc_log_level level, const char *line) {
    static_cast<decltype(lines) *>(user)->push_back({level, line});
  };
  options.log_user = &lines;
  Loaded l(addScale(4), options);
  ASSERT_TRUE(l.session);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].first, DLC_LOG_INFO);
  EXPECT_EQ(lines[0].second, "<memory>: " + l.session->summary());
}

TEST(Api, VersionAndTypes) {
  EXPECT_EQ(dlc_api_version(), uint32_t(DLC_API_VERSION));
  for (int t = DLC_NONE; t <= DLC_U4; ++t) {
    EXPECT_EQ(name(DType(t)), dlc_dtype_name(dlc_dtype(t)));
    EXPECT_EQ(bitWidth(DType(t)), dlc_dtype_bits(dlc_dtype(t)));
    EXPECT_EQ(parseDType(name(DType(t))), DType(t));
  }
  EXPECT_EQ(parseDType("ui8"), DType::U8);
  EXPECT_EQ(parseDType("i1"), DType::Bool);
  EXPECT_EQ(parseDType("q7"), DType::None);
  EXPECT_EQ(byteSize(DType::I4, {3}), 3u) << "a byte each";
  EXPECT_EQ(byteSize(DType::F64, {}), 8u);
  char text[200];
  EXPECT_GT(dlc_device_describe(DLC_DEVICE_CPU, text, sizeof text), 5u);
  EXPECT_EQ(dlc_device_describe(DLC_DEVICE_CPU, text, 4), 3u);
}

TEST(Writer, RefusesWhatCannotRun) {
  std::vector<char> out;
  std::string error;
  auto refuse = [&](Builder b, const std::string &what) {
    b.image.variants.push_back(b.variant);
    EXPECT_FALSE(write(b.image, out, error));
    EXPECT_EQ(error, what);
  };
  Builder b = addScale(4);
  b.variant.steps[1].args[0] = 77;
  refuse(b, "variant 'cpu:any', step 1: argument names buffer 77 of 4");
  b = addScale(4);
  b.variant.steps[0].deps = {1};
  refuse(b, "variant 'cpu:any', step 0: depends on step 1, which does not come before it");
  b = addScale(4);
  b.variant.buffers[2].byteOffset = 8;
  refuse(b, "variant 'cpu:any', buffer 2 't2': bytes 8 to 24 lie outside its 16 bytes");
  b = addScale(4);
  b.image.weights[0].shape = {5};
  refuse(b, "weight 'w': carries 16 bytes, expected 20");
  b = addScale(4);
  b.variant.steps[0].kind = StepKind::While;
  refuse(b, "variant 'cpu:any', step 0: 0 bodies of 0 steps together, with 1 steps behind");
  b = addScale(4);
  b.variant.steps[0].kind = StepKind::While;
  b.variant.steps[0].bodies = {1};
  refuse(b, "variant 'cpu:any', step 0: nothing ends it");
  // A library call that would reach outside its operands.
  b = Builder();
  Step s;
  s.kind = StepKind::Library;
  s.args = {b.input({4, 4}), b.input({4, 4}), b.output({4, 4})};
  s.matmul.emplace();
  s.matmul->m = s.matmul->n = s.matmul->k = 4;
  s.matmul->a = {0, DType::F32, {4, 1}};
  s.matmul->b = {1, DType::F32, {5, 1}};
  s.matmul->c = {2, DType::F32, {4, 1}};
  b.variant.steps = {s};
  refuse(b, "variant 'cpu:any', step 0: b reaches over 76 bytes of a buffer of 64: strides or dimensions are wrong");
}

} // namespace
