// Tensor cores and asynchronous copies as sm_80 has them: mma.sync, ldmatrix, cp.async, dynamic shared memory.
// sm_75 has neither cp.async nor bf16 and TF32 in its tensor cores: there copies arrive at once, and the CUDA cores
// multiply what the lanes of a warp hand each other.
#pragma once
#include "dlc/prelude.cuh"

// Element type of operands that lie as f32 and are rounded to TF32 on their way into the tensor cores.
struct tf32 {};

// ---- shared memory ---------------------------------------------------------------------------------------------------
// An address in shared memory; adding an integer steps over bytes.
using shared_t = u32;

// The block's dynamic shared memory, on a multiple of 128 bytes.
DEVICE shared_t dynamic_shared() {
  extern __shared__ __align__(128) char dynamic_shared_memory[];
  return u32(__cvta_generic_to_shared(dynamic_shared_memory));
}

template <class T> DEVICE void shared_store(shared_t to, T value);
template <> DEVICE void shared_store(shared_t to, u16 value) {
  asm volatile("st.shared.u16 [%0], %1;" ::"r"(to), "h"(value) : "memory");
}
template <> DEVICE void shared_store(shared_t to, vec<f32, 2> value) {
  asm volatile("st.shared.v2.f32 [%0], {%1, %2};" ::"r"(to), "f"(value[0]), "f"(value[1]) : "memory");
}
DEVICE u32 shared_load_u32(shared_t from) {
  u32 value;
  asm volatile("ld.shared.u32 %0, [%1];" : "=r"(value) : "r"(from) : "memory");
  return value;
}
template <int N> DEVICE vec<f32, N> shared_load(shared_t from);
template <> DEVICE vec<f32, 1> shared_load(shared_t from) {
  vec<f32, 1> value;
  asm volatile("ld.shared.f32 %0, [%1];" : "=f"(value[0]) : "r"(from) : "memory");
  return value;
}
template <> DEVICE vec<f32, 4> shared_load(shared_t from) {
  vec<f32, 4> value;
  asm volatile("ld.shared.v4.f32 {%0, %1, %2, %3}, [%4];"
               : "=f"(value[0]), "=f"(value[1]), "=f"(value[2]), "=f"(value[3])
               : "r"(from)
               : "memory");
  return value;
}

// ---- asynchronous copies ---------------------------------------------------------------------------------------------
// Bytes (4, 8 or 16, both sides aligned to them) from global to shared memory, zeros where not `inside`: then nothing
// is read. They have arrived when their group has been waited for, for the thread that waits.
template <int Bytes> DEVICE void copy_async(shared_t to, const void *from, bool inside) {
  const u64 global = u64(__cvta_generic_to_global(from));
#if __CUDA_ARCH__ >= 800
  if (Bytes == 16)
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(global), "r"(inside ? 16 : 0)
                 : "memory");
  else
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(to), "l"(global), "n"(Bytes),
                 "r"(inside ? Bytes : 0)
                 : "memory");
#else
  u32 words[4] = {};
  if (Bytes == 16) {
    if (inside)
      asm volatile("ld.global.nc.v4.u32 {%0, %1, %2, %3}, [%4];"
                   : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
                   : "l"(global));
    asm volatile("st.shared.v4.u32 [%0], {%1, %2, %3, %4};" ::"r"(to), "r"(words[0]), "r"(words[1]), "r"(words[2]),
                 "r"(words[3])
                 : "memory");
  } else if (Bytes == 8) {
    if (inside)
      asm volatile("ld.global.nc.v2.u32 {%0, %1}, [%2];" : "=r"(words[0]), "=r"(words[1]) : "l"(global));
    asm volatile("st.shared.v2.u32 [%0], {%1, %2};" ::"r"(to), "r"(words[0]), "r"(words[1]) : "memory");
  } else {
    if (inside)
      asm volatile("ld.global.nc.u32 %0, [%1];" : "=r"(words[0]) : "l"(global));
    asm volatile("st.shared.u32 [%0], %1;" ::"r"(to), "r"(words[0]) : "memory");
  }
#endif
}
#if __CUDA_ARCH__ >= 800
// Ends a group of copies.
DEVICE void copy_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Waits until at most `Pending` groups, the latest, are under way.
template <int Pending> DEVICE void copy_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory"); }
#else
DEVICE void copy_commit() {}
template <int Pending> DEVICE void copy_wait() {}
#endif

// ---- matrices --------------------------------------------------------------------------------------------------------
// Four 8 x 8 matrices of 16-bit elements: lane l names row l % 8 of matrix l / 8, 16 bytes; register r holds of matrix r
// elements 2(l % 4) and 2(l % 4) + 1 of row l / 4. Transposed: of column l / 4.
DEVICE vec<u32, 4> load_matrices(shared_t row) {
  vec<u32, 4> r;
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(row)
               : "memory");
  return r;
}
DEVICE vec<u32, 4> load_matrices_transposed(shared_t row) {
  vec<u32, 4> r;
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(row)
               : "memory");
  return r;
}

// c += a * b for m16n8 and K elements of 32 bytes, f32 accumulators: c[0], c[1] are row l / 4, columns 2(l % 4) and the
// next; c[2], c[3] eight rows below.
#if __CUDA_ARCH__ >= 800
DEVICE void multiply_matrices(bf16, vec<f32, 4> &c, const vec<u32, 4> &a, const vec<u32, 2> &b) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
DEVICE void multiply_matrices(f16, vec<f32, 4> &c, const vec<u32, 4> &a, const vec<u32, 2> &b) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
DEVICE void multiply_matrices(tf32, vec<f32, 4> &c, const vec<u32, 4> &a, const vec<u32, 2> &b) {
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#else
DEVICE void multiply_matrices(f16, vec<f32, 4> &c, const vec<u32, 4> &a, const vec<u32, 2> &b) {
  UNROLL
  for (int half = 0; half < 2; ++half)
    asm("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[2 * half]), "r"(a[2 * half + 1]), "r"(b[half]));
}

// The elements that lie in a register of operands.
template <class T> constexpr int packed = 2;
template <> constexpr int packed<tf32> = 1;
DEVICE f32 unpacked(bf16, u32 bits, int which) { return bits_float(which ? bits & 0xffff0000u : bits << 16); }
DEVICE f32 unpacked(tf32, u32 bits, int) { return bits_float(bits); }

template <class T> DEVICE void multiply_matrices(T type, vec<f32, 4> &c, const vec<u32, 4> &a, const vec<u32, 2> &b) {
  const auto of = [](u32 bits, u32 lane) { return u32(__shfl_sync(0xffffffffu, int(bits), int(lane))); };
  u32 lane;
  asm("mov.u32 %0, %%laneid;" : "=r"(lane));
  const u32 row = lane / 4 * 4, column = lane % 4 * 8; // the first lanes that hold them
  UNROLL
  for (int part = 0; part < 4; ++part)
    UNROLL
    for (int half = 0; half < 2; ++half) {
      const u32 upper = of(a[2 * half], row + part), lower = of(a[2 * half + 1], row + part);
      const u32 left = of(b[half], column + part), right = of(b[half], column + 4 + part);
      UNROLL
      for (int i = 0; i < packed<T>; ++i) {
        const f32 x = unpacked(type, upper, i), y = unpacked(type, lower, i);
        const f32 v = unpacked(type, left, i), w = unpacked(type, right, i);
        c[0] = fmaf(x, v, c[0]), c[1] = fmaf(x, w, c[1]), c[2] = fmaf(y, v, c[2]), c[3] = fmaf(y, w, c[3]);
      }
    }
}
#endif

// What lies in shared memory as the tensor cores take it: f32 bits to the nearest TF32, ties away from zero.
DEVICE u32 tensor_bits(bf16, u32 bits) { return bits; }
DEVICE u32 tensor_bits(f16, u32 bits) { return bits; }
DEVICE u32 tensor_bits(tf32, u32 bits) {
#if __CUDA_ARCH__ >= 800
  u32 rounded;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(bits_float(bits)));
  return rounded;
#else
  return (bits & 0x7f800000u) == 0x7f800000u ? bits : (bits + 0x1000u) & 0xffffe000u;
#endif
}
