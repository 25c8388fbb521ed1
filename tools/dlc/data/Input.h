// Values given on the command line: `--input name=@file.npy`, `--input 1x3x224x224xf32=0`.
#pragma once
#include "tools/dlc/data/Tensor.h"
#include <map>
#include <optional>

namespace dlc::data {
/// `what` follows the name, if there is one:
///   @file.npy, @file.pb, @-   a tensor from a file or standard input (.pb is ONNX's TensorProto)
///   @images-idx3-ubyte[.gz]   IDX images, scaled to f32 as training scales them: (x/255 - 0.5)/0.5
///   TYPE=V                    TYPE as in 1x3x224x224xf32; V one number for all elements, or one for each, with commas
///   TYPE=random[:SEED]        normal numbers for floats, 0 to 9 for integers, coin tosses for bool
///   TYPE=range                0, 1, 2, ...
struct InputArgument {
  std::string name; ///< "" where none was given: the model's only input, or inputs in order
  Tensor tensor;
  bool images = false; ///< from IDX images: [n, rows, columns], to be reshaped to what the model takes
};
/// Throws Error, which quotes option and argument and shows what would do.
InputArgument parseInput(const std::string &argument, const char *option = "--input");
/// The same for `name=TYPE` without a value, as --shape takes it; `TYPE` may lack the element type ("64x784").
struct ShapeArgument {
  std::string name;
  Shape shape;
};
ShapeArgument parseShape(const std::string &argument);
/// "batch=1..64", "x:batch=1..64", "x:0=1..64": sizes that stay open; "32..320:32": in steps. Nothing where the
/// argument is none of these.
struct RangeArgument {
  std::string name;
  int64_t low, high, step;
};
std::optional<RangeArgument> parseRange(const std::string &argument);

/// A tensor from .npy, .pb or IDX.
Tensor readTensor(const std::string &path);
/// Standard normal for floats, 0..9 for integers, 0 or 1 for bool: the same for the same seed on every machine.
Tensor randomTensor(DType, const Shape &, uint64_t seed);
} // namespace dlc::data
