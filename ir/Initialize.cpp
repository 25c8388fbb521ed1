#include "ir/Initialize.h"
#include "ir/Dims.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>
#include <numbers>

namespace dlc {

std::array<uint32_t, 4> philox(std::array<uint32_t, 4> c, std::array<uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    uint64_t first = uint64_t{0xD2511F53} * c[0], second = uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<uint32_t>(second >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(second),
         static_cast<uint32_t>(first >> 32) ^ c[3] ^ k[1], static_cast<uint32_t>(first)};
    k = {k[0] + 0x9E3779B9, k[1] + 0xBB67AE85};
  }
  return c;
}

namespace {
/// What a rule comes down to: low + u * (high - low), or mean + z * deviation.
struct Distribution {
  enum { constant, uniform, normal } kind = constant;
  double a = 0, b = 0;

  static Distribution around0(double bound) { return {uniform, -bound, bound}; }
};

struct Fans {
  double in = 1, out = 1;
};
/// As frameworks count them: [out, in, window..].
Fans fansOf(RankedTensorType type) {
  double window = 1;
  for (int64_t size : type.getShape().drop_front(2))
    window *= static_cast<double>(size);
  return {static_cast<double>(type.getDimSize(1)) * window, static_cast<double>(type.getDimSize(0)) * window};
}

struct Rule {
  StringRef name;
  size_t params;
  bool usesShape;
  Distribution (*make)(ArrayRef<double> p, Fans fans);
};
const Rule rules[] = {
    {"zeros", 0, false, [](ArrayRef<double>, Fans) { return Distribution{}; }},
    {"constant", 1, false, [](ArrayRef<double> p, Fans) { return Distribution{Distribution::constant, p[0]}; }},
    {"uniform", 2, false, [](ArrayRef<double> p, Fans) { return Distribution{Distribution::uniform, p[0], p[1]}; }},
    {"normal", 2, false, [](ArrayRef<double> p, Fans) { return Distribution{Distribution::normal, p[0], p[1]}; }},
    {"fan_in_uniform", 1, false, [](ArrayRef<double> p, Fans) { return Distribution::around0(1 / std::sqrt(p[0])); }},
    {"kaiming_uniform", 1, true,
     [](ArrayRef<double> p, Fans f) { return Distribution::around0(std::sqrt(6 / ((1 + p[0] * p[0]) * f.in))); }},
    {"kaiming_normal", 1, true,
     [](ArrayRef<double> p, Fans f) {
       return Distribution{Distribution::normal, 0, std::sqrt(2 / ((1 + p[0] * p[0]) * f.in))};
     }},
    {"xavier_uniform", 1, true,
     [](ArrayRef<double> p, Fans f) { return Distribution::around0(p[0] * std::sqrt(6 / (f.in + f.out))); }},
};

const Rule *findRule(StringRef name) {
  auto it = llvm::find_if(rules, [&](const Rule &r) { return r.name == name; });
  return it == std::end(rules) ? nullptr : it;
}

Distribution distributionOf(RuleAttr attr, RankedTensorType type) {
  const Rule *rule = findRule(attr.getName());
  return rule->make(attr.getParams().asArrayRef(), rule->usesShape ? fansOf(type) : Fans{});
}

double sample(const Distribution &d, uint64_t seed, uint64_t number, uint64_t element, bool isDouble) {
  // The last word keeps these numbers apart from those of operators, whose counters end in the step.
  auto w = philox({static_cast<uint32_t>(element), static_cast<uint32_t>(element >> 32), static_cast<uint32_t>(number),
                   0xFFFFFFFF},
                  {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
  if (d.kind == Distribution::normal) {
    double u = (static_cast<double>(w[0]) + 1) * 0x1p-32; // in (0, 1]
    return d.a + d.b * std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * static_cast<double>(w[1]) * 0x1p-32);
  }
  // As many bits as the type holds exactly; an f64 weight's leading bits are those of the f32 one.
  double u = isDouble ? static_cast<double>((uint64_t{w[0]} << 21) | (w[1] >> 11)) * 0x1p-53
                      : static_cast<double>(w[0] >> 8) * 0x1p-24;
  return d.a + (d.b - d.a) * u;
}

void put(std::vector<char> &bytes, uint64_t element, size_t size, uint64_t bits) {
  for (size_t i = 0; i < size; ++i)
    bytes[element * size + i] = static_cast<char>(bits >> (8 * i));
}

uint64_t bitsOf(double value, Type element) {
  if (element.isF32())
    return llvm::bit_cast<uint32_t>(static_cast<float>(value));
  if (auto f = dyn_cast<FloatType>(element)) {
    APFloat x(value);
    bool losesInfo;
    x.convert(f.getFloatSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
    return x.bitcastToAPInt().getZExtValue();
  }
  return element.isUnsignedInteger() ? static_cast<uint64_t>(value) : static_cast<uint64_t>(static_cast<int64_t>(value));
}
} // namespace

LogicalResult verifyRule(llvm::function_ref<InFlightDiagnostic()> emitError, RuleAttr attr, RankedTensorType type) {
  const Rule *rule = findRule(attr.getName());
  if (!rule)
    return emitError() << "there is no rule '" << attr.getName() << "'; there are "
                       << llvm::join(llvm::map_range(rules, [](const Rule &r) { return r.name; }), ", ");
  if (static_cast<size_t>(attr.getParams().size()) != rule->params)
    return emitError() << "rule '" << rule->name << "' takes " << rule->params << " parameters, found "
                       << attr.getParams().size();
  if (rule->usesShape && type.getRank() < 2)
    return emitError() << "rule '" << rule->name << "' takes its bound from a shape [out, in, ..], but the weight is "
                       << describe(type);
  if (rule->name == "fan_in_uniform" && !(attr.getParams()[0] > 0))
    return emitError() << "rule 'fan_in_uniform' takes a fan-in above 0, found " << attr.getParams()[0];
  if (!isa<FloatType>(type.getElementType()) &&
      (rule->usesShape || distributionOf(attr, type).kind != Distribution::constant))
    return emitError() << "rule '" << rule->name << "' makes floats, but the weight is " << describe(type);
  return success();
}

FailureOr<std::vector<char>> initialValue(WeightOp weight, uint64_t seed) {
  auto type = cast<RankedTensorType>(weight.getType());
  Type element = type.getElementType();
  auto count = static_cast<uint64_t>(type.getNumElements());
  size_t size = std::max(1u, type.getElementTypeBitWidth() / 8);

  if (auto blob = dyn_cast<BlobAttr>(weight.getValue())) {
    auto *dialect = weight.getContext()->getOrLoadDialect<DLCDialect>();
    auto bytes = dialect->weights().read(blob);
    if (!bytes)
      return emitError(weight.getLoc()) << "weight @" << weight.getSymName() << ": " << llvm::toString(bytes.takeError());
    return std::vector<char>(bytes->begin(), bytes->end());
  }
  std::vector<char> result(count * size);
  if (auto elements = dyn_cast<DenseElementsAttr>(weight.getValue())) {
    uint64_t i = 0;
    if (isa<FloatType>(element))
      for (const APFloat &x : elements.getValues<APFloat>())
        put(result, i++, size, x.bitcastToAPInt().getZExtValue());
    else
      for (const APInt &x : elements.getValues<APInt>())
        put(result, i++, size, x.getZExtValue());
    return result;
  }
  auto rule = dyn_cast<RuleAttr>(weight.getValue());
  if (!rule || failed(verifyRule([&] { return emitError(weight.getLoc()); }, rule, type)))
    return emitError(weight.getLoc()) << "weight @" << weight.getSymName() << " has no first value: " << weight.getValue();

  Distribution d = distributionOf(rule, type);
  if (d.kind == Distribution::constant) {
    uint64_t bits = bitsOf(d.a, element);
    for (uint64_t i = 0; bits != 0 && i < count; ++i)
      put(result, i, size, bits);
    return result;
  }
  uint64_t number = 0;
  for (auto other : weight->getParentOfType<ModuleOp>().getOps<WeightOp>()) {
    if (other == weight)
      break;
    ++number;
  }
  for (uint64_t i = 0; i < count; ++i)
    put(result, i, size, bitsOf(sample(d, seed, number, i, element.isF64()), element));
  return result;
}

} // namespace dlc
