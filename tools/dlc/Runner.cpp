#include "tools/dlc/Runner.h"
#include "runtime/cpu/Features.h"
#include "tools/dlc/Verb.h"
#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace dlc::cli {
namespace {
int exitCode(dlc_code code) {
  switch (code) {
  case DLC_OK:
    return Done;
  case DLC_INVALID_ARGUMENT:
  case DLC_NOT_FOUND:
  case DLC_IO:
  case DLC_BAD_FILE:
    return BadInput;
  case DLC_CHECK_FAILED:
    return CheckFailed;
  case DLC_NO_DEVICE:
  case DLC_UNSUPPORTED:
    return NoDevice;
  default:
    return Internal;
  }
}

template <class Get> std::vector<TensorInfo> tensors(const dlc_executable *executable, size_t count, Get get) {
  std::vector<TensorInfo> list;
  for (size_t i = 0; i < count; ++i) {
    dlc_tensor_info info{};
    require(get(executable, i, &info));
    list.push_back({info.name, static_cast<data::DType>(info.dtype), data::Shape(info.shape, info.shape + info.rank),
                    info.role == DLC_STATE});
  }
  return list;
}
} // namespace

void require(dlc_status status) {
  if (!status)
    return;
  std::string where = dlc_status_location(status), what = dlc_status_message(status);
  int code = exitCode(dlc_status_code(status));
  dlc_status_free(status);
  throw Failure(code, where.empty() || what.find(where) != what.npos ? what : where + ": " + what);
}

void DeviceOptions::addTo(CLI::App &app) {
  app.add_option("--device", device,
                 "auto (cuda if usable, else cpu), cpu, cuda, cuda:1, or sim, sim:a100, sim:h200, sim:rtx4090 (the "
                 "simulator); a device that is named is strict")
      ->check([](const std::string &name) {
        dlc_device parsed;
        dlc_status status = dlc_device_parse(name.c_str(), &parsed);
        std::string problem = dlc_status_message(status);
        dlc_status_free(status);
        return problem;
      })
      ->type_name("DEVICE")
      ->capture_default_str();
  app.add_option("--threads", threads, "CPU threads; 0 takes as many as this process may use")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  app.add_flag("--no-library", noLibrary, "Run generated code where oneDNN would be called");
  app.add_flag("--no-native", noNative,
               "Load the CUDA part of a .dlx alone: its CPU part is native code, which runs with this user's rights");
}

std::string DeviceOptions::target() const {
  dlc_device parsed = DLC_DEVICE_CPU;
  require(dlc_device_parse(device.c_str(), &parsed));
  if (parsed == DLC_DEVICE_AUTO) {
    dlc_status status = dlc_device_usable(DLC_DEVICE_CUDA);
    parsed = status ? DLC_DEVICE_CPU : DLC_DEVICE_CUDA;
    dlc_status_free(status);
  }
  if (parsed != DLC_DEVICE_CPU)
    return parsed == DLC_DEVICE_SIM ? "sim" : "cuda";
  // What is run at once is made for this machine alone.
  std::string level = rt::cpuLevel();
  return "cpu:" + (level == "x86-64-v3" || level == "x86-64-v4" ? level : "x86-64-v2");
}

Program::Program(dlc_executable *executable) : handle(executable, dlc_executable_free) {
  name = dlc_executable_name(executable);
  inputs = tensors(executable, dlc_executable_input_count(executable), dlc_executable_input);
  outputs = tensors(executable, dlc_executable_output_count(executable), dlc_executable_output);
  weights = tensors(executable, dlc_executable_weight_count(executable), dlc_executable_weight);
  for (size_t i = 0, n = dlc_executable_variant_count(executable); i < n; ++i) {
    const char *target = "";
    require(dlc_executable_variant(executable, i, &target));
    variants.emplace_back(target);
  }
}

data::Shape Program::openShape(size_t input) const {
  data::Shape shape = inputs.at(input).shape;
  for (size_t i = 0; i < dlc_executable_symbol_count(get()); ++i) {
    dlc_symbol_info symbol{};
    require(dlc_executable_symbol(get(), i, &symbol));
    if (symbol.input == static_cast<int32_t>(input) && symbol.dimension < shape.size())
      shape[symbol.dimension] = -1;
  }
  return shape;
}

Program Program::fromFile(const std::string &path, const DeviceOptions &options) {
  dlc_load_options o = DLC_LOAD_OPTIONS_INIT;
  o.no_native = options.noNative;
  dlc_executable *executable = nullptr;
  require(dlc_executable_load_file(path.c_str(), &o, &executable));
  return Program(executable);
}

Program Program::fromBytes(std::vector<char> bytes, uint64_t compilations) {
  // Aligned memory, or the runtime would make a copy of its own.
  auto held = std::make_shared<std::vector<std::byte, data::Aligned<std::byte>>>(bytes.size());
  std::memcpy(held->data(), bytes.data(), bytes.size());
  dlc_executable *executable = nullptr;
  require(dlc_executable_load_memory(held->data(), held->size(), nullptr, &executable));
  Program program(executable);
  program.keep = held;
  program.compilations = compilations;
  return program;
}

Runner::Runner(const Program &program, const DeviceOptions &options, const Runner *share) : owner(program) {
  dlc_session_options o = DLC_SESSION_OPTIONS_INIT;
  o.device_name = options.device.c_str();
  o.threads = options.threads;
  o.no_library = options.noLibrary;
  o.cuda_stream = options.stream;
  o.share = share ? share->handle.get() : nullptr;
  dlc_session *session = nullptr;
  require(dlc_session_create(program.get(), &o, &session));
  handle = {session, dlc_session_free};
}

std::optional<size_t> Runner::findInput(const std::string &name) const {
  for (size_t i = 0; i < owner.inputs.size(); ++i)
    if (owner.inputs[i].name == name)
      return i;
  return std::nullopt;
}

size_t Runner::inputIndex(const std::string &name) const {
  if (auto index = findInput(name))
    return *index;
  std::string known;
  for (const TensorInfo &input : owner.inputs)
    known += (known.empty() ? "" : ", ") + input.name;
  throw Failure(BadInput, fmt::format("there is no input '{}'; the inputs are: {}", name, known));
}

void Runner::setInput(size_t index, const data::Tensor &tensor) {
  const TensorInfo &want = owner.inputs.at(index);
  bool sized = owner.symbolic();
  if (want.dtype != tensor.dtype || (!sized && want.shape != tensor.shape))
    throw Failure(BadInput, fmt::format("input '{}': got {}, expected {}", want.name, describe(tensor),
                                        data::describe(want.dtype, want.shape)));
  if (sized)
    require(dlc_session_set_input_shape(handle.get(), index, tensor.shape.data(), tensor.shape.size()));
  require(dlc_session_set_input(handle.get(), index, tensor.bytes.data(), tensor.bytes.size()));
}

void Runner::bindInput(size_t index, const void *data) { require(dlc_session_bind_input(handle.get(), index, data)); }
void Runner::bindOutput(size_t index, void *data) { require(dlc_session_bind_output(handle.get(), index, data)); }
void *Runner::inputData(size_t index) {
  void *data = nullptr;
  require(dlc_session_input_data(handle.get(), index, &data));
  return data;
}
void *Runner::outputData(size_t index) {
  void *data = nullptr;
  require(dlc_session_output_data(handle.get(), index, &data));
  return data;
}
void Runner::bindInputDevice(size_t index, void *pointer) {
  require(dlc_session_bind_input_device(handle.get(), index, pointer));
}
void Runner::bindOutputDevice(size_t index, void *pointer) {
  require(dlc_session_bind_output_device(handle.get(), index, pointer));
}
void Runner::run() { require(dlc_session_run(handle.get())); }
void Runner::runAsync() { require(dlc_session_run_async(handle.get())); }
void Runner::synchronize() { require(dlc_session_synchronize(handle.get())); }
void Runner::write(const std::string &state, const data::Tensor &tensor) {
  require(dlc_session_write(handle.get(), state.c_str(), tensor.bytes.data(), tensor.bytes.size()));
}

data::Tensor Runner::output(size_t index) const {
  dlc_tensor_info info{};
  require(dlc_session_output(handle.get(), index, &info));
  data::Tensor tensor(owner.outputs.at(index).dtype, data::Shape(info.shape, info.shape + info.rank));
  require(dlc_session_get_output(handle.get(), index, tensor.bytes.data(), tensor.bytes.size()));
  return tensor;
}

std::pair<uint64_t, uint64_t> Runner::memory() const {
  std::pair<uint64_t, uint64_t> bytes;
  dlc_session_memory(handle.get(), &bytes.first, &bytes.second);
  return bytes;
}

namespace {
/// Steps for whose implementation `wanted` holds.
template <class Wanted> int64_t countSteps(const dlc_session *session, Wanted wanted) {
  int64_t count = 0;
  for (size_t i = 0, n = dlc_session_step_count(session); i < n; ++i) {
    dlc_step_info info{};
    require(dlc_session_step(session, i, &info));
    count += wanted(std::string_view(info.implementation));
  }
  return count;
}
} // namespace

int64_t Runner::kernelCount() const {
  return countSteps(handle.get(), [](std::string_view how) {
    return !how.starts_with("copy") && !how.starts_with("fill") && !how.starts_with("nothing") &&
           !how.starts_with("the host") && !how.starts_with("a loop, ") && !how.starts_with("one of two bodies, ");
  });
}

int64_t Runner::copyCount() const {
  return countSteps(handle.get(), [](std::string_view how) { return how.starts_with("copy"); });
}

std::map<std::string, int64_t> Runner::control() const {
  std::map<std::string, int64_t> result;
  countSteps(handle.get(), [&](std::string_view how) {
    bool found = how.starts_with("a loop, ") || how.starts_with("one of two bodies, ");
    result[std::string(how)] += found;
    return found;
  });
  std::erase_if(result, [](const auto &entry) { return entry.second == 0; });
  return result;
}

std::map<std::string, std::vector<std::string>> Runner::sourcesByKernel() const {
  std::map<std::string, std::vector<std::string>> result;
  for (size_t i = 0, n = dlc_session_step_count(handle.get()); i < n; ++i) {
    dlc_step_info info{};
    require(dlc_session_step(handle.get(), i, &info));
    std::string_view how = info.implementation;
    if (!how.starts_with("kernel "))
      continue;
    auto &list = result[std::string(how.substr(strlen("kernel ")))];
    for (std::string_view rest = info.sources; !rest.empty();) {
      size_t end = std::min(rest.find(", "), rest.size());
      std::string node(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 2, rest.size()));
      if (std::find(list.begin(), list.end(), node) == list.end())
        list.push_back(node);
    }
  }
  return result;
}

void Runner::timeSteps() { require(dlc_session_time_steps(handle.get(), 1)); }
std::vector<Runner::Step> Runner::steps() const {
  std::vector<Step> all;
  for (size_t i = 0, n = dlc_session_step_count(handle.get()); i < n; ++i) {
    dlc_step_info info{};
    dlc_step_time time{};
    require(dlc_session_step(handle.get(), i, &info));
    require(dlc_session_step_time(handle.get(), i, &time));
    all.push_back({info.implementation, info.sources, time});
  }
  return all;
}

data::Tensor Runner::read(const std::string &weight) const {
  for (const TensorInfo &info : owner.weights)
    if (info.name == weight) {
      data::Tensor tensor(info.dtype, info.shape);
      require(dlc_session_read(handle.get(), weight.c_str(), tensor.bytes.data(), tensor.bytes.size()));
      return tensor;
    }
  throw Failure(Internal, fmt::format("the program has no weight '{}'", weight));
}

} // namespace dlc::cli
