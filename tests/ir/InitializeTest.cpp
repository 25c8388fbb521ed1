// First values of weights: Philox against its authors' vectors, rules against their distributions.
#include "ir/Initialize.h"
#include "passes/Registration.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

namespace dlc {
namespace {

class InitializeTest : public testing::Test {
protected:
  InitializeTest() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }
  /// The weights of a module, by name.
  WeightOp weight(StringRef text, StringRef name) {
    module = parseSourceString<ModuleOp>(text, &context);
    if (!module)
      llvm::report_fatal_error("the test's module does not parse");
    return module->lookupSymbol<WeightOp>(name);
  }
  template <typename T> std::vector<T> values(WeightOp op, uint64_t seed = 0) {
    auto bytes = initialValue(op, seed);
    EXPECT_TRUE(succeeded(bytes));
    std::vector<T> result(bytes->size() / sizeof(T));
    std::memcpy(result.data(), bytes->data(), bytes->size());
    return result;
  }
  /// Mean and variance over everything, least and greatest.
  struct Summary {
    double mean = 0, variance = 0, low, high;
  };
  template <typename T> static Summary summary(const std::vector<T> &x) {
    Summary s{0, 0, x[0], x[0]};
    for (T v : x) {
      s.mean += v / x.size();
      s.low = std::min<double>(s.low, v);
      s.high = std::max<double>(s.high, v);
    }
    for (T v : x)
      s.variance += (v - s.mean) * (v - s.mean) / x.size();
    return s;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST(Philox, KnownAnswers) { // Random123's kat_vectors
  using Words = std::array<uint32_t, 4>;
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST_F(InitializeTest, Uniform) {
  auto x = values<float>(weight(R"(dlc.weight @w : tensor<200x100xf32> = #dlc.rule<"uniform", [-1.0, 3.0]>)", "w"));
  ASSERT_EQ(x.size(), 20000u);
  Summary s = summary(x);
  EXPECT_GE(s.low, -1.0);
  EXPECT_LT(s.low, -0.99);
  EXPECT_LT(s.high, 3.0);
  EXPECT_GT(s.high, 2.99);
  EXPECT_NEAR(s.mean, 1.0, 0.03);
  EXPECT_NEAR(s.variance, 16.0 / 12, 0.03);
}

TEST_F(InitializeTest, Normal) {
  Summary s = summary(values<double>(weight(R"(dlc.weight @w : tensor<20000xf64> = #dlc.rule<"normal", [2.0, 0.5]>)", "w")));
  EXPECT_NEAR(s.mean, 2.0, 0.02);
  EXPECT_NEAR(s.variance, 0.25, 0.01);
  EXPECT_LT(s.low, 0.7);
  EXPECT_GT(s.high, 3.3);
}

TEST_F(InitializeTest, FansGiveTheBound) {
  auto bound = [&](StringRef rule) {
    std::string text = ("dlc.weight @w : tensor<64x32x3x3xf32> = #dlc.rule<" + rule + ">").str();
    Summary s = summary(values<float>(weight(text, "w")));
    EXPECT_NEAR(s.mean, 0, 0.01);
    EXPECT_NEAR(-s.low, s.high, 0.01 * s.high);
    return s.high;
  };
  double fanIn = 32 * 9, fanOut = 64 * 9;
  EXPECT_NEAR(bound("\"kaiming_uniform\", [2.2360679775]"), 1 / std::sqrt(fanIn), 1e-3); // as torch.nn.Linear
  EXPECT_NEAR(bound("\"kaiming_uniform\", [0.0]"), std::sqrt(6 / fanIn), 1e-3);
  EXPECT_NEAR(bound("\"xavier_uniform\", [2.0]"), 2 * std::sqrt(6 / (fanIn + fanOut)), 1e-3);
  EXPECT_NEAR(bound("\"fan_in_uniform\", [25.0]"), 0.2, 1e-3);
  Summary normal = summary(values<float>(weight(
      R"(dlc.weight @w : tensor<64x32x3x3xf32> = #dlc.rule<"kaiming_normal", [0.0]>)", "w")));
  EXPECT_NEAR(normal.variance, 2 / fanIn, 2 / fanIn * 0.03);
}

TEST_F(InitializeTest, BitsDependOnSeedAndNumberAlone) {
  const char *text = R"(
    dlc.weight @a : tensor<32xf32> = #dlc.rule<"uniform", [0.0, 1.0]>
    dlc.weight @b : tensor<32xf32> = #dlc.rule<"uniform", [0.0, 1.0]>)";
  auto a = values<float>(weight(text, "a")), b = values<float>(weight(text, "b"));
  EXPECT_EQ(a, values<float>(weight(text, "a")));
  EXPECT_NE(a, values<float>(weight(text, "a"), 1));
  EXPECT_NE(a, values<float>(weight(text, "a"), uint64_t{1} << 32));
  EXPECT_NE(a, b);
  // The first element, written out: counter (0, 0, weight 0, 2^32-1), key 0, the upper 24 bits.
  EXPECT_EQ(a[0], static_cast<float>(philox({0, 0, 0, ~0u}, {0, 0})[0] >> 8) * 0x1p-24f);
  EXPECT_EQ(b[5], static_cast<float>(philox({5, 0, 1, ~0u}, {0, 0})[0] >> 8) * 0x1p-24f);
}

TEST_F(InitializeTest, WiderTypesHaveTheSameLeadingBits) {
  auto narrow = values<float>(weight(R"(dlc.weight @w : tensor<100xf32> = #dlc.rule<"uniform", [0.0, 1.0]>)", "w"));
  auto wide = values<double>(weight(R"(dlc.weight @w : tensor<100xf64> = #dlc.rule<"uniform", [0.0, 1.0]>)", "w"));
  auto half = values<uint16_t>(weight(R"(dlc.weight @w : tensor<100xbf16> = #dlc.rule<"uniform", [0.0, 1.0]>)", "w"));
  for (size_t i = 0; i < 100; ++i) {
    EXPECT_LT(wide[i] - narrow[i], 0x1p-24);
    EXPECT_GE(wide[i], narrow[i]);
    EXPECT_NEAR(llvm::bit_cast<float>(uint32_t{half[i]} << 16), narrow[i], 0x1p-8);
  }
}

TEST_F(InitializeTest, ConstantsElementsAndBlobs) {
  EXPECT_EQ(values<float>(weight(R"(dlc.weight @w : tensor<3xf32> = #dlc.rule<"zeros">)", "w")), std::vector<float>(3, 0));
  EXPECT_EQ(values<double>(weight(R"(dlc.weight @w : tensor<2xf64> = #dlc.rule<"constant", [1.5]>)", "w")),
            std::vector<double>(2, 1.5));
  EXPECT_EQ(values<uint16_t>(weight(R"(dlc.weight @w : tensor<2xf16> = #dlc.rule<"constant", [1.5]>)", "w")),
            std::vector<uint16_t>(2, 0x3e00));
  EXPECT_EQ(values<int64_t>(weight(R"(dlc.weight @w : tensor<2xi64> = #dlc.rule<"constant", [-7.0]>)", "w")),
            std::vector<int64_t>(2, -7));
  EXPECT_EQ(values<uint8_t>(weight(R"(dlc.weight @w : tensor<3xi1> = dense<[true, false, true]> : tensor<3xi1>)", "w")),
            (std::vector<uint8_t>{1, 0, 1}));
  EXPECT_EQ(values<int16_t>(weight(R"(dlc.weight @w : tensor<2x2xi16> = dense<[[1, -2], [3, 4]]> : tensor<2x2xi16>)", "w")),
            (std::vector<int16_t>{1, -2, 3, 4}));
  EXPECT_EQ(values<float>(weight(R"(dlc.weight @w : tensor<3xf32> = dense<0.5> : tensor<3xf32>)", "w")), std::vector<float>(3, 0.5));

  float data[] = {1, 2, 3};
  WeightOp w = weight(R"(dlc.weight @w : tensor<3xf32> = #dlc.rule<"zeros">)", "w");
  w.setValueAttr(context.getLoadedDialect<DLCDialect>()->weights().add(
      &context, ArrayRef(reinterpret_cast<const char *>(data), sizeof(data))));
  EXPECT_EQ(values<float>(w), (std::vector<float>{1, 2, 3}));
}

} // namespace
} // namespace dlc
