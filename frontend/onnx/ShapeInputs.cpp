#include "frontend/onnx/HostEval.h"
#include "frontend/onnx/Upgrade.h"
#include <map>
#include <set>

namespace dlc {
namespace {

// Operand positions of axes, sizes, shapes and counts (forms after the upgrade).
const std::map<std::string, std::vector<int>> &positions() {
  static const std::map<std::string, std::vector<int>> table = {
      {"BlackmanWindow", {0}},  {"ConstantOfShape", {0}}, {"CumSum", {1}},
      {"AffineGrid", {1}},      {"CenterCropPad", {1}},   {"Col2Im", {1, 2}},
      {"CumProd", {1}},         {"SplitToSequence", {1}}, {"SequenceAt", {1}},
      {"SequenceInsert", {2}},  {"SequenceErase", {1}},   {"DFT", {1, 2}},
      {"Dropout", {1, 2}},      {"Expand", {1}},          {"GroupQueryAttention", {6}},
      {"HammingWindow", {0}},   {"HannWindow", {0}},      {"If", {0}},
      {"Loop", {0, 1}},         {"MaxUnpool", {2}},       {"MelWeightMatrix", {0, 1, 2, 3, 4}},
      {"OneHot", {1}},          {"Pad", {1, 3}},          {"Range", {0, 1, 2}},
      {"ReduceL1", {1}},        {"ReduceL2", {1}},        {"ReduceLogSum", {1}},
      {"ReduceLogSumExp", {1}}, {"ReduceMax", {1}},       {"ReduceMean", {1}},
      {"ReduceMin", {1}},       {"ReduceProd", {1}},      {"ReduceSum", {1}},
      {"ReduceSumSquare", {1}}, {"Reshape", {1}},         {"Resize", {1, 2, 3}},
      {"STFT", {1, 3}},         {"Slice", {1, 2, 3, 4}},  {"Split", {1}},
      {"Squeeze", {1}},         {"Tile", {1, 2}},         {"TopK", {1}},
      {"Trilu", {1}},           {"Unsqueeze", {1}},
  };
  return table;
}

// Names that must be known, from the last node to the first.
void collect(const onnx::GraphProto &graph, std::set<std::string> &wanted) {
  for (int i = graph.node_size(); i-- > 0;) {
    const auto &node = graph.node(i);
    bool known = false;
    for (const auto &output : node.output())
      known |= wanted.count(output) != 0;
    // Shape and Size ask for no values.
    if (known && canEvaluate(node.op_type()))
      for (const auto &input : node.input())
        wanted.insert(input);
    auto row = positions().find(node.op_type());
    if (row != positions().end())
      for (int position : row->second)
        if (position < node.input_size())
          wanted.insert(node.input(position));
    for (const auto &attr : node.attribute()) {
      // What is wanted of a branch's results is wanted in the branch.
      for (int k = 0; node.op_type() == "If" && k < attr.g().output_size() && k < node.output_size(); ++k)
        if (wanted.count(node.output(k)))
          wanted.insert(attr.g().output(k).name());
      if (attr.has_g())
        collect(attr.g(), wanted);
      // What a loop's body wants to know of its own arguments it must be given.
      for (int k = 0; attr.has_g() && k < attr.g().input_size() && k < node.input_size(); ++k)
        if (wanted.count(attr.g().input(k).name()))
          wanted.insert(node.input(k));
    }
  }
}
} // namespace

std::vector<std::string> shapeInputs(const OnnxModel &model) {
  std::set<std::string> wanted, initialized;
  collect(model.proto.graph(), wanted);
  for (const auto &tensor : model.proto.graph().initializer())
    initialized.insert(tensor.name());
  std::vector<std::string> names;
  for (const auto &input : model.proto.graph().input())
    if (wanted.count(input.name()) && !initialized.count(input.name()))
      names.push_back(input.name());
  return names;
}

} // namespace dlc
