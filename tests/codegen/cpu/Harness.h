// Compiles kernel functions from text, opens the shared object and runs it on buffers that end at an unreadable page.
#pragma once
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dlc::test {

/// Memory whose last byte is followed by a page that nothing may touch. 64-byte aligned where the size allows it.
class Guarded {
public:
  explicit Guarded(size_t bytes);
  ~Guarded();
  Guarded(const Guarded &) = delete;
  Guarded(Guarded &&other) noexcept;
  void *data() const { return start; }
  size_t size() const { return bytes; }

private:
  void *mapping = nullptr;
  size_t mapped = 0;
  void *start = nullptr;
  size_t bytes = 0;
};

class Module {
public:
  /// Compiles every kernel of `text` for a CPU level; fails the running test with the diagnostics.
  static std::unique_ptr<Module> compile(const std::string &text, const std::string &cpuLevel);
  ~Module();
  /// Runs kernel `name`, its work cut at the given unit numbers.
  void run(const std::string &name, const std::vector<void *> &buffers, const std::vector<int64_t> &cuts = {});
  int64_t attribute(const std::string &name, const std::string &attr);
  /// The attribute as text; empty if there is none.
  std::string printed(const std::string &name, const std::string &attr);
  std::string remarks;
  /// What was compiled, as text: "asm", "ir" or "optimized".
  std::string text(const std::string &kind);
  std::vector<char> image;

private:
  std::string level;
  struct State;
  std::unique_ptr<State> state;
};

/// The CPU levels that this machine can run.
std::vector<std::string> runnableLevels();

} // namespace dlc::test
