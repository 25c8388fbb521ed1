// Opening ONNX files: the whole model, or one tensor of test data.
#pragma once
#include "frontend/Tensor.h"
#include "onnx/onnx.pb.h"
#include <string>

namespace dlc {

// A file mapped read-only; empty where it could not be opened (error says why).
class MappedFile {
public:
  static std::shared_ptr<const MappedFile> open(const std::string &path, std::string &error);
  ~MappedFile();
  const char *data() const { return begin; }
  size_t size() const { return length; }

private:
  MappedFile() = default;
  const char *begin = nullptr;
  size_t length = 0;
};

struct OnnxModel {
  std::string path;
  onnx::ModelProto proto;
  int64_t opset(const std::string &domain = {}) const; // 0 where the domain is not imported; "" is ai.onnx
};

// Reads a model. False with one line in error ("x.onnx: truncated or not an ONNX model ...").
bool readOnnx(const std::string &path, OnnxModel &model, std::string &error);

// The bytes of a TensorProto, whichever of its fields holds them; `folder` is where external data lies.
// Sub-byte and string tensors are refused. Big-endian hosts are not supported.
// `borrow`: the tensor may point into the proto, which must then outlive it.
bool tensorFromProto(const onnx::TensorProto &proto, const std::string &folder, Tensor &tensor, std::string &error,
                     bool borrow = false);
void tensorToProto(const Tensor &tensor, onnx::TensorProto &proto); // raw_data

// A .pb file with one TensorProto, as ONNX's test_data_set_* folders hold them.
bool readTensorFile(const std::string &path, Tensor &tensor, std::string &error);

} // namespace dlc
