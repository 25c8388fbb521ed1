// Tensor cores and asynchronous copies as sm_80 has them: mma.sync, ldmatrix, cp.async, dynamic shared memory.
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

// The threads of a warp wait for each other and see what each has written.
DEVICE void warp_barrier() { __syncwarp(); }

// ---- asynchronous copies ---------------------------------------------------------------------------------------------
// Bytes (4, 8 or 16, both sides aligned to them) from global to shared memory, zeros where not `inside`: then nothing
// is read. They have arrived when their group has been waited for, for the thread that waits.
template <int Bytes> DEVICE void copy_async(shared_t to, const void *from, bool inside) {
  const u64 global = u64(__cvta_generic_to_global(from));
  if (Bytes == 16)
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(global), "r"(inside ? 16 : 0)
                 : "memory");
  else
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(to), "l"(global), "n"(Bytes),
                 "r"(inside ? Bytes : 0)
                 : "memory");
}
// Ends a group of copies.
DEVICE void copy_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Waits until at most `Pending` groups, the latest, are under way.
template <int Pending> DEVICE void copy_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory"); }

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

// What lies in shared memory as the tensor cores take it: f32 bits to the nearest TF32, ties away from zero.
DEVICE u32 tensor_bits(bf16, u32 bits) { return bits; }
DEVICE u32 tensor_bits(f16, u32 bits) { return bits; }
DEVICE u32 tensor_bits(tf32, u32 bits) {
  u32 rounded;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(bits_float(bits)));
  return rounded;
}
