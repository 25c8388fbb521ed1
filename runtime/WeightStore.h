// Weights and state of a session, by name. Frozen values stay mapped in the program; state is copied once; derived
// values are computed once by the variant's init. Stores share entries, so that a training step and an evaluation pass
// update and read the same parameters.
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
    char *data; // never written where !writable or onDevice; null where a device makes the value itself
    uint64_t size;
    bool writable;
    fb::Init init;
    uint64_t fill;
    std::shared_ptr<const void> keep;           // what owns data
    bool derived;                               // frozen, but made by a variant's init
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
  /// In the order of the variant's derived weights.
  char *derived(uint32_t index) const { return derivedEntries[index]->data; }
  /// In the order of the program's, or of the variant's.
  const std::vector<std::shared_ptr<const Entry>> &allWeights() const { return entries; }
  const std::vector<std::shared_ptr<const Entry>> &allConstants() const { return constants; }
  const std::vector<std::shared_ptr<const Entry>> &allDerived() const { return derivedEntries; }
  uint64_t stateBytes() const { return ownedState; }

  using Entries = std::vector<std::shared_ptr<const Entry>>;
  /// The entries that buffers of this kind name; null for kinds whose memory is not the store's.
  const Entries *ofKind(fb::BufferKind) const;

  /// Whether every frozen value is `program`'s own, so that what is derived from them is the program's, too.
  bool isAllOf(const Program &program) const;
  /// Entries of that name that another store has already, or null.
  std::shared_ptr<const Entry> findDerived(const fb::Tensor &) const;
  /// Entries without a value yet, in host memory where `onDevice` is false; their memory is the caller's to fill.
  static Status makeDerived(const fb::Variant &, bool onDevice, const dlc_allocator &, Entries &out);
  void setDerived(Entries list) { derivedEntries = std::move(list); }
  /// Something that must live as long as the store.
  void keep(std::shared_ptr<const void> what) { kept = std::move(what); }
  /// The same values for one run of a variant's init: on a device they get memory of their own, which goes with it.
  std::shared_ptr<WeightStore> forInit() const;

private:
  std::vector<std::shared_ptr<const Entry>> entries, constants, derivedEntries;
  std::map<std::string, std::shared_ptr<const Entry>, std::less<>> byName;
  std::shared_ptr<const void> kept;
  uint64_t ownedState = 0;

  static Status make(const std::shared_ptr<const Program> &, const fb::Weight &, bool onDevice, const dlc_allocator &,
                     std::shared_ptr<const Entry> &out, uint64_t &owned);
};

/// Writes `pattern`'s low `width` bytes (1, 2, 4, 8) over and over.
void fillPattern(char *to, uint64_t size, uint64_t pattern, uint32_t width);

} // namespace dlc::rt
