// Shape arithmetic on the host: ONNX operators on small tensors whose values the importer knows.
#pragma once
#include "frontend/onnx/File.h"
#include <optional>

namespace dlc {

// Results are at most this many elements; larger ones are left to kernels.
inline constexpr int64_t hostEvalLimit = 1 << 16;

// True where `op` (default domain, upgraded form) can be computed on the host at all.
bool canEvaluate(const std::string &op);
// All of them, in no order.
std::vector<std::string> evaluatedOperators();

// Computes the node's outputs. An absent optional input is null. False where this form of the operator is not covered
// or the operands do not fit together; the importer then builds the operator and reports what is wrong with it.
bool evaluate(const onnx::NodeProto &node, const std::vector<const Tensor *> &inputs, std::vector<Tensor> &outputs);

// Inputs of an upgraded model that give axes, sizes, shapes or counts, directly or through shape arithmetic: the only
// ones that binding values at import is for.
std::vector<std::string> shapeInputs(const OnnxModel &model);

// Whether a tensor can have this shape at all: no negative dimension, and no more than 2^46 bytes, which no machine
// holds.
bool possibleShape(const std::vector<int64_t> &shape, size_t elementBytes);

// Numpy broadcasting of two shapes; nothing where they do not fit.
std::optional<std::vector<int64_t>> broadcastShapes(const std::vector<int64_t> &a, const std::vector<int64_t> &b);

// Start, step and count of one sliced dimension, clamped as ONNX says.
struct SliceRange {
  int64_t start, step, count;
};
SliceRange sliceRange(int64_t size, int64_t start, int64_t end, int64_t step);

// How sizes multiply and divide: as numbers unless told, with nothing where a product overflows. A quotient of what
// does not divide may be anything.
struct SizeMath {
  std::optional<int64_t> (*times)(int64_t, int64_t);
  int64_t (*over)(int64_t, int64_t);
};
extern const SizeMath plainSizes;
// The shape that Reshape's second input asks for; nothing where it does not fit.
std::optional<std::vector<int64_t>> reshapeShape(const std::vector<int64_t> &from, const std::vector<int64_t> &wanted,
                                                 bool allowZero, const SizeMath &math = plainSizes);

} // namespace dlc
