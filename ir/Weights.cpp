#include "ir/Weights.h"
#include "ir/Dialect.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

namespace dlc {

static constexpr StringLiteral memoryFile = "memory";

struct WeightStore::Impl {
  /// Blocks never move once they are added: readers keep pointers into them.
  std::vector<std::unique_ptr<char[]>> blocks;
  std::map<uint64_t, std::pair<const char *, uint64_t>> memory; // offset -> bytes
  uint64_t memorySize = 0;
  llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> files;
  std::vector<std::string> folders;

  llvm::Expected<llvm::MemoryBuffer *> map(StringRef name) {
    auto it = files.find(name);
    if (it != files.end())
      return it->second.get();
    SmallVector<std::string> candidates;
    if (llvm::sys::path::is_relative(name))
      for (const std::string &folder : folders) {
        SmallString<128> path(folder);
        llvm::sys::path::append(path, name);
        candidates.push_back(path.str().str());
      }
    candidates.push_back(name.str());
    for (const std::string &path : candidates) {
      auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
      if (buffer)
        return (files[name] = std::move(*buffer)).get();
    }
    return llvm::createStringError("weights file '" + name.str() + "' cannot be read; looked for " +
                                   llvm::join(candidates, ", "));
  }
};

WeightStore::WeightStore() : impl(std::make_unique<Impl>()) {}
WeightStore::~WeightStore() = default;

std::string WeightStore::hash(ArrayRef<char> bytes) {
  uint64_t value = llvm::xxHash64(StringRef(bytes.data(), bytes.size()));
  return llvm::utohexstr(value, /*LowerCase=*/true, /*Width=*/16);
}

BlobAttr WeightStore::add(MLIRContext *context, ArrayRef<char> bytes) {
  // Blocks are 64-byte aligned so that they can be used in place.
  auto block = std::make_unique<char[]>(bytes.size() + 64);
  char *aligned = reinterpret_cast<char *>((reinterpret_cast<uintptr_t>(block.get()) + 63) & ~uintptr_t(63));
  std::copy(bytes.begin(), bytes.end(), aligned);
  uint64_t offset = impl->memorySize;
  impl->memory[offset] = {aligned, bytes.size()};
  impl->memorySize += std::max<uint64_t>((bytes.size() + 63) & ~uint64_t(63), 64);
  impl->blocks.push_back(std::move(block));
  return BlobAttr::get(context, memoryFile, offset, bytes.size(), hash(bytes));
}

llvm::Expected<BlobAttr> WeightStore::addFile(MLIRContext *context, StringRef path, uint64_t offset, uint64_t size,
                                              StringRef hashText) {
  auto blob = BlobAttr::get(context, path, offset, size, hashText);
  auto bytes = read(blob);
  if (!bytes)
    return bytes.takeError();
  return hashText.empty() ? BlobAttr::get(context, path, offset, size, hash(*bytes)) : blob;
}

void WeightStore::addSearchFolder(StringRef folder) {
  if (!llvm::is_contained(impl->folders, folder))
    impl->folders.push_back(folder.str());
}

llvm::Expected<ArrayRef<char>> WeightStore::read(BlobAttr blob) {
  if (blob.getFile() == memoryFile) {
    auto it = impl->memory.find(blob.getOffset());
    if (it == impl->memory.end() || it->second.second < blob.getSize())
      return llvm::createStringError("weight refers to memory that is not there (offset " +
                                     llvm::Twine(blob.getOffset()) + "); it was dumped without its weights.bin");
    return ArrayRef<char>(it->second.first, blob.getSize());
  }
  auto buffer = impl->map(blob.getFile());
  if (!buffer)
    return buffer.takeError();
  uint64_t fileSize = (*buffer)->getBufferSize();
  if (blob.getOffset() > fileSize || blob.getSize() > fileSize - blob.getOffset())
    return llvm::createStringError("weights file '" + blob.getFile().str() + "' has " + llvm::Twine(fileSize) +
                                   " bytes, but a weight wants " + llvm::Twine(blob.getSize()) + " at " +
                                   llvm::Twine(blob.getOffset()));
  return ArrayRef<char>((*buffer)->getBufferStart() + blob.getOffset(), blob.getSize());
}

} // namespace dlc
