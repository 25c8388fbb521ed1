#include "runtime/cpu/Features.h"

#include <cstdint>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace dlc::rt {
namespace {

#if defined(__x86_64__)
enum Register { EAX, EBX, ECX, EDX };
struct Feature {
  int level;
  const char *name;
  uint32_t leaf;
  Register reg;
  int bit;
};
// The psABI's levels. AVX and AVX-512 also need the operating system to save their registers (XCR0).
constexpr Feature features[] = {
    {2, "cmpxchg16b", 1, ECX, 13}, {2, "lahf", 0x80000001, ECX, 0},  {2, "popcnt", 1, ECX, 23},
    {2, "sse3", 1, ECX, 0},        {2, "sse4.1", 1, ECX, 19},        {2, "sse4.2", 1, ECX, 20},
    {2, "ssse3", 1, ECX, 9},       {3, "avx", 1, ECX, 28},           {3, "avx2", 7, EBX, 5},
    {3, "bmi1", 7, EBX, 3},        {3, "bmi2", 7, EBX, 8},           {3, "f16c", 1, ECX, 29},
    {3, "fma", 1, ECX, 12},        {3, "lzcnt", 0x80000001, ECX, 5}, {3, "movbe", 1, ECX, 22},
    {3, "osxsave", 1, ECX, 27},    {4, "avx512f", 7, EBX, 16},       {4, "avx512bw", 7, EBX, 30},
    {4, "avx512cd", 7, EBX, 28},   {4, "avx512dq", 7, EBX, 17},      {4, "avx512vl", 7, EBX, 31},
};

bool has(const Feature &f) {
  uint32_t r[4];
  if (!__get_cpuid_count(f.leaf, 0, &r[EAX], &r[EBX], &r[ECX], &r[EDX]))
    return false;
  return r[f.reg] >> f.bit & 1;
}

uint64_t savedState() {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 27 & 1))
    return 0;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}

/// The features of levels up to `level` that are missing.
std::string missing(int level) {
  std::string list;
  auto add = [&](const char *name) { list += std::string(list.empty() ? "" : ", ") + name; };
  for (const Feature &f : features)
    if (f.level <= level && !has(f))
      add(f.name);
  uint64_t state = savedState();
  if (level >= 3 && (state & 0x6) != 0x6)
    add("AVX state saved by the operating system");
  if (level >= 4 && (state & 0xe6) != 0xe6)
    add("AVX-512 state saved by the operating system");
  return list;
}
#endif

} // namespace

int fitCpu(std::string_view target, std::string &why) {
  if (target == "cpu:any")
    return 1;
#if defined(__x86_64__)
  static const std::string lacks[] = {missing(1), missing(2), missing(3), missing(4)};
  constexpr std::string_view names[] = {"cpu:x86-64", "cpu:x86-64-v2", "cpu:x86-64-v3", "cpu:x86-64-v4"};
  for (int i = 0; i != 4; ++i)
    if (target == names[i]) {
      if (lacks[i].empty())
        return i + 2;
      why = "this machine lacks " + lacks[i];
      return 0;
    }
#endif
  why = target.starts_with("cpu:") ? "this runtime does not know such a processor" : "not for a CPU";
  return 0;
}

std::string cpuLevel() {
#if defined(__x86_64__)
  std::string ignored;
  for (const char *level : {"x86-64-v4", "x86-64-v3", "x86-64-v2"})
    if (fitCpu(std::string("cpu:") + level, ignored))
      return level;
  return "x86-64";
#else
  return "any";
#endif
}

} // namespace dlc::rt
