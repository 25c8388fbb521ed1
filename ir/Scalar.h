// The scalar meaning of elementwise operators, as arith and math operations on signless values.
#pragma once
#include "mlir/IR/Builders.h"

namespace dlc {

/// Builds scalar arithmetic by the type of the values: floats, signless integers (signed unless the tensor type says
/// ui8..ui64), i1. No operation reaches poison: divisions, shifts and casts are guarded to the documented meaning.
class Scalar {
public:
  /// `tensorType` decides signedness.
  Scalar(mlir::OpBuilder &b, mlir::Location loc, mlir::Type tensorType);
  using V = mlir::Value;

  /// A constant of the same type as `like`.
  V constant(V like, double value);
  V constantOf(mlir::Type type, double value);

  V neg(V x);
  V abs(V x);
  V sign(V x);
  V exp(V x);
  V expm1(V x);
  V log(V x);
  V log1p(V x);
  V sqrt(V x);
  V rsqrt(V x);
  V tanh(V x);
  V logistic(V x);
  V erf(V x);
  V sin(V x);
  V cos(V x);
  V floor(V x);
  V ceil(V x);
  V round(V x);
  V truncate(V x);
  V bitNot(V x);

  V add(V x, V y);
  V sub(V x, V y);
  V mul(V x, V y);
  V div(V x, V y);
  V rem(V x, V y);
  V pow(V x, V y);
  V max(V x, V y);
  V min(V x, V y);
  V bitAnd(V x, V y);
  V bitOr(V x, V y);
  V bitXor(V x, V y);

  enum class Compare { eq, ne, lt, le, gt, ge };
  V compare(Compare predicate, V x, V y);
  V select(V condition, V x, V y);
  /// Converts to the scalar form of a tensor element type (floats of 16 bits and less compute as f32).
  V cast(V x, mlir::Type toElement);
  /// The scalar of `toElement` whose bits are those of x, a scalar of `fromElement`.
  V bitcast(V x, mlir::Type fromElement, mlir::Type toElement);

  /// Floats of 8 bits and less, integers of less than 8: codes in the lower bits of a byte.
  static bool isCode(mlir::Type element);
  /// The type that a tensor element has as a scalar: signless, floats of 16 bits and less as f32, integers of at least 8.
  static mlir::Type computeType(mlir::Type element);
  /// The type that it has in memory: signless, bool and codes as i8.
  static mlir::Type storageType(mlir::Type element);
  /// Between the two.
  static V fromStorage(mlir::OpBuilder &b, mlir::Location loc, V stored, mlir::Type element);
  static V toStorage(mlir::OpBuilder &b, mlir::Location loc, V computed, mlir::Type element);

private:
  mlir::OpBuilder &b;
  mlir::Location loc;
  bool isUnsigned;
};

} // namespace dlc
