// The operator that finds a size: only importers and the planner know it.
#pragma once
#include "ir/Dialect.h"

#define GET_OP_CLASSES
#include "ir/Found.h.inc"
