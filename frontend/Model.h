// Model files in, model files out: .onnx, .dlm and .mlir to and from modules of the dlc dialect.
#pragma once
#include "frontend/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringRef.h"
#include <array>
#include <map>

namespace dlc {

/// One thing that stands between a model and its import.
struct LoadProblem {
  std::string node, op; // source names; empty where the problem is not a node's
  int64_t opset = 0;    // of the operator's domain; 0 where the file imports none
  std::string reason;
  bool unsupported = false;          // the file may well be right, dlc cannot do it (yet)
  std::string domain;                // "" is ai.onnx
  std::vector<std::string> operands; // "x: 1x3x224x224xf32", "y: unknown"
  std::string advice;                // what to do
};

struct LoadOptions {
  /// `--shape x=1x3x224x224`: by input, or by dimension symbol (one entry: `batch=4`).
  std::map<std::string, std::vector<int64_t>> shapes;
  /// `--shape x:batch=1..64`: sizes that stay open, with the least and the greatest; by symbol ("batch"), or by input
  /// and symbol or number of the dimension ("x:batch", "x:0").
  std::map<std::string, std::array<int64_t, 3>> ranges; // lowest, highest, step
  /// Inputs whose values are fixed at import (axes, sizes, shapes given as inputs). They stay in the signature.
  std::map<std::string, Tensor> values;
  /// Reverse mode over a block (passes/Training.h), for operators that ask for gradients; without it they are refused.
  mlir::LogicalResult (*differentiate)(mlir::Block &, mlir::ArrayRef<mlir::Value> outputs,
                                       mlir::ArrayRef<mlir::Value> outputGradients, mlir::ArrayRef<mlir::Value> wrt,
                                       mlir::SmallVectorImpl<mlir::Value> &gradients) = nullptr;
  /// Constants of floats that nodes of an ONNX file hold are weights, as initializers are, where they are the greater
  /// part: some exporters write no others.
  bool constantsAreWeights = false;
  /// Where given, also filled with what was reported.
  std::vector<LoadProblem> *problems = nullptr;
  /// Where given, the import goes on behind a node that it cannot take wherever the file says what type its results
  /// have, so that all problems are found; gets the names of the nodes that could not be looked at even so.
  std::vector<std::string> *skipped = nullptr;
  /// Where given, gets what is worth knowing and no problem: an opset that is newer than what the importer was made
  /// for.
  std::vector<std::string> *notes = nullptr;
};

/// Reads "x=1x3x224x224" or "batch=4" into options. False with one line in error.
bool parseShapeOption(llvm::StringRef text, LoadOptions &options, std::string &error);

/// Loads a model by its content (.dlm, ONNX) or extension (.mlir). Null after diagnostics, each one line that begins
/// with the file's name; all problems of a model are reported, not the first only.
mlir::OwningOpRef<mlir::ModuleOp> loadModel(mlir::MLIRContext &context, llvm::StringRef path,
                                            const LoadOptions &options = {});

/// Saves by extension: .onnx, .dlm or .mlir (weights in `<stem>.weights.bin` beside it). The file is replaced whole or
/// not at all.
mlir::LogicalResult saveModel(mlir::ModuleOp module, llvm::StringRef path);

/// Writes the ONNX file that the module was read from (`from`) once more, with the module's values of the weights
/// `names`: its nodes, names and open sizes stay. Fails without a word where the file does not hold each of them, as it
/// is in the module: saveModel is then the way.
mlir::LogicalResult saveWithWeights(mlir::ModuleOp module, llvm::StringRef from, llvm::ArrayRef<std::string> names,
                                    llvm::StringRef path);

/// What lies in a weights file that several dumps share: each appends what is not there yet.
struct SharedWeights {
  std::map<std::pair<std::string, uint64_t>, uint64_t> offsets; ///< hash and size -> offset
  uint64_t size = 0;
};

/// The .mlir form with the weights in a file of this name beside it, which is replaced, or with `shared` goes on from
/// dump to dump.
mlir::LogicalResult saveText(mlir::ModuleOp module, llvm::StringRef path, llvm::StringRef weightsFile,
                             SharedWeights *shared = nullptr);

/// An input or an output of the module's @main.
struct Port {
  std::string name;
  DType dtype;
  std::vector<int64_t> shape;            // -1: not known
  bool ranked = true;                    // false: nothing is said of the shape
  std::vector<std::string> symbols = {}; // of an ONNX file: the names of its open dimensions, "" where there is none
};
struct Signature {
  std::vector<Port> inputs, outputs;
};
Signature getSignature(mlir::ModuleOp module);

/// The interface of an ONNX file, read without importing its nodes: -1 for a dimension that the file leaves open.
bool readOnnxSignature(const std::string &path, Signature &signature, std::string &error);

} // namespace dlc
