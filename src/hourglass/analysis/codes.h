// The codes of a whole data set.
#pragma once

#include "hourglass/analysis/baselines.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"

namespace hourglass {

// f32 [data.size(), d], in the order of the data.
Tensor EncodeAll(Session& session, const Dataset& data);

// f32 [data.size(), samples, d]: random codes of each image, for a gaussian bottleneck. They depend on (seed,
// image, sample) alone. Throws a usage Error for another model.
Tensor SampleAll(Session& session, const Dataset& data, int64_t samples, uint64_t seed);

// As EncodeAll, with the first d components of PCA.
Tensor EncodeAll(const Pca& pca, int64_t d, Backend& backend, const Dataset& data);

}  // namespace hourglass
