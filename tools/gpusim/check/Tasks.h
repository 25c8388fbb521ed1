// What works on device memory: kernels, copies, fills, each with its place in the order that streams, events, graph
// edges and host synchronisation make. The checker asks whether one is ordered before another.
#pragma once
#include "tools/gpusim/check/Observer.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gpusim {

/// How far each timeline (stream) is known to be done: operations at or before `position` are ordered before.
class Knowledge {
public:
  bool includes(uint32_t timeline, uint64_t position) const {
    for (const auto &[line, seen] : known)
      if (line == timeline)
        return position <= seen;
    return false;
  }
  void add(uint32_t timeline, uint64_t position) {
    for (auto &[line, seen] : known)
      if (line == timeline) {
        seen = seen < position ? position : seen;
        return;
      }
    known.emplace_back(timeline, position);
  }
  void join(const Knowledge &other) {
    for (const auto &[line, seen] : other.known)
      add(line, seen);
  }

private:
  std::vector<std::pair<uint32_t, uint64_t>> known;
};

/// Bit i of row n: node i is an ancestor of node n.
struct Ancestors {
  size_t nodes = 0, words = 0;
  std::vector<uint64_t> bits;
  explicit Ancestors(size_t nodes) : nodes(nodes), words((nodes + 63) / 64), bits(nodes * words) {}
  void set(size_t node, size_t ancestor) { bits[node * words + ancestor / 64] |= 1ull << (ancestor % 64); }
  bool has(size_t node, size_t ancestor) const { return bits[node * words + ancestor / 64] >> (ancestor % 64) & 1; }
  /// `parent` and what it has are ancestors of `node`.
  void inherit(size_t node, size_t parent) {
    for (size_t w = 0; w < words; ++w)
      bits[node * words + w] |= bits[parent * words + w];
    set(node, parent);
  }
};

/// A tensor of a launch (gpusim_range with its name kept).
struct TensorRange {
  uint64_t address = 0, bytes = 0;
  std::string name;
  int written = 0; // as gpusim_range has it
  uint64_t end() const { return address + bytes; }
};
using TensorRanges = std::vector<TensorRange>;

/// A conditional node that a task runs in, by the graph that the node is in.
struct GraphPlace {
  uint32_t node = 0;
  uint64_t round = 0; // of its body
  std::shared_ptr<const Ancestors> ancestors;
  bool operator==(const GraphPlace &) const = default;
};

struct Task {
  std::string name;                 // kernel or driver function
  const Kernel *kernel = nullptr;   // null: a copy or a fill
  std::shared_ptr<const void> keep; // what `kernel` lies in
  uint32_t timeline = 0;
  uint64_t position = 0;
  Knowledge known;       // what is ordered before it
  uint64_t graphRun = 0; // 0: not of a graph
  uint32_t node = 0;     // in that graph, or in the body that is its innermost
  std::shared_ptr<const Ancestors> ancestors;
  std::vector<GraphPlace> outer;              // the conditional nodes around it, the outermost first
  std::shared_ptr<const TensorRanges> ranges; // null: the launch did not say
  Dim3 grid, block;
  uint64_t first = 0, count = 1; // the numbers of its blocks among all blocks ever run

  bool after(const Task &earlier) const {
    if (graphRun && graphRun == earlier.graphRun)
      return afterInGraph(earlier);
    return (timeline == earlier.timeline && earlier.position <= position) ||
           known.includes(earlier.timeline, earlier.position);
  }

private:
  bool afterInGraph(const Task &earlier) const {
    for (size_t level = 0;; ++level) {
      bool inside = level < outer.size(), itInside = level < earlier.outer.size();
      uint32_t mine = inside ? outer[level].node : node;
      uint32_t its = itInside ? earlier.outer[level].node : earlier.node;
      if (mine != its)
        return (inside ? outer[level].ancestors : ancestors)->has(mine, its);
      if (!inside || !itInside)
        return true;
      if (outer[level].round != earlier.outer[level].round)
        return outer[level].round > earlier.outer[level].round;
    }
  }
};
using TaskPtr = std::shared_ptr<Task>;

} // namespace gpusim
