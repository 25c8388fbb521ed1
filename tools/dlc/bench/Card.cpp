#include "tools/dlc/bench/Card.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/Verb.h"
#include <cstring>

namespace dlc::cli::bench {
namespace cuda = rt::cuda;

void Card::check(const rt::Status &status) const {
  if (!status.ok())
    throw Failure(Internal, status.message());
}

namespace {
uint64_t bytesOf(const TensorInfo &info) { return data::Tensor(info.dtype, info.shape).bytes.size(); }
} // namespace

void Card::make(const std::vector<TensorInfo> &tensors, std::vector<Port> &ports) {
  for (const TensorInfo &info : tensors) {
    Port port;
    port.size = bytesOf(info);
    check(cuda::makePinned(context, port.size, "'" + info.name + "'", port.host));
    check(cuda::makeMemory(context, port.size, "'" + info.name + "'", "inputs and outputs", port.device));
    ports.push_back(std::move(port));
  }
}

Card::Card(const Program &program, DeviceOptions options, const std::string &name, const Runner &share) {
  bool simulated = name.starts_with("sim");
  std::string rest = name.find(':') == name.npos ? "" : name.substr(name.find(':') + 1);
  const cuda::Driver *driver = nullptr;
  check(cuda::Driver::open(simulated, simulated ? rest : "", driver));
  check(cuda::Context::get(*driver, simulated || rest.empty() ? 0 : std::stoi(rest), nullptr, context));
  cuda::Current current(*context);
  check(current.status);
  make(program.inputs, inputs);
  make(program.outputs, outputs);
  check(cuda::makeStream(context, stream));
  for (cuda::Event &mark : marks) { // not cuda::makeEvent's, which keep no time
    cuda::CUevent raw = nullptr;
    check(driver->check(driver->cuEventCreate(&raw, cuda::CU_EVENT_DEFAULT), "cuEventCreate"));
    mark = {context, raw};
  }
  options.device = name;
  options.stream = stream.get();
  runner = std::make_unique<Runner>(program, options, &share);
  for (size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].size)
      runner->bindInputDevice(i, reinterpret_cast<void *>(inputs[i].device.get()));
  for (size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i].size)
      runner->bindOutputDevice(i, reinterpret_cast<void *>(outputs[i].device.get()));
}

void Card::setInput(size_t index, const data::Tensor &tensor) {
  if (inputs.at(index).size)
    std::memcpy(inputs[index].host.get(), tensor.bytes.data(), inputs[index].size);
}

CardTimes Card::run() {
  cuda::Current current(*context);
  check(current.status);
  const cuda::Driver &driver = context->driver;
  auto call = [&](cuda::CUresult result, const char *function) { check(driver.check(result, function)); };
  auto mark = [&](int i) { call(driver.cuEventRecord(marks[i].get(), stream.get()), "cuEventRecord"); };

  mark(0);
  for (Port &port : inputs)
    if (port.size)
      call(driver.cuMemcpyHtoDAsync(port.device.get(), port.host.get(), port.size, stream.get()), "cuMemcpyHtoDAsync");
  mark(1);
  double start = now();
  runner->runAsync();
  double enqueued = now() - start;
  mark(2);
  for (Port &port : outputs)
    if (port.size)
      call(driver.cuMemcpyDtoHAsync(port.host.get(), port.device.get(), port.size, stream.get()), "cuMemcpyDtoHAsync");
  mark(3);
  call(driver.cuStreamSynchronize(stream.get()), "cuStreamSynchronize");
  runner->synchronize(); // an error of the run comes back here
  auto between = [&](int from, int to) {
    float milliseconds = 0;
    call(driver.cuEventElapsedTime(&milliseconds, marks[from].get(), marks[to].get()), "cuEventElapsedTime");
    return milliseconds / 1e3;
  };
  return {between(0, 1), between(1, 2), between(2, 3), enqueued};
}

} // namespace dlc::cli::bench
