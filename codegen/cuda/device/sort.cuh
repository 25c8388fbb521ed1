// Stretches of rows in order. Elements become unsigned keys that order as they do; a key and the place where it came
// from are sorted together, so that equal keys stay in order, whatever the network does.
#pragma once
#include "dlc/prelude.cuh"

// T is how the element lies in memory. NaN is the greatest number, and -0 is 0.
template <class Storage, class Bits, Bits Infinity> struct FloatKey {
  using T = Storage;
  using Key = Bits;
  static DEVICE Key key(T x) {
    constexpr Bits sign = Bits(Bits(1) << (sizeof(Bits) * 8 - 1));
    const Bits bits = bitcast<Bits>(x), magnitude = Bits(bits & Bits(~sign));
    const Bits ordered = bits & sign && magnitude ? Bits(~bits) : Bits(magnitude | sign);
    return magnitude > Infinity ? Bits(~Bits(0)) : ordered;
  }
};
template <class Storage> struct SignedKey {
  using T = Storage;
  using Key = unsigned_t<T>;
  static DEVICE Key key(T x) { return Key(Key(x) ^ Key(Key(1) << (sizeof(Key) * 8 - 1))); }
};
template <class Storage> struct UnsignedKey {
  using T = Storage;
  using Key = unsigned_t<T>;
  static DEVICE Key key(T x) { return Key(x); }
};
using key_f16 = FloatKey<f16, u16, 0x7c00>;
using key_bf16 = FloatKey<bf16, u16, 0x7f80>;
using key_f32 = FloatKey<f32, u32, 0x7f800000u>;
using key_f64 = FloatKey<f64, u64, 0x7ff0000000000000ull>;
using key_i8 = SignedKey<i8>;
using key_i16 = SignedKey<i16>;
using key_i32 = SignedKey<i32>;
using key_i64 = SignedKey<i64>;
using key_u8 = UnsignedKey<i8>;
using key_u16 = UnsignedKey<i16>;
using key_u32 = UnsignedKey<i32>;
using key_u64 = UnsignedKey<i64>;

// x, numbers (null: an element's number is its place in the row): [rows, length]. values, order (null: not wanted):
// [rows, results], of each stretch the first `keep`.
template <class Order> struct Sort {
  using T = typename Order::T;
  using Key = typename Order::Key;
  const T *x;
  const i64 *numbers;
  T *values;
  i64 *order;
  i64 length, results;
  bool descending;

  DEVICE Key key(i64 at) const { return descending ? Key(~Order::key(x[at])) : Order::key(x[at]); }
  DEVICE void put(i64 row, i64 to, i64 from) const {
    if (values)
      values[row * results + to] = x[row * length + from];
    if (order)
      order[row * results + to] = numbers ? numbers[row * length + from] : from;
  }
};

// A bitonic network in shared memory: a block sorts a stretch of at most Capacity elements, a power of two.
template <class Order, int Capacity, int Threads>
DEVICE void sort_stretches(const typename Order::T *x, const i64 *numbers, typename Order::T *values, i64 *order,
                           i64 length, i64 stretch, i64 keep, i64 results, i64 descending, i64 room, i64 run, i64 rows) {
  const Sort<Order> s = {x, numbers, values, order, length, results, descending != 0};
  using Key = typename Order::Key;
  __shared__ Key keys[Capacity];
  __shared__ i32 places[Capacity];
  const i64 pieces = (length + stretch - 1) / stretch, row = blockIdx.x / pieces;
  const i64 begin = blockIdx.x % pieces * stretch;
  const i32 size = i32(length - begin < stretch ? length - begin : stretch), thread = threadIdx.x;
  for (i32 i = thread; i < Capacity; i += Threads) {
    keys[i] = i < size ? s.key(row * length + begin + i) : Key(~Key(0));
    places[i] = i;
  }
  for (i32 width = 2; width <= Capacity; width *= 2)
    for (i32 step = width / 2; step > 0; step /= 2) {
      barrier();
      for (i32 pair = thread; pair < Capacity / 2; pair += Threads) {
        const i32 low = 2 * pair - (pair & (step - 1)), high = low + step;
        const Key a = keys[low], b = keys[high];
        const i32 p = places[low], q = places[high];
        const bool swapped = a > b || (a == b && p > q), up = (low & width) == 0;
        if (swapped == up) {
          keys[low] = b, keys[high] = a;
          places[low] = q, places[high] = p;
        }
      }
    }
  barrier();
  const i32 kept = i32(keep < size ? keep : size);
  const i64 to = begin / stretch * (keep < stretch ? keep : stretch);
  for (i32 i = thread; i < kept; i += Threads)
    s.put(row, to + i, begin + places[i]);
}

// Stretches of two runs that are in order already, the first of `run` elements: each result looks for its element. A
// thread has one.
template <class Order>
DEVICE void merge_runs(const typename Order::T *x, const i64 *numbers, typename Order::T *values, i64 *order,
                       i64 length, i64 stretch, i64 keep, i64 results, i64 descending, i64 room, i64 run, i64 rows) {
  const Sort<Order> s = {x, numbers, values, order, length, results, descending != 0};
  const i64 number = i64(blockIdx.x) * blockDim.x + threadIdx.x;
  if (number >= rows * results)
    return;
  const i64 most = keep < stretch ? keep : stretch;
  const i64 row = number / results, to = number % results, piece = to / most, place = to % most;
  const i64 begin = piece * stretch, at = row * length + begin;
  const i64 size = length - begin < stretch ? length - begin : stretch;
  const i64 first = run < size ? run : size, second = size - first;
  // How many of the first run are among the `place` results before this one.
  i64 low = place > second ? place - second : 0, high = place < first ? place : first;
  while (low < high) {
    const i64 middle = (low + high) / 2;
    if (s.key(at + middle) <= s.key(at + first + place - 1 - middle))
      low = middle + 1;
    else
      high = middle;
  }
  const i64 other = place - low;
  const bool mine = low < first && (other >= second || s.key(at + low) <= s.key(at + first + other));
  s.put(row, to, begin + (mine ? low : first + other));
}
