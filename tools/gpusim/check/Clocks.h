// Who of a block knows what of whom: a vector clock a warp. Column v of warp w's row: how far warp w knows warp v to
// be; a trace of warp v with a clock up to that is ordered before what warp w does now. The last column is the engine
// that carries bulk copies out.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

namespace gpusim {

inline constexpr uint32_t ClockColumns = 33, EngineColumn = 32;

struct ClockRow {
  uint32_t at[ClockColumns] = {};
  void join(const ClockRow &other) {
    for (uint32_t i = 0; i < ClockColumns; ++i)
      at[i] = std::max(at[i], other.at[i]);
  }
};

/// What blocks of one launch published at one address: entries in their order. An acquirer knows a prefix.
struct SyncLog {
  struct Entry {
    uint32_t block; // its number
    ClockRow row;
  };
  std::vector<Entry> entries;
  std::vector<std::pair<std::shared_ptr<SyncLog>, size_t>> beyond; // what the publishers knew of other logs
};
using KnownLogs = std::vector<std::pair<std::shared_ptr<SyncLog>, size_t>>;

struct WarpClocks {
  ClockRow row;             // what this warp knows
  ClockRow fenced;          // of that, what a fence made ready to be published
  ClockRow proxy;           // of that, what a proxy fence made visible to asynchronous copies and wgmma
  KnownLogs known, pending; // other blocks; pending: read, but no acquire fence yet
};

inline void learn(KnownLogs &known, const KnownLogs &more) {
  for (const auto &[log, length] : more) {
    auto at = std::find_if(known.begin(), known.end(), [&](const auto &one) { return one.first == log; });
    if (at == known.end())
      known.emplace_back(log, length);
    else
      at->second = std::max(at->second, length);
  }
}

struct BlockClocks {
  std::vector<WarpClocks> warps;
  uint32_t engine = 0;

  void start(uint32_t count) {
    warps.assign(count, {});
    for (uint32_t w = 0; w < count; ++w)
      warps[w].row.at[w] = 1;
    engine = 0;
  }
  uint32_t now(uint32_t warp) const { return warps[warp].row.at[warp]; }
  bool knows(uint32_t warp, uint32_t other, uint32_t clock) const { return clock <= warps[warp].row.at[other]; }
  void tick(uint32_t warp) { ++warps[warp].row.at[warp]; }

  /// The warps of the mask met: each knows all that any of them knew.
  void meet(uint32_t mask) {
    WarpClocks all;
    for (uint32_t w = 0; w < warps.size(); ++w)
      if (mask >> w & 1) {
        all.row.join(warps[w].row), all.fenced.join(warps[w].fenced), all.proxy.join(warps[w].proxy);
        learn(all.known, warps[w].known);
      }
    for (uint32_t w = 0; w < warps.size(); ++w)
      if (mask >> w & 1) {
        warps[w].row = all.row, warps[w].fenced = all.fenced, warps[w].proxy = all.proxy;
        warps[w].known = all.known;
        tick(w);
      }
  }
};

} // namespace gpusim
