#include "tools/dlc/training/Trainer.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <future>

namespace dlc::cli {
namespace {
/// The model's one input with its shape for a batch; the images must fill it.
struct InputShape {
  std::string name;
  data::Shape shape;
};
InputShape inputFor(const driver::Model &model, const std::string &path, int64_t batch, int64_t pixels) {
  auto inputs = model.inputs();
  if (inputs.size() != 1)
    throw Failure(BadInput, fmt::format("{}: {} inputs, expected 1 to feed images to", path, inputs.size()));
  const driver::Port &port = inputs[0];
  InputShape result{port.name, {batch}};
  int64_t each = 1;
  for (size_t d = 1; d < port.dims.size(); ++d) {
    each *= port.dims[d].size;
    result.shape.push_back(port.dims[d].size);
    if (port.dims[d].size < 0)
      throw Failure(BadInput,
                    fmt::format("{}: input '{}' leaves more than the batch open", path, driver::describe(port)));
  }
  if (port.dims.size() < 2 || port.dtype != exe::DType::F32)
    throw Failure(BadInput,
                  fmt::format("{}: input '{}', expected f32 with the batch as its first of several dimensions", path,
                              driver::describe(port)));
  if (port.dims[0].size >= 0 && port.dims[0].size != batch)
    throw Failure(BadInput, fmt::format("{}: input '{}' fixes the batch at {}; training needs an open one, as in "
                                        "tensor<?x784xf32, #dlc.dims<[batch, 784]>>",
                                        path, driver::describe(port), port.dims[0].size));
  if (pixels && each != pixels)
    throw Failure(BadInput, fmt::format("{}: input '{}' takes {} numbers, but an image has {} pixels", path,
                                        driver::describe(port), each, pixels));
  return result;
}

template <class T> void fill(void *to, const uint8_t *labels, const uint32_t *order, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    static_cast<T *>(to)[i] = static_cast<T>(labels[order[i]]);
}
void fillLabels(data::DType type, void *to, const uint8_t *labels, const uint32_t *order, int64_t n) {
  switch (type) {
  case data::DType::I64:
    return fill<int64_t>(to, labels, order, n);
  case data::DType::I32:
    return fill<int32_t>(to, labels, order, n);
  case data::DType::U8:
    return fill<uint8_t>(to, labels, order, n);
  default:
    throw Failure(Internal, fmt::format("labels of type {}", exe::name(type)));
  }
}

/// Compiles on a thread of its own with a model of its own: contexts are not shared between threads.
std::future<Program> compileLater(const TrainOptions &options, int64_t batch, bool step) {
  return std::async(std::launch::async, [options, batch, step] {
    auto model = loadModel(options.model);
    InputShape input = inputFor(*model, options.model, batch, 0);
    require(model->bindShapes({{input.name, input.shape}}), options.model);
    driver::CompileOptions compile;
    compile.targets = {options.device.target()};
    compile.weightsAsState = true; // shared between the sessions by name
    compile.seed = options.seed;
    compile.tf32 = options.tf32;
    std::vector<char> bytes;
    require(step ? model->compileStep(options.training, compile, bytes) : model->compile(compile, bytes),
            options.model);
    return Program::fromBytes(std::move(bytes));
  });
}
} // namespace

/// A session with a batch's memory.
struct Trainer::Step {
  Runner runner;
  int64_t batch;
  float *images;
  void *labels;
  data::DType labelType;

  Step(const Program &program, const DeviceOptions &device, int64_t batch, const Runner *share)
      : runner(program, device, share), batch(batch) {
    size_t label = runner.inputIndex("labels"), image = 1 - label;
    if (program.inputs.size() != 2 || program.outputs.size() != 1)
      throw Failure(Internal, "a training step must have two inputs and one output");
    images = static_cast<float *>(runner.inputData(image));
    labels = runner.inputData(label);
    labelType = program.inputs[label].dtype;
  }
  /// Starts the step: a device computes while the next batch is gathered.
  void start(const data::LabelledImages &set, const uint32_t *order) {
    data::gatherScaled(set, order, batch, images);
    fillLabels(labelType, labels, set.labels.as<uint8_t>(), order, batch);
    runner.runAsync();
  }
};

Trainer::Trainer(TrainOptions given) : options(std::move(given)) {
  auto data = std::async(std::launch::async, [&] { return data::readImageFolder(options.data); });
  auto step = compileLater(options, options.batch, true);
  model = loadModel(options.model);
  images = data.get();
  inputFor(*model, options.model, options.batch, images.train.pixels());
  if (images.train.count() < 1 || images.test.count() < 1 || images.train.pixels() != images.test.pixels())
    throw Failure(BadInput,
                  fmt::format("{}: {} training images of {} pixels and {} test images of {}", options.data,
                              images.train.count(), images.train.pixels(), images.test.count(), images.test.pixels()));
  if (options.batch > images.train.count())
    throw Failure(Usage, fmt::format("--batch {}: there are {} images", options.batch, images.train.count()));
  int64_t remainder = images.train.count() % options.batch;
  std::future<Program> restProgram;
  if (remainder)
    restProgram = compileLater(options, remainder, true);
  auto forwardProgram = compileLater(options, std::min<int64_t>(images.test.count(), 1000), false);
  full = std::make_unique<Step>(step.get(), options.device, options.batch, nullptr);
  if (remainder)
    rest = std::make_unique<Step>(restProgram.get(), options.device, remainder, &full->runner);
  forward = std::make_unique<Runner>(forwardProgram.get(), options.device, &full->runner);
}

Trainer::~Trainer() = default;

double Trainer::evaluate() {
  const data::LabelledImages &set = images.test;
  const TensorInfo &output = forward->program().outputs.at(0);
  int64_t batch = forward->program().inputs.at(0).shape.at(0), n = set.count(), right = 0;
  if (output.shape.size() != 2 || output.dtype != data::DType::F32)
    throw Failure(BadInput, fmt::format("{}: output '{}' is {}, expected f32 scores as batch x classes", options.model,
                                        output.name, data::describe(output.dtype, output.shape)));
  auto *input = static_cast<float *>(forward->inputData(0));
  std::vector<uint32_t> order(static_cast<size_t>(batch));
  for (int64_t at = 0; at < n; at += batch) {
    int64_t here = std::min(batch, n - at);
    for (int64_t i = 0; i < batch; ++i) // the last batch is filled up with images that do not count
      order[i] = static_cast<uint32_t>(std::min(at + i, n - 1));
    data::gatherScaled(set, order.data(), batch, input);
    forward->run();
    data::Tensor scores = forward->output(0);
    int64_t classes = output.shape[1];
    for (int64_t i = 0; i < here; ++i) {
      const float *row = scores.as<float>() + i * classes;
      right += std::max_element(row, row + classes) - row == set.labels.as<uint8_t>()[at + i];
    }
  }
  return static_cast<double>(right) / static_cast<double>(n);
}

/// The losses since the last call, added up by the steps themselves. Waits for them.
double Trainer::takeLoss() {
  data::Tensor sum = full->runner.read("loss.sum");
  double loss = data::load(sum, 0);
  std::fill(sum.bytes.begin(), sum.bytes.end(), decltype(sum.bytes)::value_type{});
  full->runner.write("loss.sum", sum);
  return loss;
}

TrainObserver::Epoch Trainer::run(const TrainObserver &observer) {
  observer.started(full->runner.summary());
  int64_t n = images.train.count(), steps = n / options.batch + (rest ? 1 : 0), left = options.steps ? options.steps : INT64_MAX;
  TrainObserver::Epoch result{};
  for (int64_t epoch = 1; epoch <= options.epochs && left; ++epoch) {
    double begin = now(), sum = 0, window = 0;
    int64_t seen = 0, done = 0;
    auto order = data::shuffled(n, options.seed, static_cast<uint64_t>(epoch));
    // A window of losses ends where they are told, and around the short last batch, whose loss weighs less.
    auto settle = [&](int64_t step, int64_t batch) {
      double loss = takeLoss();
      if (!std::isfinite(loss))
        throw Failure(CheckFailed, fmt::format("the loss is {} at epoch {}, in the steps up to {}; a smaller lr may help",
                                               loss, epoch, step));
      sum += loss * static_cast<double>(batch);
      window += loss;
    };
    for (int64_t step = 1; step <= steps && left; ++step, --left) {
      bool last = step == steps, isShort = last && rest;
      Step &s = isShort ? *rest : *full;
      if (isShort)
        settle(step - 1, options.batch);
      s.start(images.train, order.data() + (step - 1) * options.batch);
      seen += s.batch;
      done = step;
      if (step % options.lossEvery == 0 || last || left == 1)
        settle(step, s.batch);
      if (step % options.lossEvery == 0)
        observer.loss(epoch, step, std::exchange(window, 0) / static_cast<double>(options.lossEvery));
      observer.stepped(epoch, step, steps);
    }
    double stepped = now() - begin;
    result = {epoch, sum / static_cast<double>(seen), evaluate(), 0, stepped / static_cast<double>(done)};
    result.seconds = now() - begin;
    observer.evaluated(result);
  }
  return result;
}

std::unique_ptr<driver::Model> Trainer::trained() const {
  auto copy = loadModel(options.model);
  if (copy->needsShapes()) { // an ONNX file with an open batch
    InputShape input = inputFor(*copy, options.model, 1, 0);
    require(copy->bindShapes({{input.name, input.shape}}), options.model);
  }
  std::map<std::string, std::string> values;
  for (const driver::Parameter &p : copy->parameters())
    if (!p.frozen) {
      data::Tensor t = full->runner.read(p.name);
      values[p.name].assign(reinterpret_cast<const char *>(t.bytes.data()), t.bytes.size());
    }
  require(copy->setParameters(values), options.model);
  return copy;
}

} // namespace dlc::cli
