#include "frontend/dlm/Container.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/xxhash.h"
#include <cstring>

namespace dlc::dlm {

bool looksLikeDlm(llvm::StringRef bytes) { return bytes.starts_with("DLM"); }

bool checkContainer(llvm::StringRef path, llvm::StringRef bytes, Header &header, std::string &error) {
  auto fail = [&](llvm::StringRef section, const llvm::Twine &reason) {
    error = (path + ": section '" + section + "': " + reason).str();
    return false;
  };
  if (bytes.size() < sizeof(Header))
    return fail("header", "truncated: " + llvm::Twine(bytes.size()) + " bytes of " + llvm::Twine(sizeof(Header)));
  std::memcpy(&header, bytes.data(), sizeof(Header));
  if (std::memcmp(header.magic, magic, sizeof(header.magic)) != 0)
    return fail("header", "not a .dlm file (it does not begin as one)");
  if (header.version != containerVersion)
    return fail("header", "container version " + llvm::Twine(header.version) + ", but this dlc reads version " +
                              llvm::Twine(containerVersion) + " (damaged, or from a newer dlc)");
  Header cleared = header;
  cleared.hash = 0;
  if (llvm::xxHash64(llvm::StringRef(reinterpret_cast<const char *>(&cleared), sizeof(cleared))) != header.hash)
    return fail("header", "checksum does not match; the file is damaged");
  // The sections tile the file, so that every byte is under some checksum.
  uint64_t at = sizeof(Header);
  for (const Section *section : {&header.model, &header.weights}) {
    llvm::StringRef name(section->name, strnlen(section->name, sizeof(section->name)));
    if (section->offset != at || section->size > header.fileSize - at)
      return fail(name, "does not lie where it should; the file is damaged");
    if (bytes.size() < at + section->size)
      return fail(name,
                  "truncated: the file has " + llvm::Twine(bytes.size()) + " bytes of " + llvm::Twine(header.fileSize));
    if (llvm::xxHash64(bytes.substr(at, section->size)) != section->hash)
      return fail(name, "checksum does not match; the file is damaged");
    at += section->size;
  }
  if (bytes.size() != at || header.fileSize != at)
    return fail("weights", llvm::Twine(bytes.size() - at) + " bytes too many behind it; the file is damaged");
  return true;
}

} // namespace dlc::dlm
