#include "runtime/cuda/Driver.h"

#include <atomic>
#include <cstdlib>
#include <dlfcn.h>
#include <mutex>
#include <unistd.h>
#include <vector>

namespace dlc::rt::cuda {
namespace {

std::string folderOf(const std::string &path) { return path.substr(0, path.rfind('/')); }

/// Where the simulated driver may lie, in the order of looking.
std::vector<std::string> simulatorPlaces() {
  const char *name = "libdlc_gpusim.so";
  if (const char *given = std::getenv("DLC_GPUSIM"); given && *given)
    return {given}; // A named library is strict: nothing else is tried.
  std::vector<std::string> places;
  Dl_info here;
  if (dladdr(reinterpret_cast<void *>(&Driver::open), &here) && here.dli_fname && *here.dli_fname == '/')
    places.push_back(folderOf(here.dli_fname) + "/" + name);
  char program[4096];
  if (ssize_t n = readlink("/proc/self/exe", program, sizeof program); n > 0) {
    std::string folder = folderOf(std::string(program, size_t(n)));
    places.push_back(folder + "/" + name);
    places.push_back(folder + "/../lib/" + name);
  }
  places.push_back(name);
  return places;
}

void *openFirst(const std::vector<std::string> &places, std::string &path, std::string &looked) {
  for (const std::string &place : places) {
    if (void *library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      path = place;
      return library;
    }
    const char *why = dlerror();
    looked += (looked.empty() ? "" : "; ") + (why ? std::string(why) : place + ": not found");
  }
  return nullptr;
}

const char *advice(CUresult r) {
  switch (r) {
  case CUDA_ERROR_NO_DEVICE:
    return "the driver sees no GPU: check nvidia-smi, CUDA_VISIBLE_DEVICES and, in a container, that it was given one";
  case CUDA_ERROR_STUB_LIBRARY:
    return "this is the toolkit's stub library, not a driver: install the driver, or take the stub's folder out of "
           "LD_LIBRARY_PATH";
  case CUDA_ERROR_SYSTEM_DRIVER_MISMATCH:
    return "the library and the kernel module have different versions: reboot, or reinstall the driver";
  case CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE:
    return "this card cannot use the compatibility driver: install a newer driver";
  case CUDA_ERROR_DEVICE_UNAVAILABLE:
    return "another process has the card for itself, or the card is in prohibited mode";
  case CUDA_ERROR_INVALID_IMAGE:
  case CUDA_ERROR_NO_BINARY_FOR_GPU:
    return "the code does not fit this card or is damaged: compile the model again";
  case CUDA_ERROR_INVALID_PTX:
  case CUDA_ERROR_UNSUPPORTED_PTX_VERSION:
  case CUDA_ERROR_JIT_COMPILER_NOT_FOUND:
    return "the driver cannot translate this PTX: install a newer driver, or compile the model for this card";
  case CUDA_ERROR_ILLEGAL_ADDRESS:
  case CUDA_ERROR_MISALIGNED_ADDRESS:
  case CUDA_ERROR_INVALID_ADDRESS_SPACE:
    return "a kernel accessed memory that is not its own; free all sessions of this process on the device; "
           "DLC_CUDA_STEPWISE=1 names the step, and --device=sim the line";
  case CUDA_ERROR_LAUNCH_TIMEOUT:
    return "a kernel ran longer than this machine's display driver allows";
  case CUDA_ERROR_ECC_UNCORRECTABLE:
  case CUDA_ERROR_NVLINK_UNCORRECTABLE:
  case CUDA_ERROR_HARDWARE_STACK_ERROR:
    return "the card reports a hardware error: reset it, and see nvidia-smi -q";
  default:
    return isLost(r) ? "the device cannot be used by this process any more: free its sessions and start anew" : "";
  }
}

dlc_code codeOf(CUresult r) {
  switch (r) {
  case CUDA_ERROR_OUT_OF_MEMORY:
    return DLC_OUT_OF_MEMORY;
  case CUDA_ERROR_INVALID_IMAGE:
  case CUDA_ERROR_NO_BINARY_FOR_GPU:
  case CUDA_ERROR_INVALID_PTX:
    return DLC_BAD_FILE;
  case CUDA_ERROR_UNSUPPORTED_PTX_VERSION:
  case CUDA_ERROR_JIT_COMPILER_NOT_FOUND:
    return DLC_UNSUPPORTED;
  case CUDA_ERROR_NO_DEVICE:
  case CUDA_ERROR_INVALID_DEVICE:
  case CUDA_ERROR_STUB_LIBRARY:
  case CUDA_ERROR_DEVICE_UNAVAILABLE:
  case CUDA_ERROR_SYSTEM_DRIVER_MISMATCH:
  case CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE:
    return DLC_NO_DEVICE;
  default:
    return isLost(r) ? DLC_DEVICE_LOST : DLC_INTERNAL;
  }
}

} // namespace

bool isLost(CUresult r) {
  return r == CUDA_ERROR_ECC_UNCORRECTABLE || r == CUDA_ERROR_NVLINK_UNCORRECTABLE || r == CUDA_ERROR_ILLEGAL_ADDRESS ||
         r == CUDA_ERROR_LAUNCH_TIMEOUT || r == CUDA_ERROR_CONTEXT_IS_DESTROYED || r == CUDA_ERROR_ASSERT ||
         (r >= CUDA_ERROR_HARDWARE_STACK_ERROR && r <= CUDA_ERROR_LAUNCH_FAILED);
}

std::string versionText(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

Status Driver::findings() const {
  static std::atomic<size_t> told = 0; // reports are the process's, as the driver is
  if (!gpusim_report_count)
    return {};
  size_t count = gpusim_report_count(), before = told.exchange(count);
  if (count <= before)
    return {};
  std::string first = joinedLines(gpusim_report(before) ? gpusim_report(before) : "");
  std::string more = count - before > 1 ? " (and " + std::to_string(count - before - 1) + " more reports)" : "";
  return {DLC_CHECK_FAILED, first + more};
}

Status Driver::failed(CUresult result, const char *function, const std::string &doing) const {
  const char *name = nullptr, *words = nullptr;
  if (cuGetErrorName(result, &name) != CUDA_SUCCESS || !name)
    name = "unknown";
  if (cuGetErrorString(result, &words) != CUDA_SUCCESS || !words)
    words = "no description";
  std::string text = doing.empty() ? std::string() : "cannot " + doing + ": ";
  text += std::string(function) + " failed with " + std::to_string(int(result)) + " (" + name + ": " + words + ")";
  if (const char *what = advice(result); *what)
    text += std::string("; ") + what;
  return {codeOf(result), text, simulated() ? "device sim" : "device cuda"};
}

Status Driver::load(bool simulatedWanted) {
  std::string looked, place = simulatedWanted ? "device sim" : "device cuda";
  void *library =
      openFirst(simulatedWanted ? simulatorPlaces() : std::vector<std::string>{"libcuda.so.1"}, file, looked);
  if (!library)
    return {DLC_NO_DEVICE,
            simulatedWanted ? "the simulated driver libdlc_gpusim.so was not found (looked for " + looked +
                                  "); build it, or set DLC_GPUSIM to it"
                            : "no usable NVIDIA driver was found (looked for " + looked + ")",
            place};
  std::string missing;
  auto find = [&](const char *symbol) {
    void *found = dlsym(library, symbol);
    if (!found)
      missing += std::string(missing.empty() ? "" : ", ") + symbol;
    return found;
  };
#define X(name, symbol, parameters) name = reinterpret_cast<decltype(name)>(find(#symbol));
  DLC_CUDA_FUNCTIONS(X)
#undef X
#define X(name, symbol, parameters) name = reinterpret_cast<decltype(name)>(dlsym(library, #symbol));
  DLC_CUDA_OPTIONAL_FUNCTIONS(X)
#undef X
  if (!missing.empty()) {
    int has = 0;
    std::string old = cuDriverGetVersion && cuDriverGetVersion(&has) == CUDA_SUCCESS
                          ? "supports CUDA " + versionText(has) + ", " + versionText(oldestDriver) + " is needed; "
                          : "";
    *this = Driver();
    dlclose(library);
    return {DLC_NO_DEVICE, "the driver " + file + " is too old: it " + old + "it lacks " + missing, place};
  }
  if (simulatedWanted) {
#define X(type, name, parameters) name = reinterpret_cast<decltype(name)>(find(#name));
    DLC_SIMULATOR_FUNCTIONS(X)
#undef X
    if (!missing.empty()) {
      std::string path = file;
      *this = Driver();
      dlclose(library);
      return {DLC_NO_DEVICE, path + " is no simulated driver of this version: it lacks " + missing, place};
    }
  }
  opened = true;
  return {};
}

std::string Driver::lacksConditionalNodes() const {
  std::string missing;
#define X(name, symbol, parameters) missing += name ? "" : missing.empty() ? #symbol : ", " #symbol;
  DLC_CUDA_OPTIONAL_FUNCTIONS(X)
#undef X
  if (missing.empty() && supported >= conditionalDriver)
    return "";
  return "the driver supports CUDA " + versionText(supported) + (missing.empty() ? "" : " and lacks " + missing) +
         "; conditional graph nodes need " + versionText(conditionalDriver);
}

Status Driver::initialise(const std::string &model) {
  if (simulated() && !model.empty() && gpusim_configure(model.c_str(), nullptr) != 0)
    return {DLC_INVALID_ARGUMENT, "the simulator knows no card '" + model + "': one of a100, h200, rtx4090",
            "device sim"};
  DLC_CU_FOR(*this, "start the driver " + file, cuInit, 0);
  DLC_CU_FOR(*this, "start the driver " + file, cuDriverGetVersion, &supported);
  if (supported < oldestDriver)
    return {DLC_NO_DEVICE,
            "the driver " + file + " is too old: it supports CUDA " + versionText(supported) + ", " +
                versionText(oldestDriver) + " is needed (driver 525.60 or later); install a newer driver",
            simulated() ? "device sim" : "device cuda"};
  simulatedModel = model;
  initialised = true;
  return {};
}

Status Driver::open(bool simulatedWanted, const std::string &model, const Driver *&out) {
  static std::mutex mutex;
  static Driver drivers[2]; // Never closed: drivers keep threads and state of their own.
  std::lock_guard lock(mutex);
  Driver &d = drivers[simulatedWanted];
  if (!d.opened)
    DLC_TRY(d.load(simulatedWanted));
  if (!d.initialised)
    DLC_TRY(d.initialise(model));
  if (!model.empty() && model != d.simulatedModel)
    return {DLC_NO_DEVICE,
            "this process already simulates " + (d.simulatedModel.empty() ? "the default card" : d.simulatedModel) +
                "; a process has one simulated card",
            "device sim"};
  out = &d;
  return {};
}

} // namespace dlc::rt::cuda
