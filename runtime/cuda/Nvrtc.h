// NVRTC, opened at run time: the CUDA C text of a file made into code for a card that the file has no cubin for.
#pragma once
#include "runtime/Status.h"

#include <string>
#include <vector>

namespace dlc::rt::cuda {

class Nvrtc {
public:
  /// The library, opened once a process; a failure is tried again at the next call. The error names every place that
  /// was looked at: $DLC_NVRTC (a file or a folder; then nothing else), $XDG_CACHE_HOME/dlc/nvrtc or
  /// ~/.cache/dlc/nvrtc, $CUDA_PATH/lib64, /usr/local/cuda/lib64, the dynamic loader. The compiler looks the same way.
  static Status open(const Nvrtc *&out);

  /// "sm_90": a cubin; "compute_80": PTX with line numbers. Any number of threads. The error carries NVRTC's log.
  Status compile(const std::string &text, const std::string &name, const std::string &arch, std::string &out) const;
  /// The options that `compile` uses for `arch`, in one line.
  static std::string options(const std::string &arch);

  /// Whether it knows sm_`capability`; and the greatest that it knows at or below it (0: none).
  int newestFor(int capability) const;

  /// "13.0"
  const std::string &version() const { return versionText; }
  const std::string &path() const { return file; }

private:
  struct Api;
  const Api *api = nullptr;
  std::string versionText, file;
  std::vector<int> archs;

  Status load();
};

} // namespace dlc::rt::cuda
