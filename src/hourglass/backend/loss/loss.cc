#include "hourglass/backend/loss/loss.h"

#include <fmt/format.h>

#include <algorithm>

#include "hourglass/backend/reference.h"
#include "hourglass/core/error.h"
#include "hourglass/core/text.h"

namespace hourglass {
namespace {

struct LossRow {
  std::string_view name, unit;
  bool of_sigmoid;
  LossParameter parameter;
};

template <class... Formula>
std::vector<LossRow> Rows(std::tuple<Formula...>*) {
  return {{Formula::kName, Formula::kUnit, Formula::kOfSigmoid, Formula::kParameter}...};
}

const std::vector<LossRow>& Table() {
  static const std::vector<LossRow> rows = Rows(static_cast<reference::Losses*>(nullptr));
  return rows;
}

const LossRow& RowOf(LossKind loss) {
  return Table().at(static_cast<size_t>(loss));
}

static_assert(std::tuple_element_t<static_cast<size_t>(kMse), reference::Losses>::kName == "mse");

}  // namespace

std::vector<LossKind> AllLosses() {
  std::vector<LossKind> all;
  for (size_t i = 0; i < Table().size(); ++i) all.push_back(LossKind(i));
  return all;
}

LossKind LossNamed(std::string_view name) {
  const auto& rows = Table();
  const auto row = std::ranges::find(rows, name, &LossRow::name);
  if (row != rows.end()) return LossKind(row - rows.begin());
  std::vector<std::string> known;
  for (const LossRow& one : rows) known.emplace_back(one.name);
  throw UsageError({.what = fmt::format("unknown loss '{}'", name), .hint = DidYouMean(name, known)});
}

std::string_view Name(LossKind loss) {
  return RowOf(loss).name;
}

std::string_view Unit(LossKind loss) {
  return RowOf(loss).unit;
}

const LossParameter& Parameter(LossKind loss) {
  return RowOf(loss).parameter;
}

bool IsOfSigmoid(LossKind loss) {
  return RowOf(loss).of_sigmoid;
}

}  // namespace hourglass
