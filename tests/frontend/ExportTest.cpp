// The ONNX writer: what the modules of the examples and of real models become, and that they come in again.
#include "frontend/Model.h"
#include "frontend/onnx/File.h"
#include "frontend/onnx/Upgrade.h"
#include "ir/Dialect.h"
#include "mlir/Parser/Parser.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

using namespace dlc;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {
class Export : public testing::Test {
protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "dlc-export-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { fs::remove_all(folder); }
  std::string file(const std::string &name) { return (folder / name).string(); }

  // Exports MLIR text; the model it becomes, or nothing with what was said.
  std::optional<OnnxModel> write(const std::string &text) {
    context.loadDialect<DLCDialect, func::FuncDialect>();
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &d) {
      said += d.str() + "\n";
      return success();
    });
    auto module = parseSourceString<ModuleOp>(text, ParserConfig(&context));
    if (!module || failed(saveModel(*module, file("m.onnx"))))
      return std::nullopt;
    return read(file("m.onnx"));
  }
  static OnnxModel read(const std::string &path) {
    OnnxModel model;
    std::string error;
    EXPECT_TRUE(readOnnx(path, model, error)) << error;
    return model;
  }
  static std::vector<std::string> ops(const OnnxModel &model) {
    std::vector<std::string> names;
    for (const auto &node : model.proto.graph().node())
      names.push_back(node.op_type());
    return names;
  }
  // ONNX's own checker, where Python has it.
  static bool haveChecker() {
    static bool have = std::system((python() + " -c 'import onnx' 2>/dev/null").c_str()) == 0;
    return have;
  }
  static std::string python() {
    const char *given = std::getenv("DLC_ONNX_PYTHON");
    return given ? given : "python3";
  }
  static void expectChecked(const std::string &path) {
    std::string command = python() +
                          " -c 'import onnx,sys; onnx.checker.check_model(onnx.load(sys.argv[1]), "
                          "full_check=True)' " +
                          path;
    if (haveChecker())
      EXPECT_EQ(std::system(command.c_str()), 0) << path;
  }
  fs::path folder;
  MLIRContext context;
  std::string said;
};

TEST_F(Export, LinearLayerIsOneGemm) {
  auto model = write(R"(
    dlc.weight @w : tensor<3x4xf32> = #dlc.rule<"zeros">
    dlc.weight @b : tensor<3xf32> = #dlc.rule<"zeros">
    func.func @main(%x: tensor<?x4xf32, #dlc.dims<[batch, 4]>> {dlc.name = "x"})
        -> (tensor<?x3xf32, #dlc.dims<[batch, 3]>> {dlc.name = "y"}) {
      %w = dlc.get_weight @w : tensor<3x4xf32>
      %b = dlc.get_weight @b : tensor<3xf32>
      %0 = dlc.dot_general %x, %w batch = [] x [] contract = [1] x [1]
           : (tensor<?x4xf32, #dlc.dims<[batch, 4]>>, tensor<3x4xf32>) -> tensor<?x3xf32, #dlc.dims<[batch, 3]>>
           loc("fc1")
      %1 = dlc.broadcast %b dims = [1] : tensor<3xf32> -> tensor<?x3xf32, #dlc.dims<[batch, 3]>>
      %2 = dlc.add %0, %1 : tensor<?x3xf32, #dlc.dims<[batch, 3]>>
      return %2 : tensor<?x3xf32, #dlc.dims<[batch, 3]>>
    })");
  ASSERT_TRUE(model) << said;
  EXPECT_THAT(ops(*model), ElementsAre("Gemm"));
  const auto &graph = model->proto.graph();
  EXPECT_EQ(graph.node(0).name(), "fc1");
  EXPECT_THAT(std::vector<std::string>(graph.node(0).input().begin(), graph.node(0).input().end()),
              ElementsAre("x", "w", "b"));
  EXPECT_EQ(graph.node(0).output(0), "y");
  EXPECT_EQ(graph.input(0).type().tensor_type().shape().dim(0).dim_param(), "batch");
  expectChecked(file("m.onnx"));
}

TEST_F(Export, BroadcastsAreLeftToNumpy) {
  auto model = write(R"(func.func @main(%x: tensor<2x3x4xf32>, %c: tensor<3xf32>, %r: tensor<4xf32>)
      -> (tensor<2x3x4xf32>, tensor<2x3x4xf32>) {
      %0 = dlc.broadcast %r dims = [2] : tensor<4xf32> -> tensor<2x3x4xf32>
      %1 = dlc.mul %x, %0 : tensor<2x3x4xf32>
      %2 = dlc.broadcast %c dims = [1] : tensor<3xf32> -> tensor<2x3x4xf32>
      %3 = dlc.mul %x, %2 : tensor<2x3x4xf32>
      return %1, %3 : tensor<2x3x4xf32>, tensor<2x3x4xf32>
    })");
  ASSERT_TRUE(model) << said;
  EXPECT_THAT(ops(*model), ElementsAre("Mul", "Reshape", "Mul"));
  EXPECT_EQ(model->proto.graph().output(1).name(), "result1");
  expectChecked(file("m.onnx"));
}

TEST_F(Export, FormsFollowTheOpset) {
  std::string body = R"( {
      %0 = dlc.reduce sum %x dims = [1] : tensor<2x3xf32> -> tensor<2xf32>
      return %0 : tensor<2xf32>
    } })";
  std::string head = "func.func @main(%x: tensor<2x3xf32>) -> tensor<2xf32>";
  auto old = write("module attributes {dlc.onnx_opset = 9 : i64} { " + head + body);
  ASSERT_TRUE(old) << said;
  EXPECT_EQ(old->opset(), 9);
  EXPECT_EQ(intsAttr(old->proto.graph().node(0), "axes"), std::vector<int64_t>{1});
  expectChecked(file("m.onnx"));
  auto current = write("module attributes {dlc.onnx_opset = 13 : i64} { " + head + body);
  ASSERT_TRUE(current) << said;
  EXPECT_EQ(current->proto.graph().node(0).input_size(), 2);
  expectChecked(file("m.onnx"));
}

TEST_F(Export, TheOpsetIsRaisedWhereItMustBe) {
  auto model = write(R"(module attributes {dlc.onnx_opset = 8 : i64, dlc.onnx_ir_version = 3 : i64} {
    func.func @main(%c: tensor<2xi1>, %x: tensor<2xf32>) -> tensor<2xf32> {
      %0 = dlc.select %c, %x, %x : tensor<2xi1>, tensor<2xf32>
      return %0 : tensor<2xf32>
    } })");
  ASSERT_TRUE(model) << said;
  EXPECT_EQ(model->opset(), 9);
  EXPECT_EQ(model->proto.ir_version(), 3);
  EXPECT_THAT(said, HasSubstr("written as ONNX opset 9: 8 cannot say this model"));
  expectChecked(file("m.onnx"));
}

TEST_F(Export, OutputsThatAreNoNodesResultAreCopied) {
  auto model = write(R"(func.func @main(%x: tensor<2xf32> {dlc.name = "x"}) -> (tensor<2xf32> {dlc.name = "a"},
      tensor<2xf32> {dlc.name = "b"}, tensor<2xf32> {dlc.name = "c"}) {
      %0 = dlc.exp %x : tensor<2xf32>
      return %0, %0, %x : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
    })");
  ASSERT_TRUE(model) << said;
  EXPECT_THAT(ops(*model), ElementsAre("Exp", "Identity", "Identity"));
  expectChecked(file("m.onnx"));
}

TEST_F(Export, LoopsAreWrittenAsTheirSteps) {
  auto model = write(R"(
func.func @main(%x: tensor<4xf32> {dlc.name = "x"}, %y: tensor<4xf32> {dlc.name = "y"}) -> (tensor<4xf32> {dlc.name = "z"}) {
  %0 = dlc.while(%x, %y) carried = 1 limit = 3 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %1 = dlc.mul %a, %b : tensor<4xf32>
    dlc.yield %1 : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
})");
  ASSERT_TRUE(model) << said;
  EXPECT_THAT(ops(*model), testing::ElementsAre("Mul", "Mul", "Mul"));
}

// Sizes that are open come from the input that has them.
TEST_F(Export, StatesOfAnOpenBatch) {
  auto model = write(R"(
!x = tensor<?x4xf32, #dlc.dims<[batch, 4]>>
!s = tensor<?x2xf32, #dlc.dims<[batch, 2]>>
func.func @main(%x: !x {dlc.name = "x"}) -> (!s {dlc.name = "z"}) {
  %z = dlc.constant dense<1.0> : tensor<f32>
  %0 = dlc.broadcast %z dims = [] : tensor<f32> -> !s
  %w = dlc.constant dense<[[0.5, 1.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %1 = dlc.dot_general %0, %w batch = [] x [] contract = [1] x [1] : (!s, tensor<2x2xf32>) -> !s
  return %1 : !s
})");
  ASSERT_TRUE(model) << said;
  EXPECT_THAT(ops(*model), testing::ElementsAre("Shape", "Gather", "Concat", "Expand", "Gemm"));
  expectChecked(file("m.onnx"));
}

// Elements that are picked, and weighted sums of them; indices outside are clamped.
TEST_F(Export, ResampledImagesAreGathered) {
  auto model = write(R"(
func.func @main(%x: tensor<1x1x2x2xf32> {dlc.name = "x"}) -> (tensor<1x1x3x4xf32> {dlc.name = "y"}, tensor<1x1x4x2xf32> {dlc.name = "z"}) {
  %rows = dlc.constant dense<[[0, 0, 1]]> : tensor<1x3xi32>
  %columns = dlc.constant dense<[[-1, 0, 1, 2]]> : tensor<1x4xi32>
  %0 = dlc.resize %x, %rows, %columns dims = [2, 3] : tensor<1x1x2x2xf32>, tensor<1x3xi32>, tensor<1x4xi32> -> tensor<1x1x3x4xf32>
  %taps = dlc.constant dense<[[0, 0, 0, 1], [0, 1, 1, 1]]> : tensor<2x4xi32>
  %weights = dlc.constant dense<[[0.5, 0.75, 0.25, 0.5], [0.5, 0.25, 0.75, 0.5]]> : tensor<2x4xf32>
  %1 = dlc.resize %x, %taps, %weights dims = [2] : tensor<1x1x2x2xf32>, tensor<2x4xi32>, tensor<2x4xf32> -> tensor<1x1x4x2xf32>
  return %0, %1 : tensor<1x1x3x4xf32>, tensor<1x1x4x2xf32>
})");
  ASSERT_TRUE(model) << said;
  EXPECT_THAT(ops(*model),
              ElementsAre("Reshape", "Gather", "Max", "Min", "Reshape", "Gather", "Gather", "Gather", "Gather",
                          "Reshape", "Mul", "Gather", "Gather", "Gather", "Reshape", "Mul", "Add"));
  expectChecked(file("m.onnx"));
}

TEST_F(Export, DropoutDoesNothingInAForwardModel) {
  auto model = write(R"(func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
      %0 = dlc.dropout %x ratio = 0.25 seed = 8 id = 1 : tensor<2xf32> loc("drop")
      return %0 : tensor<2xf32>
    })");
  ASSERT_TRUE(model) << said;
  const auto &drop = model->proto.graph().node(model->proto.graph().node_size() - 1);
  EXPECT_EQ(drop.op_type(), "Dropout");
  EXPECT_EQ(drop.input_size(), 2); // no training_mode
  EXPECT_EQ(drop.attribute(0).name(), "seed");
  EXPECT_EQ(drop.attribute(0).i(), 7);
  expectChecked(file("m.onnx"));
}

TEST_F(Export, WhatOnnxCannotSayIsAnError) {
  auto model = write(R"(func.func @main(%s: tensor<2xi64>) -> tensor<2xf32> {
      %0 = dlc.rng_uniform %s id = 0 : tensor<2xi64> -> tensor<2xf32> loc("noise")
      return %0 : tensor<2xf32>
    })");
  EXPECT_FALSE(model);
  EXPECT_THAT(said, HasSubstr("node 'noise' (dlc.rng_uniform): cannot be said in ONNX"));
  EXPECT_FALSE(fs::exists(file("m.onnx")));
}

// A file whose weights were trained stays as it is but for them: sizes that are open, opset, names, constants of nodes.
TEST_F(Export, OtherWeightsInTheSameFile) {
  onnx::ModelProto file;
  file.set_ir_version(8);
  file.set_producer_name("somebody");
  file.add_opset_import()->set_version(13);
  auto &graph = *file.mutable_graph();
  auto &x = *graph.add_input();
  x.set_name("x");
  x.mutable_type()->mutable_tensor_type()->set_elem_type(1);
  for (const char *dim : {"batch", "some.length", "3"})
    if (auto &d = *x.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim(); *dim == '3')
      d.set_dim_value(3);
    else
      d.set_dim_param(dim);
  auto hold = [](onnx::TensorProto &proto, const std::string &name, std::vector<int64_t> shape, double value) {
    Tensor tensor = Tensor::filled(DType::F32, std::move(shape), value);
    tensor.name = name;
    tensorToProto(tensor, proto);
  };
  hold(*graph.add_initializer(), "w", {3, 3}, 2);
  hold(*graph.add_initializer(), "untouched", {3}, 4);
  auto node = [&](const char *op, std::vector<std::string> inputs, const char *output) -> onnx::NodeProto & {
    auto &n = *graph.add_node();
    n.set_op_type(op);
    for (auto &input : inputs)
      n.add_input(input);
    n.add_output(output);
    return n;
  };
  auto &value = *node("Constant", {}, "b").add_attribute();
  value.set_name("value");
  value.set_type(onnx::AttributeProto::TENSOR);
  hold(*value.mutable_t(), "inside", {3}, 3);
  node("MatMul", {"x", "w"}, "p");
  node("Add", {"p", "b"}, "q");
  node("Mul", {"q", "untouched"}, "y");
  auto &more = *node("Constant", {}, "more").add_attribute(); // weights are in nodes, for the most part
  more.set_name("value");
  more.set_type(onnx::AttributeProto::TENSOR);
  hold(*more.mutable_t(), "", {4, 4}, 3);
  graph.add_output()->set_name("y");
  std::ofstream(this->file("in.onnx"), std::ios::binary) << file.SerializeAsString();

  LoadOptions options;
  options.constantsAreWeights = true;
  options.shapes = {{"batch", {2}}, {"some.length", {4}}};
  auto module = loadModel(context, this->file("in.onnx"), options);
  ASSERT_TRUE(module);
  auto set = [&](const char *name, const std::vector<float> &values) {
    auto &store = context.getOrLoadDialect<DLCDialect>()->weights();
    ArrayRef bytes(reinterpret_cast<const char *>(values.data()), 4 * values.size());
    module->lookupSymbol<WeightOp>(name).setValueAttr(store.add(&context, bytes));
  };
  set("w", {1, 2, 3, 4, 5, 6, 7, 8, 9});
  set("b", {-1, -2, -3});
  ASSERT_TRUE(succeeded(saveWithWeights(*module, this->file("in.onnx"), {"w", "b"}, this->file("out.onnx"))));
  OnnxModel out = read(this->file("out.onnx"));
  auto floats = [](onnx::TensorProto &proto) {
    Tensor tensor;
    std::string error;
    EXPECT_TRUE(tensorFromProto(proto, ".", tensor, error)) << error;
    return std::vector<float>(tensor.as<float>(), tensor.as<float>() + tensor.elements());
  };
  auto &w = *out.proto.mutable_graph()->mutable_initializer(0);
  auto &b = *out.proto.mutable_graph()->mutable_node(0)->mutable_attribute(0)->mutable_t();
  EXPECT_THAT(floats(w), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(floats(b), ElementsAre(-1, -2, -3));
  w = graph.initializer(0);
  b = value.t();
  EXPECT_EQ(out.proto.SerializeAsString(), file.SerializeAsString());

  // What the file does not hold once, or otherwise, has to be written anew.
  EXPECT_TRUE(failed(saveWithWeights(*module, this->file("in.onnx"), {"w", "none"}, this->file("no.onnx"))));
  *graph.add_initializer() = graph.initializer(0);
  std::ofstream(this->file("in.onnx"), std::ios::binary) << file.SerializeAsString();
  EXPECT_TRUE(failed(saveWithWeights(*module, this->file("in.onnx"), {"w"}, this->file("no.onnx"))));
  EXPECT_FALSE(fs::exists(this->file("no.onnx")));
}

// The examples go out and come in again with their interface.
TEST_F(Export, Examples) {
  for (const char *name : {"mlp", "cnn", "models/lstm", "models/unet3d", "models/detector", "models/speech"}) {
    SCOPED_TRACE(name);
    MLIRContext fresh;
    auto module = loadModel(fresh, std::string("examples/") + name + ".mlir");
    ASSERT_TRUE(module);
    ASSERT_TRUE(succeeded(saveModel(*module, file("e.onnx"))));
    expectChecked(file("e.onnx"));
    LoadOptions options;
    options.shapes["batch"] = {5};
    auto again = loadModel(fresh, file("e.onnx"), options);
    ASSERT_TRUE(again);
    Signature before = getSignature(*module), after = getSignature(*again);
    ASSERT_EQ(before.inputs.size(), after.inputs.size());
    EXPECT_EQ(before.inputs[0].name, after.inputs[0].name);
    EXPECT_EQ(before.outputs[0].name, after.outputs[0].name);
    EXPECT_EQ(after.outputs[0].shape[0], 5);
  }
}

// Real models keep names, opset and interface; importing what was written gives the same graph size.
TEST_F(Export, RealModels) {
  const char *where = std::getenv("DLC_MODELS");
  fs::path models = where ? where : "../shared/data/models";
  if (!fs::exists(models))
    GTEST_SKIP() << "no models at " << models;
  for (const char *name : {"mnist_cntk", "mnist_bn", "resnet_cifar"}) {
    SCOPED_TRACE(name);
    MLIRContext fresh;
    std::string source = (models / name / "model.onnx").string();
    auto module = loadModel(fresh, source);
    ASSERT_TRUE(module);
    ASSERT_TRUE(succeeded(saveModel(*module, file("r.onnx"))));
    expectChecked(file("r.onnx"));
    OnnxModel before = read(source), after = read(file("r.onnx"));
    EXPECT_EQ(before.opset(), after.opset());
    EXPECT_EQ(before.proto.ir_version(), after.proto.ir_version());
    Signature in, out;
    std::string error;
    ASSERT_TRUE(readOnnxSignature(source, in, error) && readOnnxSignature(file("r.onnx"), out, error));
    ASSERT_EQ(in.inputs.size(), out.inputs.size());
    EXPECT_EQ(in.inputs[0].name, out.inputs[0].name);
    EXPECT_EQ(in.inputs[0].shape, out.inputs[0].shape);
    EXPECT_EQ(in.outputs[0].name, out.outputs[0].name);
    auto again = loadModel(fresh, file("r.onnx"));
    ASSERT_TRUE(again);
    // What is written a second time is what was written the first time.
    ASSERT_TRUE(succeeded(saveModel(*again, file("s.onnx"))));
    EXPECT_EQ(ops(read(file("s.onnx"))), ops(after));
  }
}
} // namespace
