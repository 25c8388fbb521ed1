// Weights and state of a session to a file and back.
#include "runtime/DurableFile.h"
#include "runtime/Safetensors.h"
#include "runtime/Session.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dlc::rt {
namespace {

constexpr const char *noteKey = "note";

/// What a step of training shows its reader, and does not read itself.
bool isShown(const std::string &name) { return name == "train.lr" || name == "train.grad_norm"; }

struct File {
  std::string path;
  int descriptor = -1;
  uint64_t size = 0, data = 0; ///< where the tensors begin
  SafetensorsHeader header;

  ~File() {
    if (descriptor >= 0)
      close(descriptor);
  }
  Status open(const char *name);
  Status read(void *to, uint64_t bytes, uint64_t offset) const;
};

Status File::read(void *to, uint64_t bytes, uint64_t offset) const {
  for (char *at = static_cast<char *>(to); bytes;) {
    ssize_t n = pread(descriptor, at, bytes < 1 << 30 ? bytes : 1 << 30, off_t(offset));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return {DLC_IO, std::string("cannot be read: ") + (n ? std::strerror(errno) : "it has become shorter"), path};
    at += n;
    offset += uint64_t(n);
    bytes -= uint64_t(n);
  }
  return {};
}

Status File::open(const char *name) {
  path = name;
  descriptor = ::open(name, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (descriptor < 0 || fstat(descriptor, &info))
    return {DLC_IO, std::string("cannot open: ") + std::strerror(errno), path};
  if (!S_ISREG(info.st_mode))
    return {DLC_IO, "is no regular file", path};
  size = uint64_t(info.st_size);
  char first[8];
  uint64_t length = 0;
  uint64_t there = size < 8 ? size : 8;
  DLC_TRY(read(first, there, 0));
  DLC_TRY(safetensorsLength({first, there}, size, path, length));
  std::string json(length, '\0');
  DLC_TRY(read(json.data(), length, 8));
  data = 8 + length;
  return parseSafetensors(json, size - data, path, header);
}

std::string describe(const WeightStore::Entry &e) {
  std::string text;
  for (int64_t d : e.shape)
    text += std::to_string(d) + "x";
  return text + dtypeName(e.dtype);
}

/// Whether bytes of the file are the entry's; of frozen weights, whose values cannot be set.
Status sameValues(Plan &plan, const WeightStore::Entry &entry, const File &file, const StoredTensor &stored) {
  std::string is(entry.size, '\0'), was(entry.size, '\0');
  DLC_TRY(plan.read(entry, is.data()));
  DLC_TRY(file.read(was.data(), entry.size, file.data + stored.begin));
  if (is == was)
    return {};
  return {DLC_INVALID_ARGUMENT,
          "'" + entry.name +
              "' has other values than here, where it is frozen: compile the program from the model with the values of "
              "this file, or without freezing it",
          file.path};
}

} // namespace

Status Session::save(const char *path, const char *note) const {
  SafetensorsHeader header;
  if (note)
    header.metadata[noteKey] = note;
  for (const auto &entry : weights->allWeights()) {
    if (isShown(entry->name))
      continue;
    if (inSafetensors(entry->dtype))
      header.tensors.push_back({entry->name, entry->dtype, entry->shape, 0, 0});
    else if (entry->writable)
      return {DLC_UNSUPPORTED, "'" + entry->name + "' is " + describe(*entry) + ", which safetensors cannot hold",
              source->path()};
  }
  std::string text;
  DLC_TRY(layOutSafetensors(header, path, text));
  DurableFile file;
  DLC_TRY(file.begin(path));
  DLC_TRY(file.write(text.data(), text.size()));
  std::string bytes;
  for (const StoredTensor &tensor : header.tensors) {
    bytes.resize(tensor.end - tensor.begin);
    DLC_TRY(plan->read(*weights->find(tensor.name), bytes.data()));
    DLC_TRY(file.write(bytes.data(), bytes.size()));
  }
  return file.commit();
}

Status Session::load(const char *path, dlc_take take) {
  if (take != DLC_TAKE_ALL && take != DLC_TAKE_FOUND)
    return {DLC_INVALID_ARGUMENT, "take is " + std::to_string(int(take)) + ", which is none of dlc_take", path};
  File file;
  DLC_TRY(file.open(path));
  std::map<std::string_view, const StoredTensor *> byName;
  for (const StoredTensor &t : file.header.tensors)
    byName[t.name] = &t;
  // All is looked at before anything is changed.
  std::vector<std::pair<const WeightStore::Entry *, const StoredTensor *>> taken;
  size_t states = 0;
  for (const auto &entry : weights->allWeights()) {
    if (isShown(entry->name))
      continue;
    auto found = byName.find(entry->name);
    states += entry->writable;
    if (found == byName.end()) {
      if (entry->writable && take == DLC_TAKE_ALL)
        return {DLC_INVALID_ARGUMENT, "has no '" + entry->name + "', which the program keeps as state", file.path};
      continue;
    }
    const StoredTensor &stored = *found->second;
    if (stored.dtype != entry->dtype || stored.shape != entry->shape)
      return {DLC_INVALID_ARGUMENT,
              "'" + entry->name + "' is " + describe(stored.dtype, stored.shape) + ", but the program has " +
                  describe(*entry),
              file.path};
    if (entry->writable)
      taken.push_back({entry.get(), &stored});
    else
      DLC_TRY(sameValues(*plan, *entry, file, stored));
  }
  if (!states)
    return {DLC_INVALID_ARGUMENT,
            "the program keeps no state that a file could set (dlc compile --loss makes a step "
            "of training)",
            source->path()};
  if (taken.empty())
    return {DLC_INVALID_ARGUMENT,
            "none of its " + std::to_string(byName.size()) + " tensors has the name of a state of the program",
            file.path};
  std::string bytes;
  for (auto [entry, stored] : taken) {
    bytes.resize(entry->size);
    DLC_TRY(file.read(bytes.data(), bytes.size(), file.data + stored->begin));
    DLC_TRY(plan->write(*entry, bytes.data()));
  }
  auto note = file.header.metadata.find(noteKey);
  loadedNote = note == file.header.metadata.end() ? "" : note->second;
  return {};
}

} // namespace dlc::rt
