#include "frontend/Model.h"
#include "frontend/Types.h"
#include "frontend/onnx/Importer.h"
#include "ir/Dialect.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

namespace dlc {

bool parseShapeOption(StringRef text, LoadOptions &options, std::string &error) {
  auto [name, sizes] = text.rsplit('=');
  std::vector<int64_t> shape;
  SmallVector<StringRef> parts;
  sizes.split(parts, 'x');
  for (StringRef part : parts) {
    int64_t size;
    if (part.getAsInteger(10, size) || size < 0) {
      name = "";
      break;
    }
    shape.push_back(size);
  }
  if (name.empty()) {
    error =
        ("--shape " + text + ": should be an input and its shape (x=1x3x224x224) or a symbol and its size (batch=4)")
            .str();
    return false;
  }
  options.shapes[name.str()] = shape;
  return true;
}

static OwningOpRef<ModuleOp> loadText(MLIRContext &context, StringRef path) {
  StringRef folder = llvm::sys::path::parent_path(path);
  context.getOrLoadDialect<DLCDialect>()->weights().addSearchFolder(folder.empty() ? "." : folder);
  return parseSourceFile<ModuleOp>(path, ParserConfig(&context));
}

static OwningOpRef<ModuleOp> loadOnnx(MLIRContext &context, StringRef path, const LoadOptions &options) {
  OnnxModel model;
  std::string error;
  if (!readOnnx(path.str(), model, error)) {
    emitError(UnknownLoc::get(&context)) << error;
    return {};
  }
  upgradeOnnx(model);
  return importOnnx(context, model, options);
}

OwningOpRef<ModuleOp> loadModel(MLIRContext &context, StringRef path, const LoadOptions &options) {
  context.loadDialect<DLCDialect, func::FuncDialect>();
  if (path.ends_with(".mlir"))
    return loadText(context, path);
  return loadOnnx(context, path, options);
}

Signature getSignature(ModuleOp module) {
  Signature signature;
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return signature;
  auto port = [](mlir::Type type, Attribute name, StringRef otherwise, unsigned index) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    Port port;
    port.name = name ? cast<StringAttr>(name).str() : (otherwise + Twine(index)).str();
    if (!tensor)
      return port;
    port.dtype = dtypeOf(tensor.getElementType());
    for (int64_t size : tensor.getShape())
      port.shape.push_back(ShapedType::isDynamic(size) ? -1 : size);
    return port;
  };
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    signature.inputs.push_back(port(main.getArgumentTypes()[i], main.getArgAttr(i, "dlc.name"), "input", i));
  for (unsigned i = 0; i < main.getNumResults(); ++i)
    signature.outputs.push_back(port(main.getResultTypes()[i], main.getResultAttr(i, "dlc.name"), "output", i));
  return signature;
}

bool readOnnxSignature(const std::string &path, Signature &signature, std::string &error) {
  OnnxModel model;
  if (!readOnnx(path, model, error))
    return false;
  llvm::StringMap<bool> initialized;
  for (const auto &tensor : model.proto.graph().initializer())
    initialized[tensor.name()] = true;
  auto port = [](const onnx::ValueInfoProto &info) {
    Port port{info.name(), DType(info.type().tensor_type().elem_type()), {}};
    for (const auto &dim : info.type().tensor_type().shape().dim())
      port.shape.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
    return port;
  };
  for (const auto &input : model.proto.graph().input())
    if (!initialized.count(input.name()))
      signature.inputs.push_back(port(input));
  for (const auto &output : model.proto.graph().output())
    signature.outputs.push_back(port(output));
  return true;
}

} // namespace dlc
