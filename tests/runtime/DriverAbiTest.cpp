// Our declarations of the CUDA Driver API against NVIDIA's cuda.h, where one is installed: numbers, layouts and types,
// all at compile time.
#include "runtime/cuda/DriverTypes.h"

// A macro there, a constant here.
constexpr unsigned assignDefault = dlc::cu::CU_GRAPH_COND_ASSIGN_DEFAULT;

#include <cstddef>
#include <cuda.h>
#include <gtest/gtest.h>
#include <type_traits>

namespace {

/// A type without its names: handles and structs become what they are to the ABI.
template <class T> struct Abi {
  using Type = T;
};
template <class T>
  requires std::is_enum_v<T>
struct Abi<T> {
  using Type = int;
};
template <class T> struct Abi<T *> {
  using Bare = std::remove_cv_t<T>;
  using Type = std::conditional_t<std::is_class_v<Bare>, void *, typename Abi<Bare>::Type *>;
};
template <class R, class... A> struct Abi<R(A...)> {
  using Type = typename Abi<R>::Type(typename Abi<A>::Type...);
};

} // namespace

namespace dlc::cu {
#define X(name, symbol, parameters)                                                                                    \
  static_assert(std::is_same_v<Abi<CUresult parameters>::Type, Abi<decltype(::symbol)>::Type>, #symbol);
DLC_CUDA_FUNCTIONS(X)
#if CUDA_VERSION >= 12040 // conditional nodes
DLC_CUDA_OPTIONAL_FUNCTIONS(X)
#endif
#undef X
} // namespace dlc::cu

#define SAME(name) static_assert(int(dlc::cu::name) == int(::name), #name)
SAME(CUDA_SUCCESS);
SAME(CUDA_ERROR_INVALID_VALUE);
SAME(CUDA_ERROR_OUT_OF_MEMORY);
SAME(CUDA_ERROR_NOT_INITIALIZED);
SAME(CUDA_ERROR_DEINITIALIZED);
SAME(CUDA_ERROR_STUB_LIBRARY);
SAME(CUDA_ERROR_DEVICE_UNAVAILABLE);
SAME(CUDA_ERROR_NO_DEVICE);
SAME(CUDA_ERROR_INVALID_DEVICE);
SAME(CUDA_ERROR_INVALID_IMAGE);
SAME(CUDA_ERROR_INVALID_CONTEXT);
SAME(CUDA_ERROR_NO_BINARY_FOR_GPU);
SAME(CUDA_ERROR_ECC_UNCORRECTABLE);
SAME(CUDA_ERROR_INVALID_PTX);
SAME(CUDA_ERROR_NVLINK_UNCORRECTABLE);
SAME(CUDA_ERROR_JIT_COMPILER_NOT_FOUND);
SAME(CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
SAME(CUDA_ERROR_FILE_NOT_FOUND);
SAME(CUDA_ERROR_OPERATING_SYSTEM);
SAME(CUDA_ERROR_INVALID_HANDLE);
SAME(CUDA_ERROR_NOT_FOUND);
SAME(CUDA_ERROR_NOT_READY);
SAME(CUDA_ERROR_ILLEGAL_ADDRESS);
SAME(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
SAME(CUDA_ERROR_LAUNCH_TIMEOUT);
SAME(CUDA_ERROR_CONTEXT_IS_DESTROYED);
SAME(CUDA_ERROR_ASSERT);
SAME(CUDA_ERROR_HARDWARE_STACK_ERROR);
SAME(CUDA_ERROR_ILLEGAL_INSTRUCTION);
SAME(CUDA_ERROR_MISALIGNED_ADDRESS);
SAME(CUDA_ERROR_INVALID_ADDRESS_SPACE);
SAME(CUDA_ERROR_INVALID_PC);
SAME(CUDA_ERROR_LAUNCH_FAILED);
SAME(CUDA_ERROR_NOT_PERMITTED);
SAME(CUDA_ERROR_NOT_SUPPORTED);
SAME(CUDA_ERROR_SYSTEM_DRIVER_MISMATCH);
SAME(CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE);
SAME(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
SAME(CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE);
SAME(CUDA_ERROR_UNKNOWN);
SAME(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
SAME(CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X);
SAME(CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y);
SAME(CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z);
SAME(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X);
SAME(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y);
SAME(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z);
SAME(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK);
SAME(CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY);
SAME(CU_DEVICE_ATTRIBUTE_WARP_SIZE);
SAME(CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK);
SAME(CU_DEVICE_ATTRIBUTE_CLOCK_RATE);
SAME(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
SAME(CU_DEVICE_ATTRIBUTE_INTEGRATED);
SAME(CU_DEVICE_ATTRIBUTE_COMPUTE_MODE);
SAME(CU_DEVICE_ATTRIBUTE_CONCURRENT_KERNELS);
SAME(CU_DEVICE_ATTRIBUTE_ECC_ENABLED);
SAME(CU_DEVICE_ATTRIBUTE_PCI_BUS_ID);
SAME(CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID);
SAME(CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE);
SAME(CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH);
SAME(CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE);
SAME(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR);
SAME(CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT);
SAME(CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING);
SAME(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
SAME(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
SAME(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR);
SAME(CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR);
SAME(CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH);
SAME(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
SAME(CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR);
SAME(CU_DEVICE_ATTRIBUTE_RESERVED_SHARED_MEMORY_PER_BLOCK);
SAME(CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH);
SAME(CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
SAME(CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
SAME(CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES);
SAME(CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES);
SAME(CU_FUNC_ATTRIBUTE_NUM_REGS);
SAME(CU_FUNC_ATTRIBUTE_PTX_VERSION);
SAME(CU_FUNC_ATTRIBUTE_BINARY_VERSION);
SAME(CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
SAME(CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT);
SAME(CU_POINTER_ATTRIBUTE_CONTEXT);
SAME(CU_POINTER_ATTRIBUTE_MEMORY_TYPE);
SAME(CU_POINTER_ATTRIBUTE_DEVICE_POINTER);
SAME(CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL);
SAME(CU_POINTER_ATTRIBUTE_RANGE_START_ADDR);
SAME(CU_POINTER_ATTRIBUTE_RANGE_SIZE);
SAME(CU_JIT_INFO_LOG_BUFFER);
SAME(CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES);
SAME(CU_JIT_ERROR_LOG_BUFFER);
SAME(CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES);
SAME(CU_MEMORYTYPE_HOST);
SAME(CU_MEMORYTYPE_DEVICE);
SAME(CU_MEMORYTYPE_ARRAY);
SAME(CU_MEMORYTYPE_UNIFIED);

static_assert(sizeof(dlc::cu::CUDA_KERNEL_NODE_PARAMS) == sizeof(::CUDA_KERNEL_NODE_PARAMS_v2));
static_assert(offsetof(dlc::cu::CUDA_KERNEL_NODE_PARAMS, func) == offsetof(::CUDA_KERNEL_NODE_PARAMS_v2, func));
static_assert(offsetof(dlc::cu::CUDA_KERNEL_NODE_PARAMS, gridDimX) == offsetof(::CUDA_KERNEL_NODE_PARAMS_v2, gridDimX));
static_assert(offsetof(dlc::cu::CUDA_KERNEL_NODE_PARAMS, blockDimX) ==
              offsetof(::CUDA_KERNEL_NODE_PARAMS_v2, blockDimX));
static_assert(offsetof(dlc::cu::CUDA_KERNEL_NODE_PARAMS, sharedMemBytes) ==
              offsetof(::CUDA_KERNEL_NODE_PARAMS_v2, sharedMemBytes));
static_assert(offsetof(dlc::cu::CUDA_KERNEL_NODE_PARAMS, kernelParams) ==
              offsetof(::CUDA_KERNEL_NODE_PARAMS_v2, kernelParams));
static_assert(offsetof(dlc::cu::CUDA_KERNEL_NODE_PARAMS, extra) == offsetof(::CUDA_KERNEL_NODE_PARAMS_v2, extra));
static_assert(offsetof(dlc::cu::CUDA_KERNEL_NODE_PARAMS, kern) == offsetof(::CUDA_KERNEL_NODE_PARAMS_v2, kern));
static_assert(offsetof(dlc::cu::CUDA_KERNEL_NODE_PARAMS, ctx) == offsetof(::CUDA_KERNEL_NODE_PARAMS_v2, ctx));
static_assert(sizeof(dlc::cu::CUDA_MEMSET_NODE_PARAMS) == sizeof(::CUDA_MEMSET_NODE_PARAMS_v1));
static_assert(offsetof(dlc::cu::CUDA_MEMSET_NODE_PARAMS, dst) == offsetof(::CUDA_MEMSET_NODE_PARAMS_v1, dst));
static_assert(offsetof(dlc::cu::CUDA_MEMSET_NODE_PARAMS, pitch) == offsetof(::CUDA_MEMSET_NODE_PARAMS_v1, pitch));
static_assert(offsetof(dlc::cu::CUDA_MEMSET_NODE_PARAMS, value) == offsetof(::CUDA_MEMSET_NODE_PARAMS_v1, value));
static_assert(offsetof(dlc::cu::CUDA_MEMSET_NODE_PARAMS, elementSize) ==
              offsetof(::CUDA_MEMSET_NODE_PARAMS_v1, elementSize));
static_assert(offsetof(dlc::cu::CUDA_MEMSET_NODE_PARAMS, width) == offsetof(::CUDA_MEMSET_NODE_PARAMS_v1, width));
static_assert(offsetof(dlc::cu::CUDA_MEMSET_NODE_PARAMS, height) == offsetof(::CUDA_MEMSET_NODE_PARAMS_v1, height));
static_assert(sizeof(dlc::cu::CUDA_MEMCPY3D) == sizeof(::CUDA_MEMCPY3D_v2));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, srcXInBytes) == offsetof(::CUDA_MEMCPY3D_v2, srcXInBytes));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, srcMemoryType) == offsetof(::CUDA_MEMCPY3D_v2, srcMemoryType));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, srcHost) == offsetof(::CUDA_MEMCPY3D_v2, srcHost));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, srcDevice) == offsetof(::CUDA_MEMCPY3D_v2, srcDevice));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, srcArray) == offsetof(::CUDA_MEMCPY3D_v2, srcArray));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, srcPitch) == offsetof(::CUDA_MEMCPY3D_v2, srcPitch));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, srcHeight) == offsetof(::CUDA_MEMCPY3D_v2, srcHeight));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, dstXInBytes) == offsetof(::CUDA_MEMCPY3D_v2, dstXInBytes));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, dstMemoryType) == offsetof(::CUDA_MEMCPY3D_v2, dstMemoryType));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, dstHost) == offsetof(::CUDA_MEMCPY3D_v2, dstHost));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, dstDevice) == offsetof(::CUDA_MEMCPY3D_v2, dstDevice));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, dstArray) == offsetof(::CUDA_MEMCPY3D_v2, dstArray));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, dstPitch) == offsetof(::CUDA_MEMCPY3D_v2, dstPitch));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, dstHeight) == offsetof(::CUDA_MEMCPY3D_v2, dstHeight));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, WidthInBytes) == offsetof(::CUDA_MEMCPY3D_v2, WidthInBytes));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, Height) == offsetof(::CUDA_MEMCPY3D_v2, Height));
static_assert(offsetof(dlc::cu::CUDA_MEMCPY3D, Depth) == offsetof(::CUDA_MEMCPY3D_v2, Depth));

#if CUDA_VERSION >= 12040
SAME(CU_GRAPH_COND_TYPE_IF);
SAME(CU_GRAPH_COND_TYPE_WHILE);
SAME(CU_GRAPH_NODE_TYPE_CONDITIONAL);
static_assert(assignDefault == CU_GRAPH_COND_ASSIGN_DEFAULT);
static_assert(sizeof(dlc::cu::CUgraphConditionalHandle) == sizeof(::CUgraphConditionalHandle));
static_assert(sizeof(dlc::cu::CUDA_CONDITIONAL_NODE_PARAMS) == sizeof(::CUDA_CONDITIONAL_NODE_PARAMS));
static_assert(offsetof(dlc::cu::CUDA_CONDITIONAL_NODE_PARAMS, handle) ==
              offsetof(::CUDA_CONDITIONAL_NODE_PARAMS, handle));
static_assert(offsetof(dlc::cu::CUDA_CONDITIONAL_NODE_PARAMS, type) == offsetof(::CUDA_CONDITIONAL_NODE_PARAMS, type));
static_assert(offsetof(dlc::cu::CUDA_CONDITIONAL_NODE_PARAMS, size) == offsetof(::CUDA_CONDITIONAL_NODE_PARAMS, size));
static_assert(offsetof(dlc::cu::CUDA_CONDITIONAL_NODE_PARAMS, phGraph_out) ==
              offsetof(::CUDA_CONDITIONAL_NODE_PARAMS, phGraph_out));
static_assert(offsetof(dlc::cu::CUDA_CONDITIONAL_NODE_PARAMS, ctx) == offsetof(::CUDA_CONDITIONAL_NODE_PARAMS, ctx));
static_assert(sizeof(dlc::cu::CUgraphNodeParams) == sizeof(::CUgraphNodeParams));
static_assert(offsetof(dlc::cu::CUgraphNodeParams, type) == offsetof(::CUgraphNodeParams, type));
static_assert(offsetof(dlc::cu::CUgraphNodeParams, reserved0) == offsetof(::CUgraphNodeParams, reserved0));
static_assert(offsetof(dlc::cu::CUgraphNodeParams, conditional) == offsetof(::CUgraphNodeParams, conditional));
static_assert(offsetof(dlc::cu::CUgraphNodeParams, reserved1) == offsetof(::CUgraphNodeParams, reserved1));
static_assert(offsetof(dlc::cu::CUgraphNodeParams, reserved2) == offsetof(::CUgraphNodeParams, reserved2));
#endif

// The compiler has checked; this makes a test of it.
TEST(DriverAbi, AgreesWithCudaH) { EXPECT_GE(CUDA_VERSION, 12000); }
