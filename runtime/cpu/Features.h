// Which x86-64 level this machine has.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace dlc::rt {

/// What CPUID says, and which registers the operating system saves (XCR0).
struct CpuFeatures {
  uint32_t leaf1[4], leaf7[4], extended1[4]; // EAX, EBX, ECX, EDX
  uint64_t saved;
  /// This machine's; as those of a lower level where DLC_CPU_LEVEL ("x86-64-v2") asks for it.
  static CpuFeatures here();
  /// Without what levels above `level` (1 to 4) have.
  CpuFeatures limited(int level) const;
};

/// 0: the target does not fit this machine and `why` names what is missing. Otherwise the more specific the greater.
/// Targets: "cpu:any", "cpu:x86-64", "cpu:x86-64-v2", -v3, -v4.
int fitCpu(std::string_view target, std::string &why);
int fitCpu(const CpuFeatures &, std::string_view target, std::string &why);
/// "x86-64-v4"
std::string cpuLevel();

} // namespace dlc::rt
