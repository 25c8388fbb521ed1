#include "frontend/Model.h"
#include "frontend/Pieces.h"
#include "frontend/Types.h"
#include "frontend/dlm/Container.h"
#include "frontend/onnx/Exporter.h"
#include "frontend/onnx/Importer.h"
#include "frontend/onnx/Patch.h"
#include "ir/Dialect.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FileSystem.h"
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
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(path, ParserConfig(&context));
  // The weights beside it are checked now: later nobody would know which dump they do not belong to.
  if (module)
    for (WeightOp weight : module->getOps<WeightOp>()) {
      auto blob = dyn_cast<BlobAttr>(weight.getValue());
      if (!blob)
        continue;
      auto report = [&](const Twine &reason) {
        emitError(UnknownLoc::get(&context)) << path << ": weight @" << weight.getSymName() << ": " << reason;
      };
      auto bytes = context.getOrLoadDialect<DLCDialect>()->weights().read(blob);
      if (!bytes)
        return report(llvm::toString(bytes.takeError())), OwningOpRef<ModuleOp>();
      if (WeightStore::hash(*bytes) != blob.getHash())
        return report("its bytes in " + blob.getFile() + " are not those that the text was saved with"),
               OwningOpRef<ModuleOp>();
    }
  return module;
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
  // What a file holds decides, whatever it is called; a .dlm that lost its head is still called one.
  std::string error;
  auto file = MappedFile::open(path.str(), error);
  if (!file) {
    emitError(UnknownLoc::get(&context)) << error;
    return {};
  }
  if (path.ends_with(".dlm") || dlm::looksLikeDlm(StringRef(file->data(), file->size())))
    return loadDlm(context, path);
  return loadOnnx(context, path, options);
}

//===--- Saving -------------------------------------------------------------------------------------------------===//

/// Closes the stream; what went wrong comes back and does not end the process, as LLVM's streams would have it.
static std::error_code closed(llvm::raw_fd_ostream &out) {
  out.close();
  std::error_code problem = out.error();
  out.clear_error();
  return problem;
}

/// Writes a file beside it that is renamed when all went well; what is no regular file is written as it is.
static LogicalResult writeFile(ModuleOp module, StringRef path, function_ref<LogicalResult(raw_ostream &)> write) {
  namespace fs = llvm::sys::fs;
  if (path == "-") {
    LogicalResult written = write(llvm::outs());
    llvm::outs().flush();
    return written;
  }
  bool direct = fs::exists(path) && !fs::is_regular_file(path);
  SmallString<128> file(path);
  int descriptor = -1;
  std::error_code problem =
      direct ? fs::openFileForWrite(path, descriptor) : fs::createUniqueFile(path + ".%%%%%%%%.tmp", descriptor, file);
  if (!problem) {
    llvm::raw_fd_ostream out(descriptor, /*shouldClose=*/true);
    LogicalResult written = write(out);
    problem = closed(out);
    if (!problem && succeeded(written))
      problem = direct ? std::error_code() : fs::rename(file, path);
    if (!direct && (problem || failed(written)))
      fs::remove(file);
    if (!problem)
      return written;
  }
  emitError(UnknownLoc::get(module.getContext())) << path << ": cannot be written: " << problem.message();
  return failure();
}

/// Behind what the file has: mapped bytes of it stay where they are.
static LogicalResult appendFile(ModuleOp module, StringRef path, function_ref<LogicalResult(raw_ostream &)> write) {
  std::error_code problem;
  llvm::raw_fd_ostream out(path, problem, llvm::sys::fs::OF_Append);
  if (!problem) {
    (void)write(out);
    problem = closed(out);
  }
  if (!problem)
    return success();
  emitError(UnknownLoc::get(module.getContext())) << path << ": cannot be written: " << problem.message();
  return failure();
}

LogicalResult saveText(ModuleOp module, StringRef path, StringRef weightsFile, SharedWeights *shared) {
  auto &store = module.getContext()->getOrLoadDialect<DLCDialect>()->weights();
  SmallVector<std::pair<WeightOp, BlobAttr>> changed;
  llvm::MapVector<Attribute, BlobAttr> moved;
  SharedWeights own;
  SharedWeights &known = shared ? *shared : own;
  uint64_t begin = known.size;
  Pieces pieces(begin);
  for (WeightOp weight : module.getOps<WeightOp>()) {
    auto blob = dyn_cast<BlobAttr>(weight.getValue());
    if (!blob)
      continue;
    BlobAttr &target = moved[blob];
    if (!target) {
      auto data = store.read(blob);
      if (!data)
        return weight.emitError() << llvm::toString(data.takeError());
      std::string hash = WeightStore::hash(*data);
      auto [it, isNew] = known.offsets.try_emplace({hash, data->size()}, 0);
      if (isNew)
        it->second = pieces.add(*data);
      target = BlobAttr::get(module.getContext(), weightsFile, it->second, data->size(), hash);
    }
    changed.push_back({weight, blob});
  }
  known.size = begin + pieces.size();
  SmallString<128> beside(path == "-" ? "." : llvm::sys::path::parent_path(path));
  llvm::sys::path::append(beside, weightsFile);
  auto write = [&](raw_ostream &out) {
    pieces.write(out);
    return success();
  };
  if (!pieces.empty() && failed(begin ? appendFile(module, beside, write) : writeFile(module, beside, write)))
    return failure();
  for (auto &[weight, blob] : changed)
    weight.setValueAttr(moved[blob]);
  LogicalResult written = writeFile(module, path, [&](raw_ostream &out) {
    module->print(out, OpPrintingFlags().enableDebugInfo(true));
    out << "\n";
    return success();
  });
  for (auto &[weight, blob] : changed)
    weight.setValueAttr(blob);
  return written;
}

LogicalResult saveModel(ModuleOp module, StringRef path) {
  if (path.ends_with(".dlm"))
    return writeFile(module, path, [&](raw_ostream &out) { return writeDlm(module, out); });
  if (path.ends_with(".mlir"))
    return saveText(module, path, (llvm::sys::path::stem(path) + ".weights.bin").str());
  if (path.ends_with(".onnx")) {
    onnx::ModelProto model;
    Pieces external;
    if (failed(exportOnnx(module, model, (path + ".data").str(), external)) ||
        (!external.empty() && failed(writeFile(module, (path + ".data").str(), [&](raw_ostream &out) {
          external.write(out);
          return success();
        }))))
      return failure();
    return writeFile(module, path, [&](raw_ostream &out) {
      std::string bytes = model.SerializeAsString();
      out << bytes;
      return success(!bytes.empty());
    });
  }
  return emitError(UnknownLoc::get(module.getContext()))
         << path << ": unknown kind of model file; it should end in .onnx, .dlm or .mlir";
}

LogicalResult saveWithWeights(ModuleOp module, StringRef from, ArrayRef<std::string> names, StringRef path) {
  auto &store = module.getContext()->getOrLoadDialect<DLCDialect>()->weights();
  std::map<std::string, Tensor> values;
  for (const std::string &symbol : names) {
    auto weight = module.lookupSymbol<WeightOp>(symbol);
    auto name = weight ? dyn_cast<NameLoc>(weight.getLoc()) : NameLoc();
    auto blob = name ? dyn_cast<BlobAttr>(weight.getValue()) : BlobAttr();
    if (!blob)
      return failure();
    auto bytes = store.read(blob);
    if (!bytes) {
      llvm::consumeError(bytes.takeError());
      return failure();
    }
    auto type = cast<RankedTensorType>(weight.getType());
    Tensor tensor;
    tensor.dtype = dtypeOf(type.getElementType());
    tensor.shape = type.getShape().vec();
    tensor.data = bytes->data();
    tensor.size = bytes->size();
    if (!values.emplace(name.getName().str(), std::move(tensor)).second)
      return failure();
  }
  OnnxModel model;
  std::string error;
  if (!readOnnx(from.str(), model, error) ||
      !replaceWeights(model.proto, llvm::sys::path::parent_path(from).str(), values))
    return failure();
  ScopedDiagnosticHandler quiet(module.getContext(), [](Diagnostic &) { return success(); });
  return writeFile(module, path, [&](raw_ostream &out) {
    std::string bytes = model.proto.SerializeAsString();
    out << bytes;
    return success(!bytes.empty());
  });
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
    for (const auto &dim : info.type().tensor_type().shape().dim()) {
      port.shape.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
      port.symbols.push_back(dim.dim_param());
    }
    port.ranked = !info.type().has_tensor_type() || info.type().tensor_type().has_shape();
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
