// What only the GPU can say: PTX conversions, shuffles, NaN-propagating minimum and maximum.
// Everything else in this folder is ordinary C++ on top of these names. Cards before sm_80 get by with more instructions.
#pragma once

#define DEVICE __device__ __forceinline__
#define UNROLL _Pragma("unroll")

using i8 = signed char;
using i16 = short;
using i32 = int;
using i64 = long long;
using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;
using f32 = float;
using f64 = double;

// 16-bit floats are storage: convert to f32, compute, convert back (round to nearest even).
struct f16 {
  u16 bits;
  DEVICE operator f32() const {
    f32 value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
    return value;
  }
  static DEVICE f16 from(f32 value) {
    f16 result;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result.bits) : "f"(value));
    return result;
  }
};

struct bf16 {
  u16 bits;
  DEVICE operator f32() const { return __int_as_float(int(u32(bits) << 16)); }
  static DEVICE bf16 from(f32 value) {
    bf16 result;
#if __CUDA_ARCH__ >= 800
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(result.bits) : "f"(value));
#else
    const u32 all = u32(__float_as_int(value));
    result.bits = value != value ? u16(0x7fff) : u16((all + 0x7fffu + (all >> 16 & 1u)) >> 16);
#endif
    return result;
  }
};

DEVICE u32 float_bits(f32 value) { return u32(__float_as_int(value)); }
DEVICE f32 bits_float(u32 bits) { return __int_as_float(int(bits)); }
DEVICE u64 float_bits(f64 value) { return u64(__double_as_longlong(value)); }
DEVICE f64 bits_float(u64 bits) { return __longlong_as_double(i64(bits)); }

// NaN if either is NaN; -0 < +0.
DEVICE f32 maximum(f32 a, f32 b) {
#if __CUDA_ARCH__ >= 800
  f32 result;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
#else
  return a != a || b != b ? a + b : fmaxf(a, b);
#endif
}
DEVICE f32 minimum(f32 a, f32 b) {
#if __CUDA_ARCH__ >= 800
  f32 result;
  asm("min.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
#else
  return a != a || b != b ? a + b : fminf(a, b);
#endif
}
DEVICE f64 maximum(f64 a, f64 b) { return a != a || b != b ? a + b : fmax(a, b); }
DEVICE f64 minimum(f64 a, f64 b) { return a != a || b != b ? a + b : fmin(a, b); }

// The value of the lane whose number differs in the bits of `mask`; all 32 lanes take part.
DEVICE u32 shuffle_bits(u32 bits, int mask) { return u32(__shfl_xor_sync(0xffffffffu, int(bits), mask)); }

// A product that is rounded before anything is added to it.
DEVICE f32 rounded_product(f32 a, f32 b) { return __fmul_rn(a, b); }

// The number of the lowest bit that is set.
DEVICE i32 lowest_bit(u32 bits) { return __ffs(int(bits)) - 1; }

// The upper half of a product.
DEVICE u64 multiply_high(u64 a, u64 b) { return __umul64hi(a, b); }

// Words to global memory in one access. Nothing that a kernel reads later lies there, so reads may pass it.
template <int Words> DEVICE void store_words(void *at, const u32 *words) {
  const u64 to = u64(__cvta_generic_to_global(at));
  if constexpr (Words == 4)
    asm volatile("st.global.v4.b32 [%0], {%1, %2, %3, %4};" ::"l"(to), "r"(words[0]), "r"(words[1]), "r"(words[2]),
                 "r"(words[3]));
  else if constexpr (Words == 2)
    asm volatile("st.global.v2.b32 [%0], {%1, %2};" ::"l"(to), "r"(words[0]), "r"(words[1]));
  else
    asm volatile("st.global.b32 [%0], %1;" ::"l"(to), "r"(words[0]));
}

DEVICE void barrier() { __syncthreads(); }
// The threads of a warp wait for each other and see what each has written.
DEVICE void warp_barrier() { __syncwarp(); }
// Of the first `Threads` threads alone, whole warps, for Number other than 0; others may stand at barrier().
template <int Number, int Threads> DEVICE void barrier_of() {
  if (Number == 0)
    barrier();
  else
    asm volatile("bar.sync %0, %1;" ::"n"(Number), "n"(Threads) : "memory");
}
