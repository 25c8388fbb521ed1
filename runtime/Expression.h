// Sizes as formulas over symbols: postfix programs of 64-bit integers, as a .dlx holds them. Pure C++20, for the writer
// and the runtime both.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace dlc::expression {

/// Constant and Symbol are followed by their value or index. The others take two values from the stack: the divisions
/// are those of floor and ceiling, Mod is what FloorDiv leaves; a divisor of 0 or below is an error.
enum Op : int64_t { Constant = 0, Symbol, Add, Mul, FloorDiv, CeilDiv, Mod, Min, Max };

using Code = std::vector<int64_t>;
using View = std::span<const int64_t>;

Code constant(int64_t value);
Code symbol(uint32_t index);
/// The operation on two programs; of two constants, their value (unless that is an error).
Code binary(Op op, const Code &a, const Code &b);
/// Whether it is a lone constant.
bool isConstant(View code);

/// Whether it is a program that leaves one value, with symbols below `symbols`. Depth and length are limited.
bool wellFormed(View code, size_t symbols);
/// Its value; false where something overflows or divides by what is not positive. `code` must be well-formed.
bool evaluate(View code, View symbols, int64_t &value);
/// Whether it names the symbol.
bool uses(View code, uint32_t symbol);
/// "2*seq + 1", with names by index.
std::string text(View code, std::span<const std::string> names);

} // namespace dlc::expression
