#include "tools/dlc/Driver.h"
#include "frontend/Model.h"
#include "frontend/Operators.h"
#include "frontend/Types.h"
#include "frontend/onnx/HostEval.h"
#include "frontend/onnx/Upgrade.h"
#include "passes/Specialize.h"
#include "passes/Training.h"
#include "tools/compile/Compile.h"
#include "tools/compile/Image.h"
#include "tools/dlc/CompilerLibrary.h"
#include "tools/dlc/DriverImpl.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <unistd.h>

namespace dlc::driver {

static dlc::DType toFrontend(exe::DType type) {
  switch (type) {
  case exe::DType::Bool:
    return dlc::DType::Bool;
  case exe::DType::I8:
    return dlc::DType::I8;
  case exe::DType::I16:
    return dlc::DType::I16;
  case exe::DType::I32:
    return dlc::DType::I32;
  case exe::DType::I64:
    return dlc::DType::I64;
  case exe::DType::U8:
    return dlc::DType::U8;
  case exe::DType::U16:
    return dlc::DType::U16;
  case exe::DType::U32:
    return dlc::DType::U32;
  case exe::DType::U64:
    return dlc::DType::U64;
  case exe::DType::F16:
    return dlc::DType::F16;
  case exe::DType::BF16:
    return dlc::DType::BF16;
  case exe::DType::F32:
    return dlc::DType::F32;
  case exe::DType::F64:
    return dlc::DType::F64;
  case exe::DType::F8E4M3:
    return dlc::DType::F8E4M3FN;
  case exe::DType::F8E5M2:
    return dlc::DType::F8E5M2;
  case exe::DType::F8E4M3Z:
    return dlc::DType::F8E4M3FNUZ;
  case exe::DType::F8E5M2Z:
    return dlc::DType::F8E5M2FNUZ;
  case exe::DType::F4E2M1:
    return dlc::DType::F4E2M1;
  case exe::DType::F8E8M0:
    return dlc::DType::F8E8M0;
  case exe::DType::I4:
    return dlc::DType::I4;
  case exe::DType::U4:
    return dlc::DType::U4;
  case exe::DType::I2:
    return dlc::DType::I2;
  case exe::DType::U2:
    return dlc::DType::U2;
  default:
    return dlc::DType::Undefined;
  }
}

static exe::DType fromFrontend(dlc::DType type) {
  for (int t = 1; t <= static_cast<int>(exe::DType::U2); ++t)
    if (toFrontend(static_cast<exe::DType>(t)) == type)
      return static_cast<exe::DType>(t);
  return exe::DType::None;
}

//===--- Diagnostics ----------------------------------------------------------------------------------------------===//

Diagnostics::Diagnostics(MLIRContext &context)
    : handler(&context, [this](Diagnostic &diagnostic) {
        std::string text = diagnostic.str();
        if (diagnostic.getSeverity() == DiagnosticSeverity::Remark) {
          remarks.push_back(where(diagnostic.getLocation()) + text);
          return success();
        }
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
          return success();
        for (Diagnostic &note : diagnostic.getNotes())
          text += "; " + note.str();
        errors += (errors.empty() ? "" : "\n") + where(diagnostic.getLocation(), text) + text;
        Finding finding;
        finding.node = nodeOf(diagnostic.getLocation());
        finding.reason = finding.node.empty() ? where(diagnostic.getLocation()) + text : text;
        findings.push_back(std::move(finding));
        return success();
      }) {}

/// The same without "node 'x': " in front of what begins with "input 'x'".
std::string Diagnostics::where(Location loc, const std::string &text) {
  std::string place = where(loc), node = nodeOf(loc), own = "node '" + node + "': ";
  if (StringRef(text).starts_with("input '" + node + "'") && StringRef(place).ends_with(own))
    place.resize(place.size() - own.size());
  return place;
}

std::string Diagnostics::where(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc)) {
    std::string inner = where(name.getChildLoc());
    return inner + "node '" + name.getName().str() + "': ";
  }
  if (auto file = dyn_cast<FileLineColLoc>(loc))
    return (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" + Twine(file.getColumn()) + ": ").str();
  if (auto fused = dyn_cast<FusedLoc>(loc))
    return fused.getLocations().empty() ? "" : where(fused.getLocations().front());
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return where(call.getCallee());
  return "";
}

std::string Diagnostics::nodeOf(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return name.getName().str();
  if (auto fused = dyn_cast<FusedLoc>(loc))
    return fused.getLocations().empty() ? "" : nodeOf(fused.getLocations().front());
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return nodeOf(call.getCallee());
  return "";
}

Status Diagnostics::failure(const std::string &otherwise) const {
  Status status;
  status.kind = Status::BadInput;
  status.message = errors.empty() ? otherwise : errors;
  return status;
}

//===--- Loading and saving ---------------------------------------------------------------------------------------===//

static DialectRegistry &registry() {
  static DialectRegistry shared = [] {
    DialectRegistry r;
    registerCompilerDialects(r);
    return r;
  }();
  return shared;
}

Model::Impl::Impl() : context(registry(), MLIRContext::Threading::DISABLED) {
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
}

Model::Model(std::unique_ptr<Impl> given) : impl(std::move(given)) {}
Model::~Model() = default;

/// Standard input as a file with a telling name; "" with an error if that fails.
static std::string spool(std::string &error) {
  auto input = llvm::MemoryBuffer::getSTDIN();
  if (!input) {
    error = "standard input: " + input.getError().message();
    return "";
  }
  StringRef bytes = (*input)->getBuffer();
  // Binary formats have a NUL or a control byte early on; text has none.
  bool text = llvm::none_of(bytes.take_front(512), [](char c) { return static_cast<unsigned char>(c) < 9; });
  SmallString<128> path;
  int fd = -1;
  if (auto failed = llvm::sys::fs::createTemporaryFile("dlc-stdin", text ? "mlir" : "onnx", fd, path)) {
    error = "standard input: " + failed.message();
    return "";
  }
  llvm::raw_fd_ostream(fd, true) << bytes;
  return path.str().str();
}

Status Model::Impl::import() {
  Status status = importWith(options);
  if (status.ok() || !options.offer)
    return status;
  OnnxModel model;
  std::string error;
  if (!readOnnx(path, model, error))
    return status;
  upgradeOnnx(model);
  LoadOptions more = options;
  std::vector<std::string> names;
  dlc::Signature signature;
  if (!readOnnxSignature(path, signature, error))
    return status;
  for (const std::string &name : shapeInputs(model)) {
    auto port = llvm::find_if(signature.inputs, [&](const dlc::Port &p) { return p.name == name; });
    if (port == signature.inputs.end())
      continue;
    if (auto value = options.offer(name, size_t(port - signature.inputs.begin()))) {
      more.values.push_back(std::move(*value));
      names.push_back(name);
    }
  }
  if (names.empty())
    return status;
  Status second = importWith(more);
  // What is wrong with the values says more than that they are not known.
  if (second.ok())
    bound = names;
  return second;
}

/// A line a problem: "node 'conv1' (Conv, opset 17): ...".
static std::string describe(ArrayRef<LoadProblem> problems) {
  std::string text;
  for (const LoadProblem &p : problems) {
    text += text.empty() ? "" : "\n";
    if (!p.op.empty())
      text += "node '" + p.node + "' (" + p.op + ", opset " + std::to_string(p.opset) + "): ";
    text += p.reason;
  }
  return text;
}

Status Model::Impl::importWith(const LoadOptions &options) {
  std::vector<LoadProblem> problems;
  dlc::LoadOptions load;
  load.shapes = options.shapes;
  load.ranges = options.ranges;
  load.problems = &problems;
  load.differentiate = differentiate;
  load.skipped = options.skipped;
  load.constantsAreWeights = options.training;
  load.notes = options.notes;
  for (auto *list : {load.skipped, load.notes})
    if (list)
      list->clear();
  for (const BoundValue &v : options.values)
    load.values[v.input] = dlc::Tensor::fromBytes(toFrontend(v.dtype), v.shape, v.bytes, v.input);
  Diagnostics diagnostics(context);
  module = dlc::loadModel(context, path, load);
  if (module) {
    pending.clear();
    return {};
  }
  Status status = diagnostics.failure(path + ": cannot be read");
  for (const LoadProblem &p : problems)
    status.findings.push_back({p.node, p.op, p.domain, p.opset, p.operands, p.reason, p.advice, p.unsupported});
  if (!problems.empty())
    status.message = describe(problems);
  if (!problems.empty() && llvm::all_of(problems, [](const LoadProblem &p) { return p.unsupported; })) {
    status.kind = Status::Unsupported;
    status.message.clear();
  }
  return status;
}

/// ONNX files are imported once all shapes are known; fills `pending` with the inputs where some are not. False where
/// the file is none.
bool Model::Impl::findOpenInputs() {
  dlc::Signature signature;
  std::string error;
  if (StringRef(path).ends_with(".mlir") || StringRef(path).ends_with(".dlm") ||
      !readOnnxSignature(path, signature, error))
    return false;
  bool open = false;
  for (const dlc::Port &port : signature.inputs) {
    Port p{port.name, fromFrontend(port.dtype), {}};
    auto given = options.shapes.find(port.name);
    for (size_t d = 0; d < port.shape.size(); ++d) {
      bool known = port.shape[d] >= 0 || (given != options.shapes.end() && given->second.size() == port.shape.size());
      p.dims.push_back({port.shape[d], port.shape[d] >= 0 ? "" : port.symbols[d].empty() ? "?" : port.symbols[d]});
      open |= !known;
    }
    p.ranked = port.ranked || given != options.shapes.end();
    open |= !p.ranked;
    pending.push_back(std::move(p));
  }
  if (!open && !options.later)
    pending.clear();
  return true;
}

std::unique_ptr<Model> Model::open(const std::string &given, const LoadOptions &options, Status &status) {
  std::string path = given, error;
  if (given == "-" && (path = spool(error)).empty()) {
    status = {Status::BadInput, error, {}};
    return nullptr;
  }
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->options = options;
  impl->temporary = given == "-";
  bool onnx = impl->findOpenInputs();
  bool wait = options.later ? onnx : !impl->pending.empty();
  if (!wait && !(status = impl->import()).ok())
    return nullptr;
  status = {};
  return std::unique_ptr<Model>(new Model(std::move(impl)));
}

Model::Impl::~Impl() {
  if (temporary)
    llvm::sys::fs::remove(path);
}

std::vector<std::string> Model::bound() const { return impl->bound; }
bool Model::needsShapes() const { return !impl->module; }

bool Model::Impl::isPlan() { return module && !module->getOps<PlanOp>().empty(); }

Status Model::Impl::requireModule() const {
  if (module)
    return {};
  std::string text;
  for (const Port &port : pending) {
    std::string example;
    bool open = false;
    for (const Dim &d : port.dims) {
      open |= d.size < 0;
      example += (example.empty() ? "" : "x") + std::to_string(d.size < 0 ? 1 : d.size);
    }
    if (open)
      text += (text.empty() ? "" : "\n") + std::string("input '") + driver::describe(port) +
              "' leaves dimensions open; give its shape, as in --shape " + port.name + "=" + example;
  }
  return {Status::BadInput, text, {}};
}

Status Model::save(const std::string &path, const std::string &format) const {
  if (Status status = impl->requireModule(); !status.ok())
    return status;
  Diagnostics diagnostics(impl->context);
  // What came from ONNX and has other weights alone is the file that it came from with these.
  bool fromFile = StringRef(impl->path).ends_with(".onnx") && !impl->temporary && !impl->given.empty();
  if (fromFile && StringRef(path).ends_with(".onnx") &&
      succeeded(saveWithWeights(*impl->module, impl->path, impl->given, path)))
    return {};
  if (path != "-")
    return succeeded(saveModel(*impl->module, path)) ? Status{} : diagnostics.failure(path + ": cannot be written");
  if (format.empty())
    return {Status::BadInput, "standard output has no ending that tells the format; give --to onnx, dlm or mlir", {}};
  if (format == "mlir") {
    impl->module->print(llvm::outs(), OpPrintingFlags().enableDebugInfo(true));
    llvm::outs().flush();
    return {};
  }
  SmallString<128> file;
  if (auto failed = llvm::sys::fs::createTemporaryFile("dlc-stdout", format, file))
    return {Status::Internal, "no temporary file: " + failed.message(), {}};
  llvm::scope_exit remove([&] { llvm::sys::fs::remove(file); });
  if (failed(saveModel(*impl->module, file)))
    return diagnostics.failure("the model cannot be written as ." + format);
  auto bytes = llvm::MemoryBuffer::getFile(file);
  if (!bytes)
    return {Status::Internal, bytes.getError().message(), {}};
  llvm::outs() << (*bytes)->getBuffer();
  llvm::outs().flush();
  return {};
}

//===--- What is in it --------------------------------------------------------------------------------------------===//

std::string Model::name() const { return llvm::sys::path::stem(impl->path).str(); }

static Port portOf(Type type, std::string name) {
  Port port;
  port.name = std::move(name);
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return port;
  port.dtype = imageDType(tensor.getElementType());
  auto *dialect = type.getContext()->getOrLoadDialect<DLCDialect>();
  for (auto [size, expr] : llvm::zip(tensor.getShape(), getDims(tensor))) {
    Dim dim;
    if (!ShapedType::isDynamic(size)) {
      dim.size = size;
    } else if (auto symbol = dyn_cast_or_null<AffineSymbolExpr>(expr)) {
      dim.expression = dialect->symbolName(symbol.getPosition());
    } else {
      llvm::raw_string_ostream stream(dim.expression);
      expr ? expr.print(stream) : void(stream << "?");
    }
    port.dims.push_back(std::move(dim));
  }
  return port;
}

std::vector<Port> Model::inputs() const {
  if (!impl->module)
    return impl->pending;
  std::vector<Port> ports;
  if (impl->isPlan())
    return ports;
  if (auto main = findMain(*impl->module); succeeded(main))
    for (unsigned i = 0; i < main->getNumArguments(); ++i) {
      ports.push_back(portOf(main->getArgument(i).getType(), inputName(*main, i)));
      ports.back().read = !main->getArgument(i).use_empty();
    }
  return ports;
}

std::vector<Port> Model::outputs() const {
  std::vector<Port> ports;
  if (!impl->module)
    return ports;
  if (auto main = findMain(*impl->module); succeeded(main))
    for (unsigned i = 0; i < main->getNumResults(); ++i)
      ports.push_back(portOf(main->getResultTypes()[i], outputName(*main, i)));
  return ports;
}

std::vector<Parameter> Model::parameters() const {
  std::vector<Parameter> list;
  if (!impl->module)
    return list;
  auto &store = impl->context.getOrLoadDialect<DLCDialect>()->weights();
  SmallVector<StringAttr> changed = changedByTraining(*impl->module);
  for (WeightOp weight : impl->module->getOps<WeightOp>()) {
    auto type = cast<RankedTensorType>(weight.getType());
    Parameter p;
    p.name = weight.getSymName().str();
    p.dtype = imageDType(type.getElementType());
    p.shape.assign(type.getShape().begin(), type.getShape().end());
    p.frozen = weight.getFrozen() && !llvm::is_contained(changed, weight.getSymNameAttr());
    if (auto blob = dyn_cast<BlobAttr>(weight.getValue())) {
      auto bytes = store.read(blob);
      if (bytes)
        p.data = bytes->data();
      else
        llvm::consumeError(bytes.takeError());
    } else if (auto dense = dyn_cast<DenseElementsAttr>(weight.getValue())) {
      p.data = dense.getRawData().data();
    }
    list.push_back(std::move(p));
  }
  return list;
}

std::map<std::string, int64_t> Model::operators() const {
  std::map<std::string, int64_t> counts;
  if (!impl->module)
    return counts;
  impl->module->walk([&](Operation *op) {
    bool computes = op->getDialect() && op->getDialect()->getNamespace() == "dlc" && op->getNumResults() > 0 &&
                    !op->hasTrait<OpTrait::ConstantLike>() && !isa<GetWeightOp, ReshapeOp>(op);
    if (computes)
      ++counts[op->getName().getStringRef().str()];
  });
  return counts;
}

Status Model::setParameters(const std::map<std::string, std::string> &values) {
  if (Status status = impl->requireModule(); !status.ok())
    return status;
  auto &store = impl->context.getOrLoadDialect<DLCDialect>()->weights();
  for (auto &[name, bytes] : values) {
    auto weight = impl->module->lookupSymbol<WeightOp>(name);
    if (!weight)
      return {Status::Internal, "the model has no weight '" + name + "'", {}};
    auto type = cast<RankedTensorType>(weight.getType());
    size_t expected =
        exe::byteSize(imageDType(type.getElementType()), {type.getShape().begin(), type.getShape().end()});
    if (bytes.size() != expected)
      return {Status::Internal,
              "weight '" + name + "': " + std::to_string(bytes.size()) + " bytes, expected " + std::to_string(expected),
              {}};
    weight.setValueAttr(store.add(&impl->context, ArrayRef(bytes.data(), bytes.size())));
    impl->given.push_back(name);
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> importedOperatorsHere() {
  std::vector<std::pair<std::string, std::string>> list;
  for (const dlc::ImportedOperator &op : dlc::importedOperators())
    list.emplace_back(op.name, name(op.kind));
  return list;
}

void warmUpHere() { MLIRContext(registry(), MLIRContext::Threading::DISABLED).loadAllAvailableDialects(); }

} // namespace dlc::driver
