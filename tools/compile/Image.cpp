#include "tools/compile/Image.h"
#include "codegen/SizeCode.h"
#include "codegen/cpu/Library.h"
#include "ir/Initialize.h"

namespace dlc {
namespace {
RankedTensorType typeOf(Value v) { return cast<RankedTensorType>(v.getType()); }

std::vector<std::string> strings(ArrayAttr attrs) {
  std::vector<std::string> out;
  for (Attribute attr : attrs)
    out.push_back(cast<StringAttr>(attr).getValue().str());
  return out;
}

int64_t integer(DictionaryAttr dict, StringRef name, int64_t otherwise) {
  auto attr = dict.getAs<IntegerAttr>(name);
  return attr ? attr.getInt() : otherwise;
}

void triple(DictionaryAttr dict, StringRef name, std::array<uint32_t, 3> &out) {
  if (auto dense = dict.getAs<DenseI64ArrayAttr>(name))
    for (auto [i, v] : llvm::enumerate(dense.asArrayRef()))
      out[i] = static_cast<uint32_t>(v);
  else if (auto array = dict.getAs<ArrayAttr>(name))
    for (auto [i, v] : llvm::enumerate(array))
      out[i] = static_cast<uint32_t>(cast<IntegerAttr>(v).getInt());
}

/// Elements as they lie in memory: bools take a byte each.
std::string bytesOf(ElementsAttr attr) {
  auto dense = cast<DenseElementsAttr>(attr);
  std::string bytes;
  if (dense.getElementType().isInteger(1)) {
    for (bool b : dense.getValues<bool>())
      bytes.push_back(b ? 1 : 0);
    return bytes;
  }
  ArrayRef<char> raw = dense.getRawData();
  int64_t copies = dense.isSplat() ? dense.getNumElements() : 1;
  for (int64_t i = 0; i < copies; ++i)
    bytes.append(raw.begin(), raw.end());
  return bytes;
}

class ImageBuilder {
public:
  /// `derived` is the outer variant's list.
  ImageBuilder(ModuleOp module, exe::ExecutableImage &image, exe::Variant &variant, std::vector<exe::Tensor> &derived,
               bool weightsAsState, uint64_t seed)
      : module(module), image(image), variant(variant), derived(derived), weightsAsState(weightsAsState), seed(seed),
        ranges(module) {}

  LogicalResult run(PlanOp plan) {
    variant.target = plan.getTarget().str();
    variant.arenaBytes = plan.getArena();
    if (ArrayAttr blocks = plan.getBlocksAttr())
      for (auto block : blocks.getAsRange<DictionaryAttr>()) {
        auto above = cast<DenseI64ArrayAttr>(block.get("above")).asArrayRef();
        variant.blocks.push_back(
            {static_cast<uint64_t>(integer(block, "at", 0)), std::vector<uint32_t>(above.begin(), above.end())});
      }
    if (!plan->hasAttr("init")) {
      // Open symbols first: steps know them by the order in which the module declares them.
      for (const SymbolRanges::Symbol &symbol : ranges.symbols())
        if (find(image.symbols, symbol.name) == image.symbols.size())
          image.symbols.push_back({symbol.name, symbol.range.low, symbol.range.high});
      signature(plan);
    }
    if (failed(addSteps(plan.getBody().front())))
      return failure();
    return success();
  }

private:
  ModuleOp module;
  exe::ExecutableImage &image;
  exe::Variant &variant;
  std::vector<exe::Tensor> &derived;
  bool weightsAsState;
  uint64_t seed;
  SymbolRanges ranges;
  DenseMap<Value, uint32_t> bufferIndex;
  llvm::StringMap<uint32_t> kernelIndex;

  exe::Tensor tensor(StringRef name, RankedTensorType type) {
    exe::Tensor tensor{name.str(), imageDType(type.getElementType()), {}, {}};
    sizesOf(type, tensor.shape, tensor.dims);
    return tensor;
  }
  void sizesOf(RankedTensorType type, std::vector<int64_t> &shape, exe::Exprs &dims) {
    auto sizes = getDims(type);
    for (AffineExpr size : sizes)
      shape.push_back(ranges.most(size));
    dims = sizeCodes(sizes, ranges);
  }

  /// A dimension of an input that is the symbol, or else grows evenly with it alone, tells its size.
  void symbols(PlanOp plan) {
    llvm::SmallPtrSet<const void *, 4> found; // by the run itself, whatever inputs become
    plan.walk([&](StepOp step) {
      if (step.getKind() == "host")
        found.insert(step.getGeometry().getAs<DimsAttr>("symbol").getExprs()[0].getAsOpaquePointer());
    });
    for (const SymbolRanges::Symbol &symbol : ranges.symbols()) {
      if (found.contains(symbol.expr.getAsOpaquePointer()))
        continue;
      exe::Symbol &entry = image.symbols[find(image.symbols, symbol.name)];
      auto at = [&](AffineExpr size, int64_t value) {
        return constantSize(canonical(size.replace(symbol.expr, getAffineConstantExpr(value, module.getContext()))));
      };
      for (bool plain : {true, false})
        for (BufferOp buffer : plan.getBody().front().getOps<BufferOp>()) {
          if (buffer.getKind() != BufferKind::input || entry.input >= 0)
            continue;
          for (auto [d, size] : llvm::enumerate(getDims(buffer.getType()))) {
            auto zero = at(size, 0), one = at(size, 1), two = at(size, 2);
            bool even = zero && one && two && *one != *zero && *two - *one == *one - *zero;
            if (entry.input >= 0 || (plain ? size != symbol.expr : !even || !isLinear(size)))
              continue;
            entry.input = static_cast<int32_t>(find(image.inputs, buffer.getSymbol()));
            entry.dim = static_cast<uint32_t>(d);
            entry.offset = *zero, entry.step = *one - *zero;
          }
        }
    }
  }
  static bool isLinear(AffineExpr size) {
    bool linear = true;
    size.walk([&](AffineExpr e) {
      linear &= e.getKind() != AffineExprKind::FloorDiv && e.getKind() != AffineExprKind::CeilDiv &&
                e.getKind() != AffineExprKind::Mod;
    });
    return linear;
  }

  void signature(PlanOp plan) {
    if (!image.inputs.empty() || !image.outputs.empty())
      return; // every variant has the same
    for (BufferOp buffer : plan.getBody().front().getOps<BufferOp>())
      // A view of an input is a buffer, too, behind the input's own.
      if (buffer.getKind() == BufferKind::input && find(image.inputs, buffer.getSymbol()) == image.inputs.size())
        image.inputs.push_back(tensor(buffer.getSymbol(), typeOf(buffer)));
    symbols(plan);
    for (Attribute attr : plan->getAttrOfType<ArrayAttr>("outputs")) {
      auto dict = cast<DictionaryAttr>(attr);
      image.outputs.push_back(tensor(dict.getAs<StringAttr>("name").getValue(),
                                     cast<RankedTensorType>(dict.getAs<TypeAttr>("type").getValue())));
    }
  }

  template <typename T> static uint32_t find(const std::vector<T> &list, StringRef name) {
    for (auto [i, entry] : llvm::enumerate(list))
      if (entry.name == name)
        return static_cast<uint32_t>(i);
    return static_cast<uint32_t>(list.size());
  }

  FailureOr<uint32_t> weight(BufferOp buffer, bool isState) {
    uint32_t index = find(image.weights, buffer.getSymbol());
    if (index < image.weights.size())
      return index;
    auto op = module.lookupSymbol<WeightOp>(buffer.getSymbol());
    if (!op)
      return buffer.emitOpError("there is no weight @") << buffer.getSymbol();
    auto type = cast<RankedTensorType>(op.getType());
    exe::Weight weight;
    weight.name = buffer.getSymbol().str();
    weight.dtype = imageDType(type.getElementType());
    weight.shape.assign(type.getShape().begin(), type.getShape().end());
    weight.role = isState ? exe::Role::State : exe::Role::Frozen;
    if (auto blob = dyn_cast<BlobAttr>(op.getValue())) {
      auto bytes = module.getContext()->getLoadedDialect<DLCDialect>()->weights().read(blob);
      if (!bytes)
        return op.emitError(llvm::toString(bytes.takeError()));
      weight.bytes = exe::Bytes::view(bytes->data(), bytes->size());
    } else if (auto rule = dyn_cast<RuleAttr>(op.getValue()); rule && rule.getName() == "zeros") {
      weight.init = exe::Init::Zeros;
    } else if (auto elements = dyn_cast<ElementsAttr>(op.getValue())) {
      weight.bytes = exe::Bytes::own(bytesOf(elements));
    } else {
      auto bytes = initialValue(op, seed);
      if (failed(bytes))
        return failure();
      weight.bytes = exe::Bytes::own(std::string(bytes->begin(), bytes->end()));
    }
    image.weights.push_back(std::move(weight));
    return index;
  }

  bool isShared(StringRef symbol) {
    auto op = module.lookupSymbol<WeightOp>(symbol);
    return weightsAsState && op && !op.getFrozen();
  }

  LogicalResult addBuffer(BufferOp op) {
    exe::Buffer buffer;
    auto type = typeOf(op);
    buffer.name = op.getName().str();
    buffer.dtype = imageDType(type.getElementType());
    sizesOf(type, buffer.shape, buffer.dims);
    buffer.byteSize = exe::byteSize(buffer.dtype, buffer.shape);
    buffer.byteOffset = op.getAt();
    buffer.advance.assign(op.getAdvance().begin(), op.getAdvance().end());
    if (DimsAttr place = op.getPlaceAttr())
      buffer.place = sizeCode(place.getExprs()[0], ranges);
    if (DimsAttr advance = op.getAdvanceAtAttr())
      for (AffineExpr bytes : advance.getExprs())
        buffer.advanceAt.push_back(sizeCode(bytes, ranges));
    if (IntegerAttr block = op.getBlockAttr())
      buffer.block = static_cast<uint32_t>(block.getInt());
    switch (op.getKind()) {
    case BufferKind::input:
      buffer.kind = exe::BufferKind::Input;
      buffer.index = find(image.inputs, op.getSymbol());
      break;
    case BufferKind::output:
      buffer.kind = exe::BufferKind::Output;
      buffer.index = find(image.outputs, op.getSymbol());
      break;
    case BufferKind::weight:
    case BufferKind::state: {
      if (auto weight = module.lookupSymbol<WeightOp>(op.getSymbol()); weight && isa<DerivedAttr>(weight.getValue())) {
        buffer.kind = exe::BufferKind::Derived;
        buffer.index = find(derived, op.getSymbol());
        if (buffer.index == derived.size())
          derived.push_back(tensor(op.getSymbol(), cast<RankedTensorType>(weight.getType())));
        break;
      }
      bool isState = op.getKind() == BufferKind::state || isShared(op.getSymbol());
      buffer.kind = isState ? exe::BufferKind::State : exe::BufferKind::Weight;
      auto index = weight(op, isState);
      if (failed(index))
        return failure();
      buffer.index = *index;
      break;
    }
    case BufferKind::arena:
      buffer.kind = exe::BufferKind::Arena;
      break;
    case BufferKind::constant: {
      buffer.kind = exe::BufferKind::Constant;
      // By value: each plan has its own numbers for them.
      std::string bytes = bytesOf(op->getAttrOfType<ElementsAttr>("value"));
      auto equal = llvm::find_if(image.constants, [&](const exe::Constant &c) {
        return c.dtype == buffer.dtype && c.shape == buffer.shape && c.bytes.str() == bytes;
      });
      buffer.index = static_cast<uint32_t>(equal - image.constants.begin());
      if (equal == image.constants.end()) {
        exe::Constant constant;
        constant.name = "constant_" + std::to_string(buffer.index);
        constant.dtype = buffer.dtype;
        constant.shape = buffer.shape;
        constant.bytes = exe::Bytes::own(std::move(bytes));
        image.constants.push_back(std::move(constant));
      }
      break;
    }
    }
    bufferIndex[op.getResult()] = static_cast<uint32_t>(variant.buffers.size());
    variant.buffers.push_back(std::move(buffer));
    return success();
  }

  /// Bodies follow their step: in the file, steps are one list.
  LogicalResult addSteps(Block &block) {
    std::vector<uint32_t> numbers; // of this block's steps in the list
    for (Operation &op : block) {
      LogicalResult added = success();
      if (auto buffer = dyn_cast<BufferOp>(op)) {
        added = addBuffer(buffer);
      } else {
        auto number = static_cast<uint32_t>(variant.steps.size());
        auto control = dyn_cast<ControlStepOp>(op);
        added = control ? addControl(control, numbers) : addStep(cast<StepOp>(op), numbers);
        numbers.push_back(number);
      }
      if (failed(added))
        return failure();
    }
    return success();
  }

  template <typename Op> exe::Step begin(Op op, const std::vector<uint32_t> &numbers) {
    exe::Step step;
    for (Value v : op.getBuffers())
      step.args.push_back(bufferIndex.lookup(v));
    step.outputs = static_cast<uint32_t>(op.getOutputs());
    for (int64_t d : op.getDeps())
      step.deps.push_back(numbers[static_cast<size_t>(d)]);
    step.sources = strings(op.getSources());
    return step;
  }

  LogicalResult addControl(ControlStepOp op, const std::vector<uint32_t> &numbers) {
    exe::Step step = begin(op, numbers);
    step.kind = op.getKind() == "if" ? exe::StepKind::If : exe::StepKind::While;
    auto condition = static_cast<int64_t>(op.getCondition());
    step.condition = condition < 0 ? exe::noCondition : static_cast<uint32_t>(condition);
    step.limit = static_cast<int64_t>(op.getLimit());
    if (DimsAttr limit = op.getLimitAtAttr())
      step.limitAt = sizeCode(limit.getExprs()[0], ranges);
    size_t at = variant.steps.size();
    variant.steps.push_back(std::move(step));
    for (Region &body : op.getBodies()) {
      size_t before = variant.steps.size();
      if (failed(addSteps(body.front())))
        return failure();
      variant.steps[at].bodies.push_back(static_cast<uint32_t>(variant.steps.size() - before));
    }
    return success();
  }

  LogicalResult addStep(StepOp op, const std::vector<uint32_t> &numbers) {
    exe::Step step = begin(op, numbers);
    if (op.getKind() == "copy" || op.getKind() == "zeros") {
      step.kind = op.getKind() == "copy" ? exe::StepKind::Copy : exe::StepKind::Fill;
      step.fillWidth = 1;
      variant.steps.push_back(std::move(step));
      return success();
    }
    DictionaryAttr geometry = op.getGeometry();
    if (op.getKind() == "host") {
      step.kind = exe::StepKind::Host;
      step.symbol = *ranges.number(symbolsOf(geometry.getAs<DimsAttr>("symbol").getExprs()[0])[0]);
      variant.steps.push_back(std::move(step));
      return success();
    }
    step.kernel = kernel(op, geometry);
    if (auto units = geometry.getAs<DimsAttr>("work")) {
      step.work = ranges.most(units.getExprs()[0]);
      step.workAt = sizeCode(units.getExprs()[0], ranges);
    } else {
      step.work = integer(geometry, "work", 1);
    }
    step.grain = integer(geometry, "grain", 1);
    step.scratch = integer(geometry, "scratch", 0);
    triple(geometry, "grid", step.grid);
    if (auto grid = geometry.getAs<DimsAttr>("grid_at"))
      step.gridAt = sizeCodes(grid.getExprs(), ranges);
    if (auto values = geometry.getAs<DimsAttr>("values"))
      for (AffineExpr size : values.getExprs())
        step.values.push_back(sizeCode(size, ranges));
    triple(geometry, "block", step.block);
    step.shared = static_cast<uint32_t>(integer(geometry, "shared", 0));
    auto library = geometry.getAs<DictionaryAttr>("library");
    if (library && op->getParentOfType<PlanOp>().getTarget().isCpu()) {
      step.kind = exe::StepKind::Library;
      setLibraryCall(library, ranges, step);
    }
    variant.steps.push_back(std::move(step));
    return success();
  }

  uint32_t kernel(StepOp op, DictionaryAttr geometry) {
    StringRef name = op.getKernelAttr().getValue();
    auto [it, isNew] = kernelIndex.try_emplace(name, static_cast<uint32_t>(variant.kernels.size()));
    if (isNew) {
      exe::Kernel kernel;
      kernel.name = name.str();
      if (auto sources = geometry.getAs<ArrayAttr>("sources"))
        kernel.sources = strings(sources);
      kernel.flops = integer(geometry, "flops", 0);
      kernel.bytes = integer(geometry, "bytes", 0);
      if (auto kind = geometry.getAs<StringAttr>("class"))
        kernel.kind = kind.getValue() == "contraction" ? exe::KernelKind::Contraction
                      : kind.getValue() == "reduction" ? exe::KernelKind::Reduction
                                                       : exe::KernelKind::Other;
      variant.kernels.push_back(std::move(kernel));
    }
    return it->second;
  }
};
} // namespace

exe::DType imageDType(Type element) {
  if (element.isInteger(1))
    return exe::DType::Bool;
  if (isa<Float8E4M3FNType>(element))
    return exe::DType::F8E4M3;
  if (isa<Float4E2M1FNType>(element))
    return exe::DType::F4E2M1;
  if (isa<Float8E8M0FNUType>(element))
    return exe::DType::F8E8M0;
  std::string text;
  llvm::raw_string_ostream(text) << element;
  return exe::parseDType(StringRef(text).lower());
}

LogicalResult addPlan(ModuleOp module, exe::ExecutableImage &image, exe::Variant &variant, bool weightsAsState,
                      uint64_t seed) {
  auto plans = llvm::to_vector(module.getOps<PlanOp>());
  llvm::stable_sort(plans, [](PlanOp a, PlanOp b) { return a->hasAttr("init") < b->hasAttr("init"); });
  if (plans.empty() || plans[0]->hasAttr("init") || plans.size() > 2 ||
      (plans.size() == 2 && !plans[1]->hasAttr("init")))
    return module.emitError("expected one plan and at most one marked init, found ") << plans.size();
  if (failed(ImageBuilder(module, image, variant, variant.derived, weightsAsState, seed).run(plans[0])))
    return failure();
  if (plans.size() == 1)
    return success();
  exe::Variant init;
  if (failed(ImageBuilder(module, image, init, variant.derived, weightsAsState, seed).run(plans[1])))
    return failure();
  variant.init.push_back(std::move(init));
  return success();
}

} // namespace dlc
