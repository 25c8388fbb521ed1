// The cheapest set of edges that parts a graph. Plain C++, no MLIR.
#pragma once
#include <cstdint>
#include <vector>

namespace dlc {

class MinCut {
public:
  static constexpr int64_t infinite = int64_t(1) << 60;

  /// Nodes are 0 to nodes - 1.
  explicit MinCut(unsigned nodes) : edgesOf(nodes) {}
  /// Capacities are 0 or more, in any unit; `infinite` is never cut.
  void addEdge(unsigned from, unsigned to, int64_t capacity);
  /// Of all cheapest cuts between source and sink the one with the fewest nodes on the sink's side, which come back as
  /// true. At most once.
  std::vector<bool> sinkSide(unsigned source, unsigned sink);

private:
  struct Edge {
    unsigned to;
    int64_t left; ///< capacity that no flow takes; the edge back is number + 1, or - 1
  };
  std::vector<Edge> edges;
  std::vector<std::vector<unsigned>> edgesOf;
  std::vector<unsigned> level, next;

  bool findLevels(unsigned source, unsigned sink);
  int64_t push(unsigned from, unsigned sink, int64_t most);
};

} // namespace dlc
