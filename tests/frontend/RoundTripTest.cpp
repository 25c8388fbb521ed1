// .dlm, .mlir and back: the same bytes, for every operator of the dialect and for real models; damage is refused.
#include "frontend/Model.h"
#include "frontend/dlm/Container.h"
#include "ir/Dialect.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringSet.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <random>
#include <sstream>

using namespace dlc;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {
class RoundTrip : public testing::Test {
protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "dlc-roundtrip-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { fs::remove_all(folder); }
  std::string file(const std::string &name) { return (folder / name).string(); }

  static std::string bytesOf(const std::string &path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  }
  static std::string textOf(ModuleOp module) {
    std::string text;
    llvm::raw_string_ostream os(text);
    module->print(os, OpPrintingFlags().enableDebugInfo(true));
    return text;
  }
  // Loads in a context of its own: nothing can leak from one step to the next.
  struct Loaded {
    std::unique_ptr<MLIRContext> context = std::make_unique<MLIRContext>();
    std::string said;
    OwningOpRef<ModuleOp> module;
  };
  static Loaded load(const std::string &path, const LoadOptions &options = {}) {
    Loaded loaded;
    ScopedDiagnosticHandler handler(loaded.context.get(), [&](Diagnostic &d) {
      loaded.said += d.str() + "\n";
      return success();
    });
    loaded.module = loadModel(*loaded.context, path, options);
    return loaded;
  }

  // module -> a.dlm -> b.mlir -> c.dlm, with equal bytes and equal text.
  void expectRoundTrip(ModuleOp module) {
    ASSERT_TRUE(succeeded(saveModel(module, file("a.dlm"))));
    Loaded a = load(file("a.dlm"));
    ASSERT_TRUE(a.module) << a.said;
    ASSERT_TRUE(succeeded(saveModel(*a.module, file("b.mlir"))));
    Loaded b = load(file("b.mlir"));
    ASSERT_TRUE(b.module) << b.said;
    ASSERT_TRUE(succeeded(saveModel(*b.module, file("c.dlm"))));
    EXPECT_EQ(bytesOf(file("a.dlm")), bytesOf(file("c.dlm")));
    ASSERT_TRUE(succeeded(saveModel(module, file("d.mlir"))));
    // The text differs in nothing but the name of the file with the weights.
    std::string before = bytesOf(file("d.mlir")), after = bytesOf(file("b.mlir"));
    for (size_t at; (at = before.find("\"d.weights.bin\"")) != std::string::npos;)
      before[at + 1] = 'b';
    EXPECT_EQ(before, after);
  }
  static OwningOpRef<ModuleOp> parse(MLIRContext &context, const std::string &text) {
    context.loadDialect<DLCDialect, func::FuncDialect>();
    return parseSourceString<ModuleOp>(text, ParserConfig(&context));
  }
  fs::path folder;
};

const char *everyKind = R"(
module attributes {dlc.flag, dlc.number = 7 : i64, dlc.real = 2.5 : f64, dlc.yes = true, dlc.list = array<i64: 1, -2>,
                   dlc.reals = array<f64: 0.5>, dlc.type = tensor<2x?xf32, #dlc.dims<[2, batch * 2 + 1]>>,
                   dlc.word = "a \"b\"\0A", dlc.table = dense<[1, 2]> : tensor<2xi64>} {
  dlc.weight @w : tensor<3x2xf32> = #dlc.rule<"kaiming_uniform", [2.236068]> {dlc.note = "x"}
  dlc.weight @z : tensor<2xf32> = #dlc.rule<"zeros">
  dlc.weight frozen @bools : tensor<3xi1> = dense<[true, false, true]> : tensor<3xi1>
  func.func private @outside(tensor<2xf32> {dlc.name = "in"}) -> (tensor<2xf32> {dlc.name = "out"})
  func.func @main(%x: tensor<?x2xf32, #dlc.dims<[batch, 2]>> {dlc.name = "x"} loc("x"("file.mlir":3:4)))
      -> (tensor<?x2xf32, #dlc.dims<[batch, 2]>> {dlc.name = "y"}) attributes {dlc.note = 1.0 : f64} {
    %0 = dlc.relu %x {dlc.hung = "here"} : tensor<?x2xf32, #dlc.dims<[batch, 2]>> loc(fused["a", "b"])
    %1 = dlc.relu %0 : tensor<?x2xf32, #dlc.dims<[batch, 2]>> loc(callsite("f" at "g.cpp":1:2))
    return %1 : tensor<?x2xf32, #dlc.dims<[batch, 2]>>
  }
})";

TEST_F(RoundTrip, EveryKindOfAttributeTypeAndLocation) {
  MLIRContext context;
  auto module = parse(context, everyKind);
  ASSERT_TRUE(module);
  expectRoundTrip(*module);
}

// Every registered operator, in the form that its own test or operators.mlir gives it. A new operator that neither
// shows fails here.
TEST_F(RoundTrip, EveryOperator) {
  llvm::StringSet<> seen;
  std::vector<fs::path> files = {"tests/frontend/Inputs/operators.mlir"};
  if (fs::exists("tests/ops"))
    for (const auto &entry : fs::recursive_directory_iterator("tests/ops"))
      if (entry.path().extension() == ".mlir")
        files.push_back(entry.path());
  MLIRContext context;
  for (const fs::path &path : files) {
    SCOPED_TRACE(path.string());
    std::string all = bytesOf(path.string());
    SmallVector<StringRef> parts;
    StringRef(all).split(parts, "// -----");
    for (StringRef part : parts) {
      std::string said;
      ScopedDiagnosticHandler quiet(&context, [&](Diagnostic &d) {
        said += d.str();
        return success();
      });
      auto module = parse(context, part.str());
      if (!module && path != files[0])
        continue; // tests of errors
      ASSERT_TRUE(module);
      bool graph = llvm::all_of(*module->getBody(), [](Operation &op) { return isa<WeightOp, func::FuncOp>(op); });
      if (!graph)
        continue;
      // Expected values of a test may be larger than a model's constants: such a function is left out.
      for (auto f : llvm::make_early_inc_range(module->getOps<func::FuncOp>())) {
        bool large = false;
        f.walk([&](CheckCloseOp check) {
          ShapedType type = check.getExpected().getShapedType();
          large |= !check.getExpected().isSplat() && type.getNumElements() * type.getElementTypeBitWidth() > 8 * 1024;
        });
        if (large)
          f.erase();
      }
      module->walk([&](Operation *op) { seen.insert(op->getName().getStringRef()); });
      expectRoundTrip(*module);
    }
  }
  // Steps of the plan stage and what stands in kernels are no graphs and have no .dlm form.
  llvm::StringSet<> outside = {"dlc.plan", "dlc.buffer", "dlc.step", "dlc.control", "dlc.extent", "dlc.philox"};
  unsigned count = 0;
  for (RegisteredOperationName name : context.getRegisteredOperations())
    if (name.getDialectNamespace() == "dlc" && !outside.contains(name.getStringRef()) && ++count)
      EXPECT_TRUE(seen.contains(name.getStringRef())) << name.getStringRef().str() << " is in no operator test";
  EXPECT_GT(count, 50u);
}

TEST_F(RoundTrip, DefaultsAreNotStored) {
  MLIRContext context;
  const char *text = R"(func.func @main(%x: tensor<1x1x4x4xf32>, %w: tensor<1x1x1x1xf32>) -> tensor<1x1x4x4xf32> {
    %0 = dlc.conv %x, %w strides = [1, 1] low = [0, 0] high = [0, 0] lhs_dilation = [1, 1] rhs_dilation = [1, 1]
         : (tensor<1x1x4x4xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x4x4xf32>
    return %0 : tensor<1x1x4x4xf32> })";
  auto module = parse(context, text);
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(saveModel(*module, file("a.dlm"))));
  std::string bytes = bytesOf(file("a.dlm"));
  EXPECT_NE(bytes.find("rhs_dilation"), std::string::npos);
  EXPECT_EQ(bytes.find("groups"), std::string::npos);
  EXPECT_EQ(bytes.find("channels_last"), std::string::npos);
}

TEST_F(RoundTrip, WhatIsNoGraphIsRefusedWithItsReason) {
  MLIRContext context;
  std::string said;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &d) {
    said += d.str();
    return success();
  });
  auto module = parse(context, "func.func @main() attributes {some = affine_map<(d0) -> (d0)>} { return }");
  ASSERT_TRUE(module);
  EXPECT_TRUE(failed(saveModel(*module, file("a.dlm"))));
  EXPECT_THAT(said, HasSubstr("attribute 'some' is of no kind that .dlm has"));
  EXPECT_FALSE(fs::exists(file("a.dlm")));
  said.clear();
  EXPECT_TRUE(failed(saveModel(*module, file("a.txt"))));
  EXPECT_THAT(said, HasSubstr("should end in .onnx, .dlm or .mlir"));
}

class Damage : public RoundTrip {
protected:
  std::string whole() {
    MLIRContext context;
    context.loadDialect<DLCDialect, func::FuncDialect>();
    std::string weights(4096, '\x5a');
    auto blob =
        context.getLoadedDialect<DLCDialect>()->weights().add(&context, ArrayRef(weights.data(), weights.size()));
    auto module = parse(context, everyKind);
    OpBuilder b = OpBuilder::atBlockBegin(module->getBody());
    WeightOp::create(b, b.getUnknownLoc(), "big", RankedTensorType::get({1024}, b.getF32Type()), blob, false);
    EXPECT_TRUE(succeeded(saveModel(*module, file("whole.dlm"))));
    return bytesOf(file("whole.dlm"));
  }
  void expectRefused(const std::string &bytes, const std::string &what) {
    std::ofstream(file("bad.dlm"), std::ios::binary) << bytes;
    Loaded loaded = load(file("bad.dlm"));
    EXPECT_FALSE(loaded.module) << what;
    EXPECT_THAT(loaded.said, HasSubstr("bad.dlm: section '")) << what;
    EXPECT_EQ(llvm::count(loaded.said, '\n'), 1) << what << loaded.said;
  }
};

TEST_F(Damage, EveryFlippedByteIsSeen) {
  std::string bytes = whole();
  ASSERT_TRUE(load(file("whole.dlm")).module);
  for (size_t at = 0; at < bytes.size(); at += at < 256 ? 1 : 61) {
    std::string bad = bytes;
    bad[at] ^= char(1 << (at % 8));
    expectRefused(bad, "byte " + std::to_string(at));
  }
}
TEST_F(Damage, EveryTruncationIsSeen) {
  std::string bytes = whole();
  for (size_t length = 0; length < bytes.size(); length += length < 256 ? 1 : 61)
    expectRefused(bytes.substr(0, length), "length " + std::to_string(length));
  expectRefused(bytes + '\0', "a byte too many");
}
TEST_F(Damage, AThousandRandomFlipsAndCutsAreRefused) {
  std::string bytes = whole();
  std::mt19937_64 engine(7);
  for (int i = 0; i < 1000; ++i) {
    std::string bad = bytes;
    for (uint64_t n = 1 + engine() % 4; n--;)
      bad[engine() % bad.size()] ^= char(1 << engine() % 8);
    if (bad != bytes)
      expectRefused(bad, "flips " + std::to_string(i));
    expectRefused(bytes.substr(0, engine() % bytes.size()), "cut " + std::to_string(i));
  }
}
TEST_F(Damage, TextWithoutItsWeightsSaysWhichFile) {
  whole();
  Loaded loaded = load(file("whole.dlm"));
  ASSERT_TRUE(succeeded(saveModel(*loaded.module, file("t.mlir"))));
  EXPECT_TRUE(fs::exists(file("t.weights.bin")));
  fs::remove(file("t.weights.bin"));
  Loaded text = load(file("t.mlir"));
  EXPECT_FALSE(text.module);
  EXPECT_THAT(text.said, HasSubstr("t.weights.bin"));
}

// Real models, where the folder of them is there.
TEST_F(RoundTrip, RealModels) {
  const char *where = std::getenv("DLC_MODELS");
  fs::path models = where ? where : "../shared/data/models";
  if (!fs::exists(models))
    GTEST_SKIP() << "no models at " << models;
  for (const char *name : {"mnist_cntk", "mnist_bn", "resnet_cifar"}) {
    SCOPED_TRACE(name);
    Loaded loaded = load((models / name / "model.onnx").string());
    ASSERT_TRUE(loaded.module) << loaded.said;
    expectRoundTrip(*loaded.module);
  }
}
} // namespace
