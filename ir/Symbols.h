// Arithmetic of symbolic sizes: one form for equal sizes, the ranges of symbols, sizes as values of a kernel.
#pragma once
#include "ir/Dialect.h"
#include "ir/Dims.h"
#include <array>

namespace dlc {

/// A sum of products in one order, so that equal sizes are equal expressions as far as arithmetic alone shows it.
AffineExpr canonical(AffineExpr size);
/// canonical(a * b); products of symbols are allowed.
AffineExpr product(AffineExpr a, AffineExpr b);
AffineExpr product(MLIRContext *context, ArrayRef<AffineExpr> sizes);
/// canonical(a + b)
AffineExpr sum(AffineExpr a, AffineExpr b);
/// Row-major element strides of a tensor type.
SmallVector<AffineExpr> rowMajorStrides(ArrayRef<AffineExpr> dims, MLIRContext *context);
/// All elements of a tensor.
AffineExpr elementCount(Type tensor);
bool isConstant(AffineExpr size, int64_t value);
/// The value of a size without symbols.
std::optional<int64_t> constantSize(AffineExpr size);
/// Positions of the symbols that are in an expression, each once, in the order of their places in it.
SmallVector<unsigned> symbolsOf(AffineExpr size);

/// The module attribute that declares the symbols of a program that stay open: {batch = array<i64: 1, 64>}.
inline constexpr llvm::StringLiteral symbolsAttrName = "dlc.symbols";

/// What the symbols of a module can be. Sizes saturate at 2^62.
class SymbolRanges {
public:
  struct Range {
    int64_t low, high;
  };
  struct Symbol {
    std::string name;
    Range range;
    AffineExpr expr;
  };
  SymbolRanges() = default;
  explicit SymbolRanges(Operation *inModule);

  /// In the order in which programs number them.
  ArrayRef<Symbol> symbols() const { return list; }
  bool empty() const { return list.empty(); }
  /// Bounds of an expression; a symbol that is not declared can be anything from 0.
  Range of(AffineExpr size) const;
  int64_t least(AffineExpr size) const { return of(size).low; }
  int64_t most(AffineExpr size) const { return of(size).high; }
  /// For weighing choices: what the expression is where every symbol is in the middle of its range, at least 1.
  int64_t typical(AffineExpr size) const;
  /// A symbol's number; nothing if it is not declared.
  std::optional<unsigned> number(unsigned position) const;

private:
  SmallVector<Symbol> list;
};

/// A size as an index: a constant, or dlc.extent.
Value extentValue(OpBuilder &b, Location loc, AffineExpr size);
/// The sizes of the dimensions that are `?`, as tensor.empty takes them.
SmallVector<Value> dynamicExtents(OpBuilder &b, Location loc, Type tensor);
/// tensor.empty of this type.
Value emptyTensor(OpBuilder &b, Location loc, RankedTensorType type);
/// Whether an operator's results are not the same for all sizes of symbols though its operands are.
bool dependsOnSymbols(Operation *op);
/// Arithmetic for a size, with `symbol` giving the value of each symbol; no division by 0 is made.
Value materialize(OpBuilder &b, Location loc, AffineExpr size, llvm::function_ref<Value(unsigned)> symbol);

/// What is wrong with a range that somebody gave, lowest, highest and step: "is 5..3; a range begins ..."; "" where
/// nothing is.
std::string rangeFault(const std::array<int64_t, 3> &range);

} // namespace dlc
