#include "runtime/cuda/ControlKernels.h"

namespace dlc::rt::cuda {
namespace {

/// cudaGraphSetConditional(handle register, value register)
std::string set(const char *handle, const char *value) {
  return std::string("  {\n  .param .b64 argument0;\n  .param .b32 argument1;\n  st.param.b64 [argument0+0], ") +
         handle + ";\n  st.param.b32 [argument1+0], " + value +
         ";\n  call.uni cudaGraphSetConditional, (argument0, argument1);\n  }\n";
}

const char *const head = R"(.version 7.0
.target sm_80
.address_size 64
.extern .func cudaGraphSetConditional (.param .b64 handle, .param .b32 value);
)";

std::string stepText() {
  return R"(
.visible .entry dlc_control_step(.param .u64 counter, .param .u64 first, .param .u64 condition, .param .u64 limit,
                                 .param .u64 handle)
{
  .reg .pred %p<6>;
  .reg .b32 %r<4>;
  .reg .b64 %d<9>;
  ld.param.u64 %d1, [counter];
  ld.param.u64 %d2, [first];
  ld.param.u64 %d3, [condition];
  ld.param.u64 %d4, [limit];
  ld.param.u64 %d5, [handle];
  cvta.to.global.u64 %d1, %d1;
  mov.u64 %d6, 0;
  setp.ne.u64 %p1, %d2, 0;
  @%p1 bra STORE;
  ld.global.u64 %d6, [%d1];
  add.s64 %d6, %d6, 1;
STORE:
  st.global.u64 [%d1], %d6;
  mov.u32 %r1, 0;
  setp.lt.s64 %p2, %d4, 0;
  @%p2 bra ASK;
  setp.ge.s64 %p3, %d6, %d4;
  @%p3 bra SET;
ASK:
  mov.u32 %r1, 1;
  setp.eq.u64 %p4, %d3, 0;
  @%p4 bra SET;
  cvta.to.global.u64 %d3, %d3;
  ld.global.u8 %r2, [%d3];
  setp.ne.u32 %p5, %r2, 0;
  selp.u32 %r1, 1, 0, %p5;
SET:
)" + set("%d5", "%r1") +
         "  ret;\n}\n";
}

std::string branchText() {
  return R"(
.visible .entry dlc_control_branch(.param .u64 condition, .param .u64 sides, .param .u64 then, .param .u64 otherwise)
{
  .reg .pred %p<4>;
  .reg .b32 %r<4>;
  .reg .b64 %d<7>;
  ld.param.u64 %d1, [condition];
  ld.param.u64 %d2, [sides];
  ld.param.u64 %d3, [then];
  ld.param.u64 %d4, [otherwise];
  cvta.to.global.u64 %d1, %d1;
  ld.global.u8 %r1, [%d1];
  setp.ne.u32 %p1, %r1, 0;
  selp.u32 %r1, 1, 0, %p1;
  selp.u32 %r2, 0, 1, %p1;
  and.b64 %d5, %d2, 1;
  setp.eq.u64 %p2, %d5, 0;
  @%p2 bra OTHERWISE;
)" + set("%d3", "%r1") +
         R"(OTHERWISE:
  and.b64 %d6, %d2, 2;
  setp.eq.u64 %p3, %d6, 0;
  @%p3 bra DONE;
)" + set("%d4", "%r2") +
         "DONE:\n  ret;\n}\n";
}

/// Where addresses and size are multiples of `bytes`: so many at a time, else on to the next width.
std::string copyLoop(unsigned bytes, const char *type, const char *registers, bool last) {
  std::string w = std::to_string(bytes), next = "NOT" + w;
  std::string text;
  if (!last)
    text = "  and.b64 %d10, %d9, " + std::to_string(bytes - 1) + ";\n  setp.ne.u64 %p1, %d10, 0;\n  @%p1 bra " + next +
           ";\n";
  text +=
      "  mul.lo.u64 %d11, %d7, " + w + ";\n  mul.lo.u64 %d12, %d8, " + w + ";\nLOOP" + w +
      ":\n  setp.ge.u64 %p2, %d11, %d3;\n  @%p2 bra DONE;\n  add.u64 %d13, %d1, %d11;\n  add.u64 %d14, %d2, %d11;\n";
  text += std::string("  ld.global.") + type + " " + registers + ", [%d14];\n  st.global." + type + " [%d13], " +
          registers + ";\n  add.u64 %d11, %d11, %d12;\n  bra LOOP" + w + ";\n";
  return text + (last ? "" : next + ":\n");
}

std::string copyText() {
  std::string text = "\n.visible .entry dlc_control_copy(.param .u64 to, .param .u64 from, .param .u64 bytes";
  for (size_t i = 0; i != ControlKernels::mostCounters; ++i) {
    std::string n = std::to_string(i);
    text += ",\n  .param .u64 counter" + n + ", .param .u64 toMoves" + n + ", .param .u64 fromMoves" + n;
  }
  text += R"()
{
  .reg .pred %p<3>;
  .reg .b32 %r<8>;
  .reg .b64 %d<15>;
  ld.param.u64 %d1, [to];
  ld.param.u64 %d2, [from];
  ld.param.u64 %d3, [bytes];
  cvta.to.global.u64 %d1, %d1;
  cvta.to.global.u64 %d2, %d2;
)";
  for (size_t i = 0; i != ControlKernels::mostCounters; ++i) {
    std::string n = std::to_string(i);
    text += "  ld.param.u64 %d4, [counter" + n + "];\n  setp.eq.u64 %p1, %d4, 0;\n  @%p1 bra MOVED;\n";
    text += "  cvta.to.global.u64 %d4, %d4;\n  ld.global.u64 %d5, [%d4];\n  ld.param.u64 %d6, [toMoves" + n +
            "];\n  mad.lo.s64 %d1, %d5, %d6, %d1;\n  ld.param.u64 %d6, [fromMoves" + n +
            "];\n  mad.lo.s64 %d2, %d5, %d6, %d2;\n";
  }
  text += R"(MOVED:
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %ntid.x;
  mov.u32 %r3, %tid.x;
  cvt.u64.u32 %d7, %r3;
  mad.wide.u32 %d7, %r1, %r2, %d7;
  mov.u32 %r1, %nctaid.x;
  mul.wide.u32 %d8, %r1, %r2;
  or.b64 %d9, %d1, %d2;
  or.b64 %d9, %d9, %d3;
)";
  return text + copyLoop(16, "v4.u32", "{%r4, %r5, %r6, %r7}", false) + copyLoop(4, "u32", "%r4", false) +
         copyLoop(1, "u8", "%r4", true) + "DONE:\n  ret;\n}\n";
}

/// What says that this driver cannot do it, rather than that something broke.
bool isRefusal(CUresult r) {
  return r == CUDA_ERROR_NOT_SUPPORTED || r == CUDA_ERROR_INVALID_PTX || r == CUDA_ERROR_UNSUPPORTED_PTX_VERSION ||
         r == CUDA_ERROR_JIT_COMPILER_NOT_FOUND || r == CUDA_ERROR_NO_BINARY_FOR_GPU || r == CUDA_ERROR_INVALID_IMAGE;
}

} // namespace

std::string ControlKernels::text() { return head + stepText() + branchText() + copyText(); }

Status ControlKernels::load(const std::shared_ptr<const Context> &context, ControlKernels &out, std::string &refused) {
  const Driver &d = context->driver;
  std::string image = text();
  char problem[2048] = "";
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void *values[] = {problem, reinterpret_cast<void *>(uintptr_t(sizeof problem))};
  CUmodule raw = nullptr;
  CUresult r = d.cuModuleLoadDataEx(&raw, image.c_str(), 2, options, values);
  if (r != CUDA_SUCCESS) {
    Status s = d.check(r, "cuModuleLoadDataEx", "load the kernels of loops and branches");
    problem[sizeof problem - 1] = 0;
    if (!isRefusal(r))
      return s;
    refused = s.message() + (*problem ? std::string("; the driver says: ") + problem : "");
    return {};
  }
  out.module = Module(context, raw);
  const struct {
    const char *name;
    CUfunction *function;
  } all[] = {{"dlc_control_step", &out.step}, {"dlc_control_branch", &out.branch}, {"dlc_control_copy", &out.copy}};
  for (auto &[name, function] : all)
    DLC_CU_FOR(d, std::string("find the kernel ") + name, cuModuleGetFunction, function, raw, name);
  return {};
}

} // namespace dlc::rt::cuda
