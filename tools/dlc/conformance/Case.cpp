#include "tools/dlc/conformance/Case.h"
#include "frontend/onnx/File.h"
#include "tools/dlc/Models.h"
#include "tools/dlc/data/Compare.h"
#include "tools/dlc/data/Input.h"
#include "tools/dlc/data/OnnxTensor.h"
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace dlc::conformance {
namespace fs = std::filesystem;
using data::Tensor;

namespace {
/// The case cannot be judged further; becomes its result.
struct Verdict {
  std::string status, reason;
};

void collect(const onnx::GraphProto &graph, std::set<std::string> &names) {
  for (const onnx::NodeProto &node : graph.node()) {
    bool standard = node.domain().empty() || node.domain() == "ai.onnx";
    names.insert(standard ? node.op_type() : node.domain() + "." + node.op_type());
    for (const onnx::AttributeProto &attribute : node.attribute()) {
      if (attribute.has_g())
        collect(attribute.g(), names);
      for (const onnx::GraphProto &inner : attribute.graphs())
        collect(inner, names);
    }
  }
}

/// Operators whose results are random; Dropout's are where it is told to train.
bool isRandom(const onnx::NodeProto &node) {
  const std::string &op = node.op_type();
  return op == "Bernoulli" || op == "Multinomial" || op.starts_with("Random") ||
         (op == "Dropout" && node.input_size() > 2);
}

/// A graph input: what test data numbers. Old files list initializers among them; those are none.
struct Input {
  std::string name;
  data::Shape shape; ///< 1 where the file leaves a dimension open
};
std::vector<Input> inputsOf(const onnx::GraphProto &graph) {
  std::set<std::string> initializers;
  for (const onnx::TensorProto &tensor : graph.initializer())
    initializers.insert(tensor.name());
  std::vector<Input> inputs;
  for (const onnx::ValueInfoProto &input : graph.input()) {
    if (initializers.count(input.name()))
      continue;
    inputs.push_back({input.name(), {}});
    for (const auto &dim : input.type().tensor_type().shape().dim())
      inputs.back().shape.push_back(dim.dim_value() > 0 ? dim.dim_value() : 1);
  }
  return inputs;
}

/// input_0.pb, input_1.pb, ... as far as they go.
std::vector<std::string> numbered(const fs::path &folder, const std::string &stem) {
  std::vector<std::string> files;
  for (int i = 0; fs::exists(folder / fmt::format("{}_{}.pb", stem, i)); ++i)
    files.push_back((folder / fmt::format("{}_{}.pb", stem, i)).string());
  return files;
}

std::vector<fs::path> dataSets(const fs::path &folder) {
  std::vector<fs::path> sets;
  for (const fs::directory_entry &entry : fs::directory_iterator(folder))
    if (entry.is_directory() && entry.path().filename().string().starts_with("test_data_set_"))
      sets.push_back(entry.path());
  std::sort(sets.begin(), sets.end());
  return sets;
}

class Case {
public:
  Case(const std::string &folder, const CaseOptions &options, CaseResult &result)
      : folder(folder), path((fs::path(folder) / "model.onnx").string()), options(options), result(result) {
    std::string error;
    dlc::OnnxModel model;
    if (!dlc::readOnnx(path, model, error))
      throw Verdict{"failed", error};
    inputs = inputsOf(model.proto.graph());
    for (int i = 0; i < model.proto.graph().node_size(); ++i) {
      const onnx::NodeProto &node = model.proto.graph().node(i);
      random |= isRandom(node);
      std::string name = node.name().empty() ? fmt::format("{}_{}", node.op_type(), i) : node.name();
      for (const std::string &input : node.input())
        readers.emplace(input, fmt::format("node '{}' ({})", name, node.op_type()));
    }
  }

  void run() {
    auto sets = dataSets(folder);
    if (sets.empty())
      return runWithoutReference();
    int compared = 0;
    for (const fs::path &set : sets)
      compared += runSet(set);
    if (!compared) // inputs, but nothing to hold the outputs against
      throw Verdict{"no-reference", fmt::format("{} holds no output_*.pb", sets[0].filename().string())};
    result.status = byDistribution ? "random" : "passed";
  }

private:
  /// Loads and compiles for these shapes; values are read only where the model cannot be imported without them.
  cli::Program compile(const std::map<std::string, data::Shape> &shapes, const std::vector<std::string> &files) {
    driver::LoadOptions load;
    load.shapes = shapes;
    driver::Status status;
    if (options.bindShapeInputs)
      load.offer = [&](const std::string &name, size_t position) -> std::optional<driver::BoundValue> {
        if (position >= files.size() || !shapes.count(name))
          return std::nullopt;
        return cli::boundValue(name, data::readOnnxTensor(files[position]).tensor);
      };
    auto model = driver::Model::load(path, load, status);
    std::vector<char> bytes;
    driver::CompileReport report;
    if (status.ok()) {
      result.boundValues = model->bound();
      compute = !model->operators().empty();
      for (const driver::Port &port : model->inputs())
        if (!port.read)
          unread.insert(port.name);
      driver::CompileOptions compile;
      compile.targets = {options.device.target()};
      status = model->compile(compile, bytes, &report);
    }
    if (status.kind == driver::Status::Unsupported)
      throw Verdict{"unsupported", cli::describe(status.findings)};
    if (!status.ok())
      throw Verdict{"failed", status.message};
    return cli::Program::fromBytes(std::move(bytes), report.variants);
  }

  /// Type and shape of an input's file. Strings, sequences and the like stop the nodes that read them; where no node
  /// does, the input does not matter.
  std::optional<data::TensorType> typeOf(size_t input, const std::string &file) {
    try {
      return data::readOnnxTensorType(file);
    } catch (const data::Error &error) {
      std::string reason;
      auto [begin, end] = readers.equal_range(inputs[input].name);
      for (auto it = begin; it != end; ++it)
        reason += fmt::format("{}{}: input '{}': {}", reason.empty() ? "" : "\n", it->second, inputs[input].name,
                              error.what());
      if (reason.empty())
        return std::nullopt;
      throw Verdict{"unsupported", reason};
    }
  }

  /// Old test data holds bf16 as the bits in a u16.
  static Tensor readAs(data::DType wanted, const std::string &file) {
    Tensor tensor = data::readOnnxTensor(file).tensor;
    if (wanted == data::DType::BF16 && tensor.dtype == data::DType::U16)
      tensor.dtype = wanted;
    return tensor;
  }

  cli::Runner session(const cli::Program &program) {
    cli::Runner runner(program, options.device);
    result.kernels = runner.kernelCount();
    result.compilations += runner.compilations();
    return runner;
  }

  void run(cli::Runner &runner) {
    runner.run();
    // A mean of one tensor is a copy, and nothing makes a tensor without elements.
    bool empty = true;
    for (const cli::TensorInfo &output : runner.program().outputs)
      empty &= data::Tensor(output.dtype, output.shape).count() == 0;
    if (compute && !empty && result.kernels == 0 && runner.copyCount() == 0)
      throw Verdict{"failed", "the model computes something, but no kernel ran"};
  }

  int runSet(const fs::path &set) {
    auto inputFiles = numbered(set, "input"), outputFiles = numbered(set, "output");
    if (inputFiles.size() > inputs.size())
      throw Verdict{"failed",
                    fmt::format("{}: {} input files for {} inputs", set.string(), inputFiles.size(), inputs.size())};
    // Shapes alone first: what is compiled must not depend on values.
    std::map<std::string, data::Shape> shapes;
    for (size_t i = 0; i < inputFiles.size(); ++i)
      if (auto type = typeOf(i, inputFiles[i]))
        shapes[inputs[i].name] = type->shape;
    cli::Program program = compile(shapes, inputFiles);
    cli::Runner runner = session(program);
    for (size_t i = 0; i < inputFiles.size(); ++i)
      if (auto index = runner.findInput(inputs[i].name); index && shapes.count(inputs[i].name)) {
        Tensor value = readAs(program.inputs[*index].dtype, inputFiles[i]);
        // Some of ONNX's own data is not of the shape that the model declares: CastLike's `like`, read for its type.
        if (!unread.count(inputs[i].name) || value.shape == program.inputs[*index].shape)
          runner.setInput(*index, value);
      }
    run(runner);
    if (outputFiles.size() > program.outputs.size())
      throw Verdict{"failed", fmt::format("{}: {} output files for {} outputs", set.string(), outputFiles.size(),
                                          program.outputs.size())};
    for (size_t i = 0; i < outputFiles.size(); ++i) {
      Tensor expected = readAs(program.outputs[i].dtype, outputFiles[i]);
      data::Comparison c = data::compare(runner.output(i), expected);
      // Nobody's random numbers are another's.
      if (!c.ok() && random && data::compareDistributions(runner.output(i), expected).empty()) {
        byDistribution = true;
        continue;
      }
      if (!c.ok() && c.okAsAWhole())
        result.reason =
            fmt::format("{}: output '{}' as a whole: {}; the largest error is {:.2g} % of the largest element",
                        set.filename().string(), program.outputs[i].name, c.describe(expected.shape),
                        100 * c.largestAbsolute / c.largestExpected);
      else if (!c.ok())
        throw Verdict{"failed", fmt::format("{}: output '{}': {}", set.filename().string(), program.outputs[i].name,
                                            c.describe(expected.shape))};
    }
    return static_cast<int>(outputFiles.size());
  }

  void runWithoutReference() {
    std::map<std::string, data::Shape> shapes;
    for (const Input &input : inputs)
      shapes[input.name] = input.shape;
    cli::Program program = compile(shapes, {});
    cli::Runner runner = session(program);
    for (size_t i = 0; i < program.inputs.size(); ++i)
      runner.setInput(i, data::randomTensor(program.inputs[i].dtype, program.inputs[i].shape, i));
    run(runner);
    for (size_t i = 0; i < program.outputs.size(); ++i) {
      Tensor output = runner.output(i);
      if (int64_t at = data::firstNonFinite(output); at >= 0)
        throw Verdict{"failed", fmt::format("random input gives {} in output '{}' at {}", data::load(output, at),
                                            program.outputs[i].name, data::describeIndex(at, output.shape))};
    }
    throw Verdict{"no-reference", "random normal input, finite output"};
  }

  std::string folder, path;
  const CaseOptions &options;
  CaseResult &result;
  std::vector<Input> inputs;
  std::multimap<std::string, std::string> readers; ///< of each tensor: "node 'a' (Op)"
  std::set<std::string> unread;                    ///< inputs whose values nothing uses
  bool compute = false;
  bool random = false, byDistribution = false; ///< has random operators; an output was judged by its distribution
};
} // namespace

std::vector<std::string> findCases(const std::string &root) {
  std::error_code error;
  if (!fs::is_directory(root, error))
    throw data::Error(fmt::format("{}: no such folder", root));
  std::vector<std::string> cases;
  if (fs::exists(fs::path(root) / "model.onnx"))
    cases.push_back(root);
  for (const fs::directory_entry &entry : fs::recursive_directory_iterator(
           root, fs::directory_options::follow_directory_symlink | fs::directory_options::skip_permission_denied))
    if (entry.is_directory() && fs::exists(entry.path() / "model.onnx"))
      cases.push_back(entry.path().string());
  std::sort(cases.begin(), cases.end());
  return cases;
}

std::vector<std::string> operatorsOf(const std::string &modelPath) {
  dlc::OnnxModel model;
  std::string error;
  std::set<std::string> names;
  if (dlc::readOnnx(modelPath, model, error))
    collect(model.proto.graph(), names);
  return {names.begin(), names.end()};
}

CaseResult runCase(const std::string &folder, const CaseOptions &options) {
  CaseResult result;
  try {
    Case(folder, options, result).run();
  } catch (const Verdict &verdict) {
    result.status = verdict.status;
    result.reason = verdict.reason;
  } catch (const std::exception &error) {
    result.status = "failed";
    result.reason = error.what();
  }
  return result;
}
} // namespace dlc::conformance
