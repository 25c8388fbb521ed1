// ONNX nodes that make no sense: a problem at the node, never the end of the process.
#include "frontend/Model.h"
#include "frontend/onnx/File.h"
#include "ir/Dialect.h"
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

using namespace dlc;
using testing::HasSubstr;
using Shapes = std::vector<std::pair<std::string, std::vector<int64_t>>>;

namespace {
class Malformed : public testing::Test {
protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "dlc-malformed-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(17);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  onnx::NodeProto &node(const std::string &op, std::vector<std::string> inputs) {
    auto &made = *model.mutable_graph()->add_node();
    made.set_name("n");
    made.set_op_type(op);
    for (const std::string &name : inputs)
      made.add_input(name);
    made.add_output("y");
    return made;
  }
  static void ints(onnx::NodeProto &node, const std::string &name, std::vector<int64_t> values) {
    auto &attr = *node.add_attribute();
    attr.set_name(name);
    attr.set_type(onnx::AttributeProto::INTS);
    for (int64_t value : values)
      attr.add_ints(value);
  }
  static void integer(onnx::NodeProto &node, const std::string &name, int64_t value) {
    auto &attr = *node.add_attribute();
    attr.set_name(name);
    attr.set_type(onnx::AttributeProto::INT);
    attr.set_i(value);
  }
  static void text(onnx::NodeProto &node, const std::string &name, const std::string &value) {
    auto &attr = *node.add_attribute();
    attr.set_name(name);
    attr.set_type(onnx::AttributeProto::STRING);
    attr.set_s(value);
  }
  void input(const std::string &name, std::vector<int64_t> shape, int type = 1) {
    auto &made = *model.mutable_graph()->add_input();
    made.set_name(name);
    auto &tensor = *made.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    tensor.mutable_shape();
    for (int64_t size : shape)
      tensor.mutable_shape()->add_dim()->set_dim_value(size);
  }
  /// What is said of the model; it must be refused.
  std::string refused() {
    model.mutable_graph()->add_output()->set_name("y");
    std::string path = (folder / "m.onnx").string(), said;
    std::ofstream(path, std::ios::binary) << model.SerializeAsString();
    MLIRContext context;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &d) {
      said += d.str() + "\n";
      return success();
    });
    EXPECT_FALSE(loadModel(context, path)) << "was taken";
    return said;
  }
  onnx::ModelProto model;
  std::filesystem::path folder;
};

TEST_F(Malformed, ReductionOverOneAxisTwice) {
  input("x", {4, 2, 5});
  ints(node("MeanVarianceNormalization", {"x"}), "axes", {1, 1});
  EXPECT_THAT(refused(), HasSubstr("node 'n' (MeanVarianceNormalization"));
}
TEST_F(Malformed, ConvolutionWhoseGroupsDoNotDivide) {
  input("x", {1, 3, 8, 8}, 2);
  input("w", {4, 1, 3, 3}, 2);
  integer(node("ConvInteger", {"x", "w"}), "group", 3);
  EXPECT_THAT(refused(), HasSubstr("node 'n' (ConvInteger"));
}
TEST_F(Malformed, EinsumThatNamesAResultTwice) {
  input("x", {3, 4});
  input("w", {4, 4});
  text(node("Einsum", {"x", "w"}), "equation", "ij,jk->ii");
  EXPECT_THAT(refused(), HasSubstr("node 'n' (Einsum"));
}
TEST_F(Malformed, StridesOfZero) {
  input("x", {1, 3, 8, 8});
  input("w", {3, 3, 3, 3});
  ints(node("ConvTranspose", {"x", "w"}), "strides", {0, 0});
  EXPECT_THAT(refused(), HasSubstr("node 'n' (ConvTranspose"));
}
TEST_F(Malformed, ShapesThatNoTensorCanHave) {
  input("x", {1ll << 40, 1ll << 40});
  node("Relu", {"x"});
  EXPECT_THAT(refused(), HasSubstr("input 'x' has the shape 1099511627776x1099511627776, which is not possible"));
}
TEST_F(Malformed, NodesWithoutOperandsOrResults) {
  for (const char *op : {"Softmax", "Affine", "Upsample", "Reshape"}) {
    model.mutable_graph()->Clear();
    model.mutable_opset_import(0)->set_version(5);
    auto &made = *model.mutable_graph()->add_node();
    made.set_op_type(op);
    EXPECT_NE(refused(), "") << op;
  }
}
TEST_F(Malformed, LoopsWithoutTheirOperands) {
  node("Loop", {}).add_attribute()->set_name("body");
  EXPECT_THAT(refused(), HasSubstr("(Loop"));
}
TEST_F(Malformed, FunctionsThatCallThemselvesTwice) {
  auto &function = *model.add_functions();
  function.set_name("f");
  function.set_domain("d");
  function.add_input("a");
  function.add_output("b");
  for (int i : {0, 1}) {
    auto &call = *function.add_node();
    call.set_op_type("f");
    call.set_domain("d");
    call.add_input("a");
    call.add_output(i ? "b" : "c");
  }
  input("x", {2});
  node("f", {"x"}).set_domain("d");
  EXPECT_THAT(refused(), HasSubstr("dlc has no such operator"));
}
} // namespace
