// The dialect to ONNX: one export under way, and the table from dlc operators to ONNX nodes.
#pragma once
#include "frontend/Pieces.h"
#include "frontend/onnx/Upgrade.h"
#include "ir/Dialect.h"
#include "llvm/ADT/StringSet.h"

namespace dlc {

/// Exports @main of a graph-stage module: names, opset, IR version and interface of the file that it came from (opset
/// 17 where it came from none). The opset is raised where an operator needs it, with a remark. Reports everything that
/// ONNX cannot say, and fails. Weights that do not fit into a protobuf message go to `external`, which the caller
/// writes to `dataPath`: views of the module's weights.
LogicalResult exportOnnx(ModuleOp module, onnx::ModelProto &model, StringRef dataPath, Pieces &external);

class Exporter {
public:
  Exporter(ModuleOp module, onnx::ModelProto &model, StringRef dataPath, Pieces &external)
      : module(module), model(model), dataPath(dataPath), external(external) {}
  LogicalResult run();

  int64_t opset = 17;

  //===--- For rows -----------------------------------------------------------------------------------------------===//
  /// The ONNX name of a value's tensor in its full shape.
  std::string name(Value value);
  /// The same of a weight that no value stands for.
  std::string weight(StringRef name);
  /// As `name`, but a broadcast is left to the numpy rules of the node that reads it.
  std::string loose(Value value, SmallVectorImpl<AffineExpr> &dims);
  /// Names of operands of an elementwise node whose result has the shape of `like`.
  SmallVector<std::string> together(ValueRange operands, Value like);

  /// A node of the operator at hand; `since` raises the opset.
  onnx::NodeProto &node(StringRef op, ArrayRef<std::string> inputs, ArrayRef<std::string> outputs, int64_t since = 1);
  /// The opset from which arithmetic takes the operator's element type: small integers came late.
  static int64_t sinceForType(Operation *op, int64_t since);
  /// A node whose result is intermediate.
  std::string temp(StringRef op, ArrayRef<std::string> inputs, int64_t since = 1, onnx::NodeProto **made = nullptr);
  /// The name that a result of the operator at hand gets.
  std::string define(Value result);
  std::string ints(ArrayRef<int64_t> values);
  std::string scalar(Type element, double value);
  std::string initializer(Tensor tensor);
  /// Axes as an attribute or an input, as the opset has it from `inputSince` on.
  void axes(onnx::NodeProto &node, ArrayRef<int64_t> axes, int64_t inputSince);
  std::string reshape(const std::string &value, ArrayRef<int64_t> shape);
  std::string transpose(const std::string &value, ArrayRef<int64_t> perm);
  LogicalResult fail(const Twine &reason);
  /// An elementwise add of a bias to `contraction`, if that is its only use: the two become one node.
  AddOp biasAdd(Operation *contraction, int64_t channelDim, Value &bias);
  bool done(Operation *op) const { return merged.contains(op); }
  void merge(Operation *op) { merged.insert(op); }

  Operation *op = nullptr; // at hand

private:
  friend struct ExportRow;
  LogicalResult exportFunction(func::FuncOp func);
  LogicalResult exportWeight(WeightOp weight);
  void describe(onnx::ValueInfoProto &info, StringRef name, Type type);
  std::string uniqueValue(StringRef wanted);
  std::string uniqueNode();
  std::string broadcast(BroadcastOp broadcast, bool full, SmallVectorImpl<AffineExpr> &dims);
  /// A tensor of the sizes, those that are open taken from inputs of @main; "" where none has one as a dimension.
  std::string openSizes(RankedTensorType type);
  /// `owner` is given up to `external` where the bytes go there; without one they must stay.
  void store(onnx::TensorProto &proto, StringRef name, Type type, ArrayRef<char> bytes,
             std::vector<char> *owner = nullptr);

  ModuleOp module;
  onnx::ModelProto &model;
  std::string dataPath;
  int64_t wantedOpset = 0, neededOpset = 0;
  llvm::DenseMap<Value, std::string> names;
  llvm::StringMap<std::string> constants; // by content
  llvm::StringSet<> usedValues, usedNodes, exportedWeights;
  llvm::SmallPtrSet<Operation *, 16> merged;
  Pieces &external;
  bool tooLarge = false, failed_ = false;
};

/// One row: a dlc operator, the ONNX operator of the same elementwise meaning, the opset that it needs; or a function.
struct ExportRow {
  const char *op;
  const char *onnx;
  int64_t since;
  LogicalResult (*emit)(Exporter &, Operation *) = nullptr;
  /// Looks at the whole graph before the first node is written: merges operators that this one will stand for.
  void (*prepare)(Exporter &, Operation *) = nullptr;
};
const ExportRow *findExportRow(StringRef op);

} // namespace dlc
