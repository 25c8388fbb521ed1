// Symbols and formulas of a file: that they are sound, and their values.
#pragma once
#include "runtime/Expression.h"
#include "runtime/executable_generated.h"

#include <string>

namespace dlc::rt {

using Formulas = flatbuffers::Vector<flatbuffers::Offset<fb::Expr>>;

inline size_t symbolCount(const fb::Program &p) { return p.symbols() ? p.symbols()->size() : 0; }
inline expression::View view(const fb::Expr &e) { return {e.code()->data(), e.code()->size()}; }

/// What is wrong with the symbols, and with the formulas of a tensor, buffer or plan; "" where nothing is.
std::string symbolFault(const fb::Program &);
std::string formulaFault(const fb::Program &, const fb::Variant &plan);

} // namespace dlc::rt
