#include "frontend/onnx/Upgrade.h"
#include <map>
#include <set>

namespace dlc {

const onnx::AttributeProto *findAttr(const onnx::NodeProto &node, std::string_view name) {
  for (const auto &attr : node.attribute())
    if (attr.name() == name)
      return &attr;
  return nullptr;
}
int64_t intAttr(const onnx::NodeProto &node, std::string_view name, int64_t otherwise) {
  const auto *attr = findAttr(node, name);
  return attr ? attr->i() : otherwise;
}
float floatAttr(const onnx::NodeProto &node, std::string_view name, float otherwise) {
  const auto *attr = findAttr(node, name);
  return attr ? attr->f() : otherwise;
}
std::string stringAttr(const onnx::NodeProto &node, std::string_view name, std::string_view otherwise) {
  const auto *attr = findAttr(node, name);
  return attr ? attr->s() : std::string(otherwise);
}
std::vector<int64_t> intsAttr(const onnx::NodeProto &node, std::string_view name) {
  const auto *attr = findAttr(node, name);
  return attr ? std::vector<int64_t>(attr->ints().begin(), attr->ints().end()) : std::vector<int64_t>();
}
std::vector<float> floatsAttr(const onnx::NodeProto &node, std::string_view name) {
  const auto *attr = findAttr(node, name);
  return attr ? std::vector<float>(attr->floats().begin(), attr->floats().end()) : std::vector<float>();
}
void removeAttr(onnx::NodeProto &node, std::string_view name) {
  auto *attrs = node.mutable_attribute();
  for (int i = 0; i < attrs->size(); ++i)
    if (attrs->Get(i).name() == name)
      attrs->DeleteSubrange(i--, 1);
}

static onnx::AttributeProto &freshAttr(onnx::NodeProto &node, const std::string &name,
                                       onnx::AttributeProto::AttributeType type) {
  removeAttr(node, name);
  auto &attr = *node.add_attribute();
  attr.set_name(name);
  attr.set_type(type);
  return attr;
}
void setAttr(onnx::NodeProto &node, const std::string &name, int64_t value) {
  freshAttr(node, name, onnx::AttributeProto::INT).set_i(value);
}
void setAttr(onnx::NodeProto &node, const std::string &name, float value) {
  freshAttr(node, name, onnx::AttributeProto::FLOAT).set_f(value);
}
void setAttr(onnx::NodeProto &node, const std::string &name, const std::string &value) {
  freshAttr(node, name, onnx::AttributeProto::STRING).set_s(value);
}
void setAttr(onnx::NodeProto &node, const std::string &name, const std::vector<int64_t> &values) {
  auto &attr = freshAttr(node, name, onnx::AttributeProto::INTS);
  for (int64_t value : values)
    attr.add_ints(value);
}
void setInput(onnx::NodeProto &node, int index, const std::string &name) {
  while (node.input_size() <= index)
    node.add_input("");
  node.set_input(index, name);
}

static onnx::NodeProto &makeNode(std::vector<onnx::NodeProto> &list, const std::string &name, const std::string &op,
                                 const std::vector<std::string> &inputs, const std::string &output) {
  onnx::NodeProto &node = list.emplace_back();
  node.set_name(name);
  node.set_op_type(op);
  for (const std::string &input : inputs)
    node.add_input(input);
  node.add_output(output);
  return node;
}
onnx::NodeProto &UpgradeContext::before(const std::string &op, std::vector<std::string> inputs,
                                        const std::string &output) {
  return makeNode(pre, node->name(), op, inputs, output);
}
onnx::NodeProto &UpgradeContext::after(const std::string &op, std::vector<std::string> inputs,
                                       const std::string &output) {
  return makeNode(post, node->name(), op, inputs, output);
}
std::string UpgradeContext::fresh(const std::string &hint) { return prefix + hint + "_" + std::to_string(counter++); }

static std::string constant(UpgradeContext &context, DType type, std::vector<int64_t> shape, std::string bytes) {
  std::string name = context.fresh("const");
  auto &attr = *context.before("Constant", {}, name).add_attribute();
  attr.set_name("value");
  attr.set_type(onnx::AttributeProto::TENSOR);
  tensorToProto(Tensor::fromBytes(type, std::move(shape), std::move(bytes)), *attr.mutable_t());
  return name;
}
std::string UpgradeContext::ints(const std::vector<int64_t> &values) {
  return constant(*this, DType::I64, {int64_t(values.size())},
                  std::string(reinterpret_cast<const char *>(values.data()), values.size() * 8));
}
std::string UpgradeContext::floats(const std::vector<float> &values, bool scalar) {
  std::vector<int64_t> shape;
  if (!scalar)
    shape.push_back(int64_t(values.size()));
  return constant(*this, DType::F32, shape,
                  std::string(reinterpret_cast<const char *>(values.data()), values.size() * 4));
}
std::string UpgradeContext::like(const std::string &value, const std::string &model) {
  std::string name = fresh("like");
  before("CastLike", {value, model}, name);
  return name;
}

namespace {
bool isDefaultDomain(const std::string &domain) { return domain.empty() || domain == "ai.onnx"; }

using FunctionKey = std::pair<std::string, std::string>;
using Functions = std::map<FunctionKey, const onnx::FunctionProto *>;
} // namespace

class GraphUpgrader {
public:
  GraphUpgrader(const Functions &functions, int64_t opset) : functions(functions), context("dlc.up."), opset(opset) {}

  void run(onnx::GraphProto &graph) {
    int index = 0;
    for (auto &node : *graph.mutable_node()) {
      if (node.name().empty())
        node.set_name(node.op_type() + "_" + std::to_string(index));
      ++index;
    }
    google::protobuf::RepeatedPtrField<onnx::NodeProto> old;
    old.Swap(graph.mutable_node());
    for (auto &node : old)
      upgrade(node, opset, *graph.mutable_node());
  }

private:
  using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

  void upgrade(onnx::NodeProto &node, int64_t version, Nodes &out) {
    for (auto &attr : *node.mutable_attribute()) {
      if (attr.has_g())
        run(*attr.mutable_g());
      for (auto &graph : *attr.mutable_graphs())
        run(graph);
    }
    auto function = functions.find({node.domain(), node.op_type()});
    // Functions that call each other can say exponentially many nodes; what is left over is reported as unknown.
    if (function != functions.end() && depth < 32 && inlined < 1 << 18) {
      ++depth;
      inlineCall(node, *function->second, out);
      --depth;
      return;
    }
    if (isDefaultDomain(node.domain()))
      applyRules(node, version, out);
    else
      out.Add(std::move(node));
  }

  void applyRules(onnx::NodeProto &node, int64_t version, Nodes &out) {
    context.node = &node;
    context.erase = false;
    context.pre.clear();
    context.post.clear();
    // Rules name the first operand and result; where one is missing the importer says so.
    bool whole = node.input_size() > 0 && node.output_size() > 0;
    for (size_t i = 0; whole && i < upgradeRuleCount && !context.erase; ++i) {
      const UpgradeRule &rule = upgradeRules[i];
      if (version < rule.below && (rule.op == node.op_type() || rule.op == std::string_view("*")))
        rule.rewrite(context, node);
    }
    for (auto &extra : context.pre)
      out.Add(std::move(extra));
    if (!context.erase)
      out.Add(std::move(node));
    for (auto &extra : context.post)
      out.Add(std::move(extra));
  }

  // The function's nodes in place of the call: formal names bound to actual ones, others made unique.
  void inlineCall(const onnx::NodeProto &call, const onnx::FunctionProto &function, Nodes &out) {
    std::map<std::string, std::string> names;
    names[""] = "";
    for (int i = 0; i < function.input_size(); ++i)
      names[function.input(i)] = i < call.input_size() ? call.input(i) : "";
    for (int i = 0; i < function.output_size(); ++i)
      if (i < call.output_size() && !call.output(i).empty())
        names[function.output(i)] = call.output(i);
    int64_t version = opset;
    for (const auto &import : function.opset_import())
      if (isDefaultDomain(import.domain()))
        version = import.version();
    auto rename = [&](std::string &name) {
      auto [entry, isNew] = names.try_emplace(name);
      if (isNew)
        entry->second = context.fresh(call.name() + "." + name);
      name = entry->second;
    };
    int index = 0;
    for (onnx::NodeProto node : function.node()) {
      ++inlined;
      std::string own = node.name().empty() ? node.op_type() + "_" + std::to_string(index) : node.name();
      node.set_name(call.name() + "/" + own);
      ++index;
      renameAll(node, rename);
      for (int i = 0; i < node.attribute_size(); ++i)
        bindAttribute(call, node, i);
      upgrade(node, version, out);
    }
  }

  template <typename Rename> void renameAll(onnx::NodeProto &node, Rename &rename) {
    for (auto &name : *node.mutable_input())
      rename(name);
    for (auto &name : *node.mutable_output())
      rename(name);
    for (auto &attr : *node.mutable_attribute())
      if (attr.has_g()) {
        for (auto &inner : *attr.mutable_g()->mutable_node())
          renameAll(inner, rename);
        for (auto &output : *attr.mutable_g()->mutable_output())
          rename(*output.mutable_name());
      }
  }

  // `ref_attr_name`: the attribute is the call's, or absent.
  static void bindAttribute(const onnx::NodeProto &call, onnx::NodeProto &node, int &index) {
    auto &attr = *node.mutable_attribute(index);
    if (attr.ref_attr_name().empty())
      return;
    if (const auto *actual = findAttr(call, attr.ref_attr_name())) {
      std::string name = attr.name();
      attr = *actual;
      attr.set_name(name);
    } else {
      node.mutable_attribute()->DeleteSubrange(index--, 1);
    }
  }

  const Functions &functions;
  UpgradeContext context;
  int64_t opset;
  int depth = 0, inlined = 0;
};

void upgradeOnnx(OnnxModel &model) {
  Functions functions;
  for (const auto &function : model.proto.functions())
    functions[{function.domain(), function.name()}] = &function;
  GraphUpgrader(functions, model.opset()).run(*model.proto.mutable_graph());
}

} // namespace dlc
