// safetensors: eight bytes of length, a header of JSON, the tensors' bytes one after the other.
#pragma once
#include "tools/dlc/data/Tensor.h"
#include <map>
#include <string_view>

namespace dlc::data {

struct Safetensors {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// `where` names the source in errors. All of the header is checked: types, shapes, that tensors lie within the file
/// and neither overlap nor leave gaps. Throws Error.
Safetensors parseSafetensors(std::string_view bytes, const std::string &where);
Safetensors readSafetensors(const std::string &path);
/// The metadata alone: the tensors are not read.
std::map<std::string, std::string> readSafetensorsMetadata(const std::string &path);
/// The file is there whole or not at all, also after a power cut. Types of fewer than 8 bits are refused. Throws Error.
void writeSafetensors(const std::string &path, const Safetensors &);
} // namespace dlc::data
