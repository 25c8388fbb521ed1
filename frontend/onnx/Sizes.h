// Sizes that stay open while a model is imported. Shapes and shape arithmetic are of int64; an open size is a number of
// a kind that no size has, and stands for an expression over dimension symbols. Arithmetic on such a number by those
// who do not know of it gives no size that a tensor can have, which is reported; OpenSizes.cpp says which rows do know.
#pragma once
#include "frontend/onnx/HostEval.h"
#include "ir/Symbols.h"
#include <map>
#include <optional>

namespace dlc {

/// The expressions of one import. While it lives it is the table of its thread.
class SizeTable {
public:
  explicit SizeTable(MLIRContext &context);
  ~SizeTable();
  SizeTable(const SizeTable &) = delete;
  static SizeTable *current();

  /// A symbol with its range, as the module declares it.
  void declare(StringRef symbol, int64_t low, int64_t high);
  /// One that a run finds, up to `high`.
  void declareFound(StringRef symbol, int64_t high);
  void undeclare(StringRef symbol) { declared.erase(symbol.str()); }
  /// Whether a dimension of the type depends on sizes that a run finds.
  bool dependsOnFound(Type type) const;
  bool isDeclared(const std::string &symbol) const { return declared.count(symbol); }
  bool empty() const { return declared.empty(); }
  DictionaryAttr attribute() const;

  /// The number that stands for a size; a size without symbols is itself.
  int64_t number(AffineExpr size);
  AffineExpr size(int64_t number) const;
  /// The shape of a type, with numbers for its open sizes; valid as long as the table.
  ArrayRef<int64_t> shape(RankedTensorType type);
  /// The size that the file has where somebody opened it all the same; shapes inside the file may count on it.
  void setFileSize(int64_t number, int64_t size) { fileSizes[number] = size; }
  std::optional<int64_t> fileSize(int64_t number) const {
    auto it = fileSizes.find(number);
    return it == fileSizes.end() ? std::nullopt : std::optional(it->second);
  }
  SymbolRanges::Range range(AffineExpr size) const { return ranges.of(size); }

private:
  MLIRContext &context;
  SizeTable *outer;
  std::map<std::string, std::pair<int64_t, int64_t>> declared;
  llvm::SmallDenseSet<unsigned> found; // positions of the symbols that a run finds
  SymbolRanges ranges;
  std::vector<AffineExpr> sizes;
  llvm::DenseMap<AffineExpr, int64_t> numbers;
  std::map<const void *, std::vector<int64_t>> shapes;
  std::map<int64_t, int64_t> fileSizes;
};

/// Whether a number stands for an open size.
bool isOpen(int64_t number);
bool hasOpen(ArrayRef<int64_t> numbers);
bool hasOpen(const Tensor &tensor); ///< one of I64 or I32
/// Element `index` of an integer tensor; those of I32 have a form of their own for open sizes.
int64_t numberAt(const Tensor &tensor, int64_t index);
/// The type with this shape, whose numbers may stand for open sizes.
RankedTensorType tensorType(ArrayRef<int64_t> shape, Type element);
/// The shape of a type with numbers for what is open.
ArrayRef<int64_t> shapeNumbers(RankedTensorType type);
/// Bounds of what a number stands for.
SymbolRanges::Range rangeOf(int64_t number);
/// Arithmetic on numbers, open or not.
int64_t plus(int64_t a, int64_t b);
int64_t times(int64_t a, int64_t b);
int64_t countOf(ArrayRef<int64_t> shape);
/// reshapeShape and sliceRange on numbers; nothing also where symbols decide. An open slice's `start` may be open.
std::optional<std::vector<int64_t>> reshapeNumbers(const std::vector<int64_t> &from, const std::vector<int64_t> &wanted,
                                                   bool allowZero);
std::optional<SliceRange> sliceNumbers(int64_t size, int64_t start, int64_t end, int64_t step);
/// Whether a < b, or a == b; nothing if that depends on the symbols.
std::optional<bool> isLess(int64_t a, int64_t b);
std::optional<bool> isEqual(int64_t a, int64_t b);

/// The node on operands of which some elements are open: integer arithmetic, comparisons that the ranges decide, and
/// casts to i64. False where it is none of these.
bool evaluateOpen(const onnx::NodeProto &node, const std::vector<const Tensor *> &inputs, std::vector<Tensor> &outputs);
/// Operators that move elements and never look at them.
bool movesOnly(const std::string &op);

} // namespace dlc
