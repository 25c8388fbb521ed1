#include "runtime/Expression.h"

#include <algorithm>
#include <iterator>

namespace dlc::expression {
namespace {

constexpr size_t deepest = 64, longest = 4096;

struct Row {
  const char *name;
  int binds; // of its infix form; 0: written as a call
};
constexpr Row rows[] = {{"", 4},          {"", 4},      {" + ", 1}, {"*", 2},  {" floordiv ", 2},
                        {" ceildiv ", 2}, {" mod ", 2}, {"min", 0}, {"max", 0}};

bool apply(int64_t op, int64_t a, int64_t b, int64_t &out) {
  switch (op) {
  case Add:
    return !__builtin_add_overflow(a, b, &out);
  case Mul:
    return !__builtin_mul_overflow(a, b, &out);
  case FloorDiv:
  case CeilDiv:
  case Mod: {
    if (b <= 0)
      return false;
    int64_t quotient = a / b, rest = a % b; // towards zero
    if (op == Mod)
      out = rest < 0 ? rest + b : rest;
    else
      out = quotient + (op == CeilDiv ? rest > 0 : -(rest < 0));
    return true;
  }
  case Min:
    out = std::min(a, b);
    return true;
  default:
    out = std::max(a, b);
    return true;
  }
}

} // namespace

Code constant(int64_t value) { return {Constant, value}; }
Code symbol(uint32_t index) { return {Symbol, int64_t(index)}; }
bool isConstant(View code) { return code.size() == 2 && code[0] == Constant; }

Code binary(Op op, const Code &a, const Code &b) {
  int64_t value;
  if (isConstant(a) && isConstant(b) && apply(op, a[1], b[1], value))
    return constant(value);
  Code result = a;
  result.insert(result.end(), b.begin(), b.end());
  result.push_back(op);
  return result;
}

bool wellFormed(View code, size_t symbols) {
  if (code.empty() || code.size() > longest)
    return false;
  size_t depth = 0;
  for (size_t i = 0; i != code.size(); ++i) {
    int64_t op = code[i];
    if (op < Constant || op > Max)
      return false;
    if (op <= Symbol) {
      if (++i == code.size() || ++depth > deepest)
        return false;
      if (op == Symbol && (code[i] < 0 || uint64_t(code[i]) >= symbols))
        return false;
    } else if (depth < 2) {
      return false;
    } else {
      --depth;
    }
  }
  return depth == 1;
}

bool evaluate(View code, View symbols, int64_t &value) {
  int64_t stack[deepest];
  size_t depth = 0;
  for (size_t i = 0; i != code.size(); ++i) {
    if (code[i] == Constant) {
      stack[depth++] = code[++i];
    } else if (code[i] == Symbol) {
      stack[depth++] = symbols[size_t(code[++i])];
    } else {
      --depth;
      if (!apply(code[i], stack[depth - 1], stack[depth], stack[depth - 1]))
        return false;
    }
  }
  value = stack[0];
  return true;
}

bool uses(View code, uint32_t symbol) {
  for (size_t i = 0; i != code.size(); ++i)
    if (code[i] <= Symbol && code[i++] == Symbol && code[i] == int64_t(symbol))
      return true;
  return false;
}

std::string text(View code, std::span<const std::string> names) {
  struct Part {
    std::string text;
    int binds;
  };
  std::vector<Part> stack;
  for (size_t i = 0; i != code.size(); ++i) {
    int64_t op = code[i];
    if (op == Constant) {
      stack.push_back({std::to_string(code[++i]), 4});
      continue;
    }
    if (op == Symbol) {
      size_t index = size_t(code[++i]);
      stack.push_back({index < names.size() ? names[index] : "symbol " + std::to_string(index), 4});
      continue;
    }
    Part b = std::move(stack.back());
    stack.pop_back();
    Part &a = stack.back();
    const Row &row = rows[op];
    if (!row.binds) {
      a = {std::string(row.name) + "(" + a.text + ", " + b.text + ")", 4};
      continue;
    }
    auto in = [&](const Part &p, bool right) {
      bool loose = p.binds < row.binds || (p.binds == row.binds && (right || op > Mul) && op != Add);
      return loose ? "(" + p.text + ")" : p.text;
    };
    a = {in(a, false) + row.name + in(b, true), row.binds};
  }
  return stack.empty() ? "" : stack[0].text;
}

} // namespace dlc::expression
