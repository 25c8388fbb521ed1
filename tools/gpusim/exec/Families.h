// Every family of instructions, in the order in which they are asked.
#pragma once
#include "tools/gpusim/exec/Decoder.h"

#include <span>

namespace gpusim {

bool decodeInteger(const ptx::Instruction &, Decoder &);
bool decodeFloat(const ptx::Instruction &, Decoder &);
bool decodeHalf(const ptx::Instruction &, Decoder &);
bool decodeCompare(const ptx::Instruction &, Decoder &);
bool decodeConvert(const ptx::Instruction &, Decoder &);
bool decodeMove(const ptx::Instruction &, Decoder &);
bool decodeMemory(const ptx::Instruction &, Decoder &);
bool decodeAtomic(const ptx::Instruction &, Decoder &);
bool decodeWarp(const ptx::Instruction &, Decoder &);
bool decodeBarrier(const ptx::Instruction &, Decoder &);
bool decodeSystem(const ptx::Instruction &, Decoder &);

/// Families that other parts of the simulator bring (tensor cores, asynchronous copies) are added before the first
/// module is loaded: `static bool added = addFamily(decodeMma);` does not survive static linking, so exec/Families.cpp
/// names them.
std::span<const DecodeFamily> families();

} // namespace gpusim
