#include "runtime/Symbols.h"

namespace dlc::rt {
namespace {

class Checker {
public:
  explicit Checker(const fb::Program &program) : program(program), symbols(symbolCount(program)) {}

  bool one(const fb::Expr *e) const { return !e || expression::wellFormed(view(*e), symbols); }
  /// None, or `count`.
  bool all(const Formulas *list, size_t count) const {
    if (!list || !list->size())
      return true;
    if (list->size() != count)
      return false;
    for (const fb::Expr *e : *list)
      if (!one(e))
        return false;
    return true;
  }
  template <class T> bool dims(const T &t) const { return all(t.dims(), t.shape()->size()); }

  std::string symbol(const fb::Symbol &s) const {
    constexpr int64_t most = int64_t(1) << 46;
    if (s.low() < 0 || s.low() > s.high() || s.high() > most || s.step() < 1 || s.step() > most || s.offset() < -most ||
        s.offset() > most)
      return "its range makes no sense";
    if (s.input() < 0)
      return "";
    if (uint32_t(s.input()) >= program.inputs()->size())
      return "names an input that is not there";
    const fb::Tensor &t = *program.inputs()->Get(uint32_t(s.input()));
    return t.dims() && s.dim() < t.dims()->size() ? "" : "names an input's dimension that is not symbolic";
  }
  bool operand(const fb::Operand &o) const { return all(o.strides_at(), o.strides()->size()); }
  bool postOps(const flatbuffers::Vector<flatbuffers::Offset<fb::PostOp>> &list) const {
    for (const fb::PostOp *p : list)
      if (!all(p->strides_at(), p->strides()->size()))
        return false;
    return true;
  }
  bool step(const fb::Step &s) const {
    if (!all(s.values(), s.values() ? s.values()->size() : 0) || !one(s.work_at()) || !one(s.limit_at()) ||
        !all(s.grid_at(), 3))
      return false;
    if (const fb::Matmul *m = s.matmul())
      if (!all(m->dims_at(), m->batch()->size() + 3) || !operand(*m->a()) || !operand(*m->b()) || !operand(*m->c()) ||
          !postOps(*m->post_ops()))
        return false;
    if (const fb::Convolution *c = s.convolution())
      return all(c->src_dims_at(), c->src_dims()->size()) && all(c->weight_dims_at(), c->weight_dims()->size()) &&
             all(c->dst_dims_at(), c->dst_dims()->size()) && all(c->pad_lo_at(), c->pad_lo()->size()) &&
             all(c->pad_hi_at(), c->pad_hi()->size()) && operand(*c->src()) && operand(*c->weight()) &&
             operand(*c->dst()) && postOps(*c->post_ops());
    return true;
  }

private:
  const fb::Program &program;
  size_t symbols;
};

} // namespace

std::string symbolFault(const fb::Program &program) {
  Checker checker(program);
  for (size_t i = 0; i != symbolCount(program); ++i) {
    const fb::Symbol &s = *program.symbols()->Get(uint32_t(i));
    if (std::string fault = checker.symbol(s); !fault.empty())
      return "symbol '" + s.name()->str() + "': " + fault;
  }
  for (auto *list : {program.inputs(), program.outputs()})
    for (const fb::Tensor *t : *list)
      if (!checker.dims(*t))
        return "tensor '" + t->name()->str() + "': its dimensions are no formulas over the program's symbols";
  return "";
}

std::string formulaFault(const fb::Program &program, const fb::Variant &plan) {
  Checker checker(program);
  for (const fb::Buffer *b : *plan.buffers())
    if (!checker.dims(*b) || !checker.one(b->place()) ||
        !checker.all(b->advance_at(), b->advance_at() ? b->advance_at()->size() : 0))
      return "buffer '" + b->name()->str() + "': its dimensions are no formulas over the program's symbols";
  for (uint32_t i = 0; i != plan.steps()->size(); ++i)
    if (!checker.step(*plan.steps()->Get(i)))
      return "step " + std::to_string(i) + ": its sizes are no formulas over the program's symbols";
  return "";
}

} // namespace dlc::rt
