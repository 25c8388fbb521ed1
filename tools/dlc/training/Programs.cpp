#include "tools/dlc/training/Programs.h"
#include "tools/dlc/Models.h"
#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace dlc::cli {
namespace {
/// An ONNX file that was exported for one sample can be read for more; what has its own text says what it means.
bool canReopen(const std::string &path) { return !path.ends_with(".mlir") && !path.ends_with(".dlm"); }

/// Fixes the inputs' shapes, the batch also where the file fixes another one.
void bindBatch(driver::Model &model, const std::string &path, const InputShapes &shapes) {
  driver::Ranges ranges;
  for (const driver::Port &port : model.inputs()) {
    int64_t fixed = port.dims.at(0).size, batch = shapes.at(port.name).at(0);
    if (fixed >= 0 && fixed != batch)
      ranges[port.name + ":0"] = {std::min(fixed, batch), std::max(fixed, batch), 1};
  }
  if (!ranges.empty())
    require(model.bindShapes({}, ranges), path);
  require(model.bindShapes(shapes), path);
}
} // namespace

bool shapesFixed(const driver::Model &model) {
  for (const driver::Port &port : model.inputs())
    for (size_t d = 1; d < port.dims.size(); ++d)
      if (port.dims[d].size < 0)
        return false;
  return true;
}

std::vector<LossTerm> lossesOf(const TrainOptions &options) {
  std::string error;
  auto terms = parseLosses(options.training.loss, error);
  if (!terms)
    throw Failure(Usage, "--loss: " + error);
  return std::move(*terms);
}

std::optional<size_t> labelColumn(const LossTerm &term, const data::Source &source) {
  return term.labels == "labels" ? source.labels() : source.find(term.labels);
}

std::string columnNames(const data::Source &source) {
  std::string names;
  for (const data::Column &column : source.columns())
    names += (names.empty() ? "'" : ", '") + column.name + "'";
  return names;
}

size_t columnFor(const driver::Port &input, size_t inputs, const data::Source &source, const TrainOptions &options) {
  if (auto named = source.find(input.name))
    return *named;
  std::set<size_t> labels;
  for (const LossTerm &term : lossesOf(options))
    if (auto column = labelColumn(term, source))
      labels.insert(*column);
  std::vector<size_t> others;
  for (size_t i = 0; i < source.columns().size(); ++i)
    if (!labels.contains(i))
      others.push_back(i);
  if (inputs == 1 && others.size() == 1)
    return others[0];
  throw Failure(BadInput, fmt::format("{}: the data has no column for input '{}'; its columns are {}", options.model,
                                      driver::describe(input), columnNames(source)));
}

InputShapes inputShapes(const driver::Model &model, const TrainOptions &options, int64_t batch,
                        const data::Source *source) {
  const std::string &path = options.model;
  auto inputs = model.inputs();
  InputShapes shapes;
  // What one input has as its first dimension and another has not is no batch: a state of two layers, say.
  for (const driver::Port &port : inputs)
    if (port.dims.size() && inputs[0].dims.size() && port.dims[0].size != inputs[0].dims[0].size)
      throw Failure(BadInput, fmt::format("{}: the first dimension of input '{}' is another one than that of '{}'; "
                                          "training needs the batch as the first dimension of each",
                                          path, driver::describe(port), driver::describe(inputs[0])));
  for (const driver::Port &port : inputs) {
    const data::Column *column =
        source ? &source->columns()[columnFor(port, inputs.size(), *source, options)] : nullptr;
    data::Shape shape{batch};
    int64_t each = 1;
    for (size_t d = 1; d < port.dims.size(); ++d) {
      int64_t size = port.dims[d].size;
      if (size < 0 && column && column->shape.size() + 1 == port.dims.size())
        size = column->shape[d - 1]; // the data decides
      if (size < 0)
        throw Failure(BadInput,
                      fmt::format("{}: input '{}' leaves more than the batch open", path, driver::describe(port)));
      each *= size;
      shape.push_back(size);
    }
    if (port.dims.empty())
      throw Failure(BadInput, fmt::format("{}: input '{}', expected the batch as its first dimension", path,
                                          driver::describe(port)));
    if (port.dims[0].size >= 0 && port.dims[0].size != batch && !canReopen(path))
      throw Failure(BadInput, fmt::format("{}: input '{}' fixes the batch at {}; training needs an open one, as in "
                                          "tensor<?x784xf32, #dlc.dims<[batch, 784]>>",
                                          path, driver::describe(port), port.dims[0].size));
    if (column && each != column->elements())
      throw Failure(BadInput,
                    fmt::format("{}: input '{}' takes {} numbers a sample, but column '{}' of the data has {}", path,
                                driver::describe(port), each, column->name, column->elements()));
    shapes[port.name] = shape;
  }
  return shapes;
}

namespace {
/// The short last batch may not be cut as the others are: the least number of parts none of which is larger.
int64_t partsOf(int64_t batch, const TrainOptions &options) {
  int64_t most = options.batch / options.training.accumulate, parts = (batch + most - 1) / most;
  while (batch % parts)
    ++parts;
  return parts;
}

Program compileNow(const TrainOptions &options, int64_t batch, ProgramKind kind, const data::Source *source,
                   driver::CompileReport *report) {
  auto model = loadModel(options.model, {.training = true});
  driver::Training training = options.training;
  if (kind == ProgramKind::Step)
    batch /= training.accumulate = partsOf(batch, options);
  bindBatch(*model, options.model, inputShapes(*model, options, batch, source));
  driver::CompileOptions compile;
  compile.targets = {options.device.target()};
  compile.weightsAsState = true; // shared between the sessions by name
  compile.seed = options.seed;
  compile.tf32 = options.tf32;
  compile.memoryLimit = kind == ProgramKind::Step ? options.memoryLimit : 0;
  std::vector<char> bytes;
  training.evaluate = kind == ProgramKind::Evaluate;
  driver::CompileReport made;
  require(model->compileStep(training, compile, bytes, &made), options.model);
  Program program = Program::fromBytes(std::move(bytes));
  program.memory = {made.memory.arena, made.memory.states + made.memory.weights, made.memory.ports};
  if (report)
    *report = std::move(made);
  return program;
}
} // namespace

Program compileStep(const TrainOptions &options, int64_t batch, const data::Source *source,
                    driver::CompileReport *report) {
  return compileNow(options, batch, ProgramKind::Step, source, report);
}

std::future<Program> compileLater(const TrainOptions &options, int64_t batch, ProgramKind kind,
                                  const data::Source *source) {
  return std::async(std::launch::async,
                    [options, batch, kind, source] { return compileNow(options, batch, kind, source, nullptr); });
}
} // namespace dlc::cli
