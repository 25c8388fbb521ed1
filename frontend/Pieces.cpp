#include "frontend/Pieces.h"
#include "llvm/Support/MathExtras.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace dlc {

uint64_t Pieces::add(llvm::ArrayRef<char> bytes) {
  pad();
  uint64_t offset = end;
  pieces.push_back({offset, bytes});
  end += bytes.size();
  return offset;
}

uint64_t Pieces::add(std::vector<char> &&bytes) {
  kept.push_back(std::move(bytes));
  return add(llvm::ArrayRef<char>(kept.back()));
}

void Pieces::pad() { end = llvm::alignTo(end, alignment); }

template <typename Sink> void Pieces::each(Sink sink) const {
  static const char zeros[alignment] = {};
  uint64_t at = start;
  for (const Piece &piece : pieces) {
    sink(zeros, piece.offset - at);
    sink(piece.bytes.data(), piece.bytes.size());
    at = piece.offset + piece.bytes.size();
  }
  sink(zeros, end - at);
}

void Pieces::write(llvm::raw_ostream &out) const {
  each([&](const char *data, size_t size) { out.write(data, size); });
}

uint64_t Pieces::hash() const {
  XXH64_state_t state;
  XXH64_reset(&state, 0);
  each([&](const char *data, size_t size) {
    if (size)
      XXH64_update(&state, data, size);
  });
  return XXH64_digest(&state);
}

} // namespace dlc
