// Our declarations of oneDNN's C API against its own header. Compiled only where that is installed.
#include "runtime/cpu/OneDnn.h"

#include <dnnl.h>
#include <gtest/gtest.h>

using namespace dlc::rt;

static_assert(sizeof(dnnl::MemoryDesc) == sizeof(dnnl_memory_desc_t) &&
              alignof(dnnl::MemoryDesc) >= alignof(dnnl_memory_desc_t));
static_assert(sizeof(dnnl::OpDesc) >= sizeof(dnnl_convolution_desc_t) &&
              sizeof(dnnl::OpDesc) >= sizeof(dnnl_deconvolution_desc_t));
static_assert(sizeof(dnnl::OpDesc) >= sizeof(dnnl_matmul_desc_t) &&
              sizeof(dnnl::OpDesc) >= sizeof(dnnl_inner_product_desc_t));
static_assert(alignof(dnnl::OpDesc) >= alignof(dnnl_convolution_desc_t));
static_assert(sizeof(dnnl::ExecArg) == sizeof(dnnl_exec_arg_t) &&
              offsetof(dnnl::ExecArg, memory) == offsetof(dnnl_exec_arg_t, memory));
static_assert(sizeof(dnnl::Dims) == sizeof(dnnl_dims_t) && dnnl::maxDims == DNNL_MAX_NDIMS);
static_assert(offsetof(dnnl::Version, patch) == offsetof(dnnl_version_t, patch));

#define SAME(ours, theirs) static_assert(int(dnnl::ours) == int(theirs))
SAME(f16, dnnl_f16);
SAME(bf16, dnnl_bf16);
SAME(f32, dnnl_f32);
SAME(s32, dnnl_s32);
SAME(s8, dnnl_s8);
SAME(u8, dnnl_u8);
SAME(forwardTraining, dnnl_forward_training);
SAME(forwardInference, dnnl_forward_inference);
SAME(convolutionDirect, dnnl_convolution_direct);
SAME(deconvolutionDirect, dnnl_deconvolution_direct);
SAME(eltwiseRelu, dnnl_eltwise_relu);
SAME(eltwiseTanh, dnnl_eltwise_tanh);
SAME(eltwiseElu, dnnl_eltwise_elu);
SAME(eltwiseSquare, dnnl_eltwise_square);
SAME(eltwiseAbs, dnnl_eltwise_abs);
SAME(eltwiseSqrt, dnnl_eltwise_sqrt);
SAME(eltwiseLinear, dnnl_eltwise_linear);
SAME(eltwiseSoftRelu, dnnl_eltwise_soft_relu);
SAME(eltwiseLogistic, dnnl_eltwise_logistic);
SAME(eltwiseExp, dnnl_eltwise_exp);
SAME(eltwiseGeluTanh, dnnl_eltwise_gelu_tanh);
SAME(eltwiseSwish, dnnl_eltwise_swish);
SAME(eltwiseLog, dnnl_eltwise_log);
SAME(eltwiseClip, dnnl_eltwise_clip);
SAME(eltwisePow, dnnl_eltwise_pow);
SAME(eltwiseGeluErf, dnnl_eltwise_gelu_erf);
SAME(eltwiseRound, dnnl_eltwise_round);
SAME(eltwiseMish, dnnl_eltwise_mish);
SAME(eltwiseHardSwish, dnnl_eltwise_hardswish);
SAME(binaryAdd, dnnl_binary_add);
SAME(binaryMul, dnnl_binary_mul);
SAME(binaryMax, dnnl_binary_max);
SAME(binaryMin, dnnl_binary_min);
SAME(binaryDiv, dnnl_binary_div);
SAME(binarySub, dnnl_binary_sub);
SAME(argSrc, DNNL_ARG_SRC);
SAME(argSrc1, DNNL_ARG_SRC_1);
SAME(argDst, DNNL_ARG_DST);
SAME(argWeights, DNNL_ARG_WEIGHTS);
SAME(argBias, DNNL_ARG_BIAS);
SAME(argDiffDst, DNNL_ARG_DIFF_DST);
SAME(argDiffWeights, DNNL_ARG_DIFF_WEIGHTS);
SAME(argScratchpad, DNNL_ARG_SCRATCHPAD);
SAME(argPostOp * 3, DNNL_ARG_ATTR_MULTIPLE_POST_OP(2));
SAME(queryImplementation, dnnl_query_impl_info_str);
SAME(queryDiffWeights, dnnl_query_diff_weights_md);
SAME(queryWeights, dnnl_query_weights_md);
SAME(queryScratchpad, dnnl_query_scratchpad_md);
SAME(cpuEngine, dnnl_cpu);
SAME(defaultStream, dnnl_stream_default_flags);
SAME(userScratchpad, dnnl_scratchpad_mode_user);
SAME(formatAny, dnnl_format_tag_any);

TEST(OneDnnAbi, TheLibraryHasEveryFunction) {
  EXPECT_TRUE(dnnl::Api::get().usable()) << dnnl::Api::get().text;
  EXPECT_EQ(dnnl::Api::get().text.rfind("oneDNN 2.", 0), 0u) << dnnl::Api::get().text;
}
