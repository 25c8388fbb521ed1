// The names that source nodes have, as locations carry them.
#pragma once
#include "ir/Dialect.h"

namespace dlc {
/// The first name in a location; "" where there is none.
StringRef nodeName(Location loc);
/// The operator's node, or what it is ("conv") where that has no name.
StringRef nodeName(Operation *op);
/// Of all nodes that a location names, each once, in order.
SmallVector<StringAttr> nodeNames(Location loc);
} // namespace dlc
