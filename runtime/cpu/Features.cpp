#include "runtime/cpu/Features.h"

#include <cstdlib>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace dlc::rt {
namespace {

enum Register { EAX, EBX, ECX, EDX };
struct Feature {
  int level;
  const char *name;
  uint32_t (CpuFeatures::*leaf)[4];
  Register reg;
  int bit;
};
constexpr auto leaf1 = &CpuFeatures::leaf1, leaf7 = &CpuFeatures::leaf7, extended1 = &CpuFeatures::extended1;
// The psABI's levels. AVX and AVX-512 also need the operating system to save their registers.
constexpr Feature features[] = {
    {2, "cmpxchg16b", leaf1, ECX, 13}, {2, "lahf", extended1, ECX, 0},  {2, "popcnt", leaf1, ECX, 23},
    {2, "sse3", leaf1, ECX, 0},        {2, "sse4.1", leaf1, ECX, 19},   {2, "sse4.2", leaf1, ECX, 20},
    {2, "ssse3", leaf1, ECX, 9},       {3, "avx", leaf1, ECX, 28},      {3, "avx2", leaf7, EBX, 5},
    {3, "bmi1", leaf7, EBX, 3},        {3, "bmi2", leaf7, EBX, 8},      {3, "f16c", leaf1, ECX, 29},
    {3, "fma", leaf1, ECX, 12},        {3, "lzcnt", extended1, ECX, 5}, {3, "movbe", leaf1, ECX, 22},
    {3, "osxsave", leaf1, ECX, 27},    {4, "avx512f", leaf7, EBX, 16},  {4, "avx512bw", leaf7, EBX, 30},
    {4, "avx512cd", leaf7, EBX, 28},   {4, "avx512dq", leaf7, EBX, 17}, {4, "avx512vl", leaf7, EBX, 31},
};
constexpr uint64_t savedAvx = 0x6, savedAvx512 = 0xe6;
constexpr std::string_view levels[] = {"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"};

/// The features of levels up to `level` that are missing.
std::string missing(const CpuFeatures &cpu, int level) {
  std::string list;
  auto add = [&](const char *name) { list += std::string(list.empty() ? "" : ", ") + name; };
  for (const Feature &f : features)
    if (f.level <= level && !((cpu.*f.leaf)[f.reg] >> f.bit & 1))
      add(f.name);
  if (level >= 3 && (cpu.saved & savedAvx) != savedAvx)
    add("AVX state saved by the operating system");
  if (level >= 4 && (cpu.saved & savedAvx512) != savedAvx512)
    add("AVX-512 state saved by the operating system");
  return list;
}

CpuFeatures read() {
  CpuFeatures cpu{};
#if defined(__x86_64__)
  auto leaf = [](uint32_t number, uint32_t (&r)[4]) {
    if (!__get_cpuid_count(number, 0, &r[EAX], &r[EBX], &r[ECX], &r[EDX]))
      r[EAX] = r[EBX] = r[ECX] = r[EDX] = 0;
  };
  leaf(1, cpu.leaf1);
  leaf(7, cpu.leaf7);
  leaf(0x80000001, cpu.extended1);
  if (cpu.leaf1[ECX] >> 27 & 1) {
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    cpu.saved = uint64_t(high) << 32 | low;
  }
#endif
  return cpu;
}

} // namespace

CpuFeatures CpuFeatures::limited(int level) const {
  CpuFeatures cpu = *this;
  for (const Feature &f : features)
    if (f.level > level)
      (cpu.*f.leaf)[f.reg] &= ~(uint32_t(1) << f.bit);
  cpu.saved &= level >= 4 ? ~uint64_t(0) : level == 3 ? ~(savedAvx512 & ~savedAvx) : ~savedAvx512;
  return cpu;
}

CpuFeatures CpuFeatures::here() {
  CpuFeatures cpu = read();
  if (const char *wanted = std::getenv("DLC_CPU_LEVEL"))
    for (int i = 0; i != 4; ++i)
      if (levels[i] == wanted)
        return cpu.limited(i + 1);
  return cpu;
}

int fitCpu(const CpuFeatures &cpu, std::string_view target, std::string &why) {
  if (target == "cpu:any")
    return 1;
#if defined(__x86_64__)
  for (int i = 0; i != 4; ++i)
    if (target.starts_with("cpu:") && target.substr(4) == levels[i]) {
      std::string lacks = missing(cpu, i + 1);
      if (lacks.empty())
        return i + 2;
      why = "this machine lacks " + lacks;
      return 0;
    }
#endif
  why = target.starts_with("cpu:") ? "this runtime does not know such a processor" : "not for a CPU";
  return 0;
}

int fitCpu(std::string_view target, std::string &why) {
  static const CpuFeatures cpu = CpuFeatures::here();
  return fitCpu(cpu, target, why);
}

std::string cpuLevel() {
#if defined(__x86_64__)
  std::string ignored;
  for (int i = 4; i-- != 1;)
    if (fitCpu("cpu:" + std::string(levels[i]), ignored))
      return std::string(levels[i]);
  return "x86-64";
#else
  return "any";
#endif
}

} // namespace dlc::rt
