// What a row of the import table works with: one ONNX node, its operands, and short names for building.
#pragma once
#include "frontend/onnx/HostEval.h"
#include "frontend/onnx/Upgrade.h"
#include "ir/Build.h"
#include "ir/Dialect.h"

namespace dlc {

class Importer;
class NodeBuilder;

/// The shape of a node's operand. A dimension that it does not have is a problem of the node's and reads as 1, so that
/// what a damaged file says of ranks needs no check in front of every row's arithmetic.
class OperandShape : public ArrayRef<int64_t> {
public:
  OperandShape(NodeBuilder &n, int operand, ArrayRef<int64_t> dims) : ArrayRef(dims), n(&n), operand(operand) {}
  int64_t operator[](int64_t d) const { return d >= 0 && d < int64_t(size()) ? data()[d] : missing(d); }
  int64_t front() const { return (*this)[0]; }
  int64_t back() const { return (*this)[int64_t(size()) - 1]; }
  OperandShape drop_front(int64_t count = 1) const { return part(count, int64_t(size()) - count); }
  OperandShape drop_back(int64_t count = 1) const { return part(0, int64_t(size()) - count); }
  OperandShape take_front(int64_t count = 1) const { return part(0, count); }
  OperandShape take_back(int64_t count = 1) const { return part(int64_t(size()) - count, count); }

private:
  int64_t missing(int64_t d) const;
  OperandShape part(int64_t from, int64_t count) const;
  NodeBuilder *n;
  int operand;
};

/// Which dimensions of an operator's operands may be open.
enum class OpenDims { none, leading, any };

class NodeBuilder {
public:
  NodeBuilder(Importer &importer, const onnx::NodeProto &node, OpBuilder &b, Location loc)
      : node(node), b(b), loc(loc), o(b, loc), importer(importer) {}

  const onnx::NodeProto &node;
  OpBuilder &b;
  Location loc;
  Ops o;

  //===--- Operands -----------------------------------------------------------------------------------------------===//
  int inputs() const { return node.input_size(); }
  bool has(int index) const { return index >= 0 && index < node.input_size() && !node.input(index).empty(); }
  StringRef name(int index) const { return index < inputs() ? StringRef(node.input(index)) : StringRef(); }
  RankedTensorType type(int index);
  OperandShape shape(int index); // open sizes as Sizes.h has them
  int64_t rank(int index) { return type(index).getRank(); }
  Type element(int index) { return type(index).getElementType(); }
  bool isFloatOperand(int index) { return isa<FloatType>(element(index)); }
  Value in(int index);               // constants are materialised here
  Value inFrozen(int index);         // a weight that training must not change
  const Tensor *constant(int index); // null where only known at run time
  /// The integers of an operand that must be known at import; reports and fails where they are not.
  LogicalResult ints(int index, StringRef what, std::vector<int64_t> &values);
  LogicalResult number(int index, StringRef what, double &value);

  //===--- Attributes ---------------------------------------------------------------------------------------------===//
  // Integers beyond what any size can be are cut to +-2^48, so that sums of them are exact: "to the end" stays that.
  static int64_t cut(int64_t value) { return std::clamp(value, -(int64_t(1) << 48), int64_t(1) << 48); }
  int64_t i(StringRef name, int64_t otherwise) { return cut(intAttr(node, name, otherwise)); }
  double f(StringRef name, float otherwise) { return floatAttr(node, name, otherwise); }
  std::string s(StringRef name, StringRef otherwise) { return stringAttr(node, name, otherwise); }
  std::vector<int64_t> is(StringRef name) {
    std::vector<int64_t> values = intsAttr(node, name);
    llvm::transform(values, values.begin(), cut);
    return values;
  }
  /// Attribute `axis` made non-negative for a rank; reports where it is out of range.
  LogicalResult axis(int64_t rank, int64_t otherwise, int64_t &axis);
  LogicalResult normalize(int64_t &axis, int64_t rank);

  //===--- Results ------------------------------------------------------------------------------------------------===//
  int outputs() const { return node.output_size(); }
  bool wants(int index) const { return index < node.output_size() && !node.output(index).empty(); }
  LogicalResult set(int index, Value value);
  LogicalResult set(Value value) { return set(0, value); }
  /// Of each value the first `count` (a scalar i64) along dimension 0, a size that the run finds. The values have one
  /// size there now, and `count` is at most that. Fails where there can be none.
  LogicalResult found(Value count, ArrayRef<Value> values, SmallVectorImpl<Value> &results);
  /// `own`: the node holds it, and it is a weight where the options say so.
  LogicalResult setConstant(int index, Tensor tensor, bool own = false);
  LogicalResult alias(int index, int input); // output is the very operand

  /// The node is wrong, or its operands are.
  LogicalResult fail(const Twine &reason);
  /// The node may be right, but dlc cannot say it.
  LogicalResult unsupported(const Twine &reason, const std::string &advice = "");
  /// `what` ("the axes") comes from an operand that must be known at import and is not.
  LogicalResult unsupportedAtRunTime(int index, StringRef what);
  /// Fails where an operand has an open dimension that the row does not know of.
  LogicalResult checkOpen(OpenDims may);

  //===--- Building -----------------------------------------------------------------------------------------------===//
  static ArrayRef<int64_t> shapeOf(Value v);
  static Type elementOf(Value v) { return cast<RankedTensorType>(v.getType()).getElementType(); }
  static int64_t rankOf(Value v) { return cast<RankedTensorType>(v.getType()).getRank(); }
  /// Numpy broadcast to a shape that is known to fit.
  Value to(Value v, ArrayRef<int64_t> shape);
  /// Both operands broadcast to their common shape; reports where there is none.
  LogicalResult together(Value &x, Value &y);
  Value reshape(Value v, ArrayRef<int64_t> shape);
  Value cast(Value v, Type element) { return elementOf(v) == element ? v : o.cast(v, element); }
  Value slice(Value v, int64_t axis, int64_t start, int64_t count, int64_t stride = 1);
  Value transpose(Value v, ArrayRef<int64_t> perm);
  Value concat(ArrayRef<Value> parts, int64_t axis);
  Value keepDims(Value reduced, ArrayRef<int64_t> like, ArrayRef<int64_t> dims); // dims come back as 1
  /// A constant (or a frozen weight where it is larger than 1 KiB).
  Value constantOf(const Tensor &tensor);
  Value constantOf(ArrayRef<double> values, ArrayRef<int64_t> shape, Type element);
  static Tensor tensorOf(ArrayRef<double> values, ArrayRef<int64_t> shape, DType dtype);
  Value constantInts(ArrayRef<int64_t> values);
  Value smaller(Value x, Value y) { return binary<MinOp>(x, y); }
  /// Between two numbers.
  Value clamp(Value x, double low, double high) { return smaller(o.max(x, o.like(x, low)), o.like(x, high)); }
  /// Multiplies, adds... by a scalar.
  Value times(Value v, double factor) { return o.mul(v, o.like(v, factor)); }
  Value plus(Value v, double term) { return o.add(v, o.like(v, term)); }
  template <typename Op> Value unary(Value v) { return Op::create(b, loc, v).getResult(); }
  template <typename Op> Value binary(Value x, Value y) { return Op::create(b, loc, x, y).getResult(); }
  Value compare(ComparePredicate predicate, Value x, Value y) { return o.compare(predicate, x, y); }

  /// Number of this node in the file, those of unrolled steps apart.
  int64_t number() const;
  /// Imports a graph that an attribute holds, with these values for its inputs. Its failures are reported where they
  /// are.
  LogicalResult subgraph(const onnx::GraphProto &graph, ArrayRef<Value> arguments, SmallVectorImpl<Value> &results);
  /// Gradients of tensor `y` at `values` for the first `wanted` of the tensors `names`, which cut the graph that leads
  /// to y; null where nothing flows.
  LogicalResult gradientsOf(StringRef y, ArrayRef<StringRef> names, ArrayRef<Value> values, size_t wanted,
                            SmallVectorImpl<Value> &gradients);

private:
  Importer &importer;
};

/// One row: an ONNX operator (upgraded form), the least number of inputs, and what builds it. A new operator is a row.
/// Operators of other domains are called "domain.Operator". `open`: it hands on dimensions that are open (Sizes.h), and
/// does no arithmetic on them but by what Sizes.h has.
struct ImportRow {
  const char *op;
  int inputs;
  LogicalResult (*build)(NodeBuilder &);
  OpenDims open = OpenDims::none;
};
/// The families; each file of onnx/ops/ has one.
ArrayRef<ImportRow> elementwiseRows();
ArrayRef<ImportRow> movementRows();
ArrayRef<ImportRow> reductionRows();
ArrayRef<ImportRow> contractionRows();
ArrayRef<ImportRow> normalizationRows();
ArrayRef<ImportRow> quantizationRows();
ArrayRef<ImportRow> recurrentRows();
ArrayRef<ImportRow> samplingRows();
ArrayRef<ImportRow> signalRows();
ArrayRef<ImportRow> scatterRowsTable();
ArrayRef<ImportRow> selectionRows();
ArrayRef<ImportRow> attentionRows();
ArrayRef<ImportRow> geometryRows();
ArrayRef<ImportRow> linearAttentionRows();
ArrayRef<ImportRow> microsoftAttentionRows();
ArrayRef<ImportRow> microsoftQuantizedRows();
ArrayRef<ImportRow> microsoftRows();
ArrayRef<ImportRow> randomRows();
ArrayRef<ImportRow> trainingRows();
/// All of them.
std::vector<const ImportRow *> importRows();
/// Null where there is no such row; `domain` is empty for ONNX's own.
const ImportRow *findImportRow(StringRef domain, StringRef op);

/// Conv and Gemm of a node's operands with their biases (ops/Contraction.cpp).
LogicalResult convolution(NodeBuilder &n, Value &result);
LogicalResult generalProduct(NodeBuilder &n, Value &result);
/// Numpy's matmul of two values (ops/Contraction.cpp); reports operands that do not multiply.
LogicalResult matrixProduct(NodeBuilder &n, Value a, Value b, Value &result);

} // namespace dlc
