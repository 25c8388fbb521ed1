#include "tools/gpusim/async/Bulk.h"
#include "tools/gpusim/num/Lanes.h"

#include <algorithm>
#include <atomic>

namespace gpusim::async {

ReduceOp reduceOp(const ptx::Instruction &in) {
  static constexpr std::pair<std::string_view, ReduceOp> names[] = {
      {"add", ReduceOp::Add}, {"min", ReduceOp::Min}, {"max", ReduceOp::Max}, {"inc", ReduceOp::Inc},
      {"dec", ReduceOp::Dec}, {"and", ReduceOp::And}, {"or", ReduceOp::Or},   {"xor", ReduceOp::Xor}};
  for (auto [name, op] : names)
    if (in.has(name))
      return op;
  return ReduceOp::None;
}

ReduceType reduceType(const ptx::Instruction &in) {
  using ptx::Type;
  switch (in.type()) {
  case Type::U32:
  case Type::B32:
    return ReduceType::U32;
  case Type::S32:
    return ReduceType::S32;
  case Type::U64:
  case Type::B64:
    return ReduceType::U64;
  case Type::S64:
    return ReduceType::S64;
  case Type::F16:
    return ReduceType::F16;
  case Type::BF16:
    return ReduceType::BF16;
  case Type::F32:
    return ReduceType::F32;
  case Type::F64:
    return ReduceType::F64;
  default:
    return ReduceType::None;
  }
}

ReduceType reduceTypeOfMap(int dataType) {
  static constexpr ReduceType types[] = {ReduceType::None, ReduceType::None, ReduceType::U32, ReduceType::S32,
                                         ReduceType::U64,  ReduceType::S64,  ReduceType::F16, ReduceType::F32,
                                         ReduceType::F64,  ReduceType::BF16, ReduceType::F32, ReduceType::None,
                                         ReduceType::None};
  return types[dataType];
}

uint32_t bytesOf(ReduceType t) {
  switch (t) {
  case ReduceType::F16:
  case ReduceType::BF16:
    return 2;
  case ReduceType::U64:
  case ReduceType::S64:
  case ReduceType::F64:
    return 8;
  default:
    return 4;
  }
}

namespace {

/// Integers; `Order` is the type that min and max compare.
template <class Bits, class Order> Bits integer(Bits old, Bits value, ReduceOp op) {
  switch (op) {
  case ReduceOp::Add:
    return old + value;
  case ReduceOp::Min:
    return Order(old) < Order(value) ? old : value;
  case ReduceOp::Max:
    return Order(old) > Order(value) ? old : value;
  case ReduceOp::Inc:
    return old >= value ? 0 : old + 1;
  case ReduceOp::Dec:
    return old == 0 || old > value ? value : old - 1;
  case ReduceOp::And:
    return old & value;
  case ReduceOp::Or:
    return old | value;
  case ReduceOp::Xor:
    return old ^ value;
  case ReduceOp::None:
    break;
  }
  return value;
}

/// Floats through f64; sums of two f32 or narrower numbers round there as they would at once.
double real(double old, double value, ReduceOp op) {
  if (op == ReduceOp::Add)
    return num::sumToOdd(old, value);
  if (old != old || value != value)
    return old != old ? value : old;
  return op == ReduceOp::Min ? std::min(old, value) : std::max(old, value);
}

template <class Bits, class F> void each(uint8_t *to, const uint8_t *from, uint64_t bytes, F combine) {
  for (uint64_t i = 0; i < bytes; i += sizeof(Bits)) {
    Bits value, old;
    std::memcpy(&value, from + i, sizeof value);
    std::atomic_ref<Bits> place(*reinterpret_cast<Bits *>(to + i));
    old = place.load(std::memory_order_relaxed);
    while (!place.compare_exchange_weak(old, combine(old, value), std::memory_order_relaxed)) {
    }
  }
}

} // namespace

void reduce(uint8_t *to, const uint8_t *from, uint64_t bytes, ReduceOp op, ReduceType type) {
  switch (type) {
  case ReduceType::None:
    break;
  case ReduceType::U32:
    return each<uint32_t>(to, from, bytes,
                          [=](uint32_t a, uint32_t b) { return integer<uint32_t, uint32_t>(a, b, op); });
  case ReduceType::S32:
    return each<uint32_t>(to, from, bytes,
                          [=](uint32_t a, uint32_t b) { return integer<uint32_t, int32_t>(a, b, op); });
  case ReduceType::U64:
    return each<uint64_t>(to, from, bytes,
                          [=](uint64_t a, uint64_t b) { return integer<uint64_t, uint64_t>(a, b, op); });
  case ReduceType::S64:
    return each<uint64_t>(to, from, bytes,
                          [=](uint64_t a, uint64_t b) { return integer<uint64_t, int64_t>(a, b, op); });
  case ReduceType::F16:
    return each<uint16_t>(to, from, bytes, [=](uint16_t a, uint16_t b) {
      return num::floatToHalf(num::narrowToOdd(real(num::halfToFloat(a), num::halfToFloat(b), op)));
    });
  case ReduceType::BF16:
    return each<uint16_t>(to, from, bytes, [=](uint16_t a, uint16_t b) {
      return num::floatToBfloat(num::narrowToOdd(real(num::bfloatToFloat(a), num::bfloatToFloat(b), op)));
    });
  case ReduceType::F32:
    return each<uint32_t>(to, from, bytes, [](uint32_t a, uint32_t b) {
      float x = num::bitsToFloat(num::flushBits(a)), y = num::bitsToFloat(num::flushBits(b));
      return num::flushBits(num::floatToBits(x + y));
    });
  case ReduceType::F64:
    return each<uint64_t>(to, from, bytes, [](uint64_t a, uint64_t b) {
      return std::bit_cast<uint64_t>(std::bit_cast<double>(a) + std::bit_cast<double>(b));
    });
  }
}

} // namespace gpusim::async
