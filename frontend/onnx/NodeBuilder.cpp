#include "frontend/onnx/NodeBuilder.h"
#include "frontend/Types.h"
#include "frontend/onnx/Importer.h"
#include "frontend/onnx/Sizes.h"
#include "ir/Dims.h"

namespace dlc {

//===--- Operands -----------------------------------------------------------------------------------------------===//

// An operand that the node does not have is a problem; what stands for it has a type that every index of a dimension
// fits, and no value is known of it.
static Importer::Entry &entryOf(NodeBuilder &n, Importer &importer, int index) {
  Importer::Entry *found = n.has(index) ? importer.find(n.node.input(index)) : nullptr;
  if (found)
    return *found;
  (void)n.fail("input " + Twine(index) + " is missing");
  importer.absent.type = RankedTensorType::get(SmallVector<int64_t>(16, 0), n.b.getF32Type());
  importer.absent.value = ConstantOp::create(n.b, n.loc, importer.absent.type,
                                             DenseElementsAttr::get(importer.absent.type, ArrayRef<float>()))
                              .getResult();
  return importer.absent;
}
OperandShape NodeBuilder::shape(int index) { return {*this, index, shapeNumbers(type(index))}; }
ArrayRef<int64_t> NodeBuilder::shapeOf(Value v) { return shapeNumbers(cast<RankedTensorType>(v.getType())); }
RankedTensorType NodeBuilder::type(int index) { return entryOf(*this, importer, index).type; }
int64_t OperandShape::missing(int64_t d) const {
  (void)n->fail("'" + n->name(operand) + "' has rank " + Twine(size()) + ", and the operator looks at dimension " +
                Twine(d));
  return 1;
}
OperandShape OperandShape::part(int64_t from, int64_t count) const {
  if (from >= 0 && count >= 0 && from + count <= int64_t(size()))
    return {*n, operand, slice(size_t(from), size_t(count))};
  (void)missing(from + count > int64_t(size()) ? from + count - 1 : std::min(from, count));
  return {*n, operand, {}};
}
Value NodeBuilder::in(int index) {
  return importer.materialize(name(index), entryOf(*this, importer, index), /*frozen=*/false);
}
Value NodeBuilder::inFrozen(int index) {
  return importer.materialize(name(index), entryOf(*this, importer, index), /*frozen=*/true);
}
const Tensor *NodeBuilder::constant(int index) {
  Importer::Entry &entry = entryOf(*this, importer, index);
  return entry.constant ? &*entry.constant : nullptr;
}

LogicalResult NodeBuilder::unsupportedAtRunTime(int index, StringRef what) {
  // An input of the model can be replaced by an initializer; what nodes compute cannot.
  Value known = entryOf(*this, importer, index).value;
  bool input = !known || !known.getDefiningOp();
  std::string bound = (name(index) + "=" + describe(type(index)) + "=VALUE").str();
  return unsupported(
      what + " must be known at import, but '" + name(index) + "' is known at run time only" +
          (input ? "; make it an initializer, or say what it is with --bind " + name(index) + "=VALUE" : ""),
      input ? "say its value, --bind " + bound + " (dlc run binds the one that it is given by itself)" : "");
}

LogicalResult NodeBuilder::ints(int index, StringRef what, std::vector<int64_t> &values) {
  const Tensor *tensor = constant(index);
  if (!tensor)
    return unsupportedAtRunTime(index, what);
  values.resize(tensor->elements());
  bool open = hasOpen(*tensor);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = open ? numberAt(*tensor, int64_t(i)) : cut(tensor->i64At(int64_t(i)));
  return success();
}
LogicalResult NodeBuilder::number(int index, StringRef what, double &value) {
  const Tensor *tensor = constant(index);
  if (!tensor)
    return unsupportedAtRunTime(index, what);
  if (tensor->elements() != 1)
    return fail(what + " should be one number, but '" + name(index) + "' is " + tensor->typeName());
  if (hasOpen(*tensor))
    return unsupported(what + " depends on an open size");
  value = tensor->f64At(0);
  return success();
}

LogicalResult NodeBuilder::normalize(int64_t &axis, int64_t rank) {
  int64_t given = axis;
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis >= rank)
    return fail("axis " + Twine(given) + ", but the operand has rank " + Twine(rank));
  return success();
}
LogicalResult NodeBuilder::axis(int64_t rank, int64_t otherwise, int64_t &axis) {
  axis = i("axis", otherwise);
  return normalize(axis, rank);
}

//===--- Results ------------------------------------------------------------------------------------------------===//

LogicalResult NodeBuilder::set(int index, Value value) {
  if (wants(index))
    importer.define(node.output(index), value, &node);
  return success();
}
LogicalResult NodeBuilder::setConstant(int index, Tensor tensor, bool own) {
  if (!wants(index))
    return success();
  bool trained = own && importer.constantsAreWeights && Importer::mayBeTrained(tensor);
  importer.define(node.output(index), std::move(tensor));
  importer.find(node.output(index))->trained = trained;
  return success();
}
LogicalResult NodeBuilder::alias(int index, int input) {
  if (wants(index)) {
    Importer::Entry entry = entryOf(*this, importer, input);
    importer.define(node.output(index)) = entry;
  }
  return success();
}
LogicalResult NodeBuilder::fail(const Twine &reason) {
  importer.problem(&node, reason, /*unsupported=*/false);
  return failure();
}
LogicalResult NodeBuilder::unsupported(const Twine &reason, const std::string &advice) {
  importer.problem(&node, reason, /*unsupported=*/true, advice);
  return failure();
}

//===--- Building -----------------------------------------------------------------------------------------------===//

Value NodeBuilder::to(Value v, ArrayRef<int64_t> shape) {
  if (shapeOf(v) == shape)
    return v;
  SmallVector<int64_t> dims;
  for (int64_t d = int64_t(shape.size()) - rankOf(v); d < int64_t(shape.size()); ++d)
    dims.push_back(d);
  return o.broadcast(v, dims, tensorType(shape, elementOf(v)));
}

LogicalResult NodeBuilder::together(Value &x, Value &y) {
  if (elementOf(x) != elementOf(y))
    return fail("operands " + describe(x.getType()) + " and " + describe(y.getType()) + " differ in element type");
  auto shape = broadcastShapes(shapeOf(x).vec(), shapeOf(y).vec());
  if (!shape)
    return fail("operands " + describe(x.getType()) + " and " + describe(y.getType()) + " do not broadcast together");
  x = to(x, *shape);
  y = to(y, *shape);
  return success();
}

Value NodeBuilder::reshape(Value v, ArrayRef<int64_t> shape) {
  return shapeOf(v) == shape ? v : o.reshape(v, tensorType(shape, elementOf(v)));
}

Value NodeBuilder::slice(Value v, int64_t axis, int64_t start, int64_t count, int64_t stride) {
  SmallVector<int64_t> starts(rankOf(v), 0), strides(rankOf(v), 1), shape(shapeOf(v));
  if (start == 0 && stride == 1 && count == shape[axis])
    return v;
  if (isOpen(start)) {
    // Where it begins is known at run time only: its elements are picked.
    auto type = tensorType({count}, b.getI64Type());
    Value first = SizesOp::create(b, loc, RankedTensorType::get({}, b.getI64Type()),
                                  DimsAttr::get(b.getContext(), {SizeTable::current()->size(start)}));
    Value at = o.iota(0, type);
    if (stride != 1)
      at = times(at, double(stride));
    return GatherOp::create(b, loc, v, o.add(at, o.broadcast(first, {}, type)), axis).getResult();
  }
  starts[axis] = count ? start : 0;
  strides[axis] = stride;
  shape[axis] = count;
  return SliceOp::create(b, loc, tensorType(shape, elementOf(v)), v, starts, strides);
}

Value NodeBuilder::transpose(Value v, ArrayRef<int64_t> perm) {
  for (auto [i, p] : llvm::enumerate(perm))
    if (int64_t(i) != p)
      return o.transpose(v, perm);
  return v;
}

Value NodeBuilder::concat(ArrayRef<Value> parts, int64_t axis) {
  return parts.size() == 1 ? parts[0] : ConcatOp::create(b, loc, parts, axis).getResult();
}

Value NodeBuilder::keepDims(Value reduced, ArrayRef<int64_t> like, ArrayRef<int64_t> dims) {
  SmallVector<int64_t> shape(like);
  for (int64_t d : dims)
    shape[d] = 1;
  return reshape(reduced, shape);
}

Value NodeBuilder::constantOf(const Tensor &tensor) {
  OpBuilder::InsertionGuard guard(b);
  return importer.constantValue(tensor, node.name(), /*frozen=*/true, /*asWeight=*/false);
}
Tensor NodeBuilder::tensorOf(ArrayRef<double> values, ArrayRef<int64_t> shape, DType dtype) {
  Tensor tensor = Tensor::filled(dtype, shape.vec(), 0);
  std::string bytes(tensor.size, '\0');
  for (auto [i, value] : llvm::enumerate(values))
    storeElement(tensor.dtype, bytes.data(), int64_t(i), value);
  return Tensor::fromBytes(tensor.dtype, shape.vec(), std::move(bytes));
}
Value NodeBuilder::constantOf(ArrayRef<double> values, ArrayRef<int64_t> shape, mlir::Type element) {
  return constantOf(tensorOf(values, shape, dtypeOf(element)));
}
Value NodeBuilder::constantInts(ArrayRef<int64_t> values) { return constantOf(Tensor::fromI64(values.vec())); }

} // namespace dlc
