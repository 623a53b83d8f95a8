#include "hourglass/study/checks/checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"

namespace hourglass {
namespace {

constexpr CheckKind kCheckKinds[] = {
    {"more", ReadMore},     {"less", ReadLess},       {"within_seeds", ReadWithinSeeds},
    {"equals", ReadEquals}, {"nearest", ReadNearest}, {"ordered", ReadOrdered},
    {"rises", ReadRises},   {"drops", ReadDrops},     {"bends", ReadBends},
    {"fits", ReadFits},     {"top", ReadTop},
};

}  // namespace

std::vector<std::string> CheckKindNames() {
  std::vector<std::string> names;
  for (const CheckKind& kind : kCheckKinds) names.emplace_back(kind.name);
  return names;
}

const CheckKind& FindCheckKind(std::string_view name) {
  const auto* found = std::ranges::find(kCheckKinds, name, &CheckKind::name);
  if (found != std::end(kCheckKinds)) return *found;
  throw UsageError(
      {.what = fmt::format("unknown test '{}'", name), .hint = DidYouMean(name, CheckKindNames())});
}

}  // namespace hourglass
