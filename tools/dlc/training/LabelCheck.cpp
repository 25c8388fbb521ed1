#include "tools/dlc/training/LabelCheck.h"
#include "tools/dlc/Verb.h"
#include "tools/dlc/training/Feeding.h"
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dlc::cli {
namespace {
/// How many classes there are scores for; 0: the loss knows no classes.
int64_t classesOf(const Choice &loss, const std::optional<data::Shape> &scores) {
  if (!scores || !loss.values.contains("axis"))
    return 0;
  auto rank = static_cast<int64_t>(scores->size()), axis = loss.whole("axis");
  axis = axis < 0 ? axis + rank : axis;
  return axis >= 0 && axis < rank ? (*scores)[static_cast<size_t>(axis)] : 0;
}

/// Of [batch, time, classes] in either order; 0: not known.
int64_t timesOf(const Choice &loss, const std::optional<data::Shape> &scores) {
  if (!scores || scores->size() != 3 || !loss.values.contains("axis"))
    return 0;
  int64_t axis = loss.whole("axis");
  return (*scores)[(axis < 0 ? axis + 3 : axis) == 1 ? 2 : 1];
}

template <class T, class F> void eachLabel(const data::Source &source, size_t column, data::DType as, F look) {
  data::Column c = asLabels(source.columns()[column]);
  std::vector<std::byte> stored(c.bytes());
  std::vector<T> labels(static_cast<size_t>(c.elements()));
  for (int64_t i = 0; i < source.count(); ++i) {
    source.read(i, column, stored.data());
    feedSample(c, stored.data(), as, reinterpret_cast<std::byte *>(labels.data()));
    for (size_t k = 0; k < labels.size(); ++k)
      look(labels[k], k,
           [&] { return source.where(i) + (labels.size() > 1 ? fmt::format(" (element {} of the labels)", k) : ""); });
  }
}

void checkClasses(const data::Source &source, size_t column, const Choice &loss, int64_t classes, int64_t times,
                  const std::string &model) {
  bool filled = loss.name == "ctc"; // with -1 behind the text
  bool skips = loss.values.contains("ignore") && loss.has("ignore");
  int64_t most = source.columns()[column].classes;
  if (most && most <= classes && !filled)
    return;
  bool timed = filled && loss.whole("times");
  eachLabel<int64_t>(source, column, data::DType::I64, [&](int64_t label, size_t element, auto where) {
    if (timed && element == 0) {
      if (label < 1 || (times && label > times))
        throw Failure(BadInput, fmt::format("{}: the sample lasts {} times, but {} has scores for {}", where(), label,
                                            model, times));
      return;
    }
    if ((label >= 0 && label < classes) || (filled && label == -1) || (skips && label == loss.whole("ignore")))
      return;
    std::string hint;
    if (filled)
      hint = "; -1 fills short texts up";
    else if (label < 0)
      hint = fmt::format("; --loss {},ignore={} leaves such places out", loss.name, label);
    const auto &names = source.columns()[column].classNames;
    std::string name = label >= 0 && static_cast<size_t>(label) < names.size()
                           ? fmt::format(" ('{}')", names[static_cast<size_t>(label)])
                           : "";
    if (!names.empty() && names.size() <= 32)
      hint += fmt::format("; the names in the data are {}", fmt::join(names, ", "));
    throw Failure(BadInput, fmt::format("{}: the label is {}{}, but {} has scores for {} classes, 0 to {}{}", where(),
                                        label, name, model, classes, classes - 1, hint));
  });
}
} // namespace

void checkLabels(const data::Source &source, std::optional<size_t> column, const LabelCheck &check) {
  const Choice *loss = &check.loss;
  if (!column)
    return;
  if (!data::isFloat(check.taken)) {
    if (data::isFloat(source.columns()[*column].dtype))
      eachLabel<double>(source, *column, data::DType::F64, [&](double label, size_t, auto where) {
        if (label != std::floor(label))
          throw Failure(BadInput, fmt::format("{}: the label is {}, but {} takes numbers of classes", where(), label,
                                              loss->name));
      });
    if (int64_t classes = classesOf(*loss, check.scores))
      checkClasses(source, *column, *loss, classes, timesOf(*loss, check.scores), check.model);
    return;
  }
  // Shares and probabilities; other floats may be anything.
  bool shares = loss->name == "binary-cross-entropy" || loss->name == "focal" || loss->name == "dice" ||
                loss->name == "kl-divergence" || loss->name == "softmax-cross-entropy";
  if (shares)
    eachLabel<float>(source, *column, data::DType::F32, [&](float label, size_t, auto where) {
      if (!(label >= 0 && label <= 1))
        throw Failure(BadInput,
                      fmt::format("{}: the label is {}, but {} takes labels from 0 to 1", where(), label, loss->name));
    });
}
} // namespace dlc::cli
