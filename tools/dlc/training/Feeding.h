// From a value as a source holds it to a value as a program takes it.
#pragma once
#include "tools/dlc/data/Source.h"

namespace dlc::cli {
/// Throws data::Error where the column cannot be fed as the type: fractions as integers, say. `whole`: the floats were
/// found to be whole numbers.
void checkFeed(const data::Column &, data::DType to, bool whole = false);
/// A column of labels, which are fed as they are: no mean is taken off masks.
data::Column asLabels(data::Column);
/// One sample. A float type gets (x - mean) / deviation.
void feedSample(const data::Column &, const std::byte *from, data::DType to, std::byte *out);
} // namespace dlc::cli
