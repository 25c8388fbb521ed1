// Steps one after the other on a stream: to find out which one fails, and where loops and branches ask the host.
#include "runtime/ControlSteps.h"
#include "runtime/cuda/DeviceWeights.h"
#include "runtime/cuda/PlanGraph.h"

namespace dlc::rt::cuda {

Status PlanGraph::run(const Binding &binding, size_t part, CUstream stream, bool wait) const {
  Binding here = binding;
  auto [from, to] = stepsOf(part);
  return runRange(from, to, here, stream, wait);
}

Status PlanGraph::runRange(uint32_t from, uint32_t to, Binding &binding, CUstream stream, bool wait) const {
  for (uint32_t i = from; i != to; ++i) {
    if (variant->steps()->Get(i)->kind() == fb::StepKind::Host)
      DLC_TRY(find(i, binding, stream));
    if (operationOf[i] == none)
      continue;
    const Operation &o = operations[operationOf[i]];
    if (idle(o, binding.sizes))
      continue;
    uint32_t inside = bodySteps(*variant->steps()->Get(i));
    if (inside)
      DLC_TRY(runControl(i, binding, stream, wait));
    else if (Status s = runOne(o, binding, stream, wait); !s.ok())
      return {s.code(), stepReports[i].implementation + ": " + s.message(), where(i)};
    i += inside;
  }
  return {};
}

/// A size that a body finds: what follows has it.
Status PlanGraph::find(uint32_t step, Binding &binding, CUstream stream) const {
  const Driver &d = context->driver;
  const fb::Step &s = *variant->steps()->Get(step);
  int64_t value = 0;
  DLC_CU_FOR(d, "read a size", cuMemcpyDtoHAsync, &value, address(*variant->buffers()->Get(s.args()->Get(0)), binding),
             sizeof value, stream);
  DLC_CU_FOR(d, "read a size", cuStreamSynchronize, stream);
  DLC_TRY(d.findings());
  if (binding.sizes.values[s.symbol()] == value)
    return {};
  if (Status status = binding.sizes.find(s.symbol(), value); !status.ok())
    return {status.code(), status.message(), where(step)};
  return fits(binding.sizes, true);
}

/// What a step's condition says now; waits for it.
Status PlanGraph::holds(const Operation &o, const Binding &binding, CUstream stream, bool &condition) const {
  const Driver &d = context->driver;
  const fb::Step &s = *variant->steps()->Get(o.step);
  uint8_t byte = 0;
  auto doing = [&] { return "read the condition of " + named(o); };
  DLC_CU_FOR(d, doing(), cuMemcpyDtoHAsync, &byte, address(*o.args[s.condition()], binding), 1, stream);
  DLC_CU_FOR(d, doing(), cuStreamSynchronize, stream);
  condition = byte != 0;
  return d.findings();
}

Status PlanGraph::runControl(uint32_t step, Binding &binding, CUstream stream, bool wait) const {
  const Operation &o = operations[operationOf[step]];
  const fb::Step &s = *variant->steps()->Get(step);
  uint32_t body = step + 1;
  bool further = true;
  if (s.kind() == fb::StepKind::If) {
    DLC_TRY(holds(o, binding, stream, further));
    uint32_t from = further ? body : body + s.bodies()->Get(0);
    return runRange(from, from + s.bodies()->Get(further ? 0 : 1), binding, stream, wait);
  }
  binding.steps.push_back(0);
  Status status;
  int64_t limit = binding.sizes.limit(s);
  for (int64_t at = 0; status.ok() && (limit < 0 || at < limit); ++at) {
    binding.steps.back() = at;
    if (s.condition() != none)
      status = holds(o, binding, stream, further);
    if (!status.ok() || !further)
      break;
    status = runRange(body, body + s.bodies()->Get(0), binding, stream, wait);
  }
  binding.steps.pop_back();
  return status;
}

Status PlanGraph::runOne(const Operation &o, const Binding &binding, CUstream stream, bool wait) const {
  const Driver &d = context->driver;
  std::vector<CUdeviceptr> values;
  std::vector<void *> pointers;
  if (o.kind == fb::StepKind::Launch) {
    CUDA_KERNEL_NODE_PARAMS p = launch(o, binding, values, pointers);
    announce(o, binding.sizes, values);
    DLC_CU(d, cuLaunchKernel, p.func, p.gridDimX, p.gridDimY, p.gridDimZ, p.blockDimX, p.blockDimY, p.blockDimZ,
           p.sharedMemBytes, stream, p.kernelParams, nullptr);
  } else if (o.kind == fb::StepKind::Copy) {
    DLC_CU(d, cuMemcpyDtoDAsync, address(*o.args[1], binding), address(*o.args[0], binding),
           binding.sizes.bytes(*o.args[0]), stream);
  } else {
    const fb::Step &s = *variant->steps()->Get(o.step);
    DLC_TRY(fillDevice(*context, address(*o.args[0], binding), binding.sizes.bytes(*o.args[0]), s.fill(),
                       s.fill_width(), stream));
  }
  if (!wait)
    return {};
  DLC_CU(d, cuStreamSynchronize, stream);
  return d.findings();
}

} // namespace dlc::rt::cuda
