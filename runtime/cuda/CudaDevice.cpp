// Says honestly whether a CUDA driver is here. Running on it is not built yet.
#include "runtime/Device.h"

#include <dlfcn.h>

namespace dlc::rt {
namespace {

class CudaDevice final : public Device {
public:
  explicit CudaDevice(dlc_device which) : which(which) {}
  dlc_device kind() const override { return which; }

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
};

} // namespace

const Device *cudaDevice() {
  static const CudaDevice device(DLC_DEVICE_CUDA);
  return &device;
}
const Device *simDevice() {
  static const CudaDevice device(DLC_DEVICE_SIM);
  return &device;
}

} // namespace dlc::rt
