#include "tools/dlc/training/Augment.h"
#include <algorithm>
#include <charconv>
#include <cstring>
#include <fmt/format.h>

namespace dlc::cli {

Augmentation parseAugmentation(const std::string &text) {
  Augmentation result;
  for (size_t at = 0; at <= text.size() && !text.empty();) {
    size_t end = std::min(text.find(',', at), text.size()), equals = std::min(text.find('=', at), end);
    std::string key = text.substr(at, equals - at),
                value = equals < end ? text.substr(equals + 1, end - equals - 1) : "";
    int64_t number = 0;
    auto [last, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    bool good = error == std::errc() && last == value.data() + value.size() && number > 0 && number < 1 << 14;
    if (key == "crop" && good)
      result.crop = number;
    else if (key == "cutout" && good)
      result.cutout = number;
    else if (key == "flip" && value.empty())
      result.flip = true;
    else if (key == "layout" && (value == "nchw" || value == "nhwc"))
      result.layout = value == "nchw" ? Augmentation::Layout::First : Augmentation::Layout::Last;
    else
      throw data::Error(fmt::format("'{}': expected crop=PIXELS, flip, cutout=PIXELS or "
                                    "layout=nchw|nhwc, with commas",
                                    text));
    at = end + 1;
  }
  return result;
}

bool channelsLast(const Augmentation &a, const data::Column &column) {
  if (column.shape.size() != 3)
    return false;
  auto few = [](int64_t n) { return n == 1 || n == 3 || n == 4; };
  return a.layout == Augmentation::Layout::Guessed ? few(column.shape[2]) && !few(column.shape[0])
                                                   : a.layout == Augmentation::Layout::Last;
}

bool augments(const Augmentation &augmentation, const data::Column &column) {
  if (!augmentation.any() || column.classes || column.shape.size() < 2)
    return false;
  if (column.shape.size() > 3)
    throw data::Error(fmt::format("column '{}' is {} a sample, expected an image of 2 or 3 dimensions to augment",
                                  column.name, data::describe(column.dtype, column.shape)));
  return true;
}

std::pair<int64_t, int64_t> sizeOf(const Augmentation &a, const data::Column &column) {
  size_t rank = column.shape.size(), first = channelsLast(a, column) ? 0 : rank - 2;
  return {column.shape[first], column.shape[first + 1]};
}

void checkTogether(const Augmentation &a, const data::Column &image, const data::Column &labels) {
  auto [h, w] = sizeOf(a, image);
  auto [rows, columns] = sizeOf(a, labels);
  bool same = h == rows && w == columns, map = rows && columns && h % rows == 0 && w % columns == 0;
  if (!same && (a.crop || !map))
    throw data::Error(
        fmt::format("--augment changes '{}', {} a sample, and '{}', {}, which lies over it: {}", image.name,
                    data::describe(image.dtype, image.shape), labels.name, data::describe(labels.dtype, labels.shape),
                    map ? "what differs in size cannot be cut out with it (crop)" : "their sizes do not fit"));
}

void augment(const Augmentation &a, const data::Column &column, uint64_t seed, int64_t epoch, int64_t sample,
             const std::byte *from, std::byte *to) {
  data::Draws draws(seed, static_cast<uint64_t>(epoch), static_cast<uint64_t>(sample) + 1);
  auto draw = [&](int64_t below) { return static_cast<int64_t>(draws.below(static_cast<uint64_t>(below))); };
  // A pixel's channels lie behind each other, or in planes.
  size_t rank = column.shape.size(), width = exe::bitWidth(column.dtype) / 8;
  bool last = channelsLast(a, column);
  int64_t planes = rank == 3 && !last ? column.shape[0] : 1;
  int64_t h = column.shape[last ? 0 : rank - 2], w = column.shape[last ? 1 : rank - 1];
  width *= last ? static_cast<size_t>(column.shape[2]) : 1;
  // Everything is drawn whether it is used or not: one option does not change what another one does.
  int64_t dy = draw(2 * a.crop + 1) - a.crop, dx = draw(2 * a.crop + 1) - a.crop;
  bool mirrored = draw(2) && a.flip;
  int64_t top = draw(h) - a.cutout / 2, left = draw(w) - a.cutout / 2;
  for (int64_t p = 0; p < planes; ++p)
    for (int64_t y = 0; y < h; ++y)
      for (int64_t x = 0; x < w; ++x) {
        int64_t sy = y + dy, sx = (mirrored ? w - 1 - x : x) + dx;
        bool inside = sy >= 0 && sy < h && sx >= 0 && sx < w;
        bool blank = y >= top && y < top + a.cutout && x >= left && x < left + a.cutout;
        std::byte *at = to + static_cast<size_t>((p * h + y) * w + x) * width;
        if (inside && !blank)
          std::memcpy(at, from + static_cast<size_t>((p * h + sy) * w + sx) * width, width);
        else
          std::memset(at, 0, width);
      }
}
} // namespace dlc::cli
