// A block of operators as memory sees it: what each reads, gives and costs; and which of them to compute again so that
// less lives in between. Plain C++, no MLIR.
#pragma once
#include <cstdint>
#include <vector>

namespace dlc {

struct TapeOp {
  std::vector<unsigned> reads, gives; ///< values
  double cost = 0;                    ///< of computing it once, in bytes that could be moved in that time
  bool repeatable = false;            ///< computed again it gives the same, and nothing else happens
  bool view = false;                  ///< what it gives is what it reads first; costs nothing
};
struct TapeValue {
  int64_t bytes = 0; ///< of the arena; 0 for what lies elsewhere
  unsigned root = 0; ///< the value whose memory it is: itself, or a view's first operand's
};

/// Operators in order.
struct Tape {
  std::vector<TapeOp> ops;
  std::vector<TapeValue> values;
  std::vector<unsigned> kept; ///< values that are read behind the last operator
};

/// Operators before or at `boundary` that are computed again for those behind it, each once, right before the first of
/// these that reads it.
struct Repeats {
  unsigned boundary = 0;
  std::vector<unsigned> ops; ///< ascending; a view is there where what it reads is
  double cost = 0;
  int64_t peak = 0;  ///< bytes that live at one time, as far as that can be told here
  int64_t bound = 0; ///< no arena is smaller
};

/// What lives when these are computed again: fills peak, bound and cost. `largest` gets the values that live where most
/// does, the largest first.
void simulate(const Tape &, Repeats &, std::vector<unsigned> *largest = nullptr);
/// The operator after which most lives, if nothing is computed again.
unsigned fullestPoint(const Tape &);

/// Ways to do with less memory, of rising cost and falling peak; the first computes nothing again. Each is a minimum
/// cut between what is computed up to one of the boundaries and what reads it behind: a value is kept, for its bytes,
/// or its operator runs again, for its cost times a factor that falls from way to way; checkpoints, values that are not
/// computed again, keep the chains short that are.
std::vector<Repeats> waysToRepeat(const Tape &, const std::vector<unsigned> &boundaries);

/// The cut alone: values that are read behind the boundary are kept, or computed again from kept ones by operators that
/// `mayRepeat`. `weight`: bytes that a unit of cost is worth.
std::vector<unsigned> cutRepeats(const Tape &, unsigned boundary, double weight, const std::vector<bool> &mayRepeat);

} // namespace dlc
