// The sizes of a run: values of a program's symbols, and of the formulas over them.
#pragma once
#include "runtime/Status.h"
#include "runtime/Symbols.h"

#include <vector>

namespace dlc::rt {

class Sizes {
public:
  Sizes() = default;
  /// Every symbol at its highest.
  explicit Sizes(const fb::Program &);

  std::vector<int64_t> values; ///< one a symbol
  bool operator==(const Sizes &other) const { return values == other.values; }

  /// Whether a run finds the symbol.
  bool found(size_t symbol) const { return program->symbols()->Get(uint32_t(symbol))->input() < 0; }
  /// What every symbol is at the start of a run: these, and the highest for those that it finds.
  void start(const std::vector<int64_t> &given);
  /// A value that a run found; an error where it is out of range.
  Status find(uint32_t symbol, int64_t value);

  bool value(const fb::Expr &e, int64_t &out) const { return expression::evaluate(view(e), values, out); }
  /// Dimensions of a tensor or buffer; false where they have no value or are more than was taken for.
  template <class T> bool shape(const T &t, std::vector<int64_t> &out) const {
    out.assign(t.shape()->begin(), t.shape()->end());
    for (uint32_t i = 0; t.dims() && i != t.dims()->size(); ++i)
      if (!value(*t.dims()->Get(i), out[i]) || out[i] < 0 || out[i] > t.shape()->Get(i))
        return false;
    return true;
  }
  /// Bytes of an input or output; UINT64_MAX as above.
  uint64_t bytes(const fb::Tensor &) const;
  /// The same with the sizes that a run finds at their highest: what memory for an output must hold.
  uint64_t mostBytes(const fb::Tensor &) const;
  /// Bytes of a buffer, 0 where it has none; of a checked buffer.
  uint64_t bytes(const fb::Buffer &) const;
  /// Where a checked buffer starts in its tensor or arena, in the first step of the loops around.
  uint64_t offset(const fb::Buffer &) const;
  /// By how many bytes it moves on with each step of the loop number `depth` around it (0: the outermost).
  int64_t advance(const fb::Buffer &, size_t depth) const;
  /// The limit of a loop; of a checked one. -1: none.
  int64_t limit(const fb::Step &) const;
  /// Lets the blocks of the plan's arena begin where these sizes let them, and all buffers in them: `offset` knows.
  /// "" or what is wrong.
  std::string stack(const fb::Variant &plan);
  /// Bytes of the plan's arena: what `stack` found, or the plan's own where there are no blocks.
  uint64_t arenaBytes(const fb::Variant &plan) const { return moved.empty() ? plan.arena_bytes() : stacked; }
  /// Bytes of what a buffer lies in; UINT64_MAX: there is no such thing.
  uint64_t extent(const fb::Variant &plan, const fb::Buffer &) const;
  /// Whether the buffer lies in its memory: "" or what is wrong.
  std::string fault(const fb::Variant &plan, const fb::Buffer &) const;
  /// The same for all buffers of a plan that depend on symbols, and its inputs and outputs.
  std::string fault(const fb::Variant &plan) const;
  /// "batch = 8, count = 3"
  std::string text() const;

private:
  const fb::Program *program = nullptr;
  std::vector<int64_t> moved; // of each block, from where it lies at the largest sizes
  uint64_t stacked = 0;
};

/// Calls f(const fb::Expr &) for the formulas of a step, without its buffers', in a fixed order.
template <class F> void eachFormula(const fb::Step &s, F &&f) {
  auto list = [&](const Formulas *e) {
    for (uint32_t i = 0; e && i != e->size(); ++i)
      f(*e->Get(i));
  };
  auto call = [&](const auto &first, const auto &second, const auto &third, const auto &ops) {
    list(first.strides_at()), list(second.strides_at()), list(third.strides_at());
    for (const fb::PostOp *p : ops)
      list(p->strides_at());
  };
  list(s.values()), list(s.grid_at());
  if (s.work_at())
    f(*s.work_at());
  if (s.limit_at())
    f(*s.limit_at());
  if (const fb::Matmul *m = s.matmul())
    list(m->dims_at()), call(*m->a(), *m->b(), *m->c(), *m->post_ops());
  if (const fb::Convolution *c = s.convolution()) {
    list(c->src_dims_at()), list(c->weight_dims_at()), list(c->dst_dims_at()), list(c->pad_lo_at()),
        list(c->pad_hi_at());
    call(*c->src(), *c->weight(), *c->dst(), *c->post_ops());
  }
}
/// With those of its buffers.
template <class F> void eachFormula(const fb::Variant &plan, const fb::Step &s, F &&f) {
  eachFormula(s, f);
  for (uint32_t arg : *s.args()) {
    const fb::Buffer &b = *plan.buffers()->Get(arg);
    for (uint32_t i = 0; b.dims() && i != b.dims()->size(); ++i)
      f(*b.dims()->Get(i));
    if (b.place())
      f(*b.place());
    for (uint32_t i = 0; b.advance_at() && i != b.advance_at()->size(); ++i)
      f(*b.advance_at()->Get(i));
  }
}
/// Whether anything about the step depends on symbols; `found`: on one that a run finds.
bool symbolic(const fb::Variant &plan, const fb::Step &, const Sizes &, bool &found);

/// A library step with numbers in place of its descriptor's formulas.
class ConcreteStep {
public:
  ConcreteStep(const fb::Step &, const Sizes &);
  const fb::Step &operator*() const { return *flatbuffers::GetRoot<fb::Step>(b.GetBufferPointer()); }

private:
  flatbuffers::FlatBufferBuilder b;
};

} // namespace dlc::rt
