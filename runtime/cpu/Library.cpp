#include "runtime/cpu/Library.h"
#include "runtime/cpu/DnnCall.h"

namespace dlc::rt {

Status LibraryCall::create(const fb::Step &step, const std::function<const char *(uint32_t)> &frozen, int threads,
                           const dlc_allocator &allocator, std::unique_ptr<LibraryCall> &out, std::string &why) {
  out = nullptr;
  if (!dnnl::Api::get().usable()) {
    why = dnnl::Api::get().text;
    return {};
  }
  if (step.matmul()) {
    out = dnnl::makeProduct(step, threads, allocator, why);
    return {};
  }
  out = dnnl::makeWeightGradient(step, threads, allocator, why);
  if (out)
    return {};
  auto call = std::make_unique<dnnl::DnnCall>(threads, why, allocator);
  if (!call->convolution(step, *step.convolution(), frozen))
    return std::move(call->refused);
  out = std::move(call);
  return {};
}

bool emptyResult(const fb::Step &step) {
  if (const fb::Matmul *d = step.matmul()) {
    bool empty = !d->m() || !d->n();
    for (int64_t n : *d->batch())
      empty |= !n;
    return empty;
  }
  for (int64_t n : *step.convolution()->dst_dims())
    if (!n)
      return true;
  return false;
}

std::string describeLibrary() { return dnnl::Api::get().text; }

} // namespace dlc::rt
