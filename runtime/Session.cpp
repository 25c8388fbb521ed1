#include "runtime/Session.h"
#include "runtime/Derived.h"
#include "runtime/Symbols.h"

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
  if (symbolCount(s->source->table()))
    return {DLC_UNSUPPORTED, "the program has sizes that are symbols, which this runtime cannot run",
            s->source->path()};
  DLC_TRY(WeightStore::create(s->source, share ? share->weights.get() : nullptr, s->where->ownMemory(),
                              options.allocator, log, s->weights));
  PlanRequest request{
      s->source,           s->chosen, s->weights,       options.threads, options.no_library != 0, options.cuda_context,
      options.cuda_stream, log,       options.allocator};
  DLC_TRY(deriveWeights(request, *s->where, share ? share->weights.get() : nullptr, *s->weights));
  DLC_TRY(s->where->makePlan(request, s->plan));
  out = std::move(s);
  return {};
}

namespace {

Status find(const flatbuffers::Vector<flatbuffers::Offset<fb::Tensor>> &list, uint32_t index, const size_t *size,
            const char *what, const Program &program) {
  if (index >= list.size())
    return {DLC_NOT_FOUND,
            std::string("there is no ") + what + " " + std::to_string(index) + ": the program has " +
                std::to_string(list.size()),
            program.path()};
  uint64_t bytes = byteSize(list.Get(index)->dtype(), *list.Get(index)->shape());
  if (size && *size != bytes)
    return {DLC_INVALID_ARGUMENT,
            std::string(what) + " " + std::to_string(index) + " has " + std::to_string(bytes) + " bytes; got " +
                std::to_string(*size),
            program.path()};
  return {};
}

} // namespace

Status Session::input(uint32_t index, const size_t *size) const {
  return find(*source->table().inputs(), index, size, "input", *source);
}
Status Session::output(uint32_t index, const size_t *size) const {
  return find(*source->table().outputs(), index, size, "output", *source);
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
Status Session::getOutput(uint32_t index, void *data, size_t size) const {
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
