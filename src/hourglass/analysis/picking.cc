#include "hourglass/analysis/picking.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <set>
#include <string>

#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/core/rng.h"
#include "hourglass/core/text.h"

namespace hourglass {
namespace {

std::set<int> Classes(const Dataset& data) {
  return {data.labels().begin(), data.labels().end()};
}

void RequireLabels(const Dataset& data) {
  if (!data.labels().empty()) return;
  throw UsageError(
      {.what = "these images have no labels, so none can be picked by digit", .hint = "pick them by index"});
}

int64_t PickOne(const Dataset& data, int64_t digit, int64_t place, std::optional<uint64_t> seed) {
  std::vector<int64_t> ids;
  for (int64_t id = 0; id < data.size(); ++id) {
    if (data.labels()[static_cast<size_t>(id)] == digit) ids.push_back(id);
  }
  if (ids.empty()) {
    constexpr size_t kListed = 20;
    std::vector<std::string> names;
    for (const int label : Classes(data)) names.push_back(ShownClassName(data, label));
    throw UsageError({.what = "no image of this class",
                      .expected = "one of " + Listed(names, kListed),
                      .got = ClassName(data, static_cast<int32_t>(digit))});
  }
  if (!seed) return ids.front();
  const auto count = static_cast<uint32_t>(ids.size());
  return ids[Rng(*seed, Stream::kPick).Below(count, 0, static_cast<uint64_t>(place), 0)];
}

// data.size() if there is none.
int64_t NextOfItsClass(const Dataset& data, int64_t id) {
  const auto labels = data.labels().subspan(static_cast<size_t>(id));
  return id + 1 + (std::ranges::find(labels.subspan(1), labels.front()) - labels.subspan(1).begin());
}

}  // namespace

std::vector<int64_t> PickByIndex(const Dataset& data, std::span<const int64_t> indices) {
  for (const int64_t index : indices) {
    if (index < 0 || index >= data.size()) {
      throw UsageError({.what = "image index out of range",
                        .expected = fmt::format("0 to {}", data.size() - 1),
                        .got = fmt::format("{}", index)});
    }
  }
  return {indices.begin(), indices.end()};
}

std::vector<int64_t> PickByDigit(const Dataset& data, std::span<const int64_t> digits,
                                 std::optional<uint64_t> seed) {
  RequireLabels(data);
  std::vector<int64_t> ids;
  for (const int64_t digit : digits) {
    ids.push_back(PickOne(data, digit, static_cast<int64_t>(ids.size()), seed));
  }
  return ids;
}

std::vector<int64_t> ClassesToShow(const Dataset& data, std::span<const int64_t> wanted) {
  RequireLabels(data);
  const std::set<int> classes = Classes(data);
  std::vector<int64_t> unused(classes.begin(), classes.end());
  for (const int64_t one : wanted) std::erase(unused, one);
  auto next = unused.begin();
  std::vector<int64_t> shown;
  for (const int64_t one : wanted) {
    if (std::ranges::find(classes, one) != classes.end()) {
      shown.push_back(one);
    } else if (next != unused.end()) {
      shown.push_back(*next++);
    } else {
      shown.push_back(*std::next(classes.begin(), std::ssize(shown) % std::ssize(classes)));
    }
  }
  return shown;
}

std::vector<int64_t> PickToShow(const Dataset& data, std::span<const int64_t> wanted) {
  if (!data.labels().empty()) return PickByDigit(data, ClassesToShow(data, wanted));
  std::vector<int64_t> ids(wanted.size());
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int64_t>(i) % data.size();
  return ids;
}

std::vector<int64_t> PickOneOfEach(const Dataset& data, int64_t limit) {
  std::vector<int64_t> picked;
  if (data.labels().empty()) {
    picked.resize(static_cast<size_t>(std::min(limit, data.size())));
    std::iota(picked.begin(), picked.end(), 0);
    return picked;
  }
  for (const int digit : Classes(data)) {
    if (static_cast<int64_t>(picked.size()) < limit) picked.push_back(PickOne(data, digit, 0, std::nullopt));
  }
  return picked;
}

std::vector<ImagePair> PickPairs(const Dataset& data) {
  std::vector<ImagePair> pairs;
  if (data.labels().empty()) {
    for (int64_t id = 0; id < std::min<int64_t>(8, data.size() - 1); id += 2) pairs.push_back({id, id + 1});
    return pairs;
  }
  const std::vector<int64_t> each = PickOneOfEach(data);
  if (each.empty()) return pairs;
  const auto tenth = [&](size_t place) { return each[each.size() * place / 10]; };
  const ImagePair first = {tenth(7), tenth(0)}, second = {tenth(3), tenth(8)};
  if (each.size() > 1) pairs.push_back(first);
  if (each.size() > 3) pairs.push_back(second);  // of fewer classes it is the first one the other way
  std::vector<int64_t> starts = {first.from};
  if (each.size() > 1) starts.push_back(second.from);
  for (const int64_t from : starts) {
    const int64_t next = NextOfItsClass(data, from);
    if (next < data.size()) pairs.push_back({from, next});
  }
  return pairs;
}

std::vector<RankedImage> PickByRank(std::span<const double> errors, int64_t count) {
  RequireAtLeast("number of images", std::ssize(errors), 1);
  RequireAtLeast("number of images to pick", count, 1);
  const auto key = [&](int64_t id) {
    const double error = errors[static_cast<size_t>(id)];
    return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
  };
  std::vector<int64_t> order(errors.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  std::ranges::stable_sort(order, {}, key);
  const int64_t last = std::ssize(errors) - 1, intervals = std::min(count - 1, last);
  std::vector<RankedImage> picked;
  for (int64_t i = 0; i <= intervals; ++i) {
    const int64_t place = intervals == 0 ? 0 : (2 * i * last + intervals) / (2 * intervals);  // rounded
    const int64_t id = order[static_cast<size_t>(place)];
    picked.push_back({.id = id,
                      .rank = last == 0 ? 0 : static_cast<double>(place) / static_cast<double>(last),
                      .error = errors[static_cast<size_t>(id)]});
  }
  return picked;
}

std::vector<int64_t> IdsOf(std::span<const RankedImage> images) {
  std::vector<int64_t> ids;
  for (const RankedImage& image : images) ids.push_back(image.id);
  return ids;
}

}  // namespace hourglass
