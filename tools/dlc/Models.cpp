#include "tools/dlc/Models.h"
#include "runtime/Container.h"
#include "tools/dlc/data/Input.h"
#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <fstream>

namespace dlc::cli {

std::string describe(const std::vector<driver::Finding> &findings) {
  std::string text;
  for (const driver::Finding &f : findings)
    text += fmt::format("{}{}{}", text.empty() ? "" : "\n",
                        f.node.empty() ? "" : fmt::format("node '{}' ({}): ", f.node, f.op), f.reason);
  return text;
}

void require(const driver::Status &status, const std::string &what) {
  if (status.ok())
    return;
  std::string message = status.message;
  if (status.kind == driver::Status::Unsupported)
    message =
        fmt::format("{} unsupported; `dlc check {}` tells more:\n{}",
                    status.findings.size() == 1 ? "1 thing is" : fmt::format("{} things are", status.findings.size()),
                    what.empty() ? "MODEL" : what, describe(status.findings));
  else if (status.findings.size() > 1 && !what.empty())
    message += fmt::format("\n`dlc check {}` tells more", what);
  if (!what.empty() && !message.starts_with(what))
    message = what + ": " + message;
  throw Failure(status.kind == driver::Status::Internal ? Internal : BadInput, message);
}

std::unique_ptr<driver::Model> loadModel(const std::string &path, const driver::LoadOptions &options) {
  driver::Status status;
  auto model = driver::Model::load(path, options, status);
  require(status, path);
  return model;
}

driver::BoundValue boundValue(const std::string &input, const data::Tensor &t) {
  return {input, t.dtype, t.shape, std::string(reinterpret_cast<const char *>(t.bytes.data()), t.bytes.size())};
}

bool isExecutable(const std::string &path) {
  char head[sizeof container::magic] = {};
  if (path != "-")
    std::ifstream(path, std::ios::binary).read(head, sizeof head);
  return std::memcmp(head, container::magic, sizeof head) == 0 || path.ends_with(".dlx");
}

void CompileFlags::addShapesTo(CLI::App &app) {
  app.add_option(
         "--shape", shapes,
         "Shape of an input, as in x=64x784, or a size by its name, as in batch=64; needed where the model leaves it "
         "open; or a size that stays open in the program, as in x:batch=1..64 or x:0=1..64 (a dimension by name or "
         "number), batch=1..64 (of all "
         "inputs), or height=32..320:32 (multiples of 32); repeatable")
      ->type_name("NAME=DIMS");
  app.add_option(
         "--bind", bindings,
         "Value of an input that the code may rely on, as in sr=i64=16000 or axes=@axes.npy: what depends on it "
         "alone is computed now; the input stays, and runs must be given this value; repeatable")
      ->type_name("NAME=VALUE");
}

void CompileFlags::addTo(CLI::App &app, bool withTargets) {
  if (withTargets)
    app.add_option(
           "--target", targets,
           "With commas: cpu (cpu:x86-64-v3 and v4), cpu:x86-64-v2|v3|v4, cuda (sm_80 and sm_90a), sm_75, sm_80, "
           "sm_86, "
           "sm_89, sm_90a, sm_100, sm_120 and the like (cubins), all-major (these seven), cuda:compute_80 (PTX), "
           "sim (PTX for the simulator); cpu where there is none")
        ->delimiter(',')
        ->type_name("TARGETS");
  addShapesTo(app);
  app.add_option("--dump-stages", dumpStages,
                 "Write the IR after each stage into this folder; dlc compile and dlc-opt read it back")
      ->type_name("DIR");
  app.add_option("--dump-kernels", dumpKernels, "Write the CUDA text, PTX and cubin of the kernels into this folder")
      ->type_name("DIR");
  app.add_option(
         "--override-kernel,--override-kernels", overrideKernels,
         "NAME=FILE.cu: take the text of this kernel from a file, its parameters must be the same; or a folder, "
         "dumped by --dump-kernels and edited: whatever it has is taken; repeatable")
      ->check([](const std::string &text) {
        size_t at = text.find('=');
        std::string path = at == text.npos ? text : text.substr(at + 1);
        return at == text.npos ? CLI::ExistingDirectory(path) : CLI::ExistingFile(path);
      })
      ->type_name("NAME=FILE|DIR");
  app.add_flag("--dump-changed", dumpChanged, "Print the IR after each pass that changed something, and only then");
  app.add_option("--disable-pass", disabled, "Leave a pass out, as in dlc-fuse; repeatable")->type_name("PASS");
  app.add_flag(
      "--tf32", tf32,
      "CUDA: matrix products and convolutions of f32 round their factors to TF32, 11 significant bits, for the "
      "tensor cores; without it they are exact f32");
  app.add_flag("--weights-as-state", weightsAsState,
               "Weights stay as the model has them, so that sessions can share them with one that trains; nothing is "
               "derived from them at load");
  app.add_flag("--timing,--timings", timings, "Say how long each pass took, and LLVM, lld, NVRTC and writing");
}

std::unique_ptr<driver::Model> CompileFlags::load(const std::string &path, driver::LoadOptions options) const {
  for (const std::string &text : bindings) {
    data::InputArgument argument = data::parseInput(text, "--bind");
    if (argument.name.empty())
      throw Failure(Usage, fmt::format("--bind {}: which input? Say --bind NAME=VALUE", text));
    options.values.push_back(boundValue(argument.name, argument.tensor));
  }
  auto model = loadModel(path, options);
  auto inputs = model->inputs();
  for (const driver::BoundValue &value : options.values)
    nameFor(value.input, 0, inputs, "--bind");
  return model;
}

driver::CompileOptions CompileFlags::options() const {
  if (driver::Status status = targets.empty() ? driver::Status{} : driver::checkTargets(targets); !status.ok())
    throw Failure(Usage, "--target: " + status.message);
  driver::CompileOptions o;
  o.targets = targets;
  o.dumpStages = dumpStages;
  o.dumpKernels = dumpKernels;
  o.overrideKernels = overrideKernels;
  o.disabled = disabled;
  o.timings = timings;
  o.dumpChanged = dumpChanged;
  o.tf32 = tf32;
  o.weightsAsState = weightsAsState;
  return o;
}

std::string nameFor(const std::string &given, size_t position, const std::vector<driver::Port> &inputs,
                    const char *option) {
  std::string known;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (given == inputs[i].name)
      return given;
    known += (i ? ", " : "") + inputs[i].name;
  }
  if (given.empty() && position < inputs.size())
    return inputs[position].name;
  throw Failure(Usage, given.empty()
                           ? fmt::format("{}: more values than inputs ({})", option, inputs.size())
                           : fmt::format("{}: there is no input '{}'; the inputs are: {}", option, given, known));
}

std::map<std::string, data::Shape> CompileFlags::shapesFor(const driver::Model &model) const {
  std::map<std::string, data::Shape> result;
  std::map<std::string, int64_t> sizes; // of symbols: "batch=128"
  auto inputs = model.inputs();
  auto isSymbol = [&](const std::string &name) {
    return std::any_of(inputs.begin(), inputs.end(), [&](const driver::Port &port) {
      return std::any_of(port.dims.begin(), port.dims.end(),
                         [&](const driver::Dim &d) { return d.size < 0 && d.expression == name; });
    });
  };
  auto isInput = [&](const std::string &name) {
    return std::any_of(inputs.begin(), inputs.end(), [&](const driver::Port &port) { return port.name == name; });
  };
  size_t position = 0;
  for (const std::string &text : shapes) {
    if (data::parseRange(text))
      continue;
    data::ShapeArgument argument = data::parseShape(text);
    if (argument.shape.size() == 1 && !isInput(argument.name) && isSymbol(argument.name))
      sizes[argument.name] = argument.shape[0];
    else
      result[nameFor(argument.name, position++, inputs, "--shape")] = argument.shape;
  }
  for (const driver::Port &port : inputs) {
    data::Shape shape;
    bool named = false;
    for (const driver::Dim &d : port.dims) {
      auto size = sizes.find(d.expression);
      named |= d.size < 0 && size != sizes.end();
      shape.push_back(d.size < 0 && size != sizes.end() ? size->second : d.size);
    }
    if (named && std::find(shape.begin(), shape.end(), -1) == shape.end())
      result.emplace(port.name, shape);
  }
  return result;
}

driver::Ranges CompileFlags::ranges() const {
  driver::Ranges result;
  for (const std::string &text : shapes)
    if (auto range = data::parseRange(text))
      result[range->name] = {range->low, range->high, range->step};
  return result;
}

bool hasRange(const driver::Port &port, size_t dimension, const driver::Ranges &ranges) {
  const std::string &symbol = port.dims[dimension].expression;
  return ranges.count(port.name + ":" + symbol) || ranges.count(port.name + ":" + std::to_string(dimension)) ||
         ranges.count(symbol);
}

void CompileFlags::bind(driver::Model &model, const std::string &path, std::map<std::string, data::Shape> known) const {
  driver::Ranges open = ranges();
  for (auto &[name, shape] : shapesFor(model))
    known.emplace(name, shape);
  // Beside a range a size that is known is a range of one.
  for (const driver::Port &port : model.inputs()) {
    auto given = known.find(port.name);
    bool any = false;
    for (size_t d = 0; d < port.dims.size(); ++d)
      any |= hasRange(port, d, open);
    if (!any || given == known.end())
      continue;
    for (size_t d = 0; d < port.dims.size() && d < given->second.size(); ++d)
      if (port.dims[d].size < 0 && !hasRange(port, d, open))
        open[fmt::format("{}:{}", port.name, d)] = {given->second[d], given->second[d], 1};
    known.erase(given);
  }
  require(model.bindShapes(known, open), path);
}

Json toJson(const TensorInfo &info) {
  return {{"name", info.name}, {"dtype", exe::name(info.dtype)}, {"shape", info.shape}};
}

Json toJson(const driver::Port &port) {
  Json dims = Json::array();
  for (const driver::Dim &d : port.dims)
    d.size >= 0 ? dims.push_back(d.size) : dims.push_back(d.expression);
  return {{"name", port.name}, {"dtype", exe::name(port.dtype)}, {"shape", dims}};
}
} // namespace dlc::cli
