#include "tools/dlc/training/Evaluator.h"
#include "tools/dlc/Verb.h"
#include "tools/dlc/training/Feeding.h"
#include "tools/dlc/training/Observer.h"
#include <algorithm>
#include <fmt/format.h>
#include <map>

namespace dlc::cli {

namespace {
/// What a column of labels that does not fill its input was probably meant for.
std::string hint(const std::string &loss, data::DType taken, const data::Column &labels) {
  if (loss == "softmax-cross-entropy" && !data::isFloat(taken) && data::isFloat(labels.dtype))
    return "; --loss softmax-cross-entropy,probabilities=1 takes a probability for each class";
  if (data::isFloat(taken) && labels.classes && labels.shape.empty())
    return "; for numbers of classes there is --loss softmax-cross-entropy";
  return "";
}
} // namespace

Feeds feedsFor(Runner &runner, const data::Source &source, const TrainOptions &options, int64_t batch) {
  const std::string &path = options.model;
  Feeds feeds;
  const auto &inputs = runner.program().inputs;
  std::map<std::string, LossTerm> terms; // by the input that they add
  for (LossTerm &term : lossesOf(options))
    if (runner.findInput(term.labels))
      terms.emplace(term.labels, std::move(term));
  for (size_t i = 0; i < inputs.size(); ++i) {
    auto term = terms.find(inputs[i].name);
    bool label = term != terms.end();
    driver::Port port{inputs[i].name, inputs[i].dtype, {}};
    for (int64_t d : inputs[i].shape)
      port.dims.push_back({d, ""});
    auto labels = label ? labelColumn(term->second, source) : std::nullopt;
    if (label && !labels)
      throw Failure(BadInput, fmt::format("{}: the data has no column of labels{}; its columns are {}", path,
                                          port.name == "labels" ? "" : " '" + port.name + "'", columnNames(source)));
    size_t column = label ? *labels : columnFor(port, inputs.size() - terms.size(), source, options);
    const data::Column &c = source.columns()[column];
    int64_t each = 1;
    for (int64_t d : inputs[i].shape)
      each *= d;
    if (each != batch * c.elements()) {
      std::string what = label ? "the loss's input" : "input";
      throw Failure(BadInput,
                    fmt::format("{}: {} '{}' is {} for {} samples, but column '{}' of the data is {} for each{}", path,
                                what, inputs[i].name, data::describe(inputs[i].dtype, inputs[i].shape), batch, c.name,
                                data::describe(c.dtype, c.shape),
                                label ? hint(term->second.rule.name, inputs[i].dtype, c) : ""));
    }
    feeds.list.push_back({column, inputs[i].dtype, label});
    feeds.places.push_back(static_cast<std::byte *>(runner.inputData(i)));
  }
  return feeds;
}

data::Tensor averageOf(const Runner &step, const std::string &weight) {
  const TensorInfo *own = nullptr, *average = nullptr;
  for (const TensorInfo &info : step.program().weights)
    if (info.name == weight)
      own = &info;
    else if (info.name == weight + ".average")
      average = &info;
  if (!average || !own)
    return step.read(weight);
  data::Tensor wide = step.read(average->name);
  if (wide.dtype == own->dtype)
    return wide;
  data::Tensor narrow(own->dtype, own->shape);
  for (int64_t i = 0; i < wide.count(); ++i)
    data::store(narrow, i, data::load(wide, i));
  return narrow;
}

namespace {
/// The greatest batch that is not too large and leaves no rest, else the greatest.
int64_t evaluationBatch(const data::Source &source) {
  int64_t largest = 1, n = source.count();
  for (const data::Column &c : source.columns())
    largest = std::max(largest, c.elements());
  int64_t most = std::clamp<int64_t>((4 << 20) / largest, 1, 1000);
  most = std::min(most, n);
  for (int64_t b = most; 2 * b > most; --b)
    if (n % b == 0)
      return b;
  return most;
}
} // namespace

Evaluator::Evaluator(const TrainOptions &given, data::SourcePtr from)
    : options(given), source(std::move(from)), batch(evaluationBatch(*source)) {
  full.program = compileLater(options, batch, ProgramKind::Evaluate, source.get());
  if (int64_t remainder = source->count() % batch)
    rest.program = compileLater(options, remainder, ProgramKind::Evaluate, source.get());
}

void Evaluator::open(const Runner &trained) {
  step = &trained;
  const Runner *share = options.byAverage ? nullptr : step; // averages have other names: they are copied
  for (Part *part : {&full, &rest})
    if (part->program.valid()) {
      part->runner = std::make_unique<Runner>(part->program.get(), options.device, share);
      share = share ? share : part->runner.get();
      part->feeds = feedsFor(*part->runner, *source, options, part == &full ? batch : source->count() % batch);
    }
  LoaderOptions o;
  o.batch = batch;
  o.shuffle = false;
  o.workers = options.workers;
  loader = std::make_unique<Loader>(source, full.feeds.list, o);
  terms = lossNames(lossesOf(options)).size();
  for (const LossTerm &term : lossesOf(options)) // the first that is measured by something but its loss
    if (findScores(term, full.runner->program()))
      break;
}

namespace {
/// The output behind the loss that a term looks at.
std::optional<size_t> outputOf(const LossTerm &term, const TrainOptions &options, const Program &program) {
  const std::string &wanted = term.output.empty() ? options.training.lossOutput : term.output;
  size_t outputs = program.outputs.size() - lossNames(lossesOf(options)).size();
  for (size_t i = 1; i < outputs; ++i)
    if (wanted.empty() ? outputs == 2 : program.outputs[i].name == wanted)
      return i;
  return std::nullopt;
}
} // namespace

std::optional<data::Shape> Evaluator::scoresShape(const LossTerm &term) const {
  const Program &program = full.runner->program();
  auto output = outputOf(term, options, program);
  return output ? std::optional(program.outputs[*output].shape) : std::nullopt;
}

/// What a loss's output is measured by, where there is something.
bool Evaluator::findScores(const LossTerm &term, const Program &program) {
  auto column = labelColumn(term, *source), at = outputOf(term, options, program);
  auto taken = full.runner->findInput(term.labels);
  if (!column || !at || !taken)
    return false;
  labels = *column;
  const TensorInfo &output = program.outputs[*at];
  if (!data::isFloat(output.dtype) || output.shape.empty() || output.shape[0] % batch)
    return false;
  if (output.shape[0] == batch && (metric = metricFor(term.text, output.shape, source->columns()[labels]))) {
    scores = at;
    return true;
  }
  // Scores of classes with a label for each place.
  const Choice &loss = term.rule;
  if (!loss.values.contains("axis") || loss.name == "ctc" || data::isFloat(program.inputs[*taken].dtype))
    return false;
  auto rank = static_cast<int64_t>(output.shape.size()), axis = loss.whole("axis");
  axis = axis < 0 ? axis + rank : axis;
  if (axis < 1 || axis >= rank)
    return false;
  rows = output.shape[0] / batch;
  classCount = output.shape[static_cast<size_t>(axis)];
  inner = 1;
  for (int64_t d = 1; d < rank; ++d)
    (d < axis ? rows : inner) *= d == axis ? 1 : output.shape[static_cast<size_t>(d)];
  if (classCount < 2 || rows * inner != source->columns()[labels].elements())
    return false;
  if (loss.values.contains("ignore") && loss.has("ignore"))
    ignored = loss.whole("ignore");
  scores = at;
  return true;
}

std::pair<int64_t, int64_t> Evaluator::count(const data::Tensor &values, int64_t first, int64_t samples) const {
  const data::Column &column = source->columns()[labels];
  std::vector<std::byte> stored(column.bytes());
  std::vector<int64_t> truth(static_cast<size_t>(column.elements()));
  int64_t asked = 0, right = 0;
  for (int64_t i = 0; i < samples; ++i) {
    source->read(first + i, labels, stored.data());
    feedSample(column, stored.data(), data::DType::I64, reinterpret_cast<std::byte *>(truth.data()));
    for (int64_t k = 0; k < rows * inner; ++k) {
      if (ignored && truth[static_cast<size_t>(k)] == *ignored)
        continue;
      ++asked;
      int64_t place = (i * rows + k / inner) * classCount * inner + k % inner, best = 0;
      if (values.dtype == data::DType::F32) {
        const float *at = values.as<float>() + place;
        for (int64_t c = 1; c < classCount; ++c)
          if (at[c * inner] > at[best * inner])
            best = c;
      } else {
        for (int64_t c = 1; c < classCount; ++c)
          if (data::load(values, place + c * inner) > data::load(values, place + best * inner))
            best = c;
      }
      right += best == truth[static_cast<size_t>(k)];
    }
  }
  return {asked, right};
}

/// What has no average, running statistics say, is taken as it is.
void Evaluator::takeAverages() {
  const auto &kept = step->program().weights;
  auto keeps = [&](const std::string &name) {
    return std::any_of(kept.begin(), kept.end(), [&](const TensorInfo &w) { return w.name == name; });
  };
  for (const TensorInfo &weight : full.runner->program().weights)
    if (weight.state && keeps(weight.name))
      full.runner->write(weight.name, averageOf(*step, weight.name));
}

Evaluator::Result Evaluator::run() {
  if (options.byAverage)
    takeAverages();
  int64_t n = source->count(), asked = 0, right = 0;
  double sum = 0;
  std::vector<double> sums(terms);
  if (metric)
    metric->reset();
  loader->seek(0, 0);
  for (int64_t at = 0; at < n; at += batch) {
    int64_t here = std::min(batch, n - at);
    Part &part = here == batch ? full : rest;
    loader->next(part.feeds.places);
    part.runner->run();
    auto lossAt = [&](size_t output) { return data::load(part.runner->output(output), 0) * static_cast<double>(here); };
    sum += lossAt(0);
    for (size_t i = 0; i < terms; ++i)
      sums[i] += lossAt(part.runner->program().outputs.size() - terms + i);
    if (metric) {
      metric->add(part.runner->output(*scores), *source, labels, at);
    } else if (scores) {
      auto [more, hits] = count(part.runner->output(*scores), at, here);
      asked += more;
      right += hits;
    }
  }
  loader->stop();
  double share = asked ? static_cast<double>(right) / static_cast<double>(asked) : unknown;
  for (double &each : sums)
    each /= static_cast<double>(n);
  return {sum / static_cast<double>(n), metric ? metric->value() : share, std::move(sums)};
}
} // namespace dlc::cli
