// NumPy's .npy files, versions 1 to 3: what `dlc run` reads and writes.
#pragma once
#include "tools/dlc/data/Tensor.h"

namespace dlc::data {
/// `where` names the source in errors. Column-major files are transposed; big-endian ones are swapped.
/// bfloat16 has no NumPy type: files of void of two bytes ('V2', as ml_dtypes writes) are read as bf16. Throws Error.
Tensor parseNpy(std::string_view bytes, const std::string &where);
/// bf16 and fp8 are written as f32, 4-bit types as 8-bit ones: NumPy has no such types.
std::string formatNpy(const Tensor &);
} // namespace dlc::data
