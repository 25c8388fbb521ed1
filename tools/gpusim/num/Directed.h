// Arithmetic of f32 and f64 in any rounding, 32 lanes at a time: .rz .rm .rp forms and, with `ftz`, flushed inputs and
// results. The host's mode is set for the call and set back, so these are right in whatever mode they are called.
#pragma once
#include "tools/gpusim/num/Format.h"

namespace gpusim::num {

/// Rounding::NearestAway is not an arithmetic mode and counts as Nearest. `ftz` is for f32 alone. d may be a, b or c.
void add(float *d, const float *a, const float *b, Rounding, bool ftz);
void sub(float *d, const float *a, const float *b, Rounding, bool ftz);
void mul(float *d, const float *a, const float *b, Rounding, bool ftz);
void fma(float *d, const float *a, const float *b, const float *c, Rounding, bool ftz);
void div(float *d, const float *a, const float *b, Rounding, bool ftz);
void sqrt(float *d, const float *a, Rounding, bool ftz);
void rcp(float *d, const float *a, Rounding, bool ftz);

void add(double *d, const double *a, const double *b, Rounding);
void sub(double *d, const double *a, const double *b, Rounding);
void mul(double *d, const double *a, const double *b, Rounding);
void fma(double *d, const double *a, const double *b, const double *c, Rounding);
void div(double *d, const double *a, const double *b, Rounding);
void sqrt(double *d, const double *a, Rounding);
void rcp(double *d, const double *a, Rounding);

} // namespace gpusim::num
