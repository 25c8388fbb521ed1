#include "runtime/cuda/CudaPlan.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace dlc::rt::cuda {
namespace {

constexpr uint64_t place = 256; // alignment of everything in the one piece of device memory
constexpr size_t mostInstances = 4;

uint64_t portBytes(const flatbuffers::Vector<flatbuffers::Offset<fb::Tensor>> &list) {
  uint64_t bytes = 0;
  for (const fb::Tensor *t : list)
    bytes += container::alignUp(byteSize(t->dtype(), *t->shape()), place);
  return bytes;
}

} // namespace

Status CudaPlan::load(const PlanRequest &wanted, std::shared_ptr<const Context> on) {
  request = wanted;
  context = std::move(on);
  sized = Sizes(request.program->table());
  DLC_CURRENT(*context);
  const char *steps = std::getenv("DLC_CUDA_STEPWISE");
  stepwise = steps && *steps && *steps != '0';
  std::shared_ptr<Stream> own;
  if (request.cudaStream) {
    stream = std::make_shared<Stream>(context, static_cast<CUstream>(request.cudaStream), true);
  } else {
    stream = std::make_shared<Stream>();
    DLC_TRY(makeStream(context, *stream));
    own = stream;
  }
  DLC_TRY(makeStream(context, copyStream));
  for (Event &event : done)
    DLC_TRY(makeEvent(context, event));
  uint64_t weightBytes = 0;
  DLC_TRY(placeWeights(context, request, own, weightBytes));
  if (own)
    stream = own;
  Modules modules;
  DLC_TRY(Modules::load(context, *request.program, *request.variant, request.log, request.compilations, modules));
  DLC_TRY(takeMemory(weightBytes));
  DLC_TRY(graph.prepare(request, context, std::move(modules), memory.get(), stepwise));
  tellWhyOrdered();
  if (graph.parts() > 1)
    DLC_TRY(makePinned(context, sizeof(int64_t), "sizes that a run finds", foundValue));
  binding.sizes = sized;
  // Where sizes are open there is nothing to make ready before they are known.
  if (sized.values.empty() && !stepwise && !graph.ordered()) {
    Status status;
    for (size_t i = 0; i != inputs.size(); ++i)
      binding.inputs[i] = inputs[i].slots[0].device;
    for (size_t i = 0; i != outputs.size(); ++i)
      binding.outputs[i] = outputs[i].device;
    for (size_t part = 0; part != graph.parts(); ++part)
      if (!graph.empty(part) && !graph.ordered() && !instanceFor(binding, part, status) && !status.ok())
        return status;
  }
  return wait("make ready", request.program->path());
}

/// The arena, then the inputs twice, then the outputs; in pinned memory the same without the arena.
Status CudaPlan::takeMemory(uint64_t weightBytes) {
  const fb::Program &table = request.program->table();
  bool ports = !request.init;
  uint64_t arena = request.variant->blocks() ? 0 : container::alignUp(request.variant->arena_bytes(), place),
           in = ports ? portBytes(*table.inputs()) : 0, out = ports ? portBytes(*table.outputs()) : 0,
           total = arena + 2 * in + out;
  std::string needs = "the session needs " + bytesText(arena) + " for its arena, " + bytesText(2 * in) +
                      " for inputs (each twice), " + bytesText(out) + " for outputs, and took " +
                      bytesText(weightBytes) + " for weights and state";
  DLC_TRY(makeMemory(context, total, "the arena, inputs and outputs", needs, memory));
  DLC_TRY(makePinned(context, 2 * in + out, "inputs and outputs", pinned));
  if (2 * in + out) {
    std::memset(pinned.get(), 0, 2 * in + out);
    DLC_CU_FOR(driver(), "clear inputs and outputs", cuMemsetD8Async, memory.get() + arena, 0, 2 * in + out,
               stream->get());
  }
  CUdeviceptr device = memory.get() + arena;
  char *host = static_cast<char *>(pinned.get());
  auto take = [&](uint64_t size, CUdeviceptr &d, char *&h) {
    d = size ? device : 0;
    h = size ? host : nullptr;
    device += container::alignUp(size, place);
    host += container::alignUp(size, place);
  };
  inputs.resize(ports ? table.inputs()->size() : 0);
  outputs.resize(ports ? table.outputs()->size() : 0);
  binding.inputs.resize(inputs.size());
  binding.outputs.resize(outputs.size());
  for (int slot = 0; slot != 2; ++slot)
    for (uint32_t i = 0; i != inputs.size(); ++i) {
      Input &p = inputs[i];
      p.size = byteSize(table.inputs()->Get(i)->dtype(), *table.inputs()->Get(i)->shape());
      take(p.size, p.slots[slot].device, p.slots[slot].pinned);
      DLC_TRY(makeEvent(context, p.slots[slot].copied));
    }
  for (uint32_t i = 0; i != outputs.size(); ++i) {
    Output &p = outputs[i];
    p.size = byteSize(table.outputs()->Get(i)->dtype(), *table.outputs()->Get(i)->shape());
    take(p.size, p.device, p.pinned);
  }
  request.log(DLC_LOG_DEBUG, request.program->path() + ": " + bytesText(total + weightBytes) + " on " +
                                 context->model.name + ", " + bytesText(arena) + " of it the arena");
  return {};
}

CudaPlan::~CudaPlan() {
  if (!context)
    return;
  // Nothing may be in use when it is given back.
  Current current(*context, Current::Releasing());
  for (CUstream s : {stream ? stream->get() : nullptr, copyStream.get()})
    if (s && driver().cuStreamSynchronize(s) != CUDA_SUCCESS)
      (void)driver().cuStreamSynchronize(s);
}

void CudaPlan::tellWhyOrdered() {
  if (!graph.whyOrdered().empty())
    request.log(DLC_LOG_INFO, request.program->path() + ": the host runs loops and branches: " + graph.whyOrdered());
}

/// Null: `status` tells why, or the plan is run in order from now on.
PlanGraph::Instance *CudaPlan::instanceFor(const Binding &binding, size_t part, Status &status) {
  size_t count = 0;
  auto oldest = instances.end();
  for (auto i = instances.begin(); i != instances.end(); ++i) {
    if (i->part != part)
      continue;
    if (i->binding == binding)
      return &*i;
    ++count;
    if (oldest == instances.end() || i->lastUse < oldest->lastUse)
      oldest = i;
  }
  bool updated = false;
  if (count >= mostInstances) {
    status = graph.update(*oldest, binding, updated);
    if (status.ok() && updated)
      return &*oldest;
    // Half of it points elsewhere, or it has other nodes.
    if (status.ok())
      status = wait("run", request.program->path());
    instances.erase(oldest);
    if (!status.ok())
      return nullptr;
  }
  PlanGraph::Instance made;
  std::string refused;
  status = graph.instantiate(binding, part, made, refused);
  if (status.ok() && !refused.empty()) {
    graph.leaveToHost(refused);
    tellWhyOrdered();
    return nullptr;
  }
  if (!status.ok())
    return nullptr;
  instances.push_back(std::move(made));
  return &instances.back();
}

Status CudaPlan::launchPart(size_t part) {
  if (stepwise)
    return graph.runStepwise(binding, part, stream->get());
  if (graph.empty(part))
    return {};
  Status status;
  PlanGraph::Instance *instance = graph.ordered() ? nullptr : instanceFor(binding, part, status);
  DLC_TRY(std::move(status));
  if (!instance)
    return graph.runInOrder(binding, part, stream->get());
  instance->lastUse = runs;
  DLC_CU_FOR(driver(), "run " + request.program->path(), cuGraphLaunch, instance->exec.get(), stream->get());
  return {};
}

void CudaPlan::sizePorts() {
  const fb::Program &table = request.program->table();
  for (uint32_t i = 0; i != inputs.size(); ++i)
    inputs[i].size = sized.bytes(*table.inputs()->Get(i));
  for (uint32_t i = 0; i != outputs.size(); ++i)
    outputs[i].size = sized.bytes(*table.outputs()->Get(i));
}

Status CudaPlan::resize(const std::vector<int64_t> &symbols) {
  DLC_CURRENT(*context);
  if (std::any_of(outputs.begin(), outputs.end(), [](const Output &p) { return p.pending; }))
    DLC_TRY(finish());
  sized.start(symbols);
  if (std::string fault = sized.stack(*request.variant); !fault.empty())
    return {DLC_INTERNAL, fault + " (" + sized.text() + ")", request.program->path()};
  DLC_TRY(graph.fits(sized, false));
  DLC_TRY(growArena());
  sizePorts();
  for (uint32_t i = 0; i != inputs.size(); ++i)
    if (inputs[i].given)
      DLC_TRY(checkDevicePointer(reinterpret_cast<void *>(inputs[i].given), inputs[i].size, "input", i));
  for (uint32_t i = 0; i != outputs.size(); ++i)
    if (outputs[i].given)
      DLC_TRY(checkDevicePointer(reinterpret_cast<void *>(outputs[i].given),
                                 sized.mostBytes(*request.program->table().outputs()->Get(i)), "output", i));
  return {};
}

/// An arena whose size depends on the sizes of a run.
Status CudaPlan::growArena() {
  uint64_t bytes = request.variant->blocks() ? sized.arenaBytes(*request.variant) : 0;
  if (bytes <= stackedBytes)
    return {};
  DLC_TRY(finish());
  instances.clear();
  stackedArena = Memory();
  stackedBytes = 0;
  DLC_TRY(makeMemory(context, bytes, "the arena",
                     "the session needs " + bytesText(bytes) + " for its arena (" + sized.text() + ")", stackedArena));
  stackedBytes = bytes;
  graph.place(stackedArena.get());
  return {};
}

/// The size that ends a part: the host waits for it, and the next part has it.
Status CudaPlan::find(size_t part) {
  uint32_t symbol;
  CUdeviceptr from = graph.foundAt(part, binding, symbol);
  auto *value = static_cast<int64_t *>(foundValue.get());
  DLC_CU_FOR(driver(), "read a size", cuMemcpyDtoHAsync, value, from, sizeof *value, stream->get());
  DLC_TRY(wait("run", request.program->path()));
  if (Status status = sized.find(symbol, *value); !status.ok())
    return {status.code(), status.message(), graph.where(graph.hostStep(part))};
  DLC_TRY(graph.fits(sized, true));
  binding.sizes = sized;
  sizePorts();
  return {};
}

Status CudaPlan::launch() {
  for (uint32_t i = 0; i != inputs.size(); ++i) {
    Input &p = inputs[i];
    if (p.host && p.size)
      DLC_TRY(stage(p, p.host, i));
    Slot &s = p.slots[p.slot];
    if (!p.given && s.fresh && overlaps)
      DLC_CU_FOR(driver(), "wait for the copy of input " + std::to_string(i), cuStreamWaitEvent, stream->get(),
                 s.copied.get(), 0u);
    s.fresh = false;
    binding.inputs[i] = p.given ? p.given : s.device;
  }
  for (size_t i = 0; i != outputs.size(); ++i)
    binding.outputs[i] = outputs[i].given ? outputs[i].given : outputs[i].device;
  ++runs;
  if (graph.parts() > 1) {
    sized.start(sized.values);
    sizePorts();
  }
  binding.sizes = sized;
  for (size_t part = 0; part != graph.parts(); ++part) {
    if (part)
      DLC_TRY(find(part - 1));
    DLC_TRY(launchPart(part));
  }
  if (overlaps)
    DLC_CU(driver(), cuEventRecord, done[runs & 1].get(), stream->get());
  for (Input &p : inputs)
    p.slots[p.slot].lastRun = runs;
  for (uint32_t i = 0; i != outputs.size(); ++i)
    if (outputs[i].size && (outputs[i].host || outputs[i].mirrored))
      DLC_TRY(fetch(outputs[i], i));
  return {};
}

Status CudaPlan::runAsync() {
  DLC_CURRENT(*context);
  if (!overlaps) {
    // What was staged so far is on the one stream, ahead of the run; only the pinned memory may still be in use.
    for (Input &p : inputs)
      if (Slot &s = p.slots[p.slot]; s.copying)
        DLC_CU(driver(), cuEventRecord, s.copied.get(), stream->get());
    overlaps = true;
  }
  return launch();
}

Status CudaPlan::run() {
  DLC_CURRENT(*context);
  DLC_TRY(launch());
  return finish();
}

Status CudaPlan::synchronize() {
  DLC_CURRENT(*context);
  return finish();
}

Status CudaPlan::wait(const char *what, const std::string &name) {
  CUresult r = driver().cuStreamSynchronize(stream->get());
  Status found = driver().findings();
  if (r == CUDA_SUCCESS && found.ok())
    return {};
  if (r == CUDA_SUCCESS)
    return {found.code(), found.message(), request.program->path()};
  Status s = driver().check(r, "cuStreamSynchronize", std::string(what) + " " + name);
  std::string more = !found.ok() ? "; the simulator says: " + found.message() : isLost(r) ? graph.suspects() : "";
  return {s.code(), s.message() + more, request.program->path()};
}

/// Waits for everything started, and hands out what was copied for the caller.
Status CudaPlan::finish() {
  if (overlaps)
    DLC_CU_FOR(driver(), "copy inputs", cuStreamSynchronize, copyStream.get());
  DLC_TRY(wait("run", request.program->path()));
  for (Input &p : inputs)
    for (Slot &s : p.slots)
      s.copying = false;
  for (Output &p : outputs) {
    if (p.pending && p.host)
      std::memcpy(p.host, p.pinned, p.size);
    p.pending = false;
  }
  return {};
}

Status CudaPlan::read(const WeightStore::Entry &e, void *data) {
  if (!e.size)
    return {};
  if (!e.writable && e.data) {
    std::memcpy(data, e.data, e.size);
    return {};
  }
  DLC_CURRENT(*context);
  DLC_CU_FOR(driver(), "read '" + e.name + "'", cuMemcpyDtoHAsync, data, e.device->address, e.size, stream->get());
  return wait("read", e.name);
}

Status CudaPlan::write(const WeightStore::Entry &e, const void *data) {
  if (!e.size)
    return {};
  DLC_CURRENT(*context);
  DLC_CU_FOR(driver(), "write '" + e.name + "'", cuMemcpyHtoDAsync, e.device->address, data, e.size, stream->get());
  return wait("write", e.name);
}

} // namespace dlc::rt::cuda
