// Matrix products on the tensor cores: out[b, m, n] = epilogue(sum over k of lhs[b, m, k] * rhs[b, k, n]), f32 sums.
//
// A block computes one M x N tile of one batch. Steps of K elements of k pass through a ring of Stages slots in shared
// memory: while one is multiplied, the next ones are on their way by asynchronous copies. Rows in a slot are swizzled, so
// that neither the copies nor the warps' reads have bank conflicts. Each warp owns a WarpM x WarpN part; it reads the
// next fragments while it multiplies the last ones. At the end sums go through shared memory, 16 rows of a warp at a
// time, so that the epilogue meets them in runs along a row.
//
// With Splits > 1 each block takes a share of k and leaves its sums in workspace; add_slices adds them in order.
#pragma once
#include "dlc/gemm.cuh"
#include "dlc/tensor.cuh"

// T: bf16, f16 or tf32.
template <class T_, int M_, int N_, int K_, int WarpsM_, int WarpsN_, int Stages_, int Splits_ = 1> struct TensorTile {
  using T = T_;
  static constexpr int M = M_, N = N_, K = K_, WarpsM = WarpsM_, WarpsN = WarpsN_, Stages = Stages_, Splits = Splits_;
  static constexpr int Threads = 32 * WarpsM * WarpsN, WarpM = M / WarpsM, WarpN = N / WarpsN;
  static_assert(WarpM % 16 == 0 && WarpN % 32 == 0 && Stages >= 3);

  static DEVICE i32 lane() { return i32(threadIdx.x) % 32; }
  static DEVICE i32 warpM() { return i32(threadIdx.x) / 32 / WarpsN * WarpM; } // first row, column of the warp
  static DEVICE i32 warpN() { return i32(threadIdx.x) / 32 % WarpsN * WarpN; }
};

// An operand's part of a slot: lines along k or along the free index, as they lie in global memory. Pieces of 16 bytes
// change places within 128 bytes, by the line, so that what is read together lies in different banks.
template <class T, int Extent, int K, Along along> struct SharedTile {
  static constexpr int LineBytes = (along == Along::K ? K : Extent) * int(sizeof(T));
  static constexpr int Bytes = Extent * K * int(sizeof(T));
  static constexpr int Pieces = LineBytes < 128 ? LineBytes / 16 : 8;
  static_assert(LineBytes % 16 == 0 && (LineBytes >= 128 ? LineBytes % 128 : 128 % LineBytes) == 0);

  static DEVICE u32 offset(u32 line, u32 byte) {
    // 32-bit elements along the free index are read one by one: four lines by eight elements at once.
    const u32 turn = along == Along::Free && sizeof(T) == 4 ? line % 4 * 2 : line / (8 / Pieces) % Pieces;
    return line * LineBytes + (byte / 16 ^ turn) * 16 + byte % 16;
  }
};

// One thread's share of the copies that bring an operand's part of a step into a slot.
template <class Tile, int Extent, class Operand> struct Copies {
  using T = typename Operand::T;
  using Shared = SharedTile<T, Extent, Tile::K, Operand::along>;
  static constexpr int W = Operand::Width, Bytes = W * int(sizeof(T));
  static constexpr bool Async = Bytes >= 4; // else elements go through registers
  static constexpr int PerLine = (Operand::along == Along::K ? Tile::K : Extent) / W;
  static constexpr int Vectors = Extent * Tile::K / W, Each = (Vectors + Tile::Threads - 1) / Tile::Threads;
  static constexpr bool Even = Vectors % Tile::Threads == 0;
  static_assert(Tile::Threads % PerLine == 0 || PerLine % Tile::Threads == 0);
  static_assert(Even || Vectors < Tile::Threads);

  typename Operand::At at[Each];
  T held[Async ? 1 : Each];

  static DEVICE i32 line(int v) {
    if constexpr (Tile::Threads % PerLine == 0)
      return i32(threadIdx.x) / PerLine + v * (Tile::Threads / PerLine);
    else
      return v / (PerLine / Tile::Threads);
  }
  static DEVICE i32 along(int v) { // element of the line
    if constexpr (Tile::Threads % PerLine == 0)
      return i32(threadIdx.x) % PerLine * W;
    else
      return (i32(threadIdx.x) + v % (PerLine / Tile::Threads) * Tile::Threads) * W;
  }
  static DEVICE i32 freeOf(int v) { return Operand::along == Along::K ? line(v) : along(v); }
  static DEVICE i32 sumOf(int v) { return Operand::along == Along::K ? along(v) : line(v); }
  static DEVICE u32 offset(int v) { return Shared::offset(line(v), along(v) * sizeof(T)); }
  static DEVICE bool mine(int v) { return Even || i32(threadIdx.x) < Vectors; }

  DEVICE void start(const Operand &operand, i32 batch, i32 first, i32 extent) {
    UNROLL for (int v = 0; v < Each; ++v) at[v] = operand.at(batch, first + freeOf(v), extent);
  }
  // Begins to bring what starts at k; `put` ends it where copies are not asynchronous.
  DEVICE void fetch(const Operand &operand, shared_t slot, i32 k, i32 depth) {
    UNROLL for (int v = 0; v < Each; ++v) {
      if (!mine(v))
        continue;
      const auto from = operand.place(at[v], k + sumOf(v), depth);
      if constexpr (Async)
        copy_async<Bytes>(slot + offset(v), operand.data + (from.inside ? from.offset : 0), from.inside);
      else
        held[v] = from.inside ? operand.data[from.offset] : T{};
    }
  }
  DEVICE void put(shared_t slot) const {
    if constexpr (!Async) {
      UNROLL for (int v = 0; v < Each; ++v) {
        if (mine(v))
          shared_store(slot + offset(v), held[v].bits);
      }
    }
  }
};

// Fragments of 16 free indices by 32 bytes of k, from `first` on: of lhs for Left, else of rhs, two times 8 columns.
template <class Tile, class Shared, Along along, bool Left, int Bytes, int Count>
DEVICE void load_fragments(vec<u32, 4> (&fragments)[Count], shared_t tile, u32 first, u32 step) {
  const u32 lane = Tile::lane(), matrix = lane / 8;
  // Register r of lhs is eight rows on where r % 2, eight k on where r / 2; of rhs it is the other way round.
  auto farFree = [](u32 r) { return (Left ? r % 2 : r / 2) * 8; };
  auto farSum = [](u32 r) { return Left ? r / 2 : r % 2; };
  UNROLL for (int i = 0; i < Count; ++i) {
    const u32 free = first + i * 16;
    if constexpr (along == Along::K) {
      fragments[i] = load_matrices(
          tile + Shared::offset(free + farFree(matrix) + lane % 8, step * 32 + farSum(matrix) * 16));
    } else if constexpr (Bytes == 2) {
      fragments[i] = load_matrices_transposed(
          tile + Shared::offset(step * 16 + farSum(matrix) * 8 + lane % 8, (free + farFree(matrix)) * 2));
    } else {
      UNROLL for (int r = 0; r < 4; ++r)
        fragments[i][r] = shared_load_u32(
            tile + Shared::offset(step * 8 + farSum(r) * 4 + lane % 4, (free + farFree(r) + lane / 4) * 4));
    }
    UNROLL for (int r = 0; r < 4; ++r) fragments[i][r] = tensor_bits(typename Tile::T(), fragments[i][r]);
  }
}

// Run: how many neighbouring results the epilogue takes at once and one store writes; 4 only if n is a multiple of 4.
// For Splits > 1 `out` holds [batch][split][m][n].
template <class Tile, int Run, class Lhs, class Rhs, class Out, class Batch, class Epilogue>
DEVICE void tensor_gemm(const Lhs &lhs, const Rhs &rhs, const Output<Out, Batch> &out, i32 m, i32 n, i32 depth,
                        const Epilogue &epilogue) {
  using CopiesA = Copies<Tile, Tile::M, Lhs>;
  using CopiesB = Copies<Tile, Tile::N, Rhs>;
  using SharedA = typename CopiesA::Shared;
  using SharedB = typename CopiesB::Shared;
  constexpr int Size = sizeof(typename Lhs::T), Slot = SharedA::Bytes + SharedB::Bytes;
  constexpr int Parts = Tile::K * Size / 32; // of a step: what one mma takes
  constexpr int FragmentsM = Tile::WarpM / 16, FragmentsN = Tile::WarpN / 16;
  static_assert(Parts >= 2 && Parts % 2 == 0);
  const shared_t memory = dynamic_shared();

  // Blocks that run together share rows and columns: tiles go down eight rows of tiles, then one column on.
  const i32 across = (n + Tile::N - 1) / Tile::N, down = (m + Tile::M - 1) / Tile::M, tiles = across * down;
  const i32 tile = i32(blockIdx.x) % tiles, share = i32(blockIdx.x) / tiles;
  const i32 split = share % Tile::Splits, batch = share / Tile::Splits;
  const i32 top = tile / (8 * across) * 8, rows = min_signed(8, down - top);
  const i32 firstM = (top + (tile - top * across) % rows) * Tile::M;
  const i32 firstN = (tile - top * across) / rows * Tile::N;
  const i32 all = max_signed(1, (depth + Tile::K - 1) / Tile::K), each = (all + Tile::Splits - 1) / Tile::Splits;
  const i32 begin = split * each, steps = min_signed(each, all - begin);

  CopiesA copiesA;
  CopiesB copiesB;
  copiesA.start(lhs, batch, firstM, m);
  copiesB.start(rhs, batch, firstN, n);
  auto fetch = [&](i32 step, shared_t slot) {
    copiesA.fetch(lhs, slot, (begin + step) * Tile::K, depth);
    copiesB.fetch(rhs, slot + SharedA::Bytes, (begin + step) * Tile::K, depth);
  };
  auto put = [&](shared_t slot) {
    copiesA.put(slot);
    copiesB.put(slot + SharedA::Bytes);
  };
  vec<u32, 4> a[2][FragmentsM], b[2][FragmentsN];
  auto read = [&](int into, shared_t slot, int part) {
    load_fragments<Tile, SharedA, Lhs::along, true, Size>(a[into], slot, Tile::warpM(), part);
    load_fragments<Tile, SharedB, Rhs::along, false, Size>(b[into], slot + SharedA::Bytes, Tile::warpN(), part);
  };

  _Pragma("unroll 1") for (int s = 0; s < Tile::Stages - 1; ++s) { // once in the code is enough
    if (s < steps) {
      fetch(s, memory + s * Slot);
      put(memory + s * Slot);
    }
    copy_commit();
  }
  copy_wait<Tile::Stages - 2>();
  barrier();
  read(0, memory, 0);

  vec<f32, 4> acc[FragmentsM][2 * FragmentsN] = {};
  i32 now = 0, free = Tile::Stages - 1; // slots
  for (i32 s = 0; s < steps; ++s) {
    const bool more = s + Tile::Stages - 1 < steps;
    UNROLL for (int part = 0; part < Parts; ++part) {
      if (part == Parts - 1) {
        // The next step has arrived, for all threads, and nobody reads this one any more. At the end there is none:
        // this one is read again, for nothing.
        copy_wait<Tile::Stages - 2>();
        barrier();
        if (s + 1 < steps)
          now = now + 1 < Tile::Stages ? now + 1 : 0;
      }
      if (part == 0) { // before the next fragments take their registers
        if (more)
          fetch(s + Tile::Stages - 1, memory + free * Slot);
        copy_commit();
      }
      read((part + 1) % 2, memory + now * Slot, (part + 1) % Parts);
      UNROLL for (int i = 0; i < FragmentsM; ++i)
        UNROLL for (int j = 0; j < 2 * FragmentsN; ++j) {
          const vec<u32, 4> &pair = b[part % 2][j / 2];
          multiply_matrices(typename Tile::T(), acc[i][j], a[part % 2][i],
                            vec<u32, 2>{pair[j % 2 * 2], pair[j % 2 * 2 + 1]});
        }
    }
    if (more)
      put(memory + free * Slot);
    free = free + 1 < Tile::Stages ? free + 1 : 0;
  }
  barrier(); // the groups that are left are empty, but other warps may still read

  // Lines of WarpN + 8 floats: neither the pairs going in nor the runs coming out meet in a bank.
  constexpr int Line = (Tile::WarpN + 8) * 4, PerLine = Tile::WarpN / Run;
  const i32 lane = Tile::lane();
  const shared_t mine = memory + i32(threadIdx.x) / 32 * 16 * Line;
  Out *const results = out.of(share);
  UNROLL for (int i = 0; i < FragmentsM; ++i) {
    UNROLL for (int j = 0; j < 2 * FragmentsN; ++j) {
      const shared_t to = mine + lane / 4 * Line + (j * 8 + lane % 4 * 2) * 4;
      shared_store(to, vec<f32, 2>{acc[i][j][0], acc[i][j][1]});
      shared_store(to + 8 * Line, vec<f32, 2>{acc[i][j][2], acc[i][j][3]});
    }
    warp_barrier();
    _Pragma("unroll 2") for (i32 v = lane; v < 16 * PerLine; v += 32) {
      const i32 line = v / PerLine, along = v % PerLine * Run;
      const i32 row = firstM + Tile::warpM() + i * 16 + line, column = firstN + Tile::warpN() + along;
      if (row < m && column < n) {
        const auto values = epilogue(shared_load<Run>(mine + line * Line + along * 4), Coord{batch, row, column});
        vec<Out, Run> stored;
        UNROLL for (int r = 0; r < Run; ++r) stored[r] = to<Out>(values[r]);
        store_result(results + row * out.rowStride + column, stored);
      }
    }
    warp_barrier();
  }
}
