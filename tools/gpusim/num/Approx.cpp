#include "tools/gpusim/num/Approx.h"
#include "tools/gpusim/num/Lanes.h"

#include <cmath>

namespace gpusim::num {
namespace {

constexpr int N = Lanes;
float mulAdd(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
float flushIf(float value, bool ftz) { return ftz ? flush(value) : value; }
// 2^n for n in [-126, 127].
float power(int n) { return bitsToFloat(uint32_t(n + 127) << 23); }

inline float ex2(float x) {
  float in = x < -152.0f ? -152.0f : x > 129.0f ? 129.0f : x; // NaN stays
  float whole = __builtin_rintf(in), f = in - whole;
  float p = 1.5252734e-5f; // ln2^k / k!
  p = mulAdd(p, f, 1.5403530e-4f);
  p = mulAdd(p, f, 1.3333558e-3f);
  p = mulAdd(p, f, 9.6181291e-3f);
  p = mulAdd(p, f, 5.5504109e-2f);
  p = mulAdd(p, f, 2.4022651e-1f);
  p = mulAdd(p, f, 6.9314718e-1f);
  p = mulAdd(p, f, 1.0f);
  int n = whole == whole ? int(whole) : 0, first = n >> 1;
  return p * power(first) * power(n - first);
}

inline float lg2(float x) {
  uint32_t bits = floatToBits(x);
  bool small = bits < 0x00800000;
  bits = small ? floatToBits(x * 8388608.0f) : bits;
  int exponent = int(bits - 0x3f3504f3) >> 23; // of a mantissa in [sqrt(1/2), sqrt(2))
  float m = bitsToFloat(bits - uint32_t(exponent) * 0x00800000u);
  float s = (m - 1.0f) / (m + 1.0f), q = s * s;
  float p = 0.32059889f; // 2 / (k ln 2)
  p = mulAdd(p, q, 0.41219858f);
  p = mulAdd(p, q, 0.57707801f);
  p = mulAdd(p, q, 0.96179669f);
  p = mulAdd(p, q, 2.8853900f);
  float value = mulAdd(p, s, float(exponent - (small ? 23 : 0)));
  value = x == INFINITY ? x : value;
  value = x == 0 ? -INFINITY : value;
  return x < 0 || x != x ? bitsToFloat(0x7fffffff) : value;
}

// sin(x + quarter * pi / 2), in f64 within f32's last bit for |x| up to 1e9.
inline float sine(float x, double quarter) {
  double k = __builtin_rint(x * 0.63661977236758134308);
  double r = __builtin_fma(k, -1.57079632679489655800, double(x));
  r = __builtin_fma(k, -6.12323399573676603587e-17, r);
  double turn = k + quarter, q = turn - 4 * __builtin_floor(turn * 0.25), z = r * r;
  double s = r * (1 + z * (-1.0 / 6 + z * (1.0 / 120 + z * (-1.0 / 5040 + z * (1.0 / 362880 - z * (1.0 / 39916800))))));
  double c = 1 + z * (-0.5 + z * (1.0 / 24 + z * (-1.0 / 720 + z * (1.0 / 40320 - z * (1.0 / 3628800)))));
  double value = q == 1 || q == 3 ? c : s;
  return float(q >= 2 ? -value : value);
}

inline float tanhOf(float x) {
  float a = std::fabs(x), z = x * x;
  float small = x * mulAdd(z, mulAdd(z, mulAdd(z, -17.0f / 315, 2.0f / 15), -1.0f / 3), 1.0f);
  float large = 1.0f - 2.0f / (ex2(a * 2.88539008f) + 1.0f);
  return a < 0.25f ? small : std::copysign(large, x);
}

template <class F> void sines(float *d, const float *a, bool ftz, double quarter, F exact) {
  float in[N], out[N];
  bool huge = false;
  for (int i = 0; i < N; ++i) {
    in[i] = flushIf(a[i], ftz);
    huge |= std::fabs(in[i]) > 1e9f;
    out[i] = sine(in[i], quarter);
  }
  for (int i = 0; i < N; ++i) {
    if (huge && !(std::fabs(in[i]) <= 1e9f))
      out[i] = float(exact(double(in[i])));
    // sin keeps the sign of zero; a subnormal that is not flushed comes back as itself.
    d[i] = flushIf(out[i], ftz);
  }
}

template <class To, class From, class F> void sixteen(uint16_t *d, const uint16_t *a, To to, From from, F operation) {
  float values[N];
  for (int i = 0; i < N; ++i)
    values[i] = to(a[i]);
  operation(values);
  for (int i = 0; i < N; ++i)
    d[i] = from(values[i]);
}
constexpr auto fromHalf = [](uint16_t x) { return halfToFloat(x); };
constexpr auto toHalf = [](float x) { return floatToHalf(x); };
constexpr auto fromBfloat = [](uint16_t x) { return bfloatToFloat(x); };
constexpr auto toBfloat = [](float x) { return floatToBfloat(x); };

double upperHalf(double value) {
  uint64_t bits = std::bit_cast<uint64_t>(value);
  if (value != value)
    return std::bit_cast<double>(0x7fffffff00000000ull);
  if (!(bits & 0x7ff0000000000000ull)) // subnormal
    return std::bit_cast<double>(bits & 1ull << 63);
  return std::bit_cast<double>(bits & ~0xffffffffull);
}
double flushed(double value) {
  uint64_t bits = std::bit_cast<uint64_t>(value);
  return bits & 0x7ff0000000000000ull ? value : std::bit_cast<double>(bits & 1ull << 63);
}

} // namespace

void ex2Approx(float *d, const float *a, bool ftz) {
  for (int i = 0; i < N; ++i)
    d[i] = flushIf(ex2(a[i]), ftz);
}
void lg2Approx(float *d, const float *a, bool ftz) {
  for (int i = 0; i < N; ++i)
    d[i] = flushIf(lg2(flushIf(a[i], ftz)), ftz);
}
void rcpApprox(float *d, const float *a, bool ftz) {
  for (int i = 0; i < N; ++i)
    d[i] = flushIf(1.0f / flushIf(a[i], ftz), ftz);
}
void rsqrtApprox(float *d, const float *a, bool ftz) {
  for (int i = 0; i < N; ++i)
    d[i] = float(1.0 / std::sqrt(double(flushIf(a[i], ftz))));
}
void sqrtApprox(float *d, const float *a, bool ftz) {
  for (int i = 0; i < N; ++i)
    d[i] = flushIf(std::sqrt(flushIf(a[i], ftz)), ftz);
}
void divApprox(float *d, const float *a, const float *b, bool ftz) {
  for (int i = 0; i < N; ++i) {
    float x = flushIf(a[i], ftz), y = flushIf(b[i], ftz), q = flushIf(x / y, ftz);
    float sign = bitsToFloat((floatToBits(x) ^ floatToBits(y)) & 0x80000000u);
    bool beyond = std::fabs(y) > 0x1p126f && std::fabs(y) < INFINITY;
    float far = std::fabs(x) < INFINITY ? sign : bitsToFloat(0x7fffffff); // a * 0
    d[i] = beyond ? far : q;
  }
}
void divFull(float *d, const float *a, const float *b, bool ftz) {
  for (int i = 0; i < N; ++i)
    d[i] = flushIf(flushIf(a[i], ftz) / flushIf(b[i], ftz), ftz);
}
void sinApprox(float *d, const float *a, bool ftz) {
  float out[N];
  sines(out, a, ftz, 0, [](double x) { return std::sin(x); });
  for (int i = 0; i < N; ++i)
    d[i] = a[i] == 0 ? a[i] : out[i];
}
void cosApprox(float *d, const float *a, bool ftz) {
  sines(d, a, ftz, 1, [](double x) { return std::cos(x); });
}
void tanhApprox(float *d, const float *a) {
  for (int i = 0; i < N; ++i)
    d[i] = tanhOf(a[i]);
}

void ex2ApproxHalf(uint16_t *d, const uint16_t *a, bool ftz) {
  sixteen(d, a, fromHalf, toHalf, [](float *v) { ex2Approx(v, v, false); });
  for (int i = 0; ftz && i < N; ++i)
    d[i] = d[i] & 0x7c00 ? d[i] : uint16_t(d[i] & 0x8000);
}
void ex2ApproxBfloat(uint16_t *d, const uint16_t *a) {
  sixteen(d, a, fromBfloat, toBfloat, [](float *v) { ex2Approx(v, v, true); });
}
void tanhApproxHalf(uint16_t *d, const uint16_t *a) {
  sixteen(d, a, fromHalf, toHalf, [](float *v) { tanhApprox(v, v); });
}
void tanhApproxBfloat(uint16_t *d, const uint16_t *a) {
  sixteen(d, a, fromBfloat, toBfloat, [](float *v) { tanhApprox(v, v); });
}

void rcpApprox(double *d, const double *a) {
  for (int i = 0; i < N; ++i)
    d[i] = upperHalf(1 / flushed(a[i]));
}
void rsqrtApproxFtz(double *d, const double *a) {
  for (int i = 0; i < N; ++i)
    d[i] = upperHalf(1 / std::sqrt(flushed(a[i])));
}
void rsqrtApprox(double *d, const double *a) {
  for (int i = 0; i < N; ++i)
    d[i] = 1 / std::sqrt(a[i]);
}

} // namespace gpusim::num
