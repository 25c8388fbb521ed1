#include "tools/dlc/check/Gradients.h"
#include "tools/dlc/Console.h"
#include "tools/dlc/data/Input.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <random>

namespace dlc::check {
namespace {
using data::Tensor;

/// Floats as f64, all else as it is.
Tensor wide(const Tensor &t) {
  if (!data::isFloat(t.dtype) || t.dtype == data::DType::F64)
    return t;
  Tensor result(data::DType::F64, t.shape);
  for (int64_t i = 0; i < t.count(); ++i)
    data::store(result, i, data::load(t, i));
  return result;
}
double &at(Tensor &t, int64_t i) { return t.as<double>()[i]; }

/// A program of a piece with its inputs and cotangents set.
class Slopes {
public:
  Slopes(const driver::GradientPiece &piece, const std::vector<char> &program, std::vector<Tensor> given,
         std::mt19937_64 &random)
      : piece(piece), inputs(std::move(given)), runner(cli::Program::fromBytes(program), device()) {
    std::uniform_real_distribution<double> size(0.5, 1.5);
    for (size_t i = 0; i < inputs.size(); ++i)
      runner.setInput(i, inputs[i]);
    for (size_t i = inputs.size(); i < runner.program().inputs.size(); ++i) {
      Tensor c(data::DType::F64, runner.program().inputs[i].shape);
      for (int64_t e = 0; e < c.count(); ++e)
        at(c, e) = size(random) * (random() & 1 ? 1 : -1);
      runner.setInput(i, c);
      cotangents.push_back(std::move(c));
    }
    here = value();
    for (size_t r = 0; r < piece.floatResults.size(); ++r)
      results.push_back(runner.output(r));
    for (size_t i = 0; piece.skipped.empty() && i < piece.floats.size(); ++i)
      gradients.push_back(runner.output(piece.floatResults.size() + i));
  }

  /// <cotangents, results> with element `e` of input `i` moved.
  double moved(unsigned i, int64_t e, double by) {
    Tensor x = inputs[i];
    at(x, e) += by;
    runner.setInput(i, x);
    double result = value();
    runner.setInput(i, inputs[i]);
    return result;
  }
  /// With all of input `i` moved along a direction.
  double moved(unsigned i, const std::vector<double> &along, double by) {
    Tensor x = inputs[i];
    for (int64_t e = 0; e < x.count(); ++e)
      at(x, e) += by * along[size_t(e)];
    runner.setInput(i, x);
    double result = value();
    runner.setInput(i, inputs[i]);
    return result;
  }

  const driver::GradientPiece &piece;
  std::vector<Tensor> inputs, cotangents, results, gradients; ///< gradients: one for each of piece.floats
  double here = 0, sum = 0;                                   ///< sum: of the terms' magnitudes, which rounding goes by

private:
  static cli::DeviceOptions device() {
    cli::DeviceOptions options;
    options.device = "cpu";
    return options;
  }
  double value() {
    runner.run();
    double total = 0;
    sum = 0;
    size_t n = 0;
    for (size_t r = 0; r < piece.floatResults.size(); ++r) {
      if (!piece.floatResults[r] || n == cotangents.size())
        continue;
      Tensor y = runner.output(r);
      Tensor &c = cotangents[n++];
      for (int64_t e = 0; e < y.count(); ++e) {
        double term = at(c, e) * at(y, e);
        total += term;
        sum += std::fabs(term);
      }
    }
    return total;
  }
  cli::Runner runner;
};

/// Takes in one comparison of a gradient with the slopes on both sides.
void compare(GradientResult &result, const GradientOptions &o, const std::string &tensor, int64_t element,
             double gradient, double above, double below, double here, double h, double rms, double sum) {
  double difference = (above - below) / (2 * h), right = (above - here) / h, left = (here - below) / h;
  double noise = 8e-16 * sum / h, scale = std::max({std::fabs(gradient), std::fabs(difference), rms});
  double off = std::max(0.0, std::fabs(gradient - difference) - noise);
  double error = off == 0 ? 0 : off / std::max(scale, 1e-300);
  ++result.elements;
  double slack = o.tolerance * scale + noise;
  if (error > o.tolerance && std::fabs(right - left) > 2 * slack && gradient >= std::min(left, right) - slack &&
      gradient <= std::max(left, right) + slack) {
    ++result.kinks;
    return;
  }
  if (std::isnan(error))
    error = INFINITY;
  if (result.tensor.empty() || error > result.error) {
    result.error = error;
    result.tensor = tensor;
    result.element = element;
    result.gradient = gradient;
    result.difference = difference;
  }
}

double rootMeanSquare(Tensor &t) {
  double sum = 0;
  for (int64_t e = 0; e < t.count(); ++e)
    sum += at(t, e) * at(t, e);
  return std::sqrt(sum / double(std::max<int64_t>(t.count(), 1)));
}

/// The greatest gradient, and others by chance.
std::vector<int64_t> chosen(Tensor &gradient, int64_t samples, std::mt19937_64 &random) {
  std::vector<int64_t> all(size_t(gradient.count()));
  for (size_t i = 0; i < all.size(); ++i)
    all[i] = int64_t(i);
  if (gradient.count() <= samples)
    return all;
  auto greatest = std::max_element(all.begin(), all.end(), [&](int64_t a, int64_t b) {
    return std::fabs(at(gradient, a)) < std::fabs(at(gradient, b));
  });
  std::vector<int64_t> picked = {*greatest};
  while (int64_t(picked.size()) < samples)
    picked.push_back(int64_t(random() % uint64_t(gradient.count())));
  return picked;
}

class Checker {
public:
  Checker(const driver::Model &model, const std::string &path, const GradientOptions &o) : o(o), random(o.seed) {
    cli::Progress progress;
    cli::require(model.takeApart(o.seed, parts,
                                 [&](size_t done, size_t all) {
                                   progress.show(fmt::format("compiling {} {} of {} nodes in f64",
                                                             cli::bar(double(done) / double(all)), done, all));
                                 }),
                 path);
    progress.clear();
    auto ports = model.inputs();
    for (size_t i = 0; i < ports.size(); ++i) {
      const driver::Port &port = ports[i];
      data::Shape shape;
      for (const driver::Dim &d : port.dims)
        shape.push_back(d.size);
      auto given = o.inputs.find(port.name);
      set(i, port.name,
          given != o.inputs.end() ? given->second : data::randomTensor(port.dtype, shape, o.seed * 1000 + i));
    }
    for (size_t i = 0; i < parts.weights.size(); ++i) {
      const auto &weight = parts.weights[i];
      Tensor t(weight.dtype, weight.shape);
      std::memcpy(t.bytes.data(), weight.bytes.data(), std::min(t.bytes.size(), weight.bytes.size()));
      set(ports.size() + i, weight.name, t);
    }
  }

  GradientReport run() {
    GradientReport report;
    cli::Progress progress;
    for (size_t i = 0; i < parts.nodes.size(); ++i) {
      progress.show(
          fmt::format("checking {} {}", cli::bar(double(i) / double(parts.nodes.size())), parts.nodes[i].node));
      report.nodes.push_back(check(parts.nodes[i], false));
    }
    progress.show("checking the whole model");
    report.whole = check(parts.whole, true);
    return report;
  }

private:
  void set(size_t number, const std::string &name, const Tensor &value) {
    if (values.size() <= number) {
      values.resize(number + 1);
      names.resize(number + 1);
    }
    names[number] = name;
    values[number] = wide(value);
  }

  GradientResult check(const driver::GradientPiece &piece, bool whole) {
    GradientResult result;
    result.node = piece.node.empty() ? "(nameless)" : piece.node;
    result.operators = piece.operators;
    result.chosen = piece.chosen;
    const driver::GradientPiece &owner = piece.same < parts.nodes.size() ? parts.nodes[piece.same] : parts.whole;
    result.skipped = piece.skipped.empty() ? owner.skipped : piece.skipped;
    if (owner.program.empty())
      return result;
    std::vector<Tensor> inputs;
    for (unsigned n : piece.reads)
      inputs.push_back(values.at(n));
    bool finite = true;
    for (Tensor &t : inputs)
      finite &= t.dtype != data::DType::F64 ||
                std::all_of(t.as<double>(), t.as<double>() + t.count(), [](double x) { return std::isfinite(x); });
    Slopes slopes(piece, owner.program, std::move(inputs), random);
    for (size_t r = 0; r < piece.gives.size(); ++r)
      set(piece.gives[r], "", slopes.results[r]);
    if (!result.skipped.empty())
      return result;
    if (!finite) {
      result.skipped = "it reads numbers that are not finite";
      return result;
    }
    for (size_t n = 0; n < piece.floats.size(); ++n) {
      unsigned i = piece.floats[n];
      std::string tensor = names.at(piece.reads[i]);
      if (tensor.empty())
        tensor = fmt::format("operand {}", i);
      Tensor &gradient = slopes.gradients[n];
      double rms = rootMeanSquare(gradient);
      if (whole) {
        alongADirection(result, slopes, i, tensor, gradient);
        continue;
      }
      for (int64_t e : chosen(gradient, o.samples, random)) {
        double h = o.eps * std::max(1.0, std::fabs(at(slopes.inputs[i], e)));
        double above = slopes.moved(i, e, h), below = slopes.moved(i, e, -h);
        compare(result, o, tensor, e, at(gradient, e), above, below, slopes.here, h, rms, slopes.sum);
      }
    }
    return result;
  }

  void alongADirection(GradientResult &result, Slopes &slopes, unsigned i, const std::string &tensor,
                       Tensor &gradient) {
    if (gradient.count() == 0)
      return;
    std::vector<double> along(static_cast<size_t>(gradient.count()));
    std::normal_distribution<double> normal;
    double slope = 0, length = 0;
    for (size_t e = 0; e < along.size(); ++e) {
      along[e] = normal(random);
      slope += along[e] * at(gradient, int64_t(e));
      length += along[e] * along[e];
    }
    double h = o.eps / std::sqrt(length);
    compare(result, o, tensor, -1, slope, slopes.moved(i, along, h), slopes.moved(i, along, -h), slopes.here, h,
            rootMeanSquare(gradient), slopes.sum);
  }

  const GradientOptions &o;
  std::mt19937_64 random;
  driver::GradientParts parts;
  std::vector<std::string> names;
  std::vector<Tensor> values; ///< inputs, weights, then what nodes give
};

std::string place(const GradientResult &r) {
  return r.element < 0 ? r.tensor + " along a direction" : fmt::format("{}[{}]", r.tensor, r.element);
}

cli::Json toJson(const GradientResult &r, const GradientOptions &o) {
  cli::Json json{{"node", r.node}, {"operators", r.operators}};
  if (!r.skipped.empty()) {
    json["skipped"] = r.skipped;
    return json;
  }
  json["ok"] = !r.wrong(o);
  json["chosen"] = r.chosen;
  json["elements"] = r.elements;
  json["kinks"] = r.kinks;
  json["error"] = std::isfinite(r.error) ? cli::Json(r.error) : cli::Json(nullptr);
  json["at"] = {{"tensor", r.tensor}, {"element", r.element}, {"gradient", r.gradient}, {"difference", r.difference}};
  return json;
}
} // namespace

bool GradientReport::ok(const GradientOptions &o) const {
  return !whole.wrong(o) && std::none_of(nodes.begin(), nodes.end(), [&](auto &n) { return n.wrong(o); });
}

std::string GradientReport::text(const GradientOptions &o, const std::string &model) const {
  std::vector<const GradientResult *> order, skipped;
  int64_t elements = 0, kinks = 0;
  size_t wrong = 0, integers = 0;
  for (const GradientResult &n : nodes) {
    elements += n.elements;
    kinks += n.kinks;
    wrong += n.wrong(o);
    if (n.skipped.empty())
      order.push_back(&n);
    else if (n.skipped.ends_with("no floats"))
      ++integers;
    else
      skipped.push_back(&n);
  }
  std::stable_sort(order.begin(), order.end(), [&](auto *a, auto *b) {
    return std::pair(a->wrong(o), a->error) > std::pair(b->wrong(o), b->error);
  });
  std::string text =
      fmt::format("{}: {} nodes, {} elements beside central differences in f64\n\n", model, order.size(), elements);
  size_t shown = std::max<size_t>(wrong, std::min<size_t>(order.size(), 10)), width = 4;
  for (size_t i = 0; i < shown; ++i)
    width = std::max(width, std::min<size_t>(order[i]->node.size(), 40));
  text += fmt::format("  {:<{}}  {:>9}  {:<28}  {:>14}  {:>14}  operators\n", "node", width, "error", "worst at",
                      "gradient", "difference");
  for (size_t i = 0; i < shown; ++i) {
    const GradientResult &r = *order[i];
    text += fmt::format("{} {:<{}}  {:>9.2e}  {:<28}  {:>14.7g}  {:>14.7g}  {}{}\n", r.wrong(o) ? "!" : " ", r.node,
                        width, r.error, r.tensor.empty() ? "" : place(r), r.gradient, r.difference, r.operators,
                        r.chosen ? " (chosen: not the derivative)" : "");
  }
  if (shown < order.size())
    text += fmt::format("  .. and {} more, none worse\n", order.size() - shown);
  for (const GradientResult *r : skipped)
    text += fmt::format("  {}: not checked: {}\n", r->node, r->skipped);
  if (integers)
    text += fmt::format("  {} nodes read or give no floats\n", integers);
  if (kinks)
    text += fmt::format("  {} elements lie at kinks: their gradients are between the slopes of both sides\n", kinks);
  text += whole.skipped.empty() ? fmt::format("\nthe whole model: error {:.2e}{}\n", whole.error,
                                              whole.tensor.empty() ? "" : " (" + place(whole) + ")")
                                : fmt::format("\nthe whole model: not checked: {}\n", whole.skipped);
  if (ok(o))
    return text + fmt::format("all within {:g}\n", o.tolerance);
  if (wrong)
    return text + fmt::format("worst node: '{}' ({}): gradient {:.7g}, central differences {:.7g}, at {}\n",
                              order[0]->node, order[0]->operators, order[0]->gradient, order[0]->difference,
                              place(*order[0]));
  return text + fmt::format("every node is right, but their composition is not, at {}: gradient {:.7g}, central "
                            "differences {:.7g}\n",
                            place(whole), whole.gradient, whole.difference);
}

cli::Json GradientReport::json(const GradientOptions &o, const std::string &model) const {
  cli::Json list = cli::Json::array();
  const GradientResult *worst = nullptr;
  for (const GradientResult &n : nodes) {
    list.push_back(toJson(n, o));
    if (n.skipped.empty() && !n.chosen && (!worst || n.error > worst->error))
      worst = &n;
  }
  return {{"model", model},
          {"ok", ok(o)},
          {"tolerance", o.tolerance},
          {"eps", o.eps},
          {"seed", o.seed},
          {"worst", worst ? cli::Json(worst->node) : cli::Json(nullptr)},
          {"whole", toJson(whole, o)},
          {"nodes", list}};
}

GradientReport checkGradients(const driver::Model &model, const std::string &path, const GradientOptions &options) {
  return Checker(model, path, options).run();
}

} // namespace dlc::check
