// The exported functions' bodies: gpusim::api::<symbol>. The lock is held, faults are injected and contexts checked
// before they are called (Exports.cpp).
#pragma once
#include "tools/gpusim/driver/State.h"

namespace gpusim::api {
#define X(needs, name, symbol, params, args) CUresult symbol params;
#include "tools/gpusim/driver/Functions.def"
#undef X
} // namespace gpusim::api
