// Memory of a plan: who overwrites whom, where blocks lie in the arena, and which steps that orders.
#include "passes/Planner.h"
#include <map>
#include <numeric>
#include <set>

namespace dlc {

// Activations that die where a map of the same element writes: one memory for both.
void Planner::overwriteAtLastUse() {
  auto lastUse = [&](Root *root) {
    int64_t last = -1;
    for (auto [s, step] : llvm::enumerate(steps))
      for (Value input : step.inputs)
        if (rootOf[input] == root)
          last = s;
    return last;
  };
  for (auto [s, step] : llvm::enumerate(steps)) {
    if (!step.launch)
      continue;
    llvm::SmallPtrSet<Root *, 4> taken;
    for (auto [j, output] : llvm::enumerate(step.outputs)) {
      Root *to = rootOf[output];
      if (to->kind != BufferKind::arena || !output.getDefiningOp<LaunchOp>() || !isWhole(output))
        continue;
      for (auto [i, input] : llvm::enumerate(step.inputs)) {
        Root *from = rootOf[input];
        if (from->kind != BufferKind::arena || from == to || from->bytes != to->bytes || !isWhole(input) ||
            taken.contains(from) || step.numbers[i] < 0 || !mayOverwrite(step.launch, step.numbers[i], j) ||
            lastUse(from) != static_cast<int64_t>(s) ||
            llvm::count_if(step.inputs, [&](Value v) { return rootOf[v] == from; }) != 1)
          continue;
        for (auto &[value, root] : rootOf)
          if (root == to)
            root = from;
        taken.insert(from);
        break;
      }
    }
  }
}

void Planner::shareOut() {
  std::map<Root *, ArenaBlock> live;
  for (auto [s, step] : llvm::enumerate(steps)) {
    auto touch = [&](Value v) {
      Root *root = rootOf[v];
      if (root->kind != BufferKind::arena)
        return;
      auto [it, isNew] =
          live.try_emplace(root, ArenaBlock{root->bytes, static_cast<int64_t>(s), static_cast<int64_t>(s)});
      if (isNew)
        arenaRoots.push_back(root);
      it->second.last = s;
    };
    llvm::for_each(step.inputs, touch);
    llvm::for_each(step.outputs, touch);
    if (step.memory)
      touch(step.memory);
  }
  std::vector<ArenaBlock> blocks;
  for (Root *root : arenaRoots)
    blocks.push_back(live[root]);
  ArenaOptions options;
  options.goal = parent ? 0 : goal;
  arenaBytes = placeBlocks(blocks, options);
  peak = peakBytes(blocks);
  for (auto [root, placed] : llvm::zip_equal(arenaRoots, blocks)) {
    root->offset = placed.offset;
    lifetimes.push_back(placed);
  }
}

Planner::Range Planner::rangeOf(Value v) {
  Root *root = rootOf[v];
  int64_t begin = root->offset + offsetOf.lookup(v);
  return {root->kind, root->symbol, begin, begin + storedBytes(v.getType())};
}

// Every step after those whose results it reads, whose inputs it overwrites, whose results it overwrites; what is
// implied already is left out.
void Planner::findDependencies() {
  implied.assign(steps.size(), llvm::BitVector(steps.size()));
  std::vector<SmallVector<Range>> reads(steps.size()), writes(steps.size());
  auto meet = [](ArrayRef<Range> a, ArrayRef<Range> b) {
    return llvm::any_of(a,
                        [&](const Range &x) { return llvm::any_of(b, [&](const Range &y) { return x.overlaps(y); }); });
  };
  for (size_t s = 0; s < steps.size(); ++s) {
    for (Value v : steps[s].inputs)
      reads[s].push_back(rangeOf(v));
    for (Value v : steps[s].outputs)
      writes[s].push_back(rangeOf(v));
    // Bodies write there: two loops that need nothing of each other may have been given the same memory.
    if (steps[s].memory)
      writes[s].push_back(rangeOf(steps[s].memory));
    for (size_t before = s; before-- > 0;) {
      if (implied[s].test(before))
        continue;
      // Whatever stands behind a size that is found may depend on it, and the host waits for all that comes before.
      if (steps[before].found || steps[s].found || meet(writes[before], reads[s]) || meet(reads[before], writes[s]) ||
          meet(writes[before], writes[s])) {
        steps[s].deps.push_back(before);
        implied[s].set(before);
        implied[s] |= implied[before];
      }
    }
    llvm::sort(steps[s].deps);
  }
}

// Which blocks a block must lie above, whatever the sizes are: those that may live while it does. The runtime lets each
// begin where the last of them ends, so that an arena is as large as the sizes of a run want it.
void Planner::stackBlocks() {
  auto isOpen = [](Value v) { return !typeOf(v).hasStaticShape(); };
  if (parent || ranges.empty() || llvm::none_of(rootOf, [&](auto &entry) { return isOpen(entry.first); }))
    return;
  std::vector<llvm::BitVector> users(lifetimes.size(), llvm::BitVector(steps.size()));
  DenseMap<Root *, unsigned> number;
  for (auto [i, root] : llvm::enumerate(arenaRoots))
    number[root] = i;
  for (auto [s, step] : llvm::enumerate(steps)) {
    auto use = [&](Value v) {
      if (auto it = number.find(rootOf.lookup(v)); it != number.end())
        users[it->second].set(s);
    };
    llvm::for_each(step.inputs, use);
    llvm::for_each(step.outputs, use);
    if (step.memory)
      use(step.memory);
  }
  // Whether all that use a have ended before anything uses b.
  auto isBefore = [&](unsigned a, unsigned b) {
    return llvm::all_of(users[b].set_bits(), [&](unsigned s) { return !users[a].test(implied[s]); });
  };
  auto end = [&](unsigned i) { return lifetimes[i].offset + int64_t(llvm::alignTo(lifetimes[i].bytes, 64)); };
  std::vector<unsigned> order(lifetimes.size());
  std::iota(order.begin(), order.end(), 0);
  llvm::stable_sort(order, [&](unsigned a, unsigned b) { return lifetimes[a].offset < lifetimes[b].offset; });
  std::vector<llvm::BitVector> below(order.size(), llvm::BitVector(order.size())); // by place in the order
  Builder b(function.getContext());
  for (size_t at = 0; at < order.size(); ++at) {
    unsigned own = order[at];
    std::vector<unsigned> candidates;
    for (unsigned i = 0; i < at; ++i)
      if (lifetimes[order[i]].bytes && end(order[i]) <= lifetimes[own].offset && !isBefore(order[i], own) &&
          !isBefore(own, order[i]))
        candidates.push_back(i);
    // The highest first: what they lie above is implied.
    llvm::stable_sort(candidates, [&](unsigned i, unsigned k) { return end(order[i]) > end(order[k]); });
    SmallVector<int64_t> above;
    for (unsigned i : candidates)
      if (!below[at].test(i)) {
        above.push_back(i);
        below[at].set(i);
        below[at] |= below[i];
      }
    llvm::sort(above);
    arenaRoots[own]->block = int64_t(at);
    blocks.push_back(b.getDictionaryAttr({b.getNamedAttr("at", b.getI64IntegerAttr(lifetimes[own].offset)),
                                          b.getNamedAttr("above", b.getDenseI64ArrayAttr(above))}));
  }
}

// Alias and lifetime checks, always: a wrong plan gives wrong numbers, quietly.
void Planner::verify() {
  for (size_t i = 0; i < lifetimes.size(); ++i)
    for (size_t j = i + 1; j < lifetimes.size(); ++j) {
      const ArenaBlock &a = lifetimes[i], &b = lifetimes[j];
      bool together = a.first <= b.last && b.first <= a.last;
      bool overlap = a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
      if (together && overlap)
        llvm::report_fatal_error("dlc-plan: two live blocks overlap in the arena");
    }
}

// Tells kernels which of their arguments share memory in some launch, so that nothing is promised about them that
// does not hold (`__restrict__`, loads through the read-only path).
void Planner::markAliases() {
  llvm::MapVector<Operation *, std::set<int64_t>> aliased;
  for (Step &step : steps)
    for (auto [i, input] : llvm::enumerate(step.inputs))
      for (auto [j, output] : llvm::enumerate(step.outputs))
        if (step.launch && rangeOf(input).overlaps(rangeOf(output)))
          aliased[step.kernel].insert({int64_t(i), int64_t(step.inputs.size() + j)});
  for (auto &[kernel, arguments] : aliased) {
    SmallVector<int64_t> list(arguments.begin(), arguments.end());
    kernel->setAttr("dlc.aliased", DenseI64ArrayAttr::get(kernel->getContext(), list));
  }
}

} // namespace dlc
