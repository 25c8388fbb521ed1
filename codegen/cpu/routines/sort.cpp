// dlc.sort: stretches of rows in order, or the first few of each. Elements become unsigned keys that order as they do;
// equal keys stay in the order in which they came.
#include "codegen/cpu/routines/routine.h"

namespace {

/// Elements to keys: NaN is the greatest number, and -0 is 0.
template <class Bits, Bits Infinity> struct Float {
  using Key = Bits;
  static Key key(Bits bits) {
    constexpr Bits sign = Bits(Bits(1) << (sizeof(Bits) * 8 - 1));
    Bits magnitude = bits & Bits(~sign);
    Bits ordered = bits & sign && magnitude ? Bits(~bits) : Bits(magnitude | sign);
    return magnitude > Infinity ? Bits(~Bits(0)) : ordered;
  }
};
template <class Bits> struct Signed {
  using Key = Bits;
  static Key key(Bits bits) { return Bits(bits ^ Bits(Bits(1) << (sizeof(Bits) * 8 - 1))); }
};
template <class Bits> struct Unsigned {
  using Key = Bits;
  static Key key(Bits bits) { return bits; }
};

/// Keys and where in the stretch they came from.
template <class Key> struct Pairs {
  Key *key;
  uint32_t *at;
};

template <class Key> void insertionSort(Pairs<Key> p, int64_t count) {
  for (int64_t i = 1; i < count; ++i) {
    Key key = p.key[i];
    uint32_t at = p.at[i];
    int64_t j = i;
    for (; j > 0 && p.key[j - 1] > key; --j) {
      p.key[j] = p.key[j - 1];
      p.at[j] = p.at[j - 1];
    }
    p.key[j] = key;
    p.at[j] = at;
  }
}

/// Byte by byte from the least one; bytes that all keys share cost nothing. The result is in `p`; `other` is scratch.
template <class Key> void sort(Pairs<Key> &p, Pairs<Key> &other, int64_t count) {
  if (count <= 48)
    return insertionSort(p, count);
  constexpr int digits = sizeof(Key);
  uint32_t counts[digits][256];
  std::memset(counts, 0, sizeof counts);
  for (int64_t i = 0; i < count; ++i)
    for (int d = 0; d < digits; ++d)
      ++counts[d][p.key[i] >> 8 * d & 255];
  for (int d = 0; d < digits; ++d) {
    uint32_t *place = counts[d];
    if (place[p.key[0] >> 8 * d & 255] == count)
      continue;
    uint32_t sum = 0;
    for (int v = 0; v < 256; ++v) {
      uint32_t here = place[v];
      place[v] = sum;
      sum += here;
    }
    for (int64_t i = 0; i < count; ++i) {
      Key key = p.key[i];
      uint32_t to = place[key >> 8 * d & 255]++;
      other.key[to] = key;
      other.at[to] = p.at[i];
    }
    Pairs<Key> sorted = other;
    other = p;
    p = sorted;
  }
}

template <class Order> struct Stretch {
  using Key = typename Order::Key;
  const Key *x;
  int64_t length, keep;
  Key flip; // all ones: the greatest first
  Key key(int64_t i) const { return Key(Order::key(x[i]) ^ flip); }
};

/// The first few of a stretch, each put where it belongs among them.
template <class Order> void insertFew(const Stretch<Order> &s, Pairs<typename Order::Key> &p) {
  using Key = typename Order::Key;
  int64_t count = 0;
  for (int64_t i = 0; i < s.length; ++i) {
    Key key = s.key(i);
    if (count == s.keep && key >= p.key[count - 1])
      continue;
    int64_t j = count < s.keep ? count++ : count - 1;
    for (; j > 0 && p.key[j - 1] > key; --j) {
      p.key[j] = p.key[j - 1];
      p.at[j] = p.at[j - 1];
    }
    p.key[j] = key;
    p.at[j] = uint32_t(i);
  }
}

/// The first `keep` of a stretch much longer: what is not before the last of the best so far is passed over, the rest
/// gathers in `p` until it is full.
template <class Order>
void select(const Stretch<Order> &s, Pairs<typename Order::Key> &p, Pairs<typename Order::Key> &other, int64_t most) {
  using Key = typename Order::Key;
  int64_t count = 0;
  bool chosen = false;
  Key last = 0;
  constexpr int64_t block = 32;
  for (int64_t from = 0; from < s.length; from += block) {
    int64_t size = s.length - from < block ? s.length - from : block;
    Key keys[block];
    Key any = Key(!chosen);
    for (int64_t i = 0; i < size; ++i) {
      keys[i] = s.key(from + i);
      any |= Key(keys[i] < last);
    }
    if (!any)
      continue;
    for (int64_t i = 0; i < size; ++i) {
      if (chosen && keys[i] >= last)
        continue;
      p.key[count] = keys[i];
      p.at[count++] = uint32_t(from + i);
      if (count == most) {
        sort(p, other, count);
        count = s.keep;
        last = p.key[count - 1];
        chosen = true;
      }
    }
  }
  sort(p, other, count);
}

enum Size { Length, StretchLength, Keep, Results, Descending, Room, Run };

/// buf: elements [rows, length], numbers [rows, length] or null; elements and numbers [rows, results] or null.
template <class Order>
void sortStretches(void *const *buf, const int64_t *size, int64_t lo, int64_t hi, void *scratch) {
  using Key = typename Order::Key;
  const Key *x = static_cast<const Key *>(buf[0]);
  const int64_t *given = static_cast<const int64_t *>(buf[1]);
  Key *values = static_cast<Key *>(buf[2]);
  int64_t *numbers = static_cast<int64_t *>(buf[3]);
  int64_t length = size[Length], stretch = size[StretchLength], keep = size[Keep], room = size[Room];
  stretch = stretch < 1 ? 1 : stretch; // of an empty row
  int64_t pieces = length < 1 ? 1 : (length + stretch - 1) / stretch;
  for (int64_t unit = lo; unit < hi; ++unit) {
    int64_t row = unit / pieces, piece = unit % pieces, begin = piece * stretch;
    Stretch<Order> s;
    s.x = x + row * length + begin;
    s.length = length - begin < stretch ? length - begin : stretch;
    s.keep = s.length < keep ? s.length : keep;
    s.flip = size[Descending] ? Key(~Key(0)) : Key(0);
    Pairs<Key> p, other;
    p.key = static_cast<Key *>(scratch);
    other.key = p.key + room;
    p.at = reinterpret_cast<uint32_t *>(other.key + room);
    other.at = p.at + room;
    if (s.keep > 0 && s.keep <= 16 && s.length <= 2048) {
      insertFew(s, p);
    } else if (s.length > room) {
      select(s, p, other, room);
    } else {
      for (int64_t i = 0; i < s.length; ++i) {
        p.key[i] = s.key(i);
        p.at[i] = uint32_t(i);
      }
      sort(p, other, s.length);
    }
    int64_t to = row * size[Results] + piece * (stretch < keep ? stretch : keep);
    for (int64_t i = 0; values && i < s.keep; ++i)
      values[to + i] = s.x[p.at[i]];
    for (int64_t i = 0; numbers && i < s.keep; ++i)
      numbers[to + i] = given ? given[row * length + begin + p.at[i]] : begin + p.at[i];
  }
}

} // namespace

#define SORT(NAME, ...)                                                                                                \
  ROUTINE dlc_sort_##NAME(void *const *buf, const int64_t *size, int64_t lo, int64_t hi, void *scratch) {              \
    sortStretches<__VA_ARGS__>(buf, size, lo, hi, scratch);                                                            \
  }
SORT(f16, Float<uint16_t, 0x7c00>)
SORT(bf16, Float<uint16_t, 0x7f80>)
SORT(f32, Float<uint32_t, 0x7f800000>)
SORT(f64, Float<uint64_t, 0x7ff0000000000000>)
SORT(i8, Signed<uint8_t>)
SORT(i16, Signed<uint16_t>)
SORT(i32, Signed<uint32_t>)
SORT(i64, Signed<uint64_t>)
SORT(u8, Unsigned<uint8_t>)
SORT(u16, Unsigned<uint16_t>)
SORT(u32, Unsigned<uint32_t>)
SORT(u64, Unsigned<uint64_t>)
