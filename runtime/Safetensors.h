// safetensors: eight bytes of length, a header of JSON, the tensors' bytes one after the other.
#pragma once
#include "runtime/Status.h"
#include "runtime/executable_generated.h"

#include <map>
#include <string_view>
#include <vector>

namespace dlc::rt {

struct StoredTensor {
  std::string name;
  fb::DType dtype;
  std::vector<int64_t> shape;
  uint64_t begin, end; ///< its bytes, counted from the header's end
};

struct SafetensorsHeader {
  std::vector<StoredTensor> tensors; ///< in the order of their bytes, without gaps
  std::map<std::string, std::string> metadata;
};

/// Of the JSON, as the first bytes of a file say it; `first` may be shorter than 8. `where` names the file in errors.
Status safetensorsLength(std::string_view first, uint64_t fileSize, const std::string &where, uint64_t &length);
/// All of the header is checked: types, shapes, that tensors lie within the file and neither overlap nor leave gaps.
Status parseSafetensors(std::string_view json, uint64_t dataSize, const std::string &where, SafetensorsHeader &out);
/// Puts the tensors in order, wide elements first, says where they lie, and gives what stands before their bytes.
/// Types of fewer than 8 bits are refused.
Status layOutSafetensors(SafetensorsHeader &, const std::string &where, std::string &text);
/// Whether the format has a name for the type.
bool inSafetensors(fb::DType);
/// "128x784xf32", "f32" for a scalar.
std::string describe(fb::DType, const std::vector<int64_t> &shape);

} // namespace dlc::rt
