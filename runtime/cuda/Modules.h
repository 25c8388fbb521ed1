// The code of a variant on a card: one driver module a unit, each kernel's function.
#pragma once
#include "runtime/Program.h"
#include "runtime/cuda/Context.h"

#include <vector>

namespace dlc::rt::cuda {

class Modules {
public:
  /// Of each unit that a kernel needs: the most specific cubin that fits, else the text compiled by NVRTC through the
  /// kernel cache, else PTX for the driver to translate. The simulated driver takes PTX. The context must be current.
  /// `compilations` (may be null) grows by one for each unit that NVRTC or the driver had to compile.
  static Status load(const std::shared_ptr<const Context> &, const Program &, const fb::Variant &, Log,
                     uint64_t *compilations, Modules &out);

  /// Of the variant's kernel with this index.
  CUfunction kernel(uint32_t index) const { return functions[index]; }

private:
  std::vector<Module> modules;
  std::vector<CUfunction> functions;
};

/// 80 for "sm_80", 90 for "sm_90a" (`exact`: for that card alone), 0 for anything else. Also takes "compute_80".
int architectureNumber(std::string_view arch, bool &exact);
/// 0 where a cubin for `arch` does not run on a card of `capability`, else the more specific the greater.
int fitCubin(std::string_view arch, int capability);

} // namespace dlc::rt::cuda
