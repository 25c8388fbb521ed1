#include "tools/dlc/training/Evaluator.h"
#include "tools/dlc/Verb.h"
#include "tools/dlc/training/Feeding.h"
#include <fmt/format.h>

namespace dlc::cli {

Feeds feedsFor(Runner &runner, const data::Source &source, const std::string &path) {
  Feeds feeds;
  const auto &inputs = runner.program().inputs;
  bool labelled = runner.findInput("labels").has_value();
  for (size_t i = 0; i < inputs.size(); ++i) {
    bool label = inputs[i].name == "labels";
    driver::Port port{inputs[i].name, inputs[i].dtype, {}};
    for (int64_t d : inputs[i].shape)
      port.dims.push_back({d, ""});
    if (label && !source.labels())
      throw Failure(BadInput, fmt::format("{}: the data has no column of labels", path));
    size_t column = label ? *source.labels() : columnFor(port, inputs.size() - labelled, source, path);
    const data::Column &c = source.columns()[column];
    int64_t each = 1;
    for (int64_t d : inputs[i].shape)
      each *= d;
    if (inputs[i].shape.empty() || inputs[i].shape[0] == 0 || each % c.elements() != 0)
      throw Failure(BadInput, fmt::format("{}: input '{}' is {}, but column '{}' holds {} a sample", path,
                                          inputs[i].name, data::describe(inputs[i].dtype, inputs[i].shape), c.name,
                                          data::describe(c.dtype, c.shape)));
    feeds.list.push_back({column, inputs[i].dtype});
    feeds.places.push_back(static_cast<std::byte *>(runner.inputData(i)));
  }
  return feeds;
}

Evaluator::Evaluator(const Program &forward, const TrainOptions &options, data::SourcePtr given, const Runner &share)
    : runner(forward, options.device, &share), source(std::move(given)),
      loader(source, feedsFor(runner, *source, options.model).list,
             [&] {
               LoaderOptions o;
               o.batch = forward.inputs.at(0).shape.at(0);
               o.shuffle = false;
               return o;
             }()),
      places(feedsFor(runner, *source, options.model).places), batch(forward.inputs.at(0).shape.at(0)) {
  const TensorInfo &output = forward.outputs.at(0);
  auto column = source->labels();
  if (!column)
    throw Failure(BadInput, fmt::format("{}: the data has no column of labels", options.model));
  labels = *column;
  if (output.shape.size() < 2 || output.dtype != data::DType::F32)
    throw Failure(BadInput, fmt::format("{}: output '{}' is {}, expected f32 scores as batch x classes", options.model,
                                        output.name, data::describe(output.dtype, output.shape)));
}

double Evaluator::accuracy() {
  const TensorInfo &output = runner.program().outputs.at(0);
  const data::Column &column = source->columns()[labels];
  // [N, classes, ...]: the scores of a place lie `inner` apart.
  int64_t classes = output.shape[1], inner = 1, n = source->count(), right = 0, asked = 0;
  for (size_t d = 2; d < output.shape.size(); ++d)
    inner *= output.shape[d];
  int64_t rows = output.shape[0] / batch, each = column.elements();
  if (rows * inner != each || rows * batch != output.shape[0])
    throw Failure(BadInput, fmt::format("output '{}' is {}, which has scores for {} labels a sample, but column '{}' "
                                        "holds {}",
                                        output.name, data::describe(output.dtype, output.shape), rows * inner,
                                        column.name, each));
  std::vector<std::byte> stored(column.bytes());
  std::vector<int64_t> truth(static_cast<size_t>(each));
  loader.seek(0, 0);
  for (int64_t at = 0; at < n; at += batch) {
    loader.next(places); // a short last batch leaves samples of the one before, which do not count
    runner.run();
    data::Tensor scores = runner.output(0);
    for (int64_t i = 0, here = std::min(batch, n - at); i < here; ++i) {
      source->read(at + i, labels, stored.data());
      feedSample(column, stored.data(), data::DType::I64, reinterpret_cast<std::byte *>(truth.data()));
      for (int64_t k = 0; k < each; ++k, ++asked) {
        const float *place = scores.as<float>() + ((i * rows + k / inner) * classes) * inner + k % inner;
        int64_t best = 0;
        for (int64_t c = 1; c < classes; ++c)
          if (place[c * inner] > place[best * inner])
            best = c;
        right += best == truth[static_cast<size_t>(k)];
      }
    }
  }
  return static_cast<double>(right) / static_cast<double>(asked);
}
} // namespace dlc::cli
