// Bytes of weights, kept out of the IR: files are mapped once and shared, never copied into attributes.
#pragma once
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace mlir {
class MLIRContext;
}

namespace dlc {
class BlobAttr;

/// Owned by the dialect of one context. Not thread-safe while blobs are added; reading is.
class WeightStore {
public:
  WeightStore();
  ~WeightStore();

  /// Keeps a copy of `bytes` under the in-memory file `memory` and returns the attribute that refers to it.
  BlobAttr add(mlir::MLIRContext *context, llvm::ArrayRef<char> bytes);
  /// Refers to bytes of a file on disk, which is mapped now; an error names the file. The hash is computed if empty.
  llvm::Expected<BlobAttr> addFile(mlir::MLIRContext *context, llvm::StringRef path, uint64_t offset, uint64_t size,
                                   llvm::StringRef hash = "");
  /// Relative file names in dumps are looked for in this folder.
  void addSearchFolder(llvm::StringRef folder);
  /// The bytes; an error names the file and what is wrong with it. Valid as long as the store is.
  llvm::Expected<llvm::ArrayRef<char>> read(BlobAttr blob);
  /// XXH64 as 16 hexadecimal digits.
  static std::string hash(llvm::ArrayRef<char> bytes);

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};
} // namespace dlc
