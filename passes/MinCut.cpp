// Maximum flow by blocking flows over levels (Dinic).
#include "passes/MinCut.h"
#include <algorithm>

namespace dlc {

void MinCut::addEdge(unsigned from, unsigned to, int64_t capacity) {
  edgesOf[from].push_back(static_cast<unsigned>(edges.size()));
  edges.push_back({to, std::min(capacity, infinite)});
  edgesOf[to].push_back(static_cast<unsigned>(edges.size()));
  edges.push_back({from, 0});
}

bool MinCut::findLevels(unsigned source, unsigned sink) {
  level.assign(edgesOf.size(), 0);
  level[source] = 1;
  std::vector<unsigned> queue = {source};
  for (size_t i = 0; i < queue.size() && !level[sink]; ++i)
    for (unsigned e : edgesOf[queue[i]])
      if (edges[e].left > 0 && !level[edges[e].to]) {
        level[edges[e].to] = level[queue[i]] + 1;
        queue.push_back(edges[e].to);
      }
  return level[sink];
}

int64_t MinCut::push(unsigned from, unsigned sink, int64_t most) {
  if (from == sink)
    return most;
  for (unsigned &i = next[from]; i < edgesOf[from].size(); ++i) {
    Edge &edge = edges[edgesOf[from][i]];
    if (edge.left <= 0 || level[edge.to] != level[from] + 1)
      continue;
    int64_t pushed = push(edge.to, sink, std::min(most, edge.left));
    if (!pushed)
      continue;
    edge.left -= pushed;
    edges[edgesOf[from][i] ^ 1].left += pushed;
    return pushed;
  }
  return 0;
}

std::vector<bool> MinCut::sinkSide(unsigned source, unsigned sink) {
  while (findLevels(source, sink)) {
    next.assign(edgesOf.size(), 0);
    while (push(source, sink, infinite))
      ;
  }
  // Who still reaches the sink: against the direction of edges that have something left.
  std::vector<bool> reaches(edgesOf.size());
  std::vector<unsigned> work = {sink};
  reaches[sink] = true;
  while (!work.empty()) {
    unsigned node = work.back();
    work.pop_back();
    for (unsigned e : edgesOf[node])
      if (edges[e ^ 1].left > 0 && !reaches[edges[e].to]) {
        reaches[edges[e].to] = true;
        work.push_back(edges[e].to);
      }
  }
  return reaches;
}

} // namespace dlc
