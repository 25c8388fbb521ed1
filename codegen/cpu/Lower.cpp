// Scheduled kernels (scf, arith, math, vector, llvm memory operations) to the LLVM dialect, in one conversion.
#include "codegen/cpu/Lower.h"
#include "codegen/cpu/Cpu.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"

using namespace mlir;

namespace dlc {

// Upstream's polynomial takes denormals for the least normal number: log(x) = log(x * 2^24) - 24 log(2) for these.
static void scaleLogarithms(ModuleOp module) {
  SmallVector<math::LogOp> logs;
  module.walk([&](math::LogOp op) {
    if (getElementTypeOrSelf(op.getType()).isF32())
      logs.push_back(op);
  });
  for (math::LogOp op : logs) {
    OpBuilder b(op);
    Location loc = op.getLoc();
    auto constant = [&](float value) -> Value {
      Attribute attr = b.getF32FloatAttr(value);
      if (auto vector = dyn_cast<VectorType>(op.getType()))
        attr = DenseElementsAttr::get(vector, attr);
      return arith::ConstantOp::create(b, loc, cast<TypedAttr>(attr));
    };
    Value x = op.getOperand();
    Value tiny = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, constant(0x1p-126f));
    Value scaled = arith::SelectOp::create(b, loc, tiny, arith::MulFOp::create(b, loc, x, constant(0x1p24f)), x);
    Value excess = arith::SelectOp::create(b, loc, tiny, constant(16.635532333f), constant(0.0f));
    auto log = math::LogOp::create(b, loc, scaled);
    op.replaceAllUsesWith(arith::SubFOp::create(b, loc, log, excess).getResult());
    op.erase();
  }
}

// What has no instruction or LLVM intrinsic of its own becomes arithmetic: f32 transcendentals, bf16 conversions, floor
// divisions.
static LogicalResult expandMath(ModuleOp module) {
  scaleLogarithms(module);
  RewritePatternSet patterns(module.getContext());
  // Upstream's sin and cos lose accuracy with the argument's size; those and powf go to libm.
  auto approximate = [](StringRef name) {
    return llvm::is_contained(
        {"math.exp", "math.log", "math.log2", "math.log1p", "math.expm1", "math.tanh", "math.erf", "math.atan"}, name);
  };
  populateMathF32ExpansionPatterns(patterns, approximate);
  populateMathPolynomialApproximationPatterns(patterns, approximate);
  arith::populateExpandBFloat16Patterns(patterns);
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  GreedyRewriteConfig config;
  config.enableFolding(true).setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
  return applyPatternsGreedily(module, std::move(patterns), config);
}

/// A multiply-add that may round twice: an instruction where there is one, never a call of libm's fma.
struct FuseIfFast : OpConversionPattern<math::FmaOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(math::FmaOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::FMulAddOp>(op, adaptor.getA().getType(), adaptor.getA(), adaptor.getB(),
                                                 adaptor.getC());
    return success();
  }
};

LogicalResult lowerCpuToLLVM(ModuleOp module, StringRef cpuLevel) {
  MLIRContext *ctx = module.getContext();
  if (failed(expandMath(module)))
    return module.emitError("math expansion did not converge");
  moveBFloatAsInt(module);
  bool old = cpuLevel == "x86-64-v2";
  if (old)
    expandHalfConversions(module);

  { // What is left of these has no LLVM intrinsic, or one that loses digits (expm1 as exp - 1).
    RewritePatternSet patterns(ctx);
    populateMathToLibmConversionPatterns(patterns);
    ConversionTarget target(*ctx);
    target.markUnknownOpDynamicallyLegal([](Operation *op) {
      return op->getDialect()->getNamespace() != "math" ||
             isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp, math::CosOp, math::CountLeadingZerosOp,
                 math::CountTrailingZerosOp, math::CtPopOp, math::ExpOp, math::Exp2Op, math::FloorOp, math::FmaOp,
                 math::FPowIOp, math::LogOp, math::Log10Op, math::Log2Op, math::PowFOp, math::RoundOp,
                 math::RoundEvenOp, math::RsqrtOp, math::SinOp, math::SqrtOp, math::TruncOp, math::IsNaNOp,
                 math::IsInfOp, math::IsFiniteOp, math::IsNormalOp>(op);
    });
    if (failed(applyPartialConversion(module, target, std::move(patterns))))
      return failure();
  }
  {
    RewritePatternSet patterns(ctx);
    populateSCFToControlFlowConversionPatterns(patterns);
    ConversionTarget target(*ctx);
    target.addIllegalDialect<scf::SCFDialect>();
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    if (failed(applyPartialConversion(module, target, std::move(patterns))))
      return failure();
  }
  LLVMTypeConverter converter(ctx);
  RewritePatternSet patterns(ctx);
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns);
  if (old)
    patterns.add<FuseIfFast>(converter, ctx, /*benefit=*/2);
  populateVectorToLLVMConversionPatterns(converter, patterns, /*reassociateFPReductions=*/false);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  populateFuncToLLVMConversionPatterns(converter, patterns);
  LLVMConversionTarget target(*ctx);
  target.addLegalOp<ModuleOp>();
  return applyFullConversion(module, target, std::move(patterns));
}

namespace {
struct LowerCpuPass : PassWrapper<LowerCpuPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerCpuPass)
  LowerCpuPass() = default;
  LowerCpuPass(const LowerCpuPass &other) : PassWrapper(other) { level = other.level.getValue(); }
  explicit LowerCpuPass(std::string cpuLevel) { level = cpuLevel; }
  StringRef getArgument() const override { return "dlc-lower-cpu"; }
  StringRef getDescription() const override { return "Lower scheduled CPU kernels to the LLVM dialect"; }
  void getDependentDialects(DialectRegistry &registry) const override { registerCpuDialects(registry); }
  void runOnOperation() override {
    if (failed(lowerCpuToLLVM(getOperation(), level)))
      signalPassFailure();
  }

  Option<std::string> level{*this, "cpu", llvm::cl::desc("CPU level: x86-64-v2, x86-64-v3 or x86-64-v4"),
                            llvm::cl::init("x86-64-v3")};
};
} // namespace

std::unique_ptr<Pass> createLowerCpuPass(std::string cpuLevel) {
  return std::make_unique<LowerCpuPass>(std::move(cpuLevel));
}

} // namespace dlc
