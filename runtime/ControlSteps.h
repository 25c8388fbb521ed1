// Control flow as a file states it: bodies that lie within the plan, and buffers that stay in their memory whatever
// step of a loop it is.
#pragma once
#include "runtime/executable_generated.h"

#include <string>
#include <vector>

namespace dlc::rt {

/// How many steps a step's bodies have together; 0 of those without bodies.
uint32_t bodySteps(const fb::Step &);
/// Whether the plan has loops or branches.
bool hasControl(const fb::Variant &);
/// By how many bytes `buffer` moves on with each step of the loop number `depth` around it (0: the outermost).
inline int64_t advanceOf(const fb::Buffer &buffer, size_t depth) {
  return buffer.advance() && depth < buffer.advance()->size() ? buffer.advance()->Get(uint32_t(depth)) : 0;
}

/// What is wrong with a plan's control flow; "" where nothing is. `extents`: bytes of what each buffer lies in. Indices
/// of buffers in steps have been checked.
std::string controlFault(const fb::Variant &, const std::vector<uint64_t> &extents);

} // namespace dlc::rt
