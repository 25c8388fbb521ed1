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

/// A Scan's attributes, completed.
struct ScanForm {
  int64_t states = 0, sequences = 0, steps = -1;
  SmallVector<int64_t> axesIn, axesOut; // axesOut: of the stacked rows, may be negative
  SmallVector<bool> turnedIn, turnedOut;
};

} // namespace dlc
