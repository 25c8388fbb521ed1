// ops-cuda-on-host FILES: the operator tests through the CUDA back end, their kernels' text run on the host.
// The expected values are the tests' own (NumPy, by hand); every kernel runs with its threads in both orders.
#include "codegen/cuda/Cuda.h"
#include "tests/codegen/cuda/HostLibrary.h"
#include "tests/ops/OpTest.h"
#include "tools/compile/Compile.h"
#include "tools/compile/Image.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Path.h"

using namespace dlc;
using namespace dlc::optest;

static llvm::cl::list<std::string> files(llvm::cl::Positional, llvm::cl::desc("FILES"), llvm::cl::OneOrMore);
static llvm::cl::opt<std::string> filter("filter", llvm::cl::desc("Only tests whose name contains this"));

namespace {

struct Job {
  OpTest *test;
  exe::ExecutableImage image;
  exe::Variant variant;
  std::string error;
};

/// The plan and the text of a test; the text goes into a namespace of its own.
void prepare(Job &job, size_t number, std::string &source) {
  OwningOpRef<ModuleOp> module = job.test->module->clone();
  ScopedDiagnosticHandler handler(module->getContext(), [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      job.error += (job.error.empty() ? "" : "; ") + diagnostic.str();
    return success();
  });
  FailureOr<CudaCode> code = failure();
  CompileOptions options;
  options.targets = {"cuda"};
  if (succeeded(lowerTo(*module, Stage::plan, options)) &&
      succeeded(addPlan(*module, job.image, job.variant, false, 0)))
    code = emitCuda(*module, {});
  if (failed(code)) {
    job.error = "does not compile: " + job.error;
    return;
  }
  std::string name = "test_" + std::to_string(number);
  source += "namespace " + name + " {\n";
  for (const CudaUnit &unit : code->units) {
    SmallVector<StringRef> lines;
    StringRef(unit.text).split(lines, '\n');
    for (StringRef line : lines)
      if (!line.starts_with("#include"))
        source += (line.consume_front("extern \"C\" "), line).str() + "\n";
  }
  source += "} // namespace " + name + "\n";
  for (const CudaKernel &kernel : code->kernels)
    source += test::HostLibrary::entry(name + "_" + kernel.name, name + "::" + kernel.name);
}

/// Memory that starts on 64 bytes, as a device's does; filled with 0xA5.
struct Memory {
  explicit Memory(size_t size) : bytes(size + 64, char(0xA5)) {}
  char *data() { return bytes.data() + (-reinterpret_cast<uintptr_t>(bytes.data()) & 63); }
  std::vector<char> bytes;
};

std::string run(Job &job, size_t number, const test::HostLibrary &library, bool reversed) {
  std::vector<Memory> inputs, outputs, weights, constants, derived;
  for (const Tensor &input : job.test->inputs)
    memcpy(inputs.emplace_back(input.bytes.size()).data(), input.bytes.data(), input.bytes.size());
  for (const exe::Tensor &output : job.image.outputs)
    outputs.emplace_back(exe::byteSize(output.dtype, output.shape));
  for (auto [list, into] : {std::pair(&job.image.weights, &weights), std::pair(&job.image.constants, &constants)})
    for (const exe::Weight &weight : *list) {
      size_t size = exe::byteSize(weight.dtype, weight.shape), one = std::max(1u, exe::bitWidth(weight.dtype) / 8);
      char *at = into->emplace_back(size).data();
      if (weight.init == exe::Init::Values)
        memcpy(at, weight.bytes.data, size);
      for (size_t i = 0; weight.init != exe::Init::Values && i < size; i += one)
        memcpy(at + i, &weight.fill, one); // zeros are filled with 0
    }
  for (const exe::Tensor &tensor : job.variant.derived)
    derived.emplace_back(exe::byteSize(tensor.dtype, tensor.shape));
  std::vector<const exe::Variant *> plans;
  for (const exe::Variant &init : job.variant.init)
    plans.push_back(&init);
  plans.push_back(&job.variant);
  for (const exe::Variant *plan : plans) {
    Memory arena(plan->arenaBytes);
    auto pointer = [&](uint32_t index) -> char * {
      const exe::Buffer &buffer = plan->buffers[index];
      switch (buffer.kind) {
      case exe::BufferKind::Input:
        return inputs[buffer.index].data() + buffer.byteOffset;
      case exe::BufferKind::Output:
        return outputs[buffer.index].data() + buffer.byteOffset;
      case exe::BufferKind::Weight:
      case exe::BufferKind::State:
        return weights[buffer.index].data() + buffer.byteOffset;
      case exe::BufferKind::Constant:
        return constants[buffer.index].data() + buffer.byteOffset;
      case exe::BufferKind::Derived:
        return derived[buffer.index].data() + buffer.byteOffset;
      case exe::BufferKind::Arena:
        return arena.data() + buffer.byteOffset;
      }
      return nullptr;
    };
    for (const exe::Step &step : plan->steps) {
      switch (step.kind) {
      case exe::StepKind::Launch: {
        std::vector<void *> arguments;
        for (uint32_t arg : step.args)
          arguments.push_back(pointer(arg));
        const std::string &kernel = plan->kernels[step.kernel].name;
        std::string problem = library.launch("test_" + std::to_string(number) + "_" + kernel, arguments,
                                             step.grid.data(), step.block.data(), reversed);
        if (!problem.empty())
          return kernel + ": " + problem;
        break;
      }
      case exe::StepKind::Copy:
        memcpy(pointer(step.args[1]), pointer(step.args[0]), plan->buffers[step.args[1]].byteSize);
        break;
      case exe::StepKind::Fill:
        for (uint64_t i = 0; i < plan->buffers[step.args[0]].byteSize; i += step.fillWidth)
          memcpy(pointer(step.args[0]) + i, &step.fill, step.fillWidth);
        break;
      default:
        return "the plan has a step that this test cannot run";
      }
    }
  }
  std::string error;
  for (auto [i, expected] : llvm::enumerate(job.test->expected)) {
    Tensor got{cast<RankedTensorType>(job.test->function().getResultTypes()[i]), {}};
    got.bytes.assign(outputs[i].data(), outputs[i].data() + expected.value.bytes.size());
    if (got.type != expected.value.type)
      return "result " + std::to_string(i) + " has another type than expected";
    if (std::string difference = compare(got, expected, i); !difference.empty())
      error += (error.empty() ? "" : "; ") + difference;
  }
  return error;
}

} // namespace

int main(int argc, char **argv) {
  llvm::cl::ParseCommandLineOptions(argc, argv, "Operator tests: CUDA text on the host\n");
  DialectRegistry registry;
  registerCompilerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  size_t passed = 0, failed = 0, found = 0;
  for (const std::string &file : files) {
    std::vector<OpTest> tests;
    if (!readTests(file, context, tests))
      return 1;
    std::vector<Job> jobs;
    std::string source = "#include \"dlc/tensor_conv.cuh\"\n#include \"dlc/depthwise.cuh\"\n"
                         "#include \"dlc/scatter.cuh\"\n#include \"dlc/sort.cuh\"\n#include \"dlc/suppress.cuh\"\n";
    for (OpTest &test : tests)
      if (StringRef(test.name).contains(filter))
        jobs.push_back({&test, {}, {}, {}});
    for (auto [i, job] : llvm::enumerate(jobs))
      prepare(job, i, source);
    test::HostLibrary library;
    std::string broken = jobs.empty() ? "" : library.build(source);
    if (!broken.empty()) {
      llvm::outs() << "FAIL " << file << ": " << broken << "\n";
      ++failed;
      continue;
    }
    for (auto [i, job] : llvm::enumerate(jobs)) {
      auto finds = [](const exe::Step &step) { return step.kind == exe::StepKind::Host; };
      if (job.error.empty() && llvm::any_of(job.variant.steps, finds)) {
        ++found; // sizes in the middle of a run are the runtime's, which the simulator has
        continue;
      }
      for (bool reversed : {false, true})
        if (job.error.empty())
          if (job.error = run(job, i, library, reversed); !job.error.empty() && reversed)
            job.error += " (threads in reverse order)";
      ++(job.error.empty() ? passed : failed);
      if (!job.error.empty())
        llvm::outs() << "FAIL " << llvm::sys::path::stem(file) << "/" << job.test->name << ": " << job.error << "\n";
    }
  }
  llvm::outs() << passed << " passed, " << failed << " failed, " << found
               << " left to the simulator, which find sizes: CUDA text on the host\n";
  return failed || !passed;
}
