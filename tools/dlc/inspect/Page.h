// One HTML page about an executable that needs nothing besides itself.
#pragma once
#include "runtime/Program.h"
#include <string>

namespace dlc::cli::inspect {

/// `title` is the file's name. Variants other than `variant` are left out; "" shows all.
std::string page(const rt::Program &, const std::string &title, const std::string &variant);

} // namespace dlc::cli::inspect
