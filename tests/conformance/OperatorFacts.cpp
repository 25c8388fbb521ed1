// What the compiler itself says of operators, measured on test cases of ONNX's layout, as JSON on standard output:
//
//   operator-facts FOLDER... [--only=OPERATOR]
//   {"Add": {"types": {"f32": "cpu cuda", "string": "", ...}, "gradient": "yes"}, ...}
//
// types: on which targets a case with one node of the operator compiles (up to LLVM and NVRTC) after the elements of
// its first operand, and of all others like it, were made of this type. gradient: what reverse mode says of the node's
// first float operand.
#include "frontend/Model.h"
#include "frontend/Types.h"
#include "frontend/onnx/Importer.h"
#include "mlir/IR/Verifier.h"
#include "passes/Training.h"
#include "tools/compile/Compile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include <filesystem>
#include <map>

using namespace dlc;
namespace fs = std::filesystem;

namespace {
struct Case {
  OnnxModel model; // as the file has it
  std::map<std::string, dlc::Tensor> values;
};

constexpr size_t casesPerOperator = 4; // a type that none of so many takes is refused
const std::pair<const char *, DType> types[] = {
    {"f32", DType::F32},
    {"f64", DType::F64},
    {"f16", DType::F16},
    {"bf16", DType::BF16},
    {"i8", DType::I8},
    {"i16", DType::I16},
    {"i32", DType::I32},
    {"i64", DType::I64},
    {"u8", DType::U8},
    {"u16", DType::U16},
    {"u32", DType::U32},
    {"u64", DType::U64},
    {"bool", DType::Bool},
    {"f8e4m3", DType::F8E4M3FN},
    {"f8e5m2", DType::F8E5M2},
    {"f8e4m3z", DType::F8E4M3FNUZ},
    {"f8e5m2z", DType::F8E5M2FNUZ},
    {"f8e8m0", DType::F8E8M0},
    {"f4e2m1", DType::F4E2M1},
    {"i4", DType::I4},
    {"u4", DType::U4},
    {"i2", DType::I2},
    {"u2", DType::U2},
    {"string", DType::String},
    {"c64", DType::C64},
    {"c128", DType::C128},
};

std::string operatorOf(const onnx::NodeProto &node) {
  bool standard = node.domain().empty() || node.domain() == "ai.onnx";
  return standard ? node.op_type() : node.domain() + "." + node.op_type();
}

/// The only node that is no constant; null where there are others.
const onnx::NodeProto *onlyNode(const onnx::ModelProto &model) {
  const onnx::NodeProto *found = nullptr;
  for (const auto &node : model.graph().node()) {
    if (node.op_type() == "Constant")
      continue;
    if (found)
      return nullptr;
    found = &node;
  }
  return found;
}

/// The values of the first data set, by input.
void readValues(const fs::path &folder, Case &c) {
  int index = 0;
  for (const auto &input : c.model.proto.graph().input()) {
    if (llvm::any_of(c.model.proto.graph().initializer(), [&](const auto &t) { return t.name() == input.name(); }))
      continue;
    dlc::Tensor tensor;
    std::string error, file = (folder / "test_data_set_0" / ("input_" + std::to_string(index++) + ".pb")).string();
    if (readTensorFile(file, tensor, error))
      c.values[input.name()] = tensor;
  }
}

dlc::Tensor cast(const dlc::Tensor &from, DType type) {
  if (from.dtype == type || !dtypeSize(type) || (type >= DType::C64 && type <= DType::C128))
    return from;
  std::string bytes(size_t(from.elements()) * dtypeSize(type), '\0');
  for (int64_t i = 0; i < from.elements(); ++i)
    storeElement(type, bytes.data(), i, from.f64At(i));
  return dlc::Tensor::fromBytes(type, from.shape, std::move(bytes), from.name);
}

DType typeOf(const Case &c, const std::string &name) {
  for (const auto &input : c.model.proto.graph().input())
    if (input.name() == name)
      return DType(input.type().tensor_type().elem_type());
  for (const auto &tensor : c.model.proto.graph().initializer())
    if (tensor.name() == name)
      return DType(tensor.data_type());
  return DType::Undefined;
}

/// The case with elements of one type in place of another, written to `path` and imported; null where it is refused.
OwningOpRef<ModuleOp> import(MLIRContext &context, const Case &c, DType from, DType to, const std::string &path) {
  onnx::ModelProto proto = c.model.proto;
  auto &graph = *proto.mutable_graph();
  dlc::LoadOptions options, bound;
  for (auto &input : *graph.mutable_input()) {
    auto &tensor = *input.mutable_type()->mutable_tensor_type();
    bool changes = DType(tensor.elem_type()) == from;
    if (changes)
      tensor.set_elem_type(int32_t(to));
    auto value = c.values.find(input.name());
    if (value == c.values.end())
      continue;
    options.shapes[input.name()] = value->second.shape;
    bound.values[input.name()] = changes ? cast(value->second, to) : value->second;
  }
  for (auto &tensor : *graph.mutable_initializer()) {
    dlc::Tensor held;
    std::string error;
    if (DType(tensor.data_type()) != from || !tensorFromProto(tensor, ".", held, error))
      continue;
    std::string name = tensor.name();
    tensor.Clear();
    tensorToProto(cast(held, to), tensor);
    tensor.set_name(name);
  }
  {
    std::error_code error;
    llvm::raw_fd_ostream(path, error) << proto.SerializeAsString();
  }
  options.differentiate = bound.differentiate = differentiate;
  bound.shapes = options.shapes;
  if (auto module = loadModel(context, path, options))
    return module;
  // What gives axes, sizes and counts must be known, and nothing else is.
  OnnxModel model;
  std::string error;
  if (!readOnnx(path, model, error))
    return {};
  upgradeOnnx(model);
  std::map<std::string, dlc::Tensor> wanted;
  for (const std::string &name : shapeInputs(model))
    if (auto it = bound.values.find(name); it != bound.values.end())
      wanted.insert(*it);
  bound.values = wanted;
  return wanted.empty() ? nullptr : loadModel(context, path, bound);
}

bool compiles(ModuleOp module, const char *target) {
  OwningOpRef<ModuleOp> copy = module.clone();
  dlc::CompileOptions options;
  options.targets = {target};
  options.withoutCode = true;
  return succeeded(dlc::compile(*copy, options));
}

/// "yes", "no: reason", "none flows", or "" where nothing is of floats.
std::string gradientOf(MLIRContext &context, ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  auto *end = main.front().getTerminator();
  SmallVector<Value> outputs, ones, wrt, gradients;
  OpBuilder b(end);
  Ops ops(b, main.getLoc());
  for (Value v : end->getOperands())
    if (auto type = cast<RankedTensorType>(v.getType());
        isa<FloatType>(type.getElementType()) && type.getElementTypeBitWidth() >= 16) {
      outputs.push_back(v);
      ones.push_back(ops.like(v, 1));
    }
  for (Value v : main.getArguments())
    if (auto type = cast<RankedTensorType>(v.getType());
        isa<FloatType>(type.getElementType()) && !v.use_empty() && type.getElementTypeBitWidth() >= 16) {
      wrt.push_back(v);
      break;
    }
  if (outputs.empty() || wrt.empty())
    return "";
  std::string reason;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &d) {
    if (reason.empty() && d.getSeverity() == DiagnosticSeverity::Error)
      reason = d.str();
    return success();
  });
  if (failed(differentiate(main.front(), outputs, ones, wrt, gradients)))
    return "no: " + (reason.empty() ? "it cannot be differentiated" : reason);
  return gradients[0] ? "yes" : "none flows";
}
} // namespace

int main(int argc, char **argv) {
  std::map<std::string, std::vector<Case>> cases;
  std::string only;
  std::vector<std::string> folders;
  for (int i = 1; i < argc; ++i)
    if (StringRef(argv[i]).starts_with("--only="))
      only = StringRef(argv[i]).drop_front(7).str();
    else
      folders.push_back(argv[i]);
  std::map<std::string, int64_t> further; // cases of an operator, those of the first folder left out
  for (const std::string &folder : folders) {
    std::vector<fs::path> paths;
    for (const auto &entry : fs::recursive_directory_iterator(folder))
      if (entry.path().filename() == "model.onnx")
        paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const fs::path &path : paths) {
      Case c;
      std::string error;
      if (!readOnnx(path.string(), c.model, error))
        continue;
      const onnx::NodeProto *node = onlyNode(c.model.proto);
      if (!node || (!only.empty() && operatorOf(*node) != only))
        continue;
      auto &list = cases[operatorOf(*node)];
      further[operatorOf(*node)] += folder != folders.front();
      if (list.size() == casesPerOperator)
        continue;
      readValues(path.parent_path(), c);
      list.push_back(std::move(c));
    }
  }
  SmallString<128> file;
  if (llvm::sys::fs::createTemporaryFile("operator-facts", "onnx", file))
    return 1;
  std::string path = file.str().str();
  llvm::json::OStream json(llvm::outs(), 1);
  json.objectBegin();
  for (auto &[name, list] : cases) {
    DialectRegistry registry;
    registerCompilerDialects(registry);
    MLIRContext context(registry, MLIRContext::Threading::DISABLED);
    context.loadAllAvailableDialects();
    ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) { return success(); });
    std::map<std::string, std::string> takes;
    std::string gradient;
    for (const Case &c : list) {
      const onnx::NodeProto &node = *onlyNode(c.model.proto);
      DType from = node.input_size() ? typeOf(c, node.input(0)) : DType::Undefined;
      if (gradient.empty() || (gradient != "yes" && gradient.size()))
        if (auto module = import(context, c, from, from, path))
          if (std::string said = gradientOf(context, *module); !said.empty() && gradient != "yes")
            gradient = said;
      if (from == DType::Undefined)
        continue;
      for (auto &[text, type] : types) {
        std::string &targets = takes[text];
        if (targets == "cpu cuda")
          continue;
        auto module = import(context, c, from, type, path);
        if (!module)
          continue;
        bool cpu = compiles(*module, "cpu:x86-64-v3"), cuda = compiles(*module, "sm_80");
        targets = cpu && cuda ? "cpu cuda" : targets.empty() ? (cpu ? "cpu" : cuda ? "cuda" : "") : targets;
      }
    }
    json.attributeObject(name, [&] {
      json.attributeObject("types", [&] {
        for (auto &[text, targets] : takes)
          json.attribute(text, targets);
      });
      json.attribute("gradient", gradient);
      json.attribute("further_cases", further[name]);
    });
  }
  json.objectEnd();
  llvm::outs() << "\n";
  llvm::sys::fs::remove(path);
  return 0;
}
