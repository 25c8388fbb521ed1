// What the verbs need of the compiler, in plain C++: MLIR stays behind it. Nothing here throws or prints.
// The compiler is a library of its own, opened when the first of these functions needs it (CompilerLibrary.cpp): LLVM
// takes 25 ms to load, and most verbs run what is compiled already.
#pragma once
#include "codegen/Executable.h"
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dlc::driver {

/// One thing that stands in the way of a model.
struct Finding {
  std::string node, op;              ///< the source's names: "conv1", "Conv"; "" where it is not a node's
  std::string domain;                ///< of the operator; "" is ai.onnx
  int64_t opset = 0;                 ///< of the domain
  std::vector<std::string> operands; ///< "x: 1x3x224x224xf32"
  std::string reason;                ///< what was found and what is expected
  std::string advice;                ///< what to do
  bool unsupported = false;          ///< the model may well be right; else it is wrong
};

/// How a piece of work ended. message: one line, or one line a diagnostic; "" when it went well.
struct Status {
  enum Kind { Ok, BadInput, Unsupported, Internal } kind = Ok;
  std::string message;
  std::vector<Finding> findings = {}; ///< all of them, where an import or a device's code generation has some
  bool ok() const { return kind == Ok; }
};

/// A dimension: its size, or -1 and the expression that stands for it ("batch", "2*seq+1", "?").
struct Dim {
  int64_t size = -1;
  std::string expression;
};
struct Port {
  std::string name;
  exe::DType dtype = exe::DType::F32;
  std::vector<Dim> dims;
  bool read = true;   ///< of an input: false where nothing uses its values
  bool ranked = true; ///< false: nothing is known of the shape
};
/// "x: batch x 784 x f32"
inline std::string describe(const Port &port) {
  std::string text = port.name + ": ";
  for (const Dim &d : port.dims)
    text += (d.size >= 0 ? std::to_string(d.size) : d.expression) + " x ";
  return text + (port.ranked ? "" : "a shape that the file does not say, of ") +
         (port.dtype == exe::DType::None ? "a type that dlc does not have" : std::string(exe::name(port.dtype)));
}

/// One weight. data is null where a rule makes its values; it lives as long as the model.
struct Parameter {
  std::string name;
  exe::DType dtype = exe::DType::F32;
  std::vector<int64_t> shape;
  bool frozen = false;
  const char *data = nullptr;
};

/// An input bound to a value at compile time. It stays in the signature.
struct BoundValue {
  std::string input;
  exe::DType dtype = exe::DType::I64;
  std::vector<int64_t> shape;
  std::string bytes;
};

/// Sizes that stay open in the program: "batch", "x:batch" or "x:0" to the least and the greatest.
using Ranges = std::map<std::string, std::array<int64_t, 3>>; ///< lowest, highest, step

struct LoadOptions {
  /// Shapes of inputs that the importer should know ("x" -> 64x784); the rest as the file says.
  std::map<std::string, std::vector<int64_t>> shapes = {};
  std::vector<BoundValue> values = {};
  Ranges ranges = {};
  /// Asked for the values of inputs that give axes, sizes, shapes and counts, where the model cannot be imported
  /// without them; what it has none of stays unknown. Model::bound() says which were taken.
  std::function<std::optional<BoundValue>(const std::string &input, size_t position)> offer = {};
  bool training = false; ///< constants of floats that nodes hold are weights, too
  bool later = false;    ///< an ONNX file is imported by bindShapes, whatever it leaves open
  /// Where given, an import goes on behind what it cannot take and finds all that stands in the way; gets the names of
  /// nodes that could not be looked at.
  std::vector<std::string> *skipped = nullptr;
  std::vector<std::string> *notes = nullptr; ///< where given, gets what is worth knowing and no problem
};

/// Training, as a step is built from a forward model.
struct Training {
  std::string loss = "softmax-cross-entropy";
  std::string lossOutput; ///< that the loss looks at; "": the only one
  std::string optimizer = "sgd,lr=0.01,momentum=0.9";
  std::string schedule = "constant";  ///< of the learning rate
  double clipNorm = 0, clipValue = 0; ///< of gradients; 0: as they are
  double average = 0;                 ///< decay of the weights' moving average, states `<weight>.average`; 0: none
  int64_t accumulate = 1;             ///< batches in a step, one after the other; shapes are those of one
  std::string precision = "f32";      ///< of contractions: f32, tf32 (CUDA), bf16, f16 (with a scaled loss)
  bool checkNonfinite = false;        ///< adds the states train.nonfinite.*; names come back in CompileReport::watched
  bool watch = false;                 ///< adds the states train.lr and train.grad_norm
  bool evaluate = false;              ///< no step: the loss, and the model's outputs behind it
  std::vector<std::string> stopGradients;   ///< globs of nodes, through which no gradient goes back
  std::vector<std::string> freeze, noDecay; ///< globs of weights: not trained, without weight_decay
};

/// Says what is wrong with names of targets before anything is loaded.
Status checkTargets(const std::vector<std::string> &targets);

struct CompileOptions {
  /// "cpu", "cuda", "sm_80", ... (tools/compile/Targets.h); empty: what a dump was made for, "cpu" for a model.
  std::vector<std::string> targets;
  std::string dumpStages;  ///< folder for the IR after each stage; "" none
  std::string dumpKernels; ///< folder for .cu, .ptx and .cubin; "" none
  /// Kernels by hand to take instead: "NAME=FILE.cu", or such a folder, edited.
  std::vector<std::string> overrideKernels;
  bool dumpChanged = false;          ///< IR after each pass that changed it, to standard output
  std::vector<std::string> disabled; ///< passes to leave out
  bool timings = false;              ///< fills CompileReport::passes and parts
  /// Weights become state, so that sessions can share them by name with a training step.
  bool weightsAsState = false;
  uint64_t seed = 0; ///< of the rules that make weights
  bool tf32 = false; ///< products of f32 may use the tensor cores
  /// Bytes that a run may take, arena, weights, states, inputs and outputs together; 0: any number. Of a training step,
  /// activations are computed again where that makes it fit.
  int64_t memoryLimit = 0;
};

struct CompileReport {
  std::vector<std::string> remarks;                   ///< "fuse: conv1: ... because ..."
  std::vector<std::pair<std::string, double>> passes; ///< name, seconds
  /// What comes behind the passes: "LLVM IR", "LLVM", "lld", "NVRTC" (these side by side on threads), "writing".
  std::vector<std::pair<std::string, double>> parts;
  std::vector<std::string> watched; ///< what train.nonfinite.node counts: inputs, states, source names of operators
  double seconds = 0;
  uint64_t bytes = 0;    ///< of the .dlx
  uint64_t variants = 0; ///< for which code was generated
  /// Bytes that a run of the largest variant takes, at the largest sizes.
  struct Memory {
    uint64_t arena = 0, states = 0, weights = 0, ports = 0; ///< weights: not trained; ports: inputs and outputs
    uint64_t total() const { return arena + states + weights + ports; }
  } memory = {};
};

/// A part of a model whose gradient can be checked: a program in f64 of what it reads and a cotangent for each float
/// result, which gives the results and the gradients of what it reads of floats.
struct GradientPiece {
  std::string node, operators; ///< "conv1"; "conv, add"
  std::string skipped;         ///< why it cannot be checked; its program gives results alone then
  bool chosen = false;         ///< its gradient is not its derivative on purpose
  std::vector<char> program;   ///< empty where that of piece number `same` serves
  size_t same = 0;
  std::vector<unsigned> reads, gives; ///< values' numbers: the model's inputs, GradientParts::weights, results
  std::vector<unsigned> floats;       ///< which of `reads`, counted among those, are floats
  std::vector<bool> floatResults;
};
struct GradientParts {
  struct Weight {
    std::string name;
    exe::DType dtype;
    std::vector<int64_t> shape;
    std::vector<char> bytes;
  };
  std::vector<Weight> weights;
  GradientPiece whole; ///< gives nothing; without a program where it is skipped
  std::vector<GradientPiece> nodes;
};

/// A model in memory: forward graph and weights. Use by one thread at a time; several models side by side are fine.
class Model {
public:
  /// Reads .onnx, .dlm, or .mlir, told apart by content; "-" is standard input. Null where `status` says why not.
  static std::unique_ptr<Model> load(const std::string &path, const LoadOptions &, Status &status);
  virtual ~Model();

  virtual std::string name() const;
  virtual std::vector<Port> inputs() const;
  virtual std::vector<Port> outputs() const;
  virtual std::vector<Parameter> parameters() const;
  /// Operators of the graph by name ("dlc.conv") with their count; views, weights and constants left out.
  virtual std::map<std::string, int64_t> operators() const;

  /// An ONNX file with open dimensions is imported by bindShapes; until then only inputs() says anything.
  virtual bool needsShapes() const;
  /// Fixes the shapes of inputs and, through them, symbols: {"x", {64, 784}}.
  /// Symbols with a range stay symbols.
  virtual Status bindShapes(const std::map<std::string, std::vector<int64_t>> &, const Ranges &ranges = {});
  /// Inputs whose values were bound because the import needed them.
  virtual std::vector<std::string> bound() const;
  /// Whether code can be generated for a target ("cpu", "cuda"): everything but LLVM's and NVRTC's part is done.
  virtual Status check(const std::string &target) const;
  /// Replaces values of weights; bytes are copied.
  virtual Status setParameters(const std::map<std::string, std::string> &bytes);

  /// .onnx, .dlm, .mlir by the ending; `format` ("onnx", ...) decides where the path is "-". Atomic.
  virtual Status save(const std::string &path, const std::string &format = "") const;

  /// The forward program. All shapes must be known. `bytes` is a .dlx.
  virtual Status compile(const CompileOptions &, std::vector<char> &bytes, CompileReport *report = nullptr) const;
  /// Writes the IR after a stage ("graph", "fuse", ...; stages() lists them) for the first target; "-" is standard
  /// output. `step` (may be null): of the training step, which is made after the stage import.
  virtual Status lower(const std::string &stage, const Training *step, const CompileOptions &,
                       const std::string &path) const;
  /// One training step: inputs are the model's and "labels", output is "loss", parameters and optimizer are state, and
  /// so is "loss.sum", to which each step adds its loss.
  virtual Status compileStep(const Training &, const CompileOptions &, std::vector<char> &bytes,
                             CompileReport *report = nullptr) const;
  /// Either of them straight into a file, which is replaced whole or not at all: no copy of the weights is made.
  virtual Status compileFile(const std::string &path, const Training *step, const CompileOptions &,
                             CompileReport *report = nullptr) const;

  /// Takes the model apart to check its gradients; weights made by rules begin as `seed` says. All shapes must be
  /// known.
  virtual Status takeApart(uint64_t seed, GradientParts &parts,
                           const std::function<void(size_t done, size_t all)> &progress = {}) const;

  struct Impl; ///< MLIR's side: DriverImpl.h
  static std::unique_ptr<Model> open(const std::string &path, const LoadOptions &, Status &status); ///< its load()

private:
  explicit Model(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl;
};

/// Names for --to, in order.
const std::vector<std::string> &stages();
/// Operators of ONNX that can be imported, with how ("kernel", "at import", ...): frontend/Operators.h. Empty where
/// there is no compiler.
std::vector<std::pair<std::string, std::string>> importedOperators();
/// Loads what every model needs, once, without starting threads: worker processes are forked after it.
void warmUp();

} // namespace dlc::driver
