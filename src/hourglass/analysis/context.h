// Does a model keep the context? The neighbourhoods of training images and, beside them, of images that it
// has not seen: an encoder learns its training images by heart, so the two differ.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"
#include "hourglass/neighbours/distance.h"

namespace hourglass {

// Neighbourhoods of k images, as in scores.h and new_scores.h. With labels: how much more often the nearest
// in the code carry an image's label than the nearest in pixels do, and the share of images whose label is
// the most frequent among their nearest in the code.
struct ContextAt {
  int64_t k = 0;
  double score = 0, trustworthiness = 0;
  std::optional<double> improvement, accuracy;
};

struct KeptContext {
  Distance distance = Distance::kL2;
  std::vector<ContextAt> train;     // all training images among each other
  std::vector<ContextAt> held_out;  // held-out images among the training images
  // The share of training images whose nearest codes are decided by index, because several are equally far.
  double undecided = 0;
};

// A larger share means that the codes have collapsed, at least in part.
inline constexpr double kManyUndecided = 0.01;

// Measures k = 5, 20 and 50; nothing if there are too few training images for it, or more than 100,000, of
// which `hourglass neighbours` scores a sample. Caches the neighbours in pixels in `keep`, unless empty.
std::optional<KeptContext> MeasureContext(Session& session, const DataSplits& data, Distance distance,
                                          const std::filesystem::path& keep);

// {"distance": "l2", "undecided": 0, "train": [{"k": 5, "score": …}, …], "test": […]}; `name`: of the
// held-out images.
Json ToJson(const KeptContext& context, const std::string& name);

}  // namespace hourglass
