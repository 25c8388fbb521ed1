// What lanes of a warp do together: shfl, vote, match, redux, elect, activemask, bar.warp.sync.
#include "tools/gpusim/ops/Lanes.h"

#include <cstring>

namespace gpusim {

using ptx::OperandKind;
using ptx::Type;

namespace {

/// Lanes of `mask` whose member mask names lanes that live and are elsewhere: on a card they would wait for each other.
/// op.list[0]: the member mask's slot, or none where list is null.
LaneMask members(const Op &op, Warp &w, LaneMask mask) {
  if (!op.list)
    return AllLanes;
  int first = std::countr_zero(mask);
  LaneMask named = w.in<LaneMask>(op.list[0])[first];
  if (w.block->observer) {
    LaneMask missing = named & w.alive & ~mask, uninvited = mask & ~named;
    if (missing || uninvited)
      w.block->observer->report(w.place, missing ? missing : uninvited, w.opIndex(op),
                                missing ? "lanes that the member mask names are not there"
                                        : "lanes take part that the member mask does not name");
  }
  return named;
}

enum class Shuffle { Up, Down, Butterfly, Index };
/// list: member mask; flags & 1: d predicate in op.imm. What a lane that does not take part holds is all ones.
template <Shuffle S> void shuffle(const Op &op, Warp &w, LaneMask mask) {
  const uint32_t *a = w.in<uint32_t>(op.a), *b = w.in<uint32_t>(op.b), *c = w.in<uint32_t>(op.c);
  members(op, w, mask);
  uint32_t values[Lanes], out[Lanes], in[Lanes];
  for (int i = 0; i < Lanes; ++i)
    values[i] = mask >> i & 1 ? a[i] : ~0u;
  for (int i = 0; i < Lanes; ++i) {
    int32_t lane = i, by = int32_t(b[i] & 31), clamp = int32_t(c[i] & 31), segment = int32_t(c[i] >> 8 & 31);
    int32_t most = (lane & segment) | (clamp & ~segment), least = lane & segment, j;
    bool ok;
    if constexpr (S == Shuffle::Up)
      j = lane - by, ok = j >= most;
    else if constexpr (S == Shuffle::Down)
      j = lane + by, ok = j <= most;
    else if constexpr (S == Shuffle::Butterfly)
      j = lane ^ by, ok = j <= most;
    else
      j = least | (by & ~segment), ok = j <= most;
    out[i] = values[(ok ? j : lane) & 31];
    in[i] = ok ? 1u << i : 0;
  }
  LaneMask p = 0;
  for (int i = 0; i < Lanes; ++i)
    p |= in[i];
  apply(w.at<uint32_t>(op.d), mask, [&](int i) { return out[i]; });
  if (op.flags & 1)
    w.setPredicate(uint32_t(op.imm), p, mask);
}

enum class Vote { All, Any, Uniform, Ballot };
template <Vote V> void vote(const Op &op, Warp &w, LaneMask mask) {
  LaneMask who = mask & members(op, w, mask);
  LaneMask p = (w.predicate(op.a) ^ (op.flags & 1 ? AllLanes : 0)) & who;
  if constexpr (V == Vote::Ballot) {
    apply(w.at<uint32_t>(op.d), mask, [=](int) { return p; });
  } else {
    bool value = V == Vote::All ? p == who : V == Vote::Any ? p != 0 : p == 0 || p == who;
    w.setPredicate(op.d, value ? AllLanes : 0, mask);
  }
}

template <class T, bool All> void match(const Op &op, Warp &w, LaneMask mask) {
  const T *a = w.in<T>(op.a);
  LaneMask who = mask & members(op, w, mask), out[Lanes];
  bool all = true;
  int first = std::countr_zero(mask);
  for (int i = 0; i < Lanes; ++i) {
    out[i] = 0;
    for (int k = 0; k < Lanes; ++k)
      out[i] |= who >> k & 1 && a[k] == a[i] ? 1u << k : 0;
    all &= !(who >> i & 1) || a[i] == a[first];
  }
  apply(w.at<uint32_t>(op.d), mask, [&](int i) { return All ? (all ? who : 0) : out[i]; });
  if (All && op.flags & 1)
    w.setPredicate(uint32_t(op.imm), all ? AllLanes : 0, mask);
}

enum class Redux { Add, Min, Max, And, Or, Xor };
template <Redux R, class T> void redux(const Op &op, Warp &w, LaneMask mask) {
  const T *a = w.in<T>(op.a);
  LaneMask who = mask & members(op, w, mask);
  if (!who)
    who = mask;
  T value = a[std::countr_zero(who)];
  for (LaneMask left = who & (who - 1); left; left &= left - 1) {
    T b = a[std::countr_zero(left)];
    value = R == Redux::Add   ? T(uint32_t(value) + uint32_t(b))
            : R == Redux::Min ? (b < value ? b : value)
            : R == Redux::Max ? (b > value ? b : value)
            : R == Redux::And ? T(value & b)
            : R == Redux::Or  ? T(value | b)
                              : T(value ^ b);
  }
  apply(w.at<T>(op.d), mask, [=](int) { return value; });
}
template <class T> Entry reduxEntry(const ptx::Instruction &in) {
  return in.has("add")   ? entry<redux<Redux::Add, T>>
         : in.has("min") ? entry<redux<Redux::Min, T>>
         : in.has("max") ? entry<redux<Redux::Max, T>>
         : in.has("and") ? entry<redux<Redux::And, T>>
         : in.has("or")  ? entry<redux<Redux::Or, T>>
         : in.has("xor") ? entry<redux<Redux::Xor, T>>
                         : nullptr;
}

void elect(const Op &op, Warp &w, LaneMask mask) {
  LaneMask who = mask & members(op, w, mask);
  int leader = std::countr_zero(who ? who : mask);
  apply(w.at<uint32_t>(op.d), mask, [=](int) { return uint32_t(leader); });
  w.setPredicate(uint32_t(op.imm), 1u << leader, mask);
}

void activeMask(const Op &op, Warp &w, LaneMask mask) {
  apply(w.at<uint32_t>(op.d), mask, [=](int) { return mask; });
}

void warpBarrier(const Op &op, Warp &w, LaneMask mask) {
  LaneMask who = members(op, w, mask);
  if (w.block->observer)
    w.block->observer->warpSynced(w.place, mask & who);
}

void emitWithMembers(Decoder &d, Op op, const ptx::Operand *members, Entry body) {
  if (members) {
    uint32_t *list = d.array(1);
    list[0] = d.source(*members, Type::B32);
    op.list = list;
  }
  d.emit(op, body, OpClass::Warp);
}

/// d or d|p: op.d, and op.imm with flags 1.
void resultPair(const ptx::Operand &o, Decoder &d, Op &op) {
  bool both = o.kind == OperandKind::Pair;
  op.d = d.destination(both ? o.parts[0] : o, Type::B32);
  if (both) {
    op.imm = d.destination(o.parts[1], Type::Pred);
    op.flags |= 1;
  }
}

bool decodeShuffle(const ptx::Instruction &in, Decoder &d) {
  bool sync = in.has("sync");
  if (in.operands.size() != (sync ? 5 : 4))
    return d.fail("'" + in.name() + "' has not the operands that it takes");
  Op op;
  resultPair(in.operands[0], d, op);
  op.a = d.source(in.operands[1], Type::B32);
  op.b = d.source(in.operands[2], Type::B32);
  op.c = d.source(in.operands[3], Type::B32);
  Entry body = in.has("up")     ? entry<shuffle<Shuffle::Up>>
               : in.has("down") ? entry<shuffle<Shuffle::Down>>
               : in.has("bfly") ? entry<shuffle<Shuffle::Butterfly>>
                                : entry<shuffle<Shuffle::Index>>;
  emitWithMembers(d, op, sync ? &in.operands[4] : nullptr, body);
  return true;
}

bool decodeVote(const ptx::Instruction &in, Decoder &d) {
  bool sync = in.has("sync"), ballot = in.has("ballot");
  if (in.operands.size() != (sync ? 3 : 2))
    return d.fail("'" + in.name() + "' has not the operands that it takes");
  Op op;
  op.d = d.destination(in.operands[0], ballot ? Type::B32 : Type::Pred);
  bool negated = false;
  op.a = d.predicate(in.operands[1], negated);
  op.flags = negated;
  emitWithMembers(d, op, sync ? &in.operands[2] : nullptr,
                  ballot          ? entry<vote<Vote::Ballot>>
                  : in.has("all") ? entry<vote<Vote::All>>
                  : in.has("any") ? entry<vote<Vote::Any>>
                                  : entry<vote<Vote::Uniform>>);
  return true;
}

} // namespace

bool decodeWarp(const ptx::Instruction &in, Decoder &d) {
  std::string_view o = in.opcode;
  if (o == "shfl")
    return decodeShuffle(in, d);
  if (o == "vote")
    return decodeVote(in, d);
  if (o == "match") {
    if (in.operands.size() != 3)
      return d.fail("'" + in.name() + "' takes three operands");
    Type type = in.type();
    Op op;
    resultPair(in.operands[0], d, op);
    op.a = d.source(in.operands[1], type);
    bool wide = type == Type::B64, all = in.has("all");
    emitWithMembers(d, op, &in.operands[2],
                    all ? (wide ? entry<match<uint64_t, true>> : entry<match<uint32_t, true>>)
                        : (wide ? entry<match<uint64_t, false>> : entry<match<uint32_t, false>>));
    return true;
  }
  if (o == "redux") {
    Entry body = in.type() == Type::S32    ? reduxEntry<int32_t>(in)
                 : ptx::isFloat(in.type()) ? nullptr
                                           : reduxEntry<uint32_t>(in);
    if (!body || in.operands.size() != 3)
      return d.fail("'" + in.name() + "' is not supported");
    Op op;
    op.d = d.destination(in.operands[0], Type::B32);
    op.a = d.source(in.operands[1], Type::B32);
    emitWithMembers(d, op, &in.operands[2], body);
    return true;
  }
  if (o == "elect") {
    if (in.operands.size() != 2 || in.operands[0].kind != OperandKind::Pair)
      return d.fail("'" + in.name() + "' writes a register and a predicate");
    Op op;
    resultPair(in.operands[0], d, op);
    emitWithMembers(d, op, &in.operands[1], entry<elect>);
    return true;
  }
  if (o == "activemask") {
    Op op;
    op.d = d.destination(in.operands[0], Type::B32);
    emitWithMembers(d, op, nullptr, entry<activeMask>);
    return true;
  }
  if ((o == "bar" || o == "barrier") && in.has("warp")) {
    if (in.operands.size() != 1)
      return d.fail("'" + in.name() + "' takes a member mask");
    emitWithMembers(d, Op(), &in.operands[0], entry<warpBarrier>);
    return true;
  }
  return false;
}

} // namespace gpusim
