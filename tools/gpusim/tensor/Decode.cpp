#include "tools/gpusim/tensor/Tensor.h"

#include <algorithm>
#include <charconv>

namespace gpusim {
namespace tensor {
namespace {

/// "m16n8k16"
bool parseShape(std::string_view text, Shape &shape) {
  const char *p = text.data(), *end = p + text.size();
  int *parts[] = {&shape.m, &shape.n, &shape.k};
  for (int i = 0; i < 3; ++i) {
    if (p == end || *p++ != "mnk"[i])
      return false;
    auto [next, error] = std::from_chars(p, end, *parts[i]);
    if (error != std::errc())
      return false;
    p = next;
  }
  return p == end;
}

bool isType(std::string_view m) {
  static constexpr std::string_view types[] = {"f16", "bf16", "tf32", "f32", "f64", "e4m3", "e5m2",
                                               "s8",  "u8",   "s4",   "u4",  "s32", "b1"};
  return std::find(std::begin(types), std::end(types), m) != std::end(types);
}

bool decodeMma(const ptx::Instruction &in, Decoder &d) {
  if (in.has("sp") || in.has("sp::ordered_metadata"))
    return d.fail("'" + in.name() + "': sparse mma is not supported");
  Shape shape;
  std::string_view types[4], layouts[2];
  int typeCount = 0, layoutCount = 0;
  for (std::string_view m : in.modifiers) {
    if (m == "row" || m == "col") {
      if (layoutCount < 2)
        layouts[layoutCount++] = m;
    } else if (isType(m)) {
      if (typeCount < 4)
        types[typeCount] = m;
      ++typeCount;
    } else if (m == "satfinite") {
      shape.satfinite = true;
    } else if (m == "and") {
      shape.andOf = true;
    } else if (m == "rz" || m == "rm" || m == "rp") {
      shape.rounding = m == "rz" ? 1 : m == "rm" ? 2 : 3;
    } else if (m != "sync" && m != "aligned" && m != "xor" && m != "popc" && m != "rn" && !parseShape(m, shape)) {
      return d.fail("'" + in.name() + "': ." + std::string(m) + " is not supported");
    }
  }
  if (typeCount != 4 || layoutCount != 2 || in.operands.size() != 4)
    return d.fail("'" + in.name() + "' is not an mma of four types, two layouts and four operands");
  shape.d = types[0], shape.a = types[1], shape.b = types[2], shape.c = types[3];
  shape.rowA = layouts[0] == "row", shape.colB = layouts[1] == "col";
  int architecture = d.model().major * 10 + d.model().minor;
  bool fp8 = shape.a == "e4m3" || shape.a == "e5m2", wideF64 = shape.a == "f64" && shape.m == 16;
  if ((fp8 && architecture < 89) || (wideF64 && architecture < 90))
    return d.fail("'" + in.name() + "' needs sm_" + (fp8 ? "89" : "90") + " and this card is sm_" +
                  std::to_string(architecture));
  Choice choice = chooseFloat(shape);
  if (!choice.body)
    choice = chooseInteger(shape);
  if (!choice.body)
    choice = chooseVolta(shape);
  if (!choice.body)
    return d.fail("'" + in.name() + "': the ISA has no such shape for these types");

  Op op;
  op.kind = uint8_t(shape.rounding);
  if (choice.body == chooseVolta(shape).body)
    op.flags =
        uint16_t((shape.rowA ? 0 : 1) | (shape.colB ? 0 : 2) | (shape.c == "f32" ? 4 : 0) | (shape.d == "f32" ? 8 : 0));
  else
    op.flags = uint16_t((shape.a[0] == 's' ? 1 : 0) | (shape.b[0] == 's' ? 2 : 0) | (shape.satfinite ? 4 : 0) |
                        (shape.andOf ? 8 : 0));
  size_t total = 0;
  for (int n : choice.registers)
    total += size_t(n);
  uint32_t *list = d.array(total), *to = list;
  for (int i = 0; i < 4; ++i) {
    ptx::Type type = choice.bits[i] == 64 ? ptx::Type::B64 : ptx::Type::B32;
    uint32_t count = 0;
    const uint32_t *slots =
        i == 0 ? d.destinations(in.operands[0], type, count) : d.sources(in.operands[size_t(i)], type, count);
    if (d.failed())
      return true;
    if (int(count) != choice.registers[i])
      return d.fail("'" + in.name() + "': operand " + std::to_string(i) + " has " + std::to_string(count) +
                    " registers where the fragment has " + std::to_string(choice.registers[i]));
    to = std::copy(slots, slots + count, to);
  }
  op.list = list;
  d.emit(op, choice.body, OpClass::Tensor);
  return true;
}

} // namespace
} // namespace tensor

bool decodeTensor(const ptx::Instruction &in, Decoder &d) {
  if (in.opcode == "mma")
    return tensor::decodeMma(in, d);
  if (in.opcode == "wmma")
    return d.fail("'" + in.name() + "': wmma is not supported; use mma.sync with ldmatrix");
  return tensor::decodeMatrices(in, d);
}

} // namespace gpusim
