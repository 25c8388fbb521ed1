// The driver's side of `dlc check --gradients`: a model taken apart into programs in f64.
#include "ir/Initialize.h"
#include "passes/GradientPieces.h"
#include "tools/compile/Compile.h"
#include "tools/compile/Image.h"
#include "tools/dlc/DriverImpl.h"
#include "llvm/ADT/StringMap.h"

namespace dlc::driver {
namespace {
Status compileTo(ModuleOp module, StringRef name, std::vector<char> &bytes, MLIRContext &context) {
  Diagnostics diagnostics(context);
  dlc::CompileOptions options;
  options.targets = {"cpu"};
  auto image = dlc::compile(module, options);
  if (failed(image))
    return diagnostics.failure("it cannot be compiled");
  image->name = name.str();
  std::string error;
  return exe::write(*image, bytes, error) ? Status{} : Status{Status::Internal, error, {}};
}

std::string textOf(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

/// A program of the piece, unless there was one like it.
Status finish(dlc::GradientPiece &from, GradientPiece &to, llvm::StringMap<size_t> &known, size_t number,
              MLIRContext &context) {
  to.node = from.node;
  to.operators = from.ops;
  to.chosen = from.chosen;
  to.skipped = from.skipped;
  to.reads.assign(from.reads.begin(), from.reads.end());
  to.gives.assign(from.gives.begin(), from.gives.end());
  to.floats.assign(from.floats.begin(), from.floats.end());
  to.floatResults.assign(from.floatResults.begin(), from.floatResults.end());
  to.same = number;
  if (!from.module)
    return {};
  to.same = known.try_emplace(textOf(*from.module), number).first->second;
  if (to.same != number)
    return {};
  Status status = compileTo(*from.module, to.node, to.program, context);
  if (!status.ok() && to.gives.empty())
    to.skipped = "in f64: " + status.message;
  else if (!status.ok())
    return status;
  return {};
}
} // namespace

Status Model::takeApart(uint64_t seed, GradientParts &parts,
                        const std::function<void(size_t, size_t)> &progress) const {
  if (Status status = impl->requireModule(); !status.ok())
    return status;
  Diagnostics diagnostics(impl->context);
  auto taken = dlc::takeApart(*impl->module);
  if (failed(taken))
    return diagnostics.failure("the model cannot be taken apart");
  for (WeightOp weight : taken->weights) {
    auto type = cast<RankedTensorType>(weight.getType());
    auto bytes = initialValue(weight, seed);
    if (failed(bytes))
      return diagnostics.failure("a weight has no value");
    parts.weights.push_back({weight.getSymName().str(),
                             imageDType(type.getElementType()),
                             {type.getShape().begin(), type.getShape().end()},
                             std::move(*bytes)});
  }
  llvm::StringMap<size_t> known;
  parts.nodes.resize(taken->nodes.size());
  for (size_t i = 0; i < parts.nodes.size(); ++i) {
    if (progress)
      progress(i, parts.nodes.size());
    if (Status status = finish(taken->nodes[i], parts.nodes[i], known, i, impl->context); !status.ok())
      return {status.kind, "node '" + parts.nodes[i].node + "' in f64: " + status.message, {}};
    taken->nodes[i].module = {};
  }
  return finish(taken->whole, parts.whole, known, parts.nodes.size(), impl->context);
}

} // namespace dlc::driver
