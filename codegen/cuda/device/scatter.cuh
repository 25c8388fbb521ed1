// Rows of zeros with elements put where indices say: a block for each stretch of a row.
#pragma once
#include "dlc/prelude.cuh"

// x, index: [rows, given], the indices of a row all different; out: [rows, length]. A block fills a stretch of a row,
// and then looks at all that the row is given.
template <int Threads, class T>
DEVICE void scatter(const T *x, const i64 *index, T *out, i64 given, i64 length, i64 stretch) {
  const i64 pieces = (length + stretch - 1) / stretch, row = blockIdx.x / pieces;
  const i64 begin = blockIdx.x % pieces * stretch;
  const i64 size = length - begin < stretch ? length - begin : stretch;
  const i32 thread = threadIdx.x;
  T *const mine = out + row * length + begin;
  for (i64 i = thread; i < size; i += Threads)
    mine[i] = T{};
  barrier();
  for (i64 i = thread; i < given; i += Threads) {
    const i64 at = index[row * given + i] - begin;
    if (at >= 0 && at < size)
      mine[at] = x[row * given + i];
  }
}
