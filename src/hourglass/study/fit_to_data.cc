#include "hourglass/study/fit_to_data.h"

#include <fmt/format.h>

#include <algorithm>

#include "hourglass/analysis/code_neighbours.h"
#include "hourglass/core/text.h"
#include "hourglass/data/named_sets.h"

namespace hourglass {
namespace {

bool IsWrittenFor(const Recipe& recipe, const DataSplits& data) {
  const NamedSet* set = FindNamedSet(recipe.data);
  if (set != nullptr && !set->checksum.empty()) return data.checksum == set->checksum;
  return data.name == recipe.data;
}

bool IsOfPublished(const ClaimCheck& check) {
  return std::ranges::any_of(check.names,
                             [](const std::string& name) { return name.starts_with("published."); });
}

void LeaveOpen(const std::string& why, std::vector<ClaimCheck>& checks) {
  for (ClaimCheck& check : checks) {
    if (IsOfPublished(check)) check.open_because = why;
    LeaveOpen(why, check.only_if);
  }
}

void TakeOutPublished(Recipe& recipe) {
  const std::string why = fmt::format("published values are those of {}", recipe.data);
  recipe.published.clear();
  if (recipe.neighbours) {
    recipe.neighbours->published.clear();
    recipe.neighbours->similarity_factor = 1;
  }
  for (Claim& claim : recipe.claims) {
    if (claim.about_data) claim.open_because = fmt::format("it is about {}", recipe.data);
    LeaveOpen(why, claim.checks);
    LeaveOpen(why, claim.only_if);
  }
}

// The neighbourhoods that a set of n images has.
void LimitNeighbours(int64_t n, Recipe& recipe) {
  NeighboursPlan& plan = *recipe.neighbours;
  const int64_t most = MostComparedNeighbours(n);
  if (plan.k <= most || most < 1) return;
  recipe.departures.push_back(fmt::format("{} neighbours of each image instead of {}, for {} training images",
                                          most, plan.k, Grouped(n)));
  plan.k = most;
  std::erase_if(plan.at, [most](int64_t size) { return size > most; });
  if (plan.at.empty()) plan.at.push_back(most);
}

}  // namespace

void FitToData(Recipe& recipe, const DataSplits& data) {
  if (!IsWrittenFor(recipe, data)) {
    TakeOutPublished(recipe);
    recipe.departures.insert(
        recipe.departures.begin(),
        fmt::format("{} instead of {}", data.name == recipe.data ? "other images" : data.name, recipe.data));
  }
  if (recipe.neighbours) LimitNeighbours(data.train->size(), recipe);
}

}  // namespace hourglass
