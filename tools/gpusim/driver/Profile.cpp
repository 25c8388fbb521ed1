#include "tools/gpusim/driver/Profile.h"

namespace gpusim {

void countKernels(bool) {}
void forgetCounts() {}
std::string countsAsJson() { return "[]"; }
Profiled::Profiled(const KernelLaunch &launch, LaunchRequest &) : launch(launch) {}
Profiled::~Profiled() = default;

} // namespace gpusim
