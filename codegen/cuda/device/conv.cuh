// Convolutions of D spatial dimensions as matrix products: the patches that a window sees are an operand of gemm, read
// from the input as they are needed (implicit GEMM).
#pragma once
#include "dlc/gemm.cuh"

// Patches of an input: free index = image and output position, k = window position and channel.
//   ChannelsLast: free = [image, position..], k = [window.., channel], vectors run along the channels.
//   else:         free = [position..] (the image is part of the batch), k = [channel, window..].
template <class T_, int D, bool ChannelsLast, Along along_, int W, class Offset = i32> struct Patches {
  using T = T_;
  static constexpr Along along = along_;
  static constexpr int Width = W;
  static_assert(W == 1 || (ChannelsLast && along == Along::K));
  const T *data;
  i32 channels;             // of one group
  i32 in[D], out[D];        // spatial extents
  i32 window[D], stride[D], low[D], lhs_dilation[D], rhs_dilation[D];
  Offset batchStride, imageStride, channelStride, spatialStride[D];

  struct At {
    Offset image;
    i32 corner[D]; // of the window, in the dilated input
    bool inside;
  };
  DEVICE At at(i32 batch, i32 i, i32 extent) const {
    At at;
    at.inside = i < extent;
    UNROLL for (int d = D - 1; d >= 0; --d) {
      at.corner[d] = i % out[d] * stride[d] - low[d];
      i /= out[d];
    }
    at.image = batch * batchStride + (ChannelsLast ? i * imageStride : 0);
    return at;
  }
  DEVICE Place<Offset> place(const At &at, i32 k, i32 depth) const {
    bool inside = at.inside && k < depth;
    i32 channel = 0;
    if (ChannelsLast) {
      channel = k % channels;
      k /= channels;
    }
    Offset offset = 0;
    UNROLL for (int d = D - 1; d >= 0; --d) {
      i32 x = at.corner[d] + k % window[d] * rhs_dilation[d];
      k /= window[d];
      inside = inside && x >= 0;
      if (lhs_dilation[d] > 1) {
        inside = inside && x % lhs_dilation[d] == 0;
        x /= lhs_dilation[d];
      }
      inside = inside && x < in[d];
      offset += x * spatialStride[d];
    }
    if (!ChannelsLast)
      channel = k;
    return {at.image + offset + channel * channelStride, inside};
  }
  DEVICE vec<T, W> fetch(const At &at, i32 k, i32 depth) const {
    if (const auto from = place(at, k, depth); from.inside)
      return load<W>(data + from.offset);
    return vec<T, W>{};
  }
};

// The same places of an input, for the gradient of the weight: what each element of the window has been multiplied with.
//   free = [channel, window..], k = [image, position..], channels first.
template <class T_, int D, class Offset = i32> struct Windows {
  using T = T_;
  static constexpr Along along = Along::K; // neighbours along k are neighbours in memory
  static constexpr int Width = 1;
  const T *data;
  i32 in[D], out[D]; // spatial extents of the input, and of the gradient
  i32 window[D], stride[D], low[D], lhs_dilation[D], rhs_dilation[D];
  Offset batchStride, imageStride, channelStride, spatialStride[D];

  struct At {
    Offset channel;
    i32 corner[D]; // what the window's element meets first, in the dilated input
    bool inside;
  };
  DEVICE At at(i32 batch, i32 i, i32 extent) const {
    At at;
    at.inside = i < extent;
    UNROLL for (int d = D - 1; d >= 0; --d) {
      at.corner[d] = i % window[d] * rhs_dilation[d] - low[d];
      i /= window[d];
    }
    at.channel = batch * batchStride + i * channelStride;
    return at;
  }
  DEVICE Place<Offset> place(const At &at, i32 k, i32 depth) const {
    bool inside = at.inside && k < depth;
    Offset offset = at.channel;
    UNROLL for (int d = D - 1; d >= 0; --d) {
      i32 x = at.corner[d] + k % out[d] * stride[d];
      k /= out[d];
      inside = inside && x >= 0;
      if (lhs_dilation[d] > 1) {
        inside = inside && x % lhs_dilation[d] == 0;
        x /= lhs_dilation[d];
      }
      inside = inside && x < in[d];
      offset += x * spatialStride[d];
    }
    return {offset + k * imageStride, inside};
  }
  DEVICE vec<T, 1> fetch(const At &at, i32 k, i32 depth) const {
    if (const auto from = place(at, k, depth); from.inside)
      return load<1>(data + from.offset);
    return vec<T, 1>{};
  }
};
