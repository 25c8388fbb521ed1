// How a kernel in row form is run: which dimension lies in the lanes, what is unrolled beside it, what a work unit is.
#pragma once
#include "codegen/ScheduleReader.h"
#include "codegen/cpu/RowForm.h"

namespace dlc::cpu {

struct TargetInfo {
  int64_t vectorBytes = 32;
  int64_t registers = 16;
};

struct Plan {
  int lane = -1;     // kernel dimension in the lanes; -1: scalar
  int64_t width = 1; // lanes at once
  int64_t vectorBytes = 32;
  int64_t chunk = 0;                              // lane in P: lanes a work unit covers, a multiple of width
  llvm::SmallVector<std::pair<int, int64_t>> jam; // dimensions of P, and how many of their points run side by side
  int transposed = -1; // the jammed dimension along which some input is contiguous while it is not along the lanes
  bool chunkOutermost = false;
  bool guarded = false;        // a jammed reduction whose loads are guarded by conditions that differ among the lanes
  int64_t work = 1, grain = 1; // work: as Dim::size where it depends on symbols
  mlir::AffineExpr units;      // the work
};

Plan planRowForm(const RowForm &form, const TargetInfo &target);

/// The choices of a plan as the attribute dlc.schedule: lane, width, chunk, jam (a loop and its count, in turn),
/// transposed, grain. Loops are numbered as RowForm::dims.
mlir::DictionaryAttr writeSchedule(mlir::MLIRContext *context, const Plan &plan);
/// Puts what the attribute says in place of `plan`'s choices; what follows from them is made anew. A choice that the
/// kernel cannot have is an error at it.
mlir::LogicalResult readSchedule(ScheduleReader &reader, const RowForm &form, Plan &plan);

} // namespace dlc::cpu
