#include "passes/Tape.h"
#include "passes/MinCut.h"
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace dlc {
namespace {
constexpr unsigned nobody = ~0u;
constexpr int64_t alignment = 64; // of blocks in the arena
int64_t aligned(int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

std::vector<unsigned> producers(const Tape &tape) {
  std::vector<unsigned> by(tape.values.size(), nobody);
  for (unsigned i = 0; i < tape.ops.size(); ++i)
    for (unsigned v : tape.ops[i].gives)
      by[v] = i;
  return by;
}

/// Memory that a run of operators takes, each a list of roots that it reads and gives.
struct Timeline {
  struct Entry {
    std::vector<unsigned> reads, gives;
  };
  std::vector<Entry> entries;
  std::vector<int64_t> bytes; // of each root

  /// First and last entry of each root; the first of one that is not there is nobody.
  void lives(const std::vector<unsigned> &kept, std::vector<unsigned> &first, std::vector<unsigned> &last) const {
    first.assign(bytes.size(), nobody);
    last.assign(bytes.size(), 0);
    for (unsigned i = 0; i < entries.size(); ++i)
      for (auto *list : {&entries[i].reads, &entries[i].gives})
        for (unsigned root : *list) {
          first[root] = std::min(first[root], i);
          last[root] = i;
        }
    for (unsigned root : kept)
      last[root] = static_cast<unsigned>(entries.size());
  }
  std::vector<unsigned> liveAt(unsigned entry, const std::vector<unsigned> &kept) const {
    std::vector<unsigned> first, last, roots;
    lives(kept, first, last);
    for (unsigned root = 0; root < bytes.size(); ++root)
      if (first[root] <= entry && entry <= last[root])
        roots.push_back(root);
    return roots;
  }

  /// Bytes while each entry runs; and the most that is alive between two entries, which no overwriting can lessen.
  std::vector<int64_t> live(const std::vector<unsigned> &kept, int64_t &bound) const {
    std::vector<unsigned> first, last;
    lives(kept, first, last);
    std::vector<int64_t> change(entries.size() + 2), between(entries.size() + 2);
    for (size_t root = 0; root < bytes.size(); ++root)
      if (first[root] != nobody) {
        change[first[root]] += bytes[root];
        change[last[root] + 1] -= bytes[root];
        between[first[root]] += bytes[root];
        between[last[root]] -= bytes[root];
      }
    std::partial_sum(change.begin(), change.end(), change.begin());
    std::partial_sum(between.begin(), between.end(), between.begin());
    bound = *std::max_element(between.begin(), between.end());
    change.resize(entries.size() + 1);
    return change;
  }
};

Timeline plainTimeline(const Tape &tape) {
  Timeline line;
  for (const TapeValue &value : tape.values)
    line.bytes.push_back(aligned(value.bytes));
  for (const TapeOp &op : tape.ops) {
    Timeline::Entry entry;
    // A view is no step: it neither reads nor writes.
    if (!op.view) {
      for (unsigned v : op.reads)
        entry.reads.push_back(tape.values[v].root);
      for (unsigned v : op.gives)
        entry.gives.push_back(tape.values[v].root);
    }
    line.entries.push_back(std::move(entry));
  }
  return line;
}

std::vector<unsigned> keptRoots(const Tape &tape) {
  std::vector<unsigned> roots;
  for (unsigned v : tape.kept)
    roots.push_back(tape.values[v].root);
  return roots;
}

/// Bytes that are read both up to a boundary and behind one before it: of each operator, what is given up to it and
/// read by later ones up to `boundary`.
std::vector<int64_t> crossing(const Tape &tape, unsigned boundary) {
  std::vector<unsigned> first(tape.values.size(), nobody), last(tape.values.size(), 0);
  for (unsigned i = 0; i <= boundary; ++i)
    for (auto *list : {&tape.ops[i].reads, &tape.ops[i].gives})
      for (unsigned v : *list) {
        unsigned root = tape.values[v].root;
        first[root] = std::min(first[root], i);
        last[root] = i;
      }
  std::vector<int64_t> bytes(boundary + 1);
  for (unsigned v = 0; v < tape.values.size(); ++v)
    for (unsigned i = first[v]; first[v] != nobody && i < last[v]; ++i)
      bytes[i] += tape.values[v].bytes;
  return bytes;
}

class Search {
public:
  Search(const Tape &tape, unsigned boundary) : tape(tape), boundary(boundary), by(producers(tape)) {
    passing = crossing(tape, boundary);
    // What is kept as it is, by the operator that gives it.
    kept.resize(boundary + 1);
    std::set<unsigned> seen;
    for (unsigned i = boundary + 1; i < tape.ops.size(); ++i)
      for (unsigned v : tape.ops[i].reads) {
        unsigned root = tape.values[v].root;
        if (by[root] <= boundary && seen.insert(root).second)
          kept[by[root]] += tape.values[root].bytes;
      }
    std::partial_sum(kept.begin(), kept.end(), kept.begin());
  }

  void run(std::vector<Repeats> &ways) {
    if (kept.empty() || kept.back() == 0)
      return;
    std::set<std::vector<unsigned>> seen;
    std::vector<double> weights = weightsToTry();
    for (unsigned parts : {1u, 2u, 3u, 4u, 5u, 6u, 8u, 10u, 12u, 16u, 24u, 32u, 48u})
      for (unsigned quarter = 1; quarter <= 4; ++quarter) {
        std::vector<bool> may = mayRepeat(parts, quarter);
        for (double weight : weights) {
          Repeats way{boundary, cutRepeats(tape, boundary, weight, may)};
          if (way.ops.empty() || !seen.insert(way.ops).second)
            continue;
          simulate(tape, way);
          ways.push_back(std::move(way));
        }
      }
  }

private:
  const Tape &tape;
  unsigned boundary;
  std::vector<unsigned> by;
  std::vector<int64_t> passing, kept; // of each operator; kept: of all up to it

  /// Factors between which the answer may change, from dear memory to dear time.
  std::vector<double> weightsToTry() const {
    std::vector<double> ratios;
    for (unsigned i = 0; i <= boundary; ++i) {
      int64_t bytes = 0;
      for (unsigned v : tape.ops[i].gives)
        bytes += tape.values[v].bytes;
      if (tape.ops[i].repeatable && bytes && tape.ops[i].cost > 0)
        ratios.push_back(static_cast<double>(bytes) / tape.ops[i].cost);
    }
    std::sort(ratios.rbegin(), ratios.rend());
    std::vector<double> weights;
    constexpr size_t most = 10;
    for (size_t i = 0; i < most && !ratios.empty(); ++i)
      weights.push_back(ratios[i * ratios.size() / most] * 0.99);
    weights.push_back(0);
    weights.erase(std::unique(weights.begin(), weights.end()), weights.end());
    return weights;
  }

  /// All but the checkpoints between `parts` of about the same kept bytes, in the first quarters.
  std::vector<bool> mayRepeat(unsigned parts, unsigned quarters) const {
    std::vector<bool> may(boundary + 1);
    auto positionOf = [&](double share) { // the first operator up to which so much is kept
      auto wanted = static_cast<int64_t>(share * static_cast<double>(kept.back()));
      return static_cast<unsigned>(std::lower_bound(kept.begin(), kept.end(), wanted) - kept.begin());
    };
    unsigned end = quarters == 4 ? boundary : positionOf(quarters / 4.0);
    for (unsigned i = 0; i <= end; ++i)
      may[i] = tape.ops[i].repeatable;
    for (unsigned part = 1; part < parts && boundary > 0; ++part) {
      // Where least passes, half a part to both sides.
      unsigned from = positionOf((part - 0.5) / parts), to = std::min(positionOf((part + 0.5) / parts), boundary - 1);
      if (from > to)
        continue;
      auto at =
          static_cast<unsigned>(std::min_element(passing.begin() + from, passing.begin() + to + 1) - passing.begin());
      for (unsigned i = at + 1; i <= boundary; ++i)
        for (unsigned v : tape.ops[i].reads)
          if (unsigned op = by[tape.values[v].root]; op <= at)
            may[op] = false;
    }
    return may;
  }
};
} // namespace

std::vector<unsigned> cutRepeats(const Tape &tape, unsigned boundary, double weight,
                                 const std::vector<bool> &mayRepeat) {
  // Nodes: operators, values, source, sink. On the sink's side: operators that run again, values that are there behind
  // the boundary.
  unsigned first = boundary + 1, source = first + static_cast<unsigned>(tape.values.size()), sink = source + 1;
  MinCut graph(sink + 1);
  for (unsigned i = 0; i <= boundary; ++i) {
    const TapeOp &op = tape.ops[i];
    if (!op.view)
      graph.addEdge(source, i, mayRepeat[i] ? std::llround(std::max(weight * op.cost, 1.0)) : MinCut::infinite);
    for (unsigned v : op.gives)
      graph.addEdge(i, first + v, op.view ? MinCut::infinite : tape.values[v].bytes);
    for (unsigned v : op.reads)
      graph.addEdge(first + v, i, MinCut::infinite);
  }
  for (unsigned i = boundary + 1; i < tape.ops.size(); ++i)
    for (unsigned v : tape.ops[i].reads)
      graph.addEdge(first + v, sink, MinCut::infinite);
  for (unsigned v : tape.kept)
    graph.addEdge(first + v, sink, MinCut::infinite);
  std::vector<bool> late = graph.sinkSide(source, sink);
  std::vector<unsigned> ops;
  std::vector<unsigned> by = producers(tape);
  std::vector<bool> again(boundary + 1);
  for (unsigned i = 0; i <= boundary; ++i) {
    const TapeOp &op = tape.ops[i];
    again[i] = late[i] && (!op.view || (by[op.reads[0]] != nobody && again[by[op.reads[0]]]));
    if (again[i])
      ops.push_back(i);
  }
  return ops;
}

void simulate(const Tape &tape, Repeats &way, std::vector<unsigned> *largest) {
  // Operators as they are, then the repeated ones among those behind the boundary: from the last on, so that each finds
  // its readers in place.
  struct Entry {
    unsigned op;
    std::vector<unsigned> reads;
    bool again;
  };
  std::vector<Entry> late;
  for (unsigned i = way.boundary + 1; i < tape.ops.size(); ++i)
    late.push_back({i, tape.ops[i].reads, false});
  Timeline line = plainTimeline(tape);
  line.entries.resize(std::min<size_t>(way.boundary + 1, line.entries.size()));
  std::map<unsigned, std::vector<unsigned>> gives;                            // of a repeated operator
  std::vector<unsigned> root(tape.values.size()), origin(tape.values.size()); // origin: of each root
  for (unsigned v = 0; v < root.size(); ++v) {
    root[v] = tape.values[v].root;
    origin[v] = v;
  }
  way.cost = 0;
  for (size_t k = way.ops.size(); k-- > 0;) {
    const TapeOp &op = tape.ops[way.ops[k]];
    auto readsIt = [&](unsigned v) { return std::find(op.gives.begin(), op.gives.end(), v) != op.gives.end(); };
    auto at = std::find_if(late.begin(), late.end(), [&](const Entry &entry) {
      return std::any_of(entry.reads.begin(), entry.reads.end(), readsIt);
    });
    if (at == late.end())
      continue;
    auto firstNew = static_cast<unsigned>(root.size());
    std::vector<unsigned> &made = gives[way.ops[k]];
    for (unsigned v : op.gives) {
      made.push_back(static_cast<unsigned>(root.size()));
      root.push_back(static_cast<unsigned>(line.bytes.size()));
      line.bytes.push_back(op.view ? 0 : aligned(tape.values[v].bytes));
      origin.push_back(v);
    }
    for (auto entry = at; entry != late.end(); ++entry)
      for (unsigned &v : entry->reads)
        if (auto it = std::find(op.gives.begin(), op.gives.end(), v); it != op.gives.end())
          v = firstNew + static_cast<unsigned>(it - op.gives.begin());
    late.insert(at, {way.ops[k], op.reads, true});
    way.cost += op.cost;
  }
  // Memory of views is that of what they read, which stands before them now.
  for (const Entry &entry : late) {
    const TapeOp &op = tape.ops[entry.op];
    if (entry.again && op.view)
      root[gives[entry.op][0]] = root[entry.reads[0]];
    // A view behind the boundary of something that is computed again.
    if (!entry.again && op.view)
      root[op.gives[0]] = root[entry.reads[0]];
  }
  for (const Entry &entry : late) {
    const TapeOp &op = tape.ops[entry.op];
    Timeline::Entry step;
    if (!op.view) {
      for (unsigned v : entry.reads)
        step.reads.push_back(root[v]);
      for (unsigned v : entry.again ? gives[entry.op] : op.gives)
        step.gives.push_back(root[v]);
    }
    line.entries.push_back(std::move(step));
  }
  std::vector<int64_t> live = line.live(keptRoots(tape), way.bound);
  auto fullest = std::max_element(live.begin(), live.end());
  way.peak = *fullest;
  if (!largest)
    return;
  std::vector<unsigned> roots = line.liveAt(static_cast<unsigned>(fullest - live.begin()), keptRoots(tape));
  std::stable_sort(roots.begin(), roots.end(), [&](unsigned a, unsigned b) { return line.bytes[a] > line.bytes[b]; });
  largest->clear();
  for (unsigned r : roots)
    if (line.bytes[r])
      largest->push_back(origin[r]);
}

unsigned fullestPoint(const Tape &tape) {
  int64_t bound = 0;
  std::vector<int64_t> live = plainTimeline(tape).live(keptRoots(tape), bound);
  auto at = static_cast<unsigned>(std::max_element(live.begin(), live.end()) - live.begin());
  return std::min(at, static_cast<unsigned>(std::max<size_t>(1, tape.ops.size()) - 1));
}

std::vector<Repeats> waysToRepeat(const Tape &tape, const std::vector<unsigned> &boundaries) {
  std::vector<Repeats> all(1);
  all[0].boundary = boundaries.empty() ? 0 : boundaries[0];
  if (tape.ops.empty())
    return all;
  simulate(tape, all[0]);
  for (unsigned boundary : std::set<unsigned>(boundaries.begin(), boundaries.end()))
    if (boundary + 1 < tape.ops.size())
      Search(tape, boundary).run(all);
  std::stable_sort(all.begin(), all.end(), [](const Repeats &a, const Repeats &b) { return a.cost < b.cost; });
  std::vector<Repeats> ways;
  for (Repeats &way : all)
    if (ways.empty() || way.peak < ways.back().peak)
      ways.push_back(std::move(way));
  return ways;
}

} // namespace dlc
