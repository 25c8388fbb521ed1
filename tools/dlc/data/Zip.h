// Zip files, as numpy.savez writes them: stored or deflated, sizes of 32 or 64 bits.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace dlc::data {
struct ZipEntry {
  std::string name, bytes;
};
/// All entries. Lengths and checksums are checked. Throws Error.
std::vector<ZipEntry> parseZip(std::string_view bytes, const std::string &where);
std::vector<ZipEntry> readZip(const std::string &path);
} // namespace dlc::data
