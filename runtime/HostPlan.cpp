#include "runtime/HostPlan.h"

#include <cstring>

namespace dlc::rt {
namespace {

bool aligned(const void *p) { return reinterpret_cast<uintptr_t>(p) % container::tensorAlign == 0; }

} // namespace

Status HostPlan::takePorts(const fb::Program &program, const dlc_allocator &allocator) {
  auto ports = [&](auto *tensors, std::vector<Port> &list, const char *what) -> Status {
    list.resize(tensors->size());
    for (uint32_t i = 0; i != tensors->size(); ++i) {
      list[i].size = byteSize(tensors->Get(i)->dtype(), *tensors->Get(i)->shape());
      DLC_TRY(Block::allocate(allocator, list[i].size, true, what, list[i].own));
      list[i].current = list[i].own.data();
    }
    return {};
  };
  DLC_TRY(ports(program.inputs(), inputs, "inputs"));
  DLC_TRY(ports(program.outputs(), outputs, "outputs"));
  for (uint32_t i = 0; i != inputs.size(); ++i)
    placeInput(i, inputs[i].current);
  for (uint32_t i = 0; i != outputs.size(); ++i)
    placeOutput(i, outputs[i].current);
  return {};
}

void HostPlan::sizePorts(const fb::Program &program) {
  for (uint32_t i = 0; i != inputs.size(); ++i)
    inputs[i].size = sized.bytes(*program.inputs()->Get(i));
  for (uint32_t i = 0; i != outputs.size(); ++i)
    outputs[i].size = sized.bytes(*program.outputs()->Get(i));
}

void HostPlan::recountStaged() {
  staged = false;
  for (const Port &p : inputs)
    staged |= p.bound != nullptr;
  for (const Port &p : outputs)
    staged |= p.bound != nullptr;
}

void HostPlan::bind(Port &p, char *memory) {
  bool direct = memory && aligned(memory);
  p.bound = memory && !direct ? memory : nullptr;
  p.current = direct ? memory : p.own.data();
}

Status HostPlan::bindInput(uint32_t index, const void *data) {
  bind(inputs[index], const_cast<char *>(static_cast<const char *>(data)));
  placeInput(index, inputs[index].current);
  recountStaged();
  return {};
}

Status HostPlan::bindOutput(uint32_t index, void *data) {
  bind(outputs[index], static_cast<char *>(data));
  placeOutput(index, outputs[index].current);
  recountStaged();
  return {};
}

Status HostPlan::inputData(uint32_t index, void **data) {
  DLC_TRY(bindInput(index, nullptr));
  *data = inputs[index].current;
  return {};
}

Status HostPlan::outputData(uint32_t index, void **data) {
  DLC_TRY(bindOutput(index, nullptr));
  *data = outputs[index].current;
  return {};
}

Status HostPlan::setInput(uint32_t index, const void *data) {
  DLC_TRY(bindInput(index, nullptr));
  if (inputs[index].size)
    std::memcpy(inputs[index].current, data, inputs[index].size);
  return {};
}

Status HostPlan::getOutput(uint32_t index, void *data) {
  if (outputs[index].size)
    std::memcpy(data, outputs[index].current, outputs[index].size);
  return {};
}

Status HostPlan::run() {
  if (staged) [[unlikely]]
    for (Port &p : inputs)
      if (p.bound && p.size)
        std::memcpy(p.current, p.bound, p.size);
  DLC_TRY(execute());
  if (staged) [[unlikely]]
    for (Port &p : outputs)
      if (p.bound && p.size)
        std::memcpy(p.bound, p.current, p.size);
  return {};
}

Status HostPlan::read(const WeightStore::Entry &e, void *data) {
  if (e.size)
    std::memcpy(data, e.data, e.size);
  return {};
}

Status HostPlan::write(const WeightStore::Entry &e, const void *data) {
  if (e.size)
    std::memcpy(e.data, data, e.size);
  return {};
}

} // namespace dlc::rt
