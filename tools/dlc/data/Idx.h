// IDX files, the format of MNIST and its successors, plain or gzipped.
#pragma once
#include "tools/dlc/data/Tensor.h"

namespace dlc::data {
/// Big-endian elements are swapped to this machine's order. `where` names the file in errors. Throws Error.
Tensor parseIdx(std::string_view bytes, const std::string &where);
Tensor readIdx(const std::string &path);

/// Images with labels, as a folder of four IDX files holds them (train-images-idx3-ubyte, train-labels-idx1-ubyte,
/// t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, each perhaps with .gz).
struct LabelledImages {
  Tensor images; ///< u8 [n, rows, columns]
  Tensor labels; ///< u8 [n]
  int64_t count() const { return labels.count(); }
  int64_t pixels() const { return count() ? images.count() / count() : 0; }
};
struct ImageFolder {
  LabelledImages train, test;
};
/// Reads the files on two threads. Throws Error.
ImageFolder readImageFolder(const std::string &folder);

/// Writes images[order[i]] for i < n, scaled to (x/255 - 0.5)/0.5, one after the other.
void gatherScaled(const LabelledImages &, const uint32_t *order, int64_t n, float *out);

/// out[i] = (pixels[i]/255 - 0.5)/0.5 for n pixels.
void scaleImages(const uint8_t *pixels, float *out, int64_t n);

/// A permutation of 0..n-1 that depends on seed and epoch alone.
std::vector<uint32_t> shuffled(int64_t n, uint64_t seed, uint64_t epoch);
} // namespace dlc::data
