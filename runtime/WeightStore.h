// Weights and state of a session, by name. Frozen values stay mapped in the program; state is copied once.
// Stores share entries, so that a training step and an evaluation pass update and read the same parameters.
#pragma once
#include "runtime/Program.h"

#include <map>

namespace dlc::rt {

/// A tensor's place in a device's memory; the device derives from it.
struct DeviceCopy {
  virtual ~DeviceCopy() = default;
  uint64_t address = 0;
};

class WeightStore {
public:
  struct Entry {
    std::string name;
    fb::DType dtype;
    std::vector<int64_t> shape;
    char *data; // never written where !writable or onDevice; null where a device makes the value from `init`
    uint64_t size;
    bool writable;
    fb::Init init;
    uint64_t fill;
    std::shared_ptr<const void> keep;           // what owns data
    bool onDevice;                              // the value lives in a device's memory; `data` holds the initial one
    mutable std::shared_ptr<DeviceCopy> device; // set once, by the first plan that wants it
  };

  /// `from` may be null: its entries are taken where the name is equal; type and shape must then agree. `onDevice`: no
  /// host memory is taken.
  static Status create(std::shared_ptr<const Program>, const WeightStore *from, bool onDevice, const dlc_allocator &,
                       Log, std::shared_ptr<WeightStore> &out);

  /// Null where there is none.
  const Entry *find(std::string_view name) const;
  /// In the order of the program's weights and constants.
  char *weight(uint32_t index) const { return entries[index]->data; }
  bool writable(uint32_t index) const { return entries[index]->writable; }
  char *constant(uint32_t index) const { return constants[index]->data; }
  /// In the order of the program's.
  const std::vector<std::shared_ptr<const Entry>> &allWeights() const { return entries; }
  const std::vector<std::shared_ptr<const Entry>> &allConstants() const { return constants; }
  uint64_t stateBytes() const { return ownedState; }

private:
  std::vector<std::shared_ptr<const Entry>> entries, constants;
  std::map<std::string, std::shared_ptr<const Entry>, std::less<>> byName;
  uint64_t ownedState = 0;

  static Status make(const std::shared_ptr<const Program> &, const fb::Weight &, bool onDevice, const dlc_allocator &,
                     std::shared_ptr<const Entry> &out, uint64_t &owned);
};

/// Writes `pattern`'s low `width` bytes (1, 2, 4, 8) over and over.
void fillPattern(char *to, uint64_t size, uint64_t pattern, uint32_t width);

} // namespace dlc::rt
