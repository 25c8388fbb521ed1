// ld, st, ldu, and what only hints: prefetch, discard, createpolicy.
#include "tools/gpusim/ops/Access.h"

#include <cstring>
#include <immintrin.h>

namespace gpusim {

using ptx::Type;

namespace {

const MemoryForm &formOf(const Op &op) { return *reinterpret_cast<const MemoryForm *>(op.imm); }

// --- any form, lane by lane ---
void writeRegister(Warp &w, uint32_t slot, uint32_t bits, int i, const uint8_t *from, uint32_t bytes, bool isSigned) {
  uint64_t value = 0;
  std::memcpy(&value, from, std::min(bytes, 8u));
  if (isSigned && bytes < 8)
    value = uint64_t(int64_t(value << (64 - 8 * bytes)) >> (64 - 8 * bytes));
  switch (bits) {
  case 16:
    w.at<uint16_t>(slot)[i] = uint16_t(value);
    break;
  case 32:
    w.at<uint32_t>(slot)[i] = uint32_t(value);
    break;
  case 64:
    w.at<uint64_t>(slot)[i] = value;
    break;
  default:
    std::memcpy(w.at<uint8_t>(slot) + size_t(i) * 16, from, 16);
  }
}

/// Elements as wide as the registers, which is the usual case, when somebody watches.
template <class T> void gather(const Op &op, Warp &w, LaneMask mask, uint32_t count, uint8_t *const *pointers) {
  for (uint32_t k = 0; k < count; ++k) {
    T *d = w.at<T>(op.list[k]);
    for (LaneMask left = mask; left; left &= left - 1) {
      int i = std::countr_zero(left);
      T value = 0;
      if (pointers[i])
        std::memcpy(&value, pointers[i] + k * sizeof(T), sizeof(T));
      d[i] = value;
    }
  }
}
template <class T> void scatter(const Op &op, Warp &w, LaneMask mask, uint32_t count, uint8_t *const *pointers) {
  for (LaneMask left = mask; left; left &= left - 1) {
    int i = std::countr_zero(left);
    if (pointers[i])
      for (uint32_t k = 0; k < count; ++k)
        std::memcpy(pointers[i] + k * sizeof(T), w.in<T>(op.list[k]) + i, sizeof(T));
  }
}

Flow loadSlow(const Op &op, Warp &w, LaneMask mask) {
  const MemoryForm &form = formOf(op);
  uint8_t *pointers[Lanes];
  uint32_t bytes = form.bytes * form.count;
  if (Flow flow = access(op, w, mask, form, bytes, pointers); flow != Flow::Next)
    return flow;
  if (form.bits == form.bytes * 8 && form.bits <= 64) {
    form.bits == 16   ? gather<uint16_t>(op, w, mask, form.count, pointers)
    : form.bits == 32 ? gather<uint32_t>(op, w, mask, form.count, pointers)
                      : gather<uint64_t>(op, w, mask, form.count, pointers);
    return Flow::Next;
  }
  static constexpr uint8_t zeros[64] = {};
  for (LaneMask left = mask; left; left &= left - 1) {
    int i = std::countr_zero(left);
    const uint8_t *from = pointers[i] ? pointers[i] : zeros;
    for (uint32_t k = 0; k < form.count; ++k)
      writeRegister(w, op.list[k], form.bits, i, from + k * form.bytes, form.bytes, form.isSigned);
  }
  return Flow::Next;
}

Flow storeSlow(const Op &op, Warp &w, LaneMask mask) {
  const MemoryForm &form = formOf(op);
  uint8_t *pointers[Lanes];
  uint32_t bytes = form.bytes * form.count, lane = form.bits / 8;
  uint64_t stored[Lanes];
  bool small = bytes <= 8;
  if (small)
    for (int i = 0; i < Lanes; ++i) {
      stored[i] = 0;
      for (uint32_t k = 0; k < form.count; ++k)
        std::memcpy(reinterpret_cast<uint8_t *>(&stored[i]) + k * form.bytes,
                    w.in<uint8_t>(op.list[k]) + size_t(i) * lane, form.bytes);
    }
  if (Flow flow = access(op, w, mask, form, bytes, pointers, small ? stored : nullptr); flow != Flow::Next)
    return flow;
  if (form.bits == form.bytes * 8 && form.bits <= 64) {
    form.bits == 16   ? scatter<uint16_t>(op, w, mask, form.count, pointers)
    : form.bits == 32 ? scatter<uint32_t>(op, w, mask, form.count, pointers)
                      : scatter<uint64_t>(op, w, mask, form.count, pointers);
    return Flow::Next;
  }
  for (LaneMask left = mask; left; left &= left - 1) {
    int i = std::countr_zero(left);
    if (!pointers[i])
      continue;
    for (uint32_t k = 0; k < form.count; ++k)
      std::memcpy(pointers[i] + k * form.bytes, w.in<uint8_t>(op.list[k]) + size_t(i) * lane, form.bytes);
  }
  return Flow::Next;
}

// --- the usual forms, 32 lanes at once, where nobody watches ---
enum class Way { Flat, Shared, Local };

/// Host addresses of all lanes. False where any lane of `mask` cannot be served so: loadSlow says why.
template <Way S>
[[gnu::always_inline]] inline bool resolve(const Op &op, const Warp &w, LaneMask mask, uint32_t bytes, uint64_t *at) {
  const MemoryForm &form = formOf(op);
  const Block &block = *w.block;
  if (block.observer || block.counters) [[unlikely]]
    return false;
  uint64_t offset = uint64_t(form.offset), low = bytes - 1, wrong = 0;
  uint64_t begin, range, shift; // an address a is right if a - begin <= range; its host address is a + shift
  if constexpr (S == Way::Flat) {
    begin = reservedBase, range = ReservedBytes + PinnedBytes - bytes, shift = 0;
  } else if constexpr (S == Way::Shared) {
    uint64_t own = uint64_t(block.place.rank) << SharedRankShift;
    if (block.sharedEnd < SharedBase + bytes)
      return false;
    begin = own + SharedBase, range = block.sharedEnd - SharedBase - bytes;
    shift = reinterpret_cast<uint64_t>(block.shared) - own;
  } else {
    if (block.localBytes < bytes)
      return false;
    begin = 0, range = block.localBytes - bytes;
    shift = reinterpret_cast<uint64_t>(block.local) + uint64_t(w.index) * Lanes * block.localBytes;
  }
  auto each = [&](auto base) {
    if (mask == AllLanes) {
#pragma clang loop vectorize(enable)
      for (int i = 0; i < Lanes; ++i) {
        uint64_t a = S == Way::Flat || sizeof(base[0]) == 8 ? base[i] + offset : uint32_t(base[i] + uint32_t(offset));
        wrong |= (a - begin > range ? 1 : 0) | (a & low);
        at[i] = a + shift;
      }
    } else {
#pragma clang loop vectorize(enable)
      for (int i = 0; i < Lanes; ++i) {
        uint64_t a = S == Way::Flat || sizeof(base[0]) == 8 ? base[i] + offset : uint32_t(base[i] + uint32_t(offset));
        wrong |= (mask >> i & 1) ? (a - begin > range ? 1 : 0) | (a & low) : 0;
        at[i] = a + shift;
      }
    }
  };
  if (form.wideBase)
    each(w.in<uint64_t>(op.a));
  else
    each(w.in<uint32_t>(op.a));
  if constexpr (S == Way::Local)
    for (int i = 0; i < Lanes; ++i)
      at[i] += uint64_t(i) * block.localBytes;
  return wrong == 0;
}

enum class Pattern { Scattered, Contiguous, Same };
[[gnu::always_inline]] inline Pattern patternOf(const uint64_t *at, uint32_t bytes) {
  uint64_t first = at[0], line = 0, same = 0;
  if (at[1] - first == bytes) {
#pragma clang loop vectorize(enable)
    for (int i = 0; i < Lanes; ++i)
      line |= at[i] ^ (first + uint64_t(i) * bytes);
    return line == 0 ? Pattern::Contiguous : Pattern::Scattered;
  }
  if (at[1] == first) {
#pragma clang loop vectorize(enable)
    for (int i = 0; i < Lanes; ++i)
      same |= at[i] ^ first;
    return same == 0 ? Pattern::Same : Pattern::Scattered;
  }
  return Pattern::Scattered;
}

/// M in memory, R in a register's lane, N elements.
template <Way S, class M, class R, int N> void load(const Op *op, Warp *w, LaneMask mask) {
  constexpr uint32_t bytes = sizeof(M) * N;
  alignas(64) uint64_t at[Lanes];
  if (!resolve<S>(*op, *w, mask, bytes, at)) [[unlikely]]
    [[clang::musttail]] return entry<loadSlow>(op, w, mask);
  R *d[N];
  for (int k = 0; k < N; ++k)
    d[k] = w->at<R>(op->list[k]);
  if (mask == AllLanes) [[likely]] {
    Pattern pattern = S == Way::Local ? Pattern::Scattered : patternOf(at, bytes);
    if (pattern == Pattern::Same) {
      M value[N];
      std::memcpy(value, reinterpret_cast<const void *>(at[0]), bytes);
      for (int k = 0; k < N; ++k)
        for (int i = 0; i < Lanes; ++i)
          d[k][i] = R(value[k]);
    } else if (N == 1 && pattern == Pattern::Contiguous) {
      const M *from = reinterpret_cast<const M *>(at[0]);
      R *to = d[0];
#pragma clang loop vectorize(assume_safety)
      for (int i = 0; i < Lanes; ++i)
        to[i] = R(from[i]);
    } else if constexpr (N == 4 && sizeof(M) == 4) {
      for (int i = 0; i < Lanes; i += 4) {
        __m128 row[4];
        for (int k = 0; k < 4; ++k)
          row[k] = _mm_loadu_ps(reinterpret_cast<const float *>(at[i + k]));
        _MM_TRANSPOSE4_PS(row[0], row[1], row[2], row[3]);
        for (int k = 0; k < 4; ++k)
          _mm_storeu_ps(reinterpret_cast<float *>(d[k] + i), row[k]);
      }
    } else {
      for (int i = 0; i < Lanes; ++i) {
        M value[N];
        std::memcpy(value, reinterpret_cast<const void *>(at[i]), bytes);
        for (int k = 0; k < N; ++k)
          d[k][i] = R(value[k]);
      }
    }
  } else {
    for (LaneMask left = mask; left; left &= left - 1) {
      int i = std::countr_zero(left);
      M value[N];
      std::memcpy(value, reinterpret_cast<const void *>(at[i]), bytes);
      for (int k = 0; k < N; ++k)
        d[k][i] = R(value[k]);
    }
  }
  ++op;
  [[clang::musttail]] return op->run(op, w, w->active);
}

template <Way S, class M, class R, int N> void store(const Op *op, Warp *w, LaneMask mask) {
  constexpr uint32_t bytes = sizeof(M) * N;
  alignas(64) uint64_t at[Lanes];
  if (!resolve<S>(*op, *w, mask, bytes, at)) [[unlikely]]
    [[clang::musttail]] return entry<storeSlow>(op, w, mask);
  const R *s[N];
  for (int k = 0; k < N; ++k)
    s[k] = w->in<R>(op->list[k]);
  if (mask == AllLanes) [[likely]] {
    if (N == 1 && S != Way::Local && patternOf(at, bytes) == Pattern::Contiguous) {
      M *to = reinterpret_cast<M *>(at[0]);
      const R *from = s[0];
#pragma clang loop vectorize(assume_safety)
      for (int i = 0; i < Lanes; ++i)
        to[i] = M(from[i]);
    } else if constexpr (N == 4 && sizeof(M) == 4) {
      for (int i = 0; i < Lanes; i += 4) {
        __m128 row[4];
        for (int k = 0; k < 4; ++k)
          row[k] = _mm_loadu_ps(reinterpret_cast<const float *>(s[k] + i));
        _MM_TRANSPOSE4_PS(row[0], row[1], row[2], row[3]);
        for (int k = 0; k < 4; ++k)
          _mm_storeu_ps(reinterpret_cast<float *>(at[i + k]), row[k]);
      }
    } else {
      for (int i = 0; i < Lanes; ++i) {
        M value[N];
        for (int k = 0; k < N; ++k)
          value[k] = M(s[k][i]);
        std::memcpy(reinterpret_cast<void *>(at[i]), value, bytes);
      }
    }
  } else {
    for (LaneMask left = mask; left; left &= left - 1) {
      int i = std::countr_zero(left);
      M value[N];
      for (int k = 0; k < N; ++k)
        value[k] = M(s[k][i]);
      std::memcpy(reinterpret_cast<void *>(at[i]), value, bytes);
    }
  }
  ++op;
  [[clang::musttail]] return op->run(op, w, w->active);
}

template <Way S> Entry quickLoad(const MemoryForm &f) {
  if (f.bytes * 8 == f.bits) {
    if (f.bytes == 4)
      return f.count == 1   ? load<S, uint32_t, uint32_t, 1>
             : f.count == 2 ? load<S, uint32_t, uint32_t, 2>
             : f.count == 4 ? load<S, uint32_t, uint32_t, 4>
                            : nullptr;
    if (f.bytes == 8)
      return f.count == 1 ? load<S, uint64_t, uint64_t, 1> : f.count == 2 ? load<S, uint64_t, uint64_t, 2> : nullptr;
    if (f.bytes == 2)
      return f.count == 1   ? load<S, uint16_t, uint16_t, 1>
             : f.count == 2 ? load<S, uint16_t, uint16_t, 2>
             : f.count == 4 ? load<S, uint16_t, uint16_t, 4>
                            : nullptr;
  }
  if (f.count != 1)
    return nullptr;
  if (f.bytes == 1)
    return f.bits == 16   ? (f.isSigned ? load<S, int8_t, int16_t, 1> : load<S, uint8_t, uint16_t, 1>)
           : f.bits == 32 ? (f.isSigned ? load<S, int8_t, int32_t, 1> : load<S, uint8_t, uint32_t, 1>)
                          : nullptr;
  return nullptr;
}
template <Way S> Entry quickStore(const MemoryForm &f) {
  if (f.bytes * 8 == f.bits) {
    if (f.bytes == 4)
      return f.count == 1   ? store<S, uint32_t, uint32_t, 1>
             : f.count == 2 ? store<S, uint32_t, uint32_t, 2>
             : f.count == 4 ? store<S, uint32_t, uint32_t, 4>
                            : nullptr;
    if (f.bytes == 8)
      return f.count == 1 ? store<S, uint64_t, uint64_t, 1> : f.count == 2 ? store<S, uint64_t, uint64_t, 2> : nullptr;
    if (f.bytes == 2)
      return f.count == 1 ? store<S, uint16_t, uint16_t, 1> : f.count == 4 ? store<S, uint16_t, uint16_t, 4> : nullptr;
  }
  if (f.count == 1 && f.bytes == 1)
    return f.bits == 16 ? store<S, uint8_t, uint16_t, 1> : f.bits == 32 ? store<S, uint8_t, uint32_t, 1> : nullptr;
  return nullptr;
}

OpClass classOf(const MemoryForm &f, bool isStore) {
  switch (f.where) {
  case MemoryForm::Shared:
    return isStore ? OpClass::StoreShared : OpClass::LoadShared;
  case MemoryForm::Local:
    return OpClass::Local;
  case MemoryForm::Param:
    return OpClass::Move;
  default:
    return isStore ? OpClass::StoreGlobal : OpClass::LoadGlobal;
  }
}

struct Same {
  template <class T> T operator()(T a) const { return a; }
};

/// ld.param from a place that is known: a constant of the launch.
bool loadParameter(const ptx::Instruction &in, Decoder &d, const MemoryForm &form, Type type,
                   const ptx::Operand &value) {
  bool vector = value.kind == ptx::OperandKind::Vector;
  if (form.bits > 64)
    return false;
  for (uint32_t k = 0; k < form.count; ++k) {
    ptx::Operand at = in.operands[1];
    at.value += int64_t(k) * form.bytes;
    Op op;
    op.a = d.parameter(at, type, form.bits);
    if (op.a == ~0u)
      return false;
    op.d = d.destination(vector ? value.parts[k] : value, type, true);
    d.emit(op,
           form.bits == 16   ? entry<unary<Same, uint16_t, uint16_t>>
           : form.bits == 32 ? entry<unary<Same, uint32_t, uint32_t>>
                             : entry<unary<Same, uint64_t, uint64_t>>,
           OpClass::Move);
  }
  return true;
}

bool decodeAccess(const ptx::Instruction &in, Decoder &d, bool isStore) {
  auto form = std::make_shared<MemoryForm>();
  if (!decodeForm(in, d, *form))
    return true;
  Type type = in.type();
  size_t want = in.has("L2::cache_hint") ? 3 : 2;
  if (type == Type::None || in.operands.size() != want)
    return d.fail("'" + in.name() + "' has not the operands that it takes");
  const ptx::Operand &address = in.operands[isStore ? 0 : 1], &value = in.operands[isStore ? 1 : 0];
  form->kind = isStore ? AccessKind::Write : in.has("nc") ? AccessKind::ReadNonCoherent : AccessKind::Read;
  form->bytes = std::max(1u, ptx::bitsOf(type) / 8);
  form->isSigned = ptx::isSigned(type);
  form->count = value.kind == ptx::OperandKind::Vector ? uint32_t(value.parts.size()) : 1;
  uint32_t lanes = in.has("v2") ? 2 : in.has("v4") ? 4 : in.has("v8") ? 8 : 1;
  if (form->count != lanes || form->bytes * form->count > 32)
    return d.fail("'" + in.name() + "' of " + std::to_string(form->count) + " values");
  // All elements' registers are as wide as the first's.
  form->bits = 0;
  for (uint32_t k = 0; k < form->count; ++k) {
    const ptx::Operand &part = value.kind == ptx::OperandKind::Vector ? value.parts[k] : value;
    if (!part.isRegister())
      continue;
    if (form->bits && d.width(part) != form->bits)
      return d.fail("'" + in.name() + "': registers of different widths");
    form->bits = d.width(part);
  }
  uint32_t natural = std::max(16u, form->bytes * 8);
  if (!form->bits)
    form->bits = natural;
  if (form->bits < form->bytes * 8)
    return d.fail("'" + in.name() + "': the register is narrower than the value");
  if (!isStore && form->where == MemoryForm::Param && loadParameter(in, d, *form, type, value))
    return true;
  Type regType = form->bits == 16   ? Type::B16
                 : form->bits == 32 ? Type::B32
                 : form->bits == 64 ? Type::B64
                                    : Type::B128;
  Op op;
  Decoder::Address at = d.address(address);
  op.a = at.base, form->offset = at.offset, form->wideBase = at.bits == 64;
  uint32_t count = 0;
  op.list = isStore ? d.sources(value, regType, count) : d.destinations(value, regType, count);
  op.imm = reinterpret_cast<int64_t>(form.get());
  d.keep(form);
  Entry body = nullptr;
  // 32-bit addresses mean something in the windows' own spaces only.
  switch (form->where) {
  case MemoryForm::Generic:
  case MemoryForm::Global:
  case MemoryForm::Const:
    if (form->wideBase)
      body = isStore ? quickStore<Way::Flat>(*form) : quickLoad<Way::Flat>(*form);
    break;
  case MemoryForm::Shared:
    body = isStore ? quickStore<Way::Shared>(*form) : quickLoad<Way::Shared>(*form);
    break;
  case MemoryForm::Local:
    body = isStore ? quickStore<Way::Local>(*form) : quickLoad<Way::Local>(*form);
    break;
  case MemoryForm::Param:
    if (isStore)
      return d.fail("'" + in.name() + "': a kernel's parameters cannot be written");
    break;
  }
  if (!body)
    body = isStore ? entry<storeSlow> : entry<loadSlow>;
  d.emit(op, body, classOf(*form, isStore));
  return true;
}

void nothing(const Op &, Warp &, LaneMask) {}
void zero64(const Op &op, Warp &w, LaneMask mask) {
  apply(w.at<uint64_t>(op.d), mask, [](int) { return uint64_t(0); });
}

} // namespace

bool decodeMemory(const ptx::Instruction &in, Decoder &d) {
  std::string_view o = in.opcode;
  if ((o == "ld" || o == "ldu" || o == "st") && !in.has("async") && !in.has("bulk"))
    return decodeAccess(in, d, o == "st");
  if (o == "prefetch" || o == "prefetchu" || o == "applypriority" || o == "discard") {
    d.emit(Op(), entry<nothing>, OpClass::Other);
    return true;
  }
  if (o == "createpolicy") {
    Op op;
    op.d = d.destination(in.operands[0], Type::B64);
    d.emit(op, entry<zero64>, OpClass::Other);
    return true;
  }
  return false;
}

} // namespace gpusim
