#include "hourglass/report/class_labels.h"

#include <fmt/format.h>

#include <set>

#include "hourglass/core/text.h"
#include "hourglass/report/fonts.h"

namespace hourglass {

ClassLabels::ClassLabels(std::span<const std::string> names, size_t most) {
  for (const std::string& name : names) {
    const auto label = static_cast<int32_t>(shown_.size());
    std::string visible = Visible(name);
    const bool drawn = FontsCanDraw(visible);
    shown_.push_back(drawn ? visible : fmt::format("class {}", label));
    if (!drawn) undrawn_[label] = std::move(visible);
  }
  shown_ = ToldApart(shown_, most);
}

std::string ClassLabels::operator()(int32_t label) const {
  return ClassName(shown_, label);
}

std::string ClassLabels::Explain(std::span<const int32_t> labels) const {
  constexpr size_t kMostExplained = 20;
  const std::set<int32_t> occurring(labels.begin(), labels.end());
  std::vector<std::string> explained;
  for (const auto& [label, name] : undrawn_) {
    if (occurring.contains(label)) explained.push_back(fmt::format("{} is {}", (*this)(label), name));
  }
  return explained.empty() ? "" : "no font can draw some names: " + Listed(explained, kMostExplained);
}

std::string ExplainImageLabels(const Dataset& data, std::span<const int64_t> ids) {
  if (data.labels().empty()) return "";
  std::vector<int32_t> labels;
  for (const int64_t id : ids) labels.push_back(data.labels()[static_cast<size_t>(id)]);
  return ClassLabels(data.class_names(), kImageLabelCharacters).Explain(labels);
}

std::string CaptionEnd(const std::string& explanation) {
  return explanation.empty() ? "" : fmt::format(" Here {}.", explanation);
}

}  // namespace hourglass
