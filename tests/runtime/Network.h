// A program with everything that takes memory: a convolution whose weights oneDNN packs, a kernel, a matrix product,
// state, a weight made by rule, an arena. And an allocator of pages that counts and can refuse.
#pragma once
#include "tests/runtime/LibraryCases.h"

#include <map>
#include <mutex>
#include <sys/mman.h>

namespace dlc::test {

/// in0 [1, 8, 12, 12] -> convolution with w1 (frozen) -> doubled -> product with w2 (frozen) -> out0 [channels, 10],
/// and state "runs" -= 0.5 where it has `state`: sessions that share it may not run at the same time.
inline Builder network(int64_t channels = 16, bool state = true) {
  Builder b;
  const int64_t pixels = 144;
  uint32_t x = b.input({1, 8, 12, 12});
  uint32_t w1 = b.weight("w1", noise(channels * 8 * 9, 1));
  uint32_t conv = b.arena({1, channels, 12, 12});
  Step s;
  s.kind = StepKind::Library;
  s.args = {x, w1, conv};
  s.kernel = b.kernel("fallback");
  s.sources = {"conv"};
  s.outputs = 1;
  Convolution &d = s.convolution.emplace();
  d.srcDims = {1, 8, 12, 12}, d.weightDims = {1, channels, 8, 3, 3}, d.dstDims = {1, channels, 12, 12};
  d.src = {0, DType::F32, dense(d.srcDims)};
  d.weight = {1, DType::F32, dense(d.weightDims)};
  d.dst = {2, DType::F32, dense(d.dstDims)};
  d.windowStrides = d.windowDilation = d.baseDilation = d.padLo = d.padHi = {1, 1};
  b.variant.steps.push_back(s);
  uint32_t twice = b.arena({1, channels, 12, 12});
  b.launch("scale2", {conv, twice}, channels * pixels, 256).deps = {0};
  uint32_t w2 = b.weight("w2", noise(pixels * 10, 2)), out = b.output({channels, 10});
  Step product;
  product.kind = StepKind::Library;
  product.args = {twice, w2, out};
  product.kernel = b.kernel("fallback");
  product.sources = {"product"};
  product.outputs = 1;
  product.deps = {1};
  Matmul &m = product.matmul.emplace();
  m.m = channels, m.n = 10, m.k = pixels;
  m.a = {0, DType::F32, {pixels, 1}};
  m.b = {1, DType::F32, {10, 1}};
  m.c = {2, DType::F32, {10, 1}};
  b.variant.steps.push_back(product);
  if (!state)
    return b;
  b.image.weights.push_back({"runs", DType::F32, {16}, Role::State, Init::Zeros, 0, {}});
  uint32_t runs = b.buffer(BufferKind::State, uint32_t(b.image.weights.size() - 1), {16});
  b.image.weights.push_back({"ones", DType::F32, {16}, Role::Frozen, Init::Fill, 0x3f800000, {}});
  uint32_t ones = b.buffer(BufferKind::Weight, uint32_t(b.image.weights.size() - 1), {16});
  b.launch("sgd", {runs, ones, runs}, 16);
  return b;
}

/// What network() computes from `x`, where every step ran as it should.
inline Floats networkValue(const Floats &x, int64_t channels = 16) {
  Floats w1 = noise(channels * 8 * 9, 1), w2 = noise(144 * 10, 2), out(size_t(channels * 10));
  for (int64_t o = 0; o != channels; ++o) {
    Floats plane(144);
    for (int64_t i = 0; i != 144; ++i) {
      double sum = 0;
      for (int64_t c = 0; c != 8; ++c)
        for (int64_t ky = 0; ky != 3; ++ky)
          for (int64_t kx = 0; kx != 3; ++kx) {
            int64_t y = i / 12 + ky - 1, z = i % 12 + kx - 1;
            if (y >= 0 && y < 12 && z >= 0 && z < 12)
              sum += double(x[size_t(c * 144 + y * 12 + z)]) * w1[size_t(((o * 8 + c) * 3 + ky) * 3 + kx)];
          }
      plane[size_t(i)] = float(2 * sum);
    }
    for (int64_t j = 0; j != 10; ++j) {
      double sum = 0;
      for (int64_t i = 0; i != 144; ++i)
        sum += double(plane[size_t(i)]) * w2[size_t(i * 10 + j)];
      out[size_t(o * 10 + j)] = float(sum);
    }
  }
  return out;
}

/// Each allocation is pages of its own, which protect() can take away. May be used by many threads.
class Pages {
public:
  size_t calls = 0, limit = SIZE_MAX, bytes = 0;
  bool mismatched = false;

  dlc_allocator allocator() { return {this, allocate, release}; }
  size_t live() {
    std::lock_guard lock(mutex);
    return blocks.size();
  }
  bool owns(const void *p) {
    std::lock_guard lock(mutex);
    auto it = blocks.upper_bound(static_cast<char *>(const_cast<void *>(p)));
    return it != blocks.begin() && static_cast<const char *>(p) < (--it)->first + it->second;
  }
  /// Any access to the block that begins at p ends the process, until it is allowed again.
  void protect(void *p, bool allowed) {
    std::lock_guard lock(mutex);
    ASSERT_TRUE(blocks.count(static_cast<char *>(p)));
    ASSERT_EQ(mprotect(p, whole(blocks[static_cast<char *>(p)]), allowed ? PROT_READ | PROT_WRITE : PROT_NONE), 0);
  }

private:
  std::mutex mutex;
  std::map<char *, size_t> blocks;

  static size_t whole(size_t size) { return (size + 4095) / 4096 * 4096; }
  static void *allocate(void *user, size_t size, size_t alignment) {
    Pages &h = *static_cast<Pages *>(user);
    std::lock_guard lock(h.mutex);
    if (h.calls++ >= h.limit || alignment > (2u << 20))
      return nullptr;
    // Not on a larger boundary than asked for: what relies on more shows.
    size_t room = whole(size) + (alignment > 4096 ? alignment : 0);
    auto *p = static_cast<char *>(mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (p == MAP_FAILED)
      return nullptr;
    char *start = p;
    if (alignment > 4096)
      start = reinterpret_cast<char *>((reinterpret_cast<uintptr_t>(p) + alignment - 1) / alignment * alignment);
    if (start != p)
      munmap(p, size_t(start - p));
    if (size_t behind = size_t(p + room - (start + whole(size))))
      munmap(start + whole(size), behind);
    std::memset(start, 0xa5, size); // nobody may count on zeros
    h.blocks[start] = size;
    h.bytes += size;
    return start;
  }
  static void release(void *user, void *p, size_t size) {
    Pages &h = *static_cast<Pages *>(user);
    std::lock_guard lock(h.mutex);
    auto it = h.blocks.find(static_cast<char *>(p));
    h.mismatched |= it == h.blocks.end() || it->second != size;
    if (it != h.blocks.end())
      h.blocks.erase(it);
    munmap(p, whole(size));
  }
};

} // namespace dlc::test
