// Branches, reconvergence and the end of threads. Warp::paths is a stack: a divergent branch turns the path that ran
// into the one that goes on at the join, and puts both sides above it; the op at the join takes a side off when it gets
// there.
#include "tools/gpusim/exec/Kernel.h"

namespace gpusim {

void leave(const Op *op, Warp *w, Flow flow) {
  if (flow == Flow::Retry)
    w->pc = w->opIndex(*op);
}

void guardedEntry(const Op *op, Warp *w, LaneMask mask) {
  LaneMask p = w->predicate(op->guard);
  mask &= op->guardNegated ? ~p : p;
  if (mask == 0) {
    ++op;
    [[clang::musttail]] return op->run(op, w, w->active);
  }
  [[clang::musttail]] return op->body(op, w, mask);
}

/// In place of `run` in KernelImpl::counted. Op::guardNegated holds the class, too, from bit 1 on; bit 7 says that
/// there is a guard.
void countedEntry(const Op *op, Warp *w, LaneMask mask) {
  if (op->guardNegated & 0x80) {
    LaneMask p = w->predicate(op->guard);
    mask &= op->guardNegated & 1 ? ~p : p;
  }
  Counters &c = *w->block->counters;
  Counters::Instructions &mine = c.byOp[w->opIndex(*op)], &all = c.byClass[op->guardNegated >> 1 & 0x3f];
  uint32_t threads = uint32_t(__builtin_popcount(mask));
  ++mine.warps, ++all.warps;
  mine.threads += threads, all.threads += threads;
  if (mask == 0) {
    ++op;
    [[clang::musttail]] return op->run(op, w, w->active);
  }
  [[clang::musttail]] return op->body(op, w, mask);
}

bool resumePath(Warp &w) {
  while (!w.paths.empty() && w.paths.back().mask == 0)
    w.paths.pop_back();
  if (w.paths.empty()) {
    w.state = WarpState::Done;
    w.active = 0;
    --w.block->aliveWarps;
    return false;
  }
  w.active = w.paths.back().mask;
  w.pc = w.paths.back().pc;
  return true;
}

void jumpEntry(const Op *op, Warp *w, LaneMask mask) {
  const Op *to = w->code + op->d;
  if (to <= op && --w->budget == 0) [[unlikely]] {
    w->budget = JumpBudget, w->pc = op->d, ++w->steps, ++w->turns;
    return;
  }
  [[clang::musttail]] return to->run(to, w, mask);
}

void branchEntry(const Op *op, Warp *w, LaneMask mask) {
  LaneMask p = w->predicate(op->a), active = w->active;
  LaneMask taken = (op->flags & 1 ? ~p : p) & active;
  if (w->block->counters) [[unlikely]] {
    ++w->block->counters->branches;
    w->block->counters->divergentBranches += taken != 0 && taken != active;
  }
  if (taken == 0) {
    ++op;
    [[clang::musttail]] return op->run(op, w, active);
  }
  if (taken != active) [[unlikely]] {
    uint32_t join = op->b, next = w->opIndex(*op) + 1, target = op->d;
    Path here = w->paths.back();
    if (join == ~0u) {
      w->paths.back() = {next, here.join, active & ~taken};
      w->paths.push_back({target, here.join, taken});
    } else {
      // Below lies who takes over at the join: this path, unless it ends there itself.
      if (here.join == join)
        w->paths.pop_back();
      else
        w->paths.back().pc = join;
      if (next != join)
        w->paths.push_back({next, join, active & ~taken});
      if (target != join)
        w->paths.push_back({target, join, taken});
    }
    resumePath(*w);
    const Op *to = w->code + w->pc;
    if (to <= op && --w->budget == 0) {
      w->budget = JumpBudget, ++w->steps, ++w->turns;
      return;
    }
    [[clang::musttail]] return to->run(to, w, w->active);
  }
  const Op *to = w->code + op->d;
  if (to <= op && --w->budget == 0) [[unlikely]] {
    w->budget = JumpBudget, w->pc = op->d, ++w->steps, ++w->turns;
    return;
  }
  [[clang::musttail]] return to->run(to, w, active);
}

static Flow tableBranch(const Op &op, Warp &w, LaneMask mask) {
  const uint32_t *index = w.in<uint32_t>(op.a);
  for (LaneMask left = mask; left; left &= left - 1) {
    int lane = __builtin_ctz(left);
    if (index[lane] >= uint64_t(op.imm))
      return w.fail(op, LaunchOutcome::IllegalInstruction,
                    "index " + std::to_string(index[lane]) + " is past the end of a branch table", lane);
  }
  uint32_t join = op.b, next = w.opIndex(op) + 1;
  Path here = w.paths.back();
  w.paths.back().pc = join;
  uint32_t sideJoin = join;
  if (join == ~0u || here.join == join)
    w.paths.pop_back(), sideJoin = here.join;
  if (LaneMask rest = w.active & ~mask; rest && next != join) // a guard let them through
    w.paths.push_back({next, sideJoin, rest});
  for (LaneMask left = mask; left;) {
    uint32_t which = index[__builtin_ctz(left)];
    LaneMask same = 0;
    for (LaneMask l = left; l; l &= l - 1)
      if (index[__builtin_ctz(l)] == which)
        same |= l & (0 - l);
    left &= ~same;
    if (op.list[which] != join)
      w.paths.push_back({op.list[which], sideJoin, same});
  }
  resumePath(w);
  return Flow::Jump;
}
void tableBranchEntry(const Op *op, Warp *w, LaneMask mask) {
  [[clang::musttail]] return entry<tableBranch>(op, w, mask);
}

void exitEntry(const Op *op, Warp *w, LaneMask mask) {
  w->alive &= ~mask;
  for (Path &p : w->paths)
    p.mask &= ~mask;
  w->active &= ~mask;
  if (w->active == 0) {
    if (!resumePath(*w)) {
      releaseAfterExit(*w->block);
      return;
    }
    op = w->code + w->pc;
    [[clang::musttail]] return op->run(op, w, w->active);
  }
  ++op;
  [[clang::musttail]] return op->run(op, w, w->active);
}

void joinEntry(const Op *op, Warp *w, LaneMask mask) {
  if (w->paths.back().join == w->opIndex(*op)) {
    w->paths.pop_back();
    resumePath(*w);
    op = w->code + w->pc;
    [[clang::musttail]] return op->run(op, w, w->active);
  }
  ++op;
  [[clang::musttail]] return op->run(op, w, mask);
}

} // namespace gpusim
