// Compiled with -frounding-math; the arithmetic is in intrinsics, which the compiler does not move across the mode.
#include "tools/gpusim/num/Directed.h"

#include <immintrin.h>

namespace gpusim::num {
namespace {

class Mode {
public:
  Mode(Rounding rounding, bool ftz) : before(_mm_getcsr()) {
    static const unsigned bits[] = {_MM_ROUND_NEAREST, _MM_ROUND_TOWARD_ZERO, _MM_ROUND_DOWN, _MM_ROUND_UP,
                                    _MM_ROUND_NEAREST};
    unsigned flushing = ftz ? _MM_FLUSH_ZERO_ON | 0x40u : 0u; // with DAZ
    _mm_setcsr(_MM_MASK_MASK | bits[unsigned(rounding)] | flushing);
    asm volatile("" ::: "memory");
  }
  ~Mode() {
    asm volatile("" ::: "memory");
    _mm_setcsr(before);
  }

private:
  unsigned before;
};

// The address passes through an empty asm, so that loads, arithmetic and stores stay within the mode.
template <class T> T *pinned(T *pointer) {
  asm volatile("" : "+r"(pointer)::"memory");
  return pointer;
}

template <class F> void lanes(float *d, const float *a, const float *b, const float *c, F operation) {
  d = pinned(d), a = pinned(a), b = pinned(b), c = pinned(c);
  for (int i = 0; i < 32; i += 8)
    _mm256_storeu_ps(d + i, operation(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), _mm256_loadu_ps(c + i)));
}
template <class F> void lanes(double *d, const double *a, const double *b, const double *c, F operation) {
  d = pinned(d), a = pinned(a), b = pinned(b), c = pinned(c);
  for (int i = 0; i < 32; i += 4)
    _mm256_storeu_pd(d + i, operation(_mm256_loadu_pd(a + i), _mm256_loadu_pd(b + i), _mm256_loadu_pd(c + i)));
}

} // namespace

#define GPUSIM_F32(name, params, a, b, c, expression)                                                                  \
  void name params {                                                                                                   \
    Mode mode(rounding, ftz);                                                                                          \
    lanes(d, a, b, c, [](__m256 x, __m256 y, __m256 z) { return expression; });                                        \
  }
#define GPUSIM_F64(name, params, a, b, c, expression)                                                                  \
  void name params {                                                                                                   \
    Mode mode(rounding, false);                                                                                        \
    lanes(d, a, b, c, [](__m256d x, __m256d y, __m256d z) { return expression; });                                     \
  }
using F = const float *;
using D = const double *;
GPUSIM_F32(add, (float *d, F a, F b, Rounding rounding, bool ftz), a, b, b, _mm256_add_ps(x, y))
GPUSIM_F32(sub, (float *d, F a, F b, Rounding rounding, bool ftz), a, b, b, _mm256_sub_ps(x, y))
GPUSIM_F32(mul, (float *d, F a, F b, Rounding rounding, bool ftz), a, b, b, _mm256_mul_ps(x, y))
GPUSIM_F32(fma, (float *d, F a, F b, F c, Rounding rounding, bool ftz), a, b, c, _mm256_fmadd_ps(x, y, z))
GPUSIM_F32(div, (float *d, F a, F b, Rounding rounding, bool ftz), a, b, b, _mm256_div_ps(x, y))
GPUSIM_F32(sqrt, (float *d, F a, Rounding rounding, bool ftz), a, a, a, _mm256_sqrt_ps(x))
GPUSIM_F32(rcp, (float *d, F a, Rounding rounding, bool ftz), a, a, a, _mm256_div_ps(_mm256_set1_ps(1), x))
GPUSIM_F64(add, (double *d, D a, D b, Rounding rounding), a, b, b, _mm256_add_pd(x, y))
GPUSIM_F64(sub, (double *d, D a, D b, Rounding rounding), a, b, b, _mm256_sub_pd(x, y))
GPUSIM_F64(mul, (double *d, D a, D b, Rounding rounding), a, b, b, _mm256_mul_pd(x, y))
GPUSIM_F64(fma, (double *d, D a, D b, D c, Rounding rounding), a, b, c, _mm256_fmadd_pd(x, y, z))
GPUSIM_F64(div, (double *d, D a, D b, Rounding rounding), a, b, b, _mm256_div_pd(x, y))
GPUSIM_F64(sqrt, (double *d, D a, Rounding rounding), a, a, a, _mm256_sqrt_pd(x))
GPUSIM_F64(rcp, (double *d, D a, Rounding rounding), a, a, a, _mm256_div_pd(_mm256_set1_pd(1), x))
#undef GPUSIM_F32
#undef GPUSIM_F64

} // namespace gpusim::num
