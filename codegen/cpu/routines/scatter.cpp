// dlc.scatter: rows of zeros with elements put where indices say.
#include "codegen/cpu/routines/routine.h"

namespace {

enum Size { Given, Length, StretchLength };

/// buf: elements and indices [rows, given], result [rows, length]. A unit is a stretch of a row of the result.
template <class Bits> void scatter(void *const *buf, const int64_t *size, int64_t lo, int64_t hi) {
  int64_t given = size[Given], length = size[Length], stretch = size[StretchLength];
  if (stretch < 1) // of an empty row
    return;
  int64_t pieces = (length + stretch - 1) / stretch;
  for (int64_t unit = lo; unit < hi; ++unit) {
    int64_t row = unit / pieces, begin = unit % pieces * stretch;
    uint64_t count = uint64_t(length - begin < stretch ? length - begin : stretch);
    const Bits *x = static_cast<const Bits *>(buf[0]) + row * given;
    const int64_t *index = static_cast<const int64_t *>(buf[1]) + row * given;
    Bits *out = static_cast<Bits *>(buf[2]) + row * length + begin;
    std::memset(out, 0, sizeof(Bits) * count);
    for (int64_t i = 0; i < given; ++i)
      if (uint64_t at = uint64_t(index[i] - begin); at < count)
        out[at] = x[i];
  }
}

} // namespace

#define SCATTER(BITS)                                                                                                  \
  ROUTINE dlc_scatter_b##BITS(void *const *buf, const int64_t *size, int64_t lo, int64_t hi, void *) {                 \
    scatter<uint##BITS##_t>(buf, size, lo, hi);                                                                        \
  }
SCATTER(8)
SCATTER(16)
SCATTER(32)
SCATTER(64)
