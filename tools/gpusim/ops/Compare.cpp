// setp, set, selp, slct.
#include "tools/gpusim/num/Lanes.h"
#include "tools/gpusim/ops/Lanes.h"

#include <array>

namespace gpusim {

using ptx::Type;

namespace {

enum class Cmp { Eq, Ne, Lt, Le, Gt, Ge, Equ, Neu, Ltu, Leu, Gtu, Geu, Num, Nan, Count };
constexpr std::string_view CmpNames[] = {"eq",  "ne",  "lt",  "le",  "gt",  "ge",  "equ",
                                         "neu", "ltu", "leu", "gtu", "geu", "num", "nan"};

template <Cmp C, class T> bool compare(T a, T b) {
  bool unordered = a != a || b != b;
  switch (C) {
  case Cmp::Eq:
    return a == b;
  case Cmp::Ne:
    return !unordered && a != b;
  case Cmp::Lt:
    return a < b;
  case Cmp::Le:
    return a <= b;
  case Cmp::Gt:
    return a > b;
  case Cmp::Ge:
    return a >= b;
  case Cmp::Equ:
    return a == b || unordered;
  case Cmp::Neu:
    return a != b;
  case Cmp::Ltu:
    return !(a >= b);
  case Cmp::Leu:
    return !(a > b);
  case Cmp::Gtu:
    return !(a <= b);
  case Cmp::Geu:
    return !(a < b);
  case Cmp::Num:
    return !unordered;
  case Cmp::Nan:
    return unordered;
  case Cmp::Count:
    break;
  }
  return false;
}

using Comparer = LaneMask (*)(const Warp &, uint32_t a, uint32_t b);
template <Cmp C, class T> LaneMask compareLanes(const Warp &w, uint32_t sa, uint32_t sb) {
  const T *a = w.in<T>(sa), *b = w.in<T>(sb);
  return collect([=](int i) { return compare<C, T>(a[i], b[i]); });
}
template <Cmp C> LaneMask compareFlushed(const Warp &w, uint32_t sa, uint32_t sb) {
  const float *a = w.in<float>(sa), *b = w.in<float>(sb);
  return collect([=](int i) { return compare<C, float>(num::flush(a[i]), num::flush(b[i])); });
}
template <Cmp C, bool Brain, int Half> LaneMask compareHalf(const Warp &w, uint32_t sa, uint32_t sb) {
  float a[Lanes], b[Lanes];
  for (int i = 0; i < Lanes; ++i) {
    uint16_t x, y;
    if constexpr (Half < 0)
      x = w.in<uint16_t>(sa)[i], y = w.in<uint16_t>(sb)[i];
    else
      x = uint16_t(w.in<uint32_t>(sa)[i] >> (16 * Half)), y = uint16_t(w.in<uint32_t>(sb)[i] >> (16 * Half));
    a[i] = Brain ? num::bfloatToFloat(x) : num::halfToFloat(x);
    b[i] = Brain ? num::bfloatToFloat(y) : num::halfToFloat(y);
  }
  return collect([&](int i) { return compare<C, float>(a[i], b[i]); });
}

enum : uint16_t {
  CombineAnd = 1,
  CombineOr = 2,
  CombineXor = 3,
  NegatedC = 4,
  FloatResult = 8,
  HalfResult = 16,
  BrainResult = 32
};

LaneMask combine(const Op &op, const Warp &w, LaneMask p) {
  if (!(op.flags & 3))
    return p;
  LaneMask c = w.predicate(op.c) ^ (op.flags & NegatedC ? AllLanes : 0);
  return (op.flags & 3) == CombineAnd ? p & c : (op.flags & 3) == CombineOr ? p | c : p ^ c;
}

template <Comparer F> void setp(const Op &op, Warp &w, LaneMask mask) {
  w.setPredicate(op.d, combine(op, w, F(w, op.a, op.b)), mask);
}
/// p|q: list[0] is q.
template <Comparer F> void setpBoth(const Op &op, Warp &w, LaneMask mask) {
  LaneMask p = F(w, op.a, op.b), q = combine(op, w, ~p);
  w.setPredicate(op.d, combine(op, w, p), mask);
  w.setPredicate(op.list[0], q, mask);
}
/// set: all ones or 1.0 in 32 bits (16 for f16 results).
template <Comparer F> void set(const Op &op, Warp &w, LaneMask mask) {
  LaneMask p = combine(op, w, F(w, op.a, op.b));
  if (op.flags & (HalfResult | BrainResult)) {
    uint16_t one = op.flags & HalfResult ? 0x3c00 : 0x3f80;
    apply(w.at<uint16_t>(op.d), mask, [=](int i) { return p >> i & 1 ? one : uint16_t(0); });
    return;
  }
  uint32_t yes = op.flags & FloatResult ? 0x3f800000 : ~0u;
  apply(w.at<uint32_t>(op.d), mask, [=](int i) { return p >> i & 1 ? yes : 0u; });
}
template <Comparer F> void set16(const Op &op, Warp &w, LaneMask mask) {
  LaneMask p = combine(op, w, F(w, op.a, op.b));
  apply(w.at<uint16_t>(op.d), mask, [=](int i) { return p >> i & 1 ? uint16_t(0xffff) : uint16_t(0); });
}
/// Pairs of halves: two predicates p|q, or both halves of the result.
template <Comparer Low, Comparer High> void setpPair(const Op &op, Warp &w, LaneMask mask) {
  LaneMask low = combine(op, w, Low(w, op.a, op.b)), high = combine(op, w, High(w, op.a, op.b));
  w.setPredicate(op.d, low, mask);
  w.setPredicate(op.list[0], high, mask);
}
template <Comparer Low, Comparer High> void setPair(const Op &op, Warp &w, LaneMask mask) {
  LaneMask low = combine(op, w, Low(w, op.a, op.b)), high = combine(op, w, High(w, op.a, op.b));
  uint32_t one = op.flags & HalfResult ? 0x3c00 : op.flags & BrainResult ? 0x3f80 : 0xffff;
  apply(w.at<uint32_t>(op.d), mask,
        [=](int i) { return (low >> i & 1 ? one : 0u) | (high >> i & 1 ? one << 16 : 0u); });
}

enum class Form { Setp, Both, Set, Set16, SetpPair, SetPair };
template <Comparer F> Entry form(Form f) {
  switch (f) {
  case Form::Setp:
    return entry<setp<F>>;
  case Form::Both:
    return entry<setpBoth<F>>;
  case Form::Set16:
    return entry<set16<F>>;
  default:
    return entry<set<F>>;
  }
}
template <Cmp C, bool Brain> Entry pairForm(Form f) {
  return f == Form::SetpPair ? entry<setpPair<compareHalf<C, Brain, 0>, compareHalf<C, Brain, 1>>>
                             : entry<setPair<compareHalf<C, Brain, 0>, compareHalf<C, Brain, 1>>>;
}
template <Cmp C> Entry chooseFor(Type type, bool ftz, Form f) {
  constexpr bool floatOnly = C >= Cmp::Equ;
  switch (type) {
  case Type::F32:
    return ftz ? form<compareFlushed<C>>(f) : form<compareLanes<C, float>>(f);
  case Type::F64:
    return form<compareLanes<C, double>>(f);
  case Type::F16:
    return form<compareHalf<C, false, -1>>(f);
  case Type::BF16:
    return form<compareHalf<C, true, -1>>(f);
  case Type::F16x2:
    return pairForm<C, false>(f);
  case Type::BF16x2:
    return pairForm<C, true>(f);
  default:
    break;
  }
  if constexpr (!floatOnly)
    switch (type) {
    case Type::B16:
    case Type::U16:
      return form<compareLanes<C, uint16_t>>(f);
    case Type::S16:
      return form<compareLanes<C, int16_t>>(f);
    case Type::B32:
    case Type::U32:
      return form<compareLanes<C, uint32_t>>(f);
    case Type::S32:
      return form<compareLanes<C, int32_t>>(f);
    case Type::B64:
    case Type::U64:
      return form<compareLanes<C, uint64_t>>(f);
    case Type::S64:
      return form<compareLanes<C, int64_t>>(f);
    default:
      break;
    }
  return nullptr;
}
template <size_t... I> Entry choose(Cmp c, Type type, bool ftz, Form f, std::index_sequence<I...>) {
  Entry body = nullptr;
  ((Cmp(I) == c ? void(body = chooseFor<Cmp(I)>(type, ftz, f)) : void()), ...);
  return body;
}

bool decodeSet(const ptx::Instruction &in, Decoder &d, bool toPredicate) {
  Type type = in.type();
  Cmp cmp = Cmp::Count;
  for (size_t i = 0; i < size_t(Cmp::Count); ++i)
    if (in.modifier(0) == CmpNames[i])
      cmp = Cmp(i);
  // lo, ls, hi, hs: the unsigned integers' names.
  if (in.modifier(0) == "lo")
    cmp = Cmp::Lt;
  else if (in.modifier(0) == "ls")
    cmp = Cmp::Le;
  else if (in.modifier(0) == "hi")
    cmp = Cmp::Gt;
  else if (in.modifier(0) == "hs")
    cmp = Cmp::Ge;
  if (cmp == Cmp::Count)
    return d.fail("'" + in.name() + "': unknown comparison");
  Op op;
  op.flags = in.has("and") ? CombineAnd : in.has("or") ? CombineOr : in.has("xor") ? CombineXor : 0;
  size_t want = op.flags ? 4 : 3;
  if (in.operands.size() != want)
    return d.fail("'" + in.name() + "' takes " + std::to_string(want) + " operands");
  bool pairs = type == Type::F16x2 || type == Type::BF16x2;
  const ptx::Operand &result = in.operands[0];
  bool both = result.kind == ptx::OperandKind::Pair;
  Form f;
  if (toPredicate) {
    f = pairs ? Form::SetpPair : both ? Form::Both : Form::Setp;
    if (pairs && !both)
      return d.fail("'" + in.name() + "' writes two predicates");
    op.d = d.destination(both ? result.parts[0] : result, Type::Pred);
    if (both) {
      uint32_t *list = d.array(1);
      list[0] = d.destination(result.parts[1], Type::Pred);
      op.list = list;
    }
  } else {
    Type to = in.type(0);
    f = pairs ? Form::SetPair : ptx::bitsOf(to) == 16 && !ptx::isFloat(to) ? Form::Set16 : Form::Set;
    op.flags |= to == Type::F32                          ? FloatResult
                : to == Type::F16 || to == Type::F16x2   ? HalfResult
                : to == Type::BF16 || to == Type::BF16x2 ? BrainResult
                                                         : 0;
    op.d = d.destination(result, to);
  }
  op.a = d.source(in.operands[1], type);
  op.b = d.source(in.operands[2], type);
  if (want == 4) {
    bool negated = false;
    op.c = d.predicate(in.operands[3], negated);
    op.flags |= negated ? NegatedC : 0;
  }
  Entry body = choose(cmp, type, in.has("ftz"), f, std::make_index_sequence<size_t(Cmp::Count)>());
  if (!body)
    return d.fail("'" + in.name() + "' is not supported");
  d.emit(op, body, OpClass::Predicate);
  return true;
}

template <class T> void selp(const Op &op, Warp &w, LaneMask mask) {
  const T *a = w.in<T>(op.a), *b = w.in<T>(op.b);
  LaneMask p = w.predicate(op.c) ^ (op.flags & 1 ? AllLanes : 0);
  apply(w.at<T>(op.d), mask, [=](int i) { return p >> i & 1 ? a[i] : b[i]; });
}
template <class T, class C, bool Flush> void slct(const Op &op, Warp &w, LaneMask mask) {
  const T *a = w.in<T>(op.a), *b = w.in<T>(op.b);
  const C *c = w.in<C>(op.c);
  apply(w.at<T>(op.d), mask, [=](int i) { // a NaN selects b
    if constexpr (Flush)
      return num::flush(c[i]) >= 0 ? a[i] : b[i];
    else
      return c[i] >= 0 ? a[i] : b[i];
  });
}
template <class T> Entry slctEntry(const ptx::Instruction &in) {
  return in.type() == Type::S32 ? entry<slct<T, int32_t, false>>
         : in.has("ftz")        ? entry<slct<T, float, true>>
                                : entry<slct<T, float, false>>;
}

} // namespace

bool decodeCompare(const ptx::Instruction &in, Decoder &d) {
  std::string_view o = in.opcode;
  if (o == "setp" || o == "set")
    return decodeSet(in, d, o == "setp");
  if (o != "selp" && o != "slct")
    return false;
  if (in.operands.size() != 4)
    return d.fail("'" + in.name() + "' takes four operands");
  Type type = o == "selp" ? in.type() : in.type(0);
  Op op;
  op.d = d.destination(in.operands[0], type);
  op.a = d.source(in.operands[1], type);
  op.b = d.source(in.operands[2], type);
  uint32_t bits = ptx::bitsOf(type);
  if (o == "selp") {
    bool negated = false;
    op.c = d.predicate(in.operands[3], negated);
    op.flags = negated;
    d.emit(op,
           bits == 16   ? entry<selp<uint16_t>>
           : bits == 32 ? entry<selp<uint32_t>>
                        : entry<selp<uint64_t>>,
           OpClass::Predicate);
  } else {
    op.c = d.source(in.operands[3], in.type());
    d.emit(op,
           bits == 16   ? slctEntry<uint16_t>(in)
           : bits == 32 ? slctEntry<uint32_t>(in)
                        : slctEntry<uint64_t>(in),
           OpClass::Predicate);
  }
  return true;
}

} // namespace gpusim
