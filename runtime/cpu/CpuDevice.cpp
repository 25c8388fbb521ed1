#include "runtime/cpu/CpuPlan.h"
#include "runtime/cpu/Features.h"
#include "runtime/cpu/Library.h"
#include "runtime/cpu/Team.h"

namespace dlc::rt {
namespace {

class CpuDevice final : public Device {
public:
  dlc_device kind() const override { return DLC_DEVICE_CPU; }
  std::string name() const override { return "cpu"; }
  Status usable() const override { return {}; }
  std::string describe() const override {
    const Team &team = Team::get();
    std::string threads = team.present() ? std::to_string(team.defaultThreads()) + " threads by " : "";
    return cpuLevel() + ", " + threads + team.describe() + ", " + describeLibrary();
  }
  int fit(std::string_view target, std::string &why) const override { return fitCpu(target, why); }
  std::string bestTarget() const override { return "cpu:" + cpuLevel(); }
  Status makePlan(const PlanRequest &request, std::unique_ptr<Plan> &out) const override {
    return makeCpuPlan(request, out);
  }
};

} // namespace

const Device *cpuDevice() {
  static const CpuDevice device;
  return &device;
}

} // namespace dlc::rt
