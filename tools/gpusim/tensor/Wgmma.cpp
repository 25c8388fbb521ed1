#include "tools/gpusim/tensor/Wgmma.h"

#include <algorithm>
#include <bit>
#include <charconv>

namespace gpusim {
namespace tensor {
namespace {

const WgmmaOperands &operandsOf(const Op &op) { return *reinterpret_cast<const WgmmaOperands *>(op.list); }

Flow issue(const Op &op, Warp &w, LaneMask mask) {
  if (!whole(op, w, mask)) [[unlikely]]
    return Flow::Stop;
  const WgmmaOperands &o = operandsOf(op);
  WgmmaState &state = w.ext.get<WgmmaState>(Family::Tensor);
  Pending p;
  p.operands = &o, p.op = &op, p.group = state.committed;
  uint64_t b = w.in<uint64_t>(o.descriptorB)[0];
  p.b = Matrix::from(b, o.mnB);
  if (o.inRegisters)
    for (int r = 0; r < 4; ++r)
      std::memcpy(p.registersA[r], w.in<uint32_t>(o.a[r]), 128);
  else
    p.a = Matrix::from(w.in<uint64_t>(o.descriptorA)[0], o.mnA);
  p.addsUp = o.scaleConstant ? o.scaleConstant > 1 : ((w.predicate(o.scaleD) & 1) != 0) != (o.scaleNegated != 0);
  if (p.b.baseOffset || p.a.baseOffset)
    return w.fail(op, LaunchOutcome::IllegalInstruction, "a matrix base offset other than 0 is not supported");
  bool inside = true;
  eachChunk(p, w.index % 4,
            [&](uint32_t offset) { inside = inside && offset >= SharedBase && offset + 16 <= w.block->sharedEnd; });
  if (!inside)
    return w.fail(op, LaunchOutcome::IllegalAddress, "a matrix of wgmma lies outside of the block's shared memory");
  if (Observer *observer = w.block->observer) {
    if (!state.fenced && !state.reported) {
      state.reported = true;
      observer->report(w.place, mask, w.opIndex(op), "wgmma.mma_async without a wgmma.fence before it");
    }
    uint64_t addresses[32];
    uint32_t count = 0;
    Access access;
    access.space = Space::Shared, access.agent = Agent::Wgmma, access.group = p.group;
    access.bytes = 16, access.address = addresses, access.op = w.opIndex(op);
    auto flush = [&] {
      access.lanes = count == 32 ? AllLanes : (1u << count) - 1;
      if (count)
        observer->access(w.place, access);
      count = 0;
    };
    eachChunk(p, w.index % 4, [&](uint32_t offset) {
      addresses[count++] = offset;
      if (count == 32)
        flush();
    });
    flush();
  }
  state.pending.push_back(p);
  return Flow::Next;
}

void fence(const Op &, Warp &w, LaneMask) { w.ext.get<WgmmaState>(Family::Tensor).fenced = true; }

void commit(const Op &, Warp &w, LaneMask) { ++w.ext.get<WgmmaState>(Family::Tensor).committed; }

void wait(const Op &op, Warp &w, LaneMask mask) {
  WgmmaState &state = w.ext.get<WgmmaState>(Family::Tensor);
  while (!state.pending.empty()) {
    const Pending &p = state.pending.front();
    if (int64_t(p.group) >= int64_t(state.committed) - op.imm)
      break;
    if (isInteger(WgmmaType(p.operands->typeA)))
      computeInteger(w, p);
    else
      computeFloat(w, p);
    uint32_t group = p.group;
    state.pending.pop_front();
    if (w.block->observer && (state.pending.empty() || state.pending.front().group != group))
      w.block->observer->asyncDone(w.place, Agent::Wgmma, group, mask);
  }
}

int typeOf(std::string_view name) {
  static constexpr std::string_view names[] = {"f16", "bf16", "tf32", "e4m3", "e5m2", "s8", "u8"};
  auto at = std::find(std::begin(names), std::end(names), name);
  return at == std::end(names) ? -1 : int(at - std::begin(names));
}

bool decodeMmaAsync(const ptx::Instruction &in, Decoder &d) {
  using ptx::Type;
  auto refuse = [&](const std::string &what) { return d.fail("'" + in.name() + "': " + what); };
  if (in.has("sp") || in.has("b1"))
    return refuse("sparse and single-bit wgmma are not supported");
  WgmmaOperands o;
  int m = 0, n = 0, k = 0;
  std::vector<std::string_view> types;
  for (std::string_view modifier : in.modifiers) {
    if (modifier.starts_with("m64n")) {
      const char *p = modifier.data() + 4, *end = modifier.data() + modifier.size();
      auto [next, error] = std::from_chars(p, end, n);
      if (error != std::errc() || next == end || *next != 'k')
        return refuse("no such shape");
      std::from_chars(next + 1, end, k);
      m = 64;
    } else if (modifier == "satfinite") {
      o.saturate = 1;
    } else if (modifier != "mma_async" && modifier != "sync" && modifier != "aligned") {
      types.push_back(modifier);
    }
  }
  if (types.size() != 3 || !m || n < 8 || n > 256 || n % 8)
    return refuse("not a shape and three types");
  int a = typeOf(types[1]), b = typeOf(types[2]);
  bool fp8 = a == 3 || a == 4, integer = a >= 5;
  if (a < 0 || b < 0 || (a != b && !(fp8 && (b == 3 || b == 4)) && !(integer && b >= 5)))
    return refuse("no such types of A and B");
  bool half = types[0] == "f16";
  if (integer ? types[0] != "s32" : !half && types[0] != "f32")
    return refuse("no such type of D");
  if ((half && (a == 1 || a == 2)) || k * int(bytesOf(WgmmaType(a))) != 32 || (integer && n > 32 && n % 16))
    return refuse("no such shape for these types");
  o.n = uint32_t(n), o.half = half, o.typeA = uint32_t(a), o.typeB = uint32_t(b);
  size_t operands = in.operands.size();
  if (operands < 4)
    return refuse("too few operands");
  uint32_t count = 0;
  const uint32_t *sums = d.destinations(in.operands[0], Type::B32, count);
  if (d.failed())
    return true;
  o.sums = uint32_t(half ? n / 4 : n / 2);
  if (count != o.sums)
    return refuse("D has " + std::to_string(count) + " registers instead of " + std::to_string(o.sums));
  std::copy(sums, sums + count, o.d);
  if (in.operands[1].kind == ptx::OperandKind::Vector) {
    const uint32_t *registers = d.sources(in.operands[1], Type::B32, count);
    if (d.failed() || count != 4)
      return d.failed() || refuse("A has four registers");
    std::copy(registers, registers + 4, o.a);
    o.inRegisters = 1;
  } else {
    o.descriptorA = d.source(in.operands[1], Type::B64);
  }
  o.descriptorB = d.source(in.operands[2], Type::B64);
  if (in.operands[3].isImmediate()) {
    o.scaleConstant = in.operands[3].value ? 2 : 1;
  } else {
    bool negated = false;
    o.scaleD = d.predicate(in.operands[3], negated);
    o.scaleNegated = negated;
  }
  if (!integer) {
    bool transposes = a <= 1;
    if (operands != 6u + (transposes ? o.inRegisters ? 1 : 2 : 0))
      return refuse("wrong number of operands");
    o.negateA = d.integer(in.operands[4]) < 0, o.negateB = d.integer(in.operands[5]) < 0;
    if (transposes && !o.inRegisters)
      o.mnA = d.integer(in.operands[6]) != 0;
    if (transposes)
      o.mnB = d.integer(in.operands[operands - 1]) != 0;
  }
  Op op;
  uint32_t *memory = d.array(sizeof(WgmmaOperands) / 4);
  std::memcpy(memory, &o, sizeof o);
  op.list = memory;
  d.emit(op, entry<issue>, OpClass::Tensor);
  return true;
}

} // namespace
} // namespace tensor

bool decodeWgmma(const ptx::Instruction &in, Decoder &d) {
  using namespace tensor;
  if (in.opcode != "wgmma")
    return false;
  if (d.model().major != 9)
    return d.fail("'" + in.name() + "' is sm_90a's alone");
  if (in.has("mma_async"))
    return decodeMmaAsync(in, d);
  Op op;
  if (in.has("wait_group")) {
    op.imm = d.integer(in.operands[0]);
    d.emit(op, entry<wait>, OpClass::Tensor);
  } else if (in.has("commit_group")) {
    d.emit(op, entry<commit>, OpClass::Tensor);
  } else if (in.has("fence")) {
    d.emit(op, entry<fence>, OpClass::Tensor);
  } else {
    return d.fail("'" + in.name() + "' is not supported");
  }
  return true;
}

} // namespace gpusim
