// Numbers that only a run knows, but of which an import can say where they lie: a loop's counters. What a step writes
// to place i has a size then, and needs none that is found.
#pragma once
#include "frontend/onnx/Importer.h"

namespace dlc {

/// Numbers below this are exact in f32, through which exporters lead them, also with as much added.
inline constexpr int64_t exactInF32 = 1 << 23;

/// A whole number of one element: so much more than an argument of a loop's body, and between two bounds.
struct Counter {
  Value base;
  int64_t more = 0, low = 0, high = 0;
};
std::optional<Counter> counterOf(Value v);

/// Says of an argument (a placeholder's result) that it lies in [low, high]; counterOf reads it.
void setBounds(Value argument, int64_t low, int64_t high);

/// What a loop's body does to its carried numbers, read off its nodes before it is imported.
class LoopCounters {
public:
  using Constant = llvm::function_ref<std::optional<int64_t>(StringRef name)>;
  /// `outside`: one whole number that is known, by its name in the body: what is captured or handed on.
  LoopCounters(const onnx::GraphProto &body, Constant outside);
  /// The greatest value that input `from` of the body has in any step, where it is `first` in the first and output `to`
  /// is a constant more; null where nothing bounds it. `trips`: the number of steps at most, negative where unknown.
  std::optional<int64_t> most(const std::string &from, const std::string &to, int64_t first, int64_t trips) const;

private:
  struct Linear {
    std::string name; // of an input, empty for a constant
    int64_t more;
  };
  std::optional<Linear> linear(const std::string &name, int &looks) const;
  /// The least of the limits that the condition for a further step sets on `from`.
  std::optional<int64_t> limit(const std::string &condition, const std::string &from, int &looks) const;
  const onnx::GraphProto &body;
  Constant outside;
  std::map<std::string, const onnx::NodeProto *> nodes;
};

} // namespace dlc
