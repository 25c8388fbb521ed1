// .dlm files put together from their parts, with checksums that hold.
#pragma once
#include "frontend/dlm/Container.h"
#include "frontend/model_generated.h"
#include "llvm/Support/xxhash.h"
#include <cstring>
#include <optional>

namespace dlc::fuzz {

/// The bytes as a container whose checksums hold: header, a model section as long as the header says, weights.
inline std::optional<std::string> repaired(llvm::StringRef bytes) {
  dlm::Header header;
  if (bytes.size() < sizeof header)
    return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  llvm::StringRef rest = bytes.drop_front(sizeof header);
  uint64_t model = std::min<uint64_t>(header.model.size, rest.size());
  std::memcpy(header.magic, dlm::magic, sizeof header.magic);
  header.version = dlm::containerVersion;
  header.fileSize = bytes.size();
  header.model.offset = sizeof header;
  header.model.size = model;
  header.model.hash = llvm::xxHash64(rest.take_front(model));
  header.weights.offset = sizeof header + model;
  header.weights.size = rest.size() - model;
  header.weights.hash = llvm::xxHash64(rest.drop_front(model));
  header.hash = 0;
  header.hash = llvm::xxHash64(llvm::StringRef(reinterpret_cast<const char *>(&header), sizeof header));
  std::string whole = bytes.str();
  std::memcpy(whole.data(), &header, sizeof header);
  return whole;
}

/// The table of a file whose container is whole; null where it is not well-formed.
inline std::unique_ptr<dlm::ModelT> unpack(llvm::StringRef file) {
  dlm::Header header;
  std::memcpy(&header, file.data(), sizeof header);
  const auto *table = reinterpret_cast<const uint8_t *>(file.data()) + sizeof header;
  flatbuffers::Verifier verifier(table, header.model.size, 256);
  return dlm::VerifyModelBuffer(verifier) ? std::unique_ptr<dlm::ModelT>(dlm::GetModel(table)->UnPack()) : nullptr;
}

/// `file` with another table; its weights stay.
inline std::string repack(llvm::StringRef file, const dlm::ModelT &model) {
  flatbuffers::FlatBufferBuilder b;
  dlm::FinishModelBuffer(b, dlm::Model::Pack(b, &model));
  dlm::Header header;
  std::memcpy(&header, file.data(), sizeof header);
  std::string made = file.take_front(sizeof header).str();
  made.append(reinterpret_cast<const char *>(b.GetBufferPointer()), b.GetSize());
  made.resize((made.size() + 63) / 64 * 64);
  llvm::StringRef weights = file.drop_front(header.weights.offset);
  header.model.size = made.size() - sizeof header;
  made.append(weights.begin(), weights.end());
  std::memcpy(made.data(), &header, sizeof header);
  return *repaired(made);
}

} // namespace dlc::fuzz
