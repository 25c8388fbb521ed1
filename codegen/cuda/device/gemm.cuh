// Matrix products on the CUDA cores: out[b, m, n] = epilogue(sum over k of lhs[b, m, k] * rhs[b, k, n]).
//
// A block computes one M x N tile of one batch. It walks k in steps of K: the next step is fetched into registers while
// the current one is multiplied out of shared memory, which is double-buffered, so one barrier a step is enough. Each
// thread owns TM x TN results, in groups of 4 x 4 that lie apart so that shared memory is read without bank conflicts.
// Where there are few tiles, Slices groups of threads share one: each takes every Slices-th step, and their sums are
// added in order at the end. With Splits > 1 each block takes a share of k and leaves its sums in workspace; add_slices
// adds them in order.
#pragma once
#include "dlc/prelude.cuh"

template <class Acc_, int M_, int N_, int K_, int TM_, int TN_, int Slices_ = 1, int Splits_ = 1> struct Tile {
  using Acc = Acc_;
  static constexpr int M = M_, N = N_, K = K_, TM = TM_, TN = TN_, Slices = Slices_, Splits = Splits_;
  static constexpr int ThreadsN = N / TN, Threads = (M / TM) * ThreadsN; // of one slice
  static_assert(M % TM == 0 && N % TN == 0 && TM % 4 == 0 && TN % 4 == 0 && Threads % 32 == 0);

  static DEVICE i32 thread() { return i32(threadIdx.x) % Threads; }
  static DEVICE i32 slice() { return Slices == 1 ? 0 : i32(threadIdx.x) / Threads; }
};

// Where a result lies. `m` and `n` are flat over the free dimensions of lhs and rhs, `batch` over the batch dimensions.
struct Coord {
  i32 batch, m, n;
};

// One index that stands for R dimensions, row-major; strides in elements. Offset is i32 where all offsets fit.
template <int R, class Offset_> struct Axis {
  using Offset = Offset_;
  i32 size[R];
  Offset stride[R];
  DEVICE Offset operator()(i32 i) const {
    Offset offset = 0;
    UNROLL for (int d = R - 1; d > 0; --d) {
      offset += i % size[d] * stride[d];
      i /= size[d];
    }
    return offset + i * stride[0];
  }
};
template <class T> DEVICE constexpr Axis<1, T> axis(i32 size, T stride) { return {{size}, {stride}}; }
template <class T> DEVICE constexpr Axis<2, T> axis(i32 s0, T t0, i32 s1, T t1) { return {{s0, s1}, {t0, t1}}; }
template <class T> DEVICE constexpr Axis<3, T> axis(i32 s0, T t0, i32 s1, T t1, i32 s2, T t2) {
  return {{s0, s1, s2}, {t0, t1, t2}};
}
template <class T>
DEVICE constexpr Axis<4, T> axis(i32 s0, T t0, i32 s1, T t1, i32 s2, T t2, i32 s3, T t3) {
  return {{s0, s1, s2, s3}, {t0, t1, t2, t3}};
}

// Along which index an operand is fetched in vectors: k, or its free index (m of lhs, n of rhs).
enum class Along { K, Free };

// Where an element lies, and whether there is one: outside, operands are zero.
template <class Offset> struct Place {
  Offset offset;
  bool inside;
};

// ---- operands: what a step fetches. `at` finds a free index's place once; `fetch` reads from there. ---------------------
template <class T_, Along along_, int W, class Free, class Sum, class Batch> struct Matrix {
  using T = T_;
  static constexpr Along along = along_;
  static constexpr int Width = W;
  const T *data;
  Free free;
  Sum sum;
  Batch batch;

  struct At {
    typename Free::Offset offset;
    bool inside;
  };
  DEVICE At at(i32 b, i32 i, i32 extent) const { return {batch(b) + free(i), i < extent}; }
  DEVICE Place<typename Free::Offset> place(const At &at, i32 k, i32 depth) const {
    return {at.offset + sum(k), at.inside && k < depth};
  }
  DEVICE vec<T, W> fetch(const At &at, i32 k, i32 depth) const {
    if (const auto from = place(at, k, depth); from.inside)
      return load<W>(data + from.offset);
    return vec<T, W>{};
  }
};
// W consecutive elements along `along` must be one aligned vector.
template <Along along, int W, class T, class Free, class Sum, class Batch>
DEVICE Matrix<T, along, W, Free, Sum, Batch> matrix(const T *data, Free free, Sum sum, Batch batch) {
  return {data, free, sum, batch};
}

// ---- results ---------------------------------------------------------------------------------------------------------
DEVICE i64 step(i32 batch, i64 stride) { return batch * stride; }
template <int R> DEVICE i64 step(i32 batch, const Axis<R, i64> &axis) { return axis(batch); }
// Batch is a stride, or an Axis where the products of a batch lie apart. n is contiguous.
template <class T, class Batch = i64> struct Output {
  T *data;
  Batch batchStride;
  i64 rowStride;
  DEVICE T *of(i32 batch) const { return data + step(batch, batchStride); }
};
template <class T, class Batch> DEVICE constexpr Output<T, Batch> output(T *data, Batch batch, i64 rowStride) {
  return {data, batch, rowStride};
}

struct NoEpilogue {
  template <class T, int N> DEVICE vec<T, N> operator()(const vec<T, N> &acc, const Coord &) const { return acc; }
};

DEVICE f32 multiply_add(f32 a, f32 b, f32 c) { return fmaf(a, b, c); }
DEVICE f64 multiply_add(f64 a, f64 b, f64 c) { return fma(a, b, c); }
DEVICE i32 multiply_add(i32 a, i32 b, i32 c) { return wrap_add(wrap_mul(a, b), c); }
DEVICE i64 multiply_add(i64 a, i64 b, i64 c) { return wrap_add(wrap_mul(a, b), c); }

// Moves one operand's share of a step: global memory -> registers -> shared memory, as [k][free].
template <class Tile, int Extent, class Operand> struct Stage {
  using T = typename Operand::T;
  using Acc = typename Tile::Acc;
  static constexpr int W = Operand::Width, Pitch = Extent + 4;
  static constexpr int PerLine = (Operand::along == Along::K ? Tile::K : Extent) / W;
  static constexpr int Vectors = Extent * Tile::K / W, Each = (Vectors + Tile::Threads - 1) / Tile::Threads;
  static constexpr bool Even = Vectors % Tile::Threads == 0;

  typename Operand::At at[Each];
  vec<T, W> held[Each];

  static DEVICE i32 number(int v) { return Tile::thread() + v * Tile::Threads; }
  static DEVICE i32 freeOf(int v) {
    return Operand::along == Along::K ? number(v) / PerLine : number(v) % PerLine * W;
  }
  static DEVICE i32 sumOf(int v) { return Operand::along == Along::K ? number(v) % PerLine * W : number(v) / PerLine; }

  DEVICE void start(const Operand &operand, i32 batch, i32 first, i32 extent) {
    UNROLL for (int v = 0; v < Each; ++v) at[v] = operand.at(batch, first + freeOf(v), extent);
  }
  DEVICE void fetch(const Operand &operand, i32 k, i32 depth) {
    UNROLL for (int v = 0; v < Each; ++v) {
      if (Even || number(v) < Vectors)
        held[v] = operand.fetch(at[v], k + sumOf(v), depth);
    }
  }
  DEVICE void put(Acc (&shared)[Tile::K][Pitch]) const {
    UNROLL for (int v = 0; v < Each; ++v) {
      if (!Even && number(v) >= Vectors)
        continue;
      const i32 i = freeOf(v), k = sumOf(v);
      if (Operand::along == Along::Free) {
        vec<Acc, W> wide;
        UNROLL for (int j = 0; j < W; ++j) wide[j] = Acc(held[v][j]);
        store(&shared[k][i], wide);
      } else {
        UNROLL for (int j = 0; j < W; ++j) shared[k + j][i] = Acc(held[v][j]);
      }
    }
  }
};

// Of one slice: both operands' tiles, twice.
template <class Tile, int Extent> using SharedTiles = typename Tile::Acc[2][Tile::K][Extent + 4];
template <class Tile>
constexpr int SharedBytes = int(sizeof(SharedTiles<Tile, Tile::M>) + sizeof(SharedTiles<Tile, Tile::N>)) * Tile::Slices;

// Block number `block` of the product, with `shared` to work in: of a kernel in which other blocks do other things.
// Run: how many neighbouring results the epilogue takes at once and one store writes; 4 only if n is a multiple of 4.
// For Splits > 1 `out` holds [batch][split][m][n]. Barrier: 0 where all threads of the block come here.
template <class Tile, int Run, int Barrier = 0, int Bytes, class Lhs, class Rhs, class Out, class Batch, class Epilogue>
DEVICE void gemm(char (&shared)[Bytes], i32 block, const Lhs &lhs, const Rhs &rhs, const Output<Out, Batch> &out, i32 m,
                 i32 n, i32 wholeDepth, const Epilogue &epilogue) {
  static_assert(Bytes >= SharedBytes<Tile>);
  using Acc = typename Tile::Acc;
  constexpr int GroupsM = Tile::TM / 4, GroupsN = Tile::TN / 4;
  constexpr int ApartM = Tile::M / GroupsM, ApartN = Tile::N / GroupsN;
  using StageA = Stage<Tile, Tile::M, Lhs>;
  using StageB = Stage<Tile, Tile::N, Rhs>;
  using SharedA = SharedTiles<Tile, Tile::M>;
  using SharedB = SharedTiles<Tile, Tile::N>;

  const i32 across = (n + Tile::N - 1) / Tile::N, tiles = (m + Tile::M - 1) / Tile::M * across;
  const i32 share = block / tiles, tile = block % tiles;
  const i32 batch = share / Tile::Splits, split = share % Tile::Splits;
  const i32 firstM = tile / across * Tile::M, firstN = tile % across * Tile::N;
  const i32 threadM = Tile::thread() / Tile::ThreadsN * 4, threadN = Tile::thread() % Tile::ThreadsN * 4;
  const i32 slice = Tile::slice(), stride = Tile::K * Tile::Slices;
  const i32 steps = (wholeDepth + stride - 1) / stride, each = (steps + Tile::Splits - 1) / Tile::Splits * stride;
  const i32 begin = split * each, depth = Tile::Splits == 1 ? wholeDepth : min_signed(wholeDepth, begin + each);
  auto &tilesA = reinterpret_cast<SharedA *>(shared)[slice];
  auto &tilesB = reinterpret_cast<SharedB *>(shared + sizeof(SharedA) * Tile::Slices)[slice];

  StageA stageA;
  StageB stageB;
  stageA.start(lhs, batch, firstM, m);
  stageB.start(rhs, batch, firstN, n);
  stageA.fetch(lhs, begin + slice * Tile::K, depth);
  stageB.fetch(rhs, begin + slice * Tile::K, depth);
  stageA.put(tilesA[0]);
  stageB.put(tilesB[0]);
  barrier_of<Barrier, Tile::Threads * Tile::Slices>();

  Acc acc[Tile::TM][Tile::TN] = {};
  int now = 0;
  for (i32 k = begin; k < depth; k += stride) {
    const bool more = k + stride < depth;
    if (more) {
      stageA.fetch(lhs, k + stride + slice * Tile::K, depth);
      stageB.fetch(rhs, k + stride + slice * Tile::K, depth);
    }
    _Pragma("unroll 8") for (int step = 0; step < Tile::K; ++step) {
      vec<Acc, 4> a[GroupsM], b[GroupsN];
      UNROLL for (int g = 0; g < GroupsM; ++g) a[g] = load<4>(&tilesA[now][step][threadM + g * ApartM]);
      UNROLL for (int g = 0; g < GroupsN; ++g) b[g] = load<4>(&tilesB[now][step][threadN + g * ApartN]);
      UNROLL for (int i = 0; i < Tile::TM; ++i)
        UNROLL for (int j = 0; j < Tile::TN; ++j)
          acc[i][j] = multiply_add(a[i / 4][i % 4], b[j / 4][j % 4], acc[i][j]);
    }
    if (more) {
      stageA.put(tilesA[now ^ 1]);
      stageB.put(tilesB[now ^ 1]);
      barrier_of<Barrier, Tile::Threads * Tile::Slices>();
      now ^= 1;
    }
  }

  if (Tile::Slices > 1) {
    // One slice after the other leaves its sums in shared memory, and the first adds them.
    Acc *sums = reinterpret_cast<Acc *>(shared);
    constexpr int Each = Tile::TM * Tile::TN;
    static_assert(Tile::Slices == 1 || SharedBytes<Tile> >= int(sizeof(Acc)) * Each * Tile::Threads);
    for (int from = 1; from < Tile::Slices; ++from) {
      barrier_of<Barrier, Tile::Threads * Tile::Slices>();
      if (slice == from) {
        UNROLL for (int e = 0; e < Each; ++e) sums[e * Tile::Threads + Tile::thread()] = acc[e / Tile::TN][e % Tile::TN];
      }
      barrier_of<Barrier, Tile::Threads * Tile::Slices>();
      if (slice == 0) {
        UNROLL for (int e = 0; e < Each; ++e) {
          Acc &mine = acc[e / Tile::TN][e % Tile::TN];
          mine = multiply_add(sums[e * Tile::Threads + Tile::thread()], Acc(1), mine);
        }
      }
    }
    if (slice != 0)
      return;
  }

  UNROLL for (int i = 0; i < Tile::TM; ++i) {
    const i32 row = firstM + threadM + i / 4 * ApartM + i % 4;
    if (row >= m)
      continue;
    Out *line = out.of(share) + row * out.rowStride;
    UNROLL for (int j = 0; j < Tile::TN; j += Run) {
      const i32 column = firstN + threadN + j / 4 * ApartN + j % 4;
      if (column >= n)
        continue;
      vec<Acc, Run> sums;
      UNROLL for (int r = 0; r < Run; ++r) sums[r] = acc[i][j + r];
      const auto results = epilogue(sums, Coord{batch, row, column});
      vec<Out, Run> stored;
      UNROLL for (int r = 0; r < Run; ++r) stored[r] = to<Out>(results[r]);
      store_result(line + column, stored);
    }
  }
}

// All of a kernel.
template <class Tile, int Run, class Lhs, class Rhs, class Out, class Batch, class Epilogue>
DEVICE void gemm(const Lhs &lhs, const Rhs &rhs, const Output<Out, Batch> &out, i32 m, i32 n, i32 depth,
                 const Epilogue &epilogue) {
  __shared__ __align__(32) char shared[SharedBytes<Tile>];
  gemm<Tile, Run>(shared, i32(blockIdx.x), lhs, rhs, out, m, n, depth, epilogue);
}

// The second step of a product whose k was split: `partial` holds f32 sums as [batch][split][m][n], added in order.
// One thread for each run of results; `thread` of `block`, for kernels in which other blocks do other things.
template <int Splits, int Run, class Out, class Batch, class Epilogue>
DEVICE void add_slices(i32 block, i32 thread, const f32 *partial, const Output<Out, Batch> &out, i32 batches, i32 m,
                       i32 n, const Epilogue &epilogue) {
  constexpr int Threads = 256; // of a block
  const i64 one = i64(m) * n, at = (i64(block) * Threads + thread) * Run;
  if (at >= batches * one)
    return;
  const i32 column = i32(at % n), row = i32(at / n % m), batch = i32(at / one);
  partial += at + batch * (Splits - 1) * one;
  vec<f32, Run> sums = load<Run>(partial);
  UNROLL for (int split = 1; split < Splits; ++split) {
    const vec<f32, Run> more = load<Run>(partial + split * one);
    UNROLL for (int r = 0; r < Run; ++r) sums[r] += more[r];
  }
  const auto values = epilogue(sums, Coord{batch, row, column});
  vec<Out, Run> stored;
  UNROLL for (int r = 0; r < Run; ++r) stored[r] = to<Out>(values[r]);
  store_result(out.of(batch) + row * out.rowStride + column, stored);
}

// All of a kernel.
template <int Splits, int Run, class Out, class Batch, class Epilogue>
DEVICE void add_slices(const f32 *partial, const Output<Out, Batch> &out, i32 batches, i32 m, i32 n,
                       const Epilogue &epilogue) {
  add_slices<Splits, Run>(i32(blockIdx.x), i32(threadIdx.x), partial, out, batches, m, n, epilogue);
}
