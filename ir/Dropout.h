// Dropout: importers and exporters know it.
#pragma once
#include "ir/Dialect.h"

#define GET_OP_CLASSES
#include "ir/Dropout.h.inc"
