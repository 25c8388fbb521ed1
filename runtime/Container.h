// The container of a .dlx file: header, section table, sections. Shared by the writer and the reader.
// Little-endian. Sections start at multiples of 64 (weights: 4096) in table order; bytes between them are zero; the
// file ends where the last section ends. The header's checksum covers header (with that field zero) and table.
#pragma once
#include <cstddef>
#include <cstdint>

namespace dlc::container {

inline constexpr char magic[8] = {'\x89', 'D', 'L', 'X', '\r', '\n', '\x1a', '\n'};
inline constexpr uint32_t version = 1;
inline constexpr uint64_t sectionAlign = 64, weightsAlign = 4096, tensorAlign = 64;
inline constexpr uint32_t maxSections = 1 << 16;

struct Header {
  char magic[8];
  uint32_t version, sections;
  uint64_t fileSize, checksum, reserved[4];
};

struct Section {
  char name[32]; // NUL-terminated, rest zero: "program", "weights", "code.0", ...
  uint64_t offset, size, checksum, reserved;
};
static_assert(sizeof(Header) == 64 && sizeof(Section) == 64);

/// XXH64 with seed 0.
uint64_t checksum(const void *data, size_t size);

/// The same in pieces.
class Checksum {
public:
  Checksum();
  ~Checksum();
  Checksum(const Checksum &) = delete;
  Checksum &operator=(const Checksum &) = delete;
  void update(const void *data, size_t size);
  uint64_t digest() const;

private:
  void *state;
};

inline uint64_t alignUp(uint64_t value, uint64_t alignment) { return (value + alignment - 1) / alignment * alignment; }

} // namespace dlc::container
