#include "runtime/cuda/Nvrtc.h"

#include <algorithm>

namespace dlc::rt::cuda {

Status Nvrtc::open(Nvrtc &out) {
  nvrtc::Absence absence;
  out.api = nvrtc::open(absence);
  if (out.api)
    return {};
  if (!absence.tooOld.empty())
    return {DLC_NO_DEVICE, absence.tooOld};
  std::string looked;
  for (const std::string &place : absence.looked)
    looked += (looked.empty() ? "" : "; ") + place;
  return {DLC_NO_DEVICE, "NVRTC was not found (looked at " + looked +
                             "); set DLC_NVRTC to libnvrtc.so or to the folder that holds it"};
}

int Nvrtc::newestFor(int capability) const {
  int best = 0;
  for (int arch : api->archs)
    if (arch <= capability)
      best = std::max(best, arch);
  return best;
}

static std::vector<std::string> optionList(const std::string &arch) {
  std::vector<std::string> list = {"--gpu-architecture=" + arch, "--std=c++20"};
  if (arch.rfind("compute_", 0) == 0)
    list.push_back("-lineinfo");
  return list;
}

std::string Nvrtc::options(const std::string &arch) {
  std::string line;
  for (const std::string &option : optionList(arch))
    line += option + " ";
  return line;
}

Status Nvrtc::compile(const std::string &text, const std::string &name, const std::string &arch,
                      std::string &out) const {
  struct Program {
    const nvrtc::Library *api;
    void *handle = nullptr;
    ~Program() {
      if (handle)
        api->nvrtcDestroyProgram(&handle);
    }
  } program{api};
  std::string of = name + " for " + arch + " with NVRTC " + version();
  auto fail = [&](int result, const char *what, const std::string &log) -> Status {
    return {DLC_INTERNAL, "cannot compile " + of + ": " + what + ": " + api->nvrtcGetErrorString(result) +
                              (log.empty() ? "" : "; " + log)};
  };
  if (int r = api->nvrtcCreateProgram(&program.handle, text.c_str(), name.c_str(), 0, nullptr, nullptr))
    return fail(r, "nvrtcCreateProgram", "");
  std::vector<std::string> list = optionList(arch);
  std::vector<const char *> pointers;
  for (const std::string &option : list)
    pointers.push_back(option.c_str());
  auto read = [&](auto sizeOf, auto get, std::string &into) {
    size_t size = 0;
    if (int code = sizeOf(program.handle, &size))
      return code;
    into.resize(size);
    return size ? get(program.handle, into.data()) : 0;
  };
  if (int r = api->nvrtcCompileProgram(program.handle, int(pointers.size()), pointers.data())) {
    std::string log;
    read(api->nvrtcGetProgramLogSize, api->nvrtcGetProgramLog, log);
    return fail(r, "it refuses the text", joinedLines(log.substr(0, 2000)));
  }
  bool ptx = arch.rfind("compute_", 0) == 0;
  if (int r = ptx ? read(api->nvrtcGetPTXSize, api->nvrtcGetPTX, out)
                  : read(api->nvrtcGetCUBINSize, api->nvrtcGetCUBIN, out))
    return fail(r, ptx ? "nvrtcGetPTX" : "nvrtcGetCUBIN", "");
  return {};
}

} // namespace dlc::rt::cuda
