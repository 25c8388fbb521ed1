// clang-format off: lines.ptx is what NVRTC 13.0 makes of these lines for compute_80 with -lineinfo.
__device__ __forceinline__ float inner(float x) {
  return x * x + 1.0f;
}
__device__ __forceinline__ float middle(float x) {
  float y = inner(x) + 2.0f;
  return y * inner(y);
}
extern "C" __device__ int printf(const char *, ...);
extern "C" __global__ void lines(float *o, const float *x) {
  int i = threadIdx.x;
  o[i] = middle(x[i]);
  asm volatile("{ .reg .pred p; LAB: setp.ne.b32 p, 0, 0; @p bra LAB; }");
  asm volatile("{ .reg .pred p; LAB: setp.ne.b32 p, 0, 0; @p bra LAB; }");
  if (i == 3)
    printf("hello %d %s %5.2f %lld %c%%\n", i, "text", x[i], 1234567890123ll, 'z');
}
