// First values of weights, made on the host so that every device starts from the same bits.
#pragma once
#include "ir/Dialect.h"
#include <array>

namespace dlc {

/// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3").
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// The weight's bytes: row-major, little-endian, a byte for a bool; whether it is a blob, elements or a rule. Rules take
/// random numbers with key = seed, counter = (element index, weight's number, 2^32-1), where the weight's number is its
/// position among the module's weights. Errors are located at the weight: a file that cannot be read, a bad rule.
FailureOr<std::vector<char>> initialValue(WeightOp weight, uint64_t seed);

/// Whether a weight of this type can start by this rule: known name, number of parameters, shape, element type.
LogicalResult verifyRule(llvm::function_ref<InFlightDiagnostic()> emitError, RuleAttr rule, RankedTensorType type);

} // namespace dlc
