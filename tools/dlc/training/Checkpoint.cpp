#include "tools/dlc/training/Checkpoint.h"
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <zlib.h>

namespace dlc::cli {
namespace fs = std::filesystem;
namespace {
constexpr const char *key = "dlc", *prefix = "step-", *ending = ".safetensors";

constexpr const char *checks = "crc32"; ///< in the description: each tensor's

uint32_t checkOf(const data::Tensor &tensor) {
  auto at = reinterpret_cast<const Bytef *>(tensor.bytes.data());
  return static_cast<uint32_t>(crc32_z(0, at, tensor.bytes.size()));
}

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

Checkpoint::Json describe(const std::map<std::string, std::string> &metadata, const std::string &path) {
  auto entry = metadata.find(key);
  auto json = entry == metadata.end() ? Checkpoint::Json() : Checkpoint::Json::parse(entry->second, nullptr, false);
  if (!json.is_object() || !json.contains("options") || !json.contains("progress"))
    throw data::Error(
        fmt::format("{}: holds tensors, but is no checkpoint of dlc train; --init takes weights from it", path));
  return json;
}

/// Checkpoints of a folder, oldest first.
std::vector<fs::path> checkpointsIn(const std::string &folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto &entry : fs::directory_iterator(folder, error))
    if (std::string name = entry.path().filename(); name.starts_with(prefix) && name.ends_with(ending))
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}
} // namespace

void Checkpoint::save(const std::string &path) const {
  Json whole = description;
  whole[checks] = Json::object();
  for (const auto &[name, tensor] : tensors)
    whole[checks][name] = checkOf(tensor);
  data::writeSafetensors(path, {tensors, {{key, whole.dump()}}});
}

Checkpoint Checkpoint::load(const std::string &path) {
  data::Safetensors file = data::readSafetensors(path);
  Json description = describe(file.metadata, path);
  if (description.contains(checks)) // earlier ones had none
    for (const auto &[name, tensor] : file.tensors)
      if (!description[checks].is_object() || description[checks].value(name, Json()) != Json(checkOf(tensor)))
        throw data::Error(fmt::format("{}: is damaged: tensor '{}' is not what was written", path, name));
  return {std::move(file.tensors), std::move(description)};
}

Checkpoint::Json Checkpoint::loadDescription(const std::string &path) {
  return describe(data::readSafetensorsMetadata(path), path);
}

CheckpointInterval parseInterval(const std::string &text) {
  const std::pair<char, double> units[] = {{'s', 1}, {'m', 60}, {'h', 3600}};
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  size_t used = static_cast<size_t>(end - text.data());
  if (error == std::errc() && number > 0 && std::isfinite(number)) {
    if (used == text.size() && number == std::floor(number) && number < 1e15)
      return {static_cast<int64_t>(number), 0};
    for (auto [unit, factor] : units)
      if (used + 1 == text.size() && text[used] == unit)
        return {0, number * factor};
  }
  throw data::Error(fmt::format("'{}': expected steps, as in 500, or time, as in 30s, 5m or 1h", text));
}

CheckpointKeeper::CheckpointKeeper(std::string place, CheckpointInterval every, int64_t keep)
    : where(std::move(place)), interval(every), keep(keep), last(seconds()) {
  if (!where.ends_with("/") && fs::is_directory(where))
    where += "/";
  if (where.ends_with("/")) {
    std::error_code error;
    fs::create_directories(where, error);
    if (!fs::is_directory(where))
      throw data::Error(fmt::format("{}: is no folder and cannot be made", where));
  }
}

bool CheckpointKeeper::due(const TrainPlace &at) const {
  if (!wanted() || eachEpoch())
    return false;
  return interval.steps ? at.total % interval.steps == 0 : seconds() - last >= interval.seconds;
}

std::string CheckpointKeeper::save(const Checkpoint &checkpoint, const TrainPlace &at) {
  bool folder = where.ends_with("/");
  // Nine digits and more: the order of the names is that of the steps.
  std::string path = folder ? fmt::format("{}{}{:09}{}", where, prefix, at.total, ending) : where;
  checkpoint.save(path);
  last = seconds();
  if (folder && keep > 0) {
    auto files = checkpointsIn(where);
    for (int64_t i = 0; i + keep < static_cast<int64_t>(files.size()); ++i)
      if (files[i] != path) {
        std::error_code ignored; // one that stays does no harm
        fs::remove(files[i], ignored);
      }
  }
  return path;
}

std::string findCheckpoint(const std::string &path) {
  if (!fs::is_directory(path))
    return path;
  auto files = checkpointsIn(path);
  if (files.empty())
    throw data::Error(fmt::format("{}: no checkpoint (step-*.safetensors) in this folder", path));
  return files.back();
}
} // namespace dlc::cli
