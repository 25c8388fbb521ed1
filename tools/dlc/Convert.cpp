// dlc convert: a model from one format to another.
#include "tools/dlc/Console.h"
#include "tools/dlc/Models.h"
#include <filesystem>
#include <fmt/format.h>

namespace dlc::cli {

Verb addConvert(CLI::App &root) {
  auto *app = root.add_subcommand("convert", "Turn a model into another format: .onnx, .dlm, .mlir");
  struct Flags {
    std::string input, output = "-", to;
    CompileFlags compile;
    bool json = false;
  };
  auto flags = std::make_shared<Flags>();
  app->add_option("MODEL", flags->input, "Model to read: .onnx, .dlm or .mlir; - for standard input")->required();
  app->add_option("-o,--output", flags->output, "File to write; its ending decides the format; - for standard output")
      ->required();
  app->add_option("--to", flags->to, "The format where the output has no telling name")
      ->check(CLI::IsMember({"onnx", "dlm", "mlir"}));
  flags->compile.addShapesTo(*app);
  app->add_flag("--json", flags->json, "Say what was written as JSON");
  app->footer("Examples:\n"
              "  dlc convert model.onnx -o model.dlm     for fast loading: weights are mapped, not read\n"
              "  dlc convert model.dlm -o model.mlir     to read and edit; weights go to weights.bin beside it\n"
              "  dlc convert model.onnx -o - --to mlir | less\n\n"
              "Names, opset and interface of an ONNX file survive the way to .dlm and back.");
  return {
      app, [flags] {
        auto model = flags->compile.load(flags->input);
        if (!flags->compile.shapes.empty())
          require(model->bindShapes(flags->compile.shapesFor(*model), flags->compile.ranges()), flags->input);
        bool open = model->needsShapes(); // which is the input's fault
        require(model->save(flags->output, flags->to), open ? flags->input : flags->output == "-" ? "" : flags->output);
        if (flags->json && flags->output != "-")
          fmt::print("{}\n", Json{{"input", flags->input},
                                  {"output", flags->output},
                                  {"bytes", std::filesystem::file_size(flags->output)},
                                  {"operators", model->operators()}}
                                 .dump());
        return static_cast<int>(Done);
      }};
}
} // namespace dlc::cli
