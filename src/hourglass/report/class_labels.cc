#include "hourglass/report/class_labels.h"

#include "hourglass/core/text.h"
#include "hourglass/data/dataset.h"

namespace hourglass {

ClassLabels::ClassLabels(std::span<const std::string> names, size_t most) {
  for (const std::string& name : names) shown_.push_back(Visible(name));
  shown_ = ToldApart(shown_, most);
}

std::string ClassLabels::operator()(int32_t label) const {
  return ClassName(shown_, label);
}

}  // namespace hourglass
