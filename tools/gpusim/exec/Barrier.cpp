// bar.sync, bar.arrive, bar.red and their barrier.cta names. Arrivals are counted by whole warps.
#include "tools/gpusim/exec/Families.h"
#include "tools/gpusim/exec/Kernel.h"

#include <bit>

namespace gpusim {

namespace {

enum : uint16_t { Waits = 1, Reduces = 2, Aligned = 4, HasCount = 8, Negated = 16, Popc = 32, And = 64, Or = 128 };

uint32_t aliveMask(const Block &b) {
  uint32_t mask = 0;
  for (const Warp &w : b.warps)
    if (w.state != WarpState::Done)
      mask |= 1u << w.index;
  return mask;
}

bool complete(const Block &block, const Barrier &b) {
  if (!b.warps)
    return false;
  if (b.expected)
    return uint32_t(std::popcount(b.warps)) * Lanes >= b.expected;
  return (aliveMask(block) & ~b.warps) == 0;
}

/// Lets everyone who waits go on.
void release(Block &block, uint32_t id) {
  Barrier &b = block.barriers[id];
  for (uint32_t left = b.waiting; left; left &= left - 1) {
    Warp &w = block.warps[uint32_t(std::countr_zero(left))];
    const Op &op = *b.op[w.index];
    if (op.flags & Reduces) {
      if (op.flags & Popc) {
        uint32_t *d = w.at<uint32_t>(op.d);
        for (LaneMask m = b.mask[w.index]; m; m &= m - 1)
          d[std::countr_zero(m)] = b.count;
      } else {
        bool value = op.flags & And ? b.count == b.threads : b.count != 0;
        w.setPredicate(op.d, value ? AllLanes : 0, b.mask[w.index]);
      }
    }
    w.state = WarpState::Ready;
  }
  uint32_t warps = b.warps;
  b = Barrier();
  if (block.observer)
    block.observer->barrierPassed(block.place, id, warps);
}

Flow barrier(const Op &op, Warp &w, LaneMask mask) {
  Block &block = *w.block;
  int lane = std::countr_zero(mask);
  uint32_t id = w.in<uint32_t>(op.a)[lane];
  if (id >= 16)
    return w.fail(op, LaunchOutcome::IllegalInstruction, "there is no barrier " + std::to_string(id), lane);
  Barrier &b = block.barriers[id];
  if (block.observer && mask != w.alive && op.flags & Aligned)
    block.observer->divergentBarrier(w.place, mask, w.alive & ~mask, w.opIndex(op));
  uint32_t expected = 0;
  if (op.flags & HasCount) {
    expected = w.in<uint32_t>(op.b)[lane];
    if (expected == 0 || expected % Lanes)
      return w.fail(op, LaunchOutcome::IllegalInstruction,
                    "a barrier for " + std::to_string(expected) + " threads: it has to be a multiple of 32", lane);
    if (b.expected && b.expected != expected)
      return w.fail(op, LaunchOutcome::IllegalInstruction,
                    "barrier " + std::to_string(id) + " is waited for by " + std::to_string(b.expected) + " and by " +
                        std::to_string(expected) + " threads",
                    lane);
  }
  if (b.warps >> w.index & 1)
    return w.fail(op, LaunchOutcome::Deadlock,
                  "a warp arrives twice at barrier " + std::to_string(id) + " before the others have come", lane);
  b.expected = expected;
  b.warps |= 1u << w.index;
  if (op.flags & Reduces) {
    LaneMask p = w.predicate(op.c);
    b.count += uint32_t(std::popcount((op.flags & Negated ? ~p : p) & mask));
    b.threads += uint32_t(std::popcount(mask));
  }
  bool waits = op.flags & Waits;
  if (waits) {
    b.waiting |= 1u << w.index;
    b.op[w.index] = &op, b.mask[w.index] = mask;
    w.pc = w.opIndex(op) + 1;
    w.state = WarpState::AtBarrier, w.barrier = uint8_t(id);
  }
  if (complete(block, b))
    release(block, id);
  return waits && w.state == WarpState::AtBarrier ? Flow::Stop : Flow::Next;
}

} // namespace

void releaseAfterExit(Block &block) {
  for (uint32_t id = 0; id < 16; ++id)
    if (block.barriers[id].warps && !block.barriers[id].expected && block.barriers[id].waiting &&
        complete(block, block.barriers[id]))
      release(block, id);
}

std::string waitingAt(const Cluster &cluster) {
  std::string text;
  int named = 0;
  for (const Block *block : cluster.blocks)
    for (const Warp &w : block->warps) {
      if (w.state == WarpState::Done)
        continue;
      if (++named > 4) {
        text += ", ...";
        return text;
      }
      bool atBarrier = w.state == WarpState::AtBarrier;
      text += (text.empty() ? "" : ", ") + std::string("warp ") + std::to_string(w.index);
      if (cluster.blocks.size() > 1)
        text += " of rank " + std::to_string(block->place.rank);
      uint32_t op = atBarrier ? w.pc - 1 : w.pc;
      text +=
          " at line " + std::to_string(block->place.kernel->ptxLine(op)) + " (" + block->place.kernel->text(op) + ")";
    }
  return text;
}

bool decodeBarrier(const ptx::Instruction &in, Decoder &d) {
  if ((in.opcode != "bar" && in.opcode != "barrier") || in.has("warp") || in.has("cluster"))
    return false;
  Op op;
  bool red = in.has("red"), arrive = in.has("arrive");
  if (!red && !arrive && !in.has("sync"))
    return false;
  op.flags =
      uint16_t((arrive ? 0 : Waits) | (red ? Reduces : 0) | (in.opcode == "bar" || in.has("aligned") ? Aligned : 0));
  size_t at = 0;
  if (red) {
    op.flags |= in.has("popc") ? Popc : in.has("and") ? And : Or;
    if (in.operands.size() < 3)
      return d.fail("bar.red needs a result, a barrier and a predicate");
    op.d = d.destination(in.operands[at++], op.flags & Popc ? ptx::Type::U32 : ptx::Type::Pred);
    bool negated = false;
    op.c = d.predicate(in.operands.back(), negated);
    op.flags |= negated ? Negated : 0;
  }
  size_t end = in.operands.size() - (red ? 1 : 0);
  if (at >= end)
    return d.fail("a barrier's number is missing");
  op.a = d.source(in.operands[at++], ptx::Type::U32);
  if (at < end) {
    op.flags |= HasCount;
    op.b = d.source(in.operands[at++], ptx::Type::U32);
  }
  if (arrive && !(op.flags & HasCount))
    return d.fail("an arrival needs a count of threads");
  d.emit(op, entry<barrier>, OpClass::Barrier);
  return true;
}

} // namespace gpusim
