// The named measures of a study: what a recipe will measure, and what was found. docs/studies.md lists them.
#pragma once

#include "hourglass/study/measures.h"

namespace hourglass {

struct Recipe;
struct StudyOutcome;

// The measures that the sections of `recipe` promise, with their types but without values. Names of held-out
// images begin with test/, whichever part of the data is held out.
Measures PlannedMeasures(const Recipe& recipe);

// Those of a finished study, published values among them. What the data does not allow (labels, PCA of large
// images) is missing.
Measures MeasuresOf(const Recipe& recipe, const StudyOutcome& outcome);

}  // namespace hourglass
