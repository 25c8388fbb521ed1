// Counts of kernels, summed over launches: what gpusim_counters returns.
#pragma once
#include "tools/gpusim/driver/State.h"

namespace gpusim {

void setNextRanges(std::shared_ptr<const TensorRanges>);

void countKernels(bool on);
void forgetCounts();
std::string countsAsJson();

/// Around one launch: hands the request its counters, adds them up when it ends.
class Profiled {
public:
  Profiled(const KernelLaunch &, LaunchRequest &);
  ~Profiled();

private:
  const KernelLaunch &launch;
  std::shared_ptr<Counters> counters;
};

} // namespace gpusim
