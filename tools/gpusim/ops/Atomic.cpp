// atom and red. Blocks may run on several host threads: global ones are host atomics, by compare and exchange.
#include "tools/gpusim/num/Lanes.h"
#include "tools/gpusim/ops/Access.h"

#include <cstring>

namespace gpusim {

using ptx::Type;

namespace {

enum class Change : uint8_t { And, Or, Xor, Exch, Cas, Add, Inc, Dec, Min, Max, Count };
constexpr std::string_view ChangeNames[] = {"and", "or", "xor", "exch", "cas", "add", "inc", "dec", "min", "max"};

struct AtomicForm : MemoryForm {
  Change change = Change::Add;
  Type type = Type::None;
  bool flush = false; // f32 sums in global memory
};

uint16_t addHalf(uint16_t a, uint16_t b, bool brain) {
  float x = brain ? num::bfloatToFloat(a) : num::halfToFloat(a),
        y = brain ? num::bfloatToFloat(b) : num::halfToFloat(b);
  float sum = num::narrowToOdd(num::sumToOdd(x, y));
  return brain ? num::floatToBfloat(sum) : num::floatToHalf(sum);
}
uint16_t extremeHalf(uint16_t a, uint16_t b, bool brain, bool max) {
  float x = brain ? num::bfloatToFloat(a) : num::halfToFloat(a),
        y = brain ? num::bfloatToFloat(b) : num::halfToFloat(b);
  if (x != x)
    return y != y ? uint16_t(0x7fff) : b;
  if (y != y)
    return a;
  bool first = max ? x > y || (x == y && !(a >> 15)) : x < y || (x == y && a >> 15);
  return first ? a : b;
}
uint16_t changeHalf(const AtomicForm &f, uint16_t a, uint16_t b, bool brain) {
  return f.change == Change::Add ? addHalf(a, b, brain) : extremeHalf(a, b, brain, f.change == Change::Max);
}

template <class T, class S> T extreme(T a, T b, bool max) { return (max ? S(a) > S(b) : S(a) < S(b)) ? a : b; }

/// What memory holds afterwards. `b`: the operand; `c`: the new value of cas.
template <class T> T changed(const AtomicForm &f, T a, T b, T c) {
  switch (f.change) {
  case Change::And:
    return a & b;
  case Change::Or:
    return a | b;
  case Change::Xor:
    return a ^ b;
  case Change::Exch:
    return b;
  case Change::Cas:
    return a == b ? c : a;
  case Change::Inc:
    return a >= b ? T(0) : T(a + 1);
  case Change::Dec:
    return a == 0 || a > b ? b : T(a - 1);
  default:
    break;
  }
  bool max = f.change == Change::Max, add = f.change == Change::Add;
  if constexpr (sizeof(T) == 2)
    return T(changeHalf(f, uint16_t(a), uint16_t(b), f.type == Type::BF16));
  if constexpr (sizeof(T) == 4) {
    if (f.type == Type::F32) {
      float x = num::bitsToFloat(uint32_t(a)), y = num::bitsToFloat(uint32_t(b));
      if (f.flush)
        x = num::flush(x), y = num::flush(y);
      float sum = x + y;
      return T(sum != sum ? 0x7fffffff : num::floatToBits(f.flush ? num::flush(sum) : sum));
    }
    if (f.type == Type::F16x2 || f.type == Type::BF16x2) {
      bool brain = f.type == Type::BF16x2;
      return T(changeHalf(f, uint16_t(a), uint16_t(b), brain) |
               uint32_t(changeHalf(f, uint16_t(uint32_t(a) >> 16), uint16_t(uint32_t(b) >> 16), brain)) << 16);
    }
    if (!add)
      return f.type == Type::S32 ? extreme<T, int32_t>(a, b, max) : extreme<T, uint32_t>(a, b, max);
  }
  if constexpr (sizeof(T) == 8) {
    if (f.type == Type::F64)
      return T(std::bit_cast<uint64_t>(std::bit_cast<double>(uint64_t(a)) + std::bit_cast<double>(uint64_t(b))));
    if (!add)
      return f.type == Type::S64 ? extreme<T, int64_t>(a, b, max) : extreme<T, uint64_t>(a, b, max);
  }
  return T(a + b);
}

/// Op::list: results (count, or none where flags is 0), then operands (count), then new values of cas (count).
template <class T> Flow atomic(const Op &op, Warp &w, LaneMask mask) {
  const AtomicForm &f = *static_cast<const AtomicForm *>(reinterpret_cast<const MemoryForm *>(op.imm));
  uint8_t *pointers[Lanes];
  if (Flow flow = access(op, w, mask, f, f.bytes * f.count, pointers); flow != Flow::Next)
    return flow;
  const uint32_t *results = op.list, *operands = op.list + (op.flags ? f.count : 0), *news = operands + f.count;
  for (LaneMask left = mask; left; left &= left - 1) {
    int i = std::countr_zero(left);
    for (uint32_t k = 0; k < f.count; ++k) {
      T b = w.in<T>(operands[k])[i], c = f.change == Change::Cas ? w.in<T>(news[k])[i] : T(0), old = 0;
      if (pointers[i]) {
        T *at = reinterpret_cast<T *>(pointers[i]) + k;
        old = __atomic_load_n(at, __ATOMIC_RELAXED);
        T next = changed<T>(f, old, b, c);
        while (!__atomic_compare_exchange_n(at, &old, next, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
          next = changed<T>(f, old, b, c);
      }
      if (op.flags)
        w.at<T>(results[k])[i] = old;
    }
  }
  return Flow::Next;
}

struct Wide {
  uint64_t half[2];
};
Flow atomic128(const Op &op, Warp &w, LaneMask mask) { // exch and cas: kernels with them run block after block
  const AtomicForm &f = *static_cast<const AtomicForm *>(reinterpret_cast<const MemoryForm *>(op.imm));
  uint8_t *pointers[Lanes];
  if (Flow flow = access(op, w, mask, f, 16, pointers); flow != Flow::Next)
    return flow;
  for (LaneMask left = mask; left; left &= left - 1) {
    int i = std::countr_zero(left);
    Wide old{}, b = w.in<Wide>(op.list[1])[i];
    if (pointers[i]) {
      std::memcpy(&old, pointers[i], 16);
      bool write = f.change == Change::Exch || (old.half[0] == b.half[0] && old.half[1] == b.half[1]);
      if (write)
        std::memcpy(pointers[i], f.change == Change::Exch ? &b : w.in<Wide>(op.list[2]) + i, 16);
    }
    w.at<Wide>(op.list[0])[i] = old;
  }
  return Flow::Next;
}

bool allowed(Change c, Type t, uint32_t bits) {
  bool f = ptx::isFloat(t);
  switch (c) {
  case Change::Add:
    return bits <= 64 && (f || bits >= 32);
  case Change::Min:
  case Change::Max:
    return f ? t != Type::F32 && t != Type::F64 : bits == 32 || bits == 64;
  case Change::Inc:
  case Change::Dec:
    return t == Type::U32;
  case Change::Exch:
  case Change::Cas:
    return !f;
  default:
    return !f && bits >= 32 && bits <= 64;
  }
}

} // namespace

bool decodeAtomic(const ptx::Instruction &in, Decoder &d) {
  bool returns = in.opcode == "atom";
  if ((!returns && in.opcode != "red") || in.has("async"))
    return false;
  auto form = std::make_shared<AtomicForm>();
  if (!decodeForm(in, d, *form))
    return true;
  form->kind = AccessKind::Atomic;
  if (form->order == Order::Weak)
    form->order = Order::Relaxed;
  form->change = Change::Count;
  for (size_t i = 0; i < size_t(Change::Count); ++i)
    if (in.has(ChangeNames[i]))
      form->change = Change(i);
  form->type = in.type();
  uint32_t bits = ptx::bitsOf(form->type);
  bool cas = form->change == Change::Cas;
  size_t at = returns ? 1 : 0, want = at + 2 + (cas ? 1 : 0) + (in.has("L2::cache_hint") ? 1 : 0);
  if (form->change == Change::Count || in.operands.size() != want || !allowed(form->change, form->type, bits))
    return d.fail("'" + in.name() + "' is not supported");
  Decoder::Address address = d.address(in.operands[at]);
  const ptx::Operand &value = in.operands[at + 1];
  form->count = value.kind == ptx::OperandKind::Vector ? uint32_t(value.parts.size()) : 1;
  form->bytes = bits / 8, form->bits = bits;
  form->offset = address.offset, form->wideBase = address.bits == 64;
  bool shared = form->where == MemoryForm::Shared;
  form->flush = form->type == Type::F32 && !shared;
  Op op;
  op.a = address.base;
  op.flags = returns;
  uint32_t count = 0, n = 0, *list = d.array(form->count * 3);
  auto add = [&](const uint32_t *slots) {
    for (uint32_t k = 0; k < form->count; ++k)
      list[n++] = slots[k];
  };
  if (returns)
    add(d.destinations(in.operands[0], form->type, count));
  add(d.sources(value, form->type, count));
  if (cas)
    add(d.sources(in.operands[at + 2], form->type, count));
  op.list = list;
  // Sums of floats depend on their order, and what an atomic returns does too.
  if (!shared && (ptx::isFloat(form->type) || returns || form->change == Change::Exch || cas))
    d.ordered();
  op.imm = reinterpret_cast<int64_t>(static_cast<const MemoryForm *>(form.get()));
  d.keep(form);
  Entry body = bits == 16   ? entry<atomic<uint16_t>>
               : bits == 32 ? entry<atomic<uint32_t>>
               : bits == 64 ? entry<atomic<uint64_t>>
                            : entry<atomic128>;
  if (bits == 128 && !returns)
    return d.fail("'" + in.name() + "' is not supported");
  d.emit(op, body, OpClass::Atomic);
  return true;
}

} // namespace gpusim
