// Types and helpers that every kernel shares.
#pragma once
#include "dlc/intrinsics.cuh"

// ---- vectors: one load or store of N values ------------------------------------------------------------------------
template <class T, int N> struct alignas(sizeof(T) * N) vec {
  T v[N];
  DEVICE T &operator[](int i) { return v[i]; }
  DEVICE const T &operator[](int i) const { return v[i]; }
};

template <int N, class T> DEVICE vec<T, N> load(const T *at) { return *reinterpret_cast<const vec<T, N> *>(at); }
template <class T, int N> DEVICE void store(T *at, const vec<T, N> &value) { *reinterpret_cast<vec<T, N> *>(at) = value; }
// The last word on a result in global memory, 16 bytes an access: stores of computed elements do not always become one.
template <class T, int N> DEVICE void store_result(T *at, const vec<T, N> &value) {
  constexpr int Bytes = sizeof(T) * N, Words = Bytes < 16 ? Bytes / 4 : 4;
  if constexpr (Bytes % 4 != 0) {
    store(at, value);
  } else {
    union {
      vec<T, N> value;
      u32 words[Bytes / 4];
    } both{value};
    UNROLL for (int i = 0; i < Bytes / 4; i += Words) store_words<Words>(reinterpret_cast<char *>(at) + 4 * i, both.words + i);
  }
}
template <class T, int N> DEVICE vec<T, N> splat(T value) {
  vec<T, N> all;
  UNROLL for (int i = 0; i < N; ++i) all[i] = value;
  return all;
}

// ---- conversions ---------------------------------------------------------------------------------------------------
template <class To, class From> DEVICE To bitcast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  union {
    From from;
    To to;
  } both{from};
  return both.to;
}

template <class T> struct Convert {
  template <class From> static DEVICE T from(From value) { return T(value); }
};
template <> struct Convert<f16> {
  template <class From> static DEVICE f16 from(From value) { return f16::from(f32(value)); }
};
template <> struct Convert<bf16> {
  template <class From> static DEVICE bf16 from(From value) { return bf16::from(f32(value)); }
};
template <class To, class From> DEVICE To to(From value) { return Convert<To>::from(value); }

template <class T> DEVICE T inf();
template <> DEVICE f32 inf<f32>() { return bits_float(0x7f800000u); }
template <> DEVICE f64 inf<f64>() { return bits_float(u64(0x7ff0000000000000ull)); }

// ---- integers: signed types that wrap, and their unsigned reading -----------------------------------------------------
template <class T> struct Unsigned;
template <> struct Unsigned<i8> { using type = u8; };
template <> struct Unsigned<i16> { using type = u16; };
template <> struct Unsigned<i32> { using type = u32; };
template <> struct Unsigned<i64> { using type = u64; };
template <class T> using unsigned_t = typename Unsigned<T>::type;

template <class T> DEVICE T wrap_add(T a, T b) { return T(unsigned_t<T>(a) + unsigned_t<T>(b)); }
template <class T> DEVICE T wrap_sub(T a, T b) { return T(unsigned_t<T>(a) - unsigned_t<T>(b)); }
template <class T> DEVICE T wrap_mul(T a, T b) { return T(u64(a) * u64(b)); }
template <class T> DEVICE T mul_high_unsigned(T a, T b) {
  if (sizeof(T) == 8)
    return T(multiply_high(u64(a), u64(b)));
  return T(u64(unsigned_t<T>(a)) * unsigned_t<T>(b) >> (8 * sizeof(T)));
}
template <class T> DEVICE T shift_left(T a, T b) { return T(unsigned_t<T>(a) << b); }
template <class T> DEVICE T shift_right_unsigned(T a, T b) { return T(unsigned_t<T>(a) >> b); }
template <class T> DEVICE T div_unsigned(T a, T b) { return T(unsigned_t<T>(a) / unsigned_t<T>(b)); }
template <class T> DEVICE T rem_unsigned(T a, T b) { return T(unsigned_t<T>(a) % unsigned_t<T>(b)); }
template <class T> DEVICE T div_floor(T a, T b) { return a / b - ((a % b != 0 && (a % b < 0) != (b < 0)) ? 1 : 0); }
template <class T> DEVICE T div_ceil(T a, T b) { return a / b + ((a % b != 0 && (a % b < 0) == (b < 0)) ? 1 : 0); }
template <class T> DEVICE T wrap_abs(T a) { return a < 0 ? wrap_sub(T(0), a) : a; }
template <class T> DEVICE T max_signed(T a, T b) { return a > b ? a : b; }
template <class T> DEVICE T min_signed(T a, T b) { return a < b ? a : b; }
template <class T> DEVICE T max_unsigned(T a, T b) { return unsigned_t<T>(a) > unsigned_t<T>(b) ? a : b; }
template <class T> DEVICE T min_unsigned(T a, T b) { return unsigned_t<T>(a) < unsigned_t<T>(b) ? a : b; }

// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"): the first word for a key and a counter.
DEVICE i32 philox(u32 key0, u32 key1, u32 c0, u32 c1, u32 c2, u32 c3) {
  UNROLL for (int round = 0; round < 10; ++round) {
    const u64 first = u64(0xD2511F53u) * c0, second = u64(0xCD9E8D57u) * c2;
    c0 = u32(second >> 32) ^ c1 ^ key0, c1 = u32(second);
    c2 = u32(first >> 32) ^ c3 ^ key1, c3 = u32(first);
    key0 += 0x9E3779B9u, key1 += 0xBB67AE85u;
  }
  return i32(c0);
}

// ---- reductions over a warp or a block; the order is fixed, so the bits are -------------------------------------------
struct Add { template <class T> DEVICE T operator()(T a, T b) const { return a + b; } };
struct Mul { template <class T> DEVICE T operator()(T a, T b) const { return a * b; } };
struct WrapAdd { template <class T> DEVICE T operator()(T a, T b) const { return wrap_add(a, b); } };
struct WrapMul { template <class T> DEVICE T operator()(T a, T b) const { return wrap_mul(a, b); } };
struct Maximum { template <class T> DEVICE T operator()(T a, T b) const { return maximum(a, b); } };
struct Minimum { template <class T> DEVICE T operator()(T a, T b) const { return minimum(a, b); } };
struct MaxNum { template <class T> DEVICE T operator()(T a, T b) const { return fmax(a, b); } };
struct MinNum { template <class T> DEVICE T operator()(T a, T b) const { return fmin(a, b); } };
struct MaxSigned { template <class T> DEVICE T operator()(T a, T b) const { return max_signed(a, b); } };
struct MinSigned { template <class T> DEVICE T operator()(T a, T b) const { return min_signed(a, b); } };
struct MaxUnsigned { template <class T> DEVICE T operator()(T a, T b) const { return max_unsigned(a, b); } };
struct MinUnsigned { template <class T> DEVICE T operator()(T a, T b) const { return min_unsigned(a, b); } };
struct And { template <class T> DEVICE T operator()(T a, T b) const { return T(a & b); } };
struct Or { template <class T> DEVICE T operator()(T a, T b) const { return T(a | b); } };
struct Xor { template <class T> DEVICE T operator()(T a, T b) const { return T(a ^ b); } };

DEVICE f32 shuffle_xor(f32 value, int mask) { return bits_float(shuffle_bits(float_bits(value), mask)); }
DEVICE i32 shuffle_xor(i32 value, int mask) { return i32(shuffle_bits(u32(value), mask)); }
DEVICE i16 shuffle_xor(i16 value, int mask) { return i16(shuffle_bits(u32(value), mask)); }
DEVICE i8 shuffle_xor(i8 value, int mask) { return i8(shuffle_bits(u32(value), mask)); }
DEVICE bool shuffle_xor(bool value, int mask) { return shuffle_bits(u32(value), mask) != 0; }
DEVICE f16 shuffle_xor(f16 value, int mask) { return {u16(shuffle_bits(value.bits, mask))}; }
DEVICE bf16 shuffle_xor(bf16 value, int mask) { return {u16(shuffle_bits(value.bits, mask))}; }
DEVICE i64 shuffle_xor(i64 value, int mask) {
  const u32 low = shuffle_bits(u32(value), mask), high = shuffle_bits(u32(u64(value) >> 32), mask);
  return i64(u64(high) << 32 | low);
}
DEVICE f64 shuffle_xor(f64 value, int mask) { return bits_float(u64(shuffle_xor(i64(float_bits(value)), mask))); }

// Over groups of `Lanes` neighbouring lanes; every lane gets the result.
template <class Op, int Lanes = 32, class T> DEVICE T warp_reduce(T value) {
  UNROLL for (int mask = Lanes / 2; mask > 0; mask /= 2) value = Op()(value, shuffle_xor(value, mask));
  return value;
}

// Over a block of `Threads` threads, a multiple of 32; every thread gets the result.
template <class Op, int Threads, class T> DEVICE T block_reduce(T value) {
  constexpr int Warps = Threads / 32;
  __shared__ T partial[Warps];
  const int thread = threadIdx.x + blockDim.x * threadIdx.y;
  value = warp_reduce<Op>(value);
  if (thread % 32 == 0)
    partial[thread / 32] = value;
  barrier();
  value = partial[0];
  UNROLL for (int warp = 1; warp < Warps; ++warp) value = Op()(value, partial[warp]);
  barrier();
  return value;
}
