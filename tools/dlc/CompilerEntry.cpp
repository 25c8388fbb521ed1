// The one function that libdlc_compiler.so is entered by.
#include "tools/dlc/CompilerLibrary.h"

extern "C" const dlc::driver::CompilerLibrary *dlc_compiler() {
  using namespace dlc::driver;
  static constexpr CompilerLibrary library{DLC_VERSION, Model::open, checkTargetsHere, warmUpHere,
                                           importedOperatorsHere};
  return &library;
}
