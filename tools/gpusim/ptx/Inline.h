// An entry with every function that it calls put in its place.
#pragma once
#include "tools/gpusim/ptx/Module.h"

namespace gpusim::ptx {

/// Calls of functions with a body are gone; what is left are calls of the system's functions (vprintf, __assertfail,
/// malloc, free). Parameters of calls are variables in .local space, and so are the instructions that touch them.
/// Null where a function calls itself or a pointer is called: `error` says so with a line.
std::unique_ptr<Function> inlineCalls(const Module &, const Function &entry, std::string &error);

} // namespace gpusim::ptx
