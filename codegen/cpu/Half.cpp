// Conversions between f16 and f32 for processors without F16C: integer arithmetic, the same for scalars and vectors;
// and bf16 in registers.
#include "codegen/cpu/Lower.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace dlc {
namespace {
/// Builds arithmetic on values of the shape of one operand.
struct Shaped {
  OpBuilder &b;
  Location loc;
  Type shape;

  Type type(Type element) const {
    auto vector = dyn_cast<VectorType>(shape);
    return vector ? Type(VectorType::get(vector.getShape(), element)) : element;
  }
  Type words() const { return type(b.getI32Type()); }
  Value constant(uint32_t bits) const {
    TypedAttr attr = b.getI32IntegerAttr(static_cast<int32_t>(bits));
    if (auto vector = dyn_cast<VectorType>(words()))
      attr = DenseElementsAttr::get(vector, static_cast<Attribute>(attr));
    return arith::ConstantOp::create(b, loc, attr);
  }
  Value bits(Value x) const { return arith::BitcastOp::create(b, loc, words(), x); }
  Value number(Value x) const { return arith::BitcastOp::create(b, loc, type(b.getF32Type()), x); }
  Value mask(Value x, uint32_t m) const { return arith::AndIOp::create(b, loc, x, constant(m)); }
  Value either(Value x, Value y) const { return arith::OrIOp::create(b, loc, x, y); }
  Value add(Value x, Value y) const { return arith::AddIOp::create(b, loc, x, y); }
  Value left(Value x, uint32_t n) const { return arith::ShLIOp::create(b, loc, x, constant(n)); }
  Value right(Value x, uint32_t n) const { return arith::ShRUIOp::create(b, loc, x, constant(n)); }
  Value below(Value x, uint32_t limit) const {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, x, constant(limit));
  }
  Value select(Value condition, Value x, Value y) const { return arith::SelectOp::create(b, loc, condition, x, y); }
};

/// Exponent and fraction move to their places in f32; the product puts the exponent's bias right and makes subnormal
/// numbers normal. Infinities and NaNs get the greatest exponent.
Value extend(const Shaped &s, Value half) {
  Value raw = arith::ExtUIOp::create(s.b, s.loc, s.words(),
                                     arith::BitcastOp::create(s.b, s.loc, s.type(s.b.getI16Type()), half));
  Value sign = s.left(s.mask(raw, 0x8000), 16), rest = s.left(s.mask(raw, 0x7fff), 13);
  Value finite = s.bits(arith::MulFOp::create(s.b, s.loc, s.number(rest), s.number(s.constant(0x77800000)))); // 2^112
  Value special = s.either(rest, s.constant(0x7f800000));
  return s.number(s.either(sign, s.select(s.below(rest, 0x0f800000), finite, special)));
}

/// To the nearest, ties to even. Numbers that are subnormal in f16 are rounded by an addition whose last bit is theirs.
Value truncate(const Shaped &s, Value full) {
  Value raw = s.bits(full), sign = s.right(s.mask(raw, 0x80000000), 16), rest = s.mask(raw, 0x7fffffff);
  Value odd = s.mask(s.right(rest, 13), 1);
  Value normal = s.right(s.add(s.add(rest, s.constant(0xc8000fff)), odd), 13); // exponent less 112, half a last bit
  Value half = s.number(s.constant(0x3f000000));
  Value small = s.add(s.bits(arith::AddFOp::create(s.b, s.loc, s.number(rest), half)), s.constant(0xc1000000));
  Value quiet = s.either(s.constant(0x7e00), s.mask(s.right(rest, 13), 0x1ff));
  Value special = s.select(s.below(rest, 0x7f800001), s.constant(0x7c00), quiet);
  Value finite = s.select(s.below(rest, 0x38800000), small, normal);
  Value word = s.either(sign, s.select(s.below(rest, 0x47800000), finite, special));
  Value narrow = arith::TruncIOp::create(s.b, s.loc, s.type(s.b.getI16Type()), word);
  return arith::BitcastOp::create(s.b, s.loc, s.type(s.b.getF16Type()), narrow);
}
} // namespace

void expandHalfConversions(ModuleOp module) {
  SmallVector<Operation *> conversions;
  module.walk([&](Operation *op) {
    bool both = op->getNumOperands() == 1 && op->getNumResults() == 1;
    if (!both || !isa<arith::ExtFOp, arith::TruncFOp>(op))
      return;
    Type from = getElementTypeOrSelf(op->getOperand(0).getType()),
         to = getElementTypeOrSelf(op->getResult(0).getType());
    if ((from.isF16() && to.isF32()) || (from.isF32() && to.isF16()))
      conversions.push_back(op);
  });
  for (Operation *op : conversions) {
    OpBuilder b(op);
    Shaped shaped{b, op->getLoc(), op->getResult(0).getType()};
    Value x = op->getOperand(0);
    op->getResult(0).replaceAllUsesWith(isa<arith::ExtFOp>(op) ? extend(shaped, x) : truncate(shaped, x));
    op->erase();
  }
}

/// bf16, alone or as a vector's element, as i16.
static Type asInt(Type type) {
  Type i16 = IntegerType::get(type.getContext(), 16);
  if (type.isBF16())
    return i16;
  auto vector = dyn_cast<VectorType>(type);
  return vector && vector.getElementType().isBF16() ? vector.clone(i16) : type;
}

void moveBFloatAsInt(ModuleOp module) {
  SmallVector<arith::BitcastOp> done;
  module.walk([&](Operation *op) {
    if (isa<FunctionOpInterface>(op)) // which take pointers and sizes
      return;
    assert(!(isa<arith::ExtFOp, arith::TruncFOp>(op) && getElementTypeOrSelf(op->getResultTypes()[0]).isBF16()) &&
           "conversions are arithmetic by now");
    if (auto constant = dyn_cast<arith::ConstantOp>(op); constant && asInt(constant.getType()) != constant.getType()) {
      Type type = IntegerType::get(op->getContext(), 16);
      if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
        constant.setValueAttr(IntegerAttr::get(type, number.getValue().bitcastToAPInt()));
      else
        constant.setValueAttr(cast<DenseElementsAttr>(constant.getValue()).bitcast(type));
    }
    for (Value result : op->getResults())
      result.setType(asInt(result.getType()));
    for (Region &region : op->getRegions())
      for (BlockArgument argument : region.getArguments())
        argument.setType(asInt(argument.getType()));
    if (auto cast = dyn_cast<arith::BitcastOp>(op))
      done.push_back(cast);
  });
  for (arith::BitcastOp cast : done)
    if (cast.getIn().getType() == cast.getType()) {
      cast.replaceAllUsesWith(cast.getIn());
      cast.erase();
    }
}

} // namespace dlc
