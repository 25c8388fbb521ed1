// Tensor cores and asynchronous copies for the host, in place of codegen/cuda/device/tensor.cuh. A copy changes its
// destination when it is waited for and no earlier; a warp's instructions meet at the scheduler, as shuffles do.
#pragma once
#include "dlc/prelude.cuh"

struct tf32 {};

using shared_t = char *;

namespace host {
alignas(128) inline char dynamicShared[228 << 10];
struct Posted {
  char bytes[48];
};
inline Posted postedWide[32][2][32]; // warp, parity, lane

inline void checkAligned(const void *at, size_t bytes, const char *what) {
  if (u64(at) % bytes) {
    fprintf(stderr, "%s: %p is not aligned to %zu bytes\n", what, at, bytes);
    abort();
  }
}
/// What every lane of the warp has posted, once all have.
inline const Posted *exchange(const void *mine, size_t bytes) {
  const u32 thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  auto &slots = postedWide[thread / 32][current->shuffles++ & 1];
  memcpy(slots[thread % 32].bytes, mine, bytes);
  wait(State::AtShuffle);
  return slots;
}
inline int laneNumber() { return int((threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) % 32); }
} // namespace host

inline shared_t dynamic_shared() { return host::dynamicShared; }

template <class T> void shared_store(shared_t to, T value) {
  host::checkAligned(to, sizeof value, "shared_store");
  memcpy(to, &value, sizeof value);
}
inline u32 shared_load_u32(shared_t from) {
  u32 value;
  host::checkAligned(from, sizeof value, "shared_load_u32");
  memcpy(&value, from, sizeof value);
  return value;
}
template <int N> vec<f32, N> shared_load(shared_t from) {
  vec<f32, N> value;
  host::checkAligned(from, sizeof value, "shared_load");
  memcpy(&value, from, sizeof value);
  return value;
}

template <int Bytes> void copy_async(shared_t to, const void *from, bool inside) {
  static_assert(Bytes == 4 || Bytes == 8 || Bytes == 16);
  host::checkAligned(to, Bytes, "copy_async to");
  host::checkAligned(from, Bytes, "copy_async from");
  host::current->copies.back().push_back({to, from, Bytes, inside});
}
inline void copy_commit() { host::current->copies.emplace_back(); }
template <int Pending> void copy_wait() {
  auto &groups = host::current->copies;
  while (groups.size() > Pending + 1) {
    for (const host::Copy &copy : groups.front())
      copy.inside ? memcpy(copy.to, copy.from, copy.bytes) : memset(copy.to, 0, copy.bytes);
    groups.pop_front();
  }
}

inline vec<u32, 4> load_matrices(shared_t row) {
  host::checkAligned(row, 16, "load_matrices");
  const host::Posted *rows = host::exchange(row, 16);
  const int lane = host::laneNumber();
  vec<u32, 4> r;
  for (int i = 0; i < 4; ++i)
    memcpy(&r[i], rows[i * 8 + lane / 4].bytes + lane % 4 * 4, 4);
  return r;
}
inline vec<u32, 4> load_matrices_transposed(shared_t row) {
  host::checkAligned(row, 16, "load_matrices_transposed");
  const host::Posted *rows = host::exchange(row, 16);
  const int lane = host::laneNumber();
  vec<u32, 4> r;
  for (int i = 0; i < 4; ++i) {
    u16 pair[2];
    for (int j = 0; j < 2; ++j)
      memcpy(&pair[j], rows[i * 8 + lane % 4 * 2 + j].bytes + lane / 4 * 2, 2);
    memcpy(&r[i], pair, 4);
  }
  return r;
}

namespace host {
struct Fragments {
  u32 a[4], b[2];
};
/// Elements (row, k) of a and (k, column) of b out of the fragments of all lanes; E elements in a register.
template <int E, class Read> void multiply(vec<f32, 4> &c, const vec<u32, 4> &a, const vec<u32, 2> &b, Read read) {
  Fragments mine = {{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
  const Posted *all = exchange(&mine, sizeof mine);
  const int lane = laneNumber();
  auto of = [&](int l) { return reinterpret_cast<const Fragments *>(all[l].bytes); };
  for (int r = 0; r < 4; ++r) {
    const int row = lane / 4 + r / 2 * 8, column = lane % 4 * 2 + r % 2;
    double sum = 0;
    for (int k = 0; k < 8 * E; ++k) {
      const int part = k / E % 4, far = k / (4 * E);
      sum += double(read(of(row % 8 * 4 + part)->a[row / 8 + far * 2], k % E)) *
             double(read(of(column * 4 + part)->b[far], k % E));
    }
    c[r] = f32(c[r] + sum);
  }
}
} // namespace host

inline void multiply_matrices(bf16, vec<f32, 4> &c, const vec<u32, 4> &a, const vec<u32, 2> &b) {
  host::multiply<2>(c, a, b, [](u32 bits, int e) { return f32(bf16{u16(bits >> 16 * e)}); });
}
inline void multiply_matrices(f16, vec<f32, 4> &c, const vec<u32, 4> &a, const vec<u32, 2> &b) {
  host::multiply<2>(c, a, b, [](u32 bits, int e) { return f32(f16{u16(bits >> 16 * e)}); });
}
inline void multiply_matrices(tf32, vec<f32, 4> &c, const vec<u32, 4> &a, const vec<u32, 2> &b) {
  host::multiply<1>(c, a, b, [](u32 bits, int) { return bits_float(bits & 0xffffe000u); });
}

inline u32 tensor_bits(bf16, u32 bits) { return bits; }
inline u32 tensor_bits(f16, u32 bits) { return bits; }
inline u32 tensor_bits(tf32, u32 bits) {
  return (bits & 0x7f800000u) == 0x7f800000u ? bits : (bits + 0x1000u) & 0xffffe000u;
}
