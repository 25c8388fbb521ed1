// Compiled kernels on disk: $XDG_CACHE_HOME/dlc/kernels or ~/.cache/dlc/kernels. Threads and processes share it; each
// key is compiled by one of them while the others wait. Entries are written beside and renamed, so nobody sees half of
// one; each carries a checksum, and one that does not hold is compiled again. Where they are more than the limit, those
// that were not used for longest are removed.
#pragma once
#include "runtime/Status.h"

#include <functional>
#include <string>

namespace dlc::rt::cuda {

class KernelCache {
public:
  /// What an entry depends on. `arch`: "sm_90", "compute_80".
  struct Key {
    const std::string &text, &options, &compiler, &arch;
  };
  using Compile = std::function<Status(std::string &out)>;

  static constexpr uint64_t defaultLimit = 1ull << 30; // bytes

  /// In `folder`; made at first use. `limit` holds roughly: every sixteenth entry looks.
  explicit KernelCache(std::string folder, uint64_t limit = defaultLimit) : folder(std::move(folder)), limit(limit) {}
  /// Where this user's lies; empty where neither XDG_CACHE_HOME nor HOME is set.
  static std::string defaultFolder();

  /// The entry of `key`, made by `compile` where there is none. A folder that cannot be used is logged and done
  /// without.
  Status get(const Key &, const Compile &, Log, std::string &out) const;

  /// What lies there, for `dlc doctor`.
  struct State {
    std::string folder;
    bool exists = false, writable = false;
    uint64_t entries = 0, bytes = 0, damaged = 0;
    std::string problem; // why it cannot be used; empty where it can
  };
  State inspect() const;

  /// The file's name for a key.
  static std::string entryName(const Key &);

private:
  std::string folder;
  uint64_t limit;
};

} // namespace dlc::rt::cuda
