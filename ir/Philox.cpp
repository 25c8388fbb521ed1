#include "ir/Philox.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

#define GET_OP_CLASSES
#include "ir/Philox.cpp.inc"

namespace dlc {
static Value buildPhilox(OpBuilder &b, Location loc, ValueRange key, ValueRange counter) {
  auto constant = [&](uint32_t v) -> Value {
    return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(static_cast<int32_t>(v)));
  };
  auto exclusiveOr = [&](Value x, Value y) -> Value { return arith::XOrIOp::create(b, loc, x, y); };
  Value k0 = key[0], k1 = key[1];
  SmallVector<Value> c(counter);
  for (int round = 0; round < 10; ++round) {
    auto first = arith::MulUIExtendedOp::create(b, loc, c[0], constant(0xD2511F53));
    auto second = arith::MulUIExtendedOp::create(b, loc, c[2], constant(0xCD9E8D57));
    c = {exclusiveOr(exclusiveOr(second.getHigh(), c[1]), k0), second.getLow(),
         exclusiveOr(exclusiveOr(first.getHigh(), c[3]), k1), first.getLow()};
    if (round < 9) {
      k0 = arith::AddIOp::create(b, loc, k0, constant(0x9E3779B9));
      k1 = arith::AddIOp::create(b, loc, k1, constant(0xBB67AE85));
    }
  }
  return c[0];
}

void expandPhilox(Operation *root) {
  root->walk([](PhiloxOp op) {
    OpBuilder b(op);
    op.replaceAllUsesWith(buildPhilox(b, op.getLoc(), op.getOperands().take_front(2), op.getOperands().drop_front(2)));
    op.erase();
  });
}
} // namespace dlc
