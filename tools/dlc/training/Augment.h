// Samples changed at random while they are trained on: what changes a sample is drawn from its number, the epoch and
// the seed, so that it is the same in a run that was stopped and gone on with.
#pragma once
#include "tools/dlc/data/Source.h"

namespace dlc::cli {

/// Of images [height, width], [channels, height, width] or [height, width, channels]. New pixels are zeros, before
/// normalisation.
struct Augmentation {
  int64_t crop = 0;   ///< pixels around the image out of which one of its size is cut
  bool flip = false;  ///< left to right, every other time
  int64_t cutout = 0; ///< side of a square that is blanked, its centre anywhere
  /// Where channels stand. Guessed: last where there are 1, 3 or 4 of them, and
  /// not as many rows.
  enum class Layout { Guessed, First, Last } layout = Layout::Guessed;
  bool any() const { return crop || flip || cutout; }
};
/// "crop=4,flip,cutout=8". Throws data::Error.
Augmentation parseAugmentation(const std::string &text);
bool channelsLast(const Augmentation &, const data::Column &);
/// Whether the column holds images. Throws data::Error where it has dimensions, but not those of an image.
bool augments(const Augmentation &, const data::Column &);
/// Rows and columns of an image of 2 or 3 dimensions.
std::pair<int64_t, int64_t> sizeOf(const Augmentation &, const data::Column &);
/// What is done to labels that lie over an image: what is blanked is still to be found.
inline Augmentation forLabels(Augmentation a) {
  a.cutout = 0;
  return a;
}
/// Throws data::Error where labels that lie over an image would be changed otherwise than it is: maps of another size
/// can be mirrored with it, but not cut out.
void checkTogether(const Augmentation &, const data::Column &image, const data::Column &labels);
/// One image of the column's shape and type; `from` and `to` do not overlap.
void augment(const Augmentation &, const data::Column &, uint64_t seed, int64_t epoch, int64_t sample,
             const std::byte *from, std::byte *to);
} // namespace dlc::cli
