// From a function to a kernel: slots, ops, branch targets, and the constants that a launch fills in.
#include "tools/gpusim/exec/Families.h"
#include "tools/gpusim/exec/Graph.h"
#include "tools/gpusim/exec/Kernel.h"
#include "tools/gpusim/ptx/Inline.h"

#include <algorithm>
#include <bit>
#include <map>

namespace gpusim {

using ptx::Operand;
using ptx::OperandKind;
using ptx::StateSpace;
using ptx::Type;

namespace {

class Builder final : public Decoder {
public:
  Builder(KernelImpl &k, const DeviceModel &device, std::string &error) : k(k), device(device), error(error) {}

  bool run(const ptx::Function &entry);

  uint32_t source(const Operand &, Type, bool anyWidth) override;
  uint32_t destination(const Operand &, Type, bool anyWidth) override;
  uint32_t predicate(const Operand &, bool &negated) override;
  Address address(const Operand &) override;
  int64_t integer(const Operand &) override;
  const uint32_t *sources(const Operand &o, Type type, uint32_t &count) override { return list(o, type, count, false); }
  const uint32_t *destinations(const Operand &o, Type type, uint32_t &count) override {
    return list(o, type, count, true);
  }
  uint32_t width(const Operand &) override;
  uint32_t constant(uint64_t value, uint32_t bits) override;
  uint32_t parameter(const Operand &, Type, uint32_t bits) override;
  uint32_t *array(size_t count) override {
    k.arrays.push_back(std::make_unique<uint32_t[]>(count));
    return k.arrays.back().get();
  }
  void keep(std::shared_ptr<void> what) override { k.kept.push_back(std::move(what)); }
  uint32_t scratch(uint32_t bits) override;
  void emit(const Op &, Entry, OpClass) override;
  uint32_t localOffset(const Operand &o) override {
    if (o.kind != OperandKind::Variable || variable(o.variable)->space != StateSpace::Local) {
      fail("a call's argument is no .param variable");
      return 0;
    }
    return uint32_t(placed[o.variable] + o.value);
  }
  void ordered() override { k.ordered = true; }
  bool fail(const std::string &what) override {
    if (error.empty())
      error = "line " + std::to_string(current ? current->line : 0) + ": " + what;
    return true;
  }
  bool failed() const override { return !error.empty(); }
  const DeviceModel &model() const override { return device; }
  const ptx::Module &module() const override { return *k.module; }

private:
  const uint32_t *list(const Operand &, Type, uint32_t &count, bool write);
  uint32_t special(std::string_view name, uint32_t bits);
  uint32_t variableAddress(const Operand &, uint32_t bits);
  uint32_t fixup(Fixup, uint32_t bits);
  uint32_t warpSpecial(WarpSpecial::Kind, int component, uint32_t bits);
  uint32_t newConstant(uint32_t bits);
  void layOutVariables();
  bool control(uint32_t index);
  void push(const Op &, OpClass, uint32_t line, uint32_t location);
  const ptx::Variable *variable(int32_t index) const {
    return index >= 0 ? &f->variables[size_t(index)] : &k.module->variables[size_t(-2 - index)];
  }

  KernelImpl &k;
  const DeviceModel &device;
  std::string &error;
  std::unique_ptr<ptx::Function> f;
  FlowGraph graph;
  RegisterSlots slots;
  const ptx::Instruction *current = nullptr;
  std::map<std::pair<uint64_t, uint32_t>, uint32_t> constants;
  std::map<std::tuple<int, uint32_t, int64_t, int32_t, uint32_t>, uint32_t> fixed;
  std::map<std::pair<int, int>, uint32_t> warpSpecials;
  std::map<std::string, uint32_t, std::less<>> laneConstants;
  std::map<int32_t, int64_t> placed; // variables of .shared and .local: their offsets; -1: dynamic
  struct Scratch {
    uint32_t bits, slot, usedBy;
  };
  std::vector<Scratch> scratches;
  uint32_t stamp = 1;
  std::vector<uint32_t> blockStart;
};

uint32_t align(uint64_t value, uint64_t to) { return uint32_t((value + to - 1) / to * to); }

uint32_t Builder::newConstant(uint32_t bits) {
  uint32_t bytes = bits == 1 ? 4 : std::max(bits, 16u) * 4, at = uint32_t(k.constants.size());
  k.constants.resize(at + align(bytes, 64));
  return at;
}

void fill(uint8_t *at, uint64_t value, uint32_t bits) {
  if (bits == 1) {
    uint32_t mask = value ? AllLanes : 0;
    std::memcpy(at, &mask, 4);
    return;
  }
  uint32_t bytes = bits < 16 ? 2 : bits / 8;
  uint64_t wide[2] = {value, 0};
  for (int lane = 0; lane < Lanes; ++lane)
    std::memcpy(at + size_t(lane) * bytes, wide, std::min(bytes, 16u));
}

uint32_t Builder::constant(uint64_t value, uint32_t bits) {
  if (bits < 64 && bits > 1)
    value &= (1ull << std::max(bits, 16u)) - 1;
  auto [it, added] = constants.emplace(std::pair{value, bits}, 0);
  if (added) {
    it->second = newConstant(bits) | ConstantSlot;
    fill(k.constants.data() + (it->second & ~ConstantSlot), value, bits);
  }
  return it->second;
}

uint32_t Builder::fixup(Fixup fix, uint32_t bits) {
  auto key = std::tuple{int(fix.kind) * 2 + fix.isSigned, bits, fix.value, fix.index, fix.size};
  auto [it, added] = fixed.emplace(key, 0);
  if (added) {
    fix.slot = newConstant(bits), fix.bits = uint8_t(bits);
    it->second = fix.slot | ConstantSlot;
    k.fixups.push_back(fix);
  }
  return it->second;
}

uint32_t Builder::warpSpecial(WarpSpecial::Kind kind, int component, uint32_t bits) {
  if (bits != 32) {
    fail("a special register is read as " + std::to_string(bits) + " bits");
    return 0;
  }
  auto [it, added] = warpSpecials.emplace(std::pair{int(kind), component}, 0);
  if (added) {
    it->second = k.registerBytes;
    k.registerBytes += 128;
    k.specials.push_back({kind, uint8_t(component), it->second});
  }
  return it->second;
}

uint32_t Builder::special(std::string_view name, uint32_t bits) {
  int component = 0;
  std::string_view base = name;
  if (name.size() > 2 && name[name.size() - 2] == '.') {
    component = name.back() - 'x';
    base = name.substr(0, name.size() - 2);
    if (component < 0 || component > 2) {
      if (name.back() == 'w') // %tid.w and its like are zero
        return constant(0, bits);
      fail("unknown special register '" + std::string(name) + "'");
      return 0;
    }
  }
  auto launch = [&](Fixup::Kind kind) {
    Fixup fix{};
    fix.kind = kind, fix.index = component;
    return fixup(fix, bits);
  };
  if (base == "%tid")
    return warpSpecial(WarpSpecial::Thread, component, bits);
  if (base == "%ctaid")
    return warpSpecial(WarpSpecial::BlockIndex, component, bits);
  if (base == "%ntid")
    return launch(Fixup::BlockDim);
  if (base == "%nctaid")
    return launch(Fixup::GridDim);
  if (base == "%warpid")
    return warpSpecial(WarpSpecial::WarpIndex, 0, bits);
  if (base == "%nwarpid")
    return launch(Fixup::WarpCount);
  if (base == "%clusterid")
    return warpSpecial(WarpSpecial::ClusterIndex, component, bits);
  if (base == "%cluster_ctaid")
    return warpSpecial(WarpSpecial::BlockInCluster, component, bits);
  if (base == "%nclusterid")
    return launch(Fixup::ClusterCount);
  if (base == "%cluster_nctaid")
    return launch(Fixup::ClusterDim);
  if (base == "%cluster_ctarank")
    return launch(Fixup::ClusterRank);
  if (base == "%cluster_nctarank")
    return launch(Fixup::ClusterSize);
  if (base == "%is_explicit_cluster")
    return constant(k.cluster.count() > 1, bits);
  if (base == "%smid")
    return warpSpecial(WarpSpecial::Multiprocessor, 0, bits);
  if (base == "%nsmid")
    return launch(Fixup::Multiprocessors);
  if (base == "%gridid")
    return launch(Fixup::GridId);
  if (base == "%dynamic_smem_size")
    return launch(Fixup::DynamicSharedSize);
  if (base == "%total_smem_size" || base == "%aggr_smem_size")
    return launch(Fixup::TotalSharedSize);
  auto lanes = [&](auto value) {
    auto [it, added] = laneConstants.emplace(base, 0);
    if (added) {
      it->second = newConstant(32) | ConstantSlot;
      uint32_t *at = reinterpret_cast<uint32_t *>(k.constants.data() + (it->second & ~ConstantSlot));
      for (uint32_t i = 0; i < Lanes; ++i)
        at[i] = value(i);
    }
    return it->second;
  };
  if (bits == 32) {
    if (base == "%laneid")
      return lanes([](uint32_t i) { return i; });
    if (base == "%lanemask_eq")
      return lanes([](uint32_t i) { return 1u << i; });
    if (base == "%lanemask_lt")
      return lanes([](uint32_t i) { return (1u << i) - 1; });
    if (base == "%lanemask_le")
      return lanes([](uint32_t i) { return (2u << i) - 1; });
    if (base == "%lanemask_gt")
      return lanes([](uint32_t i) { return ~((2u << i) - 1); });
    if (base == "%lanemask_ge")
      return lanes([](uint32_t i) { return ~((1u << i) - 1); });
  }
  if (base.substr(0, 7) == "%envreg" || base.substr(0, 3) == "%pm")
    return constant(0, bits);
  fail("unknown special register '" + std::string(name) + "'");
  return 0;
}

void Builder::layOutVariables() {
  uint64_t shared = SharedBase, local = 0;
  auto place = [&](int32_t index, const ptx::Variable &v) {
    if (v.space == StateSpace::Shared) {
      if (v.isExtern || v.size == 0) {
        placed[index] = -1;
        return;
      }
      shared = align(shared, v.align);
      placed[index] = int64_t(shared);
      shared += v.size;
    } else if (v.space == StateSpace::Local) {
      local = align(local, v.align);
      placed[index] = int64_t(local);
      local += v.size;
    }
  };
  // Of the module's shared variables only those that the kernel names take room.
  std::vector<bool> named(k.module->variables.size());
  auto visit = [&](auto &self, const Operand &o) -> void {
    if (o.kind == OperandKind::Variable && o.variable < -1)
      named[size_t(-2 - o.variable)] = true;
    for (const Operand &part : o.parts)
      self(self, part);
  };
  for (const ptx::Instruction &in : f->instructions)
    for (const Operand &o : in.operands)
      visit(visit, o);
  for (size_t i = 0; i < named.size(); ++i)
    if (named[i])
      place(-2 - int32_t(i), k.module->variables[i]);
  for (size_t i = 0; i < f->variables.size(); ++i)
    place(int32_t(i), f->variables[i]);
  k.staticEnd = uint32_t(std::min<uint64_t>(shared, 1u << 24));
  k.staticShared = k.staticEnd - SharedBase;
  k.localBytes = align(local, 16);
}

uint32_t Builder::variableAddress(const Operand &o, uint32_t bits) {
  const ptx::Variable &v = *variable(o.variable);
  Fixup fix{};
  fix.value = o.value;
  switch (v.space) {
  case StateSpace::Global:
  case StateSpace::Const:
    fix.kind = Fixup::Variable, fix.index = -2 - o.variable;
    return fixup(fix, bits);
  case StateSpace::Shared: {
    int64_t at = placed[o.variable];
    fix.kind = at < 0 ? Fixup::DynamicShared : Fixup::SharedAddress;
    fix.size = v.align;
    fix.value += at < 0 ? 0 : at;
    return fixup(fix, bits);
  }
  case StateSpace::Local:
    return constant(uint64_t(placed[o.variable] + o.value), bits);
  case StateSpace::Param:
    fix.kind = Fixup::ParameterBase;
    fix.value += k.params[size_t(o.variable)].offset;
    return fixup(fix, bits);
  default:
    fail("the address of '" + std::string(v.name) + "' cannot be taken");
    return 0;
  }
}

uint32_t Builder::width(const Operand &o) {
  if (o.kind == OperandKind::Register)
    return laneBits(o.type);
  if (o.kind == OperandKind::Special)
    return 32;
  return 64;
}

uint32_t Builder::source(const Operand &o, Type type, bool anyWidth) {
  uint32_t bits = laneBits(type);
  switch (o.kind) {
  case OperandKind::Register:
    if (!anyWidth && laneBits(o.type) != bits) {
      fail("'" + std::string(o.text) + "' has " + std::to_string(laneBits(o.type)) + " bits where " +
           std::to_string(bits) + " are read");
      return 0;
    }
    if (o.negated)
      fail("'!' is not allowed here");
    return slots.slots[o.reg];
  case OperandKind::Integer:
    return constant(uint64_t(o.value), bits);
  case OperandKind::Float:
    if (o.type == Type::F32 && bits == 64)
      return constant(std::bit_cast<uint64_t>(double(std::bit_cast<float>(uint32_t(o.value)))), 64);
    if (o.type == Type::F64 && type == Type::F32)
      return constant(std::bit_cast<uint32_t>(float(std::bit_cast<double>(o.value))), 32);
    return constant(uint64_t(o.value), bits);
  case OperandKind::Special:
    return special(o.text, anyWidth ? 32 : bits);
  case OperandKind::Variable:
    return variableAddress(o, bits);
  default:
    fail("an operand of '" + current->name() + "' is no value");
    return 0;
  }
}

uint32_t Builder::destination(const Operand &o, Type type, bool anyWidth) {
  if (o.kind == OperandKind::Sink)
    return scratch(laneBits(type));
  if (o.kind != OperandKind::Register) {
    fail("the result of '" + current->name() + "' is no register");
    return 0;
  }
  if (!anyWidth && laneBits(o.type) != laneBits(type))
    fail("'" + std::string(o.text) + "' has " + std::to_string(laneBits(o.type)) + " bits where " +
         std::to_string(laneBits(type)) + " are written");
  return slots.slots[o.reg];
}

uint32_t Builder::predicate(const Operand &o, bool &negated) {
  negated = o.negated;
  if (o.kind == OperandKind::Integer)
    return constant(o.value != 0, 1);
  if (o.kind != OperandKind::Register || o.type != Type::Pred) {
    fail("a predicate expected in '" + current->name() + "'");
    return 0;
  }
  return slots.slots[o.reg];
}

Decoder::Address Builder::address(const Operand &o) {
  Address a;
  if (o.kind != OperandKind::Address || o.parts.empty()) {
    fail("an address expected in '" + current->name() + "'");
    return a;
  }
  const Operand &base = o.parts[0];
  a.offset = o.value;
  if (base.kind == OperandKind::Register) {
    a.bits = laneBits(base.type);
    if (a.bits != 32 && a.bits != 64)
      fail("'" + std::string(base.text) + "' cannot hold an address");
    a.base = slots.slots[base.reg];
  } else {
    a.base = source(base, Type::B64, false);
  }
  return a;
}

int64_t Builder::integer(const Operand &o) {
  if (o.kind != OperandKind::Integer)
    fail("a constant expected in '" + current->name() + "'");
  return o.value;
}

const uint32_t *Builder::list(const Operand &o, Type type, uint32_t &count, bool write) {
  count = o.kind == OperandKind::Vector ? uint32_t(o.parts.size()) : 1;
  uint32_t *to = array(std::max(count, 1u));
  for (uint32_t i = 0; i < count; ++i) {
    const Operand &part = o.kind == OperandKind::Vector ? o.parts[i] : o;
    to[i] = write ? destination(part, type, type == Type::None) : source(part, type, type == Type::None);
  }
  return to;
}

uint32_t Builder::parameter(const Operand &o, Type type, uint32_t bits) {
  if (o.kind != OperandKind::Address || o.parts.size() != 1 || o.parts[0].kind != OperandKind::Variable ||
      variable(o.parts[0].variable)->space != StateSpace::Param)
    return ~0u;
  const KernelParam &p = k.params[size_t(o.parts[0].variable)];
  Fixup fix{};
  fix.kind = Fixup::Parameter, fix.size = std::max(1u, ptx::bitsOf(type) / 8), fix.isSigned = ptx::isSigned(type);
  fix.value = int64_t(p.offset) + o.value;
  if (fix.value < 0 || fix.value + fix.size > k.paramBytes) {
    fail("a parameter is read outside of the parameters");
    return 0;
  }
  return bits > 64 ? ~0u : fixup(fix, bits);
}

uint32_t Builder::scratch(uint32_t bits) {
  for (Scratch &s : scratches)
    if (s.bits == bits && s.usedBy != stamp) {
      s.usedBy = stamp;
      return s.slot;
    }
  uint32_t bytes = bits == 1 ? 64 : std::max(bits, 16u) * 4;
  scratches.push_back({bits, k.registerBytes, stamp});
  k.registerBytes += align(bytes, 64);
  return scratches.back().slot;
}

void Builder::push(const Op &op, OpClass c, uint32_t line, uint32_t location) {
  k.code.push_back(op);
  k.classes.push_back(c);
  k.lines.push_back(line);
  k.locations.push_back(location);
}

void Builder::emit(const Op &given, Entry body, OpClass c) {
  if (failed())
    return;
  Op op = given;
  op.body = op.run = body;
  if (current->guard.kind != OperandKind::None) {
    op.run = guardedEntry;
    op.guard = slots.slots[current->guard.reg];
    op.guardNegated = current->guard.negated;
  }
  push(op, c, current->line, current->location);
}

/// Branches and returns. Targets are instructions' blocks until all ops are there.
bool Builder::control(uint32_t index) {
  const ptx::Instruction &in = *current;
  const BasicBlock &block = graph.blocks[graph.blockOf[index]];
  Op op;
  if (graph.exits[index] || in.opcode == "ret" || in.opcode == "exit") {
    emit(op, exitEntry, OpClass::Control);
    return true;
  }
  if (in.opcode == "bra") {
    if (in.operands.size() != 1 || in.operands[0].kind != OperandKind::Label)
      return fail("a branch needs a label");
    op.d = graph.blockOf[f->labels[in.operands[0].label].target];
    op.b = block.join;
    op.body = op.run = jumpEntry;
    if (in.guard.kind != OperandKind::None) {
      op.body = op.run = branchEntry;
      op.a = slots.slots[in.guard.reg];
      op.flags = in.guard.negated;
    }
    push(op, OpClass::Control, in.line, in.location);
    return true;
  }
  if (in.opcode == "brx") {
    if (in.operands.size() != 2 || in.operands[1].kind != OperandKind::Table)
      return fail("brx.idx needs an index and a table of labels");
    const std::vector<uint32_t> &labels = f->tables[in.operands[1].label].labels;
    uint32_t *targets = array(labels.size());
    for (size_t i = 0; i < labels.size(); ++i)
      targets[i] = graph.blockOf[f->labels[labels[i]].target];
    op.a = source(in.operands[0], Type::U32, false);
    op.b = block.join;
    op.imm = int64_t(labels.size());
    op.list = targets;
    emit(op, tableBranchEntry, OpClass::Control);
    return true;
  }
  return false;
}

bool Builder::run(const ptx::Function &entry) {
  f = ptx::inlineCalls(*k.module, entry, error);
  if (!f)
    return false;
  k.name = std::string(entry.name);
  k.maxThreads = {entry.maxThreads[0], entry.maxThreads[1], entry.maxThreads[2]};
  k.requiredThreads = entry.requiredThreads;
  k.minBlocks = entry.minBlocks;
  k.cluster = {entry.cluster[0], entry.cluster[1], entry.cluster[2]};
  uint64_t offset = 0;
  for (uint32_t p : entry.params) {
    const ptx::Variable &v = entry.variables[p];
    offset = align(offset, v.align);
    k.params.push_back({uint32_t(offset), uint32_t(v.size)});
    offset += v.size;
  }
  k.paramBytes = uint32_t(offset);
  graph = buildGraph(*f);
  slots = allocateRegisters(*f, graph);
  k.registerBytes = slots.bytes;
  k.undefined = slots.undefined;
  // An estimate; a compiler of machine code keeps to the threads that are declared, and spills what is left over.
  uint64_t threads = k.maxThreads.count() * std::max(k.minBlocks, 1u);
  k.registers =
      std::min(threads ? std::clamp<uint32_t>(uint32_t(65536 / threads) / 8 * 8, 24, 255) : 255u, slots.words + 8);
  layOutVariables();

  blockStart.assign(graph.blocks.size() + 1, 0);
  for (uint32_t b = 0; b < graph.blocks.size(); ++b) {
    const BasicBlock &block = graph.blocks[b];
    blockStart[b] = uint32_t(k.code.size());
    if (block.isJoin) {
      Op join;
      join.body = join.run = joinEntry;
      const bool real = block.begin < f->instructions.size();
      push(join, OpClass::Control, real ? f->instructions[block.begin].line : 0,
           real ? f->instructions[block.begin].location : 0);
    }
    for (uint32_t i = block.begin; i < block.end; ++i) {
      current = &f->instructions[i];
      ++stamp;
      if (!control(i)) {
        bool known = false;
        for (DecodeFamily family : families())
          if ((known = family(*current, *this)))
            break;
        if (!known)
          fail("unknown instruction '" + current->name() + "'");
      }
      if (failed())
        return false;
    }
  }
  Op end;
  end.body = end.run = exitEntry;
  push(end, OpClass::Control, f->instructions.empty() ? f->line : f->instructions.back().line, 0);

  auto resolve = [&](uint32_t block) { return block == NoBlock ? ~0u : blockStart[block]; };
  for (Op &op : k.code) {
    if (op.body == jumpEntry || op.body == branchEntry)
      op.d = resolve(op.d);
    if (op.body == branchEntry || op.body == tableBranchEntry)
      op.b = resolve(op.b);
    if (op.body == tableBranchEntry)
      for (int64_t i = 0; i < op.imm; ++i)
        const_cast<uint32_t *>(op.list)[i] = resolve(op.list[i]);
  }
  k.counted = k.code;
  for (size_t i = 0; i < k.counted.size(); ++i) {
    Op &op = k.counted[i];
    if (op.body == joinEntry) // no instruction
      continue;
    op.guardNegated = uint8_t(op.guardNegated | uint8_t(k.classes[i]) << 1 | (op.run == guardedEntry ? 0x80 : 0));
    op.run = countedEntry;
  }
  return true;
}

} // namespace

std::unique_ptr<KernelImpl> buildKernel(std::shared_ptr<const ptx::Module> module, const ptx::Function &entry,
                                        std::vector<ModuleVariable> &variables, const DeviceModel &model,
                                        std::string &error) {
  auto k = std::make_unique<KernelImpl>();
  k->module = std::move(module);
  k->variables = &variables;
  Builder builder(*k, model, error);
  if (!builder.run(entry))
    return nullptr;
  return k;
}

std::vector<SourceLine> KernelImpl::source(uint32_t op) const {
  std::vector<SourceLine> lines;
  if (op >= locations.size())
    return lines;
  for (int32_t at = int32_t(locations[op]); at > 0 && lines.size() < 32;) {
    const ptx::Location &l = module->locations[size_t(at)];
    lines.push_back({l.file < module->files.size() ? module->files[l.file] : std::string(), l.line});
    at = l.inlinedAt;
  }
  return lines;
}

} // namespace gpusim
