// Linked into carried builds ahead of LLVM's archives. lld's driver registers every target that LLVM was built with, 70 MB
// of code generators: all but this machine's are empty here. Empty, too: Polly, which lies in a package of its own.
#include "llvm/Plugins/PassPlugin.h"

llvm::PassPluginLibraryInfo getPollyPluginInfo() { return {}; }

#define DLC_EMPTY(target)                                                                                              \
  extern "C" {                                                                                                         \
  void LLVMInitialize##target##TargetInfo() {}                                                                         \
  void LLVMInitialize##target##Target() {}                                                                             \
  void LLVMInitialize##target##TargetMC() {}                                                                           \
  void LLVMInitialize##target##AsmPrinter() {}                                                                         \
  void LLVMInitialize##target##AsmParser() {}                                                                          \
  }
#define DLC_TARGETS(X)                                                                                                 \
  X(AArch64) X(AMDGPU) X(ARM) X(AVR) X(BPF) X(Hexagon) X(Lanai) X(LoongArch) X(M68k) X(Mips) X(MSP430) X(NVPTX)        \
  X(PowerPC) X(RISCV) X(Sparc) X(SPIRV) X(SystemZ) X(VE) X(WebAssembly) X(XCore) X(Xtensa)
DLC_TARGETS(DLC_EMPTY)
