// Bindings of symbols from the shapes that somebody gives for inputs.
#include "passes/Specialize.h"
#include "passes/Registration.h"
#include "mlir/Parser/Parser.h"
#include <gmock/gmock.h>

namespace dlc {
namespace {
using testing::HasSubstr;

class BindingsTest : public testing::Test {
protected:
  BindingsTest() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    module = parseSourceString<ModuleOp>(R"(
      func.func @main(%x: tensor<?x?x8xf32, #dlc.dims<[batch, 2*seq + 1, 8]>> {dlc.name = "x"},
                      %mask: tensor<?x?xi1, #dlc.dims<[batch, seq]>> {dlc.name = "mask"},
                      %half: tensor<?xf32, #dlc.dims<[batch floordiv 2]>>) { return })",
                                         &context);
  }
  /// "batch=4 seq=3", or the error.
  std::string bind(const InputShapes &shapes) {
    std::string text;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &d) { text += d.str(); });
    auto bindings = findBindings(*module->getOps<func::FuncOp>().begin(), shapes);
    if (succeeded(bindings))
      for (auto &[name, size] : *bindings)
        text += (text.empty() ? "" : " ") + name + "=" + std::to_string(size);
    return text;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST_F(BindingsTest, PlainSymbolsAndExpressions) {
  EXPECT_EQ(bind({}), "");
  EXPECT_EQ(bind({{"mask", {4, 3}}}), "batch=4 seq=3");
  EXPECT_EQ(bind({{"x", {4, 7, 8}}}), "batch=4 seq=3");
  EXPECT_EQ(bind({{"x", {4, 7, 8}}, {"mask", {4, 3}}, {"arg2", {2}}}), "batch=4 seq=3");
  EXPECT_EQ(bind({{"x", {0, 1, 8}}}), "batch=0 seq=0");
}

TEST_F(BindingsTest, Errors) {
  EXPECT_THAT(bind({{"y", {4}}}), HasSubstr("there is no input 'y' to give a shape for; inputs are 'x', 'mask', 'arg2'"));
  EXPECT_THAT(bind({{"x", {4, 7}}}), HasSubstr("input 'x' (batchx(seq * 2 + 1)x8xf32): has rank 3, but its given shape is 4x7"));
  EXPECT_THAT(bind({{"x", {4, 7, 9}}}), HasSubstr("dimension 2 is 8, but its given shape is 4x7x9"));
  EXPECT_THAT(bind({{"x", {4, 8, 8}}}), HasSubstr("dimension 1 cannot be 8 for any 'seq'"));
  EXPECT_THAT(bind({{"x", {4, 7, 8}}, {"mask", {5, 3}}}),
              HasSubstr("input 'mask' (batchxseqxi1): dimension 0 must be 4, but its given shape is 5x3; 'batch' is 4 by "
                        "input 'x'"));
  EXPECT_THAT(bind({{"arg2", {2}}}), HasSubstr("dimension 0 is given as 2, but that does not decide its symbols"));
}

} // namespace
} // namespace dlc
