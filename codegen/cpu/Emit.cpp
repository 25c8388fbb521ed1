// LLVM dialect -> LLVM IR -> object code -> shared object, for a named CPU level and never for the building host.
#include "codegen/cpu/Cpu.h"
#include "codegen/cpu/Link.h"
#include "codegen/cpu/Lower.h"
#include "codegen/cpu/Routine.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include <chrono>

using namespace mlir;

namespace dlc {

static const char *const kTriple = "x86_64-unknown-linux-gnu";

static constexpr llvm::StringLiteral kLevels[] = {"x86-64-v2", "x86-64-v3", "x86-64-v4"};

ArrayRef<llvm::StringLiteral> cpuLevels() { return kLevels; }

CpuVectors cpuVectors(StringRef cpuLevel) {
  if (cpuLevel == "x86-64-v2")
    return {16, 16};
  return cpuLevel == "x86-64-v4" ? CpuVectors{64, 32} : CpuVectors{32, 16};
}

static std::unique_ptr<llvm::TargetMachine> makeTargetMachine(StringRef cpuLevel) {
  static bool initialised = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    return true;
  }();
  (void)initialised;
  std::string error;
  llvm::Triple triple(kTriple);
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Fast; // contraction everywhere: DESIGN.md, section 4
  // -O2 took half as long again, and no model measured ran faster for it: the schedule has said it all.
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, cpuLevel, /*Features=*/"", options, llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Less));
}

// The schedule writes vector operations and hoists by structure; what is left is cleaning up after address arithmetic.
static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager lam;
  llvm::FunctionAnalysisManager fam;
  llvm::CGSCCAnalysisManager cgam;
  llvm::ModuleAnalysisManager mam;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(mam);
  builder.registerCGSCCAnalyses(cgam);
  builder.registerFunctionAnalyses(fam);
  builder.registerLoopAnalyses(lam);
  builder.crossRegisterProxies(lam, fam, cgam, mam);
  llvm::FunctionPassManager fpm;
  fpm.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  fpm.addPass(llvm::InstCombinePass());
  fpm.addPass(llvm::SimplifyCFGPass());
  fpm.addPass(llvm::createFunctionToLoopPassAdaptor(llvm::LICMPass(llvm::LICMOptions()), /*UseMemorySSA=*/true));
  fpm.addPass(llvm::EarlyCSEPass());
  llvm::ModulePassManager mpm;
  mpm.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(fpm)));
  mpm.run(module, mam);
}

namespace {
struct Compiled {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module;
  std::unique_ptr<llvm::TargetMachine> machine;
};
} // namespace

// The scheduled kernels alone, in a module of their own: what else the module holds is none of the emitter's business.
static OwningOpRef<ModuleOp> extractKernels(ModuleOp module) {
  OwningOpRef<ModuleOp> kernels = ModuleOp::create(module.getLoc(), "kernels");
  OpBuilder b = OpBuilder::atBlockEnd(kernels->getBody());
  for (Operation &op : *module.getBody())
    if (op.hasAttr("dlc.work") || op.hasAttr("dlc.cpu_body"))
      b.clone(op);
  return kernels;
}

static LogicalResult compile(ModuleOp module, StringRef cpuLevel, bool optimized, Compiled &out) {
  if (!llvm::is_contained(kLevels, cpuLevel))
    return module.emitError("cpu level '") << cpuLevel << "' is not known; use x86-64-v2, x86-64-v3 or x86-64-v4";
  MLIRContext *ctx = module.getContext();
  registerBuiltinDialectTranslation(*ctx);
  registerLLVMDialectTranslation(*ctx);
  OwningOpRef<ModuleOp> kernels = extractKernels(module);
  if (failed(lowerCpuToLLVM(*kernels, cpuLevel)))
    return failure();
  out.module = translateModuleToLLVMIR(*kernels, out.context, "kernels");
  if (!out.module)
    return failure();
  out.machine = makeTargetMachine(cpuLevel);
  if (!out.machine)
    return module.emitError("this LLVM has no x86-64 target");
  out.module->setTargetTriple(out.machine->getTargetTriple());
  out.module->setDataLayout(out.machine->createDataLayout());
  std::string error;
  if (!linkRoutines(*out.module, error))
    return module.emitError(error);
  std::string width = std::to_string(8 * cpuVectors(cpuLevel).bytes);
  for (llvm::Function &f : *out.module) {
    if (f.isDeclaration())
      continue;
    f.addFnAttr("target-cpu", cpuLevel);
    f.addFnAttr("prefer-vector-width", width);
    f.addFnAttr(llvm::Attribute::NoUnwind);
  }
  if (optimized)
    optimize(*out.module, *out.machine);
  return success();
}

static LogicalResult emitFile(Compiled &compiled, llvm::raw_pwrite_stream &os, llvm::CodeGenFileType type) {
  llvm::legacy::PassManager pm;
  if (compiled.machine->addPassesToEmitFile(pm, os, nullptr, type, /*DisableVerify=*/true))
    return failure();
  pm.run(*compiled.module);
  return success();
}

FailureOr<std::string> emitCpuText(ModuleOp module, StringRef cpuLevel, CpuText kind) {
  Compiled compiled;
  if (failed(compile(module, cpuLevel, kind != CpuText::LLVMIR, compiled)))
    return failure();
  if (kind != CpuText::Assembly) {
    std::string text;
    llvm::raw_string_ostream os(text);
    compiled.module->print(os, nullptr);
    return text;
  }
  SmallString<0> text;
  llvm::raw_svector_ostream os(text);
  if (failed(emitFile(compiled, os, llvm::CodeGenFileType::AssemblyFile)))
    return module.emitError("LLVM cannot write assembly for ") << cpuLevel;
  return text.str().str();
}

namespace {
class Timed {
public:
  Timed(const PartClock &clock, StringRef part) : clock(clock), part(part) {}
  ~Timed() {
    if (clock)
      clock(part, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }

private:
  const PartClock &clock;
  StringRef part;
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
};

struct Translated : CpuCode {
  Compiled compiled;
  std::optional<std::vector<char>> build(std::string &error, const PartClock &clock) override {
    SmallString<0> object;
    {
      Timed timed(clock, "LLVM");
      optimize(*compiled.module, *compiled.machine);
      llvm::raw_svector_ostream os(object);
      if (failed(emitFile(compiled, os, llvm::CodeGenFileType::ObjectFile))) {
        error = "LLVM cannot write an object";
        return std::nullopt;
      }
    }
    Timed timed(clock, "lld");
    FailureOr<std::vector<char>> linked = linkSharedObject(object, error);
    if (succeeded(linked))
      return std::move(*linked);
    error = "linking the CPU kernels failed: " + error;
    return std::nullopt;
  }
};
} // namespace

FailureOr<std::unique_ptr<CpuCode>> translateKernels(ModuleOp module, StringRef cpuLevel, const PartClock &clock) {
  Timed timed(clock, "LLVM IR");
  auto translated = std::make_unique<Translated>();
  if (failed(compile(module, cpuLevel, /*optimized=*/false, translated->compiled)))
    return failure();
  return std::unique_ptr<CpuCode>(std::move(translated));
}

FailureOr<std::vector<char>> emitSharedObject(ModuleOp module, StringRef cpuLevel) {
  auto code = translateKernels(module, cpuLevel);
  if (failed(code))
    return failure();
  std::string error;
  if (auto bytes = (*code)->build(error, {}))
    return std::move(*bytes);
  return module.emitError(error);
}

void registerCpuDialects(DialectRegistry &registry) {
  registry.insert<LLVM::LLVMDialect, scf::SCFDialect, cf::ControlFlowDialect, arith::ArithDialect, math::MathDialect,
                  vector::VectorDialect, func::FuncDialect>();
}

} // namespace dlc
