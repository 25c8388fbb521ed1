// A training step on a device, with its states by name, and PyTorch's figures to compare it with.
#pragma once
#include "passes/Training.h"
#include "runtime/dlc.hpp"
#include "llvm/Support/JSON.h"
#include <gtest/gtest.h>
#include <map>

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
  std::string precision = "f32";
  std::vector<std::string> disabled = {}; ///< passes that are left out
  int64_t memoryLimit = 0;
  std::string target = ""; ///< "": the device's own
  bool contract = true;    ///< CUDA: a multiplication and an addition may be rounded once
  int threads = 0;         ///< of the CPU; 0: as many as there are
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
  /// The bytes of all states, by name.
  std::map<std::string, std::string> states();
  /// CUDA C of all kernels.
  const std::string &text() const { return cuda; }

private:
  std::vector<char> bytes;
  std::string cuda;
  std::optional<Executable> executable;
  std::optional<Session> session;
};

/// Runs a step of both on the same batch: loss and states have the same bits.
void expectSameStep(StepProgram &a, StepProgram &b, llvm::function_ref<void(StepProgram &)> feed);

/// A file of `folder`, and a list of numbers in one.
llvm::json::Object readFigures(StringRef name);
std::vector<double> numbers(const llvm::json::Value *value);
template <class T> std::vector<T> as(const std::vector<double> &list) { return {list.begin(), list.end()}; }

/// Each within `relative` of the greatest.
void expectNear(const std::vector<float> &got, const std::vector<double> &expected, double relative,
                const std::string &what);

} // namespace dlc::test
