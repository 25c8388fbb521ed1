// mlir-opt for the dialect: upstream's flags, dlc's passes.
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"
#include "passes/Registration.h"
#include "passes/Training.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  dlc::registerAllDialects(registry);
  mlir::registerTransformsPasses();
  dlc::registerPasses();
  dlc::registerTrainingPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "dlc-opt\n", registry));
}
