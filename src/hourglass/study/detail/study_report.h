// The report of a study as one HTML file: answers first, then numbers, curves and pictures.
#pragma once

#include <string>

#include "hourglass/study/detail/study_figures.h"
#include "hourglass/study/study.h"

namespace hourglass {

std::string StudyReport(const Recipe& recipe, const StudyOutcome& outcome, const Architecture& architecture,
                        const DataSplits& data, const StudyFigures& figures);

}  // namespace hourglass
