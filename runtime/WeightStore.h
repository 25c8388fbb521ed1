// Weights and state of a session, by name. Frozen values stay mapped in the program; state is copied once.
// Stores share entries, so that a training step and an evaluation pass update and read the same parameters.
#pragma once
#include "runtime/Program.h"

#include <map>

namespace dlc::rt {

class WeightStore {
public:
  struct Entry {
    std::string name;
    fb::DType dtype;
    std::vector<int64_t> shape;
    char *data; // never written where !writable
    uint64_t size;
    bool writable;
    std::shared_ptr<const void> keep; // what owns data
  };

  /// `from` may be null: its entries are taken where the name is equal; type and shape must then agree.
  static Status create(std::shared_ptr<const Program>, const WeightStore *from, const dlc_allocator &, Log,
                       std::shared_ptr<WeightStore> &out);

  /// Null where there is none.
  const Entry *find(std::string_view name) const;
  /// In the order of the program's weights and constants.
  char *weight(uint32_t index) const { return entries[index]->data; }
  bool writable(uint32_t index) const { return entries[index]->writable; }
  char *constant(uint32_t index) const { return constants[index]->data; }
  uint64_t stateBytes() const { return ownedState; }

private:
  std::vector<std::shared_ptr<const Entry>> entries, constants;
  std::map<std::string, std::shared_ptr<const Entry>, std::less<>> byName;
  uint64_t ownedState = 0;

  static Status make(const std::shared_ptr<const Program> &, const fb::Weight &, const dlc_allocator &,
                     std::shared_ptr<const Entry> &out, uint64_t &owned);
};

/// Writes `pattern`'s low `width` bytes (1, 2, 4, 8) over and over.
void fillPattern(char *to, uint64_t size, uint64_t pattern, uint32_t width);

} // namespace dlc::rt
