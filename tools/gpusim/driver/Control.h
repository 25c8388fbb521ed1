// What gpusim.h exports, in C++.
#pragma once
#include <cstddef>

namespace gpusim {
/// False: unknown name, or too late to change.
bool configure(const char *device, const char *check);
size_t checkLeaks();
/// When the process ends: leaks, if anything is checked.
void atEnd();
} // namespace gpusim
