// Bytes of weights laid out one after the other, as they will lie in a file: written and summed where they are.
#pragma once
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdint>
#include <list>
#include <vector>

namespace dlc {

class Pieces {
public:
  /// Every piece begins at a multiple of this many bytes; between them are zeros.
  static constexpr uint64_t alignment = 64;

  /// `start`: how far the file is filled already; what is written goes on from there.
  explicit Pieces(uint64_t start = 0) : start(start), end(start) {}

  /// The piece's offset in the file. The bytes are not copied: they must stay until the last write.
  uint64_t add(llvm::ArrayRef<char> bytes);
  /// The same for bytes that nobody else keeps.
  uint64_t add(std::vector<char> &&bytes);
  /// Zeros up to the next multiple of the alignment.
  void pad();

  uint64_t size() const { return end - start; } ///< of what is written
  bool empty() const { return end == start; }
  void write(llvm::raw_ostream &out) const;
  /// XXH64 of what write() writes.
  uint64_t hash() const;

private:
  struct Piece {
    uint64_t offset;
    llvm::ArrayRef<char> bytes;
  };
  std::vector<Piece> pieces;
  std::list<std::vector<char>> kept;
  uint64_t start, end;

  template <typename Sink> void each(Sink sink) const;
};

} // namespace dlc
