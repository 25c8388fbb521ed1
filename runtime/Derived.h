// Derived weights: what a variant's init makes of the frozen ones, once, for all sessions that can share it.
#pragma once
#include "runtime/Device.h"

namespace dlc::rt {

/// Gives `store` the derived weights of `request.variant`: those of `share` where it has them under the same names,
/// those of another session of the same program on the same device, or new ones, computed now.
Status deriveWeights(const PlanRequest &request, const Device &, const WeightStore *share, WeightStore &store);

} // namespace dlc::rt
