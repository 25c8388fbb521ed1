// What dlc inspect says of the arena, on plans whose memory was counted by hand; its page; and SHA-256.
#include "codegen/Executable.h"
#include "runtime/Program.h"
#include "tools/dlc/data/Sha256.h"
#include "tools/dlc/inspect/Memory.h"
#include "tools/dlc/inspect/Page.h"
#include <gmock/gmock.h>

using namespace dlc;
using namespace dlc::exe;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace {
/// A plan on an arena of bytes, without kernels' code: it is read, not run.
struct Plan {
  ExecutableImage image;
  Variant variant;
  std::vector<char> bytes;
  std::shared_ptr<const rt::Program> program;

  explicit Plan(uint64_t arena) {
    image.name = "test";
    image.producer = "dlc test";
    image.inputs = {{"x", DType::U8, {64}}};
    image.outputs = {{"y", DType::U8, {64}}};
    variant.target = "cpu:any";
    variant.arenaBytes = arena;
    variant.codes.push_back({CodeKind::SharedObject, "any", 0, Bytes::own("no code")});
    variant.buffers = {{BufferKind::Input, 0, 0, 64, "x", DType::U8, {64}},
                       {BufferKind::Output, 0, 0, 64, "y", DType::U8, {64}}};
  }
  uint32_t arena(const std::string &name, uint64_t offset, int64_t size) {
    variant.buffers.push_back({BufferKind::Arena, 0, offset, static_cast<uint64_t>(size), name, DType::U8, {size}});
    return static_cast<uint32_t>(variant.buffers.size() - 1);
  }
  void launch(const std::string &kernel, std::vector<uint32_t> args, KernelKind kind = KernelKind::Other) {
    Kernel made{kernel, {"node <" + kernel + ">"}, 10, 20, 0, {}};
    made.kind = kind;
    variant.kernels.push_back(made);
    Step step;
    step.kernel = static_cast<uint32_t>(variant.kernels.size() - 1);
    step.args = std::move(args);
    step.outputs = 1;
    if (!variant.steps.empty())
      step.deps = {static_cast<uint32_t>(variant.steps.size() - 1)};
    variant.steps.push_back(step);
  }
  const fb::Variant &read() {
    image.variants = {variant};
    std::string error;
    EXPECT_TRUE(write(image, bytes, error)) << error;
    rt::Status status = rt::Program::fromMemory(bytes.data(), bytes.size(), {}, program);
    EXPECT_TRUE(program) << "the image is refused";
    (void)status.release();
    return *program->table().variants()->Get(0);
  }
};

TEST(Inspect, LiveBytes) {
  Plan plan(256);
  uint32_t a = plan.arena("a", 0, 64), b = plan.arena("b", 64, 128), c = plan.arena("c", 0, 64),
           unread = plan.arena("unread", 192, 64);
  plan.launch("one", {0, a});        // a
  plan.launch("two", {a, b});        // a, b
  plan.launch("three", {0, unread}); // b, unread
  plan.launch("four", {b, c});       // b, c: where a was
  plan.launch("five", {c, 1});       // c
  auto memory = cli::inspect::memoryOf(plan.read());
  EXPECT_THAT(memory.live, ElementsAre(64, 192, 192, 192, 64));
  EXPECT_EQ(memory.peak, 192u);
  EXPECT_EQ(memory.peakStep, 1u);
  EXPECT_EQ(memory.arena, 256u);
  EXPECT_DOUBLE_EQ(memory.ratio(), 256.0 / 192);
  ASSERT_EQ(memory.blocks.size(), 4u);
  EXPECT_EQ(memory.blocks[0].name, "a");
  EXPECT_EQ(memory.blocks[0].last, 1u);
  EXPECT_EQ(memory.blocks[1].type, "128xu8");
  EXPECT_EQ(memory.blocks[1].first, 1u);
  EXPECT_EQ(memory.blocks[1].last, 3u);
  EXPECT_EQ(memory.blocks[2].first, 2u);
  EXPECT_EQ(memory.blocks[2].last, 2u);
}

// An update in place is one block behind another in the same bytes; a part that is read lives, the rest does not.
TEST(Inspect, PlaceTakenOverAndParts) {
  Plan plan(128);
  uint32_t a = plan.arena("a", 0, 128), same = plan.arena("same", 0, 128), half = plan.arena("half", 64, 64);
  plan.launch("one", {0, a});
  plan.launch("two", {a, same});
  plan.launch("three", {0, 1});
  plan.launch("four", {half, 1});
  auto memory = cli::inspect::memoryOf(plan.read());
  EXPECT_THAT(memory.live, ElementsAre(128, 128, 64, 64));
  EXPECT_EQ(memory.peak, 128u);
  ASSERT_EQ(memory.blocks.size(), 2u);
  EXPECT_EQ(memory.blocks[0].last, 1u);
  EXPECT_EQ(memory.blocks[1].first, 1u);
  EXPECT_EQ(memory.blocks[1].last, 3u);
}

TEST(Inspect, NoArena) {
  Plan plan(0);
  plan.launch("one", {0, 1});
  auto memory = cli::inspect::memoryOf(plan.read());
  EXPECT_EQ(memory.peak, 0u);
  EXPECT_TRUE(memory.blocks.empty());
  EXPECT_DOUBLE_EQ(memory.ratio(), 1);
}

TEST(Inspect, LaunchesByClass) {
  Plan plan(64);
  uint32_t a = plan.arena("a", 0, 64);
  plan.launch("product", {0, a}, KernelKind::Contraction);
  plan.launch("sum", {0, a}, KernelKind::Reduction);
  plan.launch("map", {0, a});
  Step copy;
  copy.kind = StepKind::Copy;
  copy.args = {a, 1};
  copy.outputs = 1;
  copy.deps = {2};
  plan.variant.steps.push_back(copy);
  auto launches = cli::inspect::launchesOf(plan.read());
  EXPECT_EQ(launches.contractions, 1u);
  EXPECT_EQ(launches.reductions, 1u);
  EXPECT_EQ(launches.others, 2u);
  EXPECT_EQ(launches.total(), 4u);
}

TEST(Inspect, PageStandsAloneAndIsEscaped) {
  Plan plan(64);
  uint32_t a = plan.arena("a<b>&\"c\"", 0, 64);
  plan.launch("one", {0, a});
  plan.launch("two", {a, 1});
  plan.read();
  std::string page = cli::inspect::page(*plan.program, "<title>.dlx", "");
  EXPECT_THAT(page, HasSubstr("<h1>&lt;title&gt;.dlx</h1>"));
  EXPECT_THAT(page, HasSubstr("a&lt;b&gt;&amp;&quot;c&quot;"));
  EXPECT_THAT(page, HasSubstr("node &lt;one&gt;"));
  EXPECT_THAT(page, HasSubstr("<svg"));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  for (const char *outside : {"http:", "https:", "src=", "<link", "<script", "url("})
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  EXPECT_THAT(cli::inspect::page(*plan.program, "x", "cuda:base"), Not(HasSubstr("<h2>")));
}

// FIPS 180-4's examples.
TEST(Sha256, Examples) {
  auto hashOf = [](const std::string &text, size_t chunk) {
    data::Sha256 hash;
    for (size_t at = 0; at < text.size(); at += chunk)
      hash.add(text.data() + at, std::min(chunk, text.size() - at));
    return hash.finish();
  };
  EXPECT_EQ(hashOf("", 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hashOf("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  for (size_t chunk : {1, 7, 64, 1000})
    EXPECT_EQ(hashOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", chunk),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  for (size_t chunk : {63, 64, 65, 4096})
    EXPECT_EQ(hashOf(std::string(1000000, 'a'), chunk),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
} // namespace
