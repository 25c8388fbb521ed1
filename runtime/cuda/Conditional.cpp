// Loops and branches that only a run decides about, as conditional nodes of the one graph.
//
// A node's arguments are fixed when it is made. What moves with the steps of such a loop is therefore worked on in rows
// of the graph's own, and copied there and back by kernels that read how many steps there have been.
#include "runtime/ControlSteps.h"
#include "runtime/cuda/PlanGraph.h"

#include <algorithm>
#include <cstdlib>

namespace dlc::rt::cuda {
namespace {

constexpr uint32_t noCondition = 0xffffffffu;
constexpr uint64_t spacing = 256;

/// Bytes [at, at + bytes) in the first step.
bool overlap(CUdeviceptr at, uint64_t bytes, CUdeviceptr other, uint64_t otherBytes) {
  return at < other + otherBytes && other < at + bytes;
}

} // namespace

// --- Which ---

/// Nodes of a range where loops of more than `most` are conditional nodes, as all are whose length a run decides.
size_t PlanGraph::countNodes(uint32_t from, uint32_t to, size_t most) {
  size_t count = 0;
  auto add = [&](size_t more) { count = std::min(count + more, size_t(1) << 30); };
  for (uint32_t i = from; i != to; ++i) {
    const fb::Step &s = *variant->steps()->Get(i);
    uint32_t inside = bodySteps(s);
    if (!inside) {
      add(operationOf[i] != none);
      continue;
    }
    size_t body = countNodes(i + 1, i + 1 + inside, most);
    bool known = s.kind() == fb::StepKind::While && s.condition() == noCondition && s.limit() <= int64_t(most);
    conditional[i] = operationOf[i] != none && !(known && size_t(s.limit()) * body <= most);
    add(conditional[i] ? body + 2 : size_t(s.limit()) * body);
    i += inside;
  }
  return count;
}

/// Of how many conditional loops the steps may move an argument, at the most.
size_t PlanGraph::deepestMoves() const {
  size_t deepest = 0;
  std::vector<std::pair<uint32_t, bool>> loops; // around: past the end, conditional
  for (uint32_t i = 0; i != variant->steps()->size(); ++i) {
    while (!loops.empty() && loops.back().first <= i)
      loops.pop_back();
    const fb::Step &s = *variant->steps()->Get(i);
    for (uint32_t a : *s.args()) {
      const fb::Buffer &b = *variant->buffers()->Get(a);
      size_t count = 0;
      for (uint32_t l = 0; l != loops.size(); ++l)
        count += loops[l].second && ((b.advance() && l < b.advance()->size() && b.advance()->Get(l)) ||
                                     (b.advance_at() && l < b.advance_at()->size()));
      deepest = std::max(deepest, count);
    }
    if (s.kind() == fb::StepKind::While && bodySteps(s))
      loops.push_back({i + 1 + bodySteps(s), conditional[i]});
  }
  return deepest;
}

Status PlanGraph::holdControl(bool stepwise) {
  if (findsInside) {
    leaveToHost("a body finds a size, and the host must know it to go on");
    return {};
  }
  uint32_t count = variant->steps()->size();
  size_t limit = mostNodes;
  if (const char *given = std::getenv("DLC_CUDA_UNROLL"); given && *given)
    limit = std::min<size_t>(std::strtoul(given, nullptr, 10), 1 << 20);
  size_t most = limit;
  do
    conditional.assign(count, false);
  while (countNodes(0, count, most) > limit && (most /= 2));
  held = true;
  if (std::find(conditional.begin(), conditional.end(), true) != conditional.end()) {
    std::string why = stepwise ? "steps are run one by one" : context->driver.lacksConditionalNodes();
    if (why.empty() && deepestMoves() > ControlKernels::mostCounters)
      why = "an argument moves with the steps of more than " + std::to_string(ControlKernels::mostCounters) + " loops";
    if (why.empty())
      DLC_TRY(ControlKernels::load(context, kernels, why));
    if (!why.empty()) {
      leaveToHost(why);
      return {};
    }
  }
  describeControl();
  return {};
}

void PlanGraph::leaveToHost(const std::string &why) {
  held = false;
  reason = why;
  describeControl();
}

void PlanGraph::describeControl() {
  for (const Operation &o : operations) {
    if (o.kind != fb::StepKind::If && o.kind != fb::StepKind::While)
      continue;
    std::string what = o.kind == fb::StepKind::If ? "one of two bodies" : "a loop";
    stepReports[o.step].implementation = what + (!held                 ? ", by the host: " + reason
                                                 : conditional[o.step] ? ", in the graph"
                                                                       : ", unrolled in the graph");
  }
}

// --- Memory ---

Status PlanGraph::take(uint64_t bytes, CUdeviceptr &at, Build &build) const {
  bytes = container::alignUp(std::max<uint64_t>(bytes, 1), spacing);
  if (bytes > build.left) {
    uint64_t piece = std::max<uint64_t>(bytes, 1 << 16);
    Memory memory;
    DLC_TRY(makeMemory(context, piece, "rows of loops",
                       "the graph needs " + bytesText(piece) + " for rows of its loops", memory));
    build.next = memory.get();
    build.left = piece;
    build.memory.push_back(std::move(memory));
  }
  at = build.next;
  build.next += bytes;
  build.left -= bytes;
  return {};
}

/// The same each time for the same: an unrolled loop's steps follow each other.
Status PlanGraph::takeRow(uint64_t bytes, const Operation &o, size_t number, CUdeviceptr &at, Build &build) const {
  auto [known, fresh] = build.rows.insert({{o.step, number}, 0});
  if (fresh)
    DLC_TRY(take(bytes, known->second, build));
  at = known->second;
  return {};
}

PlanGraph::Moves PlanGraph::moves(const fb::Buffer &b, const Binding &binding) const {
  Moves list;
  for (size_t loop = 0; loop != binding.counters.size(); ++loop)
    if (int64_t bytes = binding.counters[loop] ? binding.sizes.advance(b, loop) : 0)
      list.push_back({binding.counters[loop], bytes});
  return list;
}

bool PlanGraph::moving(const Operation &o, const Binding &binding) const {
  return std::any_of(o.args.begin(), o.args.end(), [&](const fb::Buffer *b) { return !moves(*b, binding).empty(); });
}

bool PlanGraph::busy(uint32_t from, uint32_t to, const Sizes &sizes) const {
  for (uint32_t i = from; i != to; ++i)
    if (operationOf[i] != none && !idle(operations[operationOf[i]], sizes))
      return true;
  return false;
}

// --- Nodes ---

Status PlanGraph::addKernel(CUgraph graph, const char *what, CUfunction function, unsigned blocks, unsigned threads,
                            std::vector<uint64_t> values, const Nodes &after, CUgraphNode &node) const {
  std::vector<void *> pointers;
  for (uint64_t &v : values)
    pointers.push_back(&v);
  CUDA_KERNEL_NODE_PARAMS p{};
  p.func = function;
  p.gridDimX = blocks, p.blockDimX = threads;
  p.gridDimY = p.gridDimZ = p.blockDimY = p.blockDimZ = 1;
  p.kernelParams = pointers.data();
  DLC_CU_FOR(context->driver, std::string("add ") + what + " to the graph", cuGraphAddKernelNode, &node, graph,
             after.data(), after.size(), &p);
  return {};
}

Status PlanGraph::addCopy(CUgraph graph, CUdeviceptr to, const Moves &toMoves, CUdeviceptr from, const Moves &fromMoves,
                          uint64_t bytes, const Nodes &after, CUgraphNode &node, Build &build) const {
  std::map<CUdeviceptr, std::pair<int64_t, int64_t>> all;
  for (auto &[counter, moves] : toMoves)
    all[counter].first = moves;
  for (auto &[counter, moves] : fromMoves)
    all[counter].second = moves;
  if (all.size() > ControlKernels::mostCounters) {
    build.refused = "a copy moves with the steps of " + std::to_string(all.size()) + " loops";
    return {};
  }
  std::vector<uint64_t> values = {to, from, bytes};
  for (auto &[counter, moves] : all)
    values.insert(values.end(), {counter, uint64_t(moves.first), uint64_t(moves.second)});
  values.resize(3 + 3 * ControlKernels::mostCounters);
  constexpr unsigned threads = 256;
  uint64_t wanted = (bytes / 16 + threads - 1) / threads;
  auto blocks = unsigned(std::clamp<uint64_t>(wanted, 1, 4u * unsigned(context->model.multiprocessors)));
  return addKernel(graph, "the copy of a row", kernels.copy, blocks, threads, values, after, node);
}

/// An operation with arguments that move: between copies of their rows.
Status PlanGraph::addMoving(CUgraph graph, const Operation &o, const Binding &binding, const Nodes &after, Nodes &made,
                            Build &build) const {
  auto bytesOf = [&](size_t i) { return binding.sizes.bytes(*o.args[i]); };
  auto at = [&](size_t i) { return address(*o.args[i], binding); };
  if (o.kind == fb::StepKind::Copy) {
    made.resize(1);
    return addCopy(graph, at(1), moves(*o.args[1], binding), at(0), moves(*o.args[0], binding), bytesOf(0), after,
                   made[0], build);
  }
  // Arguments of one row in different places of it, as a kernel has that works in place.
  struct Row {
    CUdeviceptr at, own = 0;
    uint64_t bytes;
    Moves moves;
    std::vector<size_t> args;
    bool written;
  };
  size_t outputs = o.kind == fb::StepKind::Fill ? 1 : variant->steps()->Get(o.step)->outputs();
  // Files without `outputs` do not say which arguments are written.
  auto written = [&](size_t i) { return !outputs || i + outputs >= o.args.size(); };
  auto read = [&](size_t i) { return !outputs || i + outputs < o.args.size(); };
  std::vector<Row> rows;
  for (size_t i = 0; i != o.args.size(); ++i) {
    Row row{at(i), 0, bytesOf(i), moves(*o.args[i], binding), {i}, written(i)};
    if (row.moves.empty() || !row.bytes)
      continue;
    for (size_t k = rows.size(); k--;) {
      Row &other = rows[k];
      if (!overlap(row.at, row.bytes, other.at, other.bytes) ||
          (row.moves != other.moves && !row.written && !other.written))
        continue;
      if (row.moves != other.moves) {
        build.refused = named(o) + " writes to memory that another of its arguments goes through at another pace";
        return {};
      }
      CUdeviceptr end = std::max(row.at + row.bytes, other.at + other.bytes);
      row.at = std::min(row.at, other.at);
      row.bytes = end - row.at;
      row.written |= other.written;
      row.args.insert(row.args.end(), other.args.begin(), other.args.end());
      rows.erase(rows.begin() + std::ptrdiff_t(k));
      k = rows.size(); // what it has grown to may reach others
    }
    rows.push_back(std::move(row));
  }
  std::vector<CUdeviceptr> values;
  std::vector<void *> pointers;
  CUDA_KERNEL_NODE_PARAMS params{};
  if (o.kind == fb::StepKind::Launch)
    params = launch(o, binding, values, pointers);
  else
    values.push_back(at(0));
  Nodes before, last;
  CUgraphNode node = nullptr;
  for (size_t r = 0; r != rows.size(); ++r) {
    Row &row = rows[r];
    DLC_TRY(takeRow(row.bytes + spacing, o, r, row.own, build));
    row.own += row.at % spacing;
    for (size_t i : row.args) {
      values[i] = row.own + (at(i) - row.at);
      if (!read(i))
        continue;
      DLC_TRY(addCopy(graph, values[i], {}, at(i), row.moves, bytesOf(i), after, node, build));
      before.push_back(node);
    }
  }
  if (before.empty())
    before = after;
  if (o.kind == fb::StepKind::Launch) {
    announce(o, binding.sizes, values);
    DLC_CU_FOR(context->driver, "add " + named(o) + " to the graph", cuGraphAddKernelNode, &node, graph, before.data(),
               before.size(), &params);
    made.push_back(node);
  } else {
    for (Piece p : pieces(o, binding)) {
      p.filling.dst += values[0] - at(0);
      DLC_CU_FOR(context->driver, "add " + named(o) + " to the graph", cuGraphAddMemsetNode, &node, graph,
                 before.data(), before.size(), &p.filling, context->raw);
      made.push_back(node);
    }
  }
  for (const Row &row : rows)
    for (size_t i : row.args)
      if (written(i)) {
        DLC_TRY(addCopy(graph, at(i), row.moves, values[i], {}, bytesOf(i), made, node, build));
        last.push_back(node);
      }
  if (!last.empty())
    made = std::move(last);
  return {};
}

Status PlanGraph::makeHandle(CUgraph graph, const Operation &o, CUgraphConditionalHandle &handle, Build &build) const {
  const Driver &d = context->driver;
  CUresult r = d.cuGraphConditionalHandleCreate(&handle, graph, context->raw, 0, CU_GRAPH_COND_ASSIGN_DEFAULT);
  Status s = d.check(r, "cuGraphConditionalHandleCreate", "add " + named(o) + " to the graph");
  if (r != CUDA_ERROR_NOT_SUPPORTED)
    return s;
  build.refused = s.message();
  return {};
}

Status PlanGraph::addConditional(CUgraph graph, const Operation &o, CUgraphConditionalNodeType type,
                                 CUgraphConditionalHandle handle, CUgraphNode after, CUgraphNode &node, CUgraph &body,
                                 Build &build) const {
  const Driver &d = context->driver;
  CUgraphNodeParams p{};
  p.type = CU_GRAPH_NODE_TYPE_CONDITIONAL;
  p.conditional = {handle, type, 1, nullptr, context->raw};
  CUresult r = d.cuGraphAddNode(&node, graph, &after, nullptr, 1, &p);
  Status s = d.check(r, "cuGraphAddNode", "add " + named(o) + " to the graph");
  if (r == CUDA_SUCCESS)
    body = p.conditional.phGraph_out[0];
  if (r != CUDA_ERROR_NOT_SUPPORTED)
    return s;
  build.refused = s.message();
  return {};
}

/// Where a kernel of `graph` behind `after` finds the condition.
Status PlanGraph::conditionAt(CUgraph graph, const Operation &o, const Binding &binding, Nodes &after, uint64_t &at,
                              Build &build) const {
  uint32_t index = variant->steps()->Get(o.step)->condition();
  at = 0;
  if (index == noCondition)
    return {};
  const fb::Buffer &b = *o.args[index];
  at = address(b, binding);
  Moves moved = moves(b, binding);
  if (moved.empty())
    return {};
  CUdeviceptr row = 0;
  CUgraphNode node = nullptr;
  DLC_TRY(takeRow(1, o, 0, row, build));
  DLC_TRY(addCopy(graph, row, {}, at, moved, 1, after, node, build));
  after = {node};
  at = row;
  return {};
}

/// A count and the condition before the node, its body, and both again at the body's end.
Status PlanGraph::addLoop(CUgraph graph, const Operation &o, Binding &binding, const Nodes &after, Nodes &made,
                          Build &build) const {
  const fb::Step &s = *variant->steps()->Get(o.step);
  CUgraphConditionalHandle handle = 0;
  CUdeviceptr counter = 0;
  DLC_TRY(makeHandle(graph, o, handle, build));
  DLC_TRY(take(sizeof(int64_t), counter, build));
  CUgraphNode node = nullptr;
  auto count = [&](CUgraph where, bool first, Nodes behind) -> Status {
    uint64_t condition = 0;
    DLC_TRY(conditionAt(where, o, binding, behind, condition, build));
    if (!build.refused.empty())
      return {};
    return addKernel(where, "a loop's condition", kernels.step, 1, 1,
                     {counter, first, condition, uint64_t(binding.sizes.limit(s)), handle}, behind, node);
  };
  if (build.refused.empty())
    DLC_TRY(count(graph, true, after));
  if (!build.refused.empty())
    return {};
  CUgraph body = nullptr;
  DLC_TRY(addConditional(graph, o, CU_GRAPH_COND_TYPE_WHILE, handle, node, node, body, build));
  if (!build.refused.empty())
    return {};
  made = {node};
  Nodes last;
  binding.steps.push_back(0);
  binding.counters.push_back(counter);
  Status status = addNodes(body, o.step + 1, o.step + 1 + bodySteps(s), binding, {}, last, build);
  binding.steps.pop_back();
  binding.counters.pop_back();
  if (!status.ok() || !build.refused.empty())
    return status;
  return count(body, false, last);
}

/// A node for each side: drivers before CUDA 12.8 know no other side.
Status PlanGraph::addBranch(CUgraph graph, const Operation &o, Binding &binding, const Nodes &after, Nodes &made,
                            Build &build) const {
  const fb::Step &s = *variant->steps()->Get(o.step);
  uint64_t condition = 0, sides = 0;
  CUgraphConditionalHandle handles[2] = {};
  uint32_t from[2] = {o.step + 1, o.step + 1 + s.bodies()->Get(0)};
  for (int side = 0; side != 2; ++side)
    if (busy(from[side], from[side] + s.bodies()->Get(uint32_t(side)), binding.sizes)) {
      DLC_TRY(makeHandle(graph, o, handles[side], build));
      sides |= 1u << side;
    }
  Nodes behind = after;
  if (build.refused.empty())
    DLC_TRY(conditionAt(graph, o, binding, behind, condition, build));
  made = behind;
  if (!sides || !build.refused.empty())
    return {};
  CUgraphNode decision = nullptr;
  DLC_TRY(addKernel(graph, "a branch's condition", kernels.branch, 1, 1, {condition, sides, handles[0], handles[1]},
                    behind, decision));
  made.clear();
  for (uint32_t side = 0; side != 2; ++side) {
    if (!(sides >> side & 1))
      continue;
    CUgraphNode node = nullptr;
    CUgraph body = nullptr;
    DLC_TRY(addConditional(graph, o, CU_GRAPH_COND_TYPE_IF, handles[side], decision, node, body, build));
    if (!build.refused.empty())
      return {};
    made.push_back(node);
    Nodes last;
    DLC_TRY(addNodes(body, from[side], from[side] + s.bodies()->Get(side), binding, {}, last, build));
    if (!build.refused.empty())
      return {};
  }
  return {};
}

} // namespace dlc::rt::cuda
