// Function bodies: declarations, labels, instructions and their operands.
#include "tools/gpusim/ptx/Parser.h"

namespace gpusim::ptx {

const Parser::Name *Parser::lookup(std::string_view name, uint32_t &registerNumber) const {
  size_t digits = name.size();
  while (digits && name[digits - 1] >= '0' && name[digits - 1] <= '9')
    --digits;
  uint32_t value = 0;
  bool ranged = digits < name.size() && name.size() - digits <= 7 && (name[digits] != '0' || digits + 1 == name.size());
  if (ranged)
    for (size_t i = digits; i < name.size(); ++i)
      value = value * 10 + uint32_t(name[i] - '0');
  for (int s = scope; s >= 0; s = scopes[size_t(s)].parent) {
    const auto &names = scopes[size_t(s)].names, &ranges = scopes[size_t(s)].ranges;
    if (ranged)
      if (auto it = ranges.find(name.substr(0, digits)); it != ranges.end())
        if (value < it->second.count) {
          registerNumber = it->second.index + value;
          return &it->second;
        }
    if (auto it = names.find(name); it != names.end()) {
      registerNumber = it->second.index;
      return &it->second;
    }
  }
  return nullptr;
}

bool Parser::registers() {
  Token t = take();
  Type type = t.kind == TokenKind::Word ? typeFromName(t.text.substr(1)) : Type::None;
  if (type == Type::None)
    return fail(t.line, "unknown type '" + std::string(t.text) + "' of a register");
  do {
    if (now.kind != TokenKind::Word)
      return fail("a register's name expected, not '" + std::string(now.text) + "'");
    std::string_view name = take().text;
    int64_t count = 1;
    bool range = takeIf('<');
    if (range && (!number(count) || !expect('>')))
      return false;
    if (count < 0 || count > 1 << 22)
      return fail(t.line, std::to_string(count) + " registers");
    Scope &here = scopes[size_t(scope)];
    (range ? here.ranges : here.names)[name] = {range ? Name::Range : Name::Register, uint32_t(f->registers.size()),
                                                uint32_t(count)};
    f->registers.resize(f->registers.size() + size_t(count), Register{name, type});
  } while (takeIf(','));
  return expect(';');
}

bool Parser::label(std::string_view name, uint32_t line) {
  auto [it, added] = scopes[size_t(scope)].labels.emplace(name, uint32_t(f->labels.size()));
  if (!added)
    return fail(line, "label '" + std::string(name) + "' is defined twice");
  f->labels.push_back({name, uint32_t(f->instructions.size())});
  return true;
}

bool Parser::loc() {
  int64_t file = 0, line = 0, column = 0;
  if (!number(file) || !number(line) || !number(column))
    return false;
  Location l{uint32_t(file), uint32_t(line), uint32_t(column), -1};
  auto find = [&](const Location &what) {
    for (size_t i = module.locations.size(); i-- > 1;) {
      const Location &have = module.locations[i];
      if (have.file == what.file && have.line == what.line && have.column == what.column)
        return int32_t(i);
    }
    module.locations.push_back(what);
    return int32_t(module.locations.size() - 1);
  };
  while (takeIf(',')) {
    Token t = take();
    if (t.is("function_name")) {
      take(); // a label within .debug_str
      if (takeIf('+')) {
        int64_t offset = 0;
        if (!number(offset))
          return false;
      }
    } else if (t.is("inlined_at")) {
      if (!number(file) || !number(line) || !number(column))
        return false;
      l.inlinedAt = find({uint32_t(file), uint32_t(line), uint32_t(column), -1});
    } else {
      return fail(t.line, "unknown attribute '" + std::string(t.text) + "' of .loc");
    }
  }
  location = uint32_t(module.locations.size());
  module.locations.push_back(l);
  return true;
}

bool Parser::branchTargets(std::string_view name) {
  scopes[size_t(scope)].names[name] = {Name::Table, uint32_t(f->tables.size()), 1};
  BranchTable table{name, {}};
  do {
    if (now.kind != TokenKind::Word)
      return fail("a label expected, not '" + std::string(now.text) + "'");
    Token t = take();
    uses.push_back({~0u, uint32_t(f->tables.size()), uint32_t(table.labels.size()), scope, t.text, t.line});
    table.labels.push_back(0);
  } while (takeIf(','));
  f->tables.push_back(std::move(table));
  return expect(';');
}

bool Parser::statement() {
  Token t = now;
  if (t.is('{')) {
    take();
    scopes.push_back({scope, {}, {}});
    scope = int(scopes.size()) - 1;
    return true;
  }
  if (t.is('}')) {
    take();
    scope = scopes[size_t(scope)].parent;
    return true;
  }
  if (takeIf(';'))
    return true;
  if (t.kind == TokenKind::Word && t.text[0] == '.') {
    take();
    if (t.text == ".reg")
      return registers();
    if (t.text == ".loc")
      return loc();
    if (t.text == ".file")
      return file();
    if (t.text == ".pragma")
      return skipStatement();
    StateSpace space = t.text == ".shared"   ? StateSpace::Shared
                       : t.text == ".local"  ? StateSpace::Local
                       : t.text == ".param"  ? StateSpace::Param
                       : t.text == ".global" ? StateSpace::Global
                       : t.text == ".const"  ? StateSpace::Const
                                             : StateSpace::None;
    if (space == StateSpace::None)
      return fail(t.line, "unknown directive '" + std::string(t.text) + "'");
    do {
      Variable v;
      if (!variable(v, space))
        return false;
      if (takeIf('=') && !initializer(v))
        return false;
      if (space == StateSpace::Global || space == StateSpace::Const) {
        // Memory of the module with a name of the function: the driver front sees to it like any other.
        scopes[size_t(scope)].names[v.name] = {Name::Variable, uint32_t(-2 - int(module.variables.size())), 1};
        module.variables.push_back(std::move(v));
      } else {
        scopes[size_t(scope)].names[v.name] = {Name::Variable, uint32_t(f->variables.size()), 1};
        f->variables.push_back(std::move(v));
      }
    } while (takeIf(','));
    return expect(';');
  }
  if (t.kind == TokenKind::Word && ahead.is(':')) {
    take();
    take();
    if (now.is(".branchtargets")) {
      take();
      return branchTargets(t.text);
    }
    if (now.is(".callprototype") || now.is(".calltargets"))
      return skipStatement();
    return label(t.text, t.line);
  }
  return instruction();
}

bool Parser::nameOperand(Operand &o, std::string_view name, const Instruction &in) {
  if (in.opcode == "bra") {
    o.kind = OperandKind::Label, o.text = name;
    uses.push_back({uint32_t(f->instructions.size()), uint32_t(in.operands.size()), 0, scope, name, in.line});
    return true;
  }
  uint32_t index = 0;
  if (const Name *n = lookup(name, index)) {
    switch (n->kind) {
    case Name::Register:
    case Name::Range:
      o.kind = OperandKind::Register, o.reg = index, o.type = f->registers[index].type;
      break;
    case Name::Variable:
      o.kind = OperandKind::Variable, o.variable = int32_t(index);
      break;
    case Name::Table:
      o.kind = OperandKind::Table, o.label = index;
      break;
    }
    o.text = name;
    return true;
  }
  o.text = name;
  if (name == "_") {
    o.kind = OperandKind::Sink;
  } else if (name == "WARP_SZ") {
    o.kind = OperandKind::Integer, o.value = 32;
  } else if (auto it = moduleVariables.find(name); it != moduleVariables.end()) {
    o.kind = OperandKind::Variable, o.variable = -2 - it->second;
  } else if (name[0] == '%') {
    o.kind = OperandKind::Special;
  } else if (in.opcode == "call") {
    o.kind = OperandKind::Function;
  } else if (module.function(name)) {
    o.kind = OperandKind::Function;
  } else {
    o.kind = OperandKind::Opaque; // .b32, a call's prototype: what uses it says whether it knows it
    return name[0] == '.' || fail(in.line, "unknown name '" + std::string(name) + "'");
  }
  return true;
}

bool Parser::addressOperand(Operand &o, const Instruction &in) {
  o.kind = OperandKind::Address;
  do {
    Operand part;
    if (!operand(part, in))
      return false;
    if (o.parts.empty()) {
      while (now.is('+') || now.is('-')) {
        bool minus = take().is('-');
        int64_t value = 0;
        if (!number(value))
          return false;
        o.value += minus ? -value : value;
      }
      if (part.kind == OperandKind::Variable)
        o.value += part.value, part.value = 0;
    }
    o.parts.push_back(std::move(part));
  } while (takeIf(','));
  return expect(']');
}

bool Parser::primary(Operand &o, const Instruction &in) {
  Token t = now;
  if (takeIf('!')) {
    if (!primary(o, in))
      return false;
    o.negated = !o.negated;
    return true;
  }
  if (takeIf('-')) {
    if (now.kind != TokenKind::Number)
      return fail("a number expected after '-'");
    if (!numberToken(take(), o))
      return false;
    if (o.kind == OperandKind::Integer)
      o.value = int64_t(0 - uint64_t(o.value));
    else
      o.value ^= o.type == Type::F32 ? int64_t(1) << 31 : INT64_MIN;
    return true;
  }
  if (takeIf('~')) {
    if (!primary(o, in))
      return false;
    o.value = ~o.value;
    return o.kind == OperandKind::Integer || fail(t.line, "'~' of what is no integer");
  }
  if (takeIf('[')) {
    return addressOperand(o, in);
  }
  if (now.is('{') || now.is('(')) {
    bool braces = take().is('{');
    o.kind = braces ? OperandKind::Vector : OperandKind::Arguments;
    while (!now.is(braces ? '}' : ')')) {
      Operand part;
      if (!operand(part, in))
        return false;
      o.parts.push_back(std::move(part));
      if (!takeIf(','))
        break;
    }
    return expect(braces ? '}' : ')');
  }
  if (now.kind == TokenKind::Number)
    return numberToken(take(), o);
  if (now.kind == TokenKind::Word) {
    take();
    return nameOperand(o, t.text, in);
  }
  return fail("an operand expected, not '" + std::string(now.text) + "'");
}

bool Parser::operand(Operand &o, const Instruction &in) {
  if (!primary(o, in))
    return false;
  if (now.is('|')) {
    Operand pair;
    pair.kind = OperandKind::Pair;
    pair.parts.push_back(std::move(o));
    take();
    Operand second;
    if (!primary(second, in))
      return false;
    pair.parts.push_back(std::move(second));
    o = std::move(pair);
  }
  if (o.kind == OperandKind::Variable && (now.is('+') || now.is('-'))) {
    bool minus = take().is('-');
    int64_t value = 0;
    if (!number(value))
      return false;
    o.value += minus ? -value : value;
  }
  return true;
}

bool Parser::instruction() {
  Instruction in;
  in.line = now.line, in.location = location;
  if (takeIf('@')) {
    bool negated = takeIf('!');
    Token t = take();
    if (t.kind != TokenKind::Word || !nameOperand(in.guard, t.text, in) || !in.guard.isRegister() ||
        in.guard.type != Type::Pred)
      return fail(t.line, "'" + std::string(t.text) + "' is no predicate");
    in.guard.negated = negated;
  }
  if (now.kind != TokenKind::Word)
    return fail("an instruction expected, not '" + std::string(now.text) + "'");
  Token t = take();
  std::string_view rest = t.text;
  size_t dot = rest.find('.');
  in.opcode = rest.substr(0, dot);
  while (dot != std::string_view::npos) {
    rest.remove_prefix(dot + 1);
    dot = rest.find('.');
    in.modifiers.push_back(rest.substr(0, dot));
  }
  while (!now.is(';')) {
    Operand o;
    if (!operand(o, in))
      return false;
    in.operands.push_back(std::move(o));
    if (!takeIf(','))
      break;
  }
  if (!expect(';'))
    return false;
  f->instructions.push_back(std::move(in));
  return true;
}

bool Parser::resolveLabels() {
  for (const LabelUse &use : uses) {
    int s = use.scope;
    for (; s >= 0; s = scopes[size_t(s)].parent)
      if (auto it = scopes[size_t(s)].labels.find(use.name); it != scopes[size_t(s)].labels.end()) {
        if (use.instruction == ~0u)
          f->tables[use.operand].labels[use.entry] = it->second;
        else
          f->instructions[use.instruction].operands[use.operand].label = it->second;
        break;
      }
    if (s < 0)
      return fail(use.line, "unknown label '" + std::string(use.name) + "'");
  }
  return true;
}

bool Parser::body(Function &fn) {
  f = &fn;
  scopes.clear(), uses.clear();
  scope = -1, location = 0;
  scopes.push_back({});
  scope = 0;
  for (uint32_t i = 0; i < fn.variables.size(); ++i)
    scopes[0].names[fn.variables[i].name] = {Name::Variable, i, 1};
  take();
  scopes.push_back({0, {}, {}});
  scope = 1;
  while (scope > 0) {
    if (now.kind == TokenKind::End)
      return fail("'}' expected at the end of function '" + std::string(fn.name) + "'");
    if (!statement())
      return false;
  }
  bool ok = resolveLabels();
  f = nullptr;
  return ok;
}

} // namespace gpusim::ptx
