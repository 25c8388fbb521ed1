// NVRTC, opened at run time: the CUDA C text of a file made into code for a card that the file has no cubin for.
#pragma once
#include "runtime/Status.h"
#include "runtime/cuda/NvrtcLibrary.h"

namespace dlc::rt::cuda {

class Nvrtc {
public:
  /// The process's library (NvrtcLibrary.h says where it is looked for). The error names every place.
  static Status open(Nvrtc &out);

  /// "sm_90": a cubin; "compute_80": PTX with line numbers. Any number of threads. The error carries NVRTC's log.
  Status compile(const std::string &text, const std::string &name, const std::string &arch, std::string &out) const;
  /// The options that `compile` uses for `arch`, in one line.
  static std::string options(const std::string &arch);

  /// Whether it knows sm_`capability`; and the greatest that it knows at or below it (0: none).
  int newestFor(int capability) const;

  /// "13.0"
  const std::string &version() const { return api->version; }
  const std::string &path() const { return api->path; }

private:
  const nvrtc::Library *api = nullptr;
};

} // namespace dlc::rt::cuda
