// A training step on a device, with its states by name, and PyTorch's figures to compare it with.
#pragma once
#include "passes/Training.h"
#include "runtime/dlc.hpp"
#include "llvm/Support/JSON.h"
#include <gtest/gtest.h>

namespace dlc::test {

/// "cpu", "sim", ...: from --device.
inline std::string device = "cpu";
/// Of the figures, from the command line.
inline std::string folder;

struct StepOptions {
  LossOptions loss;
  OptimizerOptions optimizer;
  bool scaled = false; ///< the loss, as for f16
  int64_t batch = 0;   ///< size of the symbol "batch", where the model has one
  int64_t parts = 1;   ///< that the batch is cut into
};

class StepProgram {
public:
  /// `text`: a model. What goes wrong is reported as the test's failure.
  StepProgram(const std::string &text, const StepOptions &options);
  bool ok() const { return session.has_value(); }
  std::vector<float> read(const std::string &name, size_t count);
  void write(const std::string &name, const std::vector<double> &values);
  template <class T> void set(size_t input, const std::vector<T> &values);
  /// Runs a step; its loss comes back.
  float step();

private:
  std::vector<char> bytes;
  std::optional<Executable> executable;
  std::optional<Session> session;
};

/// A file of `folder`, and a list of numbers in one.
llvm::json::Object readFigures(StringRef name);
std::vector<double> numbers(const llvm::json::Value *value);
template <class T> std::vector<T> as(const std::vector<double> &list) { return {list.begin(), list.end()}; }

/// Each within `relative` of the greatest.
void expectNear(const std::vector<float> &got, const std::vector<double> &expected, double relative,
                const std::string &what);

} // namespace dlc::test
