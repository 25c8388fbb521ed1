#include "runtime/cpu/DnnParts.h"

#include <algorithm>

namespace dlc::rt::dnnl {

bool DnnCall::matmul(const fb::Step &step, const fb::Matmul &d, const Shape &result) {
  Shape batch(result.begin(), result.end() - 2);
  size_t b = batch.size(), rank = b + 2;
  if (!d.k())
    return no("there is nothing to sum over");
  const fb::Operand *a = d.a(), *w = d.b(), *c = d.c();
  for (const fb::Operand *o : {a, w, c})
    if (o->strides()->size() != rank || o->arg() >= step.args()->size())
      return no("an operand does not fit the descriptor");
  int64_t m = result[batch.size()], n = result.back();
  Shape order(rank);
  for (size_t i = 0; i != rank; ++i)
    order[i] = int64_t(i);
  Shape as = vec(a->strides()), ws = vec(w->strides()), cs = vec(c->strides());
  // A result that lies by columns: compute its transpose, C' = B' A'.
  bool swapped = cs[b + 1] != 1 && cs[b] == 1 && n > 1;
  if (swapped) {
    std::swap(a, w);
    std::swap(as, ws);
    std::swap(m, n);
    for (Shape *s : {&as, &ws, &cs, &order})
      std::swap((*s)[b], (*s)[b + 1]);
  }
  auto with = [&](int64_t rows, int64_t columns) {
    Shape dims = batch;
    dims.push_back(rows);
    dims.push_back(columns);
    return dims;
  };
  // The stride along one row or one column says nothing; oneDNN takes it for the distance of rows.
  auto tidy = [&](Shape &strides, int64_t rows, int64_t columns) {
    if (rows == 1)
      strides[b] = strides[b + 1] == 1 ? columns : 1;
    else if (columns == 1)
      strides[b + 1] = 1;
  };
  tidy(as, m, d.k());
  tidy(ws, d.k(), n);
  tidy(cs, m, n);
  Shape cd = with(m, n);
  bool bias = !swapped && biasAlong(*d.post_ops(), b + 1);
  // One row: an inner product is three times as fast where B lies transposed (measured); elsewhere it cuts sums by
  // thread.
  bool inner = !b && m == 1 && n > 1 && as[1] == 1 && ws[0] == 1 && ws[1] != 1;
  // With A transposed oneDNN cuts long sums once there are more threads than blocks of 64 columns (measured on 2.6.3).
  if (as[b] == 1 && as[b + 1] != 1 && d.k() > 1024)
    team = int(std::min<int64_t>(team, std::max<int64_t>(1, n / 64)));
  gemmThreads = 1; // it cuts and orders sums by thread everywhere; Product cuts the work itself
  OwnedAttr attr;
  if (api.primitive_attr_create(attr.out()) || api.primitive_attr_set_scratchpad_mode(attr, userScratchpad))
    return no("oneDNN cannot make attributes");
  MemoryDesc amd, wmd, cmd, bmd;
  if (!describe(with(m, d.k()), as, a->dtype(), amd) || !describe(cd, cs, c->dtype(), cmd))
    return false;
  if (inner ? !describe({n, d.k()}, {ws[1], ws[0]}, w->dtype(), wmd) : !describe(with(d.k(), n), ws, w->dtype(), wmd))
    return false;
  if (bias) {
    Shape dims(inner ? 1 : rank, 1), strides(inner ? 1 : rank, 0);
    dims.back() = n;
    strides.back() = 1;
    if (!describe(dims, strides, fb::DType::F32, bmd))
      return false;
  }
  if (!operand(amd, argSrc, a->arg()) || !operand(wmd, argWeights, w->arg()) || !operand(cmd, argDst, c->arg()) ||
      (bias && !operand(bmd, argBias, d.post_ops()->Get(0)->arg())) ||
      !postOps(*d.post_ops(), cd, order, bias, false, attr))
    return false;
  OpDesc op;
  Result refused =
      inner ? api.inner_product_forward_desc_init(&op, forwardInference, &amd, &wmd, bias ? &bmd : nullptr, &cmd)
            : api.matmul_desc_init(&op, &amd, &wmd, bias ? &bmd : nullptr, &cmd);
  if (refused)
    return no("oneDNN refuses this matrix product");
  return finish(op, attr, nullptr);
}

namespace {

/// A product in parts cut by shape, each computed by one thread: for oneDNN's older matrix product (below AVX-512),
/// whose sums depend on the number of threads.
class Product final : public Parts {
public:
  bool make(const fb::Step &step, const fb::Matmul &d, int threads, const dlc_allocator &allocator, std::string &why) {
    Shape dims = vec(d.batch());
    size_t b = dims.size();
    dims.push_back(d.m());
    dims.push_back(d.n());
    // The outermost batch dimension; without one the larger of rows and columns, in parts of about 64.
    size_t cut = b ? size_t(std::find_if(dims.begin(), dims.end(), [](int64_t n) { return n > 1; }) - dims.begin())
                   : size_t(d.n() > d.m());
    if (cut == dims.size())
      return false;
    int64_t size = dims[cut], wanted = std::min<int64_t>(maxParts, cut < b ? size : size / 64);
    if (wanted < 2)
      return false;
    int64_t tile = (size + wanted - 1) / wanted;
    if (cut >= b)
      tile = (tile + 15) / 16 * 16;
    bases.resize(step.args()->size());
    steps.assign(step.args()->size(), 0);
    used.assign(step.args()->size(), false);
    bool fits = advance(*d.a(), cut != b + 1, cut, tile) && advance(*d.b(), cut != b, cut, tile) &&
                advance(*d.c(), true, cut, tile);
    for (const fb::PostOp *p : *d.post_ops())
      if (p->kind() != fb::PostOpKind::Eltwise && p->kind() != fb::PostOpKind::Sum)
        fits = fits && p->strides()->size() == dims.size() && p->arg() < steps.size() &&
               advance(p->arg(), p->dtype(), p->strides()->Get(flatbuffers::uoffset_t(cut)), tile);
    if (!fits)
      return false;
    auto one = [&](int64_t extent) -> std::unique_ptr<DnnCall> {
      Shape part = dims;
      part[cut] = extent;
      auto call = std::make_unique<DnnCall>(1, why, allocator);
      return call->matmul(step, d, part) ? std::move(call) : nullptr;
    };
    return divide(size, tile, threads, one);
  }

  void bind(uint32_t arg, char *data) override { bases[arg] = data; }

private:
  static constexpr int64_t maxParts = 16;
  std::vector<char *> bases;  // of the step's arguments
  std::vector<int64_t> steps; // bytes from part to part
  std::vector<bool> used;

  bool advance(const fb::Operand &o, bool moves, size_t cut, int64_t tile) {
    if (o.strides()->size() <= cut || o.arg() >= steps.size())
      return false;
    return advance(o.arg(), o.dtype(), moves ? o.strides()->Get(flatbuffers::uoffset_t(cut)) : 0, tile);
  }
  /// False where one argument would have to move in two ways.
  bool advance(uint32_t arg, fb::DType t, int64_t stride, int64_t tile) {
    int64_t bytes = stride * tile * int64_t(bitWidth(t) / 8);
    if (used[arg])
      return steps[arg] == bytes;
    used[arg] = true;
    steps[arg] = bytes;
    return true;
  }
  void bindPart(DnnCall &call, int64_t part) override {
    for (uint32_t arg = 0; arg != bases.size(); ++arg)
      if (used[arg])
        call.bind(arg, bases[arg] + part * steps[arg]);
  }
};

} // namespace

std::unique_ptr<LibraryCall> makeProduct(const fb::Step &step, int threads, const dlc_allocator &allocator,
                                         std::string &why) {
  const fb::Matmul &d = *step.matmul();
  Shape dims = vec(d.batch());
  dims.push_back(d.m());
  dims.push_back(d.n());
  auto whole = std::make_unique<DnnCall>(threads, why, allocator);
  if (!whole->matmul(step, d, dims))
    return nullptr;
  if (whole->implementation().find("gemm") == std::string::npos)
    return whole;
  auto parts = std::make_unique<Product>();
  std::string ignored;
  if (!parts->make(step, d, threads, allocator, ignored))
    return whole;
  return parts;
}

} // namespace dlc::rt::dnnl
