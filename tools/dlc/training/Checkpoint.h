// What a training run needs to go on as if it had never been stopped, and where it is kept: safetensors files with the
// weights and every state of the step by name, and in their metadata, under "dlc", all that is no tensor.
#pragma once
#include "tools/dlc/data/Safetensors.h"
#include "tools/dlc/training/Observer.h"
#include <nlohmann/json.hpp>

namespace dlc::cli {

struct Checkpoint {
  using Json = nlohmann::ordered_json;
  std::map<std::string, data::Tensor> tensors;
  /// "version" of dlc, "model" {"path", "sha256"}, "data", "options" of the command by name, "progress".
  Json description;

  /// Replaces the file whole or not at all, also in a power cut. Throws data::Error.
  void save(const std::string &path) const;
  /// Throws data::Error: no safetensors file, a damaged one, or none that `dlc train` wrote.
  static Checkpoint load(const std::string &path);
  /// Without the tensors.
  static Json loadDescription(const std::string &path);
};

/// "500": steps, "30s", "5m", "1h": time. Throws data::Error.
struct CheckpointInterval {
  int64_t steps = 0;
  double seconds = 0;
};
CheckpointInterval parseInterval(const std::string &text);

/// Where checkpoints go and when the next one is due.
class CheckpointKeeper {
public:
  /// A name that ends in "/" or is a folder's: files in it named by steps, of which the last `keep` stay. Else one file
  /// that is replaced. "" keeps nothing.
  CheckpointKeeper(std::string where, CheckpointInterval interval, int64_t keep = 3);
  bool wanted() const { return !where.empty(); }
  /// Whether the interval has passed since the last one; an epoch's end is for the caller to tell.
  bool due(const TrainPlace &) const;
  bool eachEpoch() const { return !interval.steps && interval.seconds == 0; }
  /// Returns the file's name.
  std::string save(const Checkpoint &, const TrainPlace &);

private:
  std::string where;
  CheckpointInterval interval;
  int64_t keep;
  double last;
};

/// The file itself, or a folder's newest checkpoint. Throws data::Error where there is none.
std::string findCheckpoint(const std::string &path);

} // namespace dlc::cli
