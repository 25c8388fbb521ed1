// Folders with a folder for each class.
#include "tools/dlc/data/sources/Sources.h"
#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <mutex>
#include <thread>

namespace dlc::data {
namespace fs = std::filesystem;
namespace {
std::vector<std::string> sorted(const fs::path &folder, bool folders) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator list(folder, error);
  if (error)
    throw Error(fmt::format("{}: {}", folder.string(), error.message()));
  for (const auto &entry : list) {
    std::string name = entry.path().filename();
    if (!name.starts_with(".") && entry.is_directory() == folders)
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string endingOf(const std::string &name) {
  std::string ending = fs::path(name).extension();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return ending;
}
} // namespace

ClassFolders listClasses(const std::string &folder, const std::function<bool(const std::string &)> &taken,
                         const std::string &what) {
  fs::path train = folder, evaluation;
  auto folders = sorted(folder, true);
  auto has = [&](const char *name) { return std::find(folders.begin(), folders.end(), name) != folders.end(); };
  if (has("train")) {
    train /= "train";
    for (const char *name : {"validation", "valid", "val", "test"})
      if (has(name)) {
        evaluation = fs::path(folder) / name;
        break;
      }
  }
  ClassFolders result;
  result.classes = sorted(train, true);
  if (result.classes.empty())
    throw Error(fmt::format("{}: no folder here; expected one for each class, with {} in them", train.string(), what));
  auto read = [&](const fs::path &part, std::vector<ClassFile> &files) {
    for (const std::string &name : sorted(part, true)) {
      auto found = std::find(result.classes.begin(), result.classes.end(), name);
      if (found == result.classes.end())
        throw Error(fmt::format("{}: a class that {} does not have", (part / name).string(), train.string()));
      size_t before = files.size();
      for (const std::string &file : sorted(part / name, false))
        if (taken(endingOf(file)))
          files.push_back({(part / name / file).string(), found - result.classes.begin()});
      if (files.size() == before)
        throw Error(fmt::format("{}: no {} in this folder", (part / name).string(), what));
    }
  };
  read(train, result.train);
  if (!evaluation.empty())
    read(evaluation, result.evaluation);
  return result;
}

FileSource::FileSource(Column value, const std::vector<std::string> &classes, std::vector<ClassFile> list)
    : files(std::move(list)) {
  Column labels{"labels", DType::I32, {}, static_cast<int64_t>(classes.size())};
  labels.classNames = classes;
  columnList = {std::move(value), std::move(labels)};
}

void FileSource::checkAll() const {
  std::atomic<size_t> next{0}, bad{files.size()};
  std::mutex mutex;
  std::string why;
  auto work = [&] {
    std::vector<std::byte> room(columnList[0].bytes());
    for (size_t i = next++; i < bad; i = next++) // those before a damaged one are looked at to the end
      try {
        decode(files[i].path, room.data());
      } catch (const std::exception &error) {
        std::lock_guard lock(mutex);
        if (i < bad) {
          bad = i;
          why = error.what();
        }
      }
  };
  std::vector<std::thread> threads;
  size_t cores = std::max(1u, std::thread::hardware_concurrency());
  for (size_t i = 1; i < std::min(cores, files.size()); ++i)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();
  if (bad < files.size())
    throw Error(why);
}

void FileSource::read(int64_t sample, size_t column, std::byte *to) const {
  const ClassFile &file = files[static_cast<size_t>(sample)];
  if (column == 0)
    return decode(file.path, to);
  auto label = static_cast<int32_t>(file.label);
  std::memcpy(to, &label, sizeof label);
}
} // namespace dlc::data
