// Old ONNX operator forms rewritten to current ones on the proto, so that the import table sees one form of each.
//
// Forms after the upgrade are those of opset 21, plus helper operators of the private domain below, which say what no
// ONNX operator can say without knowing ranks.
#pragma once
#include "frontend/onnx/File.h"
#include <functional>

namespace dlc {

// Domain of helper operators that upgrades may leave behind:
//   BroadcastAxis(a, b) {axis}: b with dimensions of 1 appended until its first dimension meets a's dimension `axis`.
inline constexpr const char *upgradeDomain = "dlc.upgrade";

// One graph being upgraded: what a rule may do besides editing its node in place.
class UpgradeContext {
public:
  UpgradeContext(std::string prefix) : prefix(std::move(prefix)) {}

  onnx::NodeProto *node = nullptr; // the node at hand; its name goes to all nodes made for it
  bool erase = false;              // set by a rule that has replaced the node by others

  // New nodes of the default domain before or after the node at hand.
  onnx::NodeProto &before(const std::string &op, std::vector<std::string> inputs, const std::string &output);
  onnx::NodeProto &after(const std::string &op, std::vector<std::string> inputs, const std::string &output);
  std::string ints(const std::vector<int64_t> &values);                 // name of a new 1-D i64 constant
  std::string floats(const std::vector<float> &values, bool scalar);    // f32
  std::string like(const std::string &value, const std::string &model); // value cast to model's type
  std::string fresh(const std::string &hint);

private:
  friend void upgradeOnnx(OnnxModel &);
  friend class GraphUpgrader;
  std::string prefix;
  int counter = 0;
  std::vector<onnx::NodeProto> pre, post;
};

struct UpgradeRule {
  const char *op; // "*" is every operator of the default domain
  int64_t below;  // applies to models whose opset is lower
  void (*rewrite)(UpgradeContext &context, onnx::NodeProto &node);
};
// The table (UpgradeRules.cpp), oldest forms first; all rules that apply are run in order.
extern const UpgradeRule upgradeRules[];
extern const size_t upgradeRuleCount;

// Names every nameless node `<op>_<index>`, inlines model functions, and applies the table to all graphs.
// The model's opset_import keeps saying what the file said.
void upgradeOnnx(OnnxModel &model);

// Attribute access that rules and builders share.
const onnx::AttributeProto *findAttr(const onnx::NodeProto &node, std::string_view name);
int64_t intAttr(const onnx::NodeProto &node, std::string_view name, int64_t otherwise);
float floatAttr(const onnx::NodeProto &node, std::string_view name, float otherwise);
std::string stringAttr(const onnx::NodeProto &node, std::string_view name, std::string_view otherwise);
std::vector<int64_t> intsAttr(const onnx::NodeProto &node, std::string_view name);
std::vector<float> floatsAttr(const onnx::NodeProto &node, std::string_view name);
void removeAttr(onnx::NodeProto &node, std::string_view name);
void setAttr(onnx::NodeProto &node, const std::string &name, int64_t value);
void setAttr(onnx::NodeProto &node, const std::string &name, float value);
void setAttr(onnx::NodeProto &node, const std::string &name, const std::string &value);
void setAttr(onnx::NodeProto &node, const std::string &name, const std::vector<int64_t> &values);
void setInput(onnx::NodeProto &node, int index, const std::string &name); // pads with empty names

} // namespace dlc
