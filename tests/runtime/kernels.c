// Kernels with the CPU ABI, for the runtime's tests. One unit of work is one element unless it says otherwise.
#include <math.h>
#include <stdint.h>

#define KERNEL(name) void name(void *const *buf, const int64_t *sym, int64_t lo, int64_t hi, void *scratch)

KERNEL(add) {
  const float *a = buf[0], *b = buf[1];
  float *c = buf[2];
  for (int64_t i = lo; i < hi; ++i)
    c[i] = a[i] + b[i];
}

KERNEL(scale2) {
  const float *a = buf[0];
  float *b = buf[1];
  for (int64_t i = lo; i < hi; ++i)
    b[i] = 2 * a[i];
}

// w -= 0.5 * g in place: args {w, g, w}
KERNEL(sgd) {
  const float *w = buf[0], *g = buf[1];
  float *out = buf[2];
  for (int64_t i = lo; i < hi; ++i)
    out[i] = w[i] - 0.5f * g[i];
}

KERNEL(expm) {
  const float *a = buf[0];
  float *b = buf[1];
  for (int64_t i = lo; i < hi; ++i)
    b[i] = expm1f(a[i]);
}

// Uses 4 * 16 bytes of scratch: reverses blocks of 16 floats, one block a unit.
KERNEL(reverse16) {
  const float *a = buf[0];
  float *b = buf[1], *t = scratch;
  for (int64_t u = lo; u < hi; ++u) {
    for (int i = 0; i < 16; ++i)
      t[i] = a[u * 16 + 15 - i];
    for (int i = 0; i < 16; ++i)
      b[u * 16 + i] = t[i];
  }
}

KERNEL(nothing) {}

// Writes where its arguments lie.
KERNEL(addresses) {
  void **out = buf[1];
  out[0] = buf[0];
  out[1] = buf[1];
}

// Stands for a generated matmul: counts its calls in the output's first element.
KERNEL(fallback) { ((float *)buf[2])[0] = 4711; }

// Scores of ten classes for each 28x28 image of a batch: how bright row 2*c is. One unit is one image.
KERNEL(brightest_row) {
  const float *x = buf[0];
  float *y = buf[1];
  for (int64_t u = lo; u < hi; ++u)
    for (int c = 0; c < 10; ++c) {
      float sum = 0;
      for (int i = 0; i < 28; ++i)
        sum += x[u * 784 + 2 * c * 28 + i];
      y[u * 10 + c] = sum / 28;
    }
}

// The positive ones of the first sym[0] elements, and their number: args {in, out, count}. One unit.
KERNEL(positives) {
  const float *a = buf[0];
  float *b = buf[1];
  int64_t count = 0;
  for (int64_t i = 0; i < sym[0]; ++i)
    if (a[i] > 0)
      b[count++] = a[i];
  *(int64_t *)buf[2] = count;
}
