// Control flow as a file states it: bodies that lie within the plan, and buffers that stay in their memory whatever
// step of a loop it is.
#pragma once
#include "runtime/Sizes.h"

namespace dlc::rt {

/// How many steps a step's bodies have together; 0 of those without bodies.
uint32_t bodySteps(const fb::Step &);
/// Whether the plan has loops or branches.
bool hasControl(const fb::Variant &);
/// What is wrong with a plan's control flow at these sizes; "" where nothing is. Indices in buffers and steps have been
/// checked.
std::string controlFault(const fb::Variant &, const Sizes &);

} // namespace dlc::rt
