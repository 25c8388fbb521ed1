// An ONNX file once more with other values of its weights: names, sizes that are open and all else stay.
#pragma once
#include "frontend/Tensor.h"
#include "onnx/onnx.pb.h"
#include <map>
#include <string>

namespace dlc {

/// Replaces the tensors of these names, initializers or constants of nodes, in bodies too. Data that lies beside the
/// file (`folder`) comes into it. False where a name is not there exactly once with this type and shape, or where the
/// model is too large for one protobuf message: then the proto is not to be used.
bool replaceWeights(onnx::ModelProto &, const std::string &folder, const std::map<std::string, Tensor> &values);

} // namespace dlc
