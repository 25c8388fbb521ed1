// mlir-opt for the dialect: upstream's flags, dlc's passes, what any stage dumps.
#include "codegen/cpu/Cpu.h"
#include "codegen/cuda/Cuda.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"
#include "passes/Training.h"
#include "tools/compile/Compile.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  dlc::registerCompilerDialects(registry);
  mlir::registerTransformsPasses();
  dlc::registerPasses();
  dlc::registerTrainingPasses();
  dlc::registerCpuPasses();
  dlc::registerCudaPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "dlc-opt\n", registry));
}
