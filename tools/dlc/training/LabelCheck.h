// Labels that a loss cannot take, found before training begins.
#pragma once
#include "tools/dlc/data/Source.h"

namespace dlc::cli {

struct LabelCheck {
  std::string loss, model;           ///< --loss as given, and the model's name for errors
  data::DType taken;                 ///< what the step takes labels as
  std::optional<data::Shape> scores; ///< [batch, ...] of the output that the loss looks at; none: not known
};
/// Throws Failure (BadInput), which names file, row and element.
void checkLabels(const data::Source &, const LabelCheck &);
} // namespace dlc::cli
