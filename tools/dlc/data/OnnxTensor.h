// ONNX's test data: one TensorProto a file.
#pragma once
#include "tools/dlc/data/Tensor.h"

namespace dlc::data {
/// Throws Error, also for element types that dlc has none of (strings, complex numbers).
struct NamedTensor {
  std::string name;
  Tensor tensor;
};
NamedTensor readOnnxTensor(const std::string &path);
/// Type and shape alone; no element is looked at.
struct TensorType {
  DType dtype;
  Shape shape;
};
TensorType readOnnxTensorType(const std::string &path);
} // namespace dlc::data
