#pragma once
#include "runtime/Device.h"

namespace dlc::rt {

Status makeCpuPlan(const PlanRequest &, std::unique_ptr<Plan> &out);

} // namespace dlc::rt
