// Event files as TensorBoard reads them: TFRecord framing around Event messages of protobuf with scalars.
#pragma once
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dlc::cli {

/// CRC-32C (Castagnoli) of the bytes.
uint32_t crc32c(std::string_view bytes);

class EventFile {
public:
  /// Makes `folder`/events.out.tfevents.*; what other files of the folder say of `fromStep` and later does not count
  /// any more. Throws data::Error.
  EventFile(const std::string &folder, int64_t fromStep);
  /// Tags with values at a step, flushed. Throws data::Error.
  void add(int64_t step, const std::vector<std::pair<std::string, float>> &scalars);
  const std::string &path() const { return name; }

private:
  void record(const std::string &event);
  std::string name;
  std::unique_ptr<FILE, int (*)(FILE *)> file;
};
} // namespace dlc::cli
