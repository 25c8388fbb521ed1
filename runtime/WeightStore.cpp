#include "runtime/WeightStore.h"

#include <algorithm>
#include <cstring>

namespace dlc::rt {
namespace {

std::string typeText(fb::DType t, const int64_t *shape, size_t rank) {
  std::string s;
  for (size_t i = 0; i != rank; ++i)
    s += std::to_string(shape[i]) + "x";
  return s + dtypeName(t);
}

template <class T> void fillAs(char *to, uint64_t size, uint64_t pattern) {
  T value = static_cast<T>(pattern);
  for (uint64_t i = 0; i + sizeof(T) <= size; i += sizeof(T))
    std::memcpy(to + i, &value, sizeof(T));
}

} // namespace

void fillPattern(char *to, uint64_t size, uint64_t pattern, uint32_t width) {
  if (width == 8)
    fillAs<uint64_t>(to, size, pattern);
  else if (width == 4)
    fillAs<uint32_t>(to, size, pattern);
  else if (width == 2)
    fillAs<uint16_t>(to, size, pattern);
  else if (size)
    std::memset(to, int(pattern & 0xff), size);
}

Status WeightStore::make(const std::shared_ptr<const Program> &program, const fb::Weight &w, bool onDevice,
                         const dlc_allocator &allocator, std::shared_ptr<const Entry> &out, uint64_t &owned) {
  auto entry = std::make_shared<Entry>();
  entry->name = w.name()->str();
  entry->dtype = w.dtype();
  entry->shape.assign(w.shape()->begin(), w.shape()->end());
  entry->size = w.size();
  entry->writable = w.role() == fb::Role::State;
  entry->init = w.init();
  entry->fill = w.fill();
  entry->onDevice = onDevice;
  entry->derived = false;
  entry->data = nullptr;
  if (onDevice) {
    entry->data = w.init() == fb::Init::Values ? const_cast<char *>(program->initial(w)) : nullptr;
    entry->keep = program;
    owned += entry->writable ? w.size() : 0;
  } else if (!entry->writable && w.init() == fb::Init::Values) {
    entry->data = const_cast<char *>(program->initial(w));
    entry->keep = program;
  } else {
    auto block = std::make_shared<Block>();
    DLC_TRY(Block::allocate(allocator, w.size(), w.init() == fb::Init::Zeros, "weights and state", *block));
    if (w.init() == fb::Init::Values && w.size())
      std::memcpy(block->data(), program->initial(w), w.size());
    else if (w.init() == fb::Init::Fill)
      fillPattern(block->data(), w.size(), w.fill(), bitWidth(w.dtype()) / 8);
    entry->data = block->data();
    entry->keep = block;
    owned += w.size();
  }
  out = std::move(entry);
  return {};
}

Status WeightStore::create(std::shared_ptr<const Program> program, const WeightStore *from, bool onDevice,
                           const dlc_allocator &allocator, Log log, std::shared_ptr<WeightStore> &out) {
  auto store = std::make_shared<WeightStore>();
  size_t shared = 0;
  for (const fb::Weight *w : *program->table().weights()) {
    std::shared_ptr<const Entry> entry;
    if (from)
      if (auto it = from->byName.find(w->name()->string_view()); it != from->byName.end())
        entry = it->second;
    if (entry) {
      bool equal = entry->dtype == w->dtype() && entry->shape.size() == w->shape()->size() &&
                   std::equal(entry->shape.begin(), entry->shape.end(), w->shape()->begin());
      if (!equal)
        return {DLC_INVALID_ARGUMENT,
                "weight '" + entry->name + "' is " + typeText(entry->dtype, entry->shape.data(), entry->shape.size()) +
                    " in the session that it should be shared with, and " +
                    typeText(w->dtype(), w->shape()->data(), w->shape()->size()) + " here",
                program->path()};
      if (w->role() == fb::Role::State && !entry->writable)
        return {DLC_INVALID_ARGUMENT,
                "'" + entry->name +
                    "' is state here, but a frozen weight in the session that it should be shared with: "
                    "create the session that trains first",
                program->path()};
      // What is mapped from the file is the same everywhere; what a device holds or changes is there alone.
      if (entry->onDevice != onDevice && (entry->writable || entry->init != fb::Init::Values))
        return {
            DLC_INVALID_ARGUMENT,
            "'" + entry->name + "' lives in " + (onDevice ? "the host's" : "a device's") +
                " memory, in the session that it should be shared with: sessions that share state run on one device",
            program->path()};
      ++shared;
    } else {
      DLC_TRY(make(program, *w, onDevice, allocator, entry, store->ownedState));
    }
    store->byName.emplace(entry->name, entry);
    store->entries.push_back(std::move(entry));
  }
  for (const fb::Weight *w : *program->table().constants()) {
    std::shared_ptr<const Entry> entry;
    DLC_TRY(make(program, *w, onDevice, allocator, entry, store->ownedState));
    store->constants.push_back(std::move(entry));
  }
  if (from)
    log(DLC_LOG_DEBUG, program->path() + ": " + std::to_string(shared) + " of " +
                           std::to_string(store->entries.size()) + " weights shared with another session");
  out = std::move(store);
  return {};
}

const WeightStore::Entries *WeightStore::ofKind(fb::BufferKind kind) const {
  switch (kind) {
  case fb::BufferKind::Weight:
  case fb::BufferKind::State:
    return &entries;
  case fb::BufferKind::Constant:
    return &constants;
  case fb::BufferKind::Derived:
    return &derivedEntries;
  case fb::BufferKind::Input:
  case fb::BufferKind::Output:
  case fb::BufferKind::Arena:
    return nullptr;
  }
  return nullptr;
}

bool WeightStore::isAllOf(const Program &program) const {
  return std::all_of(entries.begin(), entries.end(),
                     [&](const auto &e) { return !e->writable && e->keep.get() == &program; });
}

std::shared_ptr<const WeightStore::Entry> WeightStore::findDerived(const fb::Tensor &t) const {
  for (const auto &e : derivedEntries)
    if (e->name == t.name()->string_view() && e->dtype == t.dtype() && e->shape.size() == t.shape()->size() &&
        std::equal(e->shape.begin(), e->shape.end(), t.shape()->begin()))
      return e;
  return nullptr;
}

Status WeightStore::makeDerived(const fb::Variant &variant, bool onDevice, const dlc_allocator &allocator,
                                Entries &out) {
  for (const fb::Tensor *t : *variant.derived()) {
    auto entry = std::make_shared<Entry>();
    entry->name = t->name()->str();
    entry->dtype = t->dtype();
    entry->shape.assign(t->shape()->begin(), t->shape()->end());
    entry->size = byteSize(t->dtype(), *t->shape());
    entry->writable = false;
    entry->init = fb::Init::Zeros;
    entry->fill = 0;
    entry->derived = true;
    entry->onDevice = onDevice;
    entry->data = nullptr;
    if (!onDevice) {
      auto block = std::make_shared<Block>();
      DLC_TRY(Block::allocate(allocator, entry->size, false, "derived weights", *block));
      entry->data = block->data();
      entry->keep = block;
    }
    out.push_back(std::move(entry));
  }
  return {};
}

std::shared_ptr<WeightStore> WeightStore::forInit() const {
  auto store = std::make_shared<WeightStore>();
  store->derivedEntries = derivedEntries;
  for (auto [from, to] : {std::pair(&entries, &store->entries), {&constants, &store->constants}})
    for (const auto &e : *from) {
      auto copy = std::make_shared<Entry>(*e);
      copy->device = nullptr;
      to->push_back(std::move(copy));
    }
  return store;
}

const WeightStore::Entry *WeightStore::find(std::string_view name) const {
  auto it = byName.find(name);
  return it == byName.end() ? nullptr : it->second.get();
}

} // namespace dlc::rt
