#include "runtime/ControlSteps.h"
#include "runtime/LibrarySteps.h"

#include <algorithm>

namespace dlc::rt {
namespace {

constexpr size_t deepest = 32; // loops and branches in each other
constexpr uint32_t noCondition = 0xffffffffu;

class Checker {
public:
  Checker(const fb::Variant &plan, const Sizes &sizes) : plan(plan), sizes(sizes) {}

  std::string run() { return steps(0, plan.steps()->size(), 0); }

private:
  const fb::Variant &plan;
  const Sizes &sizes;
  std::vector<int64_t> limits; // of the loops around

  static std::string at(uint32_t step, const char *what) { return "step " + std::to_string(step) + ": " + what; }

  std::string steps(uint32_t from, uint32_t to, size_t depth) {
    if (depth > deepest)
      return at(from, "loops and branches are nested too deeply");
    for (uint32_t i = from; i < to; ++i) {
      const fb::Step &s = *plan.steps()->Get(i);
      for (uint32_t dep : *s.deps())
        if (dep < from)
          return at(i, "depends on a step outside of its body");
      for (uint32_t a : *s.args())
        if (!inside(a))
          return at(i, "an argument leaves its memory in the course of a loop");
      bool loop = s.kind() == fb::StepKind::While, branch = s.kind() == fb::StepKind::If;
      if (!loop && !branch) {
        if (s.bodies() && s.bodies()->size())
          return at(i, "has a body and nothing to decide about it");
        continue;
      }
      if (std::string fault = control(i, to, s, loop, depth); !fault.empty())
        return fault;
      i += bodySteps(s);
    }
    return "";
  }

  std::string control(uint32_t i, uint32_t to, const fb::Step &s, bool loop, size_t depth) {
    uint64_t sum = 0;
    for (uint32_t b = 0; s.bodies() && b != s.bodies()->size(); ++b)
      sum += s.bodies()->Get(b);
    if (!s.bodies() || s.bodies()->size() != (loop ? 1 : 2) || sum > to - i - 1)
      return at(i, "its bodies do not lie within the plan");
    if (s.condition() != noCondition) {
      if (s.condition() >= s.args()->size())
        return at(i, "its condition is no argument");
      const fb::Buffer &b = *plan.buffers()->Get(s.args()->Get(s.condition()));
      if (b.dtype() != fb::DType::Bool || b.size() != 1)
        return at(i, "its condition is not one bool");
    } else if (!loop || s.limit() < 0) {
      return at(i, "nothing ends it");
    }
    int64_t limit;
    if (s.limit() < -1 || s.limit() > int64_t(absurd) ||
        (s.limit_at() && (!sizes.value(*s.limit_at(), limit) || limit < 0 || limit > s.limit())))
      return at(i, "its limit makes no sense");
    uint32_t body = i + 1;
    for (uint32_t size : *s.bodies()) {
      if (loop)
        limits.push_back(sizes.limit(s));
      std::string fault = steps(body, body + size, depth + 1);
      if (loop)
        limits.pop_back();
      if (!fault.empty())
        return fault;
      body += size;
    }
    return "";
  }

  bool inside(uint32_t buffer) const {
    const fb::Buffer &b = *plan.buffers()->Get(buffer);
    size_t moves = b.advance_at() ? b.advance_at()->size() : b.advance() ? b.advance()->size() : 0;
    if (!moves)
      return true;
    if (moves > limits.size() || b.offset() > absurd || b.size() > absurd)
      return false;
    if (std::find(limits.begin(), limits.end(), 0) != limits.end())
      return true; // it is never read
    int64_t more = 0, value;
    if (b.place() && (!sizes.value(*b.place(), more) || more < -int64_t(absurd) || more > int64_t(absurd)))
      return false;
    int64_t low = int64_t(sizes.offset(b)), high = low;
    for (size_t loop = 0; loop != moves; ++loop) {
      if (b.advance_at() && !sizes.value(*b.advance_at()->Get(uint32_t(loop)), value))
        return false;
      int64_t bytes = sizes.advance(b, loop), span;
      if (!bytes)
        continue;
      if (limits[loop] < 0 || __builtin_mul_overflow(bytes, limits[loop] - 1, &span) ||
          __builtin_add_overflow(span < 0 ? low : high, span, span < 0 ? &low : &high))
        return false;
    }
    uint64_t have = sizes.extent(plan, b), need = sizes.bytes(b);
    return have != UINT64_MAX && low >= 0 && uint64_t(high) <= have && need <= have - uint64_t(high);
  }
};

} // namespace

uint32_t bodySteps(const fb::Step &s) {
  uint32_t sum = 0;
  for (uint32_t b = 0; s.bodies() && b != s.bodies()->size(); ++b)
    sum += s.bodies()->Get(b);
  return sum;
}

bool hasControl(const fb::Variant &plan) {
  return std::any_of(plan.steps()->begin(), plan.steps()->end(),
                     [](const fb::Step *s) { return s->bodies() && s->bodies()->size(); });
}

std::string controlFault(const fb::Variant &plan, const Sizes &sizes) { return Checker(plan, sizes).run(); }

} // namespace dlc::rt
