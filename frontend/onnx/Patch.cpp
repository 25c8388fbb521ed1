#include "frontend/onnx/Patch.h"
#include "frontend/onnx/File.h"
#include <set>

namespace dlc {
namespace {
constexpr size_t most = size_t(2) << 30; ///< bytes of a protobuf message

struct Held {
  onnx::TensorProto *tensor;
  std::string name;
};
/// What a graph and the bodies of its nodes hold.
void collect(onnx::GraphProto &graph, std::vector<Held> &list) {
  for (auto &tensor : *graph.mutable_initializer())
    list.push_back({&tensor, tensor.name()});
  for (auto &node : *graph.mutable_node())
    for (auto &attribute : *node.mutable_attribute()) {
      if (attribute.has_t())
        list.push_back({attribute.mutable_t(),
                        node.op_type() == "Constant" && node.output_size() ? node.output(0) : std::string()});
      if (attribute.has_g())
        collect(*attribute.mutable_g(), list);
      for (auto &body : *attribute.mutable_graphs())
        collect(body, list);
    }
}

/// Keeps name, type and shape.
void setBytes(onnx::TensorProto &proto, std::string_view bytes) {
  onnx::TensorProto fresh;
  fresh.set_data_type(proto.data_type());
  *fresh.mutable_dims() = proto.dims();
  if (proto.has_name())
    fresh.set_name(proto.name());
  if (proto.has_doc_string())
    fresh.set_doc_string(proto.doc_string());
  fresh.set_raw_data(bytes.data(), bytes.size());
  proto = std::move(fresh);
}
} // namespace

bool replaceWeights(onnx::ModelProto &model, const std::string &folder, const std::map<std::string, Tensor> &values) {
  std::vector<Held> list;
  collect(*model.mutable_graph(), list);
  std::set<std::string> replaced;
  size_t beside = 0;
  for (auto &[proto, name] : list) {
    auto value = values.find(name);
    if (value != values.end()) {
      const Tensor &tensor = value->second;
      bool fits = DType(proto->data_type()) == tensor.dtype && size_t(proto->dims_size()) == tensor.shape.size() &&
                  std::equal(tensor.shape.begin(), tensor.shape.end(), proto->dims().begin());
      if (!fits || !replaced.insert(name).second)
        return false;
      setBytes(*proto, {tensor.data, tensor.size});
    } else if (proto->data_location() == onnx::TensorProto::EXTERNAL) {
      Tensor tensor;
      std::string error;
      if (packedBits(DType(proto->data_type())) || !tensorFromProto(*proto, folder, tensor, error) ||
          (beside += tensor.size) >= most)
        return false;
      setBytes(*proto, tensor.bytes());
    }
  }
  return replaced.size() == values.size() && model.ByteSizeLong() < most;
}

} // namespace dlc
