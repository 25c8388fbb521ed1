// PNG and JPEG files, where the libraries for them were there when dlc was built.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dlc::data {
/// Planes of bytes: [channels, height, width].
struct Image {
  int64_t channels = 0, height = 0, width = 0;
  std::vector<uint8_t> pixels;
};
/// `channels`: 1 (grey) or 3 (red, green, blue), whatever the file has; 0: as the file has it. Transparent pixels lie
/// on black. Throws Error: a damaged file, or a format that this dlc was built without.
Image parseImage(std::string_view bytes, int channels, const std::string &where);
Image readImage(const std::string &path, int channels);
/// Bilinear, means of areas where it shrinks.
Image resize(const Image &, int64_t width, int64_t height);
} // namespace dlc::data
