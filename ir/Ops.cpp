// The generated definitions of all operators. Rows of ops/Elementwise.td bring code that uses Scalar and Ops.
#include "ir/Build.h"
#include "ir/Dialect.h"
#include "ir/Scalar.h"

#define GET_OP_CLASSES
#include "ir/Ops.cpp.inc"
