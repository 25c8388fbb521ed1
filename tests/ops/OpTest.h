// Operator tests: functions of constants, operators and dlc.check_close, run on a device.
#pragma once
#include "ir/Dialect.h"
#include "passes/Pipeline.h"
#include "runtime/dlc.hpp"
#include <memory>

namespace dlc::optest {

/// A dense tensor on the host: row-major bytes, a byte for a bool.
struct Tensor {
  RankedTensorType type;
  std::vector<char> bytes;
};
Tensor tensorOf(DenseElementsAttr value);
/// Elements as doubles (for floats and for messages).
std::vector<double> toDoubles(const Tensor &tensor);
/// Rounds to the element type; floats only.
Tensor fromDoubles(ArrayRef<double> values, RankedTensorType type);

std::string number(double value);

struct Expectation {
  Tensor value;
  double rtol, atol;
};

/// A test function as a model: constants have become inputs, checked values outputs.
struct OpTest {
  std::string file, name;
  bool smooth = false;
  OwningOpRef<ModuleOp> module; ///< its function is @main
  std::vector<Tensor> inputs;
  std::vector<Expectation> expected;

  func::FuncOp function() { return module->lookupSymbol<func::FuncOp>("main"); }
};

/// All test functions of a file; diagnostics and false if it does not parse or a function checks nothing.
bool readTests(StringRef path, MLIRContext &context, std::vector<OpTest> &tests);
/// The same function in f64, whatever floats it has.
OwningOpRef<ModuleOp> widened(OpTest &test);

/// "" or what is wrong: "result 0: 2 of 5 differ, worst at 3: got 0.5, expected 0.25".
std::string compare(const Tensor &got, const Expectation &expected, unsigned index);

/// If set, programs print their module after this stage.
extern std::optional<Stage> dumpStage;
/// Programs are compiled and not loaded: for devices that are not here.
extern bool compileOnly;
/// What to compile for, as `dlc compile --target` takes it; "" is what the device asks for.
extern std::string compileTarget;

/// A compiled module, ready to run any number of times.
class Program {
public:
  /// Null, and `error` filled, if compilation, loading or making the session failed. `device`: "cpu", "cuda", ...
  static std::unique_ptr<Program> make(ModuleOp module, StringRef device, std::string &error);
  /// Outputs, or an error.
  std::string run(ArrayRef<Tensor> inputs, std::vector<Tensor> &outputs);
  size_t stepCount() const { return session->stepCount(); }

private:
  std::vector<char> bytes;
  std::vector<RankedTensorType> outputTypes;
  std::optional<Executable> executable;
  std::optional<Session> session;
};

/// Operators that compute and have no test; those on floats that have neither a gradient, a decomposition nor a reason
/// for having none; those with a gradient that no smooth test checks. One line each.
std::vector<std::string> missingTests(MutableArrayRef<OpTest> tests, MLIRContext &context);

/// Runs a test, or checks its gradient: "" or what is wrong.
std::string runTest(OpTest &test, StringRef device);
std::string checkGradient(OpTest &test, StringRef device);

} // namespace dlc::optest
