// dlc check: what stands in the way of a model, all at once.
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include "tools/dlc/data/Input.h"
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dlc::cli {
namespace {
struct Flags {
  std::string model;
  std::vector<std::string> shapes;
  bool json = false, operators = false;
};

int listOperators(bool json) {
  Json list = Json::array();
  for (auto &[name, import] : driver::importedOperators()) {
    list.push_back({{"operator", name}, {"import", import}});
    if (!json)
      fmt::print("{:<28} {}\n", name, import);
  }
  if (list.empty())
    throw Failure(Internal, "libdlc_compiler.so cannot be opened: install dlc anew");
  if (json)
    fmt::print("{}\n", list.dump());
  return Done;
}

int check(const Flags &flags) {
  if (flags.operators)
    return listOperators(flags.json);
  if (flags.model.empty())
    throw Failure(Usage, "MODEL is required");
  driver::LoadOptions load;
  for (const std::string &text : flags.shapes) {
    data::ShapeArgument argument = data::parseShape(text);
    if (argument.name.empty())
      throw Failure(Usage, fmt::format("--shape {}: say which input, as in x=1x784", text));
    load.shapes[argument.name] = argument.shape;
  }
  driver::Status status;
  auto model = driver::Model::load(flags.model, load, status);
  std::string assumed; // open dimensions of an ONNX file are taken as 1
  if (status.ok() && model->needsShapes()) {
    for (const driver::Port &port : model->inputs()) {
      data::Shape shape;
      for (const driver::Dim &d : port.dims)
        shape.push_back(std::max<int64_t>(d.size, 1));
      if (!load.shapes.count(port.name))
        load.shapes[port.name] = shape;
      assumed += fmt::format("{}{}={}", assumed.empty() ? "" : ", ", port.name, fmt::join(load.shapes[port.name], "x"));
    }
    status = model->bindShapes(load.shapes);
  }
  if (!status.ok() && status.kind != driver::Status::Unsupported)
    require(status, flags.model);

  Json inputs = Json::array(), outputs = Json::array();
  std::map<std::string, int64_t> operators;
  int64_t parameters = 0, total = 0;
  if (model) {
    for (const driver::Port &port : model->inputs())
      inputs.push_back(toJson(port));
    for (const driver::Port &port : model->outputs())
      outputs.push_back(toJson(port));
    operators = model->operators();
    for (const driver::Parameter &p : model->parameters()) {
      int64_t n = 1;
      for (int64_t d : p.shape)
        n *= d;
      parameters += n;
    }
    for (auto &[name, count] : operators)
      total += count;
  }
  int code = status.ok() ? Done : CheckFailed;
  if (flags.json) {
    fmt::print("{}\n", Json{{"model", flags.model},
                            {"ok", status.ok()},
                            {"unsupported", toJson(status.unsupported)},
                            {"inputs", inputs},
                            {"outputs", outputs},
                            {"parameters", parameters},
                            {"operators", operators}}
                           .dump());
    return code;
  }
  if (!status.ok()) {
    fmt::print("{}: {} operator{} unsupported\n{}\n", flags.model, status.unsupported.size(),
               status.unsupported.size() == 1 ? " is" : "s are", describe(status.unsupported));
    return code;
  }
  fmt::print("{}: everything is supported{}\n", flags.model, assumed.empty() ? "" : " (for " + assumed + ")");
  for (const driver::Port &port : model->inputs())
    fmt::print("  input   {}\n", driver::describe(port));
  for (const driver::Port &port : model->outputs())
    fmt::print("  output  {}\n", driver::describe(port));
  fmt::print("  {} parameters, {} operators:", parameters, total);
  for (auto &[name, count] : operators)
    fmt::print(" {} {}{}", count, name.starts_with("dlc.") ? name.substr(4) : name,
               name == operators.rbegin()->first ? "\n" : ",");
  return code;
}
} // namespace

Verb addCheck(CLI::App &root) {
  auto *app =
      root.add_subcommand("check", "Say whether a model is supported; name every operator that is not, with its node");
  auto flags = std::make_shared<Flags>();
  app->add_option("MODEL", flags->model, "Model: .onnx, .dlm or .mlir; - for standard input");
  app->add_option("--shape", flags->shapes, "Shape of an input, as in x=1x784, where support depends on it; repeatable")
      ->type_name("NAME=DIMS");
  app->add_flag("--operators", flags->operators,
                "List the operators of ONNX that can be imported, and how; no model is needed");
  app->add_flag("--json", flags->json,
                "{\"ok\",\"unsupported\":[{\"node\",\"operator\",\"reason\"}],\"inputs\",\"outputs\",...}");
  app->footer("Examples:\n"
              "  dlc check model.onnx\n"
              "  dlc check --operators\n"
              "  dlc check model.onnx --json | jq -r '.unsupported[].operator' | sort | uniq -c\n\n"
              "Exit code 0 if all is supported, 1 if not, 3 if the file is no model.");
  return {app, [flags] { return check(*flags); }};
}
} // namespace dlc::cli
