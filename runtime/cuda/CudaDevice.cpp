// Says honestly whether a CUDA driver is here. Running on it is not built yet.
#include "runtime/Device.h"

#include <dlfcn.h>
#include <map>
#include <mutex>

namespace dlc::rt {
namespace {

class CudaDevice final : public Device {
public:
  CudaDevice(dlc_device which, std::string rest) : which(which), rest(std::move(rest)) {}
  dlc_device kind() const override { return which; }
  std::string name() const override { return deviceName(which) + (rest.empty() ? "" : ":" + rest); }
  bool ownMemory() const override { return true; }

  Status usable() const override {
    if (which == DLC_DEVICE_SIM)
      return {DLC_NO_DEVICE, "this runtime has no GPU simulator yet; use cpu", "device sim"};
    constexpr const char *name = "libcuda.so.1";
    if (void *driver = dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
      dlclose(driver);
      return {DLC_NO_DEVICE,
              "this runtime cannot launch on CUDA devices yet (the driver " + std::string(name) +
                  " is installed); use cpu",
              "device cuda"};
    }
    const char *why = dlerror();
    return {DLC_NO_DEVICE,
            "no usable NVIDIA driver was found (looked for " + std::string(name) + ": " + (why ? why : "not found") +
                ")",
            "device cuda"};
  }
  std::string describe() const override {
    Status s = usable();
    return s.ok() ? "usable" : s.message();
  }
  int fit(std::string_view, std::string &why) const override {
    why = "no usable device";
    return 0;
  }
  Status makePlan(const PlanRequest &, std::unique_ptr<Plan> &) const override { return usable(); }

private:
  dlc_device which;
  std::string rest;
};

const Device *known(dlc_device which, const std::string &rest) {
  static std::mutex mutex;
  static std::map<std::pair<dlc_device, std::string>, std::unique_ptr<CudaDevice>> devices;
  std::lock_guard lock(mutex);
  std::unique_ptr<CudaDevice> &device = devices[{which, rest}];
  if (!device)
    device = std::make_unique<CudaDevice>(which, rest);
  return device.get();
}

} // namespace

const Device *cudaDevice(int ordinal) { return known(DLC_DEVICE_CUDA, std::to_string(ordinal)); }
const Device *simDevice(const std::string &model) { return known(DLC_DEVICE_SIM, model); }

} // namespace dlc::rt
