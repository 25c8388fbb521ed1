// C[m][n] = sum over k of A[m][k] * B[n][k], bf16 to f32: a warp-specialised Hopper kernel in little. Clusters of two
// blocks share the columns: each loads half of B's tile and sends it to both. A ring of slots with full and empty
// mbarriers, swizzled tensor maps, wgmma from shared memory, a tensor store at the end.
typedef unsigned int u32;
typedef unsigned long long u64;
struct __align__(64) Map {
  u64 opaque[16];
};
constexpr int BM = 64, BN = 64, BK = 64, Slots = 3;
constexpr u32 BytesA = BM * BK * 2, BytesB = BN * BK * 2, HalfB = BytesB / 2;

__device__ u32 sharedAddress(const void *p) { return (u32)__cvta_generic_to_shared(p); }
__device__ u32 rankInCluster() {
  u32 rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}
__device__ void clusterSync() {
  asm volatile("barrier.cluster.arrive.release.aligned;\nbarrier.cluster.wait.acquire.aligned;" ::: "memory");
}
__device__ void initBarrier(u32 bar, u32 count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(bar), "r"(count) : "memory");
}
__device__ void waitBarrier(u32 bar, u32 parity) {
  u32 done = 0;
  while (!done)
    asm volatile("{ .reg .pred p;\n mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n selp.u32 %0, 1, 0, p; }"
                 : "=r"(done)
                 : "r"(bar), "r"(parity)
                 : "memory");
}
__device__ void expect(u32 bar, u32 bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(bar), "r"(bytes) : "memory");
}
__device__ void arriveAt(u32 bar, u32 rank) {
  asm volatile("{ .reg .b32 there;\n mapa.shared::cluster.u32 there, %0, %1;\n"
               " mbarrier.arrive.release.cluster.shared::cluster.b64 _, [there]; }" ::"r"(bar),
               "r"(rank)
               : "memory");
}
__device__ void load(u32 to, const Map *map, int column, int row, u32 bar) {
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];"
               ::"r"(to), "l"(map), "r"(column), "r"(row), "r"(bar)
               : "memory");
}
__device__ void loadForBoth(u32 to, const Map *map, int column, int row, u32 bar) {
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes.multicast::cluster"
               " [%0], [%1, {%2, %3}], [%4], %5;" ::"r"(to), "l"(map), "r"(column), "r"(row), "r"(bar), "h"((short)3)
               : "memory");
}
__device__ u64 descriptor(u32 address) { // K-major, 128-byte swizzle: 8 rows are 1024 bytes
  return (u64)((address & 0x3ffff) >> 4) | (u64)1 << 16 | (u64)(1024 >> 4) << 32 | (u64)1 << 62;
}
__device__ void multiply(float (&d)[32], u64 a, u64 b, u32 adds) {
  asm volatile("{ .reg .pred p;\n setp.ne.b32 p, %34, 0;\n"
               " wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11,"
               " %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31},"
               " %32, %33, p, 1, 1, 0, 0; }"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]),
                 "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]),
                 "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), "+f"(d[22]), "+f"(d[23]),
                 "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]), "+f"(d[30]), "+f"(d[31])
               : "l"(a), "l"(b), "r"(adds));
}

extern "C" __global__ void __cluster_dims__(2, 1, 1) __launch_bounds__(256, 1)
gemm(const __grid_constant__ Map mapA, const __grid_constant__ Map mapB, const __grid_constant__ Map mapC, int k) {
  extern __shared__ __align__(1024) char dynamic[];
  __shared__ __align__(8) u64 bars[2 * Slots];
  const u32 base = (sharedAddress(dynamic) + 1023) & ~1023u, full = sharedAddress(bars), empty = full + 8 * Slots;
  const u32 slotsA = base, slotsB = base + Slots * BytesA, rank = rankInCluster();
  const int steps = k / BK, row = blockIdx.x * BM, column = blockIdx.y * BN;
  if (threadIdx.x == 0) {
    for (int i = 0; i < Slots; ++i) {
      initBarrier(full + 8 * i, 1);
      initBarrier(empty + 8 * i, 8); // four warps of each block of the cluster
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
  clusterSync();
  if (threadIdx.x >= 128) { // the producer's warps
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    if (threadIdx.x == 128)
      for (int i = 0; i < steps; ++i) {
        u32 slot = i % Slots, turn = i / Slots & 1, bar = full + 8 * slot;
        waitBarrier(empty + 8 * slot, turn ^ 1);
        expect(bar, BytesA + BytesB);
        load(slotsA + slot * BytesA, &mapA, i * BK, row, bar);
        loadForBoth(slotsB + slot * BytesB + rank * HalfB, &mapB, i * BK, column + rank * (BN / 2), bar);
      }
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    float d[32];
    for (int i = 0; i < 32; ++i)
      d[i] = 0;
    for (int i = 0; i < steps; ++i) {
      u32 slot = i % Slots, turn = i / Slots & 1;
      waitBarrier(full + 8 * slot, turn);
      asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
      for (int j = 0; j < BK / 16; ++j)
        multiply(d, descriptor(slotsA + slot * BytesA + j * 32), descriptor(slotsB + slot * BytesB + j * 32), 1);
      asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
      asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
      if (threadIdx.x % 32 < 2)
        arriveAt(empty + 8 * slot, threadIdx.x % 32);
    }
    // Every slot has been read by both blocks' copies: the tile goes out through memory of its own.
    float *tile = (float *)(dynamic + (base - sharedAddress(dynamic)) + Slots * (BytesA + BytesB));
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    for (int i = 0; i < 32; ++i)
      tile[(warp * 16 + lane / 4 + (i & 2) * 4) * BN + i / 4 * 8 + lane % 4 * 2 + (i & 1)] = d[i];
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    asm volatile("bar.sync 1, 128;" ::: "memory");
    if (threadIdx.x == 0) {
      asm volatile("cp.async.bulk.tensor.2d.global.shared::cta.tile.bulk_group [%0, {%1, %2}], [%3];" ::"l"(&mapC),
                   "r"(column), "r"(row), "r"(sharedAddress(tile))
                   : "memory");
      asm volatile("cp.async.bulk.commit_group;" ::: "memory");
      asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
    }
  }
  clusterSync();
}
