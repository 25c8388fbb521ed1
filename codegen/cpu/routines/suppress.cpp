// dlc.suppress: boxes taken in the order given, without those that overlap one taken before.
#include "codegen/cpu/routines/routine.h"

namespace {

constexpr int64_t lanes = 16;
using Lanes = float __attribute__((ext_vector_type(16), aligned(4)));
using Mask = int __attribute__((ext_vector_type(16)));

Lanes smaller(Lanes a, Lanes b) { return a < b ? a : b; }
Lanes greater(Lanes a, Lanes b) { return a > b ? a : b; }

/// Low and high corners of boxes and their areas, side by side.
struct Boxes {
  float *y0, *x0, *y1, *x1, *area;
};

/// Products are rounded before they are added or subtracted, on every device alike.
float areaOf(const float *box) {
  float height = box[2] - box[0], width = box[3] - box[1];
  return __arithmetic_fence(height * width);
}

/// Whether a box overlaps one of `count` others by more than `limit`. What has no area overlaps nothing.
bool overlaps(const Boxes &taken, int64_t count, const float *box, float area, float limit) {
  Lanes zero = 0;
  if (!(area > 0))
    return false;
  for (int64_t i = 0; i < count; i += lanes) {
    auto at = [i](const float *from) { return *reinterpret_cast<const Lanes *>(from + i); };
    Lanes height = smaller(at(taken.y1), Lanes(box[2])) - greater(at(taken.y0), Lanes(box[0]));
    Lanes width = smaller(at(taken.x1), Lanes(box[3])) - greater(at(taken.x0), Lanes(box[1]));
    Lanes common = __arithmetic_fence(greater(height, zero) * greater(width, zero)), other = at(taken.area);
    Lanes together = (other + Lanes(area)) - common;
    Mask solid = (other > zero) & (common > zero), over = common / together > Lanes(limit);
    if (__builtin_reduce_or(Mask(solid & over)))
      return true;
  }
  return false;
}

enum Size { Count, Classes, Results };

} // namespace

/// buf: boxes [batch, count, 4] (low y, low x, high y, high x), order [batch, classes, count], how many of it
/// [batch, classes], limit, most; numbers [batch, classes, results], -1 where there is none. A unit is a class.
ROUTINE dlc_suppress_f32(void *const *buf, const int64_t *size, int64_t lo, int64_t hi, void *scratch) {
  const float *boxes = static_cast<const float *>(buf[0]);
  const int64_t *order = static_cast<const int64_t *>(buf[1]), *candidates = static_cast<const int64_t *>(buf[2]);
  float limit = *static_cast<const float *>(buf[3]);
  int64_t most = *static_cast<const int64_t *>(buf[4]), count = size[Count], results = size[Results];
  int64_t *numbers = static_cast<int64_t *>(buf[5]);
  most = most < 0 ? 0 : most < results ? most : results;
  int64_t room = (results + lanes - 1) / lanes * lanes;
  float *at = static_cast<float *>(scratch);
  Boxes taken = {at, at + room, at + 2 * room, at + 3 * room, at + 4 * room};
  for (int64_t unit = lo; unit < hi; ++unit) {
    const float *mine = boxes + unit / size[Classes] * count * 4;
    int64_t *out = numbers + unit * results, have = 0;
    // A box without area stands for what is not there yet.
    std::memset(taken.area, 0, sizeof(float) * room);
    for (int64_t c = 0; c < candidates[unit] && have < most; ++c) {
      int64_t number = order[unit * count + c];
      const float *box = mine + number * 4;
      float area = areaOf(box);
      if (overlaps(taken, have, box, area, limit))
        continue;
      taken.y0[have] = box[0], taken.x0[have] = box[1], taken.y1[have] = box[2], taken.x1[have] = box[3];
      taken.area[have] = area;
      out[have++] = number;
    }
    for (; have < results; ++have)
      out[have] = -1;
  }
}
