// Labels that a loss cannot take, found before training begins.
#pragma once
#include "passes/training/Rules.h"
#include "tools/dlc/data/Source.h"

namespace dlc::cli {

struct LabelCheck {
  Choice loss;
  std::string model;                 ///< its name, for errors
  data::DType taken;                 ///< what the step takes labels as
  std::optional<data::Shape> scores; ///< [batch, ...] of the output that the loss looks at; none: not known
};
/// `column`: of the labels; nothing where there are none. Throws Failure (BadInput), which names file, row and element.
void checkLabels(const data::Source &, std::optional<size_t> column, const LabelCheck &);
} // namespace dlc::cli
