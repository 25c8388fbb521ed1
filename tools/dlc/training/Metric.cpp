#include "tools/dlc/training/Metric.h"
#include "tools/dlc/training/Feeding.h"
#include <algorithm>
#include <charconv>
#include <numeric>

namespace dlc::cli {
namespace {
/// The value of a setting in "ctc,axis=-1,length=6".
int64_t setting(const std::string &loss, const std::string &key, int64_t otherwise) {
  size_t at = loss.find("," + key + "=");
  if (at != loss.npos)
    std::from_chars(loss.data() + at + key.size() + 2, loss.data() + loss.size(), otherwise);
  return otherwise;
}

/// Scores above 0 and labels above one half are what should lie on each other.
class Overlap : public Metric {
public:
  explicit Overlap(const char *title) : title(title) {}
  const char *name() const override { return title; }
  void reset() override { both = either = 0; }
  void add(const data::Tensor &scores, const data::Source &source, size_t labels, int64_t first) override {
    data::Column column = asLabels(source.columns()[labels]);
    std::vector<std::byte> stored(column.bytes());
    std::vector<float> truth(static_cast<size_t>(column.elements()));
    for (int64_t i = 0; i < scores.shape[0]; ++i) {
      source.read(first + i, labels, stored.data());
      feedSample(column, stored.data(), data::DType::F32, reinterpret_cast<std::byte *>(truth.data()));
      for (size_t k = 0; k < truth.size(); ++k) {
        bool said = data::load(scores, i * column.elements() + static_cast<int64_t>(k)) > 0, is = truth[k] > 0.5f;
        both += 2 * (said && is);
        either += said + is;
      }
    }
  }
  double value() const override { return either ? static_cast<double>(both) / static_cast<double>(either) : 1; }

private:
  const char *title;
  int64_t both = 0, either = 0;
};

/// The fewest insertions, deletions and replacements that make b of a.
int64_t distance(const std::vector<int64_t> &a, const std::vector<int64_t> &b) {
  std::vector<int64_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), int64_t(0));
  for (size_t i = 0; i < a.size(); ++i) {
    int64_t corner = std::exchange(row[0], row[0] + 1);
    for (size_t k = 0; k < b.size(); ++k) {
      int64_t replaced = corner + (a[i] != b[k]);
      corner = row[k + 1];
      row[k + 1] = std::min({replaced, row[k] + 1, row[k + 1] + 1});
    }
  }
  return row.back();
}

class Symbols : public Metric {
public:
  /// `timed`: so many times of a sample count as the first of its labels says.
  Symbols(bool classesLast, int64_t blank, bool timed) : classesLast(classesLast), timed(timed), blank(blank) {}
  const char *name() const override { return "symbols"; }
  void reset() override { wrong = all = 0; }
  void add(const data::Tensor &scores, const data::Source &source, size_t labels, int64_t first) override {
    const data::Column &column = source.columns()[labels];
    std::vector<std::byte> stored(column.bytes());
    std::vector<int64_t> given(static_cast<size_t>(column.elements()));
    int64_t times = scores.shape[classesLast ? 1 : 2], classes = scores.shape[classesLast ? 2 : 1];
    for (int64_t i = 0; i < scores.shape[0]; ++i) {
      source.read(first + i, labels, stored.data());
      feedSample(column, stored.data(), data::DType::I64, reinterpret_cast<std::byte *>(given.data()));
      std::vector<int64_t> truth, said;
      int64_t lasts = timed ? std::clamp<int64_t>(given[0], 0, times) : times;
      std::copy_if(given.begin() + timed, given.end(), std::back_inserter(truth),
                   [](int64_t label) { return label >= 0; });
      int64_t before = blank;
      for (int64_t t = 0; t < lasts; ++t) {
        auto score = [&](int64_t c) {
          return data::load(scores, i * times * classes + (classesLast ? t * classes + c : c * times + t));
        };
        int64_t best = 0;
        for (int64_t c = 1; c < classes; ++c)
          best = score(c) > score(best) ? c : best;
        if (best != blank && best != before)
          said.push_back(best);
        before = best;
      }
      wrong += distance(said, truth);
      all += static_cast<int64_t>(truth.size());
    }
  }
  double value() const override {
    return all ? std::max(0.0, 1 - static_cast<double>(wrong) / static_cast<double>(all)) : 1;
  }

private:
  bool classesLast, timed;
  int64_t blank, wrong = 0, all = 0;
};
} // namespace

std::unique_ptr<Metric> metricFor(const std::string &loss, const data::Shape &shape, const data::Column &labels) {
  std::string rule = loss.substr(0, loss.find(','));
  auto rank = static_cast<int64_t>(shape.size());
  if (rank < 1 || shape[0] < 1)
    return nullptr;
  int64_t each = std::accumulate(shape.begin() + 1, shape.end(), int64_t(1), std::multiplies<>());
  bool dice = rule == "dice" && setting(loss, "softmax", 0) == 0;
  if ((dice || rule == "focal" || rule == "binary-cross-entropy") && labels.elements() == each)
    return std::make_unique<Overlap>(dice ? "dice" : "f1");
  if (rule != "ctc" || rank != 3 || data::isFloat(labels.dtype))
    return nullptr;
  int64_t axis = setting(loss, "axis", -1);
  return std::make_unique<Symbols>(axis == 2 || axis == -1, setting(loss, "blank", 0), setting(loss, "times", 0) != 0);
}

const std::vector<std::string> &metricNames() {
  static const std::vector<std::string> names = {"accuracy", "dice", "f1", "symbols"};
  return names;
}
} // namespace dlc::cli
