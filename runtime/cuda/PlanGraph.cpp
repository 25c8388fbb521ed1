#include "runtime/cuda/PlanGraph.h"
#include "runtime/ControlSteps.h"
#include "runtime/cuda/DeviceWeights.h"

#include <algorithm>

namespace dlc::rt::cuda {
namespace {

bool emptyStep(const fb::Step &s, const fb::Variant &v) {
  if (s.kind() == fb::StepKind::While || s.kind() == fb::StepKind::If)
    return !bodySteps(s);
  if (s.kind() == fb::StepKind::Copy || s.kind() == fb::StepKind::Fill)
    return !v.buffers()->Get(s.args()->Get(0))->size();
  if (!s.work())
    return true;
  for (uint32_t i = 0; s.grid() && i != 3; ++i)
    if (!s.grid()->Get(i))
      return true;
  bool empty = s.outputs() != 0;
  for (uint32_t i = s.args()->size() - s.outputs(); i != s.args()->size(); ++i)
    empty &= !v.buffers()->Get(s.args()->Get(i))->size();
  return empty;
}

std::string triple(const unsigned v[3]) {
  return std::to_string(v[0]) + "x" + std::to_string(v[1]) + "x" + std::to_string(v[2]);
}

void dims(const flatbuffers::Vector<uint32_t> *from, unsigned to[3]) {
  for (uint32_t i = 0; i != 3; ++i)
    to[i] = from ? from->Get(i) : 1;
}

} // namespace

/// "model.dlx, step 3 (conv1, relu1)"
std::string PlanGraph::where(uint32_t step) const {
  std::string text = program->path() + ", step " + std::to_string(step);
  auto *sources = variant->steps()->Get(step)->sources();
  for (uint32_t i = 0; i != sources->size(); ++i)
    text += (i ? ", " : " (") + sources->Get(i)->str();
  return sources->size() ? text + ")" : text;
}

/// "step 3 (kernel conv_relu_0)"
std::string PlanGraph::named(const Operation &o) const {
  return "step " + std::to_string(o.step) + " (" + stepReports[o.step].implementation + ")";
}

std::string PlanGraph::suspects() const {
  std::string text;
  size_t count = 0;
  for (const Operation &o : operations)
    if (o.kind == fb::StepKind::Launch && ++count <= 3)
      text += (text.empty() ? "" : ", ") + stepReports[o.step].implementation + " in " + where(o.step);
  if (!count)
    return "";
  return count <= 3 ? "; the run's kernels are " + text
                    : "; it was one of the run's " + std::to_string(count) + " kernels";
}

Status PlanGraph::prepareKernel(Operation &o, const fb::Step &s, StepReport &report) {
  if (s.kernel() == 0xffffffffu)
    return {DLC_UNSUPPORTED, "this step needs a library of the CPU and has no kernel of its own", where(o.step)};
  const Driver &d = context->driver;
  const CardModel &m = context->model;
  std::string kernel = variant->kernels()->Get(s.kernel())->name()->str();
  report.implementation = "kernel " + kernel;
  o.function = modules.kernel(s.kernel());
  unsigned grid[3], block[3];
  dims(s.grid(), grid);
  dims(s.block(), block);
  for (int i = 0; i != 3; ++i)
    if (grid[i] > unsigned(m.maxGrid[i]))
      return {DLC_UNSUPPORTED,
              kernel + " wants a grid of " + triple(grid) + "; " + m.name + " takes at most " +
                  std::to_string(m.maxGrid[i]) + " blocks in dimension " + std::to_string(i),
              where(o.step)};
  int threads = 0;
  DLC_CU_FOR(d, "look at the kernel " + kernel, cuFuncGetAttribute, &threads, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK,
             o.function);
  uint64_t wanted = uint64_t(block[0]) * block[1] * block[2];
  if (!wanted || wanted > uint64_t(std::min(threads, m.maxThreads)))
    return {DLC_UNSUPPORTED,
            kernel + " wants blocks of " + triple(block) + " threads; on " + m.name + " it can have " +
                std::to_string(std::min(threads, m.maxThreads)),
            where(o.step)};
  if (s.shared() > unsigned(m.sharedOptin))
    return {DLC_UNSUPPORTED,
            kernel + " wants " + std::to_string(s.shared()) + " bytes of shared memory a block; " + m.name + " has " +
                std::to_string(m.sharedOptin),
            where(o.step)};
  // Of all launches of a kernel, the one that wants most counts.
  if (unsigned &granted = sharedOf[o.function]; s.shared() > unsigned(m.sharedPerBlock) && s.shared() > granted) {
    DLC_CU_FOR(d, "give " + kernel + " " + std::to_string(s.shared()) + " bytes of shared memory", cuFuncSetAttribute,
               o.function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, int(s.shared()));
    granted = s.shared();
  }
  return {};
}

Status PlanGraph::prepare(const PlanRequest &request, const std::shared_ptr<const Context> &on, Modules loaded,
                          CUdeviceptr arenaAt, bool stepwise) {
  variant = request.variant;
  program = request.program;
  weights = request.weights;
  context = on;
  modules = std::move(loaded);
  arena = arenaAt;
  uint32_t count = variant->steps()->size();
  stepReports.resize(count);
  control = hasControl(*variant);
  operationOf.assign(count, none);
  // What must have ended before whatever depends on a step: the step itself, or, where it does nothing, its own deps.
  std::vector<std::vector<uint32_t>> ends(count);
  uint32_t bodyEnd = 0; // of the loops and branches around a step
  for (uint32_t i = 0; i != count; ++i) {
    const fb::Step &s = *variant->steps()->Get(i);
    if (bodySteps(s))
      bodyEnd = std::max(bodyEnd, i + 1 + bodySteps(s));
    if (s.kind() == fb::StepKind::Host) {
      findsInside |= i < bodyEnd;
      stepReports[i].implementation = "the host reads " + program->table().symbols()->Get(s.symbol())->name()->str();
      if (i >= bodyEnd)
        hostSteps.push_back(i);
      continue;
    }
    // What comes before a step Host has ended.
    std::vector<uint32_t> after;
    for (uint32_t dep : *s.deps())
      for (uint32_t end : ends[dep])
        if (operations[end].part == hostSteps.size())
          after.push_back(end);
    std::sort(after.begin(), after.end());
    after.erase(std::unique(after.begin(), after.end()), after.end());
    if (emptyStep(s, *variant)) {
      stepReports[i].implementation = "nothing (empty)";
      ends[i] = std::move(after);
      continue;
    }
    Operation o;
    o.step = i;
    o.part = hostSteps.size();
    o.symbolic = symbolCount(program->table()) && symbolic(*variant, s, Sizes(program->table()), o.found);
    o.kind = s.kind() == fb::StepKind::Library ? fb::StepKind::Launch : s.kind();
    o.after = std::move(after);
    for (uint32_t a : *s.args()) {
      o.args.push_back(variant->buffers()->Get(a));
      o.ports |= o.args.back()->kind() == fb::BufferKind::Input || o.args.back()->kind() == fb::BufferKind::Output;
    }
    if (o.kind == fb::StepKind::Launch)
      DLC_TRY(prepareKernel(o, s, stepReports[i]));
    else if (!bodySteps(s))
      stepReports[i].implementation = o.kind == fb::StepKind::Copy ? "copy" : "fill";
    ends[i] = {operationOf[i] = uint32_t(operations.size())};
    operations.push_back(std::move(o));
  }
  return control ? holdControl(stepwise) : Status();
}

void PlanGraph::gridOf(const fb::Step &s, const Sizes &sizes, unsigned grid[3]) const {
  dims(s.grid(), grid);
  for (uint32_t i = 0; s.grid_at() && i != s.grid_at()->size(); ++i) {
    int64_t value = 0;
    (void)sizes.value(*s.grid_at()->Get(i), value); // `fits` has seen that it has one
    grid[i] = unsigned(value);
  }
}

bool PlanGraph::idle(const Operation &o, const Sizes &sizes) const {
  if (!o.symbolic)
    return false;
  const fb::Step &s = *variant->steps()->Get(o.step);
  if (bodySteps(s))
    return false;
  if (o.kind != fb::StepKind::Launch)
    return !sizes.bytes(*o.args[0]);
  unsigned grid[3];
  gridOf(s, sizes, grid);
  bool empty = s.outputs() != 0;
  for (size_t i = o.args.size() - s.outputs(); i != o.args.size(); ++i)
    empty &= !sizes.bytes(*o.args[i]);
  return empty || !grid[0] || !grid[1] || !grid[2];
}

Status PlanGraph::fits(const Operation &o, const Sizes &sizes) const {
  const fb::Step &s = *variant->steps()->Get(o.step);
  auto wrong = [&](const std::string &what) -> Status {
    return {DLC_INTERNAL, what + " (" + sizes.text() + ")", where(o.step)};
  };
  if (o.kind == fb::StepKind::Copy && sizes.bytes(*o.args[0]) != sizes.bytes(*o.args[1]))
    return wrong("a copy of buffers whose sizes differ");
  int64_t value;
  for (uint32_t i = 0; s.values() && i != s.values()->size(); ++i)
    if (!sizes.value(*s.values()->Get(i), value))
      return wrong("a value for the kernel cannot be computed");
  for (uint32_t i = 0; s.grid_at() && i != s.grid_at()->size(); ++i)
    if (!sizes.value(*s.grid_at()->Get(i), value) || value < 0 || value > context->model.maxGrid[i])
      return wrong("dimension " + std::to_string(i) + " of the grid cannot be computed, or is more than " +
                   context->model.name + " takes");
  return {};
}

Status PlanGraph::fits(const Sizes &sizes, bool foundOnly) const {
  if (std::string fault = sizes.fault(*variant); !fault.empty())
    return {DLC_INTERNAL, fault + " (" + sizes.text() + ")", program->path()};
  for (const Operation &o : operations)
    if (o.symbolic && (o.found || !foundOnly))
      DLC_TRY(fits(o, sizes));
  return {};
}

CUdeviceptr PlanGraph::foundAt(size_t part, const Binding &binding, uint32_t &symbol) const {
  const fb::Step &s = *variant->steps()->Get(hostSteps[part]);
  symbol = s.symbol();
  return address(*variant->buffers()->Get(s.args()->Get(0)), binding);
}

CUdeviceptr PlanGraph::address(const fb::Buffer &b, const Binding &binding) const {
  CUdeviceptr base = 0;
  switch (b.kind()) {
  case fb::BufferKind::Input:
    base = binding.inputs[b.index()];
    break;
  case fb::BufferKind::Output:
    base = binding.outputs[b.index()];
    break;
  case fb::BufferKind::Weight:
  case fb::BufferKind::State:
  case fb::BufferKind::Constant:
  case fb::BufferKind::Derived:
    base = (*weights->ofKind(b.kind()))[b.index()]->device->address;
    break;
  case fb::BufferKind::Arena:
    base = arena;
    break;
  }
  if (!base)
    return 0;
  base += binding.sizes.offset(b);
  for (size_t loop = 0; loop != binding.steps.size(); ++loop)
    base += CUdeviceptr(binding.sizes.advance(b, loop) * binding.steps[loop]);
  return base;
}

CUDA_KERNEL_NODE_PARAMS PlanGraph::launch(const Operation &o, const Binding &binding, std::vector<CUdeviceptr> &values,
                                          std::vector<void *> &pointers) const {
  const fb::Step &s = *variant->steps()->Get(o.step);
  values.clear();
  pointers.clear();
  for (const fb::Buffer *b : o.args)
    values.push_back(address(*b, binding));
  for (uint32_t i = 0; s.values() && i != s.values()->size(); ++i) {
    int64_t value = 0;
    (void)binding.sizes.value(*s.values()->Get(i), value);
    values.push_back(CUdeviceptr(value));
  }
  for (CUdeviceptr &v : values)
    pointers.push_back(&v);
  unsigned grid[3], block[3];
  gridOf(s, binding.sizes, grid);
  dims(s.block(), block);
  return {o.function, grid[0],    grid[1],         grid[2], block[0], block[1],
          block[2],   s.shared(), pointers.data(), nullptr, nullptr,  nullptr};
}

void PlanGraph::announce(const Operation &o, const Sizes &sizes, const std::vector<CUdeviceptr> &values) const {
  if (!context->driver.simulated())
    return;
  size_t outputs = variant->steps()->Get(o.step)->outputs(), first = o.args.size() - outputs;
  std::vector<SimulatedRange> ranges;
  auto bytes = [&](size_t i) { return sizes.bytes(*o.args[i]); };
  for (size_t i = 0; i != o.args.size(); ++i) {
    const fb::Buffer &b = *o.args[i];
    if (!bytes(i))
      continue;
    // Files without `outputs` do not say which arguments are written.
    int written = !outputs ? 2 : i >= first;
    for (size_t j = 0; written == 1 && j != first; ++j)
      if (values[j] < values[i] + bytes(i) && values[i] < values[j] + bytes(j))
        written = 2;
    ranges.push_back({values[i], bytes(i), b.name()->c_str(), written});
  }
  context->driver.gpusim_next_launch(ranges.data(), ranges.size());
}

std::vector<PlanGraph::Piece> PlanGraph::pieces(const Operation &o, const Binding &binding) const {
  constexpr uint64_t largest = uint64_t(1) << 30; // a row that every driver takes
  std::vector<Piece> list;
  if (o.kind == fb::StepKind::Copy) {
    CUdeviceptr from = address(*o.args[0], binding), to = address(*o.args[1], binding);
    for (uint64_t at = 0, size = binding.sizes.bytes(*o.args[0]); at != size;) {
      Piece p{true, {}, {}};
      p.copying.srcMemoryType = p.copying.dstMemoryType = CU_MEMORYTYPE_DEVICE;
      p.copying.srcDevice = from + at;
      p.copying.dstDevice = to + at;
      p.copying.WidthInBytes = std::min(size - at, largest);
      p.copying.srcPitch = p.copying.dstPitch = p.copying.WidthInBytes;
      p.copying.srcHeight = p.copying.dstHeight = p.copying.Height = p.copying.Depth = 1;
      at += p.copying.WidthInBytes;
      list.push_back(p);
    }
    return list;
  }
  const fb::Step &s = *variant->steps()->Get(o.step);
  CUdeviceptr to = address(*o.args[0], binding);
  uint64_t size = binding.sizes.bytes(*o.args[0]), pattern = s.fill();
  unsigned width = s.fill_width();
  if (width == 8 && uint32_t(pattern) == uint32_t(pattern >> 32))
    width = 4;
  if (width < 8) {
    list.push_back({false, {}, {to, 0, unsigned(pattern), width, size / width, 1}});
    return list;
  }
  // Rows of one element: the low halves, then the high ones.
  for (unsigned half = 0; half != 2; ++half)
    list.push_back({false, {}, {to + 4 * half, 8, unsigned(pattern >> (32 * half)), 4, 1, size / 8}});
  return list;
}

Status PlanGraph::instantiate(const Binding &binding, size_t part, Instance &out, std::string &refused) const {
  const Driver &d = context->driver;
  out = Instance();
  CUgraph graph = nullptr;
  DLC_CU(d, cuGraphCreate, &graph, 0u);
  out.graph = Graph(context, graph);
  // What must have ended before whatever follows an operation: its nodes, or, where it has none, what it waits for.
  std::vector<std::vector<CUgraphNode>> ends(operations.size());
  out.nodes.resize(operations.size());
  size_t steps = 0;
  Build build{out.memory, refused};
  if (control) {
    Binding here = binding;
    Nodes last;
    auto [from, to] = stepsOf(part);
    steps = to - from;
    DLC_TRY(addNodes(graph, from, to, here, {}, last, build));
    if (!refused.empty()) {
      out = Instance();
      return {};
    }
  }
  for (size_t index = 0; !control && index != operations.size(); ++index) {
    const Operation &o = operations[index];
    if (o.part != part)
      continue;
    std::vector<CUgraphNode> after, made;
    for (uint32_t a : o.after)
      after.insert(after.end(), ends[a].begin(), ends[a].end());
    // One of two that do nothing may stand for the same node as the other.
    std::sort(after.begin(), after.end());
    after.erase(std::unique(after.begin(), after.end()), after.end());
    if (idle(o, binding.sizes)) {
      ends[index] = std::move(after);
      continue;
    }
    ++steps;
    DLC_TRY(addNode(graph, o, binding, after, made, build));
    ends[index] = made;
    out.nodes[index] = std::move(made);
  }
  CUgraphExec exec = nullptr;
  DLC_CU_FOR(d, "make the graph of " + std::to_string(steps) + " steps ready", cuGraphInstantiateWithFlags, &exec,
             graph, 0ull);
  out.exec = GraphExec(context, exec);
  out.binding = binding;
  out.part = part;
  return {};
}

Status PlanGraph::update(Instance &instance, const Binding &binding, bool &possible) const {
  const Driver &d = context->driver;
  possible = !control; // nodes of a loop's steps have no list
  if (!possible)
    return {};
  bool resized = instance.binding.sizes != binding.sizes;
  for (size_t i = 0; resized && i != operations.size(); ++i) {
    const Operation &o = operations[i];
    if (o.part != instance.part || !o.symbolic)
      continue;
    size_t wanted = idle(o, binding.sizes) ? 0 : o.kind == fb::StepKind::Launch ? 1 : pieces(o, binding).size();
    if (instance.nodes[i].size() != wanted) {
      possible = false;
      return {};
    }
  }
  possible = true;
  std::vector<CUdeviceptr> values;
  std::vector<void *> pointers;
  Binding old = std::move(instance.binding);
  instance.binding = Binding(); // equal to none if this fails halfway
  auto differs = [&](const fb::Buffer *b) { return address(*b, binding) != address(*b, old); };
  for (size_t i = 0; i != operations.size(); ++i) {
    const Operation &o = operations[i];
    if (instance.nodes[i].empty() ||
        (!(o.symbolic && resized) && (!o.ports || std::none_of(o.args.begin(), o.args.end(), differs))))
      continue;
    auto doing = [&] { return "point " + named(o) + " to other memory"; };
    CUgraphExec exec = instance.exec.get();
    if (o.kind == fb::StepKind::Launch) {
      CUDA_KERNEL_NODE_PARAMS params = launch(o, binding, values, pointers);
      announce(o, binding.sizes, values);
      DLC_CU_FOR(d, doing(), cuGraphExecKernelNodeSetParams, exec, instance.nodes[i][0], &params);
      continue;
    }
    std::vector<Piece> list = pieces(o, binding);
    for (size_t k = 0; k != list.size(); ++k)
      if (list[k].copy)
        DLC_CU_FOR(d, doing(), cuGraphExecMemcpyNodeSetParams, exec, instance.nodes[i][k], &list[k].copying,
                   context->raw);
      else
        DLC_CU_FOR(d, doing(), cuGraphExecMemsetNodeSetParams, exec, instance.nodes[i][k], &list[k].filling,
                   context->raw);
  }
  instance.binding = binding;
  return {};
}

} // namespace dlc::rt::cuda
