// ldmatrix, stmatrix and movmatrix of 8x8 matrices of 16 bits. A register over the 32 lanes is the matrix itself, row
// by row, four words a row; lane 8 * i + r holds the address of row r of matrix i.
#include "tools/gpusim/exec/Counters.h"
#include "tools/gpusim/tensor/Tensor.h"

#include <cstring>
#include <immintrin.h>

namespace gpusim::tensor {
namespace {

enum Flags : uint16_t { Transposed = 1, Generic = 2, Wide = 4 };

/// Eight rows of 16 bytes to the eight columns.
inline void transposeRows(__m128i r[8]) {
  __m128i a[8], b[8];
  for (int i = 0; i < 4; ++i) {
    a[i * 2] = _mm_unpacklo_epi16(r[i * 2], r[i * 2 + 1]);
    a[i * 2 + 1] = _mm_unpackhi_epi16(r[i * 2], r[i * 2 + 1]);
  }
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j) {
      b[i * 4 + j * 2] = _mm_unpacklo_epi32(a[i * 4 + j], a[i * 4 + j + 2]);
      b[i * 4 + j * 2 + 1] = _mm_unpackhi_epi32(a[i * 4 + j], a[i * 4 + j + 2]);
    }
  for (int j = 0; j < 4; ++j) {
    r[j * 2] = _mm_unpacklo_epi64(b[j], b[j + 4]);
    r[j * 2 + 1] = _mm_unpackhi_epi64(b[j], b[j + 4]);
  }
}
void transpose(const uint16_t from[64], uint16_t to[64]) {
  __m128i rows[8];
  for (int i = 0; i < 8; ++i)
    rows[i] = _mm_loadu_si128((const __m128i *)(from + i * 8));
  transposeRows(rows);
  for (int i = 0; i < 8; ++i)
    _mm_storeu_si128((__m128i *)(to + i * 8), rows[i]);
}

/// The usual case without checks and counts: 32-bit addresses in the block's own memory. False: look closer.
bool loadFast(const Op &op, Warp &w) {
  const Block &block = *w.block;
  if (op.flags & (Generic | Wide) || block.observer || block.counters || block.sharedEnd < SharedBase + 16)
    return false;
  const uint32_t base = (block.place.rank << SharedRankShift) + SharedBase - uint32_t(op.imm);
  const uint32_t limit = block.sharedEnd - 16 - SharedBase;
  const uint32_t *address = w.in<uint32_t>(op.a);
  uint32_t at[32], wrong = 0;
  for (int lane = 0; lane < 32; ++lane) {
    at[lane] = address[lane] - base;
    uint32_t bad = uint32_t(at[lane] > limit) | (at[lane] & 15);
    wrong |= lane < op.kind * 8 ? bad : 0;
  }
  if (wrong)
    return false;
  const uint8_t *shared = block.shared + SharedBase;
  for (int i = 0; i < op.kind; ++i) {
    __m128i rows[8];
    for (int row = 0; row < 8; ++row)
      rows[row] = _mm_loadu_si128((const __m128i *)(shared + at[i * 8 + row]));
    if (op.flags & Transposed)
      transposeRows(rows);
    __m128i *to = w.at<__m128i>(op.list[i]);
    for (int row = 0; row < 8; ++row)
      _mm_storeu_si128(to + row, rows[row]);
  }
  return true;
}

/// The rows' places in shared memory; false: the launch has failed. Lanes that the checker turns away have null.
bool rows(const Op &op, Warp &w, int count, AccessKind kind, uint8_t *place[32]) {
  uint64_t offsets[32];
  uint32_t addresses[32];
  for (int lane = 0; lane < count; ++lane) {
    uint64_t address = uint64_t(op.flags & Wide ? w.in<uint64_t>(op.a)[lane] : uint64_t(w.in<uint32_t>(op.a)[lane])) +
                       uint64_t(op.imm);
    if (op.flags & Generic) {
      if (!inSharedWindow(address)) {
        w.fail(op, LaunchOutcome::IllegalAddress, "a matrix row lies outside of shared memory", lane);
        return false;
      }
      address -= SharedWindow;
    }
    addresses[lane] = uint32_t(address);
    offsets[lane] = sharedOffset(addresses[lane]);
    if (addresses[lane] & 15) {
      w.fail(op, LaunchOutcome::MisalignedAddress, "a matrix row does not lie on a multiple of 16 bytes", lane);
      return false;
    }
  }
  LaneMask allowed = AllLanes, lanes = count == 32 ? AllLanes : (1u << count) - 1;
  if (Counters *counters = w.block->counters)
    countShared(kind == AccessKind::Read ? counters->sharedLoads : counters->sharedStores, offsets, lanes, 16);
  if (Observer *observer = w.block->observer) {
    Access access;
    access.space = Space::Shared;
    access.kind = kind;
    access.bytes = 16;
    access.lanes = lanes;
    access.address = offsets;
    access.op = w.opIndex(op);
    allowed = observer->access(w.place, access);
  }
  for (int lane = 0; lane < count; ++lane) {
    place[lane] = nullptr;
    if (!(allowed >> lane & 1))
      continue;
    place[lane] = sharedPointer(w, addresses[lane], 16);
    if (!place[lane]) {
      w.fail(op, LaunchOutcome::IllegalAddress, "a matrix row lies outside of the block's shared memory", lane);
      return false;
    }
  }
  return true;
}

Flow loadMatrices(const Op &op, Warp &w, LaneMask mask) {
  if (!whole(op, w, mask)) [[unlikely]]
    return Flow::Stop;
  if (loadFast(op, w)) [[likely]]
    return Flow::Next;
  uint8_t *place[32];
  if (!rows(op, w, op.kind * 8, AccessKind::Read, place)) [[unlikely]]
    return Flow::Stop;
  alignas(32) uint16_t matrix[4][64];
  for (int lane = 0; lane < op.kind * 8; ++lane) {
    void *to = &matrix[lane / 8][lane % 8 * 8];
    if (place[lane]) [[likely]]
      std::memcpy(to, place[lane], 16);
    else
      std::memset(to, 0, 16);
  }
  for (int i = 0; i < op.kind; ++i) {
    uint16_t *to = w.at<uint16_t>(op.list[i]);
    if (op.flags & Transposed)
      transpose(matrix[i], to);
    else
      std::memcpy(to, matrix[i], 128);
  }
  return Flow::Next;
}

Flow storeMatrices(const Op &op, Warp &w, LaneMask mask) {
  if (!whole(op, w, mask)) [[unlikely]]
    return Flow::Stop;
  uint8_t *place[32];
  if (!rows(op, w, op.kind * 8, AccessKind::Write, place)) [[unlikely]]
    return Flow::Stop;
  for (int i = 0; i < op.kind; ++i) {
    uint16_t matrix[64];
    const uint16_t *from = w.in<uint16_t>(op.list[i]);
    if (op.flags & Transposed) {
      transpose(from, matrix);
      from = matrix;
    }
    for (int row = 0; row < 8; ++row)
      if (place[i * 8 + row])
        std::memcpy(place[i * 8 + row], from + row * 8, 16);
  }
  return Flow::Next;
}

Flow moveMatrix(const Op &op, Warp &w, LaneMask mask) {
  if (!whole(op, w, mask)) [[unlikely]]
    return Flow::Stop;
  uint16_t matrix[64];
  std::memcpy(matrix, w.in<uint16_t>(op.a), sizeof matrix);
  transpose(matrix, w.at<uint16_t>(op.d));
  return Flow::Next;
}

} // namespace

bool decodeMatrices(const ptx::Instruction &in, Decoder &d) {
  bool load = in.opcode == "ldmatrix", store = in.opcode == "stmatrix", move = in.opcode == "movmatrix";
  if (!load && !store && !move)
    return false;
  if (!in.has("m8n8") || !in.has("b16"))
    return d.fail("'" + in.name() + "': only .m8n8 matrices of .b16 are supported (the others are sm_100's)");
  if (store && d.model().major < 9)
    return d.fail("'" + in.name() + "' needs sm_90");
  Op op;
  if (move) {
    op.d = d.destination(in.operands[0], ptx::Type::B32), op.a = d.source(in.operands[1], ptx::Type::B32);
    d.emit(op, entry<moveMatrix>, OpClass::Tensor);
    return true;
  }
  if (in.operands.size() != 2)
    return d.fail("'" + in.name() + "' has two operands");
  op.kind = in.has("x4") ? 4 : in.has("x2") ? 2 : 1;
  Decoder::Address address = d.address(in.operands[load ? 1 : 0]);
  bool shared = in.has("shared") || in.has("shared::cta");
  op.a = address.base, op.imm = address.offset;
  op.flags = uint16_t((in.has("trans") ? Transposed : 0) | (shared ? 0 : Generic) | (address.bits == 64 ? Wide : 0));
  uint32_t count = 0;
  op.list =
      load ? d.destinations(in.operands[0], ptx::Type::B32, count) : d.sources(in.operands[1], ptx::Type::B32, count);
  if (d.failed())
    return true;
  if (count != op.kind)
    return d.fail("'" + in.name() + "' has " + std::to_string(count) + " registers");
  d.emit(op, load ? entry<loadMatrices> : entry<storeMatrices>, load ? OpClass::LoadShared : OpClass::StoreShared);
  return true;
}

} // namespace gpusim::tensor
