// The figures of a robustness measurement: MSE and SSIM against the amount of corruption, and examples.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "hourglass/analysis/robustness.h"
#include "hourglass/data/dataset.h"
#include "hourglass/report/figure.h"

namespace hourglass {

// The meaning of an amount of this corruption: "standard deviation of the noise, pixels in [0, 1]".
std::string AmountLabel(CorruptionKind kind);

// Draws robustness-<corruption> and robustness-<corruption>-ssim in `folder`, all models in one plot, and
// robustness-<corruption>-examples: the images `ids` of `data` with up to seven of the amounts, and the
// outputs of `models`. `seed` as for MeasureRobustness. `title` names the models.
std::vector<Figure> DrawRobustness(const std::filesystem::path& folder, const std::string& title,
                                   const Robustness& robustness, std::span<const LabelledModel> models,
                                   const Dataset& data, std::span<const int64_t> ids, uint64_t seed);

}  // namespace hourglass
