// .dlm tables that no writer of ours makes, under checksums that hold: refused with the reason.
#include "frontend/Model.h"
#include "ir/Dialect.h"
#include "mlir/Parser/Parser.h"
#include "tests/fuzz/DlmFile.h"
#include <filesystem>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>

using namespace dlc;
using testing::HasSubstr;

namespace {
class MalformedDlm : public testing::Test {
protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "dlc-malformed-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    MLIRContext context;
    context.loadDialect<DLCDialect, func::FuncDialect>();
    auto module = parseSourceString<ModuleOp>(R"(
      dlc.weight @w : tensor<2xf32> = dense<[1.0, 2.0]> : tensor<2xf32>
      dlc.weight @r : tensor<2xf32> = #dlc.rule<"zeros">
      func.func @main(%x: tensor<2x3xf32> {dlc.name = "x"}) -> tensor<2xf32> {
        %s = dlc.reduce sum %x dims = [1] : tensor<2x3xf32> -> tensor<2xf32>
        %w = dlc.get_weight @w : tensor<2xf32>
        %y = dlc.add %s, %w : tensor<2xf32>
        return %y : tensor<2xf32>
      })",
                                              ParserConfig(&context));
    ASSERT_TRUE(module);
    ASSERT_TRUE(succeeded(saveModel(*module, (folder / "whole.dlm").string())));
    std::ifstream in(folder / "whole.dlm", std::ios::binary);
    whole.assign(std::istreambuf_iterator<char>(in), {});
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  /// What is said of the file with this damage; "" where it is taken.
  std::string said(const std::function<void(dlm::ModelT &)> &damage) {
    auto model = fuzz::unpack(whole);
    damage(*model);
    std::string path = (folder / "bad.dlm").string(), text;
    std::ofstream(path, std::ios::binary) << fuzz::repack(whole, *model);
    MLIRContext context;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &d) {
      text += d.str() + "\n";
      return success();
    });
    auto module = loadModel(context, path);
    EXPECT_EQ(bool(module), text.empty()) << text;
    return text;
  }
  static dlm::NodeT &node(dlm::ModelT &model, size_t index) { return *model.functions[0]->body->nodes[index]; }

  std::string whole;
  std::filesystem::path folder;
};

TEST_F(MalformedDlm, NothingIsSaidOfTheWholeFile) {
  EXPECT_EQ(said([](auto &) {}), "");
}
TEST_F(MalformedDlm, Types) {
  EXPECT_THAT(said([](auto &m) { m.types[0]->shape = {INT64_MAX, INT64_MAX}; }), HasSubstr("which is not possible"));
  EXPECT_THAT(said([](auto &m) { m.types[0]->shape = {-7}; }), HasSubstr("a dimension of -7"));
  EXPECT_THAT(said([](auto &m) { m.types[0]->element = dlm::Element(99); }), HasSubstr("element type"));
  EXPECT_THAT(said([](auto &m) { m.types[0]->dims = "[" + std::string(100'000, '('); }), HasSubstr("nested"));
  EXPECT_NE(said([](auto &m) { m.types[0]->dims = "[batch, +]"; }), "");
  EXPECT_THAT(said([](auto &m) { node(m, 0).results = {77}; }), HasSubstr("type 77 of"));
}
TEST_F(MalformedDlm, Attributes) {
  EXPECT_THAT(said([](auto &m) { node(m, 0).attributes[0]->value.Reset(); }), HasSubstr("without a name or a value"));
  EXPECT_THAT(said([](auto &m) { node(m, 0).attributes[0]->name = ""; }), HasSubstr("without a name or a value"));
  auto enumeration = [](std::string text) {
    return [text](dlm::ModelT &m) {
      dlm::EnumT value;
      value.value = text;
      for (auto &attribute : node(m, 0).attributes)
        if (attribute->name == "kind")
          attribute->value.Set(value);
    };
  };
  EXPECT_NE(said(enumeration("#dlc<reduce sideways>")), "");
  EXPECT_NE(said(enumeration("affine_map<(d0) -> (d0)>")), "");
  EXPECT_NE(said(enumeration("#dlc.dims<" + std::string(60'000, '['))), "");
  EXPECT_THAT(said([](auto &m) {
                for (auto &attribute : node(m, 0).attributes)
                  if (auto *list = attribute->value.AsI64s())
                    list->values = {5, INT64_MIN};
              }),
              HasSubstr("reduce"));
}
TEST_F(MalformedDlm, Nodes) {
  EXPECT_THAT(said([](auto &m) { node(m, 2).operands = {0, 9}; }), HasSubstr("not defined before it is used"));
  EXPECT_THAT(said([](auto &m) { node(m, 2).op = "dlc.none"; }), HasSubstr("'dlc.none' is unknown"));
  EXPECT_THAT(said([](auto &m) { node(m, 2).version = 9; }), HasSubstr("from a newer dlc"));
  EXPECT_NE(said([](auto &m) { node(m, 2).operands = {0}; }), "");
  EXPECT_NE(said([](auto &m) { node(m, 2).results.clear(); }), "");
  EXPECT_NE(said([](auto &m) { m.functions[0]->body->nodes.pop_back(); }), "");
  EXPECT_THAT(said([](auto &m) { node(m, 2).location = 1000; }), HasSubstr("location 1000 of"));
}
TEST_F(MalformedDlm, Weights) {
  EXPECT_THAT(said([](auto &m) { m.weights[0]->value.Reset(); }), HasSubstr("has no value"));
  EXPECT_NE(said([](auto &m) { m.weights[1]->value.AsRule()->name = "none"; }), "");
  EXPECT_NE(said([](auto &m) { m.weights[0]->name = "r"; }), "");
  EXPECT_THAT(said([](auto &m) {
                dlm::StoredT stored;
                stored.offset = UINT64_MAX;
                stored.size = 8;
                m.weights[0]->value.Set(stored);
              }),
              HasSubstr("lies outside section 'weights'"));
  EXPECT_THAT(said([](auto &m) { m.weights[0]->value.AsConstant()->data.resize(3); }),
              HasSubstr("a constant of 3 bytes"));
}
} // namespace
