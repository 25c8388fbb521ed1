// mma.m8n8k4 of f16: four products at once, each by two groups of four lanes. Slow on later cards, plain here.
#include "tools/gpusim/num/Lanes.h"
#include "tools/gpusim/tensor/Tensor.h"

#include <algorithm>

namespace gpusim::tensor {
namespace {

enum Flags : uint16_t { ColA = 1, RowB = 2, SumF32 = 4, ResultF32 = 8 };

struct Place {
  int row, column;
};
// Of element i (of 8) of an accumulator; `part` is the lane within its four, `high` whether the lane is 16 or more.
Place accumulator(bool f32, int part, bool high, int i) {
  if (!f32)
    return {part + (high ? 4 : 0), i};
  return {(part & 1) + (i & 2) + (high ? 4 : 0), (i & 4) + (part & 2) + (i & 1)};
}

Flow mmaVolta(const Op &op, Warp &w, LaneMask mask) {
  if (!whole(op, w, mask)) [[unlikely]]
    return Flow::Stop;
  bool sumF32 = op.flags & SumF32, resultF32 = op.flags & ResultF32;
  int results = resultF32 ? 8 : 4;
  const uint32_t *d = op.list, *a = d + results, *b = a + 2, *c = b + 2;
  double A[4][8][4], B[4][4][8], D[4][8][8];
  for (int lane = 0; lane < 32; ++lane) {
    int part = lane % 4, group = lane % 16 / 4, up = lane < 16 ? 0 : 4;
    for (int i = 0; i < 4; ++i) {
      uint16_t x = uint16_t(w.in<uint32_t>(a[i / 2])[lane] >> (i % 2) * 16);
      uint16_t y = uint16_t(w.in<uint32_t>(b[i / 2])[lane] >> (i % 2) * 16);
      (op.flags & ColA ? A[group][i + up][part] : A[group][part + up][i]) = num::halfToFloat(x);
      (op.flags & RowB ? B[group][part][i + up] : B[group][i][part + up]) = num::halfToFloat(y);
    }
    for (int i = 0; i < 8; ++i) {
      Place p = accumulator(sumF32, part, lane >= 16, i);
      D[group][p.row][p.column] =
          sumF32 ? w.in<float>(c[i])[lane] : num::halfToFloat(uint16_t(w.in<uint32_t>(c[i / 2])[lane] >> (i % 2) * 16));
    }
  }
  for (int g = 0; g < 4; ++g)
    for (int row = 0; row < 8; ++row)
      for (int column = 0; column < 8; ++column)
        for (int k = 0; k < 4; ++k)
          D[g][row][column] += A[g][row][k] * B[g][k][column];
  for (int lane = 0; lane < 32; ++lane)
    for (int i = 0; i < 8; ++i) {
      Place p = accumulator(resultF32, lane % 4, lane >= 16, i);
      double value = D[lane % 16 / 4][p.row][p.column];
      if (resultF32) {
        w.at<float>(d[i])[lane] = float(value);
      } else {
        uint32_t half = num::floatToHalf(num::narrowToOdd(value)), &pair = w.at<uint32_t>(d[i / 2])[lane];
        pair = i % 2 ? (pair & 0xffff) | half << 16 : half;
      }
    }
  return Flow::Next;
}

} // namespace

Choice chooseVolta(const Shape &s) {
  if (s.m != 8 || s.n != 8 || s.k != 4 || s.a != "f16" || s.b != "f16" || (s.c != "f16" && s.c != "f32") ||
      (s.d != "f16" && s.d != "f32") || (s.c == "f32" && s.d == "f16"))
    return {};
  Choice choice;
  choice.body = entry<mmaVolta>;
  int registers[4] = {s.d == "f32" ? 8 : 4, 2, 2, s.c == "f32" ? 8 : 4};
  std::copy(registers, registers + 4, choice.registers);
  return choice;
}

} // namespace gpusim::tensor
