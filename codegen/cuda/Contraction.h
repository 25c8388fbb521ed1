// What schedules one contraction: ScheduleContraction.cpp describes operands, ContractionKernels.cpp makes kernels.
#pragma once
#include "codegen/ScheduleReader.h"
#include "codegen/cuda/Archs.h"
#include "codegen/cuda/Elements.h"
#include "codegen/cuda/TensorTiles.h"
#include "ir/Dialect.h"

namespace dlc::cuda {

using namespace mlir;

using Extents = SmallVector<std::pair<AffineExpr, AffineExpr>>; // size and stride, outermost first

/// Where some dimensions of the result come from: a value made of the coordinates batch, m and n.
struct Segment {
  unsigned begin, end;
  std::function<Value(KernelBuilder &, Value batch, Value m, Value n)> value;
};

/// out[b, m, n] = sum over k of lhs[b, m, k] * rhs[b, k, n], operands described for the device library.
struct Problem {
  AffineExpr batchAt, mAt, nAt, kAt;
  int64_t batch = 1, m = 1, n = 1, k = 1; // the same, with symbols in the middle of what they may be
  DictionaryAttr lhs, rhs;
  Extents outBatch; // what the products of a batch step over in the result
  AffineExpr outRowStride;
  SmallVector<Segment> segments;
  StringRef header = "gemm";
  int64_t channels = 0;  // of a depthwise convolution
  bool longSums = false; // over images and places, for few results: blocks may share them
};

struct TileShape {
  int64_t m, n, k, threadM, threadN;
  double efficiency;  // of the multiply-add units when the card is full
  int64_t slices = 1; // groups of threads that share a tile, each with its part of k
  int64_t splits = 1; // blocks that share a tile, each with its part of k
  int64_t threads() const { return (m / threadM) * (n / threadN) * slices; }
};

class ContractionScheduler {
public:
  /// `module` is where kernels go: none for `choose`.
  ContractionScheduler(gpu::GPUModuleOp module, func::FuncOp func)
      : module(module), func(func), b(func.getContext()), ranges(func), schedule(func) {}
  LogicalResult run();
  FailureOr<DictionaryAttr> choose();

private:
  gpu::GPUModuleOp module;
  func::FuncOp func;
  Builder b;
  SymbolRanges ranges;
  Operation *op = nullptr;
  linalg::GenericOp epilogue;
  Type element, accumulator;
  bool tensor = false; // on the tensor cores
  ScheduleReader schedule;

  LogicalResult read();
  /// Reads the kernel: its problem, and the epilogue's form where it has one.
  LogicalResult prepare(Problem &problem, std::optional<RowForm> &form);
  static bool isEmpty(const Problem &p) { return p.batch * p.m * p.n == 0; }
  static bool isOpen(const Problem &p) {
    return !constantSize(p.batchAt) || !constantSize(p.mAt) || !constantSize(p.nAt) || !constantSize(p.kAt);
  }
  Problem makeProblem(AffineExpr batch, AffineExpr m, AffineExpr n, AffineExpr k) const {
    Problem p;
    p.batchAt = batch, p.mAt = m, p.nAt = n, p.kAt = k;
    p.batch = ranges.typical(batch), p.m = ranges.typical(m), p.n = ranges.typical(n), p.k = ranges.typical(k);
    return p;
  }
  AffineExpr constant(int64_t value) { return b.getAffineConstantExpr(value); }
  /// Blocks of a grid of tiles.
  AffineExpr tiles(const Problem &p, int64_t m, int64_t n) {
    return product(p.batchAt, product(canonical(p.mAt.ceilDiv(uint64_t(m))), canonical(p.nAt.ceilDiv(uint64_t(n)))));
  }
  bool useTensorCores(const Problem &problem);
  FailureOr<TileShape> readTile(const Problem &problem);
  FailureOr<TensorTile> readTensorTile(const Problem &problem);
  FailureOr<int64_t> readRun(const Problem &problem, const RowForm *form);
  FailureOr<int64_t> readThreads();
  FailureOr<Problem> dotGeneral(DotGeneralOp dot);
  FailureOr<Problem> convolution(ConvOp conv);
  FailureOr<Problem> weightGradient(ConvWeightGradientOp op);
  FailureOr<DictionaryAttr> matrix(Value tensor, const Extents &free, const Extents &sum, const Extents &batch);
  FailureOr<Attribute> axis(const Extents &extents);
  bool mayUseTensorCores() const;
  TensorProblem tensorProblem(const Problem &problem) const;
  LogicalResult onCudaCores(const Problem &problem, const RowForm *form);
  LogicalResult onTensorCores(const Problem &problem, const RowForm *form);
  LogicalResult depthwise(const Problem &problem, const RowForm *form);
  /// Both kernels of a contraction in splits. `library` describes the first but for operands and result, whose numbers
  /// of arguments `describe` adds.
  LogicalResult inSplits(const Problem &problem, const RowForm *form, int64_t run, int64_t splits, int64_t threads,
                         int64_t shared, AffineExpr blocks, const std::string &how,
                         SmallVector<NamedAttribute> library);
  gpu::GPUFuncOp finishKernel(KernelBuilder &k, AffineExpr blocks, int64_t threads, int64_t shared, const Twine &how);
  void finishLibrary(KernelBuilder &k, SmallVectorImpl<NamedAttribute> &library, ArrayRef<int64_t> args);
  SmallVector<AffineExpr> epilogueValues; // what the epilogue takes behind its buffers
  SmallVector<NamedAttribute> sizes(const Problem &problem, StringRef name, int64_t run);
  LogicalResult addEpilogue(const Problem &problem, const RowForm *form, int64_t run,
                            SmallVectorImpl<NamedAttribute> &library, SmallVectorImpl<int64_t> &args);
  func::FuncOp part(StringRef name, ArrayRef<Type> inputs, ArrayRef<Type> results);
  TileShape chooseTile(const Problem &problem) const;
  int64_t chooseSplits(const Problem &problem, const TileShape &tile) const;
  int64_t chooseRun(const Problem &problem, const RowForm *form) const;
  LogicalResult buildEpilogue(const Problem &problem, const RowForm &form, int64_t run, SmallVectorImpl<int64_t> &args);
  NamedAttribute attr(StringRef name, Attribute value) { return b.getNamedAttr(name, value); }
  NamedAttribute attr(StringRef name, int64_t value) { return attr(name, b.getI64IntegerAttr(value)); }
  NamedAttribute attr(StringRef name, ArrayRef<int64_t> values) { return attr(name, b.getDenseI64ArrayAttr(values)); }
  /// Numbers, or #dlc.dims where symbols come in: those become arguments of the kernel.
  NamedAttribute attr(StringRef name, AffineExpr size) {
    return constantSize(size) ? attr(name, *constantSize(size)) : attr(name, DimsAttr::get(b.getContext(), {size}));
  }
  NamedAttribute attr(StringRef name, ArrayRef<AffineExpr> sizes) {
    if (llvm::any_of(sizes, [](AffineExpr size) { return !constantSize(size); }))
      return attr(name, DimsAttr::get(b.getContext(), sizes));
    return attr(name, llvm::map_to_vector(sizes, [](AffineExpr size) { return *constantSize(size); }));
  }
  static void addValues(KernelBuilder &k, DictionaryAttr library) {
    library.walk([&](DimsAttr dims) {
      for (AffineExpr size : dims.getExprs())
        if (!constantSize(size))
          (void)k.size(size);
    });
  }
  static Extents extents(Value tensor, ArrayRef<int64_t> dims) {
    auto sizes = getDims(tensor.getType()), strides = rowMajorStrides(sizes, tensor.getContext());
    return llvm::map_to_vector(dims, [&](int64_t d) { return std::pair(sizes[d], strides[d]); });
  }
  /// Widths that copies of an operand may have, in elements, widest first.
  SmallVector<int64_t> widths() const {
    int64_t bytes = element.getIntOrFloatBitWidth() / 8;
    if (!tensor)
      return {bytes == 8 ? 2 : 4, 1};
    SmallVector<int64_t> all;
    for (int64_t width = 16 / bytes; width >= 1; width /= 2)
      all.push_back(width);
    return all;
  }
  static constexpr int64_t most = int64_t(1) << 30; // 32-bit counters, with room for a step beyond the end
};

} // namespace dlc::cuda
