// One library step as a oneDNN primitive, made at load.
#pragma once
#include "runtime/Device.h"

namespace dlc::rt {

class LibraryCall {
public:
  virtual ~LibraryCall() = default;
  /// Null, with `why`, where oneDNN is absent or has no fast implementation: the step's fallback runs then.
  static std::unique_ptr<LibraryCall> create(const fb::Step &, std::string &why);

  /// Sets the memory of the step's argument `arg`.
  virtual void bind(uint32_t arg, char *data) = 0;
  /// Working memory that execute() needs; calls that do not run at the same time may share it.
  virtual uint64_t scratchBytes() const = 0;
  virtual void bindScratch(char *data) = 0;
  /// False: oneDNN failed.
  virtual bool execute() = 0;
  /// "oneDNN brg:avx512_core"
  virtual std::string implementation() const = 0;
};

/// "oneDNN 2.6.3", or why there is none.
std::string describeLibrary();

} // namespace dlc::rt
