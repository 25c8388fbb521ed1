// Boxes taken in the order given, without those that overlap one taken before: a block for each class.
#pragma once
#include "dlc/prelude.cuh"

// Low y, low x, high y, high x, and the area. Products are rounded before they are added, on every device alike.
struct Box {
  f32 y0, x0, y1, x1, area;
  static DEVICE Box at(const f32 *from) {
    const f32 height = from[2] - from[0], width = from[3] - from[1];
    return {from[0], from[1], from[2], from[3], rounded_product(height, width)};
  }
  // What has no area overlaps nothing.
  DEVICE bool overlaps(const Box &other, f32 limit) const {
    const f32 height = (y1 < other.y1 ? y1 : other.y1) - (y0 > other.y0 ? y0 : other.y0);
    const f32 width = (x1 < other.x1 ? x1 : other.x1) - (x0 > other.x0 ? x0 : other.x0);
    const f32 common = rounded_product(height > 0 ? height : 0, width > 0 ? width : 0);
    return area > 0 && other.area > 0 && common > 0 && common / ((area + other.area) - common) > limit;
  }
};

// boxes: [batch, count, 4]; order: [batch, classes, count], of which the first `candidates` [batch, classes] are there;
// taken: [batch, classes, results], -1 where there is none. Words: of 32 candidates each, enough for all.
template <int Words, int Threads>
DEVICE void suppress(const f32 *boxes, const i64 *order, const i64 *candidates, const f32 *limit, const i64 *most,
                     i64 *taken, i64 count, i64 classes, i64 results) {
  __shared__ u32 alive[Words];
  const i64 row = blockIdx.x;
  const i32 thread = threadIdx.x, size = i32(candidates[row]), words = (size + 31) / 32;
  const f32 *const mine = boxes + row / classes * count * 4;
  const i64 *const numbers = order + row * count;
  const i64 wanted = *most < results ? *most : results;
  i64 *const out = taken + row * results;
  for (i32 w = thread; w < words; w += Threads)
    alive[w] = size - w * 32 < 32 ? (1u << (size - w * 32)) - 1u : 0xffffffffu;
  i64 have = 0;
  for (i32 next = 0; next < size && have < wanted; ++have) {
    const i64 number = numbers[next];
    const Box best = Box::at(mine + number * 4);
    if (thread == 0)
      out[have] = number;
    // Candidates behind this one that stay; a thread has words of its own.
    i32 first = size;
    for (i32 w = next / 32 + thread; w < words; w += Threads) {
      u32 left = alive[w];
      if (w == next / 32)
        left &= ~((2u << next % 32) - 1u);
      for (u32 look = left; look; look &= look - 1u) {
        const i32 bit = lowest_bit(look);
        if (Box::at(mine + numbers[w * 32 + bit] * 4).overlaps(best, *limit))
          left &= ~(1u << bit);
        else if (w * 32 + bit < first)
          first = w * 32 + bit;
      }
      alive[w] = left;
    }
    // A word belongs to another thread the next time.
    next = block_reduce<MinSigned, Threads>(first);
  }
  for (i64 i = have + thread; i < results; i += Threads)
    out[i] = -1;
}
