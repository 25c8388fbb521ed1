// The .approx instructions over 32 lanes. Each stays within the error that the ISA documents (named beside it); a card
// is about as exact but not equal bit by bit. `ftz`: subnormal inputs and results become zeros of their sign.
#pragma once
#include <cstdint>

namespace gpusim::num {

void ex2Approx(float *d, const float *a, bool ftz);                 // 2 ulp
void lg2Approx(float *d, const float *a, bool ftz);                 // 2^-22, absolute in (0.5, 2), else relative
void rcpApprox(float *d, const float *a, bool ftz);                 // 1 ulp
void rsqrtApprox(float *d, const float *a, bool ftz);               // 2^-22.9 relative
void sqrtApprox(float *d, const float *a, bool ftz);                // 2^-23 relative
void divApprox(float *d, const float *a, const float *b, bool ftz); // 2 ulp for |b| in [2^-126, 2^126]; above: 0 or NaN
void divFull(float *d, const float *a, const float *b, bool ftz);   // 2 ulp
void sinApprox(float *d, const float *a, bool ftz);                 // 2^-20.5 absolute in [-pi, pi]
void cosApprox(float *d, const float *a, bool ftz);                 // 2^-20.5 absolute in [-pi, pi]
void tanhApprox(float *d, const float *a);                          // 2^-11 relative

/// 16-bit forms: the f32 result rounded to nearest (f16: 2^-9.9 relative; bf16: 2^-7).
void ex2ApproxHalf(uint16_t *d, const uint16_t *a, bool ftz);
void ex2ApproxBfloat(uint16_t *d, const uint16_t *a); // always flushes
void tanhApproxHalf(uint16_t *d, const uint16_t *a);
void tanhApproxBfloat(uint16_t *d, const uint16_t *a);

/// .approx.ftz.f64: only the upper 32 bits of the result are used.
void rcpApprox(double *d, const double *a);
void rsqrtApproxFtz(double *d, const double *a);
void rsqrtApprox(double *d, const double *a);

} // namespace gpusim::num
