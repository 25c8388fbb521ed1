// What bulk copies and tensor copies share.
#pragma once
#include "tools/gpusim/async/WarpState.h"

namespace gpusim::async {

/// redOp of cp.reduce.async.bulk on an array of elements.
enum class ReduceOp : uint8_t { None, Add, Min, Max, Inc, Dec, And, Or, Xor };
ReduceOp reduceOp(const ptx::Instruction &);
/// Element types of reductions, by their PTX names; tensor maps give theirs as a data type.
enum class ReduceType : uint8_t { None, U32, S32, U64, S64, F16, BF16, F32, F64 };
ReduceType reduceType(const ptx::Instruction &);
ReduceType reduceTypeOfMap(int dataType);
uint32_t bytesOf(ReduceType);
/// to[i] = to[i] op from[i]; each element at once, as other blocks may be at it too. f32 sums flush subnormals.
void reduce(uint8_t *to, const uint8_t *from, uint64_t bytes, ReduceOp, ReduceType);

/// A new number for the observer.
inline uint32_t newGroup(Warp &w) { return clusterState(w).nextGroup++; }
/// Queues a copy to global memory with the lane's bulk group under way.
void queueStore(const Op &, Warp &, int lane, std::unique_ptr<Transfer>, uint32_t readGroup);

/// Fails where the card has no bulk copies.
inline bool needsHopper(const ptx::Instruction &in, Decoder &d) {
  return d.model().major < 9 && d.fail("'" + in.name() + "' needs sm_90");
}

} // namespace gpusim::async
