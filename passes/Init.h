// What may move to @init: values that depend on frozen weights and constants alone.
#pragma once
#include "ir/Dialect.h"

namespace dlc {

/// Whether weights of this module are state, which a training step updates: then nothing may be derived from them.
bool weightsChange(ModuleOp module);

/// Whether functions of this module take weights as state and give them back.
bool updatesWeights(ModuleOp module);

/// Whether the value is computed from weights and constants by operators without effects. Asked of modules whose
/// weights do not change.
bool isFixed(Value v);

} // namespace dlc
