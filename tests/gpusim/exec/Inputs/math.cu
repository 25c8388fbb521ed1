// Functions of CUDA's mathematical library: their PTX is tests/gpusim/exec/Inputs/math.ptx (NVRTC 13.0, compute_80).
#define F(n, e)                                                                                                        \
  extern "C" __global__ void n(float *o, const float *x, const float *y) {                                             \
    int i = threadIdx.x;                                                                                               \
    float a = x[i], b = y[i];                                                                                          \
    o[i] = float(e);                                                                                                   \
  }
#define D(n, e)                                                                                                        \
  extern "C" __global__ void n(double *o, const double *x, const double *y) {                                          \
    int i = threadIdx.x;                                                                                               \
    double a = x[i], b = y[i];                                                                                         \
    o[i] = double(e);                                                                                                  \
  }
F(f_sin, sinf(a))
F(f_tan, tanf(a))
F(f_log, logf(a))
F(f_pow, powf(a, b))
F(f_erf, erff(a))
F(f_atan2, atan2f(a, b))
F(f_fmod, fmodf(a, b))
F(f_expm1, expm1f(a))
F(f_round, roundf(a))
D(d_exp, exp(a))
D(d_sin, sin(a))
D(d_pow, pow(a, b))
D(d_fmod, fmod(a, b))
D(d_cbrt, cbrt(a))
