// Steps under a memory limit: the same bits, never more memory than asked for, and exactly what was foretold.
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Specialize.h"
#include "tests/training/StepProgram.h"
#include "tools/compile/Compile.h"
#include "llvm/Support/MemoryBuffer.h"

namespace dlc::test {
namespace {

struct Counter {
  uint64_t now = 0, most = 0, largest = 0;
  dlc_allocator allocator() {
    return {this,
            [](void *user, size_t size, size_t alignment) {
              auto &c = *static_cast<Counter *>(user);
              c.now += size;
              c.most = std::max(c.most, c.now);
              c.largest = std::max<uint64_t>(c.largest, size);
              return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
            },
            [](void *user, void *pointer, size_t size) {
              static_cast<Counter *>(user)->now -= size;
              std::free(pointer);
            }};
  }
};

struct Made {
  std::string error; ///< "" where it went well
  std::vector<std::string> remarks;
  std::vector<char> bytes;
  uint64_t arena = 0, states = 0, others = 0; ///< others: inputs and outputs
  int64_t total() const { return static_cast<int64_t>(arena + states + others); }
};

Made compileStep(const std::string &model, int64_t batch, int64_t limit, int64_t parts = 1) {
  Made made;
  DialectRegistry registry;
  registerCompilerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      made.error += diagnostic.str();
    else
      made.remarks.push_back(diagnostic.str());
    return success();
  });
  auto text = llvm::MemoryBuffer::getFile(folder + "/../../../examples/" + model);
  auto module = text ? parseSourceString<ModuleOp>((*text)->getBuffer(), &context) : OwningOpRef<ModuleOp>();
  EXPECT_TRUE(bool(module)) << model;
  if (!module)
    return made;
  auto input = cast<RankedTensorType>((*findMain(*module)).getArgumentTypes()[0]);
  bool tokens = input.getElementType().isInteger(32);
  PassManager passes(&context);
  passes.addPass(createSpecializePass({{"batch", batch / parts}}));
  passes.addPass(createLossPass({tokens ? "softmax-cross-entropy,axis=2" : "softmax-cross-entropy", ""}));
  passes.addPass(createTrainingModePass());
  passes.addPass(createAutodiffPass());
  passes.addPass(createAccumulatePass(parts));
  passes.addPass(createOptimizerPass({.rule = "adamw,lr=0.001"}));
  EXPECT_TRUE(succeeded(passes.run(*module))) << made.error;
  CompileOptions options;
  options.targets = {StringRef(device).split(':').first.str()};
  options.memoryLimit = limit;
  auto image = compile(*module, options);
  if (failed(image))
    return made;
  EXPECT_TRUE(exe::write(*image, made.bytes, made.error)) << made.error;
  made.arena = image->variants[0].arenaBytes;
  for (const exe::Weight &weight : image->weights)
    made.states += exe::byteSize(weight.dtype, weight.shape);
  for (auto *ports : {&image->inputs, &image->outputs})
    for (const exe::Tensor &port : *ports)
      made.others += exe::byteSize(port.dtype, port.shape);
  return made;
}

/// All states after `steps`, one behind the other; `counter` sees what the session takes.
std::string run(const Made &made, int steps, Counter &counter) {
  auto executable = Executable::load(made.bytes.data(), made.bytes.size());
  EXPECT_TRUE(bool(executable)) << executable.status().text();
  SessionOptions where = sessionOptions();
  where.device_name = device.c_str();
  where.allocator = counter.allocator();
  auto session = executable->session(where);
  EXPECT_TRUE(bool(session)) << session.status().text();
  uint64_t arena = 0, states = 0;
  dlc_session_memory(session->get(), &arena, &states);
  EXPECT_EQ(arena, made.arena);
  EXPECT_EQ(states, made.states);
  for (int step = 0; step < steps; ++step) {
    for (size_t i = 0; i < executable->inputCount(); ++i) {
      auto info = executable->input(i);
      size_t count = 1;
      for (size_t d = 0; d < info.rank; ++d)
        count *= static_cast<size_t>(info.shape[d]);
      Status set;
      if (info.dtype == DLC_I32) {
        std::vector<int32_t> values(count);
        for (size_t k = 0; k < count; ++k)
          values[k] = static_cast<int32_t>((k * 7 + static_cast<size_t>(step)) % 10);
        set = session->setInput(i, values);
      } else {
        std::vector<float> values(count);
        for (size_t k = 0; k < count; ++k)
          values[k] = static_cast<float>(((k + static_cast<size_t>(step) * 31) * 2654435761u) % 1000) / 500.0f - 1.0f;
        set = session->setInput(i, values);
      }
      EXPECT_TRUE(set.ok()) << set.text();
    }
    Status ran = session->run();
    EXPECT_TRUE(ran.ok()) << ran.text();
  }
  if (device == "cpu") { // a card's memory is its driver's
    EXPECT_GE(counter.largest, made.arena);
    EXPECT_GE(counter.now, made.arena + made.states);
  }
  std::string all;
  for (size_t i = 0; i < executable->weightCount(); ++i) {
    auto info = executable->weight(i);
    std::string bytes(info.byte_size, 0);
    Status read = session->read(info.name, bytes.data(), bytes.size());
    EXPECT_TRUE(read.ok()) << read.text();
    all += bytes;
  }
  return all;
}
/// Limits from what a step takes at first down to where it cannot be: `few` of them, evenly.
void shrink(const std::string &model, int64_t batch, int64_t parts, int few, double atLeast) {
  Made whole = compileStep(model, batch, 0, parts);
  ASSERT_EQ(whole.error, "");
  Counter counter;
  std::string expected = run(whole, 3, counter);
  int64_t fixed = whole.total() - static_cast<int64_t>(whole.arena);
  uint64_t before = whole.arena, smallest = whole.arena;
  bool refused = false;
  for (int i = 0; i <= few; ++i) {
    int64_t limit = fixed + static_cast<int64_t>(whole.arena) * (few - i) / few;
    Made made = compileStep(model, batch, limit, parts);
    if (!made.error.empty()) {
      refused = true;
      EXPECT_NE(made.error.find("the memory limit of"), std::string::npos) << made.error;
      continue;
    }
    EXPECT_FALSE(refused) << "a smaller limit was met than one that was not";
    EXPECT_LE(made.total(), limit);
    EXPECT_LE(made.arena, before);
    before = smallest = made.arena;
    EXPECT_EQ(i > 0, llvm::any_of(made.remarks, [](const std::string &remark) {
                return StringRef(remark).starts_with("recompute: '");
              }));
    if (i == 0) // nothing has to be done
      EXPECT_EQ(made.bytes, whole.bytes);
    Counter own;
    EXPECT_EQ(run(made, 3, own) == expected, true) << "other bits at " << limit << " bytes";
  }
  EXPECT_TRUE(refused) << "no arena at all";
  EXPECT_LE(static_cast<double>(smallest), static_cast<double>(whole.arena) * atLeast);
}

TEST(Memory, ShrinksWithTheLimitAndKeepsTheBits) {
  bool cpu = device == "cpu";
  shrink("models/gpt.mlir", cpu ? 2 : 1, 1, cpu ? 4 : 3, 0.6);
}

TEST(Memory, NormalisationsThatKeepStatisticsRunAgain) {
  if (device != "cpu")
    GTEST_SKIP() << "the simulator takes minutes";
  shrink("models/resnet.mlir", 16, 1, 8, 0.75);
}

TEST(Memory, InPartsOfABatch) {
  if (device != "cpu")
    GTEST_SKIP() << "the same plans as on the CPU; the simulator takes minutes";
  shrink("models/gpt.mlir", 2, 2, 4, 0.8);
}

TEST(Memory, ErrorSaysWhatIsNeeded) {
  Made made = compileStep("models/gpt.mlir", 2, 12'000'000);
  EXPECT_NE(made.error.find("the memory limit of 12.0 MB is below what a run needs"), std::string::npos) << made.error;
  EXPECT_NE(made.error.find("an arena of at least"), std::string::npos) << made.error;
  EXPECT_NE(made.error.find("what fills it where it is fullest"), std::string::npos) << made.error;
  const std::string least = "the least that will do is ";
  size_t at = made.error.find(least);
  ASSERT_NE(at, std::string::npos) << made.error;
  int64_t kilobytes = std::stoll(made.error.substr(at + least.size()));
  EXPECT_EQ(compileStep("models/gpt.mlir", 2, kilobytes * 1000).error, "");
  EXPECT_NE(compileStep("models/gpt.mlir", 2, (kilobytes - 1) * 1000).error, "");
}

} // namespace
} // namespace dlc::test
