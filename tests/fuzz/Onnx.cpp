// The ONNX importer: whatever the file holds, it is refused with a reason or becomes a module that verifies.
#include "frontend/Model.h"
#include "frontend/onnx/NodeBuilder.h"
#include "ir/Dialect.h"
#include "tests/fuzz/Context.h"
#include "tests/fuzz/Support.h"

using namespace dlc;
using fuzz::Mutator;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const fuzz::Folder folder;
  static const std::string external = folder.write("w.bin", std::string(4096, '\x3f'));
  std::string path = folder.write("model.onnx", {reinterpret_cast<const char *>(data), size});
  fuzz::readModel(path);
  return 0;
}

namespace {
const std::vector<std::string> &operators() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list = {"If", "Loop", "Scan", "Constant", "Shape", "Size", "ConstantOfShape", "NonZero"};
    for (const ImportRow *row : importRows())
      list.emplace_back(row->op);
    return list;
  }();
  return names;
}
const char *attributes[] = {"axis",
                            "axes",
                            "pads",
                            "kernel_shape",
                            "strides",
                            "dilations",
                            "group",
                            "perm",
                            "to",
                            "keepdims",
                            "auto_pad",
                            "mode",
                            "blocksize",
                            "alpha",
                            "beta",
                            "epsilon",
                            "value",
                            "value_ints",
                            "value_float",
                            "output_padding",
                            "output_shape",
                            "ceil_mode",
                            "direction",
                            "hidden_size",
                            "starts",
                            "ends",
                            "start",
                            "end",
                            "shape",
                            "split",
                            "num_outputs",
                            "batch_dims",
                            "size",
                            "k",
                            "largest",
                            "exclusive",
                            "reverse",
                            "transA",
                            "transB",
                            "allowzero",
                            "noop_with_empty_axes",
                            "count_include_pad",
                            "storage_order",
                            "coordinate_transformation_mode",
                            "nearest_mode",
                            "equation",
                            "body",
                            "then_branch"};
const char *words[] = {
    "",          "SAME_UPPER",    "SAME_LOWER", "VALID", "NOTSET", "constant", "reflect",       "edge",
    "wrap",      "linear",        "nearest",    "cubic", "DCR",    "CRD",      "bidirectional", "reverse",
    "forward",   "align_corners", "half_pixel", "floor", "ceil",   "add",      "mul",           "none",
    "ij,jk->ik", "...ii->...i",   "ii",         "->",    "i,,"};

class GraphMutator : Mutator {
public:
  GraphMutator(unsigned seed, onnx::ModelProto &model) : Mutator(seed), model(model) {}

  void run() {
    collect(*model.mutable_graph());
    for (size_t n = 1 + below(3); n--;)
      one();
  }

private:
  onnx::ModelProto &model;
  std::vector<onnx::GraphProto *> graphs;
  std::vector<std::string> names = {"", "x", "y"};

  void collect(onnx::GraphProto &graph) {
    graphs.push_back(&graph);
    for (const auto &input : graph.input())
      names.push_back(input.name());
    for (const auto &tensor : graph.initializer())
      names.push_back(tensor.name());
    for (auto &node : *graph.mutable_node()) {
      for (const auto &output : node.output())
        names.push_back(output);
      for (auto &attribute : *node.mutable_attribute())
        if (attribute.has_g() && graphs.size() < 16)
          collect(*attribute.mutable_g());
    }
  }

  template <typename Field> void numbers(Field &field) {
    std::vector<int64_t> values(field.begin(), field.end());
    list(values, [&](int64_t &n) { n = number(n); });
    field.Clear();
    for (int64_t n : values)
      field.Add(n);
  }
  template <typename Field> void strings(Field &field) {
    std::vector<std::string> values(field.begin(), field.end());
    list(values, [&](std::string &s) { s = pick(names); });
    field.Clear();
    for (std::string &s : values)
      *field.Add() = s;
  }
  template <typename Field> auto *any(Field &field) {
    return field.empty() ? nullptr : field.Mutable(int(below(size_t(field.size()))));
  }

  void tensor(onnx::TensorProto &t) {
    switch (below(6)) {
    case 0:
      return t.set_data_type(int(below(24)));
    case 1:
      return numbers(*t.mutable_dims());
    case 2:
      return numbers(*t.mutable_int64_data());
    case 3: {
      std::string raw = t.raw_data();
      size_t size = raw.size();
      raw.resize(size + 16);
      raw.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t *>(raw.data()), size, raw.size()));
      return t.set_raw_data(raw);
    }
    case 4: { // as many values as the shape wants, each of them this
      uint64_t count = 1;
      for (int64_t n : t.dims())
        if (n < 0 || __builtin_mul_overflow(count, uint64_t(n), &count) || count > 4096)
          return;
      t.set_data_type(onnx::TensorProto::INT64);
      t.clear_raw_data();
      t.clear_int64_data();
      int64_t value = number(0);
      for (uint64_t i = 0; i < count; ++i)
        t.add_int64_data(value);
      return;
    }
    default: {
      t.set_data_location(onnx::TensorProto::EXTERNAL);
      t.clear_raw_data();
      auto &entry = *t.add_external_data();
      entry.set_key(oneIn(2) ? "location" : oneIn(2) ? "offset" : "length");
      entry.set_value(entry.key() == "location" ? "w.bin" : std::to_string(number(8)));
    }
    }
  }

  void attribute(onnx::AttributeProto &a) {
    switch (below(8)) {
    case 0:
      return a.set_name(pick(attributes));
    case 1:
      a.set_type(onnx::AttributeProto::INT);
      return a.set_i(number(a.i()));
    case 2:
    case 3:
      a.set_type(onnx::AttributeProto::INTS);
      return numbers(*a.mutable_ints());
    case 4:
      a.set_type(onnx::AttributeProto::FLOAT);
      return a.set_f(float(real(a.f())));
    case 5:
      a.set_type(onnx::AttributeProto::STRING);
      return a.set_s(pick(words));
    case 6:
      if (a.has_t())
        tensor(*a.mutable_t());
      return;
    default:
      return a.set_type(onnx::AttributeProto::AttributeType(below(15)));
    }
  }

  void one() {
    onnx::GraphProto &graph = *pick(graphs);
    onnx::NodeProto *node = any(*graph.mutable_node());
    switch (below(12)) {
    case 0:
      if (node)
        node->set_op_type(pick(operators()));
      return;
    case 1:
      if (node)
        strings(*node->mutable_input());
      return;
    case 2:
      if (node)
        strings(*node->mutable_output());
      return;
    case 3:
    case 4:
      if (node && node->attribute_size())
        attribute(*any(*node->mutable_attribute()));
      return;
    case 5:
      if (node && node->attribute_size() < 16) {
        auto &fresh = *node->add_attribute();
        fresh.set_name(pick(attributes));
        attribute(fresh);
      }
      return;
    case 6:
      if (auto *t = any(*graph.mutable_initializer()))
        tensor(*t);
      return;
    case 7:
    case 8:
      if (auto *input = any(*graph.mutable_input())) {
        auto &type = *input->mutable_type()->mutable_tensor_type();
        if (oneIn(3))
          return type.set_elem_type(int(below(24)));
        auto *dim = any(*type.mutable_shape()->mutable_dim());
        if (!dim || oneIn(4))
          dim = type.mutable_shape()->add_dim();
        dim->set_dim_value(number(dim->dim_value()));
      }
      return;
    case 9:
      if (node && graph.node_size() < 32) {
        onnx::NodeProto copy = *node;
        *graph.add_node() = copy;
        for (int i = 0; i < copy.output_size(); ++i)
          graph.mutable_node(graph.node_size() - 1)->set_output(i, "n" + std::to_string(below(8)));
      }
      return;
    case 10:
      if (auto *import = any(*model.mutable_opset_import()))
        import->set_version(int64_t(below(24)));
      return;
    default:
      if (auto *output = any(*graph.mutable_output()))
        output->set_name(pick(names));
    }
  }
};
} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  onnx::ModelProto model;
  if (seed % 4 == 0 || !model.ParseFromArray(data, int(size)) || !model.has_graph())
    return LLVMFuzzerMutate(data, size, most);
  GraphMutator(seed / 4, model).run();
  std::string bytes = model.SerializeAsString();
  if (bytes.empty() || bytes.size() > most)
    return LLVMFuzzerMutate(data, size, most);
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}
