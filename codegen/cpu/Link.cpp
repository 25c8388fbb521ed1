// lld as a library. It keeps global state, so calls are serialised; it wants files, so a private temporary folder lends them.
#include "codegen/cpu/Link.h"
#include "lld/Common/CommonLinkerContext.h"
#include "lld/Common/Driver.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <mutex>

LLD_HAS_DRIVER(elf)

namespace dlc {

namespace {
struct TemporaryFolder {
  llvm::SmallString<128> path;
  std::error_code error = llvm::sys::fs::createUniqueDirectory("dlc-link", path);
  ~TemporaryFolder() {
    if (!error)
      llvm::sys::fs::remove_directories(path);
  }
  std::string file(llvm::StringRef name) const {
    llvm::SmallString<128> full(path);
    llvm::sys::path::append(full, name);
    return full.str().str();
  }
};
} // namespace

static bool lldLink(std::vector<const char *> args, std::string &error) {
  llvm::raw_string_ostream err(error);
  bool ok = lld::elf::link(args, llvm::nulls(), err, /*exitEarly=*/false, /*disableOutput=*/false);
  lld::CommonLinkerContext::destroy();
  return ok;
}

mlir::FailureOr<std::vector<char>> linkSharedObject(llvm::StringRef object, std::string &error) {
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  TemporaryFolder folder;
  if (folder.error) {
    error = "cannot create a temporary folder: " + folder.error.message();
    return mlir::failure();
  }
  std::string input = folder.file("kernels.o"), output = folder.file("kernels.so");
  {
    std::error_code ec;
    llvm::raw_fd_ostream os(input, ec);
    os << object;
    os.close();
    if (ec || os.has_error()) {
      error = "cannot write " + input;
      os.clear_error();
      return mlir::failure();
    }
  }
  // Empty libraries stand in for libc and libm, so that the result names them whatever machine it is built on.
  std::string libm = folder.file("libm.so"), libc = folder.file("libc.so"), empty = folder.file("empty.s");
  auto stub = [&](const std::string &path, const char *soname) {
    std::string script = folder.file("empty.ld");
    std::error_code ec;
    llvm::raw_fd_ostream os(script, ec);
    os << "";
    os.close();
    return !ec && lldLink({"ld.lld", "-shared", "-m", "elf_x86_64", "-soname", soname, "--build-id=none", "--threads=1", "-o", path.c_str(),
                           script.c_str()},
                          error);
  };
  if (!stub(libm, "libm.so.6") || !stub(libc, "libc.so.6"))
    return mlir::failure();
  if (!lldLink({"ld.lld", "-shared", "-m", "elf_x86_64", "--build-id=none", "--hash-style=gnu", "--threads=1", "-z", "now", "-z", "noexecstack",
                "--gc-sections", "--strip-all", "--no-as-needed", "-o", output.c_str(), input.c_str(), libm.c_str(), libc.c_str()},
               error))
    return mlir::failure();
  auto buffer = llvm::MemoryBuffer::getFile(output, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer) {
    error = "cannot read " + output;
    return mlir::failure();
  }
  llvm::StringRef bytes = (*buffer)->getBuffer();
  return std::vector<char>(bytes.begin(), bytes.end());
}

} // namespace dlc
