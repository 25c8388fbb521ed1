// The .dlm reader: damage is seen by checksums, and a table under checksums that hold is refused with a reason or
// becomes a module that verifies.
#include "frontend/Model.h"
#include "ir/Dialect.h"
#include "tests/fuzz/Context.h"
#include "tests/fuzz/DlmFile.h"
#include "tests/fuzz/Support.h"

using namespace dlc;
using fuzz::Mutator;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const fuzz::Folder folder;
  StringRef bytes(reinterpret_cast<const char *>(data), size);
  dlm::Header header;
  std::string error;
  if (!dlm::checkContainer("model.dlm", bytes, header, error))
    fuzz::require(!error.empty(), "damage has a name");
  auto whole = fuzz::repaired(bytes);
  if (!whole)
    return 0;
  // A context keeps what it has mapped, by name.
  static uint64_t count = 0;
  std::string path = folder.write(("model" + std::to_string(count++) + ".dlm").c_str(), *whole);
  fuzz::readModel(path);
  std::filesystem::remove(path);
  return 0;
}

namespace {
const std::vector<std::string> &operators() {
  static const std::vector<std::string> names = [] {
    MLIRContext context(MLIRContext::Threading::DISABLED);
    context.loadDialect<DLCDialect, func::FuncDialect>();
    std::vector<std::string> list;
    for (RegisteredOperationName name : context.getRegisteredOperations())
      list.push_back(name.getStringRef().str());
    return list;
  }();
  return names;
}

class ModelMutator : Mutator {
public:
  ModelMutator(unsigned seed, dlm::ModelT &model) : Mutator(seed), model(model) {}

  void run() {
    mend(model.attributes);
    for (auto &weight : model.weights) {
      mend(weight->attributes);
      if (!weight->value.value)
        weight->value.Reset();
    }
    for (auto &function : model.functions) {
      mend(function->attributes);
      for (auto *ports : {&function->inputs, &function->results})
        for (auto &port : *ports)
          mend(port->attributes);
    }
    for (size_t n = 1 + below(3); n--;) {
      // Anew each time: an attribute that is taken away takes its regions with it.
      regions.clear();
      nodes.clear();
      for (auto &function : model.functions)
        collect(function->body.get());
      one();
    }
  }

private:
  dlm::ModelT &model;
  std::vector<dlm::RegionT *> regions;
  std::vector<dlm::NodeT *> nodes;

  void collect(dlm::RegionT *region) {
    if (!region)
      return;
    regions.push_back(region);
    for (auto &port : region->arguments)
      mend(port->attributes);
    for (auto &node : region->nodes) {
      nodes.push_back(node.get());
      mend(node->attributes);
      for (auto &attribute : node->attributes)
        if (auto *inner = attribute->value.AsRegion())
          collect(inner);
    }
  }
  /// A damaged union may name a type and hold nothing, which only readers bear.
  template <typename Attributes> static void mend(Attributes &attributes) {
    for (auto &attribute : attributes)
      if (!attribute->value.value)
        attribute->value.Reset();
  }

  void indices(std::vector<uint32_t> &values) {
    list(values, [&](uint32_t &n) { n = oneIn(8) ? uint32_t(number(n)) : uint32_t(below(n + 4)); });
  }
  void text(std::string &value) {
    std::vector<uint8_t> bytes(value.begin(), value.end());
    bytes.resize(value.size() + 16);
    bytes.resize(LLVMFuzzerMutate(bytes.data(), value.size(), bytes.size()));
    value.assign(bytes.begin(), bytes.end());
  }

  void attribute(dlm::AttributeT &a) {
    if (oneIn(12))
      return text(a.name);
    if (oneIn(12)) {
      a.own = !a.own;
      return;
    }
    if (auto *x = a.value.AsI64())
      x->value = number(x->value);
    else if (auto *x = a.value.AsF64())
      x->value = real(x->value);
    else if (auto *x = a.value.AsBool())
      x->value = !x->value;
    else if (auto *x = a.value.AsText())
      text(x->value);
    else if (auto *x = a.value.AsTypeRef())
      x->type = uint32_t(below(x->type + 4));
    else if (auto *x = a.value.AsI64s())
      list(x->values, [&](int64_t &n) { n = number(n); });
    else if (auto *x = a.value.AsF64s())
      list(x->values, [&](double &n) { n = real(n); });
    else if (auto *x = a.value.AsEnum())
      text(x->value);
    else if (auto *x = a.value.AsConstant())
      oneIn(2) ? list(x->data, [&](uint8_t &n) { n = uint8_t(number(n)); })
               : void(x->type = uint32_t(below(x->type + 4)));
  }

  void node(dlm::NodeT &n) {
    switch (below(5)) {
    case 0:
      n.op = pick(operators());
      return;
    case 1:
      return indices(n.operands);
    case 2:
      return indices(n.results);
    case 3:
      n.version = uint16_t(below(3));
      return;
    default:
      if (!n.attributes.empty())
        oneIn(8) ? void(n.attributes.erase(n.attributes.begin() + ptrdiff_t(below(n.attributes.size()))))
                 : attribute(*pick(n.attributes));
    }
  }

  void one() {
    switch (below(10)) {
    case 0:
    case 1:
      if (!model.types.empty()) {
        dlm::TypeT &type = *pick(model.types);
        if (oneIn(4))
          type.element = dlm::Element(below(15));
        else if (oneIn(8))
          type.scalar = !type.scalar;
        else if (oneIn(4))
          text(type.dims);
        else
          list(type.shape, [&](int64_t &n) { n = number(n); });
      }
      return;
    case 2:
      if (!model.locations.empty()) {
        dlm::LocationT &location = *pick(model.locations);
        location.kind = dlm::LocationKind(below(6));
        indices(location.children);
      }
      return;
    case 3:
      if (!model.weights.empty()) {
        dlm::WeightT &weight = *pick(model.weights);
        weight.frozen = !weight.frozen;
        if (auto *stored = weight.value.AsStored())
          (oneIn(2) ? stored->offset : stored->size) = uint64_t(number(int64_t(stored->size)));
        else if (auto *rule = weight.value.AsRule())
          oneIn(2) ? text(rule->name) : list(rule->params, [&](double &n) { n = real(n); });
        else
          weight.type = uint32_t(below(weight.type + 4));
      }
      return;
    case 4:
      if (!model.functions.empty()) {
        dlm::FunctionT &function = *pick(model.functions);
        if (oneIn(3))
          text(function.name);
        else if (oneIn(2) && !function.results.empty())
          function.results.pop_back();
        else
          text(function.visibility);
      }
      return;
    case 5:
      if (!regions.empty()) {
        dlm::RegionT &region = *pick(regions);
        if (oneIn(2) && !region.nodes.empty())
          std::swap(pick(region.nodes), pick(region.nodes));
        else if (!region.arguments.empty())
          pick(region.arguments)->type = uint32_t(below(8));
      }
      return;
    default:
      if (!nodes.empty())
        node(*pick(nodes));
    }
  }
};
} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  auto whole = fuzz::repaired(StringRef(reinterpret_cast<const char *>(data), size));
  auto model = seed % 4 != 0 && whole ? fuzz::unpack(*whole) : nullptr;
  if (!model)
    return LLVMFuzzerMutate(data, size, most);
  ModelMutator(seed / 4, *model).run();
  std::string made = fuzz::repack(*whole, *model);
  if (made.size() > most)
    return LLVMFuzzerMutate(data, size, most);
  std::copy(made.begin(), made.end(), data);
  return made.size();
}
