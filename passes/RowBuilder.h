// Writes a row fusion's body: linalg.generic operations over one iteration space P x R.
#pragma once
#include "passes/FusionGroup.h"

namespace dlc {

/// Builds generics into a kernel function. Values of the fusion are computed where they are needed, from the
/// function's arguments and from results of earlier generics (reductions, values on P).
class RowBuilder {
public:
  /// `storage` maps each input of the fusion's body to the function's argument.
  RowBuilder(OpBuilder &b, RowSpace space) : b(b), space(std::move(space)) {}
  void bind(Value inner, Value stored) { stored_[inner] = stored; }

  /// The element of `value` becomes the first input of the maps on the whole space.
  void readFirst(Value value) { first = value; }

  /// Builds the reductions among `ops` (in order), then the results; returns one stored tensor a result.
  SmallVector<Value> build(ArrayRef<Operation *> ops, ArrayRef<Value> results, Location loc);

private:
  friend struct GenericBuilder;
  OpBuilder &b;
  RowSpace space;
  Value first;
  DenseMap<Value, Value> stored_; // a value of the fusion -> the tensor that holds it

  void buildReduction(Operation *op);
  void buildMaps(ArrayRef<Value> values, ArrayRef<AffineExpr> shape, ArrayRef<int64_t> dimOfIndex, int64_t rank,
                 Location loc);
};

} // namespace dlc
