// Module scope: directives, variables and their initial values, function headers.
#include "tools/gpusim/ptx/Parser.h"

#include <bit>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace gpusim::ptx {

bool Parser::fail(uint32_t line, const std::string &what) {
  if (error.empty())
    error = "line " + std::to_string(line) + ": " + what;
  return false;
}

bool Parser::expect(char c) {
  if (now.is(c)) {
    take();
    return true;
  }
  return fail(std::string("'") + c + "' expected, not '" + std::string(now.text) + "'");
}

bool Parser::numberToken(const Token &t, Operand &o) {
  std::string_view s = t.text;
  auto bad = [&] { return fail(t.line, "'" + std::string(t.text) + "' is no number"); };
  auto hex = [&](std::string_view digits, uint64_t &value, int base) {
    auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    return code == std::errc() && end == digits.data() + digits.size();
  };
  uint64_t value = 0;
  o.kind = OperandKind::Integer;
  if (s.size() == 10 && s[0] == '0' && (s[1] == 'f' || s[1] == 'F')) {
    o.kind = OperandKind::Float, o.type = Type::F32;
    if (!hex(s.substr(2), value, 16))
      return bad();
  } else if (s.size() == 18 && s[0] == '0' && (s[1] == 'd' || s[1] == 'D')) {
    o.kind = OperandKind::Float, o.type = Type::F64;
    if (!hex(s.substr(2), value, 16))
      return bad();
  } else if (s.size() > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
    if (s.back() == 'U')
      s.remove_suffix(1);
    if (!hex(s.substr(2), value, 16))
      return bad();
  } else if (s.find_first_of(".eE") != std::string_view::npos) {
    o.kind = OperandKind::Float, o.type = Type::F64;
    std::string copy(s);
    char *end = nullptr;
    value = std::bit_cast<uint64_t>(std::strtod(copy.c_str(), &end));
    if (*end)
      return bad();
  } else {
    if (s.back() == 'U')
      s.remove_suffix(1);
    int base = 10;
    if (s.size() > 2 && s[0] == '0' && (s[1] == 'b' || s[1] == 'B'))
      base = 2, s.remove_prefix(2);
    else if (s.size() > 1 && s[0] == '0')
      base = 8, s.remove_prefix(1);
    if (!hex(s, value, base))
      return bad();
  }
  o.value = int64_t(value);
  return true;
}

bool Parser::number(int64_t &value) {
  bool negative = takeIf('-');
  if (now.kind != TokenKind::Number)
    return fail("a number expected, not '" + std::string(now.text) + "'");
  Operand o;
  if (!numberToken(take(), o))
    return false;
  value = negative ? -o.value : o.value;
  return true;
}

bool Parser::skipBraces() {
  int depth = 0;
  do {
    if (now.kind == TokenKind::End)
      return fail("'}' expected at the end of the file");
    depth += now.is('{') ? 1 : now.is('}') ? -1 : 0;
    take();
  } while (depth);
  return true;
}

bool Parser::skipStatement() {
  while (!now.is(';')) {
    if (now.kind == TokenKind::End)
      return fail("';' expected at the end of the file");
    take();
  }
  take();
  return true;
}

/// [.align N] [.v4] .type name[n][m]... after the state space was read.
bool Parser::variable(Variable &v, StateSpace space) {
  v.space = space;
  bool haveType = false;
  uint32_t vector = 1;
  int64_t value = 0;
  while (now.kind == TokenKind::Word && now.text[0] == '.') {
    Token t = take();
    std::string_view d = t.text.substr(1);
    if (Type type = typeFromName(d); type != Type::None) {
      v.type = type, haveType = true;
    } else if (d == "align") {
      if (!number(value))
        return false;
      if (haveType) // of what a .ptr parameter points to
        continue;
      v.align = uint32_t(value);
    } else if (d == "v2" || d == "v4" || d == "v8") {
      vector = uint32_t(d[1] - '0');
    } else if (d == "ptr" || d == "global" || d == "const" || d == "shared" || d == "local" || d == "param") {
      continue;
    } else if (d == "attribute") {
      if (!expect('('))
        return false;
      for (int depth = 1; depth; take()) {
        if (now.kind == TokenKind::End)
          return fail("')' expected");
        depth += now.is('(') ? 1 : now.is(')') ? -1 : 0;
      }
    } else {
      return fail(t.line, "unknown directive '" + std::string(t.text) + "' of a variable");
    }
  }
  if (!haveType)
    return fail("a variable needs a type");
  if (now.kind != TokenKind::Word)
    return fail("a variable's name expected, not '" + std::string(now.text) + "'");
  v.name = take().text;
  uint64_t unit = std::max(1u, bitsOf(v.type) / 8) * uint64_t(vector), count = 1;
  bool open = false;
  v.align = std::max<uint32_t>(v.align, uint32_t(unit));
  while (takeIf('[')) {
    if (takeIf(']')) {
      open = true;
      continue;
    }
    if (!number(value) || !expect(']'))
      return false;
    if (value < 0 || uint64_t(value) > (1ull << 40))
      return fail("an array of " + std::to_string(value) + " elements");
    count *= uint64_t(value);
  }
  v.size = open ? 0 : unit * count;
  return true;
}

bool Parser::initialValues(Variable &v, uint64_t &offset) {
  uint32_t bytes = std::max(1u, bitsOf(v.type) / 8);
  if (takeIf('{')) {
    while (!now.is('}')) {
      if (!initialValues(v, offset))
        return false;
      if (!takeIf(','))
        break;
    }
    return expect('}');
  }
  uint64_t bits = 0;
  bool negative = takeIf('-');
  if (now.kind == TokenKind::Number) {
    Operand o;
    if (!numberToken(take(), o))
      return false;
    bits = uint64_t(o.value);
    if (o.kind == OperandKind::Float) {
      double d = o.type == Type::F32 ? double(std::bit_cast<float>(uint32_t(bits))) : std::bit_cast<double>(bits);
      d = negative ? -d : d;
      if (v.type == Type::F32)
        bits =
            std::bit_cast<uint32_t>(o.type == Type::F32 && !negative ? std::bit_cast<float>(uint32_t(bits)) : float(d));
      else if (v.type == Type::F64)
        bits = std::bit_cast<uint64_t>(d);
    } else if (negative) {
      bits = 0 - bits;
    }
  } else if (now.kind == TokenKind::Word) {
    Variable::Relocation r{offset, take().text, 0, false};
    if (r.name == "generic") {
      if (!expect('('))
        return false;
      r.generic = true, r.name = take().text;
      if (!expect(')'))
        return false;
    }
    if (takeIf('+') && !number(r.addend))
      return false;
    v.relocations.push_back(r);
  } else {
    return fail("an initial value expected, not '" + std::string(now.text) + "'");
  }
  if (v.initial.size() < offset + bytes)
    v.initial.resize(offset + bytes);
  std::memcpy(v.initial.data() + offset, &bits, bytes);
  offset += bytes;
  return true;
}

bool Parser::initializer(Variable &v) {
  uint64_t offset = 0;
  if (!initialValues(v, offset))
    return false;
  if (v.size == 0)
    v.size = offset;
  if (offset > v.size)
    return fail("more initial values than '" + std::string(v.name) + "' has bytes");
  return true;
}

bool Parser::file() {
  int64_t index = 0;
  if (!number(index))
    return false;
  if (now.kind != TokenKind::String || index < 0 || index > 1 << 20)
    return fail("a file's name expected");
  if (module.files.size() <= size_t(index))
    module.files.resize(size_t(index) + 1);
  module.files[size_t(index)] = std::string(take().text);
  while (takeIf(',')) // time and size
    take();
  return true;
}

bool Parser::params(Function &fn, std::vector<uint32_t> &list) {
  if (!expect('('))
    return false;
  while (!now.is(')')) {
    Token t = take();
    if (!t.is(".param"))
      return fail(t.line, "'.param' expected, not '" + std::string(t.text) + "'");
    Variable v;
    if (!variable(v, StateSpace::Param))
      return false;
    list.push_back(uint32_t(fn.variables.size()));
    fn.variables.push_back(std::move(v));
    if (!takeIf(','))
      break;
  }
  return expect(')');
}

/// .maxntid and its like, between a function's parameters and its body.
bool Parser::performance(Function &fn) {
  while (now.kind == TokenKind::Word && now.text[0] == '.') {
    Token t = take();
    std::string_view d = t.text.substr(1);
    auto triple = [&](uint32_t *to) {
      for (int i = 0; i < 3; ++i)
        to[i] = 1;
      for (int i = 0; i < 3; ++i) {
        int64_t value = 0;
        if (!number(value))
          return false;
        to[i] = uint32_t(value);
        if (!takeIf(','))
          break;
      }
      return true;
    };
    int64_t value = 0;
    bool ok = true;
    if (d == "maxntid" || d == "reqntid")
      ok = triple(fn.maxThreads), fn.requiredThreads = d == "reqntid";
    else if (d == "reqnctapercluster")
      ok = triple(fn.cluster);
    else if (d == "minnctapersm" || d == "maxnctapersm")
      ok = number(value), fn.minBlocks = uint32_t(value);
    else if (d == "maxnreg")
      ok = number(value), fn.maxRegisters = uint32_t(value);
    else if (d == "maxclusterrank" || d == "abi_preserve" || d == "abi_preserve_control")
      ok = number(value);
    else if (d == "pragma")
      take(), ok = expect(';');
    else if (d != "explicitcluster" && d != "noreturn" && d != "blocksareclusters")
      return fail(t.line, "unknown directive '" + std::string(t.text) + "' of a function");
    if (!ok)
      return false;
  }
  return true;
}

bool Parser::function(bool entry) {
  auto fn = std::make_unique<Function>();
  fn->isEntry = entry, fn->line = now.line;
  if (!entry && now.is('(') && !params(*fn, fn->results))
    return false;
  if (now.kind != TokenKind::Word)
    return fail("a function's name expected, not '" + std::string(now.text) + "'");
  fn->name = take().text;
  if (now.is('(') && !params(*fn, fn->params))
    return false;
  if (!performance(*fn))
    return false;
  if (takeIf(';')) {
    fn->isDeclaration = true;
  } else {
    if (!now.is('{'))
      return fail("'{' or ';' expected, not '" + std::string(now.text) + "'");
    if (!body(*fn))
      return false;
  }
  module.functions.push_back(std::move(fn));
  return true;
}

bool Parser::topLevel() {
  Token t = take();
  if (t.kind != TokenKind::Word || t.text[0] != '.')
    return fail(t.line, "a directive expected, not '" + std::string(t.text) + "'");
  bool isExtern = false;
  while (t.is(".visible") || t.is(".extern") || t.is(".weak") || t.is(".common")) {
    isExtern |= t.is(".extern");
    t = take();
  }
  std::string_view d = t.text;
  if (d == ".version") {
    module.version = take().text;
    return true;
  }
  if (d == ".target") {
    module.target = take().text;
    while (takeIf(','))
      take();
    return true;
  }
  if (d == ".address_size") {
    int64_t bits = 0;
    return number(bits) && (bits == 64 || fail(t.line, "only 64-bit addresses are supported"));
  }
  if (d == ".file")
    return file();
  if (d == ".section") {
    while (!now.is('{')) {
      if (now.kind == TokenKind::End)
        return fail("'{' expected");
      take();
    }
    return skipBraces();
  }
  if (d == ".pragma" || d == ".alias")
    return skipStatement();
  if (d == ".entry" || d == ".func")
    return function(d == ".entry");
  StateSpace space = d == ".global"   ? StateSpace::Global
                     : d == ".const"  ? StateSpace::Const
                     : d == ".shared" ? StateSpace::Shared
                     : d == ".local"  ? StateSpace::Local
                                      : StateSpace::None;
  if (space == StateSpace::None)
    return fail(t.line, "unknown directive '" + std::string(d) + "'");
  do {
    Variable v;
    if (!variable(v, space))
      return false;
    v.isExtern = isExtern;
    if (takeIf('=') && !initializer(v))
      return false;
    if (space == StateSpace::Global || space == StateSpace::Const)
      if (isExtern)
        return fail(t.line, "variable '" + std::string(v.name) + "' is defined in another module");
    moduleVariables[v.name] = int(module.variables.size());
    module.variables.push_back(std::move(v));
  } while (takeIf(','));
  return expect(';');
}

bool Parser::parseModule() {
  while (now.kind != TokenKind::End)
    if (!topLevel())
      return false;
  if (module.version.empty())
    return fail(1, "no .version: this is not PTX");
  return true;
}

std::unique_ptr<Module> parse(std::string_view text, std::string &error) {
  auto module = std::make_unique<Module>();
  module->text = std::string(text);
  error.clear();
  Parser parser(*module, error);
  if (!parser.parseModule())
    return nullptr;
  return module;
}

} // namespace gpusim::ptx
