// From plans to the executable's plain structs.
#pragma once
#include "codegen/Executable.h"
#include "ir/Dialect.h"

namespace dlc {

/// Adds the plan of `module` as `variant`, with that of @init inside, and its signature, weights and constants to `image`. Kernel names are those
/// of the plan, in order of first use.
LogicalResult addPlan(ModuleOp module, exe::ExecutableImage &image, exe::Variant &variant, bool weightsAsState,
                      uint64_t seed);

/// The file's element type of a tensor's element type.
exe::DType imageDType(Type element);

} // namespace dlc
