// The parser's own state, shared by what reads modules (Parser.cpp) and what reads function bodies (ParseBody.cpp).
#pragma once
#include "tools/gpusim/ptx/Lexer.h"
#include "tools/gpusim/ptx/Module.h"

#include <unordered_map>

namespace gpusim::ptx {

class Parser {
public:
  Parser(Module &module, std::string &error) : module(module), error(error), lexer(module.text) {
    take();
    take();
  }
  bool parseModule();

private:
  /// A name within a function. Register ranges ("%r<9>") are found by their prefix.
  struct Name {
    enum Kind : uint8_t { Register, Range, Variable, Table } kind;
    uint32_t index, count;
  };
  struct Scope {
    int parent = -1;
    std::unordered_map<std::string_view, Name> names, ranges; // "%p<2>" and "%p" may stand side by side
    std::unordered_map<std::string_view, uint32_t> labels;
  };
  struct LabelUse {
    uint32_t instruction; // ~0u: of a branch table
    uint32_t operand, entry;
    int scope;
    std::string_view name;
    uint32_t line;
  };

  // Tokens
  Token take() {
    Token t = now;
    now = ahead;
    ahead = lexer.next();
    return t;
  }
  bool fail(uint32_t line, const std::string &what);
  bool fail(const std::string &what) { return fail(now.line, what); }
  bool expect(char c);
  bool takeIf(char c) { return now.is(c) ? (take(), true) : false; }
  bool number(int64_t &value);
  bool numberToken(const Token &, Operand &);

  // Parser.cpp: modules
  bool variable(Variable &, StateSpace);
  bool initializer(Variable &);
  bool initialValues(Variable &, uint64_t &offset);
  bool skipBraces();
  bool skipStatement();
  bool function(bool entry);
  bool params(Function &, std::vector<uint32_t> &);
  bool performance(Function &);
  bool file();
  bool topLevel();

  // ParseBody.cpp: functions
  bool body(Function &);
  bool statement();
  bool registers();
  bool label(std::string_view name, uint32_t line);
  bool loc();
  bool branchTargets(std::string_view name);
  bool instruction();
  bool operand(Operand &, const Instruction &);
  bool primary(Operand &, const Instruction &);
  bool nameOperand(Operand &, std::string_view name, const Instruction &);
  bool addressOperand(Operand &, const Instruction &);
  bool resolveLabels();
  const Name *lookup(std::string_view name, uint32_t &registerNumber) const;

  Module &module;
  std::string &error;
  Lexer lexer;
  Token now, ahead;

  Function *f = nullptr;
  std::vector<Scope> scopes;
  int scope = -1;
  std::vector<LabelUse> uses;
  uint32_t location = 0;
  std::unordered_map<std::string_view, int> moduleVariables;
};

} // namespace gpusim::ptx
