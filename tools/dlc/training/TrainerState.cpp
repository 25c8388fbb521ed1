// What a trainer's checkpoints hold, and going on from them.
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include "tools/dlc/data/Sha256.h"
#include "tools/dlc/training/Resume.h"
#include "tools/dlc/training/Trainer.h"
#include "tools/dlc/training/TrainerStep.h"
#include <filesystem>
#include <fmt/format.h>
#include <set>

namespace dlc::cli {
namespace {
/// What the step only shows.
bool isShown(const std::string &name) { return name == "train.lr" || name == "train.grad_norm"; }

const TensorInfo *find(const std::vector<TensorInfo> &list, const std::string &name) {
  for (const TensorInfo &info : list)
    if (info.name == name)
      return &info;
  return nullptr;
}

/// Writes a tensor to the state of its name; the type must be the state's.
void put(Runner &runner, const TensorInfo &state, const data::Tensor &tensor, const std::string &path) {
  if (tensor.dtype != state.dtype || tensor.shape != state.shape)
    throw Failure(BadInput, fmt::format("{}: '{}' is {}, but the model has {}", path, state.name, describe(tensor),
                                        data::describe(state.dtype, state.shape)));
  runner.write(state.name, tensor);
}
} // namespace

data::Sha256 hashOfFile(const std::string &path) {
  std::string bytes = data::readFile(path);
  data::Sha256 hash;
  hash.add(bytes.data(), bytes.size());
  return hash;
}

/// Of the file, and of the weights where an ONNX file may keep them in files of their own.
std::string Trainer::hashOfModel(data::Sha256 hash) const {
  if (options.model.ends_with(".onnx") && data::readFile(options.model).find("location") != std::string::npos)
    for (const driver::Parameter &p : model->parameters()) {
      size_t elements = 1;
      for (int64_t d : p.shape)
        elements *= static_cast<size_t>(d);
      if (p.data)
        hash.add(p.data, elements * exe::bitWidth(p.dtype) / 8);
    }
  return hash.finish();
}

Json Trainer::describeData() const {
  auto columns = Json::array();
  for (const data::Column &c : data.train->columns())
    columns.push_back(c.name + ": " + data::describe(c.dtype, c.shape));
  return {{"samples", data.train->count()}, {"evaluation", data.evaluation->count()}, {"columns", columns}};
}

Checkpoint Trainer::checkpoint() const {
  Checkpoint result;
  const Program &program = full->runner.program();
  std::set<std::string> parameters;
  for (const driver::Parameter &p : model->parameters())
    parameters.insert(p.name);
  for (const TensorInfo &info : program.weights)
    if ((info.state && !isShown(info.name)) || parameters.contains(info.name))
      result.tensors.emplace(info.name, full->runner.read(info.name));
  result.description = options.description;
  result.description["model"] = {{"path", options.model}, {"sha256", modelHash}};
  result.description["data"] = describeData();
  result.description["progress"] = {
      {"epoch", progress.at.epoch}, {"step", progress.at.step}, {"total", progress.at.total},
      {"open", progress.open},      {"seen", progress.seen},    {"sum", progress.sum},
      {"window", progress.window},  {"best", nullptr},          {"since_best", progress.sinceBest}};
  if (!losses.empty()) {
    result.description["progress"]["sums"] = progress.sums;
    result.description["progress"]["windows"] = progress.windows;
  }
  if (progress.best)
    result.description["progress"]["best"] = *progress.best;
  return result;
}

void Trainer::keep(TrainObserver &observer) {
  std::string &path = lastKept;
  if (keeper.wanted()) {
    path = keeper.save(checkpoint(), progress.at);
  } else { // a signal: in this folder, named as the model
    path = std::filesystem::path(options.model).stem().string() + ".checkpoint.safetensors";
    checkpoint().save(path);
  }
  observer.saved("checkpoint", path);
}

std::vector<std::string> Trainer::resume(const Checkpoint &from, const std::string &path, bool strict) {
  const Json &description = from.description;
  auto wrong = [&](const std::string &what) { throw Failure(BadInput, fmt::format("{}: {}", path, what)); };
  try {
    if (const Json &was = description.at("model"); was.at("sha256") != modelHash)
      wrong(fmt::format("was made with another model: {} is not the {} of then; --init takes its weights alone",
                        options.model, was.at("path").get<std::string>()));
    if (const Json &was = description.at("data"), &is = describeData(); was != is)
      wrong(fmt::format("was made with other data: {}; now there is {}; --init takes its weights alone", was.dump(),
                        is.dump()));
    const Json &p = description.at("progress");
    progress = {{p.at("epoch"), p.at("step"), p.at("total")}, p.at("open"), p.at("seen"), p.at("sum"), p.at("window")};
    progress.sinceBest = p.at("since_best");
    if (!p.at("best").is_null())
      progress.best = p.at("best").get<double>();
    progress.sums = p.value("sums", std::vector<double>());
    progress.windows = p.value("windows", std::vector<double>());
    progress.sums.resize(losses.size());
    progress.windows.resize(losses.size());
  } catch (const Json::exception &error) {
    wrong(fmt::format("is no checkpoint that this dlc can read ({})", error.what()));
  }
  if (std::min({progress.at.epoch, progress.at.step, progress.at.total, progress.seen}) < 0)
    wrong("is damaged: its progress is negative");
  // With another batch the epoch has other steps.
  if (int64_t steps = (data.train->count() + options.batch - 1) / options.batch;
      progress.open &&
      (progress.at.step > steps || progress.seen != std::min(progress.at.step * options.batch, data.train->count()))) {
    progress.at.step = std::min(progress.seen / options.batch, steps);
    progress.seen = progress.at.step * options.batch;
  }

  std::vector<std::string> left;
  const Program &program = full->runner.program();
  std::set<std::string> parameters;
  for (const driver::Parameter &p : model->parameters())
    parameters.insert(p.name);
  for (const TensorInfo &info : program.weights) {
    if (!info.state || isShown(info.name))
      continue;
    auto tensor = from.tensors.find(info.name);
    if (tensor != from.tensors.end())
      put(full->runner, info, tensor->second, path);
    else if (info.name.starts_with("loss.sum.")) // earlier checkpoints had none
      continue;
    else if (strict || parameters.contains(info.name))
      wrong(fmt::format("has no '{}', which the step keeps as state", info.name));
    else
      left.push_back(fmt::format("'{}' is not in the checkpoint and begins anew", info.name));
  }
  for (const auto &[name, tensor] : from.tensors)
    if (!find(program.weights, name))
      left.push_back(fmt::format("the checkpoint's '{}' is not used", name));
  return left;
}

std::vector<std::string> Trainer::takeWeights(const data::Safetensors &from, const std::string &path) {
  std::vector<std::string> left;
  size_t taken = 0;
  for (const driver::Parameter &p : model->parameters()) {
    auto tensor = from.tensors.find(p.name);
    const TensorInfo *state = find(full->runner.program().weights, p.name);
    if (tensor == from.tensors.end()) {
      left.push_back(fmt::format("'{}' is not in {} and begins anew", p.name, path));
    } else if (!state || !state->state) {
      left.push_back(fmt::format("'{}' is no state of the step and stays as the model has it", p.name));
    } else {
      put(full->runner, *state, tensor->second, path);
      ++taken;
    }
  }
  if (!taken)
    throw Failure(BadInput, fmt::format("{}: none of its {} tensors has the name of a weight of {}", path,
                                        from.tensors.size(), options.model));
  return left;
}
} // namespace dlc::cli
