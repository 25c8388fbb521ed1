// oneDNN 2.x by dlopen: our own declarations of the part of its C API that we call, as one table.
// tests/runtime/OneDnnAbiTest.cpp compares sizes and constants with dnnl.h where that is installed.
#pragma once
#include "runtime/Status.h"

#include <cstddef>
#include <cstdint>

namespace dlc::rt::dnnl {

using Result = int; // 0 is success
using Dims = int64_t[12];
inline constexpr int maxDims = 12;

/// Opaque here: sizes and alignment are what matters.
struct alignas(8) MemoryDesc {
  unsigned char bytes[696];
};
/// Large enough for each operation descriptor that we use.
struct alignas(8) OpDesc {
  unsigned char bytes[5976];
};
struct Version {
  int major, minor, patch;
};

using Engine = struct EngineObject *;
using Stream = struct StreamObject *;
using Memory = struct MemoryObject *;
using Primitive = struct PrimitiveObject *;
using PrimitiveDesc = struct PrimitiveDescObject *;
using Attr = struct AttrObject *;
using PostOps = struct PostOpsObject *;

struct ExecArg {
  int index;
  Memory memory;
};

enum DataType : int { f16 = 1, bf16 = 2, f32 = 3, s32 = 4, s8 = 5, u8 = 6 };
enum Prop : int { forwardTraining = 64, forwardInference = 96 };
enum Algorithm : int {
  convolutionDirect = 1,
  deconvolutionDirect = 10,
  eltwiseRelu = 31,
  eltwiseTanh = 47,
  eltwiseElu = 63,
  eltwiseSquare = 79,
  eltwiseAbs = 95,
  eltwiseSqrt = 111,
  eltwiseLinear = 127,
  eltwiseSoftRelu = 159,
  eltwiseLogistic = 175,
  eltwiseExp = 191,
  eltwiseGeluTanh = 207,
  eltwiseSwish = 223,
  eltwiseLog = 239,
  eltwiseClip = 255,
  eltwisePow = 32,
  eltwiseGeluErf = 48,
  eltwiseRound = 64,
  eltwiseMish = 96,
  eltwiseHardSwish = 112,
  binaryAdd = 131056,
  binaryMul = 131057,
  binaryMax = 131058,
  binaryMin = 131059,
  binaryDiv = 131060,
  binarySub = 131061,
};
enum Arg : int {
  argSrc = 1,
  argSrc1 = 2,
  argDst = 17,
  argWeights = 33,
  argBias = 41,
  argScratchpad = 80,
  argDiffDst = 145,
  argDiffWeights = 161,
  argPostOp = 16384
};
enum Query : int { queryImplementation = 8, queryWeights = 131, queryDiffWeights = 132, queryScratchpad = 136 };
enum Constant : int { cpuEngine = 1, defaultStream = 1, userScratchpad = 1, formatAny = 1 };

// name (without the prefix dnnl_), result, arguments
#define DLC_DNNL_FUNCTIONS(F)                                                                                          \
  F(version, const Version *, ())                                                                                      \
  F(engine_create, Result, (Engine *, int kind, size_t index))                                                         \
  F(stream_create, Result, (Stream *, Engine, unsigned flags))                                                         \
  F(stream_destroy, Result, (Stream))                                                                                  \
  F(memory_desc_init_by_strides, Result,                                                                               \
    (MemoryDesc *, int ndims, const int64_t *dims, int type, const int64_t *strides))                                  \
  F(memory_desc_init_by_tag, Result, (MemoryDesc *, int ndims, const int64_t *dims, int type, int tag))                \
  F(memory_desc_equal, int, (const MemoryDesc *, const MemoryDesc *))                                                  \
  F(memory_desc_get_size, size_t, (const MemoryDesc *))                                                                \
  F(memory_create, Result, (Memory *, const MemoryDesc *, Engine, void *))                                             \
  F(memory_set_data_handle, Result, (Memory, void *))                                                                  \
  F(memory_destroy, Result, (Memory))                                                                                  \
  F(post_ops_create, Result, (PostOps *))                                                                              \
  F(post_ops_destroy, Result, (PostOps))                                                                               \
  F(post_ops_append_sum, Result, (PostOps, float scale))                                                               \
  F(post_ops_append_eltwise, Result, (PostOps, float scale, int algorithm, float alpha, float beta))                   \
  F(post_ops_append_binary, Result, (PostOps, int algorithm, const MemoryDesc *))                                      \
  F(primitive_attr_create, Result, (Attr *))                                                                           \
  F(primitive_attr_destroy, Result, (Attr))                                                                            \
  F(primitive_attr_set_post_ops, Result, (Attr, PostOps))                                                              \
  F(primitive_attr_set_scratchpad_mode, Result, (Attr, int mode))                                                      \
  F(matmul_desc_init, Result,                                                                                          \
    (OpDesc *, const MemoryDesc *src, const MemoryDesc *weights, const MemoryDesc *bias, const MemoryDesc *dst))       \
  F(inner_product_forward_desc_init, Result,                                                                           \
    (OpDesc *, int prop, const MemoryDesc *src, const MemoryDesc *weights, const MemoryDesc *bias,                     \
     const MemoryDesc *dst))                                                                                           \
  F(dilated_convolution_forward_desc_init, Result,                                                                     \
    (OpDesc *, int prop, int algorithm, const MemoryDesc *src, const MemoryDesc *weights, const MemoryDesc *bias,      \
     const MemoryDesc *dst, const int64_t *strides, const int64_t *dilates, const int64_t *lo, const int64_t *hi))     \
  F(dilated_deconvolution_forward_desc_init, Result,                                                                   \
    (OpDesc *, int prop, int algorithm, const MemoryDesc *src, const MemoryDesc *weights, const MemoryDesc *bias,      \
     const MemoryDesc *dst, const int64_t *strides, const int64_t *dilates, const int64_t *lo, const int64_t *hi))     \
  F(dilated_convolution_backward_weights_desc_init, Result,                                                            \
    (OpDesc *, int algorithm, const MemoryDesc *src, const MemoryDesc *diffWeights, const MemoryDesc *diffBias,        \
     const MemoryDesc *diffDst, const int64_t *strides, const int64_t *dilates, const int64_t *lo, const int64_t *hi)) \
  F(primitive_desc_create, Result, (PrimitiveDesc *, const OpDesc *, Attr, Engine, PrimitiveDesc hint))                \
  F(primitive_desc_destroy, Result, (PrimitiveDesc))                                                                   \
  F(primitive_desc_query, Result, (PrimitiveDesc, int what, int index, void *result))                                  \
  F(primitive_desc_query_md, const MemoryDesc *, (PrimitiveDesc, int what, int index))                                 \
  F(reorder_primitive_desc_create, Result,                                                                             \
    (PrimitiveDesc *, const MemoryDesc *from, Engine, const MemoryDesc *to, Engine, Attr))                             \
  F(primitive_create, Result, (Primitive *, PrimitiveDesc))                                                            \
  F(primitive_destroy, Result, (Primitive))                                                                            \
  F(primitive_execute, Result, (Primitive, Stream, int count, const ExecArg *))

struct Api {
#define DLC_DNNL_MEMBER(name, result, arguments) result(*name) arguments = nullptr;
  DLC_DNNL_FUNCTIONS(DLC_DNNL_MEMBER)
#undef DLC_DNNL_MEMBER

  /// One for the process.
  Engine engine = nullptr;
  /// "oneDNN 2.6.3", or what was looked for and why it is not usable.
  std::string text;

  /// Opened at first use, never closed. usable() tells whether the functions may be called.
  static const Api &get();
  bool usable() const { return engine != nullptr; }

private:
  Api();
};

} // namespace dlc::rt::dnnl
