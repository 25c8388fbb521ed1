// All operators of the dialect.
#ifndef DLC_OPS_TD
#define DLC_OPS_TD
include "ir/ops/Elementwise.td"
include "ir/ops/Movement.td"
include "ir/ops/Reduction.td"
include "ir/ops/Contraction.td"
include "ir/ops/Composite.td"
include "ir/ops/Control.td"
include "ir/ops/Sort.td"
include "ir/ops/Structure.td"
include "ir/ops/Plan.td"
#endif
