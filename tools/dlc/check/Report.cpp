#include "tools/dlc/check/Report.h"
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dlc::check {
namespace {
using cli::Json;

std::string plural(size_t count, const char *one, const char *many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// "node 'conv1' (Conv, ai.onnx 17)"
std::string where(const Located &f) {
  if (f.node.empty() && f.op.empty())
    return "";
  if (f.op.empty())
    return fmt::format("node '{}'", f.node);
  std::string set = f.opset ? fmt::format(" {}", f.opset) : ", which the file imports no opset of";
  return fmt::format("node '{}' ({}, {}{})", f.node, f.op, f.domain.empty() ? "ai.onnx" : f.domain, set);
}

/// Findings of one operator and one kind.
struct Row {
  std::string op;
  bool unsupported;
  size_t nodes = 0;
  std::vector<std::string> reasons; ///< each once
  std::string title() const { return op.empty() ? "(inputs and weights)" : op; }
};

std::vector<Row> summary(const std::vector<Located> &findings) {
  std::vector<Row> rows;
  for (const Located &f : findings) {
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&](const Row &r) { return r.op == f.op && r.unsupported == f.unsupported; });
    if (row == rows.end())
      row = rows.insert(row, {f.op, f.unsupported, 0, {}});
    ++row->nodes;
    if (std::find(row->reasons.begin(), row->reasons.end(), f.reason) == row->reasons.end())
      row->reasons.push_back(f.reason);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row &x, const Row &y) { return x.nodes > y.nodes; });
  return rows;
}

std::string reasonsOf(const Row &row) {
  return row.reasons.size() == 1 ? row.reasons[0]
                                 : fmt::format("{} (and {} other reasons)", row.reasons[0], row.reasons.size() - 1);
}
} // namespace

void Report::describe(const driver::Model &imported) {
  inputs = imported.inputs();
  outputs = imported.outputs();
  operators = imported.operators();
  for (const driver::Parameter &p : imported.parameters()) {
    int64_t n = 1;
    for (int64_t d : p.shape)
      n *= d;
    parameters += n;
  }
}

void Report::addDevice(const std::string &device, const driver::Status &status) {
  devices.emplace_back(device, status.ok());
  if (status.ok())
    return;
  std::vector<driver::Finding> list = status.findings;
  if (list.empty()) {
    list.emplace_back();
    list.back().reason = status.message;
  }
  for (driver::Finding &f : list) {
    auto same = std::find_if(findings.begin(), findings.end(), [&](const Located &other) {
      return !other.devices.empty() && other.node == f.node && other.reason == f.reason;
    });
    if (same == findings.end()) {
      f.unsupported = true;
      f.advice = "the model is read, but code cannot be generated for it: compute this node otherwise, and report it";
      same = findings.insert(findings.end(), f);
    }
    same->devices.push_back(device);
  }
}

std::string Report::text() const {
  std::string text;
  auto add = [&](fmt::string_view format, auto &&...values) {
    text += fmt::vformat(format, fmt::make_format_args(values...));
  };
  size_t unsupported = 0;
  for (const Located &f : findings)
    unsupported += f.unsupported;
  size_t wrong = findings.size() - unsupported;
  if (ok())
    add("{}: everything is supported", model);
  else
    add("{}: {}{}{}", model, unsupported ? plural(unsupported, "thing is", "things are") + " unsupported" : "",
        unsupported && wrong ? ", " : "", wrong ? plural(wrong, "thing is", "things are") + " wrong" : "");
  std::string shapes;
  for (const Guess::Assumed &a : assumed)
    shapes +=
        (shapes.empty() ? "" : ", ") + (a.partly() ? a.range : fmt::format("{}={}", a.input, fmt::join(a.shape, "x")));
  add("{}\n", assumed.empty() ? "" : " (for " + shapes + ")");
  for (const Guess::Assumed &a : assumed)
    if (a.partly())
      add("  shape wanted: input '{}' is open, also beside what has a range, and these are guesses: --shape {}\n",
          a.open, a.range);
    else
      add("  shape wanted: input '{}' is open, and {} a guess; give --shape {}={}{}\n", a.open, fmt::join(a.shape, "x"),
          a.input, fmt::join(a.shape, "x"),
          a.range.empty() ? "" : fmt::format(", or --shape {} for a program of many sizes", a.range));
  if (!ok() && !assumed.empty())
    add("  what does not fit below may fit other sizes than these guesses\n");
  for (const std::string &note : notes)
    add("  note: {}\n", note);
  for (const Located &f : findings) {
    std::string place = where(f);
    add("\n{}{}{}\n", place, place.empty() ? "" : ": ", f.reason);
    if (!f.operands.empty())
      add("  reads: {}\n", fmt::join(f.operands, ", "));
    if (!f.devices.empty())
      add("  on:    {}\n", fmt::join(f.devices, ", "));
    if (!f.advice.empty())
      add("  do:    {}\n", f.advice);
  }
  if (!ok()) {
    add("\n{:>5}  {:<28} {}\n", "nodes", "operator", "reason");
    for (const Row &row : summary(findings))
      add("{:>5}  {:<28} {}: {}\n", row.nodes, row.title(), row.unsupported ? "unsupported" : "wrong", reasonsOf(row));
  }
  constexpr size_t named = 5;
  if (!skipped.empty())
    add("not looked at: {}, whose operands are unknown for the above ('{}'{})\n",
        plural(skipped.size(), "node", "nodes"),
        fmt::join(skipped.begin(), skipped.begin() + static_cast<ptrdiff_t>(std::min(named, skipped.size())), "', '"),
        skipped.size() > named ? ", ..." : "");
  for (const driver::Port &port : inputs)
    add("  input   {}\n", driver::describe(port));
  for (const driver::Port &port : outputs)
    add("  output  {}\n", driver::describe(port));
  if (!devices.empty()) {
    int64_t total = 0;
    std::string list;
    for (auto &[name, count] : operators) {
      total += count;
      list += fmt::format("{} {} {}", list.empty() ? "" : ",", count, name.starts_with("dlc.") ? name.substr(4) : name);
    }
    add("  {} parameters, {} operators:{}\n", parameters, total, list);
  }
  std::string runs, not_;
  for (auto &[name, good] : devices)
    (good ? runs : not_) += ((good ? runs : not_).empty() ? "" : ", ") + name;
  add("  would run on: {}{}\n", runs.empty() ? "nothing" : runs, not_.empty() ? "" : "; not on: " + not_);
  return text;
}

Json Report::json() const {
  auto list = [](const std::vector<Located> &all, bool unsupportedAlone) {
    Json result = Json::array();
    for (const Located &f : all)
      if (f.unsupported || !unsupportedAlone)
        result.push_back({{"node", f.node},
                          {"operator", f.op},
                          {"domain", f.domain.empty() && !f.op.empty() ? "ai.onnx" : f.domain},
                          {"opset", f.opset},
                          {"operands", f.operands},
                          {"reason", f.reason},
                          {"advice", f.advice},
                          {"unsupported", f.unsupported},
                          {"devices", f.devices}});
    return result;
  };
  Json rows = Json::array(), guessed = Json::array(), runs = Json::object(), in = Json::array(), out = Json::array();
  for (const Row &row : summary(findings))
    rows.push_back(
        {{"operator", row.op}, {"nodes", row.nodes}, {"unsupported", row.unsupported}, {"reasons", row.reasons}});
  for (const Guess::Assumed &a : assumed)
    guessed.push_back({{"input", a.input}, {"shape", a.shape}, {"range", a.range}});
  for (const char *device : {"cpu", "cuda"})
    runs[device] = false;
  for (auto &[name, good] : devices)
    runs[name] = good;
  for (const driver::Port &port : inputs)
    in.push_back(cli::toJson(port));
  for (const driver::Port &port : outputs)
    out.push_back(cli::toJson(port));
  return {{"model", model},
          {"ok", ok()},
          {"findings", list(findings, false)},
          {"unsupported", list(findings, true)},
          {"summary", rows},
          {"skipped", skipped},
          {"notes", notes},
          {"assumed", guessed},
          {"devices", runs},
          {"inputs", in},
          {"outputs", out},
          {"parameters", parameters},
          {"operators", operators}};
}

} // namespace dlc::check
