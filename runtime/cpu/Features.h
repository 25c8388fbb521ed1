// Which x86-64 level this machine has.
#pragma once
#include <string>
#include <string_view>

namespace dlc::rt {

/// 0: the target does not fit this machine and `why` names what is missing. Otherwise the more specific the greater.
/// Targets: "cpu:any", "cpu:x86-64", "cpu:x86-64-v2", -v3, -v4.
int fitCpu(std::string_view target, std::string &why);
/// "x86-64-v4"
std::string cpuLevel();

} // namespace dlc::rt
