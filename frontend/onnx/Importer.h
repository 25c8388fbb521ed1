// One import under way: names to values, and what went wrong so far.
#pragma once
#include "frontend/Model.h"
#include "frontend/onnx/NodeBuilder.h"
#include "frontend/onnx/Sizes.h"
#include "llvm/ADT/StringSet.h"

namespace dlc {

/// Imports an upgraded model. Null after diagnostics.
OwningOpRef<ModuleOp> importOnnx(MLIRContext &context, OnnxModel &model, const LoadOptions &options);

/// "f32", "string"; and what to do where it is none of dlc's. Numbers of ONNX's TensorProto.DataType.
std::string typeNamed(int32_t onnxType);
std::string otherTypes(int32_t onnxType);

struct ScanForm;    // frontend/onnx/ControlFlow.h
struct BranchSizes; // frontend/onnx/ControlFlow.h

class Importer {
public:
  Importer(MLIRContext &context, OnnxModel &model, const LoadOptions &options);
  OwningOpRef<ModuleOp> run();

  using ControlFlow = LogicalResult (Importer::*)(NodeBuilder &);
  static ControlFlow controlFlow(StringRef op); // null for other operators
  static bool isSequenceOp(StringRef op);
  static std::vector<std::string> sequenceOps();
  /// Operators whose results are known at import, whatever their operands.
  static constexpr const char *alwaysKnown[] = {"Constant", "Shape", "Size"};

  /// What a name of the ONNX graph stands for: a value, a constant known now, or both.
  struct Entry {
    Value value = {};
    std::optional<Tensor> constant = std::nullopt;
    bool weight = false; // a float initializer: kept apart from what is folded
    bool poison = false; // its node could not be imported
    RankedTensorType type = {};
    std::shared_ptr<std::vector<Entry>> sequence = {}; // the elements, where it stands for a sequence
    bool none = false;                                 // an optional that holds nothing
    bool trained = false; // a node's, with constantsAreWeights: a weight where it is not folded
    bool isTensor() const { return !sequence && !none; }
  };
  struct Trace; // frontend/onnx/ControlFlow.h
  Entry absent; // stands for operands that a node lacks
  Entry *find(StringRef name);
  Entry &define(StringRef name) { return entries[name] = Entry(); }
  /// Reports shapes that no tensor can have; the entry is poison then.
  void define(StringRef name, Value value, const onnx::NodeProto *node = nullptr);
  void define(StringRef name, Tensor constant, bool weight = false);
  /// The entry as a value; constants become dlc.constant or a weight.
  Value materialize(StringRef name, Entry &entry, bool frozen);
  Value constantValue(const Tensor &tensor, StringRef name, bool frozen, bool asWeight);

  /// Imports the nodes of a subgraph into the current block.
  void importNodes(const onnx::GraphProto &graph);
  void importInitializers(const onnx::GraphProto &graph);

  // Problems.cpp. Without advice of its own a problem of a node gets what fits most.
  void problem(const onnx::NodeProto *node, const Twine &reason, bool unsupported, const std::string &advice = "");
  Location locOf(StringRef name) { return NameLoc::get(StringAttr::get(&context, name)); }

  MLIRContext &context;
  OnnxModel &model;
  const LoadOptions &options;
  OpBuilder b;

private:
  // Found.cpp: sizes that a run finds, by the names of their symbols, as scalars of the graph.
  llvm::StringMap<Value> foundSizes;
  /// Whether the type speaks of a size that is found behind `before` in this block.
  bool foundBehind(Operation *before, mlir::Type type);
  /// Symbols whose finders were taken back, as a loop that has been unrolled after all, are declared no more.
  void dropUnfound();
  /// The first such symbol of a size, or "".
  StringRef foundSymbol(AffineExpr size);
  /// The size as a scalar i64 of the graph.
  Value sizeValue(AffineExpr size);
  int depth = 0; // of bodies of loops and conditions
  void importNode(const onnx::NodeProto &node);
  bool onHost(const onnx::NodeProto &node);
  LogicalResult importIf(NodeBuilder &n);
  LogicalResult importLoop(NodeBuilder &n);
  LogicalResult importScan(NodeBuilder &n);
  LogicalResult importSubgraph(const onnx::GraphProto &graph, SmallVectorImpl<Entry> &results);
  void boundCounters(NodeBuilder &n, const onnx::GraphProto &body, int64_t steps,
                     ArrayRef<std::pair<std::string, Entry>> inputs);
  LogicalResult trace(const onnx::GraphProto &graph, ArrayRef<std::pair<std::string, Entry>> inputs, Trace &out);
  Value yielded(Trace &trace, unsigned result);
  // Branches.cpp: results whose sizes differ have the larger one in both branches, and the true one behind them.
  LogicalResult evenOut(NodeBuilder &n, Trace &no, SmallVectorImpl<Value> &yes, SmallVectorImpl<Value> &other,
                        BranchSizes &sizes);
  LogicalResult takeSizes(NodeBuilder &n, const BranchSizes &sizes, SmallVectorImpl<Value> &results);
  LogicalResult either(NodeBuilder &n, llvm::function_ref<LogicalResult()> first,
                       llvm::function_ref<LogicalResult()> second);
  LogicalResult unrollLoop(NodeBuilder &n, const onnx::GraphProto &body, int64_t trips, bool going);
  LogicalResult loopRegion(NodeBuilder &n, const onnx::GraphProto &body);
  LogicalResult unrollScan(NodeBuilder &n, const onnx::GraphProto &body, const ScanForm &form);
  LogicalResult scanRegion(NodeBuilder &n, const onnx::GraphProto &body, const ScanForm &form, ArrayRef<Value> inputs,
                           SmallVectorImpl<Value> &results);
  LogicalResult batchedScan(NodeBuilder &n, const onnx::GraphProto &body, ScanForm form);
  LogicalResult importSequenceOp(NodeBuilder &n);
  LogicalResult splitToSequence(NodeBuilder &n, std::vector<Entry> &parts);
  LogicalResult concatSequence(NodeBuilder &n, std::vector<Entry> &elements);
  LogicalResult mapSequence(NodeBuilder &n, const std::vector<Entry> &first);
  Entry sequenceOf(std::vector<Entry> elements);
  LogicalResult poisonOutputs(const onnx::NodeProto &node);
  // Problems.cpp
  std::string unknownOperator(const onnx::NodeProto &node) const; // what to do about it
  std::string operandText(StringRef name);
  /// The type that the file gives a tensor, where all its sizes are known.
  std::optional<RankedTensorType> declaredType(StringRef name);
  void declare(const onnx::GraphProto &graph);
  void giveUp(const onnx::NodeProto &node); // nothing is known of its results but what the file says
  llvm::StringMap<const onnx::ValueInfoProto *> declared;
  Value stack(NodeBuilder &n, SmallVectorImpl<Entry> &steps, int64_t axis);
  void importInputs(func::FuncOp func);
  std::optional<RankedTensorType> inputType(const onnx::ValueInfoProto &input);
  void setModelAttributes(ModuleOp module);
  std::string symbolName(StringRef name);
  /// The number of an input's open dimension that was given a range; nothing where there is none.
  std::optional<int64_t> openSize(StringRef input, int64_t dim, StringRef param, std::optional<int64_t> fixed = {});
  void checkRanges();
  bool isPossible(ArrayRef<int64_t> shape, mlir::Type element);
  /// A scalar is a constant of some formula; anything else of floats may be trained.
  static bool mayBeTrained(const Tensor &tensor);
  bool weightsInNodes() const;
  friend class NodeBuilder;

  SizeTable openSizes;
  llvm::StringSet<> takenRanges;
  llvm::StringMap<Entry> entries;
  llvm::StringMap<Value> weightValues;
  llvm::StringSet<> symbols;
  std::map<std::string, int64_t> dimensions;
  std::vector<LoadProblem> problems;
  bool constantsAreWeights = false;
  int64_t imported = 0; // nodes, with those of unrolled loops
  ModuleOp module;
  std::string folder;
};

} // namespace dlc
