// Depth first, from the lowest free offset upwards. Three facts keep the tree small:
// - some best placement is canonical: every block lies at 0 or on another one, so the only question asked of a block is
//   whether it lies at its floor (the top of what is below it) or higher, that is on a block not placed yet;
// - in each section the lowest floor and what is still to come must fit the capacity, else the branch is dead;
// - blocks that no living section connects any more are solved apart, and a part that fails fails the whole.
// Sections where branches died count more when the next block is chosen, and after a number of nodes the search starts
// again with another order of the blocks, and a higher limit each time all orders have had their turn.
#include "passes/ArenaSearch.h"
#include <algorithm>
#include <limits>
#include <numeric>

namespace dlc {
namespace {
constexpr int64_t never = std::numeric_limits<int64_t>::max() / 4;

/// xorshift: the same numbers everywhere.
struct Random {
  uint64_t state = 0x9e3779b97f4a7c15;
  int64_t below(int64_t n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<int64_t>((state >> 20) % static_cast<uint64_t>(n));
  }
};

/// Three ways of searching, in turn: each finds what the others miss.
struct Way {
  bool bySlack; ///< the next block is chosen where little may be wasted, else where few blocks could come next
  bool heads;   ///< sections are bounded from every floor in them upwards, not only from the lowest
};
constexpr Way ways[] = {{false, false}, {true, false}, {false, true}};

/// 1 1 2 1 1 2 4 1 1 2 1 1 2 4 8 ...: short tries are the rule, long ones come with time.
int64_t luby(int64_t i) {
  int64_t power = 1;
  while (power * 2 - 1 < i)
    power *= 2;
  return i == power * 2 - 1 ? power : luby(i - (power - 1));
}

class Search {
public:
  Search(const std::vector<SearchBlock> &blocks, int64_t capacity, int64_t &effort)
      : blocks(blocks), capacity(capacity), effort(effort), offsets(blocks.size()), floors(blocks.size()),
        rank(blocks.size()) {
    for (const SearchBlock &block : blocks)
      sections = std::max(sections, block.end);
    load.resize(sections);
    for (const SearchBlock &block : blocks)
      for (int t = block.begin; t < block.end; ++t)
        load[t] += block.size;
    lowest.resize(sections);
    above.resize(sections);
    next.resize(sections);
    for (auto &weights : deaths)
      weights.assign(sections, 0);
  }

  Fit run() {
    if (std::any_of(load.begin(), load.end(), [&](int64_t l) { return l > capacity; }))
      return Fit::no;
    std::vector<int> all(blocks.size());
    std::iota(all.begin(), all.end(), 0);
    std::sort(all.begin(), all.end(), [&](int a, int b) {
      return blocks[a].begin != blocks[b].begin ? blocks[a].begin < blocks[b].begin : a < b;
    });
    for (int round = 0; effort > 0; ++round) {
      setRanks(round);
      way = (round / orders + round) % 3;
      nodesLeft = 1000ll * luby(round / orders + 1);
      std::fill(floors.begin(), floors.end(), 0);
      toCome = load;
      trail.clear();
      if (Fit fit = solveParts(all); fit != Fit::unknown)
        return fit;
    }
    return Fit::unknown;
  }

  const std::vector<SearchBlock> &blocks;
  const int64_t capacity;
  int64_t &effort;
  std::vector<int64_t> offsets;

private:
  static constexpr int orders = 8;
  int sections = 0;
  std::vector<int64_t> load;                    ///< of each section, all blocks together
  std::vector<int64_t> toCome;                  ///< of each section, blocks not placed yet
  std::vector<int64_t> floors;                  ///< of each block not placed yet: it cannot lie lower
  std::vector<int64_t> rank;                    ///< of each block: the highest goes first
  std::vector<int64_t> lowest;                  ///< scratch, of each section: the lowest floor
  std::vector<int64_t> above;                   ///< scratch, of each section: what begins at a floor or higher
  std::vector<int> falling;                     ///< scratch: blocks by floor
  std::vector<int> next;                        ///< scratch, of each section: blocks that may come next
  std::vector<int64_t> deaths[std::size(ways)]; ///< of each way and section: branches that ended there
  int way = 0;
  int64_t nodesLeft = 0;
  Random random;
  struct Change {
    std::vector<int64_t> *in;
    int at;
    int64_t old;
  };
  std::vector<Change> trail;

  void set(std::vector<int64_t> &in, int at, int64_t value) {
    trail.push_back({&in, at, in[at]});
    in[at] = value;
  }
  void undoTo(size_t mark) {
    for (; trail.size() > mark; trail.pop_back())
      (*trail.back().in)[trail.back().at] = trail.back().old;
  }

  void setRanks(int round) {
    // Sizes in a few bits: products of three such numbers fit.
    int64_t scale = capacity / (1 << 16) + 1, noise = round < orders ? 0 : random.below(96);
    for (size_t i = 0; i < blocks.size(); ++i) {
      int64_t life = blocks[i].end - blocks[i].begin, size = blocks[i].size / scale + 1, area = life * size;
      int64_t most = *std::max_element(load.begin() + blocks[i].begin, load.begin() + blocks[i].end) / scale + 1;
      int64_t key = 0;
      switch (round % orders) {
      case 0:
      case 4:
        key = (life << 32) + area;
        break;
      case 1:
        key = area;
        break;
      case 2:
        key = (most << 32) + area;
        break;
      case 3:
        key = (most << 32) + life;
        break;
      case 5:
        key = size;
        break;
      case 6:
        key = (life << 32) + most;
        break;
      case 7:
        key = area * most;
        break;
      }
      rank[i] = key * (256 + (noise ? random.below(noise) : 0));
    }
  }

  /// Splits blocks (by their begin) where no block lives, and solves the parts one after the other.
  Fit solveParts(const std::vector<int> &of) {
    for (size_t i = 0; i < of.size();) {
      std::vector<int> part;
      for (int end = blocks[of[i]].end; i < of.size() && blocks[of[i]].begin < end; ++i) {
        end = std::max(end, blocks[of[i]].end);
        part.push_back(of[i]);
      }
      if (Fit fit = solve(part); fit != Fit::yes)
        return fit;
    }
    return Fit::yes;
  }

  /// Finds the lowest floor in each section; false where it cannot fit what is to come.
  bool survives(const std::vector<int> &part, int begin, int end) {
    std::fill(lowest.begin() + begin, lowest.begin() + end, never);
    for (int j : part) {
      if (floors[j] + blocks[j].size > capacity)
        return false;
      for (int t = blocks[j].begin; t < blocks[j].end; ++t)
        lowest[t] = std::min(lowest[t], floors[j]);
      effort -= blocks[j].end - blocks[j].begin;
    }
    for (int t = begin; t < end; ++t)
      if (lowest[t] != never && lowest[t] + toCome[t] > capacity) {
        ++deaths[way][t];
        return false;
      }
    return !ways[way].heads || survivesFromEachFloor(part, begin, end);
  }

  /// In each section, what cannot begin below some floor must fit above it.
  bool survivesFromEachFloor(const std::vector<int> &part, int begin, int end) {
    falling.assign(part.begin(), part.end());
    std::sort(falling.begin(), falling.end(),
              [&](int a, int b) { return floors[a] != floors[b] ? floors[a] > floors[b] : a < b; });
    std::fill(above.begin() + begin, above.begin() + end, 0);
    for (int j : falling) {
      for (int t = blocks[j].begin; t < blocks[j].end; ++t)
        if (floors[j] + (above[t] += blocks[j].size) > capacity) {
          ++deaths[way][t];
          return false;
        }
      effort -= blocks[j].end - blocks[j].begin + 4;
    }
    return true;
  }

  /// Among the blocks at the lowest floor, one in the section that is hardest to satisfy.
  int choose(const std::vector<int> &part, int begin, int end) {
    int64_t floor = never;
    for (int j : part)
      floor = std::min(floor, floors[j]);
    std::fill(next.begin() + begin, next.begin() + end, 0);
    for (int j : part)
      if (floors[j] == floor)
        for (int t = blocks[j].begin; t < blocks[j].end; ++t)
          ++next[t];
    const std::vector<int64_t> &weights = deaths[way];
    int hardest = -1;
    int64_t cost = 0, weight = 1;
    for (int t = begin; t < end; ++t) {
      if (next[t] == 0)
        continue;
      int64_t slack = capacity - floor - toCome[t];
      int64_t c = ways[way].bySlack ? slack : next[t] + (slack > 0), w = weights[t] + 1;
      // c / w against cost / weight: numbers of different order, so in 128 bits.
      if (hardest < 0 || static_cast<__int128>(c) * weight < static_cast<__int128>(cost) * w) {
        hardest = t;
        cost = c;
        weight = w;
      }
    }
    int best = -1;
    for (int j : part)
      if (floors[j] == floor && blocks[j].begin <= hardest && hardest < blocks[j].end &&
          (best < 0 || rank[j] > rank[best]))
        best = j;
    effort -= static_cast<int64_t>(4 * part.size());
    return best;
  }

  bool together(int a, int b) const { return blocks[a].begin < blocks[b].end && blocks[b].begin < blocks[a].end; }

  void place(int j, const std::vector<int> &part) {
    offsets[j] = floors[j];
    int64_t top = floors[j] + blocks[j].size;
    for (int k : part)
      if (k != j && together(k, j) && floors[k] < top)
        set(floors, k, top);
    for (int t = blocks[j].begin; t < blocks[j].end; ++t)
      set(toCome, t, toCome[t] - blocks[j].size);
  }

  /// Nothing lies at this block's floor: then it, and all that equal it, lie on a block that is still to come.
  void lift(int j, const std::vector<int> &part) {
    int64_t floor = floors[j];
    for (int k : part) {
      if (floors[k] != floor || !(blocks[k] == blocks[j]))
        continue;
      int64_t least = never;
      for (int other : part)
        if (other != k && together(other, k))
          least = std::min(least, floors[other] + blocks[other].size);
      set(floors, k, least);
      effort -= static_cast<int64_t>(part.size());
    }
  }

  Fit solve(const std::vector<int> &part) {
    int begin = blocks[part[0]].begin, end = 0;
    for (int j : part)
      end = std::max(end, blocks[j].end);
    const size_t start = trail.size();
    Fit fit = Fit::no;
    while (fit == Fit::no) {
      if (--nodesLeft < 0 || effort <= 0) {
        fit = Fit::unknown;
        break;
      }
      if (!survives(part, begin, end))
        break;
      const size_t before = trail.size();
      int j = choose(part, begin, end);
      place(j, part);
      std::vector<int> rest;
      rest.reserve(part.size() - 1);
      std::copy_if(part.begin(), part.end(), std::back_inserter(rest), [&](int k) { return k != j; });
      fit = solveParts(rest);
      if (fit == Fit::no) {
        undoTo(before);
        lift(j, part);
      }
    }
    if (fit != Fit::yes)
      undoTo(start);
    return fit;
  }
};
} // namespace

Fit fitBlocks(const std::vector<SearchBlock> &blocks, int64_t capacity, int64_t &effort,
              std::vector<int64_t> &offsets) {
  if (blocks.size() > 2048)
    return Fit::unknown;
  Search search(blocks, capacity, effort);
  Fit fit = search.run();
  if (fit == Fit::yes)
    offsets = std::move(search.offsets);
  return fit;
}

} // namespace dlc
