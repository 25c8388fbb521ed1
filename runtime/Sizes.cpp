#include "runtime/Sizes.h"
#include "runtime/ControlSteps.h"
#include "runtime/LibrarySteps.h"
#include "runtime/Program.h"

namespace dlc::rt {

Sizes::Sizes(const fb::Program &p) : program(&p) {
  for (uint32_t i = 0; i != symbolCount(p); ++i)
    values.push_back(p.symbols()->Get(i)->high());
}

void Sizes::start(const std::vector<int64_t> &given) {
  for (size_t i = 0; i != values.size(); ++i)
    values[i] = found(i) ? program->symbols()->Get(uint32_t(i))->high() : given[i];
}

Status Sizes::find(uint32_t symbol, int64_t value) {
  const fb::Symbol &s = *program->symbols()->Get(symbol);
  if (value < s.low() || value > s.high())
    return {DLC_INTERNAL, "the run found " + std::to_string(value) + " for " + s.name()->str() + ", which is " +
                              std::to_string(s.low()) + " to " + std::to_string(s.high())};
  values[symbol] = value;
  return {};
}

namespace {

uint64_t dense(fb::DType type, const std::vector<int64_t> &shape) {
  uint64_t n = 1;
  for (int64_t d : shape)
    n *= uint64_t(d); // no more than the file's own shape has, which was checked
  return (n * bitWidth(type) + 7) / 8;
}

} // namespace

uint64_t Sizes::bytes(const fb::Tensor &t) const {
  if (!t.dims())
    return byteSize(t.dtype(), *t.shape());
  std::vector<int64_t> dims;
  return shape(t, dims) ? dense(t.dtype(), dims) : UINT64_MAX;
}

uint64_t Sizes::mostBytes(const fb::Tensor &t) const {
  Sizes most = *this;
  most.start(values);
  return most.bytes(t);
}

uint64_t Sizes::bytes(const fb::Buffer &b) const {
  if (!b.dims())
    return b.size();
  std::vector<int64_t> dims;
  return shape(b, dims) ? dense(b.dtype(), dims) : 0;
}

uint64_t Sizes::offset(const fb::Buffer &b) const {
  int64_t more = 0;
  uint64_t from = b.offset() + (b.block() < moved.size() ? uint64_t(moved[b.block()]) : 0);
  return from + (b.place() && value(*b.place(), more) ? uint64_t(more) : 0);
}

int64_t Sizes::advance(const fb::Buffer &b, size_t depth) const {
  int64_t bytes = 0;
  if (b.advance_at())
    return depth < b.advance_at()->size() && value(*b.advance_at()->Get(uint32_t(depth)), bytes) ? bytes : 0;
  return b.advance() && depth < b.advance()->size() ? b.advance()->Get(uint32_t(depth)) : 0;
}

int64_t Sizes::limit(const fb::Step &s) const {
  int64_t steps;
  return s.limit_at() && value(*s.limit_at(), steps) ? steps : s.limit();
}

std::string Sizes::stack(const fb::Variant &plan) {
  moved.clear();
  if (!plan.blocks() || !plan.blocks()->size())
    return "";
  const auto &blocks = *plan.blocks();
  std::vector<uint64_t> sizes(blocks.size()), begins(blocks.size());
  for (const fb::Buffer *b : *plan.buffers()) {
    if (b->kind() != fb::BufferKind::Arena)
      continue;
    int64_t more = 0;
    if (b->place() && !value(*b->place(), more))
      return "buffer '" + b->name()->str() + "' has no place";
    if (more < -int64_t(absurd) || more > int64_t(absurd))
      return "buffer '" + b->name()->str() + "' reaches over its memory";
    // One of a loop that has no step may lie anywhere.
    int64_t end = int64_t(b->offset() - blocks[b->block()]->offset()) + more + int64_t(bytes(*b));
    sizes[b->block()] = std::max(sizes[b->block()], uint64_t(std::max<int64_t>(end, 0)));
  }
  std::vector<int64_t> by(blocks.size());
  stacked = 0;
  for (uint32_t i = 0; i != blocks.size(); ++i) {
    for (uint32_t below : *blocks[i]->above())
      begins[i] = std::max(begins[i], container::alignUp(begins[below] + sizes[below], 64));
    if (begins[i] > plan.arena_bytes() || sizes[i] > plan.arena_bytes() - begins[i])
      return "the arena takes more than it does at the largest sizes";
    by[i] = int64_t(begins[i]) - int64_t(blocks[i]->offset());
    stacked = std::max(stacked, begins[i] + sizes[i]);
  }
  moved = std::move(by);
  return "";
}

uint64_t Sizes::extent(const fb::Variant &plan, const fb::Buffer &b) const {
  auto of = [&](const auto *list) {
    return list && b.index() < list->size() ? byteSize(list->Get(b.index())->dtype(), *list->Get(b.index())->shape())
                                            : UINT64_MAX;
  };
  switch (b.kind()) {
  case fb::BufferKind::Input:
    return b.index() < program->inputs()->size() ? bytes(*program->inputs()->Get(b.index())) : UINT64_MAX;
  case fb::BufferKind::Output: // it is written before its size is known
    return b.index() < program->outputs()->size() ? mostBytes(*program->outputs()->Get(b.index())) : UINT64_MAX;
  case fb::BufferKind::Weight:
  case fb::BufferKind::State:
    return of(program->weights());
  case fb::BufferKind::Constant:
    return of(program->constants());
  case fb::BufferKind::Derived:
    return of(plan.derived());
  case fb::BufferKind::Arena:
    return arenaBytes(plan);
  }
  return UINT64_MAX;
}

std::string Sizes::fault(const fb::Variant &plan, const fb::Buffer &b) const {
  std::vector<int64_t> dims;
  int64_t more = 0;
  if (byteSize(b.dtype(), *b.shape()) == UINT64_MAX || !shape(b, dims))
    return "buffer '" + b.name()->str() + "' has no size or more than was taken for it";
  uint64_t need = bytes(b);
  if (need > b.size())
    return "buffer '" + b.name()->str() + "' reaches over its memory";
  if (b.advance() || b.advance_at())
    return ""; // controlFault
  if (b.place() && (!value(*b.place(), more) || more < 0))
    return "buffer '" + b.name()->str() + "' has no place";
  uint64_t have = extent(plan, b), at = offset(b);
  if (have == UINT64_MAX || at > have || need > have - at || uint64_t(more) > at)
    return "buffer '" + b.name()->str() + "' reaches over its memory";
  return "";
}

std::string Sizes::fault(const fb::Variant &plan) const {
  for (auto *list : {program->inputs(), program->outputs()})
    for (const fb::Tensor *t : *list)
      if (bytes(*t) == UINT64_MAX)
        return "tensor '" + t->name()->str() + "' has no size or more than was taken for it";
  for (const fb::Buffer *b : *plan.buffers()) {
    bool port = (b->kind() == fb::BufferKind::Input && program->inputs()->Get(b->index())->dims()) ||
                (b->kind() == fb::BufferKind::Output && program->outputs()->Get(b->index())->dims());
    if (port || b->dims() || b->place() || b->block() < moved.size())
      if (std::string wrong = fault(plan, *b); !wrong.empty())
        return wrong;
  }
  return hasControl(plan) ? controlFault(plan, *this) : "";
}

std::string Sizes::text() const {
  std::string text;
  for (uint32_t i = 0; i != values.size(); ++i)
    text += (i ? ", " : "") + program->symbols()->Get(i)->name()->str() + " = " + std::to_string(values[i]);
  return text;
}

bool symbolic(const fb::Variant &plan, const fb::Step &s, const Sizes &sizes, bool &found) {
  bool any = false;
  found = false;
  eachFormula(plan, s, [&](const fb::Expr &e) {
    for (uint32_t i = 0; i != sizes.values.size(); ++i)
      if (expression::uses(view(e), i)) {
        any = true;
        found |= sizes.found(i);
      }
  });
  return any;
}

ConcreteStep::ConcreteStep(const fb::Step &s, const Sizes &sizes) {
  // A formula without a value becomes -1, which is no size: the descriptor is then refused.
  auto number = [&](const fb::Expr *e) {
    int64_t value;
    return sizes.value(*e, value) ? value : -1;
  };
  auto list = [&](const flatbuffers::Vector<int64_t> *given, const Formulas *at) {
    std::vector<int64_t> values(given->begin(), given->end());
    for (uint32_t i = 0; at && i != at->size(); ++i)
      values[i] = number(at->Get(i));
    return b.CreateVector(values);
  };
  auto operand = [&](const fb::Operand &o) {
    return fb::CreateOperand(b, o.arg(), o.dtype(), list(o.strides(), o.strides_at()));
  };
  auto postOps = [&](const auto &ops) {
    std::vector<flatbuffers::Offset<fb::PostOp>> made;
    for (const fb::PostOp *p : ops)
      made.push_back(fb::CreatePostOp(b, p->kind(), p->eltwise(), p->alpha(), p->beta(), p->arg(), p->dtype(),
                                      list(p->strides(), p->strides_at())));
    return b.CreateVector(made);
  };
  flatbuffers::Offset<fb::Matmul> matmul;
  flatbuffers::Offset<fb::Convolution> convolution;
  if (const fb::Matmul *m = s.matmul()) {
    std::vector<int64_t> dims(m->batch()->begin(), m->batch()->end());
    dims.insert(dims.end(), {m->m(), m->n(), m->k()});
    for (uint32_t i = 0; m->dims_at() && i != m->dims_at()->size(); ++i)
      dims[i] = number(m->dims_at()->Get(i));
    size_t batch = m->batch()->size();
    auto leading = b.CreateVector(dims.data(), batch);
    auto x = operand(*m->a()), y = operand(*m->b()), z = operand(*m->c());
    auto ops = postOps(*m->post_ops());
    matmul = fb::CreateMatmul(b, leading, dims[batch], dims[batch + 1], dims[batch + 2], x, y, z, ops);
  }
  if (const fb::Convolution *c = s.convolution()) {
    auto src = list(c->src_dims(), c->src_dims_at()), weight = list(c->weight_dims(), c->weight_dims_at()),
         dst = list(c->dst_dims(), c->dst_dims_at());
    auto x = operand(*c->src()), y = operand(*c->weight()), z = operand(*c->dst());
    auto strides = list(c->window_strides(), nullptr), dilation = list(c->window_dilation(), nullptr),
         base = list(c->base_dilation(), nullptr);
    auto lo = list(c->pad_lo(), c->pad_lo_at()), hi = list(c->pad_hi(), c->pad_hi_at());
    auto ops = postOps(*c->post_ops());
    convolution = fb::CreateConvolution(b, src, weight, dst, x, y, z, strides, dilation, base, lo, hi, c->reversed(),
                                        c->groups(), ops);
  }
  std::vector<uint32_t> args(s.args()->begin(), s.args()->end());
  auto argList = b.CreateVector(args);
  auto deps = b.CreateVector(std::vector<uint32_t>());
  auto sources = b.CreateVectorOfStrings(std::vector<std::string>());
  fb::StepBuilder step(b);
  step.add_kind(s.kind());
  step.add_kernel(s.kernel());
  step.add_args(argList);
  step.add_deps(deps);
  step.add_sources(sources);
  step.add_matmul(matmul);
  step.add_convolution(convolution);
  step.add_outputs(s.outputs());
  b.Finish(step.Finish());
}

} // namespace dlc::rt
