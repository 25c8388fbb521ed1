#include "tests/codegen/cuda/HostKernels.h"
#include "ir/Dialect.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "tests/codegen/cuda/HostLibrary.h"
#include <cstring>

using namespace mlir;

namespace dlc::test {

static float halfToFloat(uint16_t bits) { return float(__builtin_bit_cast(_Float16, bits)); }
static uint16_t floatToHalf(float value) { return __builtin_bit_cast(uint16_t, _Float16(value)); }
static float bfloatToFloat(uint16_t bits) { return __builtin_bit_cast(float, uint32_t(bits) << 16); }
static uint16_t floatToBfloat(float value) {
  uint32_t all = __builtin_bit_cast(uint32_t, value);
  return uint16_t((all + 0x7fff + (all >> 16 & 1)) >> 16);
}

static size_t bytesOf(const std::string &type) {
  if (type == "f64" || type == "i64")
    return 8;
  return type == "f32" || type == "i32" ? 4 : type == "i8" ? 1 : 2;
}

static void put(const std::string &type, void *at, double value) {
  auto as = [&](auto typed) { memcpy(at, &typed, sizeof typed); };
  if (type == "f32")
    as(float(value));
  else if (type == "f64")
    as(value);
  else if (type == "f16")
    as(floatToHalf(float(value)));
  else if (type == "bf16")
    as(floatToBfloat(float(value)));
  else if (type == "i8")
    as(int8_t(value));
  else if (type == "i32")
    as(int32_t(value));
  else
    as(int64_t(value));
}

static double get(const std::string &type, const void *at) {
  auto as = [&](auto typed) {
    memcpy(&typed, at, sizeof typed);
    return typed;
  };
  if (type == "f32")
    return as(float());
  if (type == "f64")
    return as(double());
  if (type == "f16")
    return halfToFloat(as(uint16_t()));
  if (type == "bf16")
    return bfloatToFloat(as(uint16_t()));
  if (type == "i8")
    return as(int8_t());
  if (type == "i32")
    return as(int32_t());
  return double(as(int64_t()));
}

Array random(const std::string &type, size_t count, unsigned seed) {
  Array array{type, std::vector<double>(count)};
  uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1;
  for (double &value : array.values) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    double unit = double(state >> 40) / double(1 << 24);
    char stored[8];
    put(type, stored, type[0] == 'i' ? double(int(unit * 19) - 9) : unit * 4 - 2);
    value = get(type, stored); // what the kernel will read
  }
  return array;
}

struct HostKernels::State {
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  CudaCode code;
  HostLibrary library;
};

static DialectRegistry dialects() {
  DialectRegistry registry;
  registry.insert<DLCDialect, affine::AffineDialect, arith::ArithDialect, func::FuncDialect, gpu::GPUDialect,
                  linalg::LinalgDialect, math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
                  tensor::TensorDialect, vector::VectorDialect>();
  return registry;
}

HostKernels::HostKernels(std::vector<Case> given, bool runnable, bool tf32)
    : cases(std::move(given)), state(new State) {
  state->context.appendDialectRegistry(dialects());
  std::string messages;
  ScopedDiagnosticHandler handler(&state->context, [&](Diagnostic &diagnostic) {
    messages += diagnostic.str() + "\n";
    return success();
  });
  std::string text;
  for (const Case &test : cases)
    text += test.text + "\n";
  state->module = parseSourceString<ModuleOp>(text, &state->context);
  if (state->module && tf32)
    (*state->module)->setAttr("dlc.tf32", UnitAttr::get(&state->context));
  PassManager manager(&state->context);
  if (state->module)
    buildCudaPipeline(manager);
  FailureOr<CudaCode> code = failure();
  if (state->module && succeeded(manager.run(*state->module)))
    code = emitCuda(*state->module, {});
  if (failed(code)) {
    error = "not emitted:\n" + messages;
    return;
  }
  state->code = std::move(*code);
  if (!runnable)
    return;

  std::string source;
  for (const CudaUnit &unit : state->code.units)
    source += unit.text + "\n";
  for (const CudaKernel &kernel : state->code.kernels)
    source += HostLibrary::entry("run_" + kernel.name, kernel.name);
  error = state->library.build(source);
}

HostKernels::~HostKernels() = default;

std::string HostKernels::launch(const CudaKernel &kernel, const std::vector<void *> &arguments, bool reversed) {
  uint32_t grid[3], block[3];
  for (int d = 0; d < 3; ++d) {
    grid[d] = uint32_t(kernel.grid[d]);
    block[d] = uint32_t(kernel.block[d]);
  }
  return state->library.launch("run_" + kernel.name, arguments, grid, block, reversed);
}

std::string HostKernels::run(const Case &test) {
  const CudaKernel *kernel = nullptr;
  for (const CudaKernel &each : state->code.kernels)
    if (each.name == test.name)
      kernel = &each;
  if (!kernel)
    return "no kernel of that name";
  constexpr size_t guard = 256; // bytes around each buffer that must stay as they are
  std::vector<char> first;
  for (int reversed : {0, 1}) {
    std::vector<std::vector<char>> buffers;
    std::vector<void *> pointers;
    auto add = [&](const Array &array, bool input) {
      size_t bytes = bytesOf(array.type), total = bytes * array.values.size();
      std::vector<char> &buffer = buffers.emplace_back(total + 2 * guard + 64, char(0xa5));
      char *at = buffer.data() + guard;
      at += -reinterpret_cast<uintptr_t>(at) & 63;
      for (size_t i = 0; input && i < array.values.size(); ++i)
        put(array.type, at + i * bytes, array.values[i]);
      pointers.push_back(at);
    };
    for (const Array &array : test.inputs)
      add(array, true);
    for (const Array &array : test.expected)
      add(array, false);
    std::string problem;
    if (kernel->finish.empty()) {
      problem = launch(*kernel, pointers, reversed);
    } else {
      std::vector<std::vector<char>> workspace;
      std::vector<void *> first, second;
      for (int argument : kernel->arguments)
        first.push_back(pointers[argument]);
      for (int64_t bytes : kernel->workspace) {
        char *at = workspace.emplace_back(bytes + 64, char(0xa5)).data();
        first.push_back(at + (-reinterpret_cast<uintptr_t>(at) & 63));
        second.push_back(first.back());
      }
      const CudaKernel &finish =
          *llvm::find_if(state->code.kernels, [&](const CudaKernel &each) { return each.name == kernel->finish; });
      for (int argument : finish.arguments)
        second.push_back(pointers[argument]);
      second.insert(second.end(), pointers.begin() + test.inputs.size(), pointers.end());
      problem = launch(*kernel, first, reversed);
      if (problem.empty())
        problem = launch(finish, second, reversed);
    }
    if (!problem.empty())
      return problem;

    std::vector<char> results;
    for (size_t o = 0; o < test.expected.size(); ++o) {
      const Array &expected = test.expected[o];
      size_t bytes = bytesOf(expected.type), total = bytes * expected.values.size();
      size_t slot = test.inputs.size() + o;
      const char *at = static_cast<char *>(pointers[slot]);
      for (const char *p = buffers[slot].data(); p != buffers[slot].data() + buffers[slot].size(); ++p)
        if ((p < at || p >= at + total) && *p != char(0xa5))
          return "output " + std::to_string(o) + ": written out of bounds, " + std::to_string(p - at) +
                 " bytes from its start";
      results.insert(results.end(), at, at + total);
      for (size_t i = 0; i < expected.values.size(); ++i) {
        double value = get(expected.type, at + i * bytes), want = expected.values[i];
        bool same = want != want ? value != value
                                 : value == want || std::abs(value - want) <= test.tolerance * (1 + std::abs(want));
        if (!same)
          return "output " + std::to_string(o) + "[" + std::to_string(i) + "] is " + std::to_string(value) +
                 ", expected " + std::to_string(want) + (reversed ? " (threads in reverse order)" : "");
      }
    }
    if (!reversed)
      first = results;
    else if (first != results)
      return "the result depends on the order of the threads";
  }
  return "";
}

std::string HostKernels::compileAll(const std::vector<std::string> &archs) {
  std::string messages;
  ScopedDiagnosticHandler handler(&state->context, [&](Diagnostic &diagnostic) {
    messages += diagnostic.str() + "\n";
    return success();
  });
  auto code = emitCuda(*state->module, archs);
  if (failed(code))
    return messages;
  for (const CudaKernel &kernel : code->kernels)
    for (const std::string &arch : archs) {
      auto used = kernel.perArch.find(arch);
      if (used == kernel.perArch.end())
        messages += kernel.name + " " + arch + ": no registers reported\n";
      else if (used->second.spillStores || used->second.spillLoads)
        messages += kernel.name + " " + arch + ": spills " + std::to_string(used->second.spillStores) + " bytes\n";
    }
  return messages;
}

} // namespace dlc::test
