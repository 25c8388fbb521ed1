// The device library's intrinsics for the host: a block's threads are fibers that run until they wait for each other.
// Stands in for codegen/cuda/device/intrinsics.cuh, so that emitted CUDA C runs, and is checked, with no GPU.
#pragma once
#include <deque>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <utility>
#include <vector>

#define DEVICE inline
#define UNROLL
#define __global__
#define __device__
#define __forceinline__ inline
#define __shared__ static
#define __align__(n) __attribute__((aligned(n)))
#define __launch_bounds__(...)

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

struct Index3 {
  u32 x, y, z;
};
inline Index3 threadIdx, blockIdx, blockDim, gridDim;

inline u32 float_bits(f32 value) { return __builtin_bit_cast(u32, value); }
inline f32 bits_float(u32 bits) { return __builtin_bit_cast(f32, bits); }
inline u64 float_bits(f64 value) { return __builtin_bit_cast(u64, value); }
inline f64 bits_float(u64 bits) { return __builtin_bit_cast(f64, bits); }

struct f16 {
  u16 bits;
  operator f32() const { return f32(__builtin_bit_cast(_Float16, bits)); }
  static f16 from(f32 value) { return {__builtin_bit_cast(u16, _Float16(value))}; }
};
struct bf16 {
  u16 bits;
  operator f32() const { return bits_float(u32(bits) << 16); }
  static bf16 from(f32 value) {
    u32 all = float_bits(value);
    if (value != value)
      return {u16(all >> 16 | 0x40)};
    return {u16((all + 0x7fff + (all >> 16 & 1)) >> 16)};
  }
};

template <class T> T nan_first(T a, T b, bool bigger) {
  if (a != a || b != b)
    return a + b;
  if (a == b)
    return signbit(a) == bigger ? b : a; // -0 < +0
  return (a < b) == bigger ? b : a;
}
inline f32 maximum(f32 a, f32 b) { return nan_first(a, b, true); }
inline f32 minimum(f32 a, f32 b) { return nan_first(a, b, false); }
inline f64 maximum(f64 a, f64 b) { return nan_first(a, b, true); }
inline f64 minimum(f64 a, f64 b) { return nan_first(a, b, false); }
inline u64 multiply_high(u64 a, u64 b) { return u64((unsigned __int128)a * b >> 64); }
inline f32 rounded_product(f32 a, f32 b) {
  volatile f32 product = a * b;
  return product;
}
inline i32 lowest_bit(u32 bits) { return __builtin_ctz(bits); }
inline f32 rsqrtf(f32 x) { return 1.0f / sqrtf(x); }
inline f64 rsqrt(f64 x) { return 1.0 / sqrt(x); }

template <int Words> void store_words(void *at, const u32 *words) { memcpy(at, words, 4 * Words); }

// ---- threads ---------------------------------------------------------------------------------------------------------
namespace host {
enum class State { Ready, AtBarrier, AtShuffle, Done };
struct Copy { // global to shared memory, under way
  char *to;
  const void *from;
  int bytes;
  bool inside;
};
struct Fiber {
  ucontext_t context;
  std::vector<char> stack;
  State state;
  Index3 index;
  int shuffles;                          // taken part in so far
  std::deque<std::vector<Copy>> copies; // by group; the last one is not committed yet
};
inline std::vector<Fiber> fibers;
inline ucontext_t scheduler;
inline Fiber *current;
inline u32 posted[32][2][32]; // warp, parity, lane
inline void (*kernel)(void **);
inline void **arguments;

inline void wait(State state) {
  current->state = state;
  swapcontext(&current->context, &scheduler);
}
inline void body() {
  kernel(arguments);
  current->state = State::Done;
}

/// One block. `reversed` runs the last thread first: results that change show a missing barrier. Null if all is well.
inline const char *runBlock(u32 threads, bool reversed) {
  for (u32 t = 0; t < threads; ++t) {
    Fiber &fiber = fibers[t];
    fiber.stack.resize(256 << 10);
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.data();
    fiber.context.uc_stack.ss_size = fiber.stack.size();
    fiber.context.uc_link = &scheduler;
    fiber.state = State::Ready;
    fiber.shuffles = 0;
    fiber.copies.assign(1, {});
    fiber.index = {t % blockDim.x, t / blockDim.x % blockDim.y, t / blockDim.x / blockDim.y};
    makecontext(&fiber.context, body, 0);
  }
  for (;;) {
    u32 done = 0, waiting = 0;
    for (u32 n = 0; n < threads; ++n) {
      Fiber &fiber = fibers[reversed ? threads - 1 - n : n];
      if (fiber.state == State::Ready) {
        current = &fiber;
        threadIdx = fiber.index;
        swapcontext(&scheduler, &fiber.context);
      }
      done += fiber.state == State::Done;
      waiting += fiber.state == State::AtBarrier;
    }
    if (done == threads) {
      for (u32 t = 0; t < threads; ++t)
        for (auto &group : fibers[t].copies)
          if (!group.empty())
            return "a thread returned with copies under way";
      return nullptr;
    }
    bool released = false;
    for (u32 warp = 0; warp * 32 < threads; ++warp) {
      u32 arrived = 0, end = warp * 32 + 32 < threads ? warp * 32 + 32 : threads;
      for (u32 t = warp * 32; t < end; ++t)
        arrived += fibers[t].state == State::AtShuffle;
      if (arrived != 32)
        continue;
      for (u32 t = warp * 32; t < end; ++t)
        fibers[t].state = State::Ready;
      released = true;
    }
    if (released)
      continue;
    if (waiting != threads)
      return done ? "threads wait for others that have returned" : "threads wait in different places";
    for (u32 t = 0; t < threads; ++t)
      fibers[t].state = State::Ready;
  }
}
} // namespace host

inline void barrier() { host::wait(host::State::AtBarrier); }
template <int Number, int Threads> void barrier_of() { barrier(); }

inline u32 shuffle_bits(u32 bits, int mask) {
  const u32 thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  auto &slots = host::posted[thread / 32][host::current->shuffles++ & 1];
  slots[thread % 32] = bits;
  host::wait(host::State::AtShuffle);
  return slots[(thread % 32) ^ u32(mask)];
}
inline void warp_barrier() { shuffle_bits(0, 0); }

namespace host {
template <class... A, size_t... I> void call(void (*kernel)(A...), void **arguments, std::index_sequence<I...>) {
  kernel(reinterpret_cast<A>(arguments[I])...);
}
/// Calls a kernel whose parameters are all pointers.
template <class... A> void call(void (*kernel)(A...), void **arguments) {
  call(kernel, arguments, std::make_index_sequence<sizeof...(A)>());
}
} // namespace host

/// Runs a kernel over a grid; returns null, or what went wrong.
extern "C" inline __attribute__((used, visibility("default"))) const char *
launch(void (*kernel)(void **), void **arguments, const u32 *grid, const u32 *block, int reversed) {
  gridDim = {grid[0], grid[1], grid[2]};
  blockDim = {block[0], block[1], block[2]};
  host::kernel = kernel;
  host::arguments = arguments;
  const u32 threads = block[0] * block[1] * block[2];
  if (host::fibers.size() < threads)
    host::fibers.resize(threads);
  for (u32 z = 0; z < grid[2]; ++z)
    for (u32 y = 0; y < grid[1]; ++y)
      for (u32 x = 0; x < grid[0]; ++x) {
        blockIdx = {x, y, z};
        if (const char *error = host::runBlock(threads, reversed))
          return error;
      }
  return nullptr;
}
