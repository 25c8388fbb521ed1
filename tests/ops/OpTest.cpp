#include "tests/ops/OpTest.h"
#include "ir/Dims.h"
#include "ir/Symbols.h"
#include "mlir/Parser/Parser.h"
#include "passes/GradientPieces.h"
#include "tools/compile/Compile.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

namespace dlc::optest {
namespace {
size_t sizeOf(Type element) { return std::max(1u, element.getIntOrFloatBitWidth() / 8); }
uint64_t bitsAt(const Tensor &t, size_t i) {
  uint64_t bits = 0;
  size_t size = sizeOf(t.type.getElementType());
  std::memcpy(&bits, t.bytes.data() + i * size, size);
  return bits;
}
double toDouble(uint64_t bits, Type element) {
  if (auto f = dyn_cast<FloatType>(element)) {
    APFloat value(f.getFloatSemantics(), APInt(f.getWidth(), bits));
    bool losesInfo;
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
    return value.convertToDouble();
  }
  unsigned width = std::max(8u, element.getIntOrFloatBitWidth());
  return element.isUnsignedInteger() ? static_cast<double>(bits)
                                     : static_cast<double>(APInt(width, bits).getSExtValue());
}
bool isFloatTensor(Type type) { return isa<FloatType>(getElementTypeOrSelf(type)); }
} // namespace

std::optional<Stage> dumpStage;
bool compileOnly = false;
std::string compileTarget;

std::string number(double value) {
  char text[32];
  snprintf(text, sizeof(text), "%.9g", value);
  return text;
}

static std::string elementText(const Tensor &t, size_t i) {
  Type element = t.type.getElementType();
  if (isa<FloatType>(element))
    return number(toDouble(bitsAt(t, i), element));
  APInt value(std::max(8u, element.getIntOrFloatBitWidth()), bitsAt(t, i));
  return llvm::toString(value, 10, !element.isUnsignedInteger());
}

Tensor tensorOf(DenseElementsAttr value) {
  Tensor t{cast<RankedTensorType>(value.getType()), {}};
  size_t size = sizeOf(t.type.getElementType());
  auto put = [&](const APInt &bits) {
    uint64_t raw = bits.getZExtValue();
    t.bytes.insert(t.bytes.end(), reinterpret_cast<char *>(&raw), reinterpret_cast<char *>(&raw) + size);
  };
  if (isFloatTensor(t.type))
    for (const APFloat &x : value.getValues<APFloat>())
      put(x.bitcastToAPInt());
  else
    for (const APInt &x : value.getValues<APInt>())
      put(x);
  return t;
}

std::vector<double> toDoubles(const Tensor &t) {
  std::vector<double> values(t.type.getNumElements());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = toDouble(bitsAt(t, i), t.type.getElementType());
  return values;
}

Tensor fromDoubles(ArrayRef<double> values, RankedTensorType type) {
  Tensor t{type, {}};
  auto f = cast<FloatType>(type.getElementType());
  for (double value : values) {
    APFloat x(value);
    bool losesInfo;
    x.convert(f.getFloatSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
    uint64_t raw = x.bitcastToAPInt().getZExtValue();
    t.bytes.insert(t.bytes.end(), reinterpret_cast<char *>(&raw), reinterpret_cast<char *>(&raw) + sizeOf(f));
  }
  return t;
}

static bool makeTest(func::FuncOp source, StringRef path, std::vector<OpTest> &tests) {
  OpTest test;
  test.file = path.str();
  test.name = source.getName().str();
  test.smooth = source->hasAttr("smooth");
  test.module = ModuleOp::create(source.getLoc());
  auto func = cast<func::FuncOp>(source->clone());
  test.module->push_back(func);
  // A symbol's range: `attributes {kept = array<i64: 0, 6>}`.
  NamedAttrList symbols;
  for (NamedAttribute attr : source->getDiscardableAttrs())
    if (auto range = dyn_cast<DenseI64ArrayAttr>(attr.getValue()); range && range.size() == 2) {
      symbols.push_back(attr);
      func->removeAttr(attr.getName());
    }
  if (!symbols.empty())
    test.module->getOperation()->setAttr(symbolsAttrName, symbols.getDictionary(func.getContext()));
  func.setName("main");
  Block &block = func.front();
  SmallVector<Value> results;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (auto constant = dyn_cast<ConstantOp>(op)) {
      test.inputs.push_back(tensorOf(cast<DenseElementsAttr>(constant.getValue())));
      constant.getResult().replaceAllUsesWith(block.addArgument(constant.getType(), constant.getLoc()));
      op.erase();
    } else if (auto check = dyn_cast<CheckCloseOp>(op)) {
      test.expected.push_back({tensorOf(cast<DenseElementsAttr>(check.getExpected())),
                               check.getRtol().convertToDouble(), check.getAtol().convertToDouble()});
      results.push_back(check.getX());
      op.erase();
    }
  }
  if (results.empty() || source.getNumArguments() != 0) {
    emitError(source.getLoc(), "an operator test has no arguments and at least one dlc.check_close");
    return false;
  }
  block.getTerminator()->setOperands(results);
  OpBuilder b(func.getContext());
  func.setFunctionType(b.getFunctionType(block.getArgumentTypes(), ValueRange(results).getTypes()));
  for (unsigned i = 0; i < test.inputs.size(); ++i)
    func.setArgAttr(i, "dlc.name", b.getStringAttr("in" + std::to_string(i)));
  for (unsigned i = 0; i < results.size(); ++i)
    func.setResultAttr(i, "dlc.name", b.getStringAttr("out" + std::to_string(i)));
  tests.push_back(std::move(test));
  return true;
}

bool readTests(StringRef path, MLIRContext &context, std::vector<OpTest> &tests) {
  auto module = parseSourceFile<ModuleOp>(path, &context);
  bool good = bool(module);
  if (module)
    for (auto func : module->getOps<func::FuncOp>())
      good &= makeTest(func, path, tests);
  return good;
}

OwningOpRef<ModuleOp> widened(OpTest &test) {
  OwningOpRef<ModuleOp> module = test.module->clone();
  widenFloats(*module);
  return module;
}

std::string compare(const Tensor &got, const Expectation &expected, unsigned index) {
  Type element = expected.value.type.getElementType();
  size_t bad = 0, worst = 0;
  double largest = -1;
  for (size_t i = 0, n = expected.value.type.getNumElements(); i < n; ++i) {
    uint64_t g = bitsAt(got, i), e = bitsAt(expected.value, i);
    if (g == e)
      continue;
    double x = toDouble(g, element), y = toDouble(e, element), error = INFINITY;
    if (isa<FloatType>(element)) {
      if ((std::isnan(x) && std::isnan(y)) || x == y)
        continue;
      // A NaN or an infinity that is not expected is the worst of all; max() would hide it.
      if (std::isfinite(x) && std::isfinite(y))
        error = std::fabs(x - y);
      if (error <= expected.atol + expected.rtol * std::fabs(y))
        continue;
    }
    ++bad;
    if (error > largest) {
      largest = error;
      worst = i;
    }
  }
  if (bad == 0)
    return "";
  return "result " + std::to_string(index) + ": " + std::to_string(bad) + " of " +
         std::to_string(expected.value.type.getNumElements()) + " differ, worst at " + std::to_string(worst) +
         ": got " + elementText(got, worst) + ", expected " + elementText(expected.value, worst);
}

std::unique_ptr<Program> Program::make(ModuleOp module, StringRef device, std::string &error) {
  auto program = std::make_unique<Program>();
  ScopedDiagnosticHandler handler(module.getContext(), [&](Diagnostic &d) {
    if (d.getSeverity() == DiagnosticSeverity::Error)
      error += (error.empty() ? "" : "; ") + d.str();
    return success();
  });
  auto main = module.lookupSymbol<func::FuncOp>("main");
  for (Type type : main.getResultTypes())
    program->outputTypes.push_back(cast<RankedTensorType>(type));
  CompileOptions options;
  std::string kind = device.split(':').first.str();
  options.targets = {!compileTarget.empty() ? compileTarget : kind == "cpu" ? "cpu:x86-64-v3" : kind};
  if (dumpStage)
    options.onStage = [](StringRef, Stage stage, ModuleOp module) {
      if (stage == *dumpStage)
        module.print(llvm::errs());
    };
  auto image = compile(module, options);
  if (failed(image)) {
    error = "does not compile: " + error;
    return nullptr;
  }
  if (!exe::write(*image, program->bytes, error))
    return nullptr;
  if (compileOnly)
    return program;
  auto loaded = Executable::load(program->bytes.data(), program->bytes.size());
  if (!loaded) {
    error = loaded.status().text();
    return nullptr;
  }
  program->executable = std::move(*loaded);
  SessionOptions session = sessionOptions();
  std::string where = device.str();
  session.device_name = where.c_str();
  session.threads = 1;
  auto made = program->executable->session(session);
  if (!made) {
    error = made.status().text();
    return nullptr;
  }
  program->session = std::move(*made);
  return program;
}

std::string Program::run(ArrayRef<Tensor> inputs, std::vector<Tensor> &outputs) {
  if (executable->inputCount() != inputs.size() || executable->outputCount() != outputTypes.size())
    return "the program has " + std::to_string(executable->inputCount()) + " inputs and " +
           std::to_string(executable->outputCount()) + " outputs";
  for (auto [i, input] : llvm::enumerate(inputs))
    if (Status s = session->setInput(i, input.bytes.data(), input.bytes.size()); !s)
      return "input " + std::to_string(i) + ": " + s.text();
  if (Status s = session->run(); !s)
    return s.text();
  outputs.clear();
  for (auto [i, type] : llvm::enumerate(outputTypes)) {
    Tensor &out = outputs.emplace_back(Tensor{type, {}});
    // What no kernel wrote must not look like a result.
    out.bytes.assign(type.getNumElements() * sizeOf(type.getElementType()), char(0xA5));
    if (Status s = session->getOutput(i, out.bytes.data(), out.bytes.size()); !s)
      return "output " + std::to_string(i) + ": " + s.text();
  }
  return "";
}

std::string runTest(OpTest &test, StringRef device) {
  std::string error;
  OwningOpRef<ModuleOp> module = test.module->clone();
  auto program = Program::make(*module, device, error);
  if (!program)
    return error;
  if (compileOnly)
    return "";
  std::vector<Tensor> outputs;
  if (error = program->run(test.inputs, outputs); !error.empty())
    return error;
  for (auto [i, expected] : llvm::enumerate(test.expected)) {
    if (expected.value.type != outputs[i].type)
      return "result " + std::to_string(i) + " is " + describe(outputs[i].type) + ", expected " +
             describe(expected.value.type);
    if (std::string difference = compare(outputs[i], expected, i); !difference.empty())
      error += (error.empty() ? "" : "; ") + difference;
  }
  if (error.empty() && program->stepCount() == 0 && outputs[0].type.getNumElements() > 0)
    return "no kernel ran";
  return error;
}

} // namespace dlc::optest
