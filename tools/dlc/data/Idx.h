// IDX files, the format of MNIST and its successors, plain or gzipped.
#pragma once
#include "tools/dlc/data/Source.h"

namespace dlc::data {
/// Big-endian elements are swapped to this machine's order. `where` names the file in errors. Throws Error.
Tensor parseIdx(std::string_view bytes, const std::string &where);
Tensor readIdx(const std::string &path);

/// A folder of four IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte,
/// t10k-labels-idx1-ubyte, each perhaps with .gz), read on two threads: columns "images", u8, fed as (x/255 - 0.5)/0.5,
/// and "labels". Throws Error.
DataSet openIdx(const std::string &folder);
} // namespace dlc::data
