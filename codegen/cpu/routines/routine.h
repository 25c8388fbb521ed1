// Routines of the CPU: whole operators written in C++, compiled to bitcode when dlc is built, linked into the kernels
// that call them. They may use libc and nothing else, keep no state, and compute each unit of work in one way only.
//
//   void dlc_NAME(void *const *buf, const int64_t *size, int64_t lo, int64_t hi, void *scratch)
//
// buf: the operator's operands, then its results; null for what is absent or nobody reads. size: the operator's sizes
// (RoutineOpInterface). Units [lo, hi) are computed; scratch is as large as the operator says.
#pragma once
#include <cstdint>
#include <cstring>

#define ROUTINE extern "C" __attribute__((visibility("hidden"))) void
