#include "ir/Philox.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

#define GET_OP_CLASSES
#include "ir/Philox.cpp.inc"

namespace dlc {
/// In words of 64 bits whose lower halves count: processors multiply these in vectors as they lie, and what stands
/// above needs no clearing until the next product.
static Value buildPhilox(OpBuilder &b, Location loc, ValueRange key, ValueRange counter) {
  auto constant = [&](uint32_t v) -> Value { return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(v)); };
  auto wide = [&](Value word) -> Value { return arith::ExtUIOp::create(b, loc, b.getI64Type(), word); };
  auto product = [&](Value x, uint32_t factor) -> Value {
    Value low = arith::AndIOp::create(b, loc, x, constant(0xFFFFFFFF));
    return arith::MulIOp::create(b, loc, low, constant(factor));
  };
  auto mixed = [&](Value product, Value word, Value key) -> Value {
    Value high = arith::ShRUIOp::create(b, loc, product, constant(32));
    return arith::XOrIOp::create(b, loc, arith::XOrIOp::create(b, loc, high, word), key);
  };
  Value k0 = wide(key[0]), k1 = wide(key[1]);
  SmallVector<Value> c = llvm::map_to_vector(counter, wide);
  for (int round = 0; round < 10; ++round) {
    Value first = product(c[0], 0xD2511F53), second = product(c[2], 0xCD9E8D57);
    c = {mixed(second, c[1], k0), second, mixed(first, c[3], k1), first};
    k0 = arith::AddIOp::create(b, loc, k0, constant(0x9E3779B9));
    k1 = arith::AddIOp::create(b, loc, k1, constant(0xBB67AE85));
  }
  return arith::TruncIOp::create(b, loc, b.getI32Type(), c[0]);
}

void expandPhilox(Operation *root) {
  root->walk([](PhiloxOp op) {
    OpBuilder b(op);
    op.replaceAllUsesWith(buildPhilox(b, op.getLoc(), op.getOperands().take_front(2), op.getOperands().drop_front(2)));
    op.erase();
  });
}
} // namespace dlc
