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
      return {DLC_NO_DEVICE, "device sim: this runtime has no GPU simulator yet; use cpu"};
    const char *const names[] = {"libcuda.so.1", "libcuda.so"};
    std::string tried;
    for (const char *name : names) {
      if (void *driver = dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
        dlclose(driver);
        return {DLC_NO_DEVICE, std::string("device cuda: the driver ") + name +
                                   " is installed, but this runtime cannot launch on it yet; use cpu"};
      }
      const char *why = dlerror();
      tried += std::string(tried.empty() ? "" : "; ") + (why ? why : name);
    }
    return {DLC_NO_DEVICE,
            "device cuda: no usable NVIDIA driver was found (looked for libcuda.so.1 and libcuda.so in the "
            "loader's path: " +
                tried + ")"};
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
