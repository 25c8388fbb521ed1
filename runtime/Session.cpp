#include "runtime/Session.h"
#include "runtime/Derived.h"

namespace dlc::rt {
/// The most specific variant that fits the device; `refused` says what does not fit the others.
const fb::Variant *Session::mostSpecific(const Device &device, const char *wanted, std::string &refused) const {
  int best = 0;
  const fb::Variant *found = nullptr;
  for (const fb::Variant *v : *source->table().variants()) {
    if (wanted && v->target()->str() != wanted)
      continue;
    std::string reason;
    if (source->noNative() && v->target()->string_view().starts_with("cpu:")) {
      refused += (refused.empty() ? "" : "; ") + v->target()->str() + ": native code, which was not to be loaded";
      continue;
    }
    int fit = device.fit(v->target()->string_view(), reason);
    if (!fit)
      refused += (refused.empty() ? "" : "; ") + v->target()->str() + ": " + reason;
    if (fit > best) {
      best = fit;
      found = v;
    }
  }
  return found;
}

/// The device and the variant; `line` says which and why.
Status Session::choose(const dlc_session_options &options, Log log) {
  dlc_device kind = options.device;
  std::string why = "asked for", refused, rest;
  if (options.device_name)
    DLC_TRY(parseDevice(options.device_name, kind, rest));
  if (kind == DLC_DEVICE_AUTO) {
    // cuda where it is usable and the file has something for it, else cpu.
    Status cuda = cudaDevice()->usable();
    where = cudaDevice();
    chosen = cuda.ok() ? mostSpecific(*where, options.variant, refused) : nullptr;
    // The details of the search are for those who name the device.
    why = chosen      ? "cuda is usable"
          : cuda.ok() ? "cuda: no variant of the file fits"
                      : "cuda: " + cuda.message().substr(0, cuda.message().find(" ("));
    if (!chosen) {
      refused.clear();
      where = cpuDevice();
    }
  } else {
    if (options.device_name)
      DLC_TRY(Device::find(options.device_name, where));
    else
      where = Device::of(kind);
    DLC_TRY(where->usable());
  }
  if (!chosen)
    chosen = mostSpecific(*where, options.variant, refused);
  if (!chosen) {
    if (options.variant && refused.empty())
      return {DLC_NOT_FOUND, std::string("the file has no variant '") + options.variant + "'", source->path()};
    if (source->noNative() && where->kind() == DLC_DEVICE_CPU)
      return {DLC_UNSUPPORTED,
              "native code was not to be loaded, and the CPU runs nothing else (" + why +
                  "): run on a card, or load the file with its native code",
              source->path()};
    return {DLC_UNSUPPORTED,
            "no variant of this file runs on " + where->name() + " here (" +
                (refused.empty() ? "it has none" : refused) + "): compile it with --target " + where->bestTarget(),
            source->path()};
  }
  target = chosen->target()->str();
  line = "device " + where->name() + ", variant " + target + " (" + why + ")";
  if (!refused.empty() && kind != DLC_DEVICE_AUTO)
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
  DLC_TRY(WeightStore::create(s->source, share ? share->weights.get() : nullptr, s->where->ownMemory(),
                              options.allocator, log, s->weights));
  PlanRequest request{
      s->source,           s->chosen, s->weights,        options.threads, options.no_library != 0, options.cuda_context,
      options.cuda_stream, log,       options.allocator, &s->compiled};
  DLC_TRY(deriveWeights(request, *s->where, share ? share->weights.get() : nullptr, *s->weights));
  DLC_TRY(s->where->makePlan(request, s->plan));
  s->given.resize(s->source->table().inputs()->size());
  s->resolved = !symbolCount(s->source->table());
  s->inputShapes.resize(s->given.size());
  s->outputShapes.resize(s->source->table().outputs()->size());
  out = std::move(s);
  return {};
}

namespace {

Status find(const flatbuffers::Vector<flatbuffers::Offset<fb::Tensor>> &list, uint32_t index, const char *what,
            const Program &program) {
  if (index >= list.size())
    return {DLC_NOT_FOUND,
            std::string("there is no ") + what + " " + std::to_string(index) + ": the program has " +
                std::to_string(list.size()),
            program.path()};
  return {};
}

Status sized(uint64_t bytes, const size_t *size, const char *what, uint32_t index, const Program &program) {
  if (size && *size != bytes)
    return {DLC_INVALID_ARGUMENT,
            std::string(what) + " " + std::to_string(index) + " has " + std::to_string(bytes) + " bytes; got " +
                std::to_string(*size),
            program.path()};
  return {};
}

/// Of a shape that was checked.
uint64_t bytesOf(const fb::Tensor &t, const std::vector<int64_t> &shape) {
  uint64_t n = 1;
  for (int64_t d : shape)
    n *= uint64_t(d);
  return (n * bitWidth(t.dtype()) + 7) / 8;
}

std::string textOf(const std::vector<int64_t> &shape) {
  std::string text;
  for (int64_t d : shape)
    text += (text.empty() ? "" : "x") + std::to_string(d);
  return shape.empty() ? "scalar" : text;
}

} // namespace

Status Session::input(uint32_t index, const size_t *size) const {
  const auto &list = *source->table().inputs();
  DLC_TRY(find(list, index, "input", *source));
  const fb::Tensor &t = *list.Get(index);
  return sized(t.dims() && !given[index].empty() ? bytesOf(t, given[index]) : plan->sizes().bytes(t), size, "input",
               index, *source);
}

Status Session::output(uint32_t index, const size_t *size) {
  const auto &list = *source->table().outputs();
  DLC_TRY(find(list, index, "output", *source));
  if (!size)
    return {};
  DLC_TRY(resolve());
  return sized(plan->sizes().bytes(*list.Get(index)), size, "output", index, *source);
}

/// "2*seq + 1 (seq is 1 to 64)"
std::string Session::dimension(uint32_t input, uint32_t dim) const {
  const fb::Program &p = source->table();
  const fb::Expr &formula = *p.inputs()->Get(input)->dims()->Get(dim);
  std::vector<std::string> names;
  std::string ranges;
  for (uint32_t i = 0; i != symbolCount(p); ++i) {
    const fb::Symbol &s = *p.symbols()->Get(i);
    names.push_back(s.name()->str());
    if (s.step() != 1 && s.input() == int32_t(input) && s.dim() == dim)
      return std::to_string(s.offset() + s.step() * s.low()) + " to " + std::to_string(s.offset() + s.step() * s.high()) +
             " in steps of " + std::to_string(s.step()) + " (" + names.back() + ")";
    if (expression::uses(view(formula), i))
      ranges += (ranges.empty() ? "" : ", ") + names.back() + " is " + std::to_string(s.low()) + " to " +
                std::to_string(s.high());
  }
  return expression::text(view(formula), names) + (ranges.empty() ? "" : " (" + ranges + ")");
}

/// Checks what can be checked of one input alone.
Status Session::setInputShape(uint32_t index, const std::vector<int64_t> &shape) {
  const fb::Program &p = source->table();
  DLC_TRY(find(*p.inputs(), index, "input", *source));
  const fb::Tensor &t = *p.inputs()->Get(index);
  std::string which = "input " + std::to_string(index) + " '" + t.name()->str() + "' of shape " + textOf(shape) + ": ";
  auto wrong = [&](const std::string &what) -> Status { return {DLC_INVALID_ARGUMENT, which + what, source->path()}; };
  if (shape.size() != t.shape()->size())
    return wrong("the program takes rank " + std::to_string(t.shape()->size()));
  for (uint32_t d = 0; d != shape.size(); ++d) {
    std::string at = "dimension " + std::to_string(d) + " is ";
    const fb::Expr *formula = t.dims() ? t.dims()->Get(d) : nullptr;
    int64_t most = t.shape()->Get(d);
    if (!formula || expression::isConstant(view(*formula))) {
      if (shape[d] != most)
        return wrong(at + std::to_string(shape[d]) + ", the program takes " + std::to_string(most));
      continue;
    }
    bool fits = shape[d] >= 0 && shape[d] <= most;
    for (uint32_t i = 0; i != symbolCount(p); ++i) {
      const fb::Symbol &s = *p.symbols()->Get(i);
      if (s.input() != int32_t(index) || s.dim() != d)
        continue;
      int64_t rest = shape[d] - s.offset();
      fits &= rest % s.step() == 0 && rest / s.step() >= s.low() && rest / s.step() <= s.high();
    }
    if (!fits)
      return wrong(at + std::to_string(shape[d]) + ", the program takes " + dimension(index, d));
  }
  if (!t.dims())
    return {};
  resolved &= given[index] == shape;
  given[index] = shape;
  plan->sizeInput(index, bytesOf(t, shape));
  return {};
}

/// Whether all shapes given are those that the symbols make of them.
Status Session::agree(const Sizes &sizes) const {
  std::vector<int64_t> shape;
  for (uint32_t i = 0; i != given.size(); ++i) {
    const fb::Tensor &t = *source->table().inputs()->Get(i);
    if (given[i].empty())
      continue;
    if (!sizes.shape(t, shape))
      shape.assign(given[i].size(), -1);
    for (uint32_t d = 0; d != shape.size(); ++d)
      if (shape[d] != given[i][d])
        return {DLC_INVALID_ARGUMENT,
                "input " + std::to_string(i) + " '" + t.name()->str() + "' of shape " + textOf(given[i]) +
                    ": dimension " + std::to_string(d) + " is " + std::to_string(given[i][d]) + ", but " +
                    dimension(i, d) + " is " + std::to_string(shape[d]) + ", as the other inputs say (" + sizes.text() +
                    ")",
                source->path()};
  }
  return {};
}

Status Session::resolve() {
  if (resolved)
    return {};
  const fb::Program &p = source->table();
  Sizes sizes(p);
  for (uint32_t i = 0; i != symbolCount(p); ++i) {
    const fb::Symbol &s = *p.symbols()->Get(i);
    if (s.input() >= 0 && !given[uint32_t(s.input())].empty())
      sizes.values[i] = (given[uint32_t(s.input())][s.dim()] - s.offset()) / s.step();
  }
  DLC_TRY(agree(sizes));
  DLC_TRY(plan->resize(sizes.values));
  ++sizings;
  resolved = true;
  return {};
}

namespace {

void describe(const fb::Tensor &t, const std::vector<int64_t> &shape, dlc_tensor_info &out) {
  out = {t.name()->c_str(), dlc_dtype(t.dtype()), uint32_t(shape.size()), shape.data(), bytesOf(t, shape), DLC_FROZEN};
}

} // namespace

dlc_step_time Session::stepTime(uint32_t step) const {
  Plan::StepTime time = plan->stepTime(step);
  const fb::Step &s = *chosen->steps()->Get(step);
  dlc_step_time result{time.runs, time.seconds, 0, 0};
  if (s.kernel() < chosen->kernels()->size()) {
    const fb::Kernel &kernel = *chosen->kernels()->Get(s.kernel());
    result.flops = kernel.flops();
    result.bytes = kernel.bytes();
  }
  return result;
}

Status Session::inputInfo(uint32_t index, dlc_tensor_info &out) {
  DLC_TRY(input(index));
  const fb::Tensor &t = *source->table().inputs()->Get(index);
  if (given[index].empty()) {
    DLC_TRY(resolve());
    plan->sizes().shape(t, inputShapes[index]);
  } else {
    inputShapes[index] = given[index];
  }
  describe(t, inputShapes[index], out);
  return {};
}

Status Session::outputInfo(uint32_t index, dlc_tensor_info &out) {
  DLC_TRY(output(index));
  DLC_TRY(resolve());
  const fb::Tensor &t = *source->table().outputs()->Get(index);
  plan->sizes().shape(t, outputShapes[index]);
  describe(t, outputShapes[index], out);
  return {};
}

Status Session::bindInput(uint32_t index, const void *data) {
  DLC_TRY(input(index));
  return plan->bindInput(index, data);
}
Status Session::bindOutput(uint32_t index, void *data) {
  DLC_TRY(output(index));
  return plan->bindOutput(index, data);
}
Status Session::bindInputDevice(uint32_t index, void *pointer) {
  DLC_TRY(input(index));
  return plan->bindInputDevice(index, pointer);
}
Status Session::bindOutputDevice(uint32_t index, void *pointer) {
  DLC_TRY(output(index));
  return plan->bindOutputDevice(index, pointer);
}
Status Session::inputData(uint32_t index, void **data) {
  DLC_TRY(input(index));
  return plan->inputData(index, data);
}
Status Session::outputData(uint32_t index, void **data) {
  DLC_TRY(output(index));
  return plan->outputData(index, data);
}
Status Session::setInput(uint32_t index, const void *data, size_t size) {
  DLC_TRY(input(index, &size));
  return plan->setInput(index, data);
}
Status Session::getOutput(uint32_t index, void *data, size_t size) {
  DLC_TRY(output(index, &size));
  return plan->getOutput(index, data);
}

Status Session::named(const char *name, size_t size, const WeightStore::Entry *&out) const {
  out = weights->find(name);
  if (!out)
    return {DLC_NOT_FOUND, std::string("there is no weight or state '") + name + "'", source->path()};
  if (out->size != size)
    return {DLC_INVALID_ARGUMENT,
            "'" + out->name + "' has " + std::to_string(out->size) + " bytes; got " + std::to_string(size),
            source->path()};
  return {};
}

Status Session::read(const char *name, void *data, size_t size) const {
  const WeightStore::Entry *entry = nullptr;
  DLC_TRY(named(name, size, entry));
  return plan->read(*entry, data);
}

Status Session::write(const char *name, const void *data, size_t size) {
  const WeightStore::Entry *entry = nullptr;
  DLC_TRY(named(name, size, entry));
  if (!entry->writable)
    return {DLC_INVALID_ARGUMENT, "'" + entry->name + "' is a frozen weight: only state can be written",
            source->path()};
  return plan->write(*entry, data);
}

} // namespace dlc::rt
