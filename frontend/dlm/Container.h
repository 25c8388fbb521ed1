// The container of a .dlm: header, model table, weights; every section checked before it is used.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdint>
#include <string>

namespace dlc::dlm {

inline constexpr char magic[9] = "DLM\x01\r\n\x1a\n";
inline constexpr uint32_t containerVersion = 1;
inline constexpr uint64_t alignment = 64; // of sections, and of weights within theirs (Pieces.h)

// Little endian, like everything in the file.
struct Section {
  char name[8];
  uint64_t offset, size, hash;
};
struct Header {
  char magic[8];
  uint32_t version, sections;
  uint64_t fileSize;
  uint64_t hash; // XXH64 of the header with this field 0
  Section model, weights;
  char reserved[32];
};
static_assert(sizeof(Header) == 128);

/// Checks everything that can be checked without knowing the table: sizes, checksums. False with one line in error
/// that names the file and the section.
bool checkContainer(llvm::StringRef path, llvm::StringRef bytes, Header &header, std::string &error);
/// True for files that begin like a .dlm, damaged or not.
bool looksLikeDlm(llvm::StringRef bytes);

} // namespace dlc::dlm

namespace dlc {
/// Null after a diagnostic of one line.
mlir::OwningOpRef<mlir::ModuleOp> loadDlm(mlir::MLIRContext &context, llvm::StringRef path);
/// Reports what cannot be stored (anything but graph-stage operators), and fails.
mlir::LogicalResult writeDlm(mlir::ModuleOp module, llvm::raw_ostream &out);
} // namespace dlc
