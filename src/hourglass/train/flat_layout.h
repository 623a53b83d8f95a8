// What an optimizer needs to know of a model.
#pragma once

#include "hourglass/model/model.h"
#include "hourglass/optim/optimizer.h"

namespace hourglass {

// The parameters of a part of the model in its range of the flat buffers, counted from the start of the
// range.
FlatLayout LayoutOf(const Model& model, ModelPart part);

}  // namespace hourglass
