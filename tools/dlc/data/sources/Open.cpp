// --data: which kinds there are, and what they have in common.
#include "tools/dlc/data/Idx.h"
#include "tools/dlc/data/sources/Sources.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dlc::data {
namespace {
struct Kind {
  const char *name, *path;
  std::vector<std::string> keys;
  DataSet (*open)(const DataArgument &);
};
const std::vector<Kind> &kinds() {
  static const std::vector<Kind> list = {
      {"idx", "FOLDER", {}, [](const DataArgument &a) { return openIdx(a.path); }},
      {"npy", "FILE.npy", {"labels", "test", "test-labels"}, openNpy},
      {"npz", "FILE.npz", {"labels", "label-lengths", "times"}, openNpz},
      {"csv", "FILE.csv", {"labels", "label-lengths", "times", "test"}, openCsv},
      {"images", "FOLDER", {"size", "channels", "check"}, openImages},
      {"text", "FILE", {"context", "stride", "starts"}, openText},
      {"wav", "FOLDER", {"length", "rate", "check"}, openWav},
  };
  return list;
}
/// Of every kind: how floats are fed.
const std::vector<std::string> common = {"mean", "std"};

std::vector<double> numbers(const DataArgument &argument, const std::string &key) {
  std::vector<double> list;
  std::string text = option(argument, key);
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find(':', at), text.size());
    double number = 0;
    auto [last, error] = std::from_chars(text.data() + at, text.data() + end, number);
    if (error != std::errc() || last != text.data() + end || !std::isfinite(number) || (key == "std" && number <= 0))
      throw Error(fmt::format("--data {}: {}={}: expected numbers with : between them", argument.kind, key, text));
    list.push_back(number);
    at = end + 1;
  }
  return list;
}

/// Another mean and deviation for the columns that are fed scaled.
class Rescaled : public Source {
public:
  Rescaled(SourcePtr source, std::vector<Column> columns) : source(std::move(source)), list(std::move(columns)) {}
  const std::vector<Column> &columns() const override { return list; }
  int64_t count() const override { return source->count(); }
  void read(int64_t sample, size_t column, std::byte *to) const override { source->read(sample, column, to); }
  const std::byte *inMemory(int64_t sample, size_t column) const override { return source->inMemory(sample, column); }
  std::string where(int64_t sample) const override { return source->where(sample); }
  SourcePtr atEpoch(uint64_t seed, uint64_t epoch, int64_t used) const override {
    SourcePtr drawn = source->atEpoch(seed, epoch, used);
    return drawn ? std::make_shared<Rescaled>(drawn, list) : nullptr;
  }

private:
  SourcePtr source;
  std::vector<Column> list;
};

/// mean and std are of pixels from 0 to 1 where the values are bytes, as people write them.
SourcePtr rescaled(const DataArgument &argument, SourcePtr source) {
  auto mean = numbers(argument, "mean"), deviation = numbers(argument, "std");
  if (!source || (mean.empty() && deviation.empty()))
    return source;
  auto columns = source->columns();
  auto labels = source->labels();
  for (size_t i = 0; i < columns.size(); ++i) {
    Column &column = columns[i];
    if (i == labels)
      continue;
    for (auto [key, values] : {std::pair("mean", &mean), std::pair("std", &deviation)})
      if (values->size() > 1 && (column.shape.empty() || column.shape[0] != static_cast<int64_t>(values->size())))
        throw Error(fmt::format("--data {}: {} has {} numbers, but '{}' is {} a sample", argument.kind, key,
                                values->size(), column.name, describe(column.dtype, column.shape)));
    double scale = column.dtype == DType::U8 ? 255 : 1;
    column.mean = mean.empty() ? std::vector<double>{0} : mean;
    column.deviation = deviation.empty() ? std::vector<double>{1} : deviation;
    for (auto *values : {&column.mean, &column.deviation})
      for (double &value : *values)
        value *= scale;
  }
  return std::make_shared<Rescaled>(std::move(source), std::move(columns));
}
} // namespace

std::string option(const DataArgument &argument, const std::string &key, const std::string &otherwise) {
  auto found = argument.options.find(key);
  return found == argument.options.end() ? otherwise : found->second;
}

int64_t numberOption(const DataArgument &argument, const std::string &key, int64_t otherwise, int64_t low,
                     int64_t high) {
  std::string text = option(argument, key);
  if (text.empty())
    return otherwise;
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < low || number > high)
    throw Error(fmt::format("--data {}: {}={}: expected a number from {} to {}", argument.kind, key, text, low, high));
  return number;
}

std::string describeData() {
  return "Data (mean and std, of pixels from 0 to 1 or of numbers, one or one a plane with : between, go with all):\n"
         "  idx:FOLDER    four IDX files as MNIST has them, plain or gzipped\n"
         "  npy:FILE.npy  samples as the first dimension; labels=FILE.npy, test=FILE.npy, test-labels=FILE.npy\n"
         "  npz:FILE.npz  arrays by name, x_train and x_test or without such endings; labels=NAME (labels, label or "
         "y),\n                label-lengths=NAME, times=NAME (of sequences, as --loss ctc,times=1 takes them)\n"
         "  csv:FILE.csv  a sample a row; labels=COLUMN by name or number (the last), or several with : between;\n"
         "                label-lengths=COLUMN, times=COLUMN, test=FILE.csv\n"
         "  images:FOLDER CLASS/FILE.png or .jpg, or train/CLASS/... and test/CLASS/...; size=WxH, channels=1|3,\n"
         "                check=0 (files are not decoded before training begins)\n"
         "  text:FILE     windows of bytes and the bytes behind them; context=128, stride=CONTEXT,\n"
         "                starts=random (drawn by the seed, within a stride, anew for each epoch)\n"
         "  wav:FOLDER    CLASS/FILE.wav as images; length=SAMPLES, rate=HERTZ, check=0\n"
         "Bytes of images are fed as (x/255 - 0.5)/0.5 where nothing else is said.\n";
}

DataArgument parseData(const std::string &argument) {
  std::string forms;
  size_t colon = argument.find(':');
  DataArgument result{argument.substr(0, colon), "", {}};
  const Kind *kind = nullptr;
  for (const Kind &k : kinds()) {
    forms += fmt::format("{}{}:{}", forms.empty() ? "" : ", ", k.name, k.path);
    if (k.name == result.kind)
      kind = &k;
  }
  if (!kind || colon == argument.npos || colon + 1 == argument.size())
    throw Error(fmt::format("--data {}: expected one of {}", argument, forms));
  auto known = kind->keys;
  known.insert(known.end(), common.begin(), common.end());
  for (size_t at = colon + 1; at <= argument.size();) {
    size_t end = std::min(argument.find(',', at), argument.size());
    std::string part = argument.substr(at, end - at);
    size_t equals = part.find('=');
    std::string key = part.substr(0, equals);
    if (equals != part.npos && std::find(known.begin(), known.end(), key) != known.end())
      result.options[key] = part.substr(equals + 1);
    else if (result.options.empty() && (at == colon + 1 || equals == part.npos)) // a path may hold commas
      result.path += (at == colon + 1 ? "" : ",") + part;
    else
      throw Error(fmt::format("--data {}: '{}': expected KEY=VALUE; the keys of {} are {}", argument, part, result.kind,
                              fmt::format("{}", fmt::join(known, ", "))));
    at = end + 1;
  }
  return result;
}

DataSet openData(const DataArgument &argument) {
  for (const Kind &kind : kinds())
    if (kind.name == argument.kind) {
      DataSet set = kind.open(argument);
      set.train = rescaled(argument, std::move(set.train));
      set.evaluation = rescaled(argument, std::move(set.evaluation));
      return set;
    }
  throw Error(fmt::format("--data {}: there is no such kind of data", argument.kind));
}
} // namespace dlc::data
