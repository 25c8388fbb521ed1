#include "frontend/Types.h"
#include "frontend/onnx/Exporter.h"
#include "ir/Control.h"
#include "ir/Dims.h"
#include "ir/Initialize.h"
#include "ir/Names.h"
#include "llvm/Support/Path.h"

namespace dlc {

//===--- Names --------------------------------------------------------------------------------------------------===//

std::string Exporter::uniqueValue(StringRef wanted) {
  std::string unique = wanted.str();
  for (int n = 0; !usedValues.insert(unique).second; ++n)
    unique = (wanted + "_" + Twine(n)).str();
  return unique;
}

std::string Exporter::uniqueNode() {
  std::string base = nodeName(op).str(), unique = base;
  for (int n = 1; !usedNodes.insert(unique).second; ++n)
    unique = base + "_" + std::to_string(n);
  return unique;
}

std::string Exporter::define(Value result) {
  std::string &name = names[result];
  if (name.empty())
    name = uniqueValue(nodeName(op).str() + "_out");
  return name;
}

std::string Exporter::weight(StringRef name) {
  auto symbol = module.lookupSymbol<WeightOp>(name);
  if (exportedWeights.insert(name).second && symbol && failed(exportWeight(symbol)))
    failed_ = true;
  return name.str();
}

std::string Exporter::name(Value value) {
  auto known = names.find(value);
  if (known != names.end())
    return known->second;
  Operation *maker = value.getDefiningOp();
  Operation *outer = std::exchange(op, maker);
  std::string made;
  if (auto weight = dyn_cast_or_null<GetWeightOp>(maker)) {
    made = this->weight(weight.getWeight());
  } else if (auto constant = dyn_cast_or_null<ConstantOp>(maker)) {
    auto dense = cast<DenseElementsAttr>(constant.getValue());
    if (dense.isSplat() && dense.getNumElements() > 256 && opset >= 9) {
      onnx::NodeProto *filled;
      made = temp("ConstantOfShape", {ints(dense.getType().getShape())}, 9, &filled);
      auto &attr = *filled->add_attribute();
      attr.set_name("value");
      attr.set_type(onnx::AttributeProto::TENSOR);
      tensorToProto(tensorOf(dense.reshape(RankedTensorType::get({1}, dense.getElementType()))), *attr.mutable_t());
    } else {
      made = initializer(tensorOf(dense));
    }
  } else if (auto spread = dyn_cast_or_null<BroadcastOp>(maker)) {
    SmallVector<AffineExpr> dims;
    made = broadcast(spread, /*full=*/true, dims);
  } else {
    (void)fail("a value that no node makes");
  }
  op = outer;
  return names[value] = made;
}

// x with dimensions of 1 such that numpy's rules align it; where `full`, also expanded.
std::string Exporter::broadcast(BroadcastOp spread, bool full, SmallVectorImpl<AffineExpr> &dims) {
  Value x = spread.getX();
  auto from = cast<RankedTensorType>(x.getType()), to = cast<RankedTensorType>(spread.getType());
  auto fromDims = getDims(from);
  SmallVector<int64_t> aligned(to.getRank(), 1);
  dims.assign(to.getRank(), getAffineConstantExpr(1, to.getContext()));
  for (auto [i, d] : llvm::enumerate(spread.getDims())) {
    aligned[d] = from.getDimSize(i);
    dims[d] = fromDims[i];
  }
  size_t lead = 0;
  while (int64_t(aligned.size() - lead) > from.getRank() && aligned[lead] == 1)
    ++lead;
  SmallVector<int64_t> shape(ArrayRef<int64_t>(aligned).drop_front(lead));
  std::string value = name(x);
  if (from.getShape() != ArrayRef<int64_t>(shape)) {
    if (llvm::count_if(shape, ShapedType::isDynamic) > 1)
      (void)fail("a broadcast with several open dimensions");
    value = reshape(value, shape);
  }
  if (!full)
    return value;
  std::string sizes = to.hasStaticShape() ? ints(to.getShape()) : openSizes(to);
  if (sizes.empty()) {
    (void)fail("a broadcast to " + dlc::describe(to) + " that no elementwise node takes over; bind its symbols first");
    return value;
  }
  return temp("Expand", {value, sizes}, 8);
}

std::string Exporter::openSizes(RankedTensorType type) {
  auto func = module.lookupSymbol<func::FuncOp>("main");
  SmallVector<std::string> parts;
  for (AffineExpr wanted : getDims(type)) {
    if (auto constant = dyn_cast<AffineConstantExpr>(wanted)) {
      parts.push_back(ints({constant.getValue()}));
      continue;
    }
    std::string part;
    for (BlockArgument argument : func.getArguments()) {
      auto dims = getDims(argument.getType());
      const auto *at = llvm::find(dims, wanted);
      if (at == dims.end())
        continue;
      part = temp("Gather", {temp("Shape", {name(argument)}), ints({at - dims.begin()})});
      break;
    }
    if (part.empty())
      return {};
    parts.push_back(part);
  }
  if (parts.size() == 1)
    return parts[0];
  onnx::NodeProto *made;
  std::string sizes = temp("Concat", parts, 4, &made);
  setAttr(*made, "axis", int64_t(0));
  return sizes;
}

std::string Exporter::loose(Value value, SmallVectorImpl<AffineExpr> &dims) {
  auto spread = value.getDefiningOp<BroadcastOp>();
  if (!spread || names.count(value)) {
    auto own = getDims(value.getType());
    dims.assign(own.begin(), own.end());
    return name(value);
  }
  Operation *outer = std::exchange(op, spread.getOperation());
  std::string made = broadcast(spread, /*full=*/false, dims);
  op = outer;
  return made;
}

SmallVector<std::string> Exporter::together(ValueRange operands, Value like) {
  SmallVector<std::string> inputs;
  auto wanted = getDims(like.getType());
  // Some operand must bring each dimension in full.
  SmallVector<bool> reached(wanted.size(), false);
  SmallVector<SmallVector<AffineExpr>> all;
  for (Value operand : operands) {
    inputs.push_back(loose(operand, all.emplace_back()));
    for (size_t d = 0; d < wanted.size(); ++d)
      reached[d] = reached[d] || all.back()[d] == wanted[d];
    if (ArrayRef(all.back()) != ArrayRef(wanted))
      neededOpset = std::max<int64_t>(neededOpset, 7); // numpy's broadcasts
  }
  if (!llvm::all_of(reached, [](bool r) { return r; }))
    inputs[0] = name(operands[0]);
  return inputs;
}

//===--- Nodes --------------------------------------------------------------------------------------------------===//

onnx::NodeProto &Exporter::node(StringRef type, ArrayRef<std::string> inputs, ArrayRef<std::string> outputs,
                                int64_t since) {
  neededOpset = std::max(neededOpset, since);
  auto &node = *model.mutable_graph()->add_node();
  node.set_name(uniqueNode());
  node.set_op_type(type.str());
  for (const std::string &input : inputs)
    node.add_input(input);
  for (const std::string &output : outputs)
    node.add_output(output);
  return node;
}
int64_t Exporter::sinceForType(Operation *op, int64_t since) {
  auto integer = dyn_cast<IntegerType>(cast<RankedTensorType>(op->getResult(0).getType()).getElementType());
  if (!integer || integer.getWidth() == 1)
    return since;
  if (isa<MaxOp, MinOp, PowOp>(op))
    return std::max<int64_t>(since, 12);
  bool small = integer.getWidth() < 32;
  return small && isa<AddOp, SubOp, MulOp, DivOp, ReluOp>(op) ? std::max<int64_t>(since, 14) : since;
}
std::string Exporter::temp(StringRef type, ArrayRef<std::string> inputs, int64_t since, onnx::NodeProto **made) {
  std::string output = uniqueValue(nodeName(op).str() + "_tmp");
  auto &one = node(type, inputs, {output}, since);
  if (made)
    *made = &one;
  return output;
}

std::string Exporter::initializer(Tensor tensor) {
  std::string key = tensor.typeName() + ":" + std::string(tensor.bytes());
  auto [entry, isNew] = constants.try_emplace(key);
  if (isNew) {
    entry->second = uniqueValue("constant");
    tensor.name = entry->second;
    tensorToProto(tensor, *model.mutable_graph()->add_initializer());
  }
  return entry->second;
}
std::string Exporter::ints(ArrayRef<int64_t> values) { return initializer(Tensor::fromI64(values.vec())); }
std::string Exporter::scalar(mlir::Type element, double value) {
  return initializer(Tensor::filled(dtypeOf(element), {}, value));
}
void Exporter::axes(onnx::NodeProto &node, ArrayRef<int64_t> axes, int64_t inputSince) {
  if (opset >= inputSince)
    node.add_input(ints(axes));
  else
    setAttr(node, "axes", axes.vec());
}
std::string Exporter::reshape(const std::string &value, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> sizes(shape);
  for (int64_t &size : sizes)
    size = ShapedType::isDynamic(size) ? -1 : size;
  onnx::NodeProto *made;
  std::string result = temp("Reshape", {value, ints(sizes)}, 5, &made);
  if (llvm::is_contained(sizes, 0)) {
    neededOpset = std::max<int64_t>(neededOpset, 14);
    setAttr(*made, "allowzero", int64_t(1));
  }
  return result;
}
std::string Exporter::transpose(const std::string &value, ArrayRef<int64_t> perm) {
  onnx::NodeProto *made;
  std::string result = temp("Transpose", {value}, 1, &made);
  setAttr(*made, "perm", perm.vec());
  return result;
}

LogicalResult Exporter::fail(const Twine &reason) {
  failed_ = true;
  StringRef who = op ? nodeName(op->getLoc()) : "";
  return emitError(op ? op->getLoc() : module.getLoc())
         << "node '" << who << "' (" << (op ? op->getName().getStringRef() : "module")
         << "): cannot be said in ONNX: " << reason;
}

AddOp Exporter::biasAdd(Operation *contraction, int64_t channelDim, Value &bias) {
  Value result = contraction->getResult(0);
  if (!result.hasOneUse())
    return {};
  auto add = dyn_cast<AddOp>(*result.user_begin());
  if (!add || add.getX() == add.getY())
    return {};
  auto spread = (add.getX() == result ? add.getY() : add.getX()).getDefiningOp<BroadcastOp>();
  if (!spread || spread.getDims() != ArrayRef<int64_t>{channelDim})
    return {};
  auto from = cast<RankedTensorType>(spread.getX().getType());
  if (from.getRank() != 1 || getDims(from)[0] != getDims(result.getType())[channelDim])
    return {};
  // What the node reads must stand before it.
  if (Operation *maker = spread.getX().getDefiningOp(); maker && !isa<GetWeightOp, ConstantOp>(maker))
    return {};
  bias = spread.getX();
  return add;
}

//===--- Weights and the interface ------------------------------------------------------------------------------===//

void Exporter::store(onnx::TensorProto &proto, StringRef name, mlir::Type type, ArrayRef<char> bytes,
                     std::vector<char> *owner) {
  auto tensor = cast<RankedTensorType>(type);
  proto.set_name(name.str());
  proto.set_data_type(int32_t(dtypeOf(tensor.getElementType())));
  for (int64_t size : tensor.getShape())
    proto.add_dims(size);
  if (!tooLarge || bytes.size() < 1024) {
    proto.set_raw_data(bytes.data(), bytes.size());
    return;
  }
  auto entry = [&](const char *key, const std::string &value) {
    auto &data = *proto.add_external_data();
    data.set_key(key);
    data.set_value(value);
  };
  entry("location", llvm::sys::path::filename(dataPath).str());
  size_t length = bytes.size();
  entry("offset", std::to_string(owner ? external.add(std::move(*owner)) : external.add(bytes)));
  entry("length", std::to_string(length));
  proto.set_data_location(onnx::TensorProto::EXTERNAL);
}

LogicalResult Exporter::exportWeight(WeightOp weight) {
  auto &proto = *model.mutable_graph()->add_initializer();
  if (auto blob = dyn_cast<dlc::BlobAttr>(weight.getValue())) {
    auto bytes = module.getContext()->getLoadedDialect<DLCDialect>()->weights().read(blob);
    if (!bytes)
      return weight.emitError() << llvm::toString(bytes.takeError());
    store(proto, weight.getSymName(), weight.getType(), *bytes);
    return success();
  }
  // An untrained weight gets the first value that training would give it with seed 0.
  auto bytes = initialValue(weight, /*seed=*/0);
  if (failed(bytes))
    return failure();
  store(proto, weight.getSymName(), weight.getType(), *bytes, &*bytes);
  return success();
}

void Exporter::describe(onnx::ValueInfoProto &info, StringRef name, mlir::Type type) {
  info.set_name(name.str());
  auto tensor = cast<RankedTensorType>(type);
  auto &proto = *info.mutable_type()->mutable_tensor_type();
  proto.set_elem_type(int32_t(dtypeOf(tensor.getElementType())));
  auto *dialect = module.getContext()->getLoadedDialect<DLCDialect>();
  proto.mutable_shape();
  for (AffineExpr expr : getDims(type)) {
    auto &dim = *proto.mutable_shape()->add_dim();
    if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      dim.set_dim_value(constant.getValue());
    else if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
      dim.set_dim_param(dialect->symbolName(symbol.getPosition()));
  }
}

LogicalResult Exporter::exportFunction(func::FuncOp func) {
  auto &graph = *model.mutable_graph();
  auto title = module->getAttrOfType<StringAttr>("dlc.graph_name");
  graph.set_name(title ? title.str() : "main");
  auto nameOf = [](Attribute given, StringRef otherwise, unsigned index) {
    auto text = dyn_cast_or_null<StringAttr>(given);
    return text ? text.str() : (otherwise + Twine(index)).str();
  };
  for (WeightOp weight : module.getOps<WeightOp>())
    usedValues.insert(weight.getSymName());
  for (BlockArgument argument : func.getArguments()) {
    unsigned i = argument.getArgNumber();
    names[argument] = uniqueValue(nameOf(func.getArgAttr(i, "dlc.name"), "arg", i));
    describe(*graph.add_input(), names[argument], argument.getType());
  }
  // Results take the outputs' names; what is no node's own result, or goes out twice, is copied by an Identity.
  auto ret = cast<func::ReturnOp>(func.front().getTerminator());
  SmallVector<std::pair<Value, std::string>> copies;
  for (auto [i, result] : llvm::enumerate(ret.getOperands())) {
    std::string name = uniqueValue(nameOf(func.getResultAttr(unsigned(i), "dlc.name"), "result", unsigned(i)));
    describe(*graph.add_output(), name, result.getType());
    Operation *maker = result.getDefiningOp();
    if (maker && !isa<GetWeightOp, ConstantOp, BroadcastOp>(maker) && names.try_emplace(result, name).second)
      continue;
    copies.push_back({result, name});
  }
  for (Operation &one : func.front().without_terminator())
    if (const ExportRow *row = findExportRow(one.getName().getStringRef()); row && row->prepare)
      row->prepare(*this, &one);
  for (Operation &one : func.front().without_terminator()) {
    op = &one;
    if (isa<GetWeightOp, ConstantOp, BroadcastOp>(one) || done(&one) || isOpTriviallyDead(&one))
      continue;
    const ExportRow *row = findExportRow(one.getName().getStringRef());
    if (!row) {
      (void)fail("the export table has no such operator");
      for (Value result : one.getResults())
        define(result);
    } else if (row->emit) {
      if (failed(row->emit(*this, &one))) {
        failed_ = true;
        for (Value result : one.getResults())
          define(result);
      }
    } else {
      auto inputs = together(one.getOperands(), one.getResult(0));
      node(row->onnx, inputs, {define(one.getResult(0))}, sinceForType(&one, row->since));
    }
  }
  op = ret;
  for (auto &[value, output] : copies) {
    op = value.getDefiningOp() ? value.getDefiningOp() : ret.getOperation();
    node("Identity", {name(value)}, {output});
  }
  return success(!failed_);
}

LogicalResult Exporter::run() {
  auto func = module.lookupSymbol<func::FuncOp>("main");
  if (!func || func.isDeclaration())
    return emitError(module.getLoc()) << "the module has no @main to export";
  uint64_t total = 0;
  for (WeightOp weight : module.getOps<WeightOp>())
    if (auto type = dyn_cast<RankedTensorType>(weight.getType()); type && type.hasStaticShape())
      total += uint64_t(type.getNumElements()) * ((type.getElementTypeBitWidth() + 7) / 8);
  tooLarge = total > (uint64_t(1) << 31) - (64 << 20);

  auto given = [&](StringRef name, int64_t otherwise) {
    auto attr = module->getAttrOfType<IntegerAttr>(name);
    return attr ? attr.getInt() : otherwise;
  };
  wantedOpset = opset = given("dlc.onnx_opset", 17);
  neededOpset = 6; // older forms are read, not written
  if (failed(exportFunction(func)))
    return failure();
  if (neededOpset > opset) {
    // Again, in the forms of the opset that it takes.
    int64_t needed = neededOpset;
    onnx::ModelProto empty;
    model.Swap(&empty);
    external = Pieces();
    Exporter again(module, model, dataPath, external);
    module->setAttr("dlc.onnx_opset", IntegerAttr::get(IntegerType::get(module.getContext(), 64), needed));
    LogicalResult written = again.run();
    module->setAttr("dlc.onnx_opset", IntegerAttr::get(IntegerType::get(module.getContext(), 64), wantedOpset));
    if (succeeded(written))
      emitRemark(module.getLoc()) << "written as ONNX opset " << again.opset << ": " << wantedOpset
                                  << " cannot say this model";
    return written;
  }
  // IR version 8 is the least that knows opset 17; older files keep theirs.
  int64_t irVersion = given("dlc.onnx_ir_version", opset > 20   ? 10
                                                   : opset > 18 ? 9
                                                   : opset > 14 ? 8
                                                   : opset > 8  ? 4
                                                                : 3);
  model.set_ir_version(irVersion);
  model.set_producer_name("dlc");
  model.add_opset_import()->set_version(opset);
  if (irVersion < 4) {
    // Then, initializers were inputs too.
    auto &graph = *model.mutable_graph();
    for (const auto &tensor : graph.initializer()) {
      auto &info = *graph.add_input();
      info.set_name(tensor.name());
      info.mutable_type()->mutable_tensor_type()->set_elem_type(tensor.data_type());
      for (int64_t size : tensor.dims())
        info.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(size);
      info.mutable_type()->mutable_tensor_type()->mutable_shape();
    }
  }
  return success();
}

LogicalResult exportOnnx(ModuleOp module, onnx::ModelProto &model, StringRef dataPath, Pieces &external) {
  // The steps of a loop can be said in every opset; what only gradients see is of no matter to readers of the file.
  bool loops = false, stops = false;
  module->walk([&](Operation *op) {
    auto control = dyn_cast<ControlOpInterface>(op);
    loops |= control && control.getControl().loop;
    stops |= isa<StopGradientOp>(op);
  });
  if (!loops && !stops)
    return Exporter(module, model, dataPath, external).run();
  OwningOpRef<ModuleOp> plain = module.clone();
  plain->walk([](StopGradientOp op) {
    Value instead = op.getInstead();
    op.replaceAllUsesWith(op.getX());
    op.erase();
    while (instead && instead.getDefiningOp() && isOpTriviallyDead(instead.getDefiningOp())) {
      Operation *dead = instead.getDefiningOp();
      instead = dead->getNumOperands() ? dead->getOperand(0) : Value();
      dead->erase();
    }
  });
  if (loops)
    unrollLoops(*plain);
  return Exporter(*plain, model, dataPath, external).run();
}

} // namespace dlc
