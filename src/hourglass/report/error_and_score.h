// What does keeping the context cost? Reconstruction error against kept neighbours, one point per model.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "hourglass/neighbours/distance.h"
#include "hourglass/report/figure.h"

namespace hourglass {

struct ErrorAndScore {
  std::string label;
  double mse = 0;  // per pixel, over the held-out images
  // score@k of the training images, and of held-out images among them.
  double score = 0, new_score = 0;
};

// Draws error-and-score: for each model a point for the training images and one for new images, at the height
// of its error, joined by a line and named at the right. Leaves out models whose values are not finite.
// Throws a usage Error if none remains.
Figure DrawErrorAndScore(const std::filesystem::path& folder, std::span<const ErrorAndScore> models,
                         Distance distance, int64_t k);

}  // namespace hourglass
