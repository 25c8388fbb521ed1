#include "tools/gpusim/exec/Graph.h"

#include <algorithm>

namespace gpusim {

static bool endsThread(const ptx::Instruction &in) {
  return in.opcode == "ret" || in.opcode == "exit" || in.opcode == "trap";
}

FlowGraph buildGraph(const ptx::Function &f) {
  FlowGraph g;
  uint32_t n = uint32_t(f.instructions.size());
  std::vector<bool> leader(n + 1);
  leader[0] = true;
  auto target = [&](const ptx::Instruction &in) { return f.labels[in.operands[0].label].target; };
  for (const ptx::BranchTable &t : f.tables)
    for (uint32_t label : t.labels)
      leader[f.labels[label].target] = true;
  for (uint32_t i = 0; i < n; ++i) {
    const ptx::Instruction &in = f.instructions[i];
    bool branch = in.opcode == "bra" && !in.operands.empty();
    if (branch)
      leader[target(in)] = true;
    if (branch || in.opcode == "brx" || endsThread(in))
      leader[i + 1] = true;
  }
  leader[n] = true;
  g.blockOf.assign(n + 1, 0);
  g.exits.assign(n + 1, false);
  for (uint32_t i = 0; i < n; ++i) {
    if (leader[i])
      g.blocks.push_back({i, i, {}, {}, NoBlock, false});
    g.blocks.back().end = i + 1;
    g.blockOf[i] = uint32_t(g.blocks.size()) - 1;
  }
  // Falling off the end is a return: an empty block.
  g.blockOf[n] = uint32_t(g.blocks.size());
  g.blocks.push_back({n, n, {}, {}, NoBlock, false});

  auto returns = [&](uint32_t block) {
    const BasicBlock &b = g.blocks[block];
    if (b.begin == n)
      return true;
    const ptx::Instruction &in = f.instructions[b.begin];
    return (in.opcode == "ret" || in.opcode == "exit") && in.guard.kind == ptx::OperandKind::None;
  };
  for (uint32_t b = 0; b < g.blocks.size(); ++b) {
    BasicBlock &block = g.blocks[b];
    if (block.begin == n)
      continue;
    auto edge = [&](uint32_t to) {
      if (std::find(block.successors.begin(), block.successors.end(), to) == block.successors.end()) {
        block.successors.push_back(to);
        g.blocks[to].predecessors.push_back(b);
      }
    };
    uint32_t last = block.end - 1;
    const ptx::Instruction &in = f.instructions[last];
    bool guarded = in.guard.kind != ptx::OperandKind::None;
    if (in.opcode == "bra" && !in.operands.empty()) {
      uint32_t to = g.blockOf[target(in)];
      if (guarded && returns(to))
        g.exits[last] = true;
      else
        edge(to);
      if (guarded)
        edge(b + 1);
    } else if (in.opcode == "brx") {
      if (in.operands.size() == 2 && in.operands[1].kind == ptx::OperandKind::Table)
        for (uint32_t label : f.tables[in.operands[1].label].labels)
          edge(g.blockOf[f.labels[label].target]);
      if (guarded)
        edge(b + 1);
    } else if (!endsThread(in) || guarded) {
      edge(b + 1);
    }
  }

  // Post-dominators, by iteration over a post-order of the reversed graph. The virtual exit has the number `count`.
  uint32_t count = uint32_t(g.blocks.size()), exit = count;
  // Where a path that returns early leaves the others, those meet as if it were not there: edges from blocks that lead
  // to the last return into blocks that do not are passed over.
  std::vector<bool> leads(count);
  std::vector<uint32_t> work;
  for (uint32_t b = count; b-- > 0 && work.empty();)
    if (g.blocks[b].begin != n && g.blocks[b].successors.empty() &&
        f.instructions[g.blocks[b].end - 1].opcode != "trap")
      work.push_back(b), leads[b] = true;
  while (!work.empty()) {
    uint32_t b = work.back();
    work.pop_back();
    for (uint32_t p : g.blocks[b].predecessors)
      if (!leads[p])
        leads[p] = true, work.push_back(p);
  }
  std::vector<std::vector<uint32_t>> next(count), before(count + 1);
  for (uint32_t b = 0; b < count; ++b) {
    for (uint32_t s : g.blocks[b].successors)
      if (leads[s] || !leads[b])
        next[b].push_back(s), before[s].push_back(b);
    if (next[b].empty())
      next[b].push_back(exit), before[exit].push_back(b);
  }
  std::vector<uint32_t> number(count + 1, 0), order, parent(count + 1, NoBlock);
  std::vector<uint8_t> seen(count + 1, 0);
  std::vector<std::pair<uint32_t, size_t>> stack{{exit, 0}};
  seen[exit] = 1;
  while (!stack.empty()) {
    auto &[b, i] = stack.back();
    if (i == before[b].size()) {
      number[b] = uint32_t(order.size());
      order.push_back(b);
      stack.pop_back();
    } else if (uint32_t p = before[b][i++]; !seen[p]) {
      seen[p] = 1;
      stack.push_back({p, 0});
    }
  }
  parent[exit] = exit;
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t k = order.size() - 1; k-- > 0;) {
      uint32_t b = order[k], meet = NoBlock;
      auto consider = [&](uint32_t s) {
        if (!seen[s] || parent[s] == NoBlock)
          return;
        if (meet == NoBlock) {
          meet = s;
          return;
        }
        uint32_t x = meet, y = s;
        while (x != y) {
          while (number[x] < number[y])
            x = parent[x];
          while (number[y] < number[x])
            y = parent[y];
        }
        meet = x;
      };
      for (uint32_t s : next[b])
        consider(s);
      if (meet != NoBlock && parent[b] != meet)
        parent[b] = meet, changed = true;
    }
  }
  for (uint32_t b = 0; b < count; ++b) {
    BasicBlock &block = g.blocks[b];
    if (block.successors.size() < 2 || parent[b] == NoBlock || parent[b] == exit)
      continue;
    block.join = parent[b];
    g.blocks[parent[b]].isJoin = true;
  }
  return g;
}

} // namespace gpusim
