// WAV files: PCM of 8 to 32 bits and floats of 32 and 64, their channels mixed to one.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dlc::data {
struct Sound {
  int64_t rate = 0; ///< samples a second
  std::vector<float> samples;
};
/// Throws Error: damaged, compressed, or samples that are no numbers.
Sound parseWav(std::string_view bytes, const std::string &where);
Sound readWav(const std::string &path);
} // namespace dlc::data
