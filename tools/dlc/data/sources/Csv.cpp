// CSV: a sample a row, numbers as one column "x", the label as the other.
#include "tools/dlc/data/sources/Sources.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <set>

namespace dlc::data {
namespace {
struct Rows {
  std::vector<std::string> header; ///< empty where there is none
  std::vector<std::vector<std::string>> cells;
  std::vector<int64_t> lines; ///< where each row stands
};

std::string trimmed(std::string_view text) {
  size_t first = text.find_first_not_of(" \t\r"), last = text.find_last_not_of(" \t\r");
  return first == text.npos ? "" : std::string(text.substr(first, last - first + 1));
}

bool isNumber(const std::string &cell, double &value) {
  const char *begin = cell.data() + (cell.starts_with("+") ? 1 : 0);
  auto [end, error] = std::from_chars(begin, cell.data() + cell.size(), value);
  return error == std::errc() && end == cell.data() + cell.size() && !cell.empty();
}

/// The row's cells; a quoted one may hold the separator, line breaks and doubled quotes. `at` moves behind the row.
std::vector<std::string> readRow(std::string_view text, size_t &at, int64_t &line, char separator,
                                 const std::string &where) {
  std::vector<std::string> cells;
  int64_t first = line;
  for (;;) {
    std::string cell;
    while (at < text.size() && text[at] == ' ')
      ++at;
    if (at < text.size() && text[at] == '"') {
      for (++at;; ++at) {
        if (at >= text.size())
          throw Error(fmt::format("{}, line {}: a quote is not closed", where, first));
        if (text[at] == '"' && (at + 1 >= text.size() || text[at + 1] != '"'))
          break;
        at += text[at] == '"'; // a doubled one
        line += text[at] == '\n';
        cell += text[at];
      }
      ++at;
    }
    size_t end = at;
    while (end < text.size() && text[end] != separator && text[end] != '\n')
      ++end;
    cells.push_back(cell.empty() ? trimmed(text.substr(at, end - at)) : cell);
    at = end + 1;
    if (end >= text.size() || text[end] == '\n')
      break;
  }
  ++line;
  return cells;
}

Rows readRows(const std::string &path) {
  std::string text = readFile(path);
  if (text.starts_with("\xef\xbb\xbf"))
    text.erase(0, 3);
  // What the first line has of separators outside of quotes decides.
  char separator = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size() && text[i] != '\n' && !separator; ++i) {
    quoted ^= text[i] == '"';
    if (!quoted && (text[i] == ',' || text[i] == ';' || text[i] == '\t'))
      separator = text[i];
  }
  if (!separator)
    separator = ',';
  Rows rows;
  int64_t line = 1;
  for (size_t at = 0; at < text.size();) {
    int64_t here = line;
    auto cells = readRow(text, at, line, separator, path);
    if (cells.size() == 1 && cells[0].empty())
      continue;
    double ignored;
    bool numbers = std::any_of(cells.begin(), cells.end(), [&](auto &cell) { return isNumber(cell, ignored); });
    if (rows.cells.empty() && rows.header.empty() && !numbers) {
      rows.header = std::move(cells);
      continue;
    }
    size_t expected =
        rows.header.empty() ? (rows.cells.empty() ? cells.size() : rows.cells[0].size()) : rows.header.size();
    if (cells.size() != expected)
      throw Error(fmt::format("{}, line {}: {} cells, expected {}", path, here, cells.size(), expected));
    rows.cells.push_back(std::move(cells));
    rows.lines.push_back(here);
  }
  if (rows.cells.empty())
    throw Error(fmt::format("{}: holds no rows of numbers", path));
  return rows;
}

/// Rows of a file that has the columns of another one.
Rows readLike(const Rows &rows, const std::string &path, const std::string &other) {
  Rows test = readRows(path);
  if (test.cells[0].size() != rows.cells[0].size())
    throw Error(fmt::format("{}, line {}: {} cells, but {} has {}", path, test.lines[0], test.cells[0].size(), other,
                            rows.cells[0].size()));
  return test;
}

bool isWhole(double value) { return value == std::floor(value) && std::fabs(value) < 2147483648.0; }

/// A column as errors call it.
std::string named(const Rows &rows, size_t column) {
  return rows.header.empty() ? std::to_string(column) : "'" + rows.header[column] + "'";
}

/// By name, or by number from 0; "": the last one.
size_t labelColumn(const Rows &rows, const std::string &wanted, const std::string &path) {
  size_t width = rows.cells[0].size(), number = 0;
  if (wanted.empty())
    return width - 1;
  if (auto found = std::find(rows.header.begin(), rows.header.end(), wanted); found != rows.header.end())
    return static_cast<size_t>(found - rows.header.begin());
  auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  if (error != std::errc() || end != wanted.data() + wanted.size() || number >= width)
    throw Error(fmt::format("{}: there is no column '{}'; name one of its header or a number from 0 to {}", path,
                            wanted, width - 1));
  return number;
}

/// Rows with the lines where they stand, which errors name.
class CsvSource : public MemorySource {
public:
  CsvSource(std::vector<Column> columns, std::vector<Tensor> tensors, std::string path, std::vector<int64_t> lines)
      : MemorySource(std::move(columns), std::move(tensors), path + ", row "), path(path), lines(std::move(lines)) {}
  std::string where(int64_t i) const override {
    return fmt::format("{}, line {}", path, lines[static_cast<size_t>(i)]);
  }

private:
  std::string path;
  std::vector<int64_t> lines;
};

/// What the labels are: names that are numbered, numbers of classes, or other numbers.
struct Labels {
  enum Kind { Names, Classes, Numbers } kind = Classes;
  std::map<std::string, int64_t> numbers;
  int64_t classes = 1;
};

Labels lookAt(const Rows &rows, size_t column) {
  Labels labels;
  for (const auto &row : rows.cells) {
    double value = 0;
    bool number = isNumber(row[column], value);
    if (!number)
      labels.kind = Labels::Names;
    else if (labels.kind == Labels::Classes && (value != std::floor(value) || value < 0 || value > 1e6))
      labels.kind = Labels::Numbers;
    labels.classes = std::max(labels.classes, number && value >= 0 && value <= 1e6 ? int64_t(value) + 1 : 1);
    labels.numbers.emplace(row[column], 0);
  }
  int64_t next = 0;
  for (auto &[name, number] : labels.numbers)
    number = next++;
  if (labels.kind == Labels::Names)
    labels.classes = next;
  return labels;
}

SourcePtr make(const Rows &rows, size_t label, const Labels &labels, const std::string &path) {
  auto n = static_cast<int64_t>(rows.cells.size()), width = static_cast<int64_t>(rows.cells[0].size());
  if (width < 2)
    throw Error(fmt::format("{}, line {}: one column, expected numbers and a label", path, rows.lines[0]));
  Tensor x(DType::F32, {n, width - 1});
  Tensor y(labels.kind == Labels::Numbers ? DType::F32 : DType::I32, {n});
  for (int64_t i = 0; i < n; ++i) {
    const auto &row = rows.cells[static_cast<size_t>(i)];
    auto number = [&](size_t column) {
      double value = 0;
      if (!isNumber(row[column], value) || !std::isfinite(value))
        throw Error(fmt::format("{}, line {}: column {} holds '{}', expected a number", path,
                                rows.lines[static_cast<size_t>(i)], named(rows, column), row[column]));
      return value;
    };
    float *to = x.as<float>() + i * (width - 1);
    for (size_t c = 0; c < row.size(); ++c)
      if (c != label)
        *to++ = static_cast<float>(number(c));
    if (labels.kind == Labels::Numbers) {
      y.as<float>()[i] = static_cast<float>(number(label));
    } else if (labels.kind == Labels::Classes) {
      double value = number(label); // of a test file, too
      if (value != std::floor(value) || value < 0 || value > 1e6)
        throw Error(fmt::format("{}, line {}: the label is '{}', expected a class from 0", path,
                                rows.lines[static_cast<size_t>(i)], row[label]));
      y.as<int32_t>()[i] = static_cast<int32_t>(value);
    } else {
      auto known = labels.numbers.find(row[label]);
      if (known == labels.numbers.end())
        throw Error(fmt::format("{}, line {}: the label is '{}', which the training rows do not have", path,
                                rows.lines[static_cast<size_t>(i)], row[label]));
      y.as<int32_t>()[i] = static_cast<int32_t>(known->second);
    }
  }
  Column out{"labels", y.dtype, {}, labels.kind == Labels::Numbers ? 0 : labels.classes};
  if (labels.kind == Labels::Numbers)
    out.shape = {1};
  if (labels.kind == Labels::Names)
    for (auto &[name, number] : labels.numbers)
      out.classNames.push_back(name);
  if (labels.kind == Labels::Classes)
    for (int64_t i = 0; i < n; ++i)
      out.classes = std::max<int64_t>(out.classes, y.as<int32_t>()[i] + 1);
  std::vector<Tensor> tensors;
  tensors.push_back(std::move(x));
  tensors.push_back(std::move(y));
  return std::make_shared<CsvSource>(std::vector<Column>{{"x", DType::F32, {width - 1}}, out}, std::move(tensors), path,
                                     rows.lines);
}
} // namespace

namespace {
/// Columns of a row that are no numbers to train on.
struct Roles {
  std::vector<size_t> labels; ///< several: a sequence, or several numbers
  std::optional<size_t> lengths, times;
};

/// Several numbers to a row as labels: whole ones (nothing in a cell: -1), or any.
SourcePtr makeSequences(const Rows &rows, const Roles &roles, bool whole, const std::string &path) {
  auto n = static_cast<int64_t>(rows.cells.size());
  std::vector<size_t> inputs;
  for (size_t c = 0; c < rows.cells[0].size(); ++c)
    if (std::find(roles.labels.begin(), roles.labels.end(), c) == roles.labels.end() && c != roles.lengths &&
        c != roles.times)
      inputs.push_back(c);
  if (inputs.empty())
    throw Error(fmt::format("{}, line {}: all columns are labels, expected numbers beside them", path, rows.lines[0]));
  auto where = [&](int64_t i) { return fmt::format("{}, line {}", path, rows.lines[static_cast<size_t>(i)]); };
  auto take = [&](const std::vector<size_t> &columns, DType type, bool emptyToo) {
    auto width = static_cast<int64_t>(columns.size());
    Tensor tensor(type, {n, width});
    for (int64_t at = 0; at < n * width; ++at) {
      size_t column = columns[static_cast<size_t>(at % width)];
      const std::string &cell = rows.cells[static_cast<size_t>(at / width)][column];
      double value = -1;
      bool good = (emptyToo && cell.empty()) || (isNumber(cell, value) && std::isfinite(value));
      if (!good || (type == DType::I32 && !isWhole(value)))
        throw Error(fmt::format("{}: column {} holds '{}', expected a {}number", where(at / width), named(rows, column),
                                cell, type == DType::I32 ? "whole " : ""));
      store(tensor, at, value);
    }
    return tensor;
  };
  auto one = [&](std::optional<size_t> column) {
    std::optional<Tensor> tensor;
    if (column) {
      tensor = take({*column}, DType::I32, false);
      tensor->shape = {n};
    }
    return tensor;
  };
  auto lengths = one(roles.lengths), times = one(roles.times);
  bool sequence = lengths || times;
  Tensor labels = take(roles.labels, whole || sequence ? DType::I32 : DType::F32, whole || sequence);
  if (sequence)
    labels = sequences(labels, lengths ? &*lengths : nullptr, times ? &*times : nullptr, path, where);
  std::vector<Column> columns{{"x", DType::F32, {static_cast<int64_t>(inputs.size())}},
                              {"labels", labels.dtype, {labels.shape[1]}}};
  std::vector<Tensor> tensors;
  tensors.push_back(take(inputs, DType::F32, false));
  tensors.push_back(std::move(labels));
  return std::make_shared<CsvSource>(std::move(columns), std::move(tensors), path, rows.lines);
}

/// Whether all that stands in the columns of labels is whole, or nothing.
bool allWhole(const Rows &rows, const std::vector<size_t> &labels) {
  double value = 0;
  for (const auto &row : rows.cells)
    for (size_t column : labels)
      if (!row[column].empty() && (!isNumber(row[column], value) || !isWhole(value)))
        return false;
  return true;
}
} // namespace

DataSet openCsv(const DataArgument &argument) {
  Rows rows = readRows(argument.path);
  std::string wanted = option(argument, "labels");
  Roles roles;
  for (size_t at = 0; at <= wanted.size();) {
    size_t end = std::min(wanted.find(':', at), wanted.size());
    roles.labels.push_back(labelColumn(rows, wanted.substr(at, end - at), argument.path));
    at = end + 1;
  }
  if (std::string name = option(argument, "label-lengths"); !name.empty())
    roles.lengths = labelColumn(rows, name, argument.path);
  if (std::string name = option(argument, "times"); !name.empty())
    roles.times = labelColumn(rows, name, argument.path);
  std::string test = option(argument, "test");
  std::vector<size_t> given = roles.labels;
  for (std::optional<size_t> column : {roles.lengths, roles.times})
    if (column)
      given.push_back(*column);
  std::set<size_t> seen;
  for (size_t column : given)
    if (!seen.insert(column).second)
      throw Error(fmt::format("{}: column {} is given twice", argument.path, named(rows, column)));
  if (roles.labels.size() > 1 || roles.lengths || roles.times) {
    bool whole = allWhole(rows, roles.labels);
    DataSet set{makeSequences(rows, roles, whole, argument.path), nullptr};
    if (!test.empty())
      set.evaluation = makeSequences(readLike(rows, test, argument.path), roles, whole, test);
    return set;
  }
  size_t label = roles.labels[0];
  Labels labels = lookAt(rows, label);
  DataSet set{make(rows, label, labels, argument.path), nullptr};
  if (!test.empty())
    set.evaluation = make(readLike(rows, test, argument.path), label, labels, test);
  return set;
}
} // namespace dlc::data
