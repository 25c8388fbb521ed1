// cvt to and from .e4m3x2 and .e5m2x2 (sm_89 and later).
#include "tools/gpusim/num/Lanes.h"
#include "tools/gpusim/tensor/Tensor.h"

#include <bit>

namespace gpusim {
namespace tensor {
namespace {

enum Flags : uint16_t { E5m2 = 1, Relu = 2 };
const num::Format &format(const Op &op) { return op.flags & E5m2 ? num::E5M2 : num::E4M3; }

template <class F> void lanes(LaneMask mask, F body) {
  for (; mask; mask &= mask - 1)
    body(std::countr_zero(mask));
}

void fromFloats(const Op &op, Warp &w, LaneMask mask) { // a: the upper byte, b: the lower
  lanes(mask, [&](int lane) {
    uint8_t high = num::toFp8(w.in<float>(op.a)[lane], format(op), op.flags & Relu);
    uint8_t low = num::toFp8(w.in<float>(op.b)[lane], format(op), op.flags & Relu);
    w.at<uint16_t>(op.d)[lane] = uint16_t(high << 8 | low);
  });
}
void fromHalves(const Op &op, Warp &w, LaneMask mask) {
  lanes(mask, [&](int lane) {
    uint32_t pair = w.in<uint32_t>(op.a)[lane];
    uint8_t high = num::toFp8(num::halfToFloat(uint16_t(pair >> 16)), format(op), op.flags & Relu);
    uint8_t low = num::toFp8(num::halfToFloat(uint16_t(pair)), format(op), op.flags & Relu);
    w.at<uint16_t>(op.d)[lane] = uint16_t(high << 8 | low);
  });
}
void toHalves(const Op &op, Warp &w, LaneMask mask) {
  lanes(mask, [&](int lane) {
    uint16_t pair = w.in<uint16_t>(op.a)[lane];
    uint32_t high = num::fp8ToHalf(uint8_t(pair >> 8), format(op), op.flags & Relu);
    uint32_t low = num::fp8ToHalf(uint8_t(pair), format(op), op.flags & Relu);
    w.at<uint32_t>(op.d)[lane] = high << 16 | low;
  });
}

} // namespace
} // namespace tensor

bool decodeFp8(const ptx::Instruction &in, Decoder &d) {
  using ptx::Type;
  if (in.opcode != "cvt")
    return false;
  Type to = in.type(0), from = in.type(1);
  auto fp8 = [](Type t) { return t == Type::E4M3x2 || t == Type::E5M2x2; };
  if (!fp8(to) && !fp8(from))
    return false;
  if (d.model().major * 10 + d.model().minor < 89)
    return d.fail("'" + in.name() + "' needs sm_89");
  Op op;
  op.flags = uint16_t((to == Type::E5M2x2 || from == Type::E5M2x2 ? 1 : 0) | (in.has("relu") ? 2 : 0));
  bool scaled = false;
  for (std::string_view m : in.modifiers)
    scaled |= m.starts_with("scaled");
  if (to == Type::F16x2 && in.operands.size() == 2) {
    op.d = d.destination(in.operands[0], Type::B32), op.a = d.source(in.operands[1], Type::B16);
    d.emit(op, entry<tensor::toHalves>, OpClass::Convert);
  } else if (from == Type::F32 && in.operands.size() == 3 && !scaled) {
    op.d = d.destination(in.operands[0], Type::B16);
    op.a = d.source(in.operands[1], Type::F32), op.b = d.source(in.operands[2], Type::F32);
    d.emit(op, entry<tensor::fromFloats>, OpClass::Convert);
  } else if (from == Type::F16x2 && in.operands.size() == 2) {
    op.d = d.destination(in.operands[0], Type::B16), op.a = d.source(in.operands[1], Type::B32);
    d.emit(op, entry<tensor::fromHalves>, OpClass::Convert);
  } else {
    return d.fail("'" + in.name() + "': this conversion of fp8 is not supported");
  }
  return true;
}

} // namespace gpusim
