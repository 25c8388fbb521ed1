#include "tools/dlc/data/Zip.h"
#include "tools/dlc/data/Tensor.h"
#include <algorithm>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <zlib.h>

namespace dlc::data {
namespace {
static_assert(std::endian::native == std::endian::little);
// Signatures of the records, and their lengths without names.
constexpr uint32_t localHeader = 0x04034b50, centralHeader = 0x02014b50, endOfDirectory = 0x06054b50,
                   endOfDirectory64 = 0x06064b50, locator64 = 0x07064b50;
constexpr uint64_t localSize = 30, centralSize = 46, endSize = 22, locatorSize = 20, end64Size = 56;

class Reader {
public:
  Reader(std::string_view bytes, const std::string &where) : bytes(bytes), where(where) {}

  std::vector<ZipEntry> all() {
    auto [count, at] = directory();
    std::vector<ZipEntry> entries;
    for (uint64_t i = 0; i < count; ++i) {
      if (get<uint32_t>(at) != centralHeader)
        damaged(fmt::format("no entry {} at {} in its directory", i + 1, at));
      uint16_t nameLength = get<uint16_t>(at + 28), extraLength = get<uint16_t>(at + 30);
      Sizes sizes{get<uint32_t>(at + 24), get<uint32_t>(at + 20), get<uint32_t>(at + 42)};
      std::string name(piece(at + centralSize, nameLength));
      widen(sizes, piece(at + centralSize + nameLength, extraLength));
      if (!name.ends_with("/"))
        entries.push_back({name, content(name, sizes, get<uint16_t>(at + 10), get<uint32_t>(at + 16))});
      at += centralSize + nameLength + extraLength + get<uint16_t>(at + 32);
    }
    return entries;
  }

private:
  struct Sizes {
    uint64_t plain, packed, offset;
  };
  std::string_view bytes;
  const std::string &where;

  [[noreturn]] void damaged(const std::string &what) {
    throw Error(fmt::format("{}: no zip file, or a damaged one: {}", where, what));
  }
  std::string_view piece(uint64_t at, uint64_t size) {
    if (at > bytes.size() || size > bytes.size() - at)
      damaged(fmt::format("{} bytes at {} of {}", size, at, bytes.size()));
    return bytes.substr(at, size);
  }
  template <class T> T get(uint64_t at) {
    T value;
    std::memcpy(&value, piece(at, sizeof value).data(), sizeof value);
    return value;
  }

  /// Number of entries and where the first one stands.
  std::pair<uint64_t, uint64_t> directory() {
    if (bytes.size() < endSize)
      damaged(fmt::format("{} bytes", bytes.size()));
    // A comment of up to 64 KiB may follow.
    uint64_t last = bytes.size() - endSize, least = last > 65535 ? last - 65535 : 0;
    for (uint64_t at = last + 1; at-- > least;)
      if (get<uint32_t>(at) == endOfDirectory) {
        uint64_t count = get<uint16_t>(at + 10), offset = get<uint32_t>(at + 16);
        if (at >= locatorSize && get<uint32_t>(at - locatorSize) == locator64) {
          uint64_t wide = get<uint64_t>(at - locatorSize + 8);
          piece(wide, end64Size);
          if (get<uint32_t>(wide) != endOfDirectory64)
            damaged("its 64-bit directory is not where it should be");
          count = get<uint64_t>(wide + 32);
          offset = get<uint64_t>(wide + 48);
        }
        if (count > bytes.size() / centralSize)
          damaged(fmt::format("{} entries in {} bytes", count, bytes.size()));
        return {count, offset};
      }
    damaged("it has no directory");
  }

  /// Sizes of 64 bits stand in an extra field, those of them that are all ones in 32.
  void widen(Sizes &sizes, std::string_view extra) {
    while (extra.size() >= 4) {
      uint16_t kind, length;
      std::memcpy(&kind, extra.data(), 2);
      std::memcpy(&length, extra.data() + 2, 2);
      extra.remove_prefix(4);
      if (length > extra.size())
        return;
      std::string_view field = extra.substr(0, length);
      extra.remove_prefix(length);
      if (kind != 1)
        continue;
      for (uint64_t *value : {&sizes.plain, &sizes.packed, &sizes.offset})
        if (*value == 0xffffffffu && field.size() >= 8) {
          std::memcpy(value, field.data(), 8);
          field.remove_prefix(8);
        }
    }
  }

  std::string content(const std::string &name, const Sizes &sizes, uint16_t method, uint32_t checksum) {
    auto wrong = [&](const std::string &what) { damaged(fmt::format("entry '{}': {}", name, what)); };
    if (get<uint32_t>(sizes.offset) != localHeader)
      wrong(fmt::format("nothing at {}", sizes.offset));
    uint64_t begin = sizes.offset + localSize + get<uint16_t>(sizes.offset + 26) + get<uint16_t>(sizes.offset + 28);
    std::string_view packed = piece(begin, sizes.packed);
    std::string plain;
    if (method == 0) {
      plain = packed;
    } else if (method == 8) {
      // Deflate cannot do better than 1032 to 1.
      if (sizes.plain / 1032 > sizes.packed + 64)
        wrong(fmt::format("{} bytes out of {}", sizes.plain, sizes.packed));
      plain.resize(sizes.plain);
      inflateInto(plain, packed, wrong);
    } else {
      wrong(fmt::format("packed by method {}, expected 0 (stored) or 8 (deflate)", method));
    }
    if (plain.size() != sizes.plain)
      wrong(fmt::format("{} bytes, expected {}", plain.size(), sizes.plain));
    uLong sum = 0;
    for (size_t at = 0; at < plain.size(); at += 1u << 30)
      sum = crc32(sum, reinterpret_cast<const Bytef *>(plain.data()) + at,
                  static_cast<uInt>(std::min<size_t>(plain.size() - at, 1u << 30)));
    if (sum != checksum)
      wrong("its checksum is wrong");
    return plain;
  }

  template <class Wrong> void inflateInto(std::string &plain, std::string_view packed, Wrong wrong) {
    z_stream stream{};
    if (inflateInit2(&stream, -15) != Z_OK)
      wrong("zlib does not start");
    size_t in = 0, out = 0;
    int code = Z_OK;
    while (code == Z_OK) { // zlib counts in 32 bits
      stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(packed.data() + in));
      stream.next_out = reinterpret_cast<Bytef *>(plain.data() + out);
      auto give = static_cast<uInt>(std::min<size_t>(packed.size() - in, 1u << 30)),
           room = static_cast<uInt>(std::min<size_t>(plain.size() - out, 1u << 30));
      stream.avail_in = give;
      stream.avail_out = room;
      code = inflate(&stream, Z_NO_FLUSH);
      in += give - stream.avail_in;
      out += room - stream.avail_out;
      if (code == Z_OK && stream.avail_in == give && stream.avail_out == room)
        break;
    }
    inflateEnd(&stream);
    if (code != Z_STREAM_END || out != plain.size())
      wrong("its deflated bytes are damaged");
  }
};
} // namespace

std::vector<ZipEntry> parseZip(std::string_view bytes, const std::string &where) { return Reader(bytes, where).all(); }
std::vector<ZipEntry> readZip(const std::string &path) { return parseZip(readFile(path), path); }
} // namespace dlc::data
