#include "tools/gpusim/ptx/Inline.h"

#include <unordered_map>

namespace gpusim::ptx {

namespace {

class Inliner {
public:
  Inliner(const Module &module, Function &out, std::string &error) : module(module), out(out), error(error) {}

  /// Appends the body of `f`. `bound`: for each of its parameters and results the variable of `out` that it is.
  bool append(const Function &f, const std::vector<uint32_t> &bound, uint32_t location, bool outermost) {
    for (const Function *active : stack)
      if (active == &f)
        return fail(f.line, "function '" + std::string(f.name) + "' calls itself: recursion is not supported");
    stack.push_back(&f);
    Frame frame;
    frame.registers = uint32_t(out.registers.size());
    out.registers.insert(out.registers.end(), f.registers.begin(), f.registers.end());
    frame.tables = uint32_t(out.tables.size());
    for (uint32_t i = 0; i < f.variables.size(); ++i) {
      if (i < bound.size()) {
        frame.variables.push_back(bound[i]);
        continue;
      }
      // Shared variables of a function are one for all of its calls.
      auto known = statics.find(&f.variables[i]);
      if (f.variables[i].space == StateSpace::Shared && known != statics.end()) {
        frame.variables.push_back(known->second);
        continue;
      }
      frame.variables.push_back(uint32_t(out.variables.size()));
      statics[&f.variables[i]] = uint32_t(out.variables.size());
      out.variables.push_back(f.variables[i]);
      if (!(outermost && isEntryParam(f, i)) && f.variables[i].space == StateSpace::Param)
        out.variables.back().space = StateSpace::Local;
    }
    frame.labels = uint32_t(out.labels.size());
    out.labels.insert(out.labels.end(), f.labels.begin(), f.labels.end());
    uint32_t after = uint32_t(out.labels.size()); // where `ret` goes
    out.labels.push_back({"", 0});
    for (const BranchTable &t : f.tables) {
      out.tables.push_back(t);
      for (uint32_t &l : out.tables.back().labels)
        l += frame.labels;
    }
    std::vector<uint32_t> place(f.instructions.size() + 1);
    for (size_t i = 0; i < f.instructions.size(); ++i) {
      place[i] = uint32_t(out.instructions.size());
      Instruction in = f.instructions[i];
      if (!in.location)
        in.location = location;
      rename(in.guard, frame);
      for (Operand &o : in.operands)
        rename(o, frame);
      retarget(in);
      if (in.opcode == "call") {
        if (!call(in))
          return false;
        continue;
      }
      if (in.opcode == "ret" && !outermost) {
        in.opcode = "bra", in.modifiers.clear();
        Operand target;
        target.kind = OperandKind::Label, target.label = after;
        in.operands.assign(1, target);
      }
      out.instructions.push_back(std::move(in));
    }
    place[f.instructions.size()] = uint32_t(out.instructions.size());
    for (size_t i = 0; i < f.labels.size(); ++i)
      out.labels[frame.labels + i].target = place[f.labels[i].target];
    out.labels[after].target = uint32_t(out.instructions.size());
    stack.pop_back();
    return true;
  }

private:
  struct Frame {
    uint32_t registers = 0, labels = 0, tables = 0;
    std::vector<uint32_t> variables;
  };

  static bool isEntryParam(const Function &f, uint32_t variable) { return f.isEntry && variable < f.params.size(); }

  bool fail(uint32_t line, const std::string &what) {
    if (error.empty())
      error = "line " + std::to_string(line) + ": " + what;
    return false;
  }

  void rename(Operand &o, const Frame &frame) {
    if (o.kind == OperandKind::Register)
      o.reg += frame.registers;
    else if (o.kind == OperandKind::Variable && o.variable >= 0)
      o.variable = int32_t(frame.variables[size_t(o.variable)]);
    else if (o.kind == OperandKind::Label)
      o.label += frame.labels;
    else if (o.kind == OperandKind::Table)
      o.label += frame.tables;
    for (Operand &part : o.parts)
      rename(part, frame);
  }

  /// ld.param of what has become a local variable.
  void retarget(Instruction &in) {
    for (const Operand &o : in.operands)
      if (o.kind == OperandKind::Address && !o.parts.empty() && o.parts[0].kind == OperandKind::Variable &&
          o.parts[0].variable >= 0 && out.variables[size_t(o.parts[0].variable)].space == StateSpace::Local)
        for (std::string_view &m : in.modifiers)
          if (m.substr(0, 5) == "param")
            m = "local";
  }

  bool call(const Instruction &in) {
    size_t at = 0;
    const Operand *results = nullptr, *args = nullptr, *callee = nullptr;
    if (at < in.operands.size() && in.operands[at].kind == OperandKind::Arguments)
      results = &in.operands[at++];
    if (at < in.operands.size())
      callee = &in.operands[at++];
    if (at < in.operands.size() && in.operands[at].kind == OperandKind::Arguments)
      args = &in.operands[at++];
    if (!callee || callee->kind != OperandKind::Function)
      return fail(in.line, "a call through a pointer is not supported");
    const Function *f = module.function(callee->text);
    if (!f)
      return fail(in.line, "unknown function '" + std::string(callee->text) + "'");
    if (f->isDeclaration) {
      out.instructions.push_back(in);
      return true;
    }
    std::vector<uint32_t> bound(f->params.size() + f->results.size());
    auto bind = [&](const Operand *given, const std::vector<uint32_t> &formal) {
      if ((given ? given->parts.size() : 0) != formal.size())
        return fail(in.line, "'" + std::string(f->name) + "' takes " + std::to_string(formal.size()) + " parameters");
      for (size_t i = 0; i < formal.size(); ++i) {
        if (given->parts[i].kind != OperandKind::Variable || given->parts[i].variable < 0)
          return fail(in.line, "only .param variables can be given to a function");
        bound[formal[i]] = uint32_t(given->parts[i].variable);
      }
      return true;
    };
    if (!bind(results, f->results) || !bind(args, f->params))
      return false;
    uint32_t skip = uint32_t(out.labels.size());
    if (in.guard.kind != OperandKind::None) {
      Instruction around = in;
      around.opcode = "bra", around.modifiers.clear(), around.guard.negated = !around.guard.negated;
      Operand target;
      target.kind = OperandKind::Label, target.label = skip;
      around.operands.assign(1, target);
      out.labels.push_back({"", 0});
      out.instructions.push_back(std::move(around));
    }
    if (!append(*f, bound, in.location, false))
      return false;
    if (in.guard.kind != OperandKind::None)
      out.labels[skip].target = uint32_t(out.instructions.size());
    if (out.instructions.size() > 4u << 20)
      return fail(in.line, "too many instructions once functions are put in place");
    return true;
  }

  const Module &module;
  Function &out;
  std::string &error;
  std::vector<const Function *> stack;
  std::unordered_map<const Variable *, uint32_t> statics;
};

} // namespace

std::unique_ptr<Function> inlineCalls(const Module &module, const Function &entry, std::string &error) {
  auto out = std::make_unique<Function>();
  out->name = entry.name, out->isEntry = true, out->params = entry.params, out->minBlocks = entry.minBlocks;
  out->maxRegisters = entry.maxRegisters, out->requiredThreads = entry.requiredThreads, out->line = entry.line;
  for (int i = 0; i < 3; ++i)
    out->maxThreads[i] = entry.maxThreads[i], out->cluster[i] = entry.cluster[i];
  Inliner inliner(module, *out, error);
  if (!inliner.append(entry, {}, 0, true))
    return nullptr;
  return out;
}

} // namespace gpusim::ptx
