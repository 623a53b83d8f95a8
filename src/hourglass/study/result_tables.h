// The tables of a study's runs: published beside measured values, and all measurements of each run.
#pragma once

#include <string>
#include <vector>

#include "hourglass/study/measures.h"
#include "hourglass/study/recipe.h"
#include "hourglass/study/run_result.h"

namespace hourglass {

// A row of texts per published value, under PublishedHeader().
std::vector<std::string> PublishedHeader();
std::vector<std::vector<std::string>> PublishedRows(const Recipe& recipe, const Measures& measures);

// The measured numbers, one row per run.
std::vector<std::string> ResultHeader();
std::vector<std::vector<std::string>> ResultRows(const std::vector<RunResult>& results);

}  // namespace hourglass
