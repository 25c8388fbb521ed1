// The library's symbols: each counts its calls, may be made to fail, and calls its body under the driver's lock.
#include "tools/gpusim/driver/Api.h"
#include "tools/gpusim/driver/Faults.h"

namespace gpusim {
namespace {

enum class Needs { Nothing, Init, Current };

template <typename Body> CUresult enter(Needs needs, Fault &fault, Body body) {
  Driver &d = driver();
  std::lock_guard lock(d.mutex);
  int injected = 0;
  bool fails = fault.count(injected);
  if (fails && !fault.releases)
    return CUresult(injected);
  if (needs != Needs::Nothing && !d.initialised)
    return CUDA_ERROR_NOT_INITIALIZED;
  if (needs == Needs::Current) {
    Context *context = current();
    if (!context)
      return CUDA_ERROR_INVALID_CONTEXT;
    if (!d.contexts.has(context))
      return CUDA_ERROR_CONTEXT_IS_DESTROYED;
    if (context->failed != CUDA_SUCCESS)
      return context->failed;
  }
  CUresult result = body();
  return fails ? CUresult(injected) : result;
}

} // namespace
} // namespace gpusim

using namespace gpusim;
using namespace gpusim::cu;

extern "C" {
#define X(needs, name, symbol, params, args)                                                                           \
  __attribute__((visibility("default"))) CUresult symbol params {                                                      \
    static Fault &fault = faultOf(#name);                                                                              \
    return enter(Needs::needs, fault, [&] { return api::symbol args; });                                               \
  }
#include "tools/gpusim/driver/Functions.def"
#undef X
}

namespace gpusim {

const std::vector<Symbol> &symbols() {
  static const std::vector<Symbol> all = {
#define X(needs, name, symbol, params, args) {#name, #symbol, reinterpret_cast<void *>(&::symbol)},
#include "tools/gpusim/driver/Functions.def"
#undef X
  };
  return all;
}

} // namespace gpusim
