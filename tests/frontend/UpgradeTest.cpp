// The table of old ONNX forms: one case for each kind of rewriting, and properties of the whole table.
#include "frontend/onnx/Upgrade.h"
#include <gtest/gtest.h>

using namespace dlc;

namespace {
using Node = onnx::NodeProto;

OnnxModel modelWith(int64_t opset, const std::string &op, std::vector<std::string> inputs) {
  OnnxModel model;
  model.proto.set_ir_version(3);
  model.proto.add_opset_import()->set_version(opset);
  Node &node = *model.proto.mutable_graph()->add_node();
  node.set_op_type(op);
  for (auto &input : inputs)
    node.add_input(input);
  node.add_output("y");
  return model;
}
Node &only(OnnxModel &model) { return *model.proto.mutable_graph()->mutable_node(0); }
std::vector<std::string> ops(const OnnxModel &model) {
  std::vector<std::string> names;
  for (const auto &node : model.proto.graph().node())
    names.push_back(node.op_type());
  return names;
}
using Names = std::vector<std::string>;

TEST(Upgrade, NamesNamelessNodes) {
  OnnxModel model = modelWith(13, "Relu", {"x"});
  upgradeOnnx(model);
  EXPECT_EQ(only(model).name(), "Relu_0");
}

TEST(Upgrade, AttributeBecomesInput) {
  OnnxModel model = modelWith(1, "Reshape", {"x"});
  setAttr(only(model), "shape", std::vector<int64_t>{2, -1});
  setAttr(only(model), "consumed_inputs", std::vector<int64_t>{0});
  upgradeOnnx(model);
  EXPECT_EQ(ops(model), (Names{"Constant", "Reshape"}));
  const Node &reshape = model.proto.graph().node(1);
  EXPECT_EQ(reshape.attribute_size(), 0);
  EXPECT_EQ(reshape.input(1), model.proto.graph().node(0).output(0));
  EXPECT_EQ(model.proto.graph().node(0).attribute(0).t().dims(0), 2);
}

TEST(Upgrade, NewFormsStayAsTheyAre) {
  OnnxModel model = modelWith(13, "Softmax", {"x"});
  upgradeOnnx(model);
  EXPECT_EQ(ops(model), Names{"Softmax"});
  EXPECT_EQ(findAttr(only(model), "axis"), nullptr);
}

TEST(Upgrade, SoftmaxOfFlattenedOperand) {
  OnnxModel model = modelWith(7, "Softmax", {"x"});
  upgradeOnnx(model);
  EXPECT_EQ(ops(model), (Names{"Flatten", "Softmax", "Shape", "Reshape"}));
  EXPECT_EQ(intAttr(model.proto.graph().node(1), "axis", 0), -1);
  EXPECT_EQ(model.proto.graph().node(3).output(0), "y");
}

TEST(Upgrade, ClipBoundsTakeTheOperandsType) {
  OnnxModel model = modelWith(6, "Clip", {"x"});
  setAttr(only(model), "max", 6.0f);
  upgradeOnnx(model);
  EXPECT_EQ(ops(model), (Names{"Constant", "CastLike", "Clip"}));
  EXPECT_EQ(model.proto.graph().node(2).input(1), "");
  EXPECT_EQ(model.proto.graph().node(2).input_size(), 3);
}

TEST(Upgrade, LegacyBroadcastKeepsItsAxis) {
  OnnxModel model = modelWith(6, "Add", {"a", "b"});
  setAttr(only(model), "broadcast", int64_t(1));
  setAttr(only(model), "axis", int64_t(1));
  upgradeOnnx(model);
  ASSERT_EQ(ops(model), (Names{"BroadcastAxis", "Add"}));
  EXPECT_EQ(model.proto.graph().node(0).domain(), upgradeDomain);
  EXPECT_EQ(model.proto.graph().node(1).attribute_size(), 0);
}

TEST(Upgrade, UpsampleBecomesResize) {
  OnnxModel model = modelWith(7, "Upsample", {"x"});
  setAttr(only(model), "mode", std::string("bilinear"));
  auto &attr = *only(model).add_attribute();
  attr.set_name("scales");
  attr.add_floats(1);
  attr.add_floats(2);
  upgradeOnnx(model);
  ASSERT_EQ(ops(model), (Names{"Constant", "Resize"}));
  EXPECT_EQ(stringAttr(model.proto.graph().node(1), "mode", ""), "linear");
  EXPECT_EQ(model.proto.graph().node(1).input_size(), 3);
}

TEST(Upgrade, CastByName) {
  OnnxModel model = modelWith(1, "Cast", {"x"});
  setAttr(only(model), "to", std::string("FLOAT16"));
  upgradeOnnx(model);
  EXPECT_EQ(intAttr(only(model), "to", 0), int64_t(DType::F16));
}

TEST(Upgrade, FunctionsAreInlinedWithTheirAttributes) {
  OnnxModel model = modelWith(17, "Twice", {"x"});
  only(model).set_domain("mine");
  only(model).set_name("t");
  setAttr(only(model), "slope", 0.5f);
  auto &function = *model.proto.add_functions();
  function.set_domain("mine");
  function.set_name("Twice");
  function.add_input("in");
  function.add_output("out");
  for (auto [from, to] : {std::pair("in", "mid"), std::pair("mid", "out")}) {
    Node &node = *function.add_node();
    node.set_op_type("LeakyRelu");
    node.add_input(from);
    node.add_output(to);
    auto &attr = *node.add_attribute();
    attr.set_name("alpha");
    attr.set_ref_attr_name("slope");
  }
  upgradeOnnx(model);
  ASSERT_EQ(ops(model), (Names{"LeakyRelu", "LeakyRelu"}));
  const auto &first = model.proto.graph().node(0), &second = model.proto.graph().node(1);
  EXPECT_EQ(first.input(0), "x");
  EXPECT_EQ(first.output(0), second.input(0));
  EXPECT_EQ(second.output(0), "y");
  EXPECT_EQ(floatAttr(second, "alpha", 0), 0.5f);
  EXPECT_EQ(first.name(), "t/LeakyRelu_0");
}

// A rule must leave nothing that it would rewrite again: upgrading twice is upgrading once.
TEST(Upgrade, EveryRuleIsIdempotent) {
  for (size_t i = 0; i < upgradeRuleCount; ++i) {
    if (upgradeRules[i].op == std::string_view("*") || upgradeRules[i].rewrite == nullptr)
      continue;
    OnnxModel once = modelWith(1, upgradeRules[i].op, {"x", "b"});
    upgradeOnnx(once);
    std::string first = once.proto.graph().SerializeAsString();
    once.proto.mutable_opset_import(0)->set_version(21);
    upgradeOnnx(once);
    EXPECT_EQ(once.proto.graph().SerializeAsString(), first) << upgradeRules[i].op;
  }
}
} // namespace
