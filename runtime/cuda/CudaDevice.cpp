// A card as a device of the runtime; `sim` is the same code on the simulated driver.
#include "runtime/cuda/CudaPlan.h"

#include <map>
#include <mutex>

namespace dlc::rt {
namespace cuda {
namespace {

class CudaDevice final : public Device {
public:
  CudaDevice(dlc_device which, int ordinal, std::string simulatedModel)
      : which(which), ordinal(ordinal), simulatedModel(std::move(simulatedModel)) {}

  dlc_device kind() const override { return which; }
  std::string name() const override {
    if (which == DLC_DEVICE_SIM)
      return simulatedModel.empty() ? "sim" : "sim:" + simulatedModel;
    return "cuda:" + std::to_string(ordinal);
  }
  bool ownMemory() const override { return true; }

  Status usable() const override {
    CardModel model;
    const Driver *driver = nullptr;
    return look(driver, model);
  }

  std::string describe() const override {
    CardModel m;
    const Driver *driver = nullptr;
    if (Status s = look(driver, m); !s.ok())
      return s.message();
    return m.name + ", compute capability " + std::to_string(m.major) + "." + std::to_string(m.minor) + ", " +
           std::to_string(m.multiprocessors) + " multiprocessors, " + bytesText(m.memory) + ", driver for CUDA " +
           versionText(driver->version());
  }

  int fit(std::string_view target, std::string &why) const override {
    CardModel m;
    const Driver *driver = nullptr;
    if (Status s = look(driver, m); !s.ok()) {
      why = s.message();
      return 0;
    }
    if (target.substr(0, 5) != "cuda:") {
      why = "is for another device";
      return 0;
    }
    target.remove_prefix(5);
    std::string has = "this card has compute capability " + std::to_string(m.major) + "." + std::to_string(m.minor);
    if (target == "base") {
      why = has + ", 8.0 is needed";
      return m.capability() >= 80 ? 1 : 0;
    }
    why = has;
    int fits = fitCubin(target, m.capability());
    return fits ? 1 + fits : 0;
  }

  std::string bestTarget() const override { return "cuda"; }
  Status makePlan(const PlanRequest &request, std::unique_ptr<Plan> &out) const override {
    CardModel model;
    const Driver *driver = nullptr;
    DLC_TRY(look(driver, model));
    std::shared_ptr<const Context> context;
    DLC_TRY(Context::get(*driver, ordinal, request.cudaContext, context));
    auto plan = std::make_unique<CudaPlan>();
    DLC_TRY(plan->load(request, std::move(context)));
    out = std::move(plan);
    return {};
  }

private:
  dlc_device which;
  int ordinal;
  std::string simulatedModel;

  Status look(const Driver *&driver, CardModel &model) const {
    DLC_TRY(Driver::open(which == DLC_DEVICE_SIM, simulatedModel, driver));
    return readModel(*driver, ordinal, model);
  }
};

const Device *known(dlc_device which, int ordinal, const std::string &model) {
  static std::mutex mutex;
  static std::map<std::pair<int, std::string>, std::unique_ptr<CudaDevice>> devices;
  std::lock_guard lock(mutex);
  std::unique_ptr<CudaDevice> &device = devices[{which == DLC_DEVICE_SIM ? -1 : ordinal, model}];
  if (!device)
    device = std::make_unique<CudaDevice>(which, ordinal, model);
  return device.get();
}

} // namespace
} // namespace cuda

const Device *cudaDevice(int ordinal) { return cuda::known(DLC_DEVICE_CUDA, ordinal, ""); }
const Device *simDevice(const std::string &model) { return cuda::known(DLC_DEVICE_SIM, 0, model); }

} // namespace dlc::rt
