// A .dlx file in memory: mapped, every checksum verified, every index checked. Immutable, shared by sessions.
#pragma once
#include "runtime/Container.h"
#include "runtime/Memory.h"
#include "runtime/executable_generated.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dlc::rt {

struct SectionView {
  std::string name;
  const char *data;
  uint64_t offset, size, checksum;
};

class Program {
public:
  ~Program();
  Program(const Program &) = delete;
  Program &operator=(const Program &) = delete;

  /// Options as in dlc.h, already completed to the current size.
  static Status fromFile(const char *path, const dlc_load_options &, std::shared_ptr<const Program> &out);
  /// `data` must stay; it is copied only where it is not 64-byte aligned.
  static Status fromMemory(const void *data, uint64_t size, const dlc_load_options &,
                           std::shared_ptr<const Program> &out);

  const fb::Program &table() const { return *root; }
  const std::string &path() const { return name; }
  uint64_t fileSize() const { return size; }
  /// Whether the loader forbade native code.
  bool noNative() const { return !native; }
  const std::vector<SectionView> &sections() const { return parts; }
  /// Null where there is none of that name.
  const SectionView *section(std::string_view name) const;
  /// Initial bytes of a weight or constant that is given by value.
  const char *initial(const fb::Weight &w) const { return weights ? weights->data + w.offset() : nullptr; }

private:
  Program() = default;
  Status open();
  Status readContainer();
  Status check() const;
  using Tensors = flatbuffers::Vector<flatbuffers::Offset<fb::Tensor>>;
  Status checkPlan(const fb::Variant &, const Tensors *derived, const std::string &at) const;
  Status bad(const std::string &section, const std::string &what) const;

  std::string name; // path, or "<memory>"
  const char *base = nullptr;
  uint64_t size = 0;
  bool mapped = false, native = true;
  Block copy;
  std::vector<SectionView> parts;
  const SectionView *weights = nullptr;
  const fb::Program *root = nullptr;
};

/// Bits of an element; 0 for what is no type.
unsigned bitWidth(fb::DType);
const char *dtypeName(fb::DType);
/// Bytes of a dense tensor; UINT64_MAX where a dimension is negative or the size overflows.
uint64_t byteSize(fb::DType, const flatbuffers::Vector<int64_t> &shape);

} // namespace dlc::rt
