// How a family of instructions plugs into the executor.
//
// A family is one function `bool decodeX(const ptx::Instruction &, Decoder &)`, listed in exec/Families.h. It answers
// false where the instruction is none of its own (the next family is asked), true where it is; it then has either
// called emit(), or fail() with what it does not support. Handlers see decoded operands only: they are written as
//
//   void add(const Op &op, Warp &w, LaneMask mask)   // never stops the warp
//   Flow wait(const Op &op, Warp &w, LaneMask mask)  // may answer Flow::Retry or w.fail(...)
//
// and given as entry<add>. `mask` is never 0 and never has lanes that do not run; lanes outside of it keep their
// registers. Flow::Retry: the other warps of the cluster run, then the same handler is called again; when every warp of
// a cluster waits and none gets on, the launch ends as a deadlock. A handler that waits must not change its state
// before it answers Next. Which operands an instruction writes is told by ptx/Effects.h: look there when a new opcode
// is added.
#pragma once
#include "tools/gpusim/exec/Machine.h"
#include "tools/gpusim/ptx/Module.h"

#include <type_traits>

namespace gpusim {

struct DeviceModel;

void leave(const Op *op, Warp *w, Flow flow);

/// Makes a handler an Entry: runs it, then whatever follows.
template <auto F> void entry(const Op *op, Warp *w, LaneMask mask) {
  if constexpr (std::is_void_v<decltype(F(*op, *w, mask))>) {
    F(*op, *w, mask);
  } else {
    Flow flow = F(*op, *w, mask);
    if (flow == Flow::Jump) {
      op = w->code + w->pc;
      [[clang::musttail]] return op->run(op, w, w->active);
    }
    if (flow != Flow::Next) [[unlikely]]
      return leave(op, w, flow);
    ++w->steps;
  }
  ++op;
  [[clang::musttail]] return op->run(op, w, w->active);
}

/// Instructions by class, for the counters.
enum class OpClass : uint8_t {
  Integer,
  Float,
  Double,
  Half,
  Convert,
  Special,
  Move,
  Predicate,
  Control,
  LoadGlobal,
  StoreGlobal,
  LoadShared,
  StoreShared,
  Local,
  Atomic,
  Barrier,
  Warp,
  Tensor,
  Async,
  Other,
  Count
};
const char *nameOf(OpClass);

class Decoder {
public:
  virtual ~Decoder() = default;

  // Operands as slots. All of them fail() and return 0 where the operand is of no such kind.
  /// A value to read, as a value of `type`: registers, immediates (in the bits of `type`), special registers, addresses
  /// of variables. A register that is wider or narrower than `type` is a failure unless `anyWidth`
  /// (or type None for the lists below).
  virtual uint32_t source(const ptx::Operand &, ptx::Type type, bool anyWidth = false) = 0;
  /// A register to write; `_` gives a slot that nobody reads.
  virtual uint32_t destination(const ptx::Operand &, ptx::Type type, bool anyWidth = false) = 0;
  /// A predicate to read; `negated` is the operand's `!`.
  virtual uint32_t predicate(const ptx::Operand &, bool &negated) = 0;
  /// [register or variable or integer + offset]: the slot of the base and what to add. `bits` (32 or 64) says how wide
  /// the base's lanes are: a constant is always 64.
  struct Address {
    uint32_t base = 0, bits = 64;
    int64_t offset = 0;
  };
  virtual Address address(const ptx::Operand &) = 0;
  /// An integer known now; fail()s otherwise.
  virtual int64_t integer(const ptx::Operand &) = 0;
  /// Slots of {a, b, c} (or of one plain operand), read or written. The array lives as long as the kernel.
  virtual const uint32_t *sources(const ptx::Operand &, ptx::Type type, uint32_t &count) = 0;
  virtual const uint32_t *destinations(const ptx::Operand &, ptx::Type type, uint32_t &count) = 0;
  /// A register's width in bits as it was declared (its lanes are that wide); immediates and the like: 64.
  virtual uint32_t width(const ptx::Operand &) = 0;
  /// A slot with these 32 values of `bits` each, a constant of the kernel.
  virtual uint32_t constant(uint64_t value, uint32_t bits) = 0;
  /// The value of a kernel's parameter, by [param + offset], as a constant of `bits` a lane (sign-extended if `type` is
  /// signed); ~0 where the address is no such constant.
  virtual uint32_t parameter(const ptx::Operand &, ptx::Type type, uint32_t bits) = 0;
  /// The offset in a thread's local memory of a .local variable (an argument of a call).
  virtual uint32_t localOffset(const ptx::Operand &) = 0;
  /// The instruction's result depends on the order of blocks (an atomic sum of floats): they run one after another.
  virtual void ordered() = 0;
  /// Memory of the kernel for `count` slots (Op::list) or for anything that a handler wants.
  virtual uint32_t *array(size_t count) = 0;
  virtual void keep(std::shared_ptr<void>) = 0;
  /// A slot of the warp's own, for 32 values of `bits`, that lives through this instruction only.
  virtual uint32_t scratch(uint32_t bits) = 0;

  /// Adds the op; the guard is seen to. Once an instruction is usual; more are run one after another.
  virtual void emit(const Op &, Entry body, OpClass) = 0;
  /// "line N: " is put before it. Returns true, so that families can `return d.fail(...)`.
  virtual bool fail(const std::string &what) = 0;
  virtual bool failed() const = 0;
  virtual const DeviceModel &model() const = 0;
  virtual const ptx::Module &module() const = 0;
};

using DecodeFamily = bool (*)(const ptx::Instruction &, Decoder &);

} // namespace gpusim
