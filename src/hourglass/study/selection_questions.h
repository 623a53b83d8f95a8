// The claims about model selection and corruption: questions that look at more than the runs.
#pragma once

#include <vector>

#include "hourglass/study/questions.h"

namespace hourglass {

// "AdamW with a learning rate near 0.005 and little dropout wins the search."
std::vector<Verdict> SearchWinner(const Findings& findings);
// "A bump of the error over the bottleneck is a statistical fluctuation."
std::vector<Verdict> SweepBump(const Findings& findings);
// "The error rises exponentially with the noise": of the first model of the gaussian grid.
std::vector<Verdict> ExponentialRise(const Findings& findings);
// "Trained at a little more noise the model fails": of the second and third model of the gaussian grid, each
// at the noise that it was trained with.
std::vector<Verdict> DenoisingLimit(const Findings& findings);

}  // namespace hourglass
