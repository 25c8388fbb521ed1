// Liveness and linear scan. Each lane follows one path through the graph and writes its own elements only, so what
// holds for a thread holds for a warp. A result never shares the slot of an operand of the same instruction.
#include "tools/gpusim/exec/Graph.h"
#include "tools/gpusim/ptx/Effects.h"

#include <algorithm>
#include <map>
#include <queue>

namespace gpusim {

using ptx::Type;

uint32_t laneBits(Type t) {
  if (t == Type::Pred)
    return 1;
  uint32_t bits = ptx::bitsOf(t);
  return bits < 16 ? 16 : bits;
}
uint32_t slotBytes(Type t) { return t == Type::Pred ? 4 : laneBits(t) * 4; }

namespace {

enum : uint8_t { Reads = 1, Writes = 2 };

template <class Fn> void registersOf(const ptx::Operand &o, uint8_t how, Fn fn) {
  if (o.kind == ptx::OperandKind::Register)
    fn(o.reg, how);
  for (const ptx::Operand &part : o.parts)
    registersOf(part, o.kind == ptx::OperandKind::Address ? uint8_t(Reads) : how, fn);
}

template <class Fn> void registersOf(const ptx::Instruction &in, Fn fn) {
  bool guarded = in.guard.kind != ptx::OperandKind::None;
  if (guarded)
    fn(in.guard.reg, Reads);
  for (size_t i = 0; i < in.operands.size(); ++i) {
    ptx::Effect effect = ptx::effectOf(in, i);
    uint8_t how = effect == ptx::Effect::Read ? Reads : effect == ptx::Effect::Write ? Writes : Reads | Writes;
    registersOf(in.operands[i], how, fn);
  }
}

using Bits = std::vector<uint64_t>;
bool test(const Bits &b, uint32_t i) { return b[i / 64] >> (i % 64) & 1; }
void set(Bits &b, uint32_t i) { b[i / 64] |= 1ull << (i % 64); }

} // namespace

RegisterSlots allocateRegisters(const ptx::Function &f, const FlowGraph &g) {
  uint32_t n = uint32_t(f.registers.size()), blocks = uint32_t(g.blocks.size());
  size_t words = (n + 63) / 64;
  std::vector<Bits> use(blocks, Bits(words)), kill(blocks, Bits(words)), in(blocks, Bits(words)),
      out(blocks, Bits(words));

  // A wgmma writes its accumulators when it is waited for: they live until then even if nothing reads them.
  std::vector<uint32_t> accumulators;
  for (const ptx::Instruction &i : f.instructions)
    if (i.opcode == "wgmma" && i.has("mma_async") && !i.operands.empty())
      registersOf(i.operands[0], Reads, [&](uint32_t r, uint8_t) { accumulators.push_back(r); });
  std::sort(accumulators.begin(), accumulators.end());
  accumulators.erase(std::unique(accumulators.begin(), accumulators.end()), accumulators.end());
  auto visit = [&](const ptx::Instruction &i, auto fn) {
    registersOf(i, fn);
    if (i.opcode == "wgmma" && i.has("wait_group"))
      for (uint32_t r : accumulators)
        fn(r, uint8_t(Reads));
  };

  for (uint32_t b = 0; b < blocks; ++b)
    for (uint32_t i = g.blocks[b].begin; i < g.blocks[b].end; ++i) {
      bool guarded = f.instructions[i].guard.kind != ptx::OperandKind::None;
      visit(f.instructions[i], [&](uint32_t r, uint8_t how) {
        if ((how & Reads || guarded) && !test(kill[b], r))
          set(use[b], r);
      });
      if (!guarded)
        visit(f.instructions[i], [&](uint32_t r, uint8_t how) {
          if (how == Writes)
            set(kill[b], r);
        });
    }
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t b = blocks; b-- > 0;) {
      for (uint32_t s : g.blocks[b].successors)
        for (size_t w = 0; w < words; ++w)
          out[b][w] |= in[s][w];
      for (size_t w = 0; w < words; ++w) {
        uint64_t live = use[b][w] | (out[b][w] & ~kill[b][w]);
        changed |= live != in[b][w];
        in[b][w] = live;
      }
    }
  }

  struct Interval {
    uint32_t reg, from = ~0u, to = 0;
  };
  std::vector<Interval> intervals(n);
  for (uint32_t r = 0; r < n; ++r)
    intervals[r].reg = r;
  auto cover = [&](uint32_t r, uint32_t at) {
    intervals[r].from = std::min(intervals[r].from, at);
    intervals[r].to = std::max(intervals[r].to, at);
  };
  for (uint32_t b = 0; b < blocks; ++b) {
    for (size_t w = 0; w < words; ++w) {
      for (uint64_t bits = in[b][w]; bits; bits &= bits - 1)
        cover(uint32_t(w * 64 + size_t(__builtin_ctzll(bits))), g.blocks[b].begin);
      for (uint64_t bits = out[b][w]; bits; bits &= bits - 1)
        cover(uint32_t(w * 64 + size_t(__builtin_ctzll(bits))), g.blocks[b].end);
    }
    for (uint32_t i = g.blocks[b].begin; i < g.blocks[b].end; ++i)
      visit(f.instructions[i], [&](uint32_t r, uint8_t) { cover(r, i); });
  }

  RegisterSlots a;
  a.slots.assign(n, ~0u);
  std::vector<Interval> order;
  for (const Interval &i : intervals)
    if (i.from != ~0u)
      order.push_back(i);
  std::sort(order.begin(), order.end(),
            [](const Interval &x, const Interval &y) { return x.from != y.from ? x.from < y.from : x.reg < y.reg; });
  std::map<uint32_t, std::vector<uint32_t>> free; // by bytes
  using Ending = std::pair<uint32_t, uint32_t>;   // last instruction, register
  std::priority_queue<Ending, std::vector<Ending>, std::greater<>> ending;
  // Slots of one size lie together, each size from an offset that its values are aligned to.
  std::map<uint32_t, uint32_t> used;
  std::vector<uint32_t> ordinal(n);
  uint32_t live = 0;
  auto liveWords = [&](uint32_t r) {
    return f.registers[r].type == Type::Pred     ? 0u
           : laneBits(f.registers[r].type) <= 32 ? 1u
                                                 : laneBits(f.registers[r].type) / 32;
  };
  for (const Interval &i : order) {
    while (!ending.empty() && ending.top().first < i.from) {
      uint32_t r = ending.top().second;
      free[slotBytes(f.registers[r].type)].push_back(ordinal[r]);
      live -= liveWords(r);
      ending.pop();
    }
    uint32_t bytes = slotBytes(f.registers[i.reg].type);
    std::vector<uint32_t> &list = free[bytes];
    if (list.empty()) {
      ordinal[i.reg] = used[bytes]++;
    } else {
      ordinal[i.reg] = list.back();
      list.pop_back();
    }
    ending.push({i.to, i.reg});
    live += liveWords(i.reg);
    a.words = std::max(a.words, live);
  }
  std::map<uint32_t, uint32_t> base;
  for (auto [bytes, count] : used) {
    base[bytes] = a.bytes;
    a.bytes += (bytes * count + 63) / 64 * 64;
  }
  for (const Interval &i : order) {
    uint32_t bytes = slotBytes(f.registers[i.reg].type);
    a.slots[i.reg] = base[bytes] + ordinal[i.reg] * bytes;
    if (!in.empty() && test(in[0], i.reg))
      a.undefined.push_back({a.slots[i.reg], bytes});
  }
  return a;
}

} // namespace gpusim
