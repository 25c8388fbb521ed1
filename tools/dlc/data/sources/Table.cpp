// Arrays: .npy files, .npz files, and what all tables have in common.
#include "tools/dlc/data/Npy.h"
#include "tools/dlc/data/Zip.h"
#include "tools/dlc/data/sources/Sources.h"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dlc::data {
namespace {
/// Greatest label and one; 0 where one of them cannot number a class.
int64_t countClasses(const Tensor &labels) {
  int64_t classes = 1;
  for (int64_t i = 0; i < labels.count(); ++i) {
    int64_t label = loadInteger(labels, i);
    if (label < 0 || label >= int64_t(1) << 31)
      return 0;
    classes = std::max(classes, label + 1);
  }
  return classes;
}

void refuseNan(const Tensor &tensor, const std::string &name, const std::string &where, int64_t firstRow) {
  int64_t rows = tensor.shape[0], each = rows ? tensor.count() / rows : 0;
  for (int64_t i = 0; i < rows * each; ++i)
    if (double value = load(tensor, i); !std::isfinite(value))
      throw Error(fmt::format("{}{}: column '{}' holds {} (element {} of the row)", where, i / each + firstRow, name,
                              value, i % each));
}

bool isLabel(const Tensor &tensor) { return tensor.shape.size() == 1 && !isFloat(tensor.dtype); }

/// Whether the file's arrays are of one part, "_train" or "_test", and the names without it.
std::string withoutPart(std::string name, const char *part) {
  std::string ending = std::string("_") + part, front = std::string(part) + "_";
  if (name.ends_with(ending))
    return name.substr(0, name.size() - ending.size());
  return name.starts_with(front) ? name.substr(front.size()) : "";
}
} // namespace

SourcePtr tableOf(std::vector<std::string> names, std::vector<Tensor> tensors, const std::string &labels,
                  const std::string &where, int64_t firstRow) {
  std::vector<Column> columns;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor &t = tensors[i];
    if (t.shape.empty())
      throw Error(fmt::format("{}{}: array '{}' is one number, expected samples as its first dimension", where,
                              firstRow, names[i]));
    Column column{names[i], t.dtype, Shape(t.shape.begin() + 1, t.shape.end())};
    if (isFloat(t.dtype))
      refuseNan(t, names[i], where, firstRow);
    else if (names[i] == labels)
      column.classes = countClasses(t);
    else if (t.dtype == DType::U8 && t.shape.size() > 2 && names[i] != "labels") // pixels, as IDX feeds them; no masks
      column.mean = column.deviation = {127.5};
    columns.push_back(std::move(column));
  }
  return std::make_shared<MemorySource>(std::move(columns), std::move(tensors), where, firstRow);
}

DataSet openNpy(const DataArgument &argument) {
  auto part = [](const std::string &values, const std::string &labels) {
    std::vector<std::string> names{"x"};
    std::vector<Tensor> tensors;
    tensors.push_back(parseNpy(readFile(values), values));
    if (!labels.empty()) {
      names.push_back("labels");
      tensors.push_back(parseNpy(readFile(labels), labels));
      if (tensors[0].shape.empty() || tensors[1].shape.empty() || tensors[0].shape[0] != tensors[1].shape[0])
        throw Error(fmt::format("{}: holds {}, but {} holds {}: expected a label for each", labels,
                                describe(tensors[1]), values, describe(tensors[0])));
    }
    bool classes = tensors.size() > 1 && isLabel(tensors[1]);
    return tableOf(names, std::move(tensors), classes ? "labels" : "", (labels.empty() ? values : labels) + ", row ");
  };
  DataSet set;
  set.train = part(argument.path, option(argument, "labels"));
  if (std::string test = option(argument, "test"); !test.empty())
    set.evaluation = part(test, option(argument, "test-labels"));
  return set;
}

Tensor sequences(const Tensor &labels, const Tensor *lengths, const Tensor *times, const std::string &path,
                 const std::function<std::string(int64_t)> &row) {
  if (labels.shape.size() != 2 || isFloat(labels.dtype))
    throw Error(fmt::format("{}: the labels are {}, expected [samples, length] of whole numbers where there are "
                            "label-lengths or times",
                            path, describe(labels)));
  int64_t n = labels.shape[0], longest = labels.shape[1], before = times ? 1 : 0;
  for (const Tensor *list : {lengths, times})
    if (list && list->shape[0] != n)
      throw Error(fmt::format("{}: {} labels, but {} lengths", path, n, list->shape[0]));
  Tensor out(DType::I32, {n, before + longest});
  auto *to = out.as<int32_t>();
  auto whole = [&](int64_t i, int64_t value, int64_t low, int64_t high, const char *what) {
    if (value < low || value > high)
      throw Error(fmt::format("{}: {} is {}, expected {} to {}", row(i), what, value, low, high));
    return static_cast<int32_t>(value);
  };
  constexpr int64_t most = INT32_MAX;
  for (int64_t i = 0; i < n; ++i) {
    if (times)
      *to++ = whole(i, loadInteger(*times, i), 1, most, "the number of times");
    int64_t length = lengths ? whole(i, loadInteger(*lengths, i), 0, longest, "the label's length") : longest;
    for (int64_t k = 0; k < longest; ++k)
      *to++ = k < length ? whole(i, loadInteger(labels, i * longest + k), -1, most, "a label") : -1;
  }
  return out;
}

namespace {
using Names = std::vector<std::string>;

/// Takes an array of one whole number a sample out of the list. Throws Error.
Tensor takeLengths(Names &names, std::vector<Tensor> &tensors, const std::string &name, const std::string &key,
                   const std::string &path) {
  auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw Error(
        fmt::format("{}: {}={}: there is no such array; there are {}", path, key, name, fmt::join(names, ", ")));
  auto at = found - names.begin();
  Tensor lengths = std::move(tensors[static_cast<size_t>(at)]);
  if (!isLabel(lengths))
    throw Error(
        fmt::format("{}: {}={}: is {}, expected a whole number for each sample", path, key, name, describe(lengths)));
  names.erase(found);
  tensors.erase(tensors.begin() + at);
  return lengths;
}

} // namespace

DataSet openNpz(const DataArgument &argument) {
  struct Part {
    std::vector<std::string> names;
    std::vector<Tensor> tensors;
  } train, test;
  std::string labels = option(argument, "labels");
  for (ZipEntry &entry : readZip(argument.path)) {
    std::string name = entry.name.ends_with(".npy") ? entry.name.substr(0, entry.name.size() - 4) : entry.name;
    Tensor tensor = parseNpy(entry.bytes, argument.path + ", " + entry.name);
    std::string ofTest = withoutPart(name, "test"), ofTrain = withoutPart(name, "train");
    Part &part = ofTest.empty() ? train : test;
    part.names.push_back(!ofTest.empty() ? ofTest : !ofTrain.empty() ? ofTrain : name);
    part.tensors.push_back(std::move(tensor));
  }
  auto make = [&](Part &part) -> SourcePtr {
    if (part.names.empty())
      return nullptr;
    std::string found = labels;
    for (size_t i = 0; i < part.names.size() && found.empty(); ++i)
      if ((part.names[i] == "labels" || part.names[i] == "label" || part.names[i] == "y") && isLabel(part.tensors[i]))
        found = part.names[i];
    if (!labels.empty() && std::find(part.names.begin(), part.names.end(), labels) == part.names.end())
      throw Error(fmt::format("{}: there is no array '{}'; there are {}", argument.path, labels,
                              fmt::format("{}", fmt::join(part.names, ", "))));
    for (size_t i = 0; i < part.names.size(); ++i)
      if (part.names[i] == found && !isLabel(part.tensors[i]))
        found.clear(); // of another loss: a mask, numbers
    for (std::string &name : part.names)
      if (name == labels || (labels.empty() && (name == "label" || name == "y"))) {
        if (name == found)
          found = "labels";
        name = "labels"; // what the step calls them
      }
    std::string lengths = option(argument, "label-lengths"), times = option(argument, "times");
    if (!lengths.empty() || !times.empty()) {
      std::optional<Tensor> of, lasts;
      if (!lengths.empty())
        of = takeLengths(part.names, part.tensors, lengths, "label-lengths", argument.path);
      if (!times.empty())
        lasts = takeLengths(part.names, part.tensors, times, "times", argument.path);
      auto column = std::find(part.names.begin(), part.names.end(), "labels");
      if (column == part.names.end())
        throw Error(
            fmt::format("{}: there are lengths, but no labels; labels=NAME says which array they are", argument.path));
      Tensor &given = part.tensors[static_cast<size_t>(column - part.names.begin())];
      given = sequences(given, of ? &*of : nullptr, lasts ? &*lasts : nullptr, argument.path,
                        [&](int64_t i) { return fmt::format("{}, row {}", argument.path, i); });
      found.clear();
    }
    return tableOf(part.names, std::move(part.tensors), found, argument.path + ", row ");
  };
  DataSet set{make(train), make(test)};
  if (!set.train)
    throw Error(fmt::format("{}: holds no arrays to train on", argument.path));
  return set;
}
} // namespace dlc::data
