// Loops as the steps that they consist of.
#pragma once
#include "ir/Dialect.h"

namespace dlc {

/// Replaces the loops of known length inside `root`, those in others' bodies too, by their steps: for what knows no
/// loops (gradients, formats). Loops of more than `most` steps and those that a condition ends stay.
void unrollLoops(Operation *root, int64_t most = 1024);

} // namespace dlc
