#include "hourglass/analysis/code_units.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "hourglass/analysis/detail/blocks.h"

namespace hourglass {

bool HasRectifiedCode(const Model& model) {
  const Sequential& encoder = model.encoder();
  for (auto i = encoder.size(); i-- > 0;) {
    const Layer& layer = encoder.layer(i);
    if (layer.activation() == Activation::kRelu) return true;
    if (!layer.KeepsSigns()) return false;
  }
  return false;
}

CodeUnits MeasureCodeUnits(Session& session, const Dataset& data, int64_t limit) {
  CheckImageShape(session.model().image_shape(), data);
  const bool gaussian = session.model().gaussian();
  const int64_t d = session.model().code_size();
  CodeUnits result;
  result.rectified = HasRectifiedCode(session.model());
  const float infinity = std::numeric_limits<float>::infinity();
  result.units.assign(static_cast<size_t>(d), {.min = infinity, .max = -infinity});
  if (gaussian) {
    for (CodeUnit& unit : result.units) unit.divergence = 0;
  }
  double count = 0;
  ForEachBlock(session.backend(), data, limit, [&](std::span<const int64_t> ids, Tensor& images) {
    count += static_cast<double>(ids.size());
    const Tensor codes = gaussian ? session.EncodeMoments(images) : session.Encode(images);
    for (int64_t row = 0; row < codes.rows(); ++row) {
      const float* value = codes.data<float>() + row * codes.row_size();
      for (CodeUnit& unit : result.units) {
        const double number = *value;
        unit.min = std::min(unit.min, *value);
        unit.max = std::max(unit.max, *value);
        unit.mean += number;
        unit.variance += number * number;
        unit.active_share += number != 0 ? 1 : 0;
        if (unit.divergence) {
          const double log_variance = value[d];
          *unit.divergence += (number * number + std::exp(log_variance) - 1 - log_variance) / 2;
        }
        ++value;
      }
    }
  });
  for (size_t i = 0; i < result.units.size(); ++i) {
    CodeUnit& unit = result.units[i];
    unit.mean /= count;
    unit.active_share /= count;
    unit.variance = std::max(unit.variance / count - unit.mean * unit.mean, 0.0);
    if (unit.divergence) *unit.divergence /= count;
    if (result.rectified && unit.max == 0) result.dead.push_back(static_cast<int64_t>(i));
  }
  return result;
}

}  // namespace hourglass
