#include "codegen/cuda/TensorTiles.h"
#include <algorithm>

namespace dlc::cuda {

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

int64_t TensorTile::sharedBytes(int64_t elementBytes) const {
  int64_t ring = stages * (m + n) * k * elementBytes;
  int64_t sums = warpsM * warpsN * 16 * (n / warpsN + 8) * 4;
  return std::max(ring, sums);
}

std::string TensorTile::text() const {
  return std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) + " tiles, " +
         std::to_string(threads()) + " threads, " + std::to_string(stages) + " stages";
}

bool wantsTensorCores(const TensorProblem &p) {
  int64_t narrow = std::min(p.m, p.n), wide = std::max(p.m, p.n);
  return p.k >= 8 && wide >= 8 && (narrow >= 4 || (p.batch == 1 && p.k >= 128 && wide >= 128));
}

namespace {
// Of an sm_80 card: processors, multiply-adds a nanosecond and processor, bytes a nanosecond and processor out of the
// second level of cache and of memory, nanoseconds of a step that waits for its barrier and of another kernel.
constexpr double kProcessors = 108, kMultiplyAdds = 1440, kCacheBytes = 37, kMemoryBytes = 14, kStep = 100,
                 kLaunch = 3000;

double nanoseconds(const TensorTile &tile, const TensorProblem &p) {
  int64_t steps = ceilDiv(ceilDiv(p.k, tile.k), tile.splits);
  double blocks = double(p.batch) * double(ceilDiv(p.m, tile.m)) * double(ceilDiv(p.n, tile.n)) * double(tile.splits);
  double rate = p.elementBytes == 4 ? kMultiplyAdds / 2 : kMultiplyAdds;
  double multiply = double(tile.m * tile.n * tile.k) / rate;
  double fetch = double((tile.m + tile.n) * tile.k * p.elementBytes) / kCacheBytes;
  if (p.copyBytes < 16) // as many instructions for a half, a quarter..
    fetch *= p.copyBytes == 8 ? 1.3 : p.copyBytes == 4 ? 2 : 4;
  // A block alone waits out each step; two on a processor take turns.
  double one = std::max({multiply, fetch, kStep});
  double time = std::max(1.0, blocks / kProcessors) * double(steps + tile.stages) * one;
  if (tile.splits > 1)
    time += kLaunch +
            double(tile.splits + 1) * double(p.batch) * double(p.m) * double(p.n) * 4 / (kMemoryBytes * kProcessors);
  return time;
}
} // namespace

TensorTile chooseTensorTile(const TensorProblem &p) {
  static const TensorTile shapes[] = {{128, 256, 32, 2, 4, 3}, {256, 128, 32, 4, 2, 3}, {128, 128, 32, 2, 2, 4},
                                      {128, 128, 32, 2, 4, 4}, {128, 64, 32, 2, 2, 4},  {64, 128, 32, 2, 2, 4},
                                      {64, 64, 32, 2, 2, 4},   {128, 32, 32, 4, 1, 4},  {32, 128, 32, 1, 4, 4},
                                      {64, 32, 32, 4, 1, 4},   {32, 64, 32, 2, 2, 4},   {32, 32, 32, 2, 1, 4},
                                      {16, 128, 32, 1, 4, 4},  {16, 64, 32, 1, 2, 4}};
  TensorTile best = {};
  double least = 0;
  for (TensorTile tile : shapes) {
    if (p.elementBytes == 4) {
      tile.k = 16; // the same bytes
      if (tile.m < 32)
        continue; // a line of a slot is 128 bytes at least
    }
    if (tile.sharedBytes(p.elementBytes) > p.sharedLimit)
      continue;
    // Many narrow copies, a window's corners and TF32 read element by element need the registers of a large tile.
    bool crowded = p.copyBytes < 8 || (p.patches && p.copyBytes < 16);
    bool tight = p.patches || (p.elementBytes == 4 && (p.freeMajor || p.copyBytes < 16));
    if ((crowded && tile.m * tile.n > 64 * 64) || (tight && tile.m * tile.n > 64 * tile.threads()))
      continue;
    int64_t steps = ceilDiv(p.k, tile.k);
    for (int64_t splits = 1; splits <= 32; splits = splits < 4 ? splits + 1 : splits * 2) {
      if (splits > 1 && steps < 4 * splits)
        break;
      tile.splits = ceilDiv(steps, ceilDiv(steps, splits)); // none without a step
      double time = nanoseconds(tile, p);
      if (!best.m || time < least * 0.999) {
        best = tile;
        least = time;
      }
    }
  }
  return best;
}

} // namespace dlc::cuda
