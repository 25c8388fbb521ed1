// Gradients against central differences in f64, and which operators have tests at all.
#include "ir/Dims.h"
#include "passes/Training.h"
#include "tests/ops/OpTest.h"
#include "llvm/ADT/StringSet.h"
#include <cmath>

namespace dlc::optest {
namespace {
bool isFloat(Type type) { return isa<FloatType>(getElementTypeOrSelf(type)); }

/// Numbers of either sign, away from 0, the same in every run.
std::vector<double> cotangent(size_t count, unsigned salt) {
  std::vector<double> values(count);
  uint32_t state = 12345 + salt * 7919;
  for (double &v : values) {
    state = state * 1664525 + 1013904223;
    v = (0.5 + (state >> 8) * 0x1p-24) * (state & 128 ? 1 : -1);
  }
  return values;
}

std::string at(unsigned input, size_t element) {
  return "gradient of input " + std::to_string(input) + " at " + std::to_string(element) + ": ";
}

/// @main replaced by its gradient function for these arguments.
OwningOpRef<ModuleOp> gradientModule(ModuleOp module, ArrayRef<unsigned> arguments, std::string &error) {
  OwningOpRef<ModuleOp> result = module.clone();
  ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &d) { error += d.str(); });
  auto main = result->lookupSymbol<func::FuncOp>("main");
  auto gradient = buildGradientFunction(main, arguments);
  if (failed(gradient))
    return {};
  main.erase();
  gradient->setName("main");
  return result;
}

struct Gradients {
  std::vector<std::vector<double>> values; ///< one entry for each float input
  std::string error;
};

Gradients analytic(ModuleOp module, ArrayRef<Tensor> inputs, ArrayRef<std::vector<double>> cotangents,
                   ArrayRef<unsigned> arguments, StringRef device) {
  Gradients result;
  auto gradient = gradientModule(module, arguments, result.error);
  if (!gradient)
    return result;
  auto main = gradient->lookupSymbol<func::FuncOp>("main");
  std::vector<Tensor> all(inputs.begin(), inputs.end());
  for (auto [values, type] : llvm::zip_equal(cotangents, main.getArgumentTypes().drop_front(inputs.size())))
    all.push_back(fromDoubles(values, cast<RankedTensorType>(type)));
  auto program = Program::make(*gradient, device, result.error);
  if (!program || compileOnly) {
    result.values.resize(arguments.size());
    return result;
  }
  std::vector<Tensor> outputs;
  result.error = program->run(all, outputs);
  if (result.error.empty())
    for (const Tensor &t : ArrayRef(outputs).take_back(arguments.size()))
      result.values.push_back(toDoubles(t));
  return result;
}
} // namespace

std::string checkGradient(OpTest &test, StringRef device) {
  OwningOpRef<ModuleOp> wide = widened(test);
  auto main = wide->lookupSymbol<func::FuncOp>("main");
  std::vector<Tensor> inputs;
  SmallVector<unsigned> arguments;
  for (auto [i, input] : llvm::enumerate(test.inputs)) {
    bool floats = isFloat(input.type);
    inputs.push_back(floats ? fromDoubles(toDoubles(input), cast<RankedTensorType>(main.getArgument(i).getType())) : input);
    if (floats)
      arguments.push_back(i);
  }
  std::vector<std::vector<double>> cotangents;
  for (Type type : main.getResultTypes())
    if (isFloat(type))
      cotangents.push_back(cotangent(cast<RankedTensorType>(type).getNumElements(), cotangents.size()));
  if (arguments.empty() || cotangents.empty())
    return "a smooth test has float inputs and float results";

  Gradients wideGradients = analytic(*wide, inputs, cotangents, arguments, device);
  if (!wideGradients.error.empty())
    return "gradient in f64: " + wideGradients.error;

  if (compileOnly)
    return analytic(*test.module, test.inputs, cotangents, arguments, device).error;
  std::string error;
  OwningOpRef<ModuleOp> forward = wide->clone();
  auto program = Program::make(*forward, device, error);
  if (!program)
    return "value in f64: " + error;
  auto value = [&]() -> double { // <cotangent, f(inputs)>
    std::vector<Tensor> outputs;
    error = program->run(inputs, outputs);
    double sum = 0;
    size_t n = 0;
    for (const Tensor &out : outputs)
      if (isFloat(out.type))
        for (auto [c, y] : llvm::zip_equal(cotangents[n++], toDoubles(out)))
          sum += c * y;
    return sum;
  };
  for (auto [n, argument] : llvm::enumerate(arguments)) {
    std::vector<double> x = toDoubles(inputs[argument]);
    for (size_t i = 0; i < x.size(); ++i) {
      double h = 1e-5, here = x[i], sides[2];
      for (int side : {0, 1}) {
        x[i] = here + (side ? h : -h);
        inputs[argument] = fromDoubles(x, inputs[argument].type);
        sides[side] = value();
        if (!error.empty())
          return error;
      }
      x[i] = here;
      inputs[argument] = fromDoubles(x, inputs[argument].type);
      double numeric = (sides[1] - sides[0]) / (2 * h), built = wideGradients.values[n][i];
      // Written so that a NaN fails.
      if (!(std::fabs(numeric - built) <= 2e-6 * std::max(1.0, std::fabs(numeric))))
        return at(argument, i) + number(built) + ", but central differences give " + number(numeric);
    }
  }

  // The shipped path, in the test's own type.
  Gradients own = analytic(*test.module, test.inputs, cotangents, arguments, device);
  if (!own.error.empty())
    return "gradient: " + own.error;
  for (auto [n, argument] : llvm::enumerate(arguments))
    for (auto [i, pair] : llvm::enumerate(llvm::zip_equal(own.values[n], wideGradients.values[n]))) {
      auto [a, b] = pair;
      if (!(std::fabs(a - b) <= 1e-4 * std::max(1.0, std::fabs(b))))
        return at(argument, i) + number(a) + ", but " + number(b) + " in f64";
    }
  return "";
}

std::vector<std::string> missingTests(MutableArrayRef<OpTest> tests, MLIRContext &context) {
  std::vector<std::string> problems;
  llvm::StringSet<llvm::MallocAllocator> tested, smooth, needsSmooth;
  for (OpTest &test : tests)
    test.module->walk([&](Operation *op) {
      StringRef name = op->getName().getStringRef();
      tested.insert(name);
      if (test.smooth)
        smooth.insert(name);
      if (llvm::none_of(op->getOperandTypes(), isFloat) || llvm::none_of(op->getResultTypes(), isFloat))
        return;
      auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
      if (differentiable ? differentiable.getNoGradientReason().empty() : isa<DecomposableOpInterface>(op))
        needsSmooth.insert(name);
      else if (!differentiable && !isa<func::FuncOp, func::ReturnOp>(op))
        problems.push_back(("operator '" + name + "' on floats has neither a gradient nor a reason why there is none").str());
    });
  for (RegisteredOperationName op : context.getRegisteredOperations()) {
    if (op.getDialectNamespace() != "dlc")
      continue;
    bool computes = op.hasInterface<ScalarExprOpInterface>() || op.hasInterface<IndexedOpInterface>() ||
                    op.hasInterface<ReductionOpInterface>() || op.hasInterface<ContractionOpInterface>() ||
                    op.hasInterface<DecomposableOpInterface>() || op.hasInterface<RoutineOpInterface>();
    if (computes && !tested.contains(op.getStringRef()))
      problems.push_back(("operator '" + op.getStringRef() + "' has no test").str());
    if (needsSmooth.contains(op.getStringRef()) && !smooth.contains(op.getStringRef()))
      problems.push_back(("operator '" + op.getStringRef() + "' has a gradient, but no smooth test checks it").str());
  }
  llvm::sort(problems);
  problems.erase(llvm::unique(problems), problems.end());
  return problems;
}

} // namespace dlc::optest
