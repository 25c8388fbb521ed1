// The shared library beyond its parts: what was never given back is reported when the process ends.
#include "tools/gpusim/driver/Control.h"

__attribute__((destructor)) static void atEnd() { gpusim::atEnd(); }
