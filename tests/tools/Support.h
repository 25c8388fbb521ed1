// What tests of readers share: the message of an error, and folders for files.
#pragma once
#include "tools/dlc/data/Tensor.h"
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>

namespace dlc::data {
/// What the data::Error says that f throws; "(no error)" where it throws none.
inline std::string messageOf(const std::function<void()> &f) {
  try {
    f();
  } catch (const Error &error) {
    return error.what();
  }
  return "(no error)";
}

/// An empty folder of this name among the test's temporary files.
inline std::filesystem::path freshFolder(const std::string &name) {
  auto folder = std::filesystem::path(testing::TempDir()) / ("dlc-" + name);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}
} // namespace dlc::data
