#pragma once

#include <memory>

#include "hourglass/data/dataset.h"

namespace hourglass {

// Gives the classes of `test` the labels that classes of the same name have in `train`; other classes follow
// behind these. If only one of the parts has names, the numbers of the other are the names of its classes.
// Changes nothing if both have numbers only, the same names, or one has no labels.
void MatchClasses(std::shared_ptr<const Dataset>& train, std::shared_ptr<const Dataset>& test);

}  // namespace hourglass
