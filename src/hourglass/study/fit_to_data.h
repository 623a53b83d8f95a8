// Fits a recipe to the data that it is run on.
#pragma once

#include "hourglass/data/dataset.h"
#include "hourglass/study/recipe.h"

namespace hourglass {

// Takes out of `recipe` what does not apply to `data`, and says so in its departures. If they are not the
// data that it was written for (Recipe::data): published values, and the answers of claims about these data
// or values, which stay open. If there are few training images: sizes of neighbourhoods that they do not
// have. A named set with a known checksum is recognised by it, other data by their name or path.
void FitToData(Recipe& recipe, const DataSplits& data);

}  // namespace hourglass
