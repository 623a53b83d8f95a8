#include "hourglass/train/flat_layout.h"

namespace hourglass {

FlatLayout LayoutOf(const Model& model, ModelPart part) {
  const auto [begin, end] = model.RangeOf(part);
  FlatLayout layout = {.size = end - begin, .device = &model.params().flat().device()};
  for (const NamedParam& param : model.layout().named()) {
    if (param.offset >= begin && param.offset < end)
      layout.params.push_back({param.shape, param.offset - begin});
  }
  return layout;
}

}  // namespace hourglass
