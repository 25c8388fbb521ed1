// One folder of ONNX's test layout: model.onnx and perhaps test_data_set_*/{input,output}_*.pb.
#pragma once
#include "tools/dlc/Runner.h"
#include <string>
#include <vector>

namespace dlc::conformance {

struct CaseOptions {
  cli::DeviceOptions device;
  bool bindShapeInputs = true; ///< as `dlc run` does: what gives axes, sizes and shapes is known at compile time
};

struct CaseResult {
  std::string name;
  std::string
      status; ///< passed, random (passed by its distribution), failed, unsupported, no-reference, crashed, timeout
  std::string reason;
  int64_t kernels = 0;                  ///< kernels and library calls of the program
  std::vector<std::string> boundValues; ///< inputs whose values were bound at compile time
  std::vector<std::string> operators;   ///< of the file, "Conv" or "domain.Name", each once, sorted
  double seconds = 0;
  uint64_t compilations = 0;
};

/// Folders below `root` (and root itself) that hold a model.onnx, sorted by name. Throws data::Error.
std::vector<std::string> findCases(const std::string &root);
/// Operators of a model file; empty where it cannot be read.
std::vector<std::string> operatorsOf(const std::string &modelPath);
/// Compiles from the model and the shapes of the inputs, then reads values, runs and compares. Never throws for what is
/// wrong with the case; status is never crashed or timeout.
CaseResult runCase(const std::string &folder, const CaseOptions &);

} // namespace dlc::conformance
