// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"), as scalar operations.
#pragma once
#include "mlir/IR/Builders.h"

namespace dlc {
/// First of the four i32 words for key (k0, k1) and counter (c0..c3); all are i32 values.
mlir::Value buildPhilox(mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange key, mlir::ValueRange counter);
} // namespace dlc
