#include "tools/dlc/data/Wav.h"
#include "tools/dlc/data/Tensor.h"
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fmt/format.h>

namespace dlc::data {
namespace {
static_assert(std::endian::native == std::endian::little);
enum Format : uint16_t { Pcm = 1, Float = 3, Extensible = 0xfffe };

template <class T> T get(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

double sampleAt(std::string_view data, size_t at, uint16_t format, int bits) {
  if (format == Float)
    return bits == 32 ? get<float>(data, at) : get<double>(data, at);
  if (bits == 8)
    return (static_cast<uint8_t>(data[at]) - 128) / 128.0;
  if (bits == 16)
    return get<int16_t>(data, at) / 32768.0;
  if (bits == 32)
    return get<int32_t>(data, at) / 2147483648.0;
  uint32_t raw = static_cast<uint8_t>(data[at]) | static_cast<uint8_t>(data[at + 1]) << 8 |
                 static_cast<uint32_t>(static_cast<uint8_t>(data[at + 2])) << 16;
  return static_cast<int32_t>(raw << 8) / 2147483648.0;
}
} // namespace

Sound parseWav(std::string_view bytes, const std::string &where) {
  auto wrong = [&](const std::string &what) { throw Error(fmt::format("{}: {}", where, what)); };
  if (bytes.size() < 12 || bytes.substr(0, 4) != "RIFF" || bytes.substr(8, 4) != "WAVE")
    wrong("no WAV file");
  uint16_t format = 0, channels = 0, bits = 0;
  Sound sound;
  std::string_view data;
  bool found = false;
  for (size_t at = 12; at + 8 <= bytes.size() && !found;) {
    std::string_view name = bytes.substr(at, 4);
    size_t size = get<uint32_t>(bytes, at + 4);
    if (size > bytes.size() - at - 8)
      wrong(fmt::format("cut off: its part '{}' has {} bytes, {} are there", name, size, bytes.size() - at - 8));
    std::string_view chunk = bytes.substr(at + 8, size);
    if (name == "fmt " && size >= 16) {
      format = get<uint16_t>(chunk, 0);
      channels = get<uint16_t>(chunk, 2);
      sound.rate = get<uint32_t>(chunk, 4);
      bits = get<uint16_t>(chunk, 14);
      if (format == Extensible && size >= 26)
        format = get<uint16_t>(chunk, 24);
    } else if (name == "data") {
      data = chunk;
      found = true;
    }
    at += 8 + size + size % 2;
  }
  bool known = (format == Pcm && (bits == 8 || bits == 16 || bits == 24 || bits == 32)) ||
               (format == Float && (bits == 32 || bits == 64));
  if (!known || channels == 0)
    wrong(fmt::format("format {} with {} bits and {} channels, expected PCM of 8, 16, 24 or 32 bits or floats", format,
                      bits, channels));
  if (!found)
    wrong("holds no sound");
  size_t width = bits / 8u, frame = width * channels, frames = data.size() / frame;
  sound.samples.resize(frames);
  for (size_t i = 0; i < frames; ++i) {
    double sum = 0;
    for (size_t c = 0; c < channels; ++c)
      sum += sampleAt(data, i * frame + c * width, format, bits);
    sound.samples[i] = static_cast<float>(sum / channels);
    if (!std::isfinite(sound.samples[i]))
      wrong(fmt::format("sample {} is {}", i, sound.samples[i]));
  }
  return sound;
}

Sound readWav(const std::string &path) { return parseWav(readFile(path), path); }
} // namespace dlc::data
