// The named measures of a study: planned and measured. docs/studies.md lists them.
#pragma once

#include "hourglass/study/measures.h"

namespace hourglass {

struct Recipe;
struct StudyOutcome;

// The measures that `recipe` will produce, with types but without values. Names for held-out images begin
// with test/, whichever part is held out.
Measures PlannedMeasures(const Recipe& recipe);

// The measures of a finished study, including published values. Measures that the data does not allow (no
// labels, images too large for PCA) are missing.
Measures MeasuresOf(const Recipe& recipe, const StudyOutcome& outcome);

}  // namespace hourglass
