// The ONNX importer on models made here: what it builds, what it evaluates away, and what it says.
#include "frontend/Model.h"
#include "frontend/onnx/Importer.h"
#include "ir/Dropout.h"
#include <gmock/gmock.h>
#include <set>

using namespace dlc;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {
struct Case {
  OnnxModel model;
  LoadOptions options;
  MLIRContext context;
  std::vector<std::string> said;
  std::vector<LoadProblem> problems;

  Case(int64_t opset) {
    model.path = "some/model.onnx";
    model.proto.set_ir_version(8);
    model.proto.add_opset_import()->set_version(opset);
  }
  onnx::GraphProto &graph() { return *model.proto.mutable_graph(); }
  static void describe(onnx::ValueInfoProto &info, const std::string &name, std::vector<std::string> dims) {
    info.set_name(name);
    auto &type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(1);
    type.mutable_shape();
    for (auto &dim : dims)
      if (isdigit(dim[0]))
        type.mutable_shape()->add_dim()->set_dim_value(std::stoll(dim));
      else
        type.mutable_shape()->add_dim()->set_dim_param(dim);
  }
  void input(const std::string &name, std::vector<std::string> dims) { describe(*graph().add_input(), name, dims); }
  void output(const std::string &name) { graph().add_output()->set_name(name); }
  void weight(const std::string &name, std::vector<int64_t> shape) {
    Tensor tensor = Tensor::filled(DType::F32, shape, 0.5);
    tensor.name = name;
    tensorToProto(tensor, *graph().add_initializer());
  }
  void ints(const std::string &name, std::vector<int64_t> values) {
    Tensor tensor = Tensor::fromI64(values);
    tensor.name = name;
    tensorToProto(tensor, *graph().add_initializer());
  }
  onnx::NodeProto &node(const std::string &op, std::vector<std::string> inputs, std::vector<std::string> outputs,
                        const std::string &name = {}) {
    auto &node = *graph().add_node();
    node.set_op_type(op);
    node.set_name(name);
    for (auto &input : inputs)
      node.add_input(input);
    for (auto &output : outputs)
      node.add_output(output);
    return node;
  }
  OwningOpRef<ModuleOp> import() {
    context.loadDialect<DLCDialect, func::FuncDialect>();
    options.problems = &problems;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &d) {
      said.push_back(d.str());
      return success();
    });
    upgradeOnnx(model);
    return importOnnx(context, model, options);
  }
};
std::vector<std::string> opsOf(ModuleOp module) {
  std::vector<std::string> names;
  module.lookupSymbol<func::FuncOp>("main").walk([&](Operation *op) {
    if (op->getDialect()->getNamespace() == "dlc")
      names.push_back(op->getName().stripDialect().str());
  });
  return names;
}

TEST(Import, ConvWithTheWrongChannels) {
  Case c(13);
  c.input("data", {"1", "4", "224", "224"});
  c.weight("w", {64, 3, 7, 7});
  c.node("Conv", {"data", "w"}, {"y"}, "conv1");
  c.output("y");
  EXPECT_FALSE(c.import());
  EXPECT_THAT(c.said, ElementsAre("model.onnx: node 'conv1' (Conv, opset 13): weight 64x3x7x7 wants 3 input channels, "
                                  "but 'data' has 4; pass --shape data=1x3x224x224 or check its layout"));
}

TEST(Import, AllProblemsAtOnce) {
  Case c(13);
  c.input("x", {"2", "3"});
  c.node("Relu", {"x"}, {"a"});
  c.node("Frobnicate", {"a"}, {"b"}, "first");
  c.node("Relu", {"b"}, {"c"}, "behind"); // not a problem of its own
  c.node("Gemm", {"a", "a"}, {"d"}, "second");
  c.node("Mangle", {"c", "d"}, {"e"}).set_domain("com.example");
  c.output("e");
  EXPECT_FALSE(c.import());
  ASSERT_EQ(c.problems.size(), 3u);
  EXPECT_EQ(c.problems[0].node, "first");
  EXPECT_TRUE(c.problems[0].unsupported);
  EXPECT_EQ(c.problems[1].op, "Gemm");
  EXPECT_FALSE(c.problems[1].unsupported);
  EXPECT_THAT(c.said[1], HasSubstr("do not multiply: 3 against 2"));
  EXPECT_EQ(c.problems[2].op, "com.example.Mangle");
  EXPECT_EQ(c.problems[2].node, "Mangle_4");
}

TEST(Import, OpenDimensionsAskForAShapeAndTakeSymbols) {
  Case open(13);
  open.input("x", {"batch", "3"});
  open.node("Relu", {"x"}, {"y"});
  open.output("y");
  EXPECT_FALSE(open.import());
  EXPECT_THAT(open.said, ElementsAre("model.onnx: input 'x' has shape batchx3; pass --shape x=1x3"));

  Case bound(13);
  std::string error;
  ASSERT_TRUE(parseShapeOption("batch=4", bound.options, error));
  bound.input("x", {"batch", "3"});
  bound.node("Relu", {"x"}, {"y"});
  bound.output("y");
  auto module = bound.import();
  ASSERT_TRUE(module);
  EXPECT_EQ(getSignature(*module).outputs[0].shape, (std::vector<int64_t>{4, 3}));
  EXPECT_FALSE(parseShapeOption("batch", bound.options, error));
  EXPECT_FALSE(parseShapeOption("x=1xq", bound.options, error));
}

// Flattening by Shape, Gather, Unsqueeze and Concat, as exporters write it: one reshape is left.
TEST(Import, ShapeArithmeticIsEvaluatedAway) {
  Case c(13);
  c.input("x", {"2", "3", "4"});
  c.ints("zero", {0});
  c.ints("minus", {-1});
  c.node("Shape", {"x"}, {"s"});
  c.node("Gather", {"s", "zero"}, {"n"});
  c.node("Concat", {"n", "minus"}, {"to"}).add_attribute()->set_name("axis");
  c.node("Reshape", {"x", "to"}, {"y"});
  c.output("y");
  auto module = c.import();
  ASSERT_TRUE(module) << (c.said.empty() ? "" : c.said[0]);
  EXPECT_THAT(opsOf(*module), ElementsAre("reshape"));
  EXPECT_EQ(getSignature(*module).outputs[0].shape, (std::vector<int64_t>{2, 12}));
}

TEST(Import, BroadcastsAreExplicitAndNamesReachLocations) {
  Case c(13);
  c.input("x", {"2", "3"});
  c.weight("b", {3});
  c.node("Add", {"x", "b"}, {"y"}, "bias");
  c.output("y");
  auto module = c.import();
  ASSERT_TRUE(module);
  EXPECT_THAT(opsOf(*module), ElementsAre("get_weight", "broadcast", "add"));
  auto weight = *module->getOps<WeightOp>().begin();
  EXPECT_EQ(weight.getSymName(), "b");
  EXPECT_FALSE(weight.getFrozen());
  module->walk([&](AddOp add) { EXPECT_EQ(cast<NameLoc>(add.getLoc()).getName(), "bias"); });
}

// A forward model hands its operand on; a step of training made of the file draws, with the ratio that the file gives
// in its opset's way, or a half.
TEST(Import, DropoutIsThereForTraining) {
  for (int64_t opset : {7, 13}) {
    Case c(opset);
    c.input("x", {"2", "3"});
    auto &first = c.node("Dropout", {"x"}, {"a"}, "plain");
    if (opset < 12)
      setAttr(first, "ratio", 0.25f);
    else
      setAttr(first, "seed", int64_t(8));
    c.node("Dropout", {"a"}, {"b"}, "second");
    c.output("b");
    auto module = c.import();
    ASSERT_TRUE(module);
    EXPECT_THAT(opsOf(*module), ElementsAre("dropout", "dropout"));
    std::vector<DropoutOp> drops;
    module->walk([&](DropoutOp op) { drops.push_back(op); });
    EXPECT_EQ(drops[0].getRatio().convertToDouble(), opset < 12 ? 0.25 : 0.5);
    EXPECT_EQ(drops[0].getSeed(), opset < 12 ? 0u : 9u);
    EXPECT_EQ(drops[1].getRatio().convertToDouble(), 0.5);
    EXPECT_NE(drops[0].getId(), drops[1].getId());
  }
  Case c(13);
  c.input("x", {"2", "3"});
  Tensor one = Tensor::filled(DType::F32, {}, 1);
  one.name = "ratio";
  tensorToProto(one, *c.graph().add_initializer());
  c.node("Dropout", {"x", "ratio"}, {"y"}, "all");
  c.output("y");
  EXPECT_FALSE(c.import());
  EXPECT_THAT(c.said, ElementsAre(HasSubstr("node 'all' (Dropout, opset 13): a ratio of 1")));
}

// A mask of infinities is no weight: training's decay would make it NaN.
TEST(Import, WhatIsNotFiniteIsNoWeight) {
  Case c(13);
  c.input("x", {"2", "3"});
  c.weight("w", {3});
  Tensor mask = Tensor::filled(DType::F32, {3}, -std::numeric_limits<double>::infinity());
  mask.name = "mask";
  tensorToProto(mask, *c.graph().add_initializer());
  c.node("Mul", {"x", "w"}, {"p"});
  c.node("Add", {"p", "mask"}, {"y"});
  c.output("y");
  auto module = c.import();
  ASSERT_TRUE(module) << (c.said.empty() ? "" : c.said[0]);
  std::vector<std::string> names;
  for (WeightOp weight : module->getOps<WeightOp>())
    names.push_back(weight.getSymName().str());
  EXPECT_THAT(names, ElementsAre("w"));
}

// Some exporters hold their weights in nodes; for training they are weights. What is computed at import stays so.
TEST(Import, ConstantsOfNodesAreWeightsForTraining) {
  for (bool training : {false, true}) {
    Case c(13);
    c.options.constantsAreWeights = training;
    c.input("x", {"2", "3"});
    auto constant = [&](const std::string &name, std::vector<int64_t> shape) {
      auto &value = *c.node("Constant", {}, {name}).add_attribute();
      value.set_name("value");
      value.set_type(onnx::AttributeProto::TENSOR);
      tensorToProto(Tensor::filled(DType::F32, shape, 0.5), *value.mutable_t());
    };
    constant("b", {3});
    constant("half", {});
    constant("c", {3});
    c.node("Add", {"x", "b"}, {"p"});
    c.node("Mul", {"p", "half"}, {"q"});
    c.node("Neg", {"c"}, {"d"});
    c.node("Add", {"q", "d"}, {"y"});
    c.output("y");
    auto module = c.import();
    ASSERT_TRUE(module) << (c.said.empty() ? "" : c.said[0]);
    std::vector<std::string> names;
    for (auto weight : module->getOps<WeightOp>()) {
      names.push_back(weight.getSymName().str());
      EXPECT_FALSE(weight.getFrozen());
    }
    EXPECT_EQ(names, training ? std::vector<std::string>{"b"} : std::vector<std::string>{});
  }
}

// Where the weights are initializers, a table in a node is part of a formula.
TEST(Import, ConstantsBesideMoreInitializersStay) {
  for (int64_t size : {2, 4}) {
    Case c(13);
    c.options.constantsAreWeights = true;
    c.input("x", {"2", "3"});
    c.weight("w", {size, 1});
    auto &value = *c.node("Constant", {}, {"scale"}).add_attribute();
    value.set_name("value");
    value.set_type(onnx::AttributeProto::TENSOR);
    tensorToProto(Tensor::filled(DType::F32, {3}, 0.5), *value.mutable_t());
    c.node("Mul", {"x", "scale"}, {"y"});
    c.node("Identity", {"w"}, {"z"});
    c.output("y");
    c.output("z");
    auto module = c.import();
    ASSERT_TRUE(module) << (c.said.empty() ? "" : c.said[0]);
    std::set<std::string> names;
    for (auto weight : module->getOps<WeightOp>())
      names.insert(weight.getSymName().str());
    EXPECT_EQ(names, size == 4 ? std::set<std::string>({"w"}) : std::set<std::string>({"scale", "w"}));
  }
}

TEST(Import, WeightsOverOneKibibyteAreBlobs) {
  Case c(13);
  c.input("x", {"1", "300"});
  c.weight("small", {256});
  c.weight("large", {300});
  c.node("Add", {"x", "large"}, {"a"});
  c.node("Identity", {"small"}, {"b"});
  c.output("a");
  c.output("b");
  auto module = c.import();
  ASSERT_TRUE(module);
  std::map<std::string, bool> blobs;
  for (WeightOp weight : module->getOps<WeightOp>())
    blobs[weight.getSymName().str()] = isa<dlc::BlobAttr>(weight.getValue());
  EXPECT_EQ(blobs, (std::map<std::string, bool>{{"large", true}, {"small", false}}));
}

TEST(Import, BoundInputsBecomeConstantsAndStayInTheSignature) {
  Case c(13);
  c.input("x", {"2", "3"});
  c.input("to", {"1"});
  c.graph().mutable_input(1)->mutable_type()->mutable_tensor_type()->set_elem_type(7);
  c.node("Reshape", {"x", "to"}, {"y"});
  c.output("y");
  c.options.values["to"] = Tensor::fromI64({6});
  auto module = c.import();
  ASSERT_TRUE(module) << (c.said.empty() ? "" : c.said[0]);
  Signature signature = getSignature(*module);
  EXPECT_EQ(signature.inputs.size(), 2u);
  EXPECT_EQ(signature.inputs[1].name, "to");
  EXPECT_EQ(signature.outputs[0].shape, (std::vector<int64_t>{6}));

  Case unbound(13);
  unbound.input("x", {"2", "3"});
  unbound.input("to", {"1"});
  unbound.graph().mutable_input(1)->mutable_type()->mutable_tensor_type()->set_elem_type(7);
  unbound.node("Reshape", {"x", "to"}, {"y"});
  unbound.output("y");
  EXPECT_FALSE(unbound.import());
  EXPECT_THAT(unbound.said[0], HasSubstr("known at run time only"));
}

TEST(Import, ABranchWithAKnownConditionIsInlined) {
  Case c(13);
  c.input("x", {"2"});
  auto &node = c.node("If", {"flag"}, {"y"}, "if");
  Tensor flag = Tensor::filled(DType::Bool, {}, 1);
  flag.name = "flag";
  tensorToProto(flag, *c.graph().add_initializer());
  for (auto [name, op] : {std::pair("then_branch", "Relu"), std::pair("else_branch", "Nothing")}) {
    auto &attr = *node.add_attribute();
    attr.set_name(name);
    auto &inner = *attr.mutable_g()->add_node();
    inner.set_op_type(op);
    inner.add_input("x");
    inner.add_output(std::string(op) + "_out");
    attr.mutable_g()->add_output()->set_name(std::string(op) + "_out");
  }
  c.output("y");
  auto module = c.import();
  ASSERT_TRUE(module) << (c.said.empty() ? "" : c.said[0]);
  EXPECT_THAT(opsOf(*module), ElementsAre("relu"));
}

TEST(Import, ABranchThatDoesNotFitTheShapesIsTheOpenConditionsFault) {
  Case c(13);
  c.input("x", {"2", "3"});
  c.input("flag", {});
  c.graph().mutable_input(1)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::BOOL);
  auto &node = c.node("If", {"flag"}, {"y"}, "if");
  auto branch = [&](const char *name, const char *op, std::vector<std::string> inputs) {
    auto &attr = *node.add_attribute();
    attr.set_name(name);
    auto &inner = *attr.mutable_g()->add_node();
    inner.set_op_type(op);
    inner.set_name(std::string(name) + "_node");
    for (auto &input : inputs)
      inner.add_input(input);
    inner.add_output(std::string(op) + "_out");
    attr.mutable_g()->add_output()->set_name(std::string(op) + "_out");
  };
  branch("then_branch", "Gemm", {"x", "x"});
  branch("else_branch", "Nothing", {"x"});
  c.output("y");
  EXPECT_FALSE(c.import());
  ASSERT_EQ(c.problems.size(), 2u); // and both at once
  EXPECT_EQ(c.problems[0].op, "Nothing");
  EXPECT_TRUE(c.problems[0].unsupported);
  EXPECT_EQ(c.problems[1].node, "if");
  EXPECT_TRUE(c.problems[1].unsupported);
  EXPECT_THAT(c.problems[1].reason, HasSubstr("node 'then_branch_node' (Gemm) of a branch does not fit these shapes"));
  EXPECT_THAT(c.problems[1].reason, HasSubstr("the condition is known at run time only"));
}
} // namespace
