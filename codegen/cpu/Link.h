// Linking in process, with lld.
#pragma once
#include "mlir/Support/LogicalResult.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace dlc {
/// One ELF object (bytes) to a shared object (bytes) that needs libc.so.6 and libm.so.6. On failure `error` holds lld's words.
mlir::FailureOr<std::vector<char>> linkSharedObject(llvm::StringRef object, std::string &error);
} // namespace dlc
