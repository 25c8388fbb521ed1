// What a .dlx file holds, as plain structs, and the writer. Pure C++20: no MLIR, no FlatBuffers.
// runtime/executable.fbs has the same numbers; Executable.cpp asserts that they agree.
#pragma once
#include "runtime/Expression.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dlc::exe {

/// Element types. Bool is one byte, 0 or 1. Types of 4 and 2 bits take a byte each and lie in its
/// lower bits. F8E4M3 has no infinity (FN); the Z forms have no negative zero (FNUZ); F8E8M0 is a power of two.
enum class DType : uint8_t {
  None,
  Bool,
  I8,
  I16,
  I32,
  I64,
  U8,
  U16,
  U32,
  U64,
  F16,
  BF16,
  F32,
  F64,
  F8E4M3,
  F8E5M2,
  I4,
  U4,
  F8E4M3Z,
  F8E5M2Z,
  F4E2M1,
  F8E8M0,
  I2,
  U2
};
/// Bits of one element; 0 for None.
unsigned bitWidth(DType);
/// Bytes of a dense tensor; a scalar (no dims) has one element.
uint64_t byteSize(DType, const std::vector<int64_t> &shape);
/// "f32", "i64", "u8", "bool", "bf16", ...; and back (None where unknown; "ui8" and "i1" are understood too).
std::string_view name(DType);
DType parseDType(std::string_view);

/// Bytes that somebody owns: a view whose owner outlives the image, or a shared copy.
struct Bytes {
  const char *data = nullptr;
  uint64_t size = 0;
  std::shared_ptr<const void> keep;

  static Bytes view(const void *data, uint64_t size) { return {static_cast<const char *>(data), size, nullptr}; }
  static Bytes view(const void *data, uint64_t size, std::shared_ptr<const void> keep) {
    return {static_cast<const char *>(data), size, std::move(keep)};
  }
  static Bytes own(std::string bytes) {
    auto held = std::make_shared<const std::string>(std::move(bytes));
    return {held->data(), held->size(), held};
  }
  std::string_view str() const { return {data, static_cast<size_t>(size)}; }
};

/// A size in a .dlx; docs/files.md tells what symbols mean. Empty: there is none, and what stands beside it counts.
using Expr = expression::Code;
using Exprs = std::vector<Expr>;

inline constexpr uint32_t noSymbol = 0xffffffffu;

/// A size within [low, high] that is not known before a run. input >= 0: that input's dimension `dim` is
/// offset + step * symbol, and the caller's shape gives it. input < 0: a step Host of each variant finds it.
/// All sizes that a run can have must be known not to exceed what `shape`, `byteSize` and `work` say: memory is taken
/// for these, once, and no range of symbols changes where a buffer lies in the arena.
struct Symbol {
  std::string name;
  int64_t low = 1, high = 1;
  int32_t input = -1;
  uint32_t dim = 0;
  int64_t step = 1, offset = 0;
};

/// An input or output of the program. `dims` (one a dimension, or none): where some depend on symbols; `shape` holds
/// the most that each can be then. Memory is dense for the sizes of the run.
struct Tensor {
  std::string name;
  DType dtype = DType::F32;
  std::vector<int64_t> shape;
  Exprs dims = {};
};

enum class Role : uint8_t { Frozen, State };
enum class Init : uint8_t { Values, Zeros, Fill };

/// A weight (Frozen: mapped from the file, never written) or state (copied at session creation, updated in place;
/// shared by name between sessions). Values: `bytes` holds exactly byteSize(dtype, shape), row-major, little-endian.
struct Weight {
  std::string name;
  DType dtype = DType::F32;
  std::vector<int64_t> shape;
  Role role = Role::Frozen;
  Init init = Init::Values;
  uint64_t fill = 0; ///< Fill: the bits of every element, in the low bytes.
  Bytes bytes;
};

/// A nameless tensor by value. Name it only for readers of the plan.
using Constant = Weight;

enum class BufferKind : uint8_t { Input, Output, Weight, State, Arena, Constant, Derived };

inline constexpr uint32_t noBlock = 0xffffffffu;
/// A part of the arena that moves where sizes are open: at the largest it begins at `offset`, at others where the last
/// of the blocks `above` which it lies ends. These come before it.
struct Block {
  uint64_t offset = 0; ///< bytes, a multiple of 64
  std::vector<uint32_t> above;
};

/// A range of memory that steps name. Two buffers may overlap (views, reuse of the arena).
struct Buffer {
  BufferKind kind = BufferKind::Arena;
  uint32_t index = 0;      ///< into inputs, outputs, weights (Weight and State both), constants or derived; 0 for Arena
  uint64_t byteOffset = 0; ///< into that tensor, or into the arena; arena offsets are multiples of 64
  uint64_t byteSize = 0;   ///< 0 for an empty tensor: its pointer may then be null
  std::string name;        ///< the source tensor: how `dlc diff` pairs variants
  DType dtype = DType::F32;
  std::vector<int64_t> shape;
  Exprs dims = {}; ///< as of Tensor: the buffer's bytes are then those of its dense tensor, at most byteSize
  Expr place = {}; ///< bytes to add to byteOffset (a slice behind a symbolic number of rows)
  std::vector<int64_t> advance = {}; ///< bytes to add for each step of the loops around, the outermost loop first
  Exprs advanceAt = {};              ///< in place of advance
  uint32_t block = noBlock;          ///< Arena: into Variant::blocks, where there are any
};

enum class PostOpKind : uint8_t { Eltwise, Add, Sub, Mul, Div, Max, Min, Sum };
/// Meanings of alpha, beta: LeakyRelu x<0 ? alpha*x : x; Elu alpha*(exp(x)-1); Clip [alpha, beta]; Linear alpha*x+beta;
/// Swish x*logistic(alpha*x); HardSwish x*relu6(x+3)/6; SoftRelu log1p(exp(x)); Pow alpha*x^beta. The others take none.
enum class Eltwise : uint8_t {
  Relu,
  LeakyRelu,
  Elu,
  Tanh,
  Logistic,
  Clip,
  Linear,
  GeluErf,
  GeluTanh,
  Exp,
  Abs,
  Sqrt,
  Square,
  Swish,
  HardSwish,
  SoftRelu,
  Log,
  Pow,
  Round,
  Mish
};

/// Applied to the result in order. Binary kinds: result OP args[arg], `strides` one for each dimension of the result,
/// 0 = broadcast. Sum: result + alpha * what the destination held before.
struct PostOp {
  PostOpKind kind = PostOpKind::Eltwise;
  Eltwise eltwise = Eltwise::Relu;
  float alpha = 0, beta = 0;
  uint32_t arg = 0; ///< into the step's args
  DType dtype = DType::F32;
  std::vector<int64_t> strides;
  Exprs stridesAt = {}; ///< in place of strides
};

/// An operand of a library call: which of the step's args it is, its type, and an element stride for each dimension.
struct Operand {
  uint32_t arg = 0;
  DType dtype = DType::F32;
  std::vector<int64_t> strides;
  Exprs stridesAt = {};
};

/// C[batch.., m, n] = sum over k of A[batch.., m, k] * B[batch.., k, n], accumulated in f32 (i32 for integers).
/// Strides: a {batch.., m, k}, b {batch.., k, n}, c {batch.., m, n}. A batch stride of 0 in a or b broadcasts.
/// In this and in Convolution, lists of expressions named ...At hold the same as the numbers of that name, and count in
/// their place at run time; the numbers are those of the largest run. A list is empty or complete.
struct Matmul {
  std::vector<int64_t> batch;
  int64_t m = 0, n = 0, k = 0;
  Operand a, b, c;
  std::vector<PostOp> postOps;
  Exprs dimsAt = {}; ///< batch.., m, n, k
};

/// dst[n, g*OC/G + o, x..] = sum over i, w.. of src'[n, g*IC/G + i, (x*windowStride + w*windowDilation - padLo)..]
///                           * weight[g, o, i, w..]
/// src' is src with baseDilation-1 zeros between elements (1 = none), zero outside. With `reversed`, weight is read at
/// window-1-w instead of w in every spatial dimension (what gradients of convolutions need).
/// Dims: src [N, IC, spatial..], weight [G, OC/G, IC/G, window..] (always with G), dst [N, OC, spatial..]. The order of
/// dims is fixed; memory layout (NCHW, NHWC) is told by strides alone.
struct Convolution {
  std::vector<int64_t> srcDims, weightDims, dstDims;
  Operand src, weight, dst;
  std::vector<int64_t> windowStrides, windowDilation, baseDilation, padLo, padHi; ///< one for each spatial dimension
  bool reversed = false;
  int64_t groups = 1;
  std::vector<PostOp> postOps;
  Exprs srcDimsAt = {}, weightDimsAt = {}, dstDimsAt = {}, padLoAt = {}, padHiAt = {};
};

enum class StepKind : uint8_t { Launch, Library, Copy, Fill, While, If, Scan, Host };
inline constexpr uint32_t noKernel = 0xffffffffu, noCondition = 0xffffffffu;

/// Steps run in the order given; `deps` (indices of earlier steps) are what a device with streams or graphs needs.
/// Launch: `kernel` on args = inputs in order, then outputs in order.
/// Library: exactly one of matmul, convolution; `kernel` is the generated fallback on the same args (noKernel: none,
///   and then a device without the library refuses the program). work, grain, scratch are the fallback's.
/// Copy: args {source, destination} of equal size. Fill: args {destination}, `fill` repeated every fillWidth bytes.
/// Host: args {one I64}; from this step on, `symbol` has the value that lies there. Steps that follow it may depend on
/// it: on a device, a run is split in two there.
/// While, If: the bodies are the steps behind this one, as many as `bodies` says (those of nested bodies included): one
///   of While, two of If. The Bool args[condition] chooses between the two, or ends a While, which runs at most `limit`
///   steps (-1: no limit; without a condition exactly so many). deps stay within a body.
/// CPU kernels get `values` as their `sym`, or, where there are none, the values of all symbols in the image's order.
/// CUDA kernels get `values` behind their pointers, each as a `long long`.
struct Step {
  StepKind kind = StepKind::Launch;
  uint32_t kernel = noKernel;                            ///< into Variant::kernels
  std::vector<uint32_t> args;                            ///< into Variant::buffers
  uint32_t outputs = 0;                                  ///< how many args, from the end, are written
  std::vector<uint32_t> deps;                            ///< into Variant::steps
  std::vector<std::string> sources;                      ///< source nodes of this call site
  int64_t work = 1;                                      ///< CPU: units of work; 0 runs nothing
  int64_t grain = 1;                                     ///< CPU: units a thread should take at least
  uint64_t scratch = 0;                                  ///< CPU: bytes of scratch for each thread, 64-byte aligned
  std::array<uint32_t, 3> grid{1, 1, 1}, block{1, 1, 1}; ///< CUDA
  uint32_t shared = 0;                                   ///< CUDA: bytes of dynamic shared memory
  uint64_t fill = 0;                                     ///< Fill: the pattern, in the low bytes
  uint32_t fillWidth = 4;                                ///< Fill: 1, 2, 4 or 8
  std::optional<Matmul> matmul;
  std::optional<Convolution> convolution;
  Exprs values = {};
  Expr workAt = {};           ///< in place of work
  Exprs gridAt = {};          ///< three, in place of grid; 0 in any of them launches nothing
  uint32_t symbol = noSymbol; ///< Host: into ExecutableImage::symbols
  std::vector<uint32_t> bodies = {};
  uint32_t condition = noCondition; ///< into args
  int64_t limit = -1;
  Expr limitAt = {}; ///< in place of limit, which is the most that it can be
};

/// What the CUDA compiler says of a kernel on one architecture ("sm_80", "sm_90a").
struct KernelArch {
  std::string arch;
  uint32_t registers = 0, spillBytes = 0, sharedBytes = 0, constantBytes = 0;
};

enum class KernelKind : uint8_t { Other, Contraction, Reduction };

/// A kernel and its symbol `name`. flops and bytes are for one launch. `unit` says which codes hold it.
struct Kernel {
  std::string name;
  std::vector<std::string> sources;
  uint64_t flops = 0, bytes = 0;
  uint32_t unit = 0;
  std::vector<KernelArch> archs;
  KernelKind kind = KernelKind::Other;
};

enum class CodeKind : uint8_t { SharedObject, Cubin, CudaText, Ptx };

/// Code of one unit. arch: "x86-64-v3" for a shared object, "sm_80" for a cubin, "compute_80" for PTX, "" for text.
/// Equal bytes are stored once in the file.
struct Code {
  CodeKind kind = CodeKind::SharedObject;
  std::string arch;
  uint32_t unit = 0;
  Bytes bytes;
};

/// One target's plan and code. target: "cpu:x86-64-v2|v3|v4", "cuda:base", "cuda:sm_90a".
/// "cpu:any" promises baseline x86-64 (or code of the build machine's architecture) and always fits.
///
/// derived: frozen weights in the form that the kernels read (folded, permuted). `init`, none or one, computes them
/// from weights and constants; it is run once at load. Its kernels and codes are its own, its derived the outer
/// variant's. Equal names promise equal values, so that sessions of other files may share them.
struct Variant {
  std::string target;
  uint64_t arenaBytes = 0;
  std::vector<Buffer> buffers;
  std::vector<Step> steps;
  std::vector<Kernel> kernels;
  std::vector<Code> codes;
  std::vector<Tensor> derived;
  std::vector<Variant> init;
  std::vector<Block> blocks = {}; ///< none: arena offsets are constants
};

struct ExecutableImage {
  std::string name;
  std::string producer; ///< "dlc 0.1.0"; no dates, no paths: same input, same bytes
  std::vector<Tensor> inputs, outputs;
  std::vector<Weight> weights;
  std::vector<Constant> constants;
  std::vector<Variant> variants;
  std::vector<std::pair<std::string, std::string>>
      metadata; ///< free text for readers ("loss" -> "softmax-cross-entropy")
  std::vector<Symbol> symbols = {};
};

/// Whether the runtime can take the image: indices, sizes, ranks, order of deps, formulas. False: as `write`.
bool check(const ExecutableImage &, std::string &error);
/// Checks the image and lays it out as a file. Same image, same bytes.
/// False: `error` is one line that names what is wrong and where; `out` is unspecified.
bool write(const ExecutableImage &, std::vector<char> &out, std::string &error);
/// The same into a file, through a temporary file beside it and a rename. Streams: no second copy of the weights.
bool writeFile(const ExecutableImage &, const std::string &path, std::string &error);

} // namespace dlc::exe
