// The claims about neighbourhoods: questions that look at what codes keep.
#pragma once

#include <vector>

#include "hourglass/study/questions.h"

namespace hourglass {

// "An autoencoder by itself does not keep the context."
std::vector<Verdict> ContextKept(const Findings& findings);
// "linear_mse learns a code of its own": held against PCA with as many components.
std::vector<Verdict> LinearIsPca(const Findings& findings);
// "Digits 1 and 7 form the clearest clusters": of the run whose neighbours carry most labels.
std::vector<Verdict> ClearestClusters(const Findings& findings);
// "The penalty of 1e-3 is the L2 kind": which runs collapsed, and which are near what is published.
std::vector<Verdict> PublishedPenalty(const Findings& findings);

}  // namespace hourglass
