// What the CPU's library can do behind a contraction, asked for operators of the graph.
#pragma once
#include "ir/Dialect.h"

namespace dlc {
/// For the fuse pass (TakesEpilogue): writes the scalar meaning of the epilogue and asks the CPU back end.
bool cpuTakesEpilogue(Operation *contraction, ArrayRef<Operation *> epilogue, Operation *next);
} // namespace dlc
