// The codes of a whole data set.
#pragma once

#include "hourglass/analysis/baselines.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"

namespace hourglass {

// f32 [data.size(), d], in the order of the data.
Tensor EncodeAll(Session& session, const Dataset& data);

// The same with the first d components of PCA.
Tensor EncodeAll(const Pca& pca, int64_t d, Backend& backend, const Dataset& data);

}  // namespace hourglass
