#include "runtime/Session.h"

#include <cstring>

namespace dlc::rt {
namespace {

bool aligned(const void *p) { return reinterpret_cast<uintptr_t>(p) % container::tensorAlign == 0; }

} // namespace

/// The device and the most specific variant that fits it; `line` says which and why.
Status Session::choose(const dlc_session_options &options, Log log) {
  std::string why;
  where = Device::of(options.device);
  if (options.device == DLC_DEVICE_AUTO) {
    Status cuda = cudaDevice()->usable();
    where = cuda.ok() ? cudaDevice() : cpuDevice();
    // The details of the search are for those who name the device.
    why = cuda.ok() ? "cuda is usable" : "cuda: " + cuda.message().substr(0, cuda.message().find(" ("));
  } else {
    DLC_TRY(where->usable());
    why = "asked for";
  }
  int best = 0;
  std::string refused;
  for (const fb::Variant *v : *source->table().variants()) {
    std::string reason;
    bool wanted = !options.variant || v->target()->str() == options.variant;
    int fit = wanted ? where->fit(v->target()->string_view(), reason) : 0;
    if (wanted && !fit)
      refused += (refused.empty() ? "" : "; ") + v->target()->str() + ": " + reason;
    if (fit > best) {
      best = fit;
      chosen = v;
    }
  }
  if (!chosen) {
    if (options.variant && refused.empty())
      return {DLC_NOT_FOUND, std::string("the file has no variant '") + options.variant + "'", source->path()};
    return {DLC_UNSUPPORTED,
            std::string("no variant of this file runs on ") + deviceName(where->kind()) + " here (" +
                (refused.empty() ? "it has none" : refused) + "): compile for this target",
            source->path()};
  }
  target = chosen->target()->str();
  line = std::string("device ") + deviceName(where->kind()) + ", variant " + target + " (" + why + ")";
  if (!refused.empty() && options.device != DLC_DEVICE_AUTO)
    log(DLC_LOG_DEBUG, source->path() + ": passed over " + refused);
  log(DLC_LOG_INFO, source->path() + ": " + line);
  return {};
}

Status Session::create(std::shared_ptr<const Program> program, const dlc_session_options &options, const Session *share,
                       std::unique_ptr<Session> &out) {
  Log log{options.log, options.log_user};
  std::unique_ptr<Session> s(new Session());
  s->source = std::move(program);
  DLC_TRY(s->choose(options, log));
  DLC_TRY(WeightStore::create(s->source, share ? share->weights.get() : nullptr, options.allocator, log, s->weights));
  PlanRequest request{s->source, s->chosen,        s->weights, options.threads, options.no_library != 0,
                      log,       options.allocator};
  DLC_TRY(s->where->makePlan(request, s->plan));
  auto ports = [&](auto *tensors, std::vector<Port> &list, const char *what) -> Status {
    list.resize(tensors->size());
    for (uint32_t i = 0; i != tensors->size(); ++i) {
      list[i].size = byteSize(tensors->Get(i)->dtype(), *tensors->Get(i)->shape());
      DLC_TRY(Block::allocate(options.allocator, list[i].size, true, what, list[i].own));
      list[i].current = list[i].own.data();
    }
    return {};
  };
  DLC_TRY(ports(s->source->table().inputs(), s->inputs, "inputs"));
  DLC_TRY(ports(s->source->table().outputs(), s->outputs, "outputs"));
  for (uint32_t i = 0; i != s->inputs.size(); ++i)
    s->plan->bindInput(i, s->inputs[i].current);
  for (uint32_t i = 0; i != s->outputs.size(); ++i)
    s->plan->bindOutput(i, s->outputs[i].current);
  out = std::move(s);
  return {};
}

Status Session::port(const std::vector<Port> &ports, uint32_t index, const char *what) const {
  if (index < ports.size())
    return {};
  return {DLC_NOT_FOUND,
          std::string("there is no ") + what + " " + std::to_string(index) + ": the program has " +
              std::to_string(ports.size()),
          source->path()};
}

Status Session::sized(const Port &p, size_t size, const char *what, uint32_t index) const {
  if (p.size == size)
    return {};
  return {DLC_INVALID_ARGUMENT,
          std::string(what) + " " + std::to_string(index) + " has " + std::to_string(p.size) + " bytes; got " +
              std::to_string(size),
          source->path()};
}

void Session::recountStaged() {
  staged = false;
  for (const Port &p : inputs)
    staged |= p.bound != nullptr;
  for (const Port &p : outputs)
    staged |= p.bound != nullptr;
}

Status Session::bindInput(uint32_t index, const void *data) {
  DLC_TRY(port(inputs, index, "input"));
  Port &p = inputs[index];
  char *memory = const_cast<char *>(static_cast<const char *>(data));
  bool direct = memory && aligned(memory);
  p.bound = memory && !direct ? memory : nullptr;
  p.current = direct ? memory : p.own.data();
  plan->bindInput(index, p.current);
  recountStaged();
  return {};
}

Status Session::bindOutput(uint32_t index, void *data) {
  DLC_TRY(port(outputs, index, "output"));
  Port &p = outputs[index];
  char *memory = static_cast<char *>(data);
  bool direct = memory && aligned(memory);
  p.bound = memory && !direct ? memory : nullptr;
  p.current = direct ? memory : p.own.data();
  plan->bindOutput(index, p.current);
  recountStaged();
  return {};
}

Status Session::inputData(uint32_t index, void **data) {
  DLC_TRY(bindInput(index, nullptr));
  *data = inputs[index].current;
  return {};
}

Status Session::outputData(uint32_t index, void **data) {
  DLC_TRY(bindOutput(index, nullptr));
  *data = outputs[index].current;
  return {};
}

Status Session::setInput(uint32_t index, const void *data, size_t size) {
  DLC_TRY(port(inputs, index, "input"));
  DLC_TRY(sized(inputs[index], size, "input", index));
  DLC_TRY(bindInput(index, nullptr));
  if (size)
    std::memcpy(inputs[index].current, data, size);
  return {};
}

Status Session::getOutput(uint32_t index, void *data, size_t size) const {
  DLC_TRY(port(outputs, index, "output"));
  DLC_TRY(sized(outputs[index], size, "output", index));
  if (size)
    std::memcpy(data, outputs[index].current, size);
  return {};
}

Status Session::run() {
  if (staged) [[unlikely]]
    for (Port &p : inputs)
      if (p.bound && p.size)
        std::memcpy(p.current, p.bound, p.size);
  DLC_TRY(plan->run());
  if (staged) [[unlikely]]
    for (Port &p : outputs)
      if (p.bound && p.size)
        std::memcpy(p.bound, p.current, p.size);
  return {};
}

Status Session::read(const char *name, void *data, size_t size) const {
  const WeightStore::Entry *e = weights->find(name);
  if (!e)
    return {DLC_NOT_FOUND, std::string("there is no weight or state '") + name + "'", source->path()};
  if (e->size != size)
    return {DLC_INVALID_ARGUMENT,
            "'" + e->name + "' has " + std::to_string(e->size) + " bytes; got " + std::to_string(size), source->path()};
  if (size)
    std::memcpy(data, e->data, size);
  return {};
}

Status Session::write(const char *name, const void *data, size_t size) {
  const WeightStore::Entry *e = weights->find(name);
  if (!e)
    return {DLC_NOT_FOUND, std::string("there is no weight or state '") + name + "'", source->path()};
  if (!e->writable)
    return {DLC_INVALID_ARGUMENT, "'" + e->name + "' is a frozen weight: only state can be written", source->path()};
  if (e->size != size)
    return {DLC_INVALID_ARGUMENT,
            "'" + e->name + "' has " + std::to_string(e->size) + " bytes; got " + std::to_string(size), source->path()};
  if (size)
    std::memcpy(e->data, data, size);
  return {};
}

} // namespace dlc::rt
