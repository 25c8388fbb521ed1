// Every row of the import table meets operands and attributes that make no sense to it: of any rank, size and type,
// known and unknown. Each node is refused with a reason or becomes operators that verify. One seed, so a failure comes
// back; DLC_ROWS_SEED and DLC_ROWS_NODES ask for others and for more.
#include "frontend/Types.h"
#include "frontend/onnx/Importer.h"
#include "mlir/IR/Verifier.h"
#include "tests/fuzz/Context.h"
#include <gtest/gtest.h>
#include <random>

using namespace dlc;

namespace {
struct Nonsense {
  std::mt19937 random;
  onnx::ModelProto model;

  int64_t below(int64_t count) { return int64_t(random() % uint64_t(count)); }
  template <typename List> auto oneOf(const List &list) {
    return *(std::begin(list) + below(int64_t(std::size(list))));
  }

  int64_t size() {
    static const int64_t usual[] = {1, 2, 3, 4, 5, 6}, odd[] = {0, 7, 64, 65536, int64_t(1) << 31, int64_t(1) << 45};
    return below(8) ? oneOf(usual) : oneOf(odd);
  }
  int64_t number() {
    static const int64_t odd[] = {0, -1, -2, 7, 100, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, int64_t(1) << 47};
    return below(6) ? below(4) : oneOf(odd);
  }
  DType type() {
    static const DType types[] = {DType::F32, DType::F32, DType::F32, DType::F32,  DType::I64, DType::I64,
                                  DType::I32, DType::U8,  DType::I8,  DType::Bool, DType::F16, DType::F64};
    return oneOf(types);
  }

  void operand(onnx::NodeProto &node, int index, const std::vector<int64_t> &like) {
    auto &graph = *model.mutable_graph();
    std::string name = "x" + std::to_string(index);
    node.add_input(below(24) ? name : "");
    std::vector<int64_t> shape = like;
    if (index && below(3))
      for (shape.resize(size_t(below(5))); int64_t &d : shape)
        d = size();
    else if (index && !shape.empty() && below(2))
      shape[size_t(below(int64_t(shape.size())))] = size();
    // The second operand and those behind it are often what decides shapes.
    if (index && below(2) && elementCount(shape) <= 4096) {
      bool whole = below(3);
      if (whole)
        shape = {below(5)};
      std::vector<double> values;
      for (int64_t i = 0; i < elementCount(shape); ++i)
        values.push_back(double(number()));
      Tensor tensor = NodeBuilder::tensorOf(values, shape, whole ? DType::I64 : type());
      tensor.name = name;
      tensorToProto(tensor, *graph.add_initializer());
      return;
    }
    auto &input = *graph.add_input();
    input.set_name(name);
    auto &tensor = *input.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(int(index && below(3) ? DType::F32 : type()));
    tensor.mutable_shape();
    for (int64_t d : shape)
      tensor.mutable_shape()->add_dim()->set_dim_value(d);
  }

  void attribute(onnx::NodeProto &node, const char *name) {
    static const char *words[] = {"SAME_UPPER", "VALID", "reflect", "edge",          "wrap",          "linear",
                                  "nearest",    "cubic", "DCR",     "CRD",           "bidirectional", "reverse",
                                  "half_pixel", "add",   "mul",     "align_corners", "ij,jk->ik",     "...ii->...i",
                                  "->",         "i,,",   "max",     "asymmetric",    "zeros",         "border"};
    auto &attr = *node.add_attribute();
    attr.set_name(name);
    switch (below(4)) {
    case 0:
      attr.set_type(onnx::AttributeProto::INT);
      attr.set_i(number());
      break;
    case 1:
      attr.set_type(onnx::AttributeProto::INTS);
      for (int64_t i = below(5); i--;)
        attr.add_ints(number());
      break;
    case 2:
      attr.set_type(onnx::AttributeProto::STRING);
      attr.set_s(oneOf(words));
      break;
    default:
      attr.set_type(onnx::AttributeProto::FLOAT);
      attr.set_f(float(number()));
    }
  }

  OnnxModel make(const ImportRow &row) {
    static const char *integers[] = {"axis",
                                     "group",
                                     "keepdims",
                                     "blocksize",
                                     "ceil_mode",
                                     "hidden_size",
                                     "to",
                                     "batch_dims",
                                     "largest",
                                     "exclusive",
                                     "reverse",
                                     "transA",
                                     "layout",
                                     "inverse",
                                     "onesided",
                                     "p",
                                     "num_outputs",
                                     "k",
                                     "num_heads",
                                     "output_height",
                                     "output_width",
                                     "sampling_ratio",
                                     "storage_order",
                                     "batch_axis",
                                     "time_axis",
                                     "block_size",
                                     "num_groups",
                                     "align_corners",
                                     "size"};
    static const char *lists[] = {"axes",           "pads",         "kernel_shape", "strides", "dilations", "perm",
                                  "output_padding", "output_shape", "value_ints",   "shape",   "split",     "scales"};
    static const char *texts[] = {"mode",
                                  "auto_pad",
                                  "equation",
                                  "direction",
                                  "reduction",
                                  "padding_mode",
                                  "coordinate_transformation_mode",
                                  "nearest_mode",
                                  "keep_aspect_ratio_policy"};
    model.Clear();
    model.set_ir_version(8);
    model.add_opset_import()->set_version(below(4) ? 17 : 1 + below(22));
    StringRef op(row.op);
    auto &node = *model.mutable_graph()->add_node();
    size_t dot = op.rfind('.');
    node.set_op_type((dot == StringRef::npos ? op : op.substr(dot + 1)).str());
    if (dot != StringRef::npos) {
      node.set_domain(op.substr(0, dot).str());
      auto &domain = *model.add_opset_import();
      domain.set_domain(node.domain());
      domain.set_version(1);
    }
    node.set_name("n");
    std::vector<int64_t> shape(size_t(below(6)));
    for (int64_t &d : shape)
      d = size();
    for (int i = 0, count = int(row.inputs + below(3)); i < count; ++i)
      operand(node, i, shape);
    for (int64_t i = below(6); i--;) {
      const char *name = below(2) ? oneOf(integers) : below(3) ? oneOf(lists) : oneOf(texts);
      attribute(node, name);
    }
    // Window operators without a window say one thing only.
    if (below(2)) {
      auto &attr = *node.add_attribute();
      attr.set_name("kernel_shape");
      attr.set_type(onnx::AttributeProto::INTS);
      for (size_t d = 2; d < shape.size(); ++d)
        attr.add_ints(1 + below(3));
    }
    for (int64_t i = 0, count = 1 + below(3); i < count; ++i) {
      node.add_output("y" + std::to_string(i));
      model.mutable_graph()->add_output()->set_name(node.output(int(i)));
    }
    OnnxModel made;
    made.path = "nonsense.onnx";
    made.proto = model;
    return made;
  }
};

int64_t given(const char *name, int64_t otherwise) {
  const char *text = getenv(name);
  return text ? std::stoll(text) : otherwise;
}

TEST(Rows, BearNonsense) {
  Nonsense nonsense;
  nonsense.random.seed(unsigned(given("DLC_ROWS_SEED", 1)));
  int64_t nodes = given("DLC_ROWS_NODES", 40), imported = 0;
  const char *record = getenv("DLC_ROWS_RECORD"); // the model that is being imported, for when it is the last
  for (const ImportRow *row : importRows())
    for (int64_t i = 0; i < nodes; ++i) {
      OnnxModel model = nonsense.make(*row);
      MLIRContext &context = fuzz::context();
      context.loadDialect<DLCDialect, func::FuncDialect>();
      std::string text = model.proto.ShortDebugString();
      if (record)
        if (FILE *file = fopen(record, "w")) {
          fputs(text.c_str(), file);
          fclose(file);
        }
      bool said = false;
      ScopedDiagnosticHandler handler(&context, [&](Diagnostic &d) {
        said |= d.getSeverity() == DiagnosticSeverity::Error;
        return success();
      });
      std::vector<LoadProblem> problems;
      LoadOptions options;
      options.problems = &problems;
      upgradeOnnx(model);
      OwningOpRef<ModuleOp> module = importOnnx(context, model, options);
      for (const LoadProblem &problem : problems)
        ASSERT_FALSE(problem.reason.empty()) << text;
      ASSERT_TRUE(module || said || !problems.empty()) << "refused without a reason: " << text;
      if (!module)
        continue;
      ++imported;
      ASSERT_TRUE(succeeded(verify(*module))) << text;
    }
  EXPECT_GT(imported, nodes * 10) << "hardly any of the nodes make sense, so hardly any code was reached";
}
} // namespace
