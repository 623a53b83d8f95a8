#include "hourglass/analysis/code_units.h"

#include <algorithm>
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
  CodeUnits result;
  result.rectified = HasRectifiedCode(session.model());
  const float infinity = std::numeric_limits<float>::infinity();
  result.units.assign(static_cast<size_t>(session.model().code_size()), {.min = infinity, .max = -infinity});
  double count = 0;
  ForEachBlock(session.backend(), data, limit, [&](std::span<const int64_t> ids, Tensor& images) {
    count += static_cast<double>(ids.size());
    const Tensor codes = session.Encode(images);
    const float* value = codes.data<float>();
    for (int64_t row = 0; row < codes.rows(); ++row) {
      for (CodeUnit& unit : result.units) {
        unit.min = std::min(unit.min, *value);
        unit.max = std::max(unit.max, *value);
        unit.mean += *value;
        unit.active_share += *value != 0 ? 1 : 0;
        ++value;
      }
    }
  });
  for (size_t i = 0; i < result.units.size(); ++i) {
    CodeUnit& unit = result.units[i];
    unit.mean /= count;
    unit.active_share /= count;
    if (result.rectified && unit.max == 0) result.dead.push_back(static_cast<int64_t>(i));
  }
  return result;
}

}  // namespace hourglass
