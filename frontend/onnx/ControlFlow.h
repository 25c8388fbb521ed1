// What ControlFlow.cpp and Scan.cpp share.
#pragma once
#include "frontend/onnx/Importer.h"
#include "frontend/onnx/Regions.h"

namespace dlc {

/// Loops of known length: up to this they are unrolled at once, further only where there is no other way.
inline constexpr int64_t shortLoop = 8, longestUnrolled = 1024;

/// What importing a subgraph gave.
struct Importer::Trace : Traced {
  SmallVector<Entry> results;
};

inline bool isOne(Value v) {
  auto type = cast<RankedTensorType>(v.getType());
  return type.hasStaticShape() && type.getNumElements() == 1;
}

/// What differs in size between two branches: pairs of sizes, each with the results and dimensions that have it.
struct BranchSizes {
  struct Place {
    size_t result;
    int64_t dim;
  };
  std::vector<std::pair<std::pair<int64_t, int64_t>, std::vector<Place>>> pairs;
};

/// A Scan's attributes, completed.
struct ScanForm {
  int64_t states = 0, sequences = 0, steps = -1;
  SmallVector<int64_t> axesIn, axesOut; // axesOut: of the stacked rows, may be negative
  SmallVector<bool> turnedIn, turnedOut;
};

} // namespace dlc
