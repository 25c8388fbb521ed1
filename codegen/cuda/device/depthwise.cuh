// Convolutions with one input and one output channel a group: a thread computes a run of results straight from memory,
// since there is no second factor to share them with.
#pragma once
#include "dlc/conv.cuh"

// `input` are the patches of one channel, a batch of them: channels where they lie last, else images and channels.
// weight: [channel, window]. Results are [m, n]: with the channels last m = image and position, n = channel; else
// m = image and channel, n = position. One thread for each run.
template <class Acc, bool ChannelsLast, int Run, class Input, class T, class Out, class Batch, class Epilogue>
DEVICE void depthwise(const Input &input, const T *weight, const Output<Out, Batch> &out, i32 channels, i32 m, i32 n,
                      i32 window, const Epilogue &epilogue) {
  const i64 number = i64(blockIdx.x) * blockDim.x + threadIdx.x;
  const i32 across = n / Run, column = i32(number % across) * Run;
  if (number >= i64(m) * across)
    return;
  const i32 row = i32(number / across);
  vec<Acc, Run> sums{};
  if constexpr (ChannelsLast) {
    const auto at = input.at(column, row, m);
    for (i32 w = 0; w < window; ++w) {
      const auto from = input.place(at, w, window);
      if (!from.inside)
        continue;
      const vec<T, Run> values = load<Run>(input.data + from.offset);
      UNROLL for (int r = 0; r < Run; ++r)
        sums[r] = multiply_add(Acc(values[r]), Acc(weight[(column + r) * window + w]), sums[r]);
    }
  } else {
    typename Input::At at[Run];
    UNROLL for (int r = 0; r < Run; ++r) at[r] = input.at(row, column + r, n);
    const T *const mine = weight + row % channels * window;
    for (i32 w = 0; w < window; ++w) {
      const Acc factor = Acc(mine[w]);
      UNROLL for (int r = 0; r < Run; ++r) {
        const auto from = input.place(at[r], w, window);
        if (from.inside)
          sums[r] = multiply_add(Acc(input.data[from.offset]), factor, sums[r]);
      }
    }
  }
  const auto values = epilogue(sums, Coord{0, row, column});
  vec<Out, Run> stored;
  UNROLL for (int r = 0; r < Run; ++r) stored[r] = to<Out>(values[r]);
  store_result(out.data + row * out.rowStride + column, stored);
}
