// CSV: a sample a row, numbers as one column "x", the label as the other.
#include "tools/dlc/data/sources/Sources.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <map>

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
        throw Error(fmt::format(
            "{}, line {}: column {} holds '{}', expected a number", path, rows.lines[static_cast<size_t>(i)],
            rows.header.empty() ? std::to_string(column) : "'" + rows.header[column] + "'", row[column]));
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

DataSet openCsv(const DataArgument &argument) {
  Rows rows = readRows(argument.path);
  size_t label = labelColumn(rows, option(argument, "labels"), argument.path);
  Labels labels = lookAt(rows, label);
  DataSet set{make(rows, label, labels, argument.path), nullptr};
  if (std::string path = option(argument, "test"); !path.empty()) {
    Rows test = readRows(path);
    if (test.cells[0].size() != rows.cells[0].size())
      throw Error(fmt::format("{}, line {}: {} cells, but {} has {}", path, test.lines[0], test.cells[0].size(),
                              argument.path, rows.cells[0].size()));
    set.evaluation = make(test, label, labels, path);
  }
  return set;
}
} // namespace dlc::data
