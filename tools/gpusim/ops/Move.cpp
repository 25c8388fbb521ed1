// mov with its packing and unpacking, address conversions, clocks.
#include "tools/gpusim/ops/Lanes.h"

#include <chrono>
#include <cstring>

namespace gpusim {

using ptx::OperandKind;
using ptx::Type;

namespace {

struct Same {
  template <class T> T operator()(T a) const { return a; }
};
struct Wide {
  uint64_t half[2];
};
void movePredicate(const Op &op, Warp &w, LaneMask mask) {
  w.setPredicate(op.d, w.predicate(op.a) ^ (op.flags & 1 ? AllLanes : 0), mask);
}
void move128(const Op &op, Warp &w, LaneMask mask) {
  for (int i = 0; i < Lanes; ++i)
    if (mask >> i & 1)
      w.at<Wide>(op.d)[i] = w.in<Wide>(op.a)[i];
}
Entry mover(uint32_t bits) {
  return bits == 16   ? entry<unary<Same, uint16_t, uint16_t>>
         : bits == 32 ? entry<unary<Same, uint32_t, uint32_t>>
         : bits == 64 ? entry<unary<Same, uint64_t, uint64_t>>
                      : entry<move128>;
}

/// Parts of `b` bytes (c of them, list) into registers of `imm` bytes, or the other way round.
void packParts(const Op &op, Warp &w, LaneMask mask) {
  for (LaneMask left = mask; left; left &= left - 1) {
    int i = std::countr_zero(left);
    uint8_t bytes[16];
    for (uint32_t k = 0; k < op.c; ++k)
      std::memcpy(bytes + k * op.b, w.in<uint8_t>(op.list[k]) + size_t(i) * op.flags, op.b);
    std::memcpy(w.at<uint8_t>(op.d) + size_t(i) * size_t(op.imm), bytes, size_t(op.imm));
  }
}
void unpackParts(const Op &op, Warp &w, LaneMask mask) {
  for (LaneMask left = mask; left; left &= left - 1) {
    int i = std::countr_zero(left);
    uint8_t bytes[16];
    std::memcpy(bytes, w.in<uint8_t>(op.a) + size_t(i) * size_t(op.imm), size_t(op.imm));
    for (uint32_t k = 0; k < op.c; ++k) {
      uint64_t value = 0;
      std::memcpy(&value, bytes + k * op.b, op.b);
      std::memcpy(w.at<uint8_t>(op.list[k]) + size_t(i) * op.flags, &value, op.flags);
    }
  }
}
template <class Half, class Whole> void pack2(const Op &op, Warp &w, LaneMask mask) {
  const Half *low = w.in<Half>(op.list[0]), *high = w.in<Half>(op.list[1]);
  apply(w.at<Whole>(op.d), mask, [=](int i) { return Whole(low[i]) | Whole(high[i]) << (8 * sizeof(Half)); });
}
template <class Half, class Whole> void unpack2(const Op &op, Warp &w, LaneMask mask) {
  const Whole *a = w.in<Whole>(op.a);
  apply(w.at<Half>(op.list[0]), mask, [=](int i) { return Half(a[i]); });
  apply(w.at<Half>(op.list[1]), mask, [=](int i) { return Half(a[i] >> (8 * sizeof(Half))); });
}

bool decodeParts(const ptx::Instruction &in, Decoder &d, Type type) {
  bool packs = in.operands[1].kind == OperandKind::Vector;
  const ptx::Operand &vector = in.operands[packs ? 1 : 0];
  uint32_t whole = ptx::bitsOf(type) / 8, count = uint32_t(vector.parts.size());
  if (!count || whole % count)
    return d.fail("'" + in.name() + "' of " + std::to_string(count) + " parts");
  uint32_t each = whole / count;
  Type part = each == 1 ? Type::B8 : each == 2 ? Type::B16 : each == 4 ? Type::B32 : Type::B64;
  Op op;
  op.b = each, op.imm = whole, op.flags = uint16_t(std::max(each, 2u));
  Entry body;
  bool pair = count == 2 && (whole == 4 || whole == 8);
  if (packs) {
    op.d = d.destination(in.operands[0], type);
    op.list = d.sources(vector, part, op.c);
    body = !pair ? entry<packParts> : whole == 4 ? entry<pack2<uint16_t, uint32_t>> : entry<pack2<uint32_t, uint64_t>>;
  } else {
    op.a = d.source(in.operands[1], type);
    op.list = d.destinations(vector, part, op.c);
    body = !pair        ? entry<unpackParts>
           : whole == 4 ? entry<unpack2<uint16_t, uint32_t>>
                        : entry<unpack2<uint32_t, uint64_t>>;
  }
  d.emit(op, body, OpClass::Move);
  return true;
}

/// %clock counts the instructions' places in host time, %globaltimer nanoseconds: both only grow.
template <class T, int Shift> void clock(const Op &op, Warp &w, LaneMask mask) {
  uint64_t now = uint64_t(std::chrono::steady_clock::now().time_since_epoch().count()) >> Shift;
  apply(w.at<T>(op.d), mask, [=](int) { return T(now); });
}

template <bool To> void cvta(const Op &op, Warp &w, LaneMask mask) {
  const uint64_t *a = w.in<uint64_t>(op.a);
  uint64_t window = uint64_t(op.imm);
  apply(w.at<uint64_t>(op.d), mask, [=](int i) { return To ? a[i] - window : a[i] + window; });
}

enum : int64_t { InGlobal, InShared, InLocal, InOther, InSharedOwn };
void isSpace(const Op &op, Warp &w, LaneMask mask) {
  const uint64_t *a = w.in<uint64_t>(op.a);
  uint32_t rank = w.block->place.rank;
  w.setPredicate(op.d, collect([=](int i) {
                   bool shared = inSharedWindow(a[i]), local = inLocalWindow(a[i]);
                   switch (op.imm) {
                   case InGlobal:
                     return !shared && !local;
                   case InShared:
                     return shared;
                   case InSharedOwn:
                     return shared && sharedRank(uint32_t(a[i])) == rank;
                   case InLocal:
                     return local;
                   default:
                     return false;
                   }
                 }),
                 mask);
}

bool decodeCvta(const ptx::Instruction &in, Decoder &d) {
  Type type = in.type();
  if (in.operands.size() != 2)
    return d.fail("'" + in.name() + "' takes two operands");
  bool to = in.has("to"), shared = in.has("shared") || in.has("shared::cta") || in.has("shared::cluster");
  Op op;
  op.d = d.destination(in.operands[0], type);
  op.a = d.source(in.operands[1], type);
  if (type != Type::U64 && type != Type::B64)
    return d.fail("'" + in.name() + "': generic addresses have 64 bits");
  op.imm = shared ? int64_t(SharedWindow) : in.has("local") ? int64_t(LocalWindow) : 0;
  d.emit(op, to ? entry<cvta<true>> : entry<cvta<false>>, OpClass::Integer);
  return true;
}

} // namespace

bool decodeMove(const ptx::Instruction &in, Decoder &d) {
  std::string_view o = in.opcode;
  if (o == "cvta")
    return decodeCvta(in, d);
  if (o == "isspacep") {
    if (in.operands.size() != 2)
      return d.fail("'" + in.name() + "' takes two operands");
    Op op;
    op.d = d.destination(in.operands[0], Type::Pred);
    op.a = d.source(in.operands[1], Type::U64);
    op.imm = in.has("global")                                ? InGlobal
             : in.has("shared::cta")                         ? InSharedOwn
             : in.has("shared") || in.has("shared::cluster") ? InShared
             : in.has("local")                               ? InLocal
                                                             : InOther;
    d.emit(op, entry<isSpace>, OpClass::Predicate);
    return true;
  }
  if (o != "mov")
    return false;
  if (in.operands.size() != 2)
    return d.fail("'" + in.name() + "' takes two operands");
  Type type = in.type();
  if (in.operands[0].kind == OperandKind::Vector || in.operands[1].kind == OperandKind::Vector)
    return decodeParts(in, d, type);
  Op op;
  if (type == Type::Pred) {
    bool negated = false;
    op.d = d.destination(in.operands[0], type);
    op.a = d.predicate(in.operands[1], negated);
    op.flags = negated;
    d.emit(op, entry<movePredicate>, OpClass::Predicate);
    return true;
  }
  op.d = d.destination(in.operands[0], type);
  std::string_view special = in.operands[1].kind == OperandKind::Special ? in.operands[1].text : std::string_view();
  if (special == "%clock" || special == "%globaltimer_lo")
    d.emit(op, entry<clock<uint32_t, 0>>, OpClass::Move);
  else if (special == "%clock_hi" || special == "%globaltimer_hi")
    d.emit(op, entry<clock<uint32_t, 32>>, OpClass::Move);
  else if (special == "%clock64" || special == "%globaltimer")
    d.emit(op, entry<clock<uint64_t, 0>>, OpClass::Move);
  else if (in.operands[1].kind == OperandKind::Function)
    return d.fail("the address of function '" + std::string(special) +
                  "' cannot be taken: calls through pointers are "
                  "not supported");
  else {
    op.a = d.source(in.operands[1], type);
    d.emit(op, mover(std::max(16u, ptx::bitsOf(type))), OpClass::Move);
  }
  return true;
}

} // namespace gpusim
