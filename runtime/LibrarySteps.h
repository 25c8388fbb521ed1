// Library steps as a file states them: whatever they say, oneDNN and the fallback stay inside their buffers.
#pragma once
#include "runtime/executable_generated.h"

#include <string>

namespace dlc::rt {

class Sizes;

/// What is wrong with the descriptor of a step whose arguments name buffers of `variant`; "" where nothing is.
/// With `sizes`, buffers have the bytes of that run.
std::string libraryFault(const fb::Variant &variant, const fb::Step &step, const Sizes *sizes = nullptr);

/// No program has more bytes, elements or units of work than this in one place.
inline constexpr uint64_t absurd = uint64_t(1) << 46;

} // namespace dlc::rt
