// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"): one operator, and what it stands for.
#pragma once
#include "ir/Dialect.h"

#define GET_OP_CLASSES
#include "ir/Philox.h.inc"

namespace dlc {
/// Every dlc.philox in `root` as integer arithmetic.
void expandPhilox(Operation *root);
} // namespace dlc
