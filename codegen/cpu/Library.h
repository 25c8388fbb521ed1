// Contractions as calls of oneDNN: the descriptor that becomes a Library step of the executable.
#pragma once
#include "codegen/Executable.h"
#include "codegen/cpu/Contraction.h"
#include "ir/Symbols.h"

namespace dlc {

/// Whether the CPU library's call of `contraction` applies an epilogue: `body` is its scalar meaning, the first
/// argument the contraction's element, the other arguments elements of further operands, one value yielded. For the
/// fuse pass; `why` (may be null) gets the reason of a refusal.
bool cpuLibraryTakesEpilogue(Operation *contraction, Block &body, std::string *why = nullptr);

/// The attribute `dlc.library` of a contraction kernel: everything of exe::Matmul or exe::Convolution by name. Null
/// where the library has no such call, or where the generated kernel is faster; `why` then says so. Buffers are
/// numbered as the kernel's arguments.
DictionaryAttr cpuLibraryCall(func::FuncOp kernel, std::string &why);

/// Turns that attribute into the step's `matmul` or `convolution`. `ranges` declare all symbols in it.
void setLibraryCall(DictionaryAttr call, const SymbolRanges &ranges, exe::Step &step);

} // namespace dlc
