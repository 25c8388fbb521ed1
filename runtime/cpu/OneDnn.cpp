#include "runtime/cpu/OneDnn.h"

#include <dlfcn.h>

namespace dlc::rt::dnnl {

Api::Api() {
  constexpr const char *file = "libdnnl.so.2";
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *why = dlerror();
    text = std::string("no oneDNN (") + (why ? why : file) + ")";
    return;
  }
  const char *lacking = nullptr;
#define DLC_DNNL_BIND(function, result, arguments)                                                                     \
  function = reinterpret_cast<decltype(function)>(dlsym(library, "dnnl_" #function));                                  \
  if (!function)                                                                                                       \
    lacking = "dnnl_" #function;
  DLC_DNNL_FUNCTIONS(DLC_DNNL_BIND)
#undef DLC_DNNL_BIND
  if (lacking) {
    text = std::string("no oneDNN (") + file + " lacks " + lacking + ")";
    return;
  }
  const Version *v = version();
  text = "oneDNN " + std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
  if (v->major != 2 || v->minor < 6)
    text = "no oneDNN (" + text + " found; 2.6 or a later 2.x is needed)";
  else if (engine_create(&engine, cpuEngine, 0))
    text += " (its CPU engine cannot be made)", engine = nullptr;
}

const Api &Api::get() {
  static const Api api;
  return api;
}

} // namespace dlc::rt::dnnl
