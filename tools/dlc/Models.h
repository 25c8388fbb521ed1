// What verbs do with models: loading with failures as exceptions, options that several verbs share.
#pragma once
#include "tools/dlc/Driver.h"
#include "tools/dlc/Runner.h"
#include "tools/dlc/Verb.h"
#include <nlohmann/json.hpp>

namespace dlc::cli {
using Json = nlohmann::ordered_json;

/// Throws Failure where `status` is not ok. `what` begins the message: "model.onnx".
void require(const driver::Status &status, const std::string &what = "");
/// "node 'conv1' (Conv): ...", one line each.
std::string describe(const std::vector<driver::Finding> &);

std::unique_ptr<driver::Model> loadModel(const std::string &path, const driver::LoadOptions & = {});
/// By the first bytes, else by the ending.
bool isExecutable(const std::string &path);

/// Options that say what to compile for and what to leave lying about.
struct CompileFlags {
  std::vector<std::string> targets, shapes, bindings, disabled;
  std::string dumpStages, dumpKernels;
  std::vector<std::string> overrideKernels;
  bool timings = false, tf32 = false, weightsAsState = false, dumpChanged = false;
  void addTo(CLI::App &, bool withTargets);
  driver::CompileOptions options() const;
  /// The model with the values of --bind, which name inputs of it.
  std::unique_ptr<driver::Model> load(const std::string &path, driver::LoadOptions options = {}) const;
  /// --shape and --bind alone.
  void addShapesTo(CLI::App &);
  /// --shape arguments by input name; a nameless one is the model's only input.
  std::map<std::string, data::Shape> shapesFor(const driver::Model &) const;
  /// --shape arguments that leave a size open.
  driver::Ranges ranges() const;
  /// Fixes the shapes of the inputs, those of --shape and `known` ones; sizes with a range stay open. Throws Failure.
  void bind(driver::Model &, const std::string &path, std::map<std::string, data::Shape> known = {}) const;
};

/// Whether --shape gave a dimension of the input a range: by "x:batch", "x:0" or "batch".
bool hasRange(const driver::Port &, size_t dimension, const driver::Ranges &);

/// Names for arguments: `given` nameless ones take the inputs in order.
std::string nameFor(const std::string &given, size_t position, const std::vector<driver::Port> &inputs,
                    const char *option);

/// A tensor as the value of an input that the compiler may know.
driver::BoundValue boundValue(const std::string &input, const data::Tensor &);

Json toJson(const TensorInfo &);
Json toJson(const driver::Port &);
} // namespace dlc::cli
