// One row for each change of form between ONNX opsets. Changes that only widened an operator need no row.
#include "frontend/onnx/Upgrade.h"
#include <cmath>
#include <map>

namespace dlc {
namespace {
using Node = onnx::NodeProto;
using Context = UpgradeContext;

void dropConsumedInputs(Context &, Node &node) { removeAttr(node, "consumed_inputs"); }

template <const char *name> void drop(Context &, Node &node) { removeAttr(node, name); }

// Opsets 1 to 6 broadcast the second operand only if told to, from dimension `axis` on or else from the end.
void legacyBroadcast(Context &context, Node &node) {
  bool broadcast = intAttr(node, "broadcast", 0) != 0;
  const auto *axis = findAttr(node, "axis");
  if (broadcast && axis && node.input_size() == 2) {
    std::string aligned = context.fresh("aligned");
    Node &helper = context.before("BroadcastAxis", {node.input(0), node.input(1)}, aligned);
    helper.set_domain(upgradeDomain);
    setAttr(helper, "axis", axis->i());
    node.set_input(1, aligned);
  }
  removeAttr(node, "broadcast");
  removeAttr(node, "axis");
}

// PRelu's slope was one value or one for each channel, which is dimension 1.
void legacyPRelu(Context &context, Node &node) {
  if (node.input_size() != 2)
    return;
  std::string aligned = context.fresh("slope");
  Node &helper = context.before("BroadcastAxis", {node.input(0), node.input(1)}, aligned);
  helper.set_domain(upgradeDomain);
  setAttr(helper, "axis", int64_t(1));
  node.set_input(1, aligned);
}

// An integer list attribute that became the input number `index`.
template <int index> void listToInput(Context &context, Node &node, const char *name) {
  if (!findAttr(node, name))
    return;
  setInput(node, index, context.ints(intsAttr(node, name)));
  removeAttr(node, name);
}
void reshape5(Context &context, Node &node) { listToInput<1>(context, node, "shape"); }
void axesInput(Context &context, Node &node) { listToInput<1>(context, node, "axes"); }

// A float attribute that became a scalar input of the operand's type.
void floatToInput(Context &context, Node &node, const char *name, int index) {
  const auto *attr = findAttr(node, name);
  if (!attr)
    return;
  setInput(node, index, context.like(context.floats({attr->f()}, true), node.input(0)));
  removeAttr(node, name);
}

void clip11(Context &context, Node &node) {
  floatToInput(context, node, "min", 1);
  floatToInput(context, node, "max", 2);
}

void dropout12(Context &context, Node &node) {
  removeAttr(node, "is_test"); // a forward model does nothing in either case
  if (const auto *ratio = findAttr(node, "ratio"))
    setInput(node, 1, context.floats({ratio->f()}, true));
  removeAttr(node, "ratio");
  if (node.output_size() > 1 && !node.output(1).empty()) {
    // The mask had the operand's type.
    std::string mask = node.output(1), bools = context.fresh("mask");
    node.set_output(1, bools);
    context.after("CastLike", {bools, node.input(0)}, mask);
  }
}

void batchNormalization9(Context &, Node &node) {
  // spatial=0 keeps statistics for each activation: the builder sees it by the statistics' shape.
  removeAttr(node, "is_test");
}
void batchNormalization14(Context &, Node &node) {
  int outputs = 0;
  for (const auto &name : node.output())
    outputs += !name.empty();
  if (outputs > 1)
    setAttr(node, "training_mode", int64_t(1));
  while (node.output_size() > 3)
    node.mutable_output()->RemoveLast();
}

void pad2(Context &, Node &node) {
  if (findAttr(node, "paddings"))
    setAttr(node, "pads", intsAttr(node, "paddings"));
  removeAttr(node, "paddings");
}
void pad11(Context &context, Node &node) {
  listToInput<1>(context, node, "pads");
  floatToInput(context, node, "value", 2);
}

void slice10(Context &context, Node &node) {
  if (!findAttr(node, "starts"))
    return;
  listToInput<1>(context, node, "starts");
  listToInput<2>(context, node, "ends");
  listToInput<3>(context, node, "axes");
}

// Softmax and its kin worked on the operand flattened to two dimensions at `axis` (default 1).
void flattenedSoftmax(Context &context, Node &node) {
  int64_t axis = intAttr(node, "axis", 1);
  std::string data = node.input(0), out = node.output(0), flat = context.fresh("flat"), result = context.fresh("rows"),
              shape = context.fresh("shape");
  setAttr(context.before("Flatten", {data}, flat), "axis", axis);
  node.set_input(0, flat);
  node.set_output(0, result);
  setAttr(node, "axis", int64_t(-1));
  context.after("Shape", {data}, shape);
  setAttr(context.after("Reshape", {result, shape}, out), "allowzero", int64_t(1));
}

void upsample(Context &context, Node &node) {
  std::string scales;
  if (findAttr(node, "height_scale"))
    scales = context.floats({1, 1, floatAttr(node, "height_scale", 1), floatAttr(node, "width_scale", 1)}, false);
  else if (findAttr(node, "scales"))
    scales = context.floats(floatsAttr(node, "scales"), false);
  else if (node.input_size() > 1)
    scales = node.input(1);
  std::string mode = stringAttr(node, "mode", "nearest");
  node.clear_attribute();
  node.set_op_type("Resize");
  setAttr(node, "mode", mode == "bilinear" ? std::string("linear") : mode);
  setAttr(node, "coordinate_transformation_mode", std::string("asymmetric"));
  setAttr(node, "nearest_mode", std::string("floor"));
  setInput(node, 1, "");
  setInput(node, 2, scales);
}
void resize11(Context &, Node &node) {
  if (node.input_size() != 2)
    return;
  std::string scales = node.input(1);
  setAttr(node, "coordinate_transformation_mode", std::string("asymmetric"));
  setAttr(node, "nearest_mode", std::string("floor"));
  node.set_input(1, "");
  node.add_input(scales);
}

void concat4(Context &, Node &node) {
  if (!findAttr(node, "axis"))
    setAttr(node, "axis", int64_t(1));
}

void split13(Context &context, Node &node) { listToInput<1>(context, node, "split"); }
void split18(Context &, Node &node) {
  if (node.input_size() < 2 || node.input(1).empty())
    setAttr(node, "num_outputs", int64_t(node.output_size()));
}

void topK10(Context &context, Node &node) {
  if (findAttr(node, "k"))
    setInput(node, 1, context.ints({intAttr(node, "k", 1)}));
  removeAttr(node, "k");
}

void cast6(Context &, Node &node) {
  static const std::map<std::string, int64_t> names = {
      {"FLOAT", 1},   {"UINT8", 2},   {"INT8", 3},    {"UINT16", 4},     {"INT16", 5},
      {"INT32", 6},   {"INT64", 7},   {"STRING", 8},  {"BOOL", 9},       {"FLOAT16", 10},
      {"DOUBLE", 11}, {"UINT32", 12}, {"UINT64", 13}, {"COMPLEX64", 14}, {"COMPLEX128", 15}};
  const auto *to = findAttr(node, "to");
  if (!to || !to->has_s())
    return;
  auto found = names.find(to->s());
  if (found != names.end())
    setAttr(node, "to", found->second);
}

void selu6(Context &, Node &node) {
  setAttr(node, "alpha", floatAttr(node, "alpha", 1.6732f));
  setAttr(node, "gamma", floatAttr(node, "gamma", 1.0507f));
}

void lpPool2(Context &, Node &node) {
  const auto *p = findAttr(node, "p");
  if (p && p->has_f())
    setAttr(node, "p", int64_t(std::lround(p->f())));
}

void scatter11(Context &, Node &node) { node.set_op_type("ScatterElements"); }

void meanVariance9(Context &, Node &node) {
  bool across = intAttr(node, "across_channels", 0) != 0;
  node.clear_attribute();
  setAttr(node, "axes", across ? std::vector<int64_t>{1, 2, 3} : std::vector<int64_t>{2, 3});
}

// GridSample's modes were renamed in opset 20.
void gridSample20(Context &, Node &node) {
  std::string mode = stringAttr(node, "mode", "bilinear");
  setAttr(node, "mode", std::string(mode == "bilinear" ? "linear" : mode == "bicubic" ? "cubic" : mode));
}

// Until opset 16 regions were not shifted by half a pixel.
void roiAlign16(Context &, Node &node) {
  setAttr(node, "coordinate_transformation_mode", std::string("output_half_pixel"));
}

void dft20(Context &context, Node &node) {
  if (const auto *axis = findAttr(node, "axis"))
    setInput(node, 2, context.ints({axis->i()}));
  else
    setInput(node, 2, context.ints({1}));
  removeAttr(node, "axis");
}

// Experimental operators of the first opsets that files in the wild still use.
void affine(Context &context, Node &node) {
  std::string scaled = context.fresh("scaled"), data = node.input(0), out = node.output(0);
  context.before("Mul", {data, context.like(context.floats({floatAttr(node, "alpha", 1)}, true), data)}, scaled);
  context.before("Add", {scaled, context.like(context.floats({floatAttr(node, "beta", 0)}, true), data)}, out);
  context.erase = true;
}
void imageScaler(Context &context, Node &node) {
  std::string scaled = context.fresh("scaled"), data = node.input(0), out = node.output(0),
              bias = context.fresh("bias");
  std::string channels = context.floats(floatsAttr(node, "bias"), false);
  context.before("Unsqueeze", {channels, context.ints({1, 2})}, bias);
  context.before("Mul", {data, context.like(context.floats({floatAttr(node, "scale", 1)}, true), data)}, scaled);
  context.before("Add", {scaled, context.like(bias, data)}, out);
  context.erase = true;
}
void crop(Context &context, Node &node) {
  std::vector<int64_t> border = intsAttr(node, "border"), scale = intsAttr(node, "scale"); // left, top, right, bottom
  if (border.size() != 4)
    return; // stays, and is reported
  std::vector<int64_t> ends = {border[3] ? -border[3] : INT64_MAX, border[2] ? -border[2] : INT64_MAX};
  if (scale.size() == 2)
    ends = {border[1] + scale[0], border[0] + scale[1]};
  std::string starts = context.ints({border[1], border[0]}), stops = context.ints(ends), axes = context.ints({2, 3});
  context.before("Slice", {node.input(0), starts, stops, axes}, node.output(0));
  context.erase = true;
}
void scale(Context &context, Node &node) {
  context.before("Mul",
                 {node.input(0), context.like(context.floats({floatAttr(node, "scale", 1)}, true), node.input(0))},
                 node.output(0));
  context.erase = true;
}
void scaledTanh(Context &context, Node &node) {
  std::string data = node.input(0), inner = context.fresh("inner"), squashed = context.fresh("tanh");
  context.before("Mul", {data, context.like(context.floats({floatAttr(node, "beta", 1)}, true), data)}, inner);
  context.before("Tanh", {inner}, squashed);
  context.before("Mul", {squashed, context.like(context.floats({floatAttr(node, "alpha", 1)}, true), data)},
                 node.output(0));
  context.erase = true;
}
void parametricSoftplus(Context &context, Node &node) {
  std::string data = node.input(0), inner = context.fresh("inner"), soft = context.fresh("softplus");
  context.before("Mul", {data, context.like(context.floats({floatAttr(node, "beta", 1)}, true), data)}, inner);
  context.before("Softplus", {inner}, soft);
  context.before("Mul", {soft, context.like(context.floats({floatAttr(node, "alpha", 1)}, true), data)},
                 node.output(0));
  context.erase = true;
}

constexpr char broadcastName[] = "broadcast", sequenceName[] = "output_sequence";
constexpr int64_t always = INT64_MAX;
} // namespace

const UpgradeRule upgradeRules[] = {
    {"*", 6, dropConsumedInputs},
    {"Affine", always, affine},
    {"ImageScaler", always, imageScaler},
    {"Crop", always, crop},
    {"Scale", always, scale},
    {"ScaledTanh", always, scaledTanh},
    {"ParametricSoftplus", always, parametricSoftplus},
    {"Pad", 2, pad2},
    {"LpPool", 2, lpPool2},
    {"GlobalLpPool", 2, lpPool2},
    {"Concat", 4, concat4},
    {"Reshape", 5, reshape5},
    {"Cast", 6, cast6},
    {"Selu", 6, selu6},
    {"Add", 7, legacyBroadcast},
    {"Sub", 7, legacyBroadcast},
    {"Mul", 7, legacyBroadcast},
    {"Div", 7, legacyBroadcast},
    {"Pow", 7, legacyBroadcast},
    {"And", 7, legacyBroadcast},
    {"Or", 7, legacyBroadcast},
    {"Xor", 7, legacyBroadcast},
    {"Equal", 7, legacyBroadcast},
    {"Greater", 7, legacyBroadcast},
    {"Less", 7, legacyBroadcast},
    {"PRelu", 7, legacyPRelu},
    {"Gemm", 7, drop<broadcastName>},
    {"RNN", 7, drop<sequenceName>},
    {"LSTM", 7, drop<sequenceName>},
    {"GRU", 7, drop<sequenceName>},
    {"BatchNormalization", 9, batchNormalization9},
    {"MeanVarianceNormalization", 9, meanVariance9},
    {"Upsample", 10, upsample},
    {"Slice", 10, slice10},
    {"TopK", 10, topK10},
    {"Resize", 11, resize11},
    {"Clip", 11, clip11},
    {"Pad", 11, pad11},
    {"Scatter", always, scatter11},
    {"Upsample", always, upsample}, // deprecated, yet later files have it
    {"Dropout", 12, dropout12},
    {"Softmax", 13, flattenedSoftmax},
    {"LogSoftmax", 13, flattenedSoftmax},
    {"Hardmax", 13, flattenedSoftmax},
    {"Squeeze", 13, axesInput},
    {"Unsqueeze", 13, axesInput},
    {"ReduceSum", 13, axesInput},
    {"Split", 13, split13},
    {"BatchNormalization", 14, batchNormalization14},
    {"Split", 18, split18},
    {"ReduceMax", 18, axesInput},
    {"ReduceMin", 18, axesInput},
    {"ReduceMean", 18, axesInput},
    {"ReduceProd", 18, axesInput},
    {"ReduceL1", 18, axesInput},
    {"ReduceL2", 18, axesInput},
    {"ReduceLogSum", 18, axesInput},
    {"ReduceLogSumExp", 18, axesInput},
    {"ReduceSumSquare", 18, axesInput},
    {"RoiAlign", 16, roiAlign16},
    {"GridSample", 20, gridSample20},
    {"DFT", 20, dft20},
};
const size_t upgradeRuleCount = std::size(upgradeRules);

} // namespace dlc
