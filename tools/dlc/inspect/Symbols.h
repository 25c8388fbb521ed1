// Types and sizes of a .dlx as text, where they are formulas over symbols.
#pragma once
#include "runtime/Program.h"
#include "runtime/Symbols.h"
#include <fmt/format.h>
#include <string>
#include <vector>

namespace dlc::cli::inspect {

using Names = std::vector<std::string>;

inline Names symbolNames(const fb::Program &program) {
  Names names;
  for (size_t i = 0; i < rt::symbolCount(program); ++i)
    names.push_back(program.symbols()->Get(static_cast<unsigned>(i))->name()->str());
  return names;
}

inline std::string formula(const fb::Expr &e, const Names &names) { return expression::text(rt::view(e), names); }

template <class T> const rt::Formulas *formulasOf(const T &t) {
  if constexpr (requires { t.dims(); })
    return t.dims();
  return nullptr;
}

/// "1x784xf32"; "[batch, 784]xf32" where sizes are symbols.
template <class T> std::string typeOf(const T &t, const Names &names = {}) {
  std::string text;
  const rt::Formulas *dims = formulasOf(t);
  if (dims && dims->size()) {
    for (const fb::Expr *e : *dims)
      text += (text.empty() ? "[" : ", ") + formula(*e, names);
    return text + "]x" + rt::dtypeName(t.dtype());
  }
  for (int64_t d : *t.shape())
    text += fmt::format("{}x", d);
  return text + rt::dtypeName(t.dtype());
}

/// "offset + step*symbol of input 'x', dimension 0", or that a run finds it.
inline std::string originOf(const fb::Program &program, const fb::Symbol &s) {
  if (s.input() < 0)
    return "found while running";
  std::string size = s.step() == 1 ? "" : fmt::format("{}*", s.step());
  return fmt::format("{}{}{} is dimension {} of input '{}'", size, s.name()->str(),
                     s.offset() ? fmt::format(" + {}", s.offset()) : "", s.dim(),
                     program.inputs()->Get(static_cast<unsigned>(s.input()))->name()->str());
}

} // namespace dlc::cli::inspect
