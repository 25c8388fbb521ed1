// Copies of boxes through tensor maps, tile mode, 1 to 5 dimensions.
#include "tools/gpusim/async/Bulk.h"
#include "tools/gpusim/async/TensorMap.h"
#include "tools/gpusim/num/Format.h"

#include <algorithm>

namespace gpusim::async {
namespace {

struct TensorOperands {
  AddressRef shared, map, barrier;
  uint32_t coordinates[5] = {}, rank = 0, mask = 0; // slots
};
enum Flags : uint16_t { Multicast = 1 };

uint32_t elementBytes(const TensorMap &map) { return tensorElementBytes(map.type); }
/// Elements that a copy takes along a dimension.
uint32_t count(const TensorMap &map, int i) {
  uint32_t step = i ? map.elementStride[i] : 1; // the innermost stride is not looked at
  return (map.box[i] + step - 1) / step;
}
uint64_t boxBytes(const TensorMap &map) {
  uint64_t bytes = elementBytes(map);
  for (int i = 0; i < map.rank; ++i)
    bytes *= count(map, i);
  return bytes;
}
/// Where the byte at a shared offset of the plain layout lies: runs of 16 bytes trade places within 128 bytes.
uint32_t swizzled(const TensorMap &map, uint32_t offset) {
  static constexpr uint32_t masks[] = {0, 0x10, 0x30, 0x70};
  return offset ^ (offset >> 3 & masks[uint8_t(map.swizzle)]);
}

/// A box under way. The order in shared memory is dense, the first dimension innermost, before the swizzle.
struct Box : Transfer {
  TensorMap map;
  int32_t start[5] = {};
  uint8_t *window = nullptr; // of the block: byte 0
  uint32_t offset = 0;       // of the box in it
  ReduceOp op = ReduceOp::None;
  std::vector<uint8_t> taken; // the box in plain order, once it has been read (stores)

  /// Calls body(position in the box, global address of the row's part inside, first byte inside, bytes inside).
  template <class F> void rows(F body) const {
    uint32_t element = elementBytes(map), row = count(map, 0) * element, index[5] = {};
    int64_t first = std::max<int64_t>(0, -int64_t(start[0]));
    int64_t last = std::min<int64_t>(count(map, 0), int64_t(map.extent(0)) - start[0]);
    for (uint32_t position = 0;; position += row) {
      bool inside = first < last;
      uint64_t address = map.address;
      for (int i = 1; i < map.rank; ++i) {
        int64_t at = int64_t(start[i]) + int64_t(index[i]) * map.elementStride[i];
        inside &= at >= 0 && at < int64_t(map.extent(unsigned(i)));
        address += uint64_t(at) * map.strides[i];
      }
      address += uint64_t(start[0] + first) * element;
      body(position, address, uint32_t(first) * element, inside ? uint32_t(last - first) * element : 0, row);
      int i = 1;
      for (; i < map.rank && ++index[i] == count(map, i); ++i)
        index[i] = 0;
      if (i >= map.rank)
        return;
    }
  }
  /// Bytes of the box from `position` on, in pieces that the swizzle keeps together.
  template <class F> void pieces(uint32_t position, uint32_t bytes, F body) const {
    while (bytes) {
      uint32_t at = offset + position, piece = std::min(16 - at % 16, bytes);
      body(window + swizzled(map, at), piece);
      position += piece, bytes -= piece;
    }
  }
  uint64_t outside() const { // what lies outside of the tensor
    if (!map.nanFill)
      return 0;
    if (map.type == TensorMapType::F64)
      return 0x7fffffffffffffffull;
    return elementBytes(map) == 4 ? 0x7fffffff7fffffffull : 0x7fff7fff7fff7fffull;
  }
};

struct Load : Box {
  void deliver() override {
    std::vector<uint8_t> line;
    rows([&](uint32_t position, uint64_t address, uint32_t skip, uint32_t bytes, uint32_t row) {
      line.resize(row);
      uint64_t fill = outside();
      for (uint32_t i = 0; i < row; i += 8)
        std::memcpy(&line[i], &fill, 8);
      if (bytes)
        std::memcpy(&line[skip], reinterpret_cast<const void *>(address), bytes);
      if (map.type == TensorMapType::F32Ftz || map.type == TensorMapType::Tf32Ftz) // .ftz
        for (uint32_t i = skip; i < skip + bytes; i += 4) {
          uint32_t bits;
          std::memcpy(&bits, &line[i], 4);
          bits = num::flushBits(bits);
          std::memcpy(&line[i], &bits, 4);
        }
      const uint8_t *from = line.data();
      pieces(position, row, [&](uint8_t *to, uint32_t piece) {
        std::memcpy(to, from, piece);
        from += piece;
      });
    });
  }
};

struct Save : Box {
  void read() override {
    taken.resize(size_t(boxBytes(map)));
    uint8_t *to = taken.data();
    pieces(0, uint32_t(taken.size()), [&](uint8_t *from, uint32_t piece) {
      std::memcpy(to, from, piece);
      to += piece;
    });
  }
  void deliver() override {
    rows([&](uint32_t position, uint64_t address, uint32_t skip, uint32_t bytes, uint32_t) {
      uint8_t *to = reinterpret_cast<uint8_t *>(address);
      const uint8_t *from = taken.data() + position + skip;
      if (!bytes)
        return;
      if (op == ReduceOp::None)
        std::memcpy(to, from, bytes);
      else
        reduce(to, from, bytes, op, reduceTypeOfMap(int(map.type)));
    });
  }
};

/// Reads the map and the coordinates, and looks whether the box can be copied.
bool prepare(const Op &op, Warp &w, const TensorOperands &o, int lane, Box &box, SharedPlace &place) {
  const uint8_t *map = genericPointer(w, lane, o.map.at(w, lane), 128);
  if (!map) {
    w.fail(op, LaunchOutcome::IllegalAddress, "no tensor map lies at its address", lane);
    return false;
  }
  std::memcpy(&box.map, map, sizeof box.map);
  if (box.map.magic != TensorMap::Magic || box.map.rank != o.rank) {
    w.fail(op, LaunchOutcome::IllegalInstruction,
           box.map.magic != TensorMap::Magic ? "what lies at the address is no tensor map"
                                             : "the tensor map has another rank than the instruction",
           lane);
    return false;
  }
  if (box.map.interleave != TensorMapInterleave::None || box.map.swizzle > TensorMapSwizzle::B128 ||
      !elementBytes(box.map)) {
    w.fail(
        op, LaunchOutcome::IllegalInstruction,
        "tensor maps with interleaved layouts, other swizzles than 32, 64 and 128 bytes or types below a byte are not "
        "supported",
        lane);
    return false;
  }
  for (uint32_t i = 0; i < o.rank; ++i)
    box.start[i] = w.in<int32_t>(o.coordinates[i])[lane];
  // The patterns of 64- and 128-byte swizzles begin anew every 512 and 1024 bytes of shared memory.
  place = sharedPlace(op, w, o.shared, lane, uint32_t(boxBytes(box.map)), 128);
  if (!place.pointer)
    return false;
  box.offset = place.offset, box.window = place.owner->shared;
  bool fine = true;
  box.rows([&](uint32_t, uint64_t address, uint32_t, uint32_t bytes, uint32_t) {
    fine = fine && (!bytes || globalPlace(op, w, address, bytes, 1, lane));
  });
  return fine;
}

Flow load(const Op &op, Warp &w, LaneMask mask) {
  const TensorOperands &o = kept<TensorOperands>(op);
  for (LaneMask left = mask; left; left &= left - 1) {
    int lane = std::countr_zero(left);
    Load box;
    SharedPlace to, barrier = sharedPlace(op, w, o.barrier, lane, 8, 8);
    if (!barrier.pointer || !prepare(op, w, o, lane, box, to))
      return Flow::Stop;
    uint32_t targets = 1u << to.owner->place.rank, bytes = uint32_t(boxBytes(box.map));
    if (op.flags & Multicast)
      targets = w.in<uint16_t>(o.mask)[lane];
    Cluster &cluster = *w.block->cluster;
    if (targets >> cluster.blocks.size())
      return w.fail(op, LaunchOutcome::IllegalInstruction, "the multicast names a block that the cluster has not",
                    lane);
    bool fine = true;
    eachLane(targets, [&](int rank) {
      SharedPlace its = barrier;
      auto copy = std::make_unique<Load>(box);
      Block *owner = to.owner;
      if (op.flags & Multicast) {
        owner = its.owner = cluster.blocks[size_t(rank)];
        copy->window = owner->shared, its.pointer = owner->shared + barrier.offset;
      }
      uint32_t group = copy->group = newGroup(w);
      if (w.block->observer) {
        box.rows([&](uint32_t, uint64_t address, uint32_t, uint32_t inside, uint32_t) {
          observeRun(op, w, Space::Global, AccessKind::Read, Agent::Bulk, group, address, inside, lane);
        });
        observeRun(op, w, Space::Shared, AccessKind::Write, Agent::Bulk, group, to.offset, bytes, lane, owner);
      }
      fine = fine && completeTransactions(op, w, its, lane, bytes, std::move(copy));
    });
    if (!fine)
      return Flow::Stop;
  }
  return Flow::Next;
}

Flow save(const Op &op, Warp &w, LaneMask mask) {
  const TensorOperands &o = kept<TensorOperands>(op);
  for (LaneMask left = mask; left; left &= left - 1) {
    int lane = std::countr_zero(left);
    auto box = std::make_unique<Save>();
    SharedPlace from;
    if (!prepare(op, w, o, lane, *box, from))
      return Flow::Stop;
    box->op = ReduceOp(op.b);
    if (box->op != ReduceOp::None && reduceTypeOfMap(int(box->map.type)) == ReduceType::None)
      return w.fail(op, LaunchOutcome::IllegalInstruction, "the tensor map's type has no reductions", lane);
    box->group = newGroup(w);
    uint32_t readGroup = newGroup(w);
    if (w.block->observer) {
      observeRun(op, w, Space::Shared, AccessKind::Read, Agent::Bulk, readGroup, from.offset, boxBytes(box->map), lane,
                 from.owner);
      box->rows([&](uint32_t, uint64_t address, uint32_t, uint32_t inside, uint32_t) {
        observeRun(op, w, Space::Global, box->op == ReduceOp::None ? AccessKind::Write : AccessKind::Atomic,
                   Agent::Bulk, box->group, address, inside, lane);
      });
    }
    queueStore(op, w, lane, std::move(box), readGroup);
  }
  return Flow::Next;
}

void nothing(const Op &, Warp &, LaneMask) {}

} // namespace

bool decodeBulkTensor(const ptx::Instruction &in, Decoder &d) {
  using ptx::Type;
  Op op;
  bool prefetchMap = (in.opcode == "prefetch" || in.opcode == "prefetchu") && in.has("tensormap");
  if (in.opcode == "tensormap" || (in.opcode == "fence" && in.has("proxy::tensormap")))
    return d.fail("'" + in.name() + "': tensor maps made on the device are not supported");
  if (!prefetchMap && (in.opcode != "cp" || !in.has("tensor") || !in.has("bulk")))
    return false;
  if (needsHopper(in, d))
    return true;
  if (prefetchMap || in.has("prefetch")) { // hints
    d.emit(op, entry<nothing>, OpClass::Async);
    return true;
  }
  for (std::string_view m : in.modifiers)
    if (m.starts_with("im2col") || m.starts_with("cta_group") || m.starts_with("tile::"))
      return d.fail("'" + in.name() + "': ." + std::string(m) + " is not supported");
  bool store = in.has("bulk_group");
  TensorOperands o;
  for (int i = 1; i <= 5; ++i)
    if (in.has(std::to_string(i) + "d"))
      o.rank = uint32_t(i);
  const ptx::Operand &map = in.operands[store ? 0 : 1];
  if (!o.rank || in.operands.size() < (store ? 2u : 3u) || map.parts.size() != 2 || map.parts[1].parts.size() != o.rank)
    return d.fail("'" + in.name() + "' does not have the operands of a tensor copy");
  ptx::Operand base = map;
  base.parts.resize(1);
  o.map = refer(d, base, true);
  for (uint32_t i = 0; i < o.rank; ++i)
    o.coordinates[i] = d.source(map.parts[1].parts[i], Type::S32);
  o.shared = refer(d, in.operands[store ? 1 : 0], false);
  if (store) {
    op.b = uint32_t(in.modifier(0) == "reduce" ? reduceOp(in) : ReduceOp::None);
    op.list = keep(d, o);
    d.emit(op, entry<save>, OpClass::Async);
    return true;
  }
  o.barrier = refer(d, in.operands[2], false);
  if (in.has("multicast::cluster")) {
    if (in.operands.size() < 4)
      return d.fail("'" + in.name() + "' has no mask of blocks");
    o.mask = d.source(in.operands[3], Type::B16), op.flags = Multicast;
  }
  op.list = keep(d, o);
  d.emit(op, entry<load>, OpClass::Async);
  return true;
}

} // namespace gpusim::async
