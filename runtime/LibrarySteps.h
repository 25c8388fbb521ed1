// Library steps as a file states them: whatever they say, oneDNN and the fallback stay inside their buffers.
#pragma once
#include "runtime/executable_generated.h"

#include <string>

namespace dlc::rt {

/// What is wrong with the descriptor of a step whose arguments name buffers of `variant`; "" where nothing is.
std::string libraryFault(const fb::Variant &variant, const fb::Step &step);

/// No program has more bytes, elements or units of work than this in one place.
inline constexpr uint64_t absurd = uint64_t(1) << 46;

} // namespace dlc::rt
