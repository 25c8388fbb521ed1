#include "runtime/cpu/DnnCall.h"

#include <algorithm>

namespace dlc::rt::dnnl {

bool DnnCall::matmul(const fb::Step &step, const fb::Matmul &d) {
  Shape batch = vec(d.batch());
  size_t b = batch.size(), rank = b + 2;
  if (!d.k())
    return no("there is nothing to sum over");
  const fb::Operand *a = d.a(), *w = d.b(), *c = d.c();
  for (const fb::Operand *o : {a, w, c})
    if (o->strides()->size() != rank || o->arg() >= step.args()->size())
      return no("an operand does not fit the descriptor");
  int64_t m = d.m(), n = d.n();
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
  Shape cd = with(m, n);
  bool bias = !swapped && biasAlong(*d.post_ops(), b + 1);
  // One row: an inner product is three times as fast where B lies transposed (measured); elsewhere it cuts sums by
  // thread.
  bool inner = !b && m == 1 && n > 1 && as[1] == 1 && ws[0] == 1 && ws[1] != 1;
  // With A transposed oneDNN cuts long sums once there are more threads than blocks of 64 columns (measured on 2.6.3).
  if (as[b] == 1 && as[b + 1] != 1 && d.k() > 1024)
    team = int(std::min<int64_t>(team, std::max<int64_t>(1, n / 64)));
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
  Result result =
      inner ? api.inner_product_forward_desc_init(&op, forwardInference, &amd, &wmd, bias ? &bmd : nullptr, &cmd)
            : api.matmul_desc_init(&op, &amd, &wmd, bias ? &bmd : nullptr, &cmd);
  if (result)
    return no("oneDNN refuses this matrix product");
  return finish(op, attr, nullptr);
}

} // namespace dlc::rt::dnnl
