#include "hourglass/tune/search_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/core/rng.h"

namespace hourglass {
namespace {

Error BadKey(const SearchedKey& searched, const std::string& origin, std::string expected, std::string got) {
  return UsageError({.what = fmt::format("{}: '{}' cannot be searched this way", origin, searched.key),
                     .expected = std::move(expected),
                     .got = std::move(got)});
}

std::string RangeText(const SearchedKey& searched) {
  return fmt::format("{} = [{}, {}]", Name(searched.draw), searched.low, searched.high);
}

// The end of a range as a flag gives it.
std::string EndText(SearchDraw draw, double value) {
  return draw == SearchDraw::kInteger ? fmt::format("{}", static_cast<int64_t>(value))
                                      : fmt::format("{}", value);
}

double RoundToFourDigits(double value) {
  const std::string text = fmt::format("{:.4g}", value);
  double rounded = 0;
  std::from_chars(text.data(), text.data() + text.size(), rounded);
  return rounded;
}

std::string DrawValue(const SearchedKey& searched, const Rng& rng, uint64_t trial, uint32_t element) {
  if (searched.draw == SearchDraw::kChoice) {
    return searched.choices[rng.Below(static_cast<uint32_t>(searched.choices.size()), 0, trial, element)];
  }
  if (searched.draw == SearchDraw::kInteger) {
    const auto low = static_cast<int64_t>(searched.low), high = static_cast<int64_t>(searched.high);
    return fmt::format("{}", low + rng.Below(static_cast<uint32_t>(high - low + 1), 0, trial, element));
  }
  const double u = rng.Uniform(0, trial, element);
  const double value =
      searched.draw == SearchDraw::kUniform
          ? searched.low + (searched.high - searched.low) * u
          : std::exp(std::log(searched.low) + (std::log(searched.high) - std::log(searched.low)) * u);
  return fmt::format("{}", std::clamp(RoundToFourDigits(value), searched.low, searched.high));
}

}  // namespace

std::string_view Name(SearchDraw draw) {
  switch (draw) {
    case SearchDraw::kChoice:
      return "choice";
    case SearchDraw::kUniform:
      return "uniform";
    case SearchDraw::kLog:
      return "log";
    case SearchDraw::kInteger:
      break;
  }
  return "integer";
}

const ConfigKey& CheckVariedKey(const std::string& key, const std::string& origin) {
  const ConfigKey& found = FindConfigKey(key, origin);
  if (found.may_vary) return found;
  std::vector<std::string> fixed;
  for (const ConfigKey& one : ConfigKeys()) {
    if (!one.may_vary) fixed.push_back(one.name);
  }
  throw UsageError({.what = fmt::format("{}: '{}' is the same for all runs", origin, key),
                    .expected = fmt::format("a key other than {}", fmt::join(fixed, ", ")),
                    .hint = "set it in [train] or with its flag"});
}

void CheckSearchedKey(const SearchedKey& searched, const std::string& origin) {
  const ConfigKey& key = CheckVariedKey(searched.key, origin);
  ResolvedConfig scratch;
  if (searched.draw == SearchDraw::kChoice) {
    if (searched.choices.empty()) throw BadKey(searched, origin, "at least one choice", "none");
    std::set<std::string> seen;
    for (const std::string& choice : searched.choices) {
      SetConfigKey(scratch, searched.key, choice, origin);
      if (!seen.insert(ConfigText(scratch.values, key)).second) {
        throw BadKey(searched, origin, "each choice once", fmt::format("'{}' twice", choice));
      }
    }
    return;
  }
  const bool whole = key.is_number() && key.is_whole();
  if (!key.is_number() || whole != (searched.draw == SearchDraw::kInteger)) {
    const std::string expected = !key.is_number() ? "choice = […]"
                                 : whole ? "integer = [low, high] or choice = […], of whole numbers"
                                         : "uniform or log = [low, high], or choice = […]";
    throw BadKey(searched, origin, expected, RangeText(searched));
  }
  if (!(searched.low < searched.high)) {
    throw BadKey(searched, origin, "[low, high] with low below high", RangeText(searched));
  }
  if (searched.draw == SearchDraw::kLog && !(searched.low > 0)) {
    throw BadKey(searched, origin, "a logarithmic range above 0", RangeText(searched));
  }
  for (const double end : {searched.low, searched.high}) {
    SetConfigKey(scratch, searched.key, EndText(searched.draw, end), origin);
  }
  if (searched.draw == SearchDraw::kInteger && searched.high - searched.low >= 0x1p32 - 1) {
    throw BadKey(searched, origin, "a range of fewer than 2^32 numbers", RangeText(searched));
  }
}

std::vector<KeyValue> DrawTrial(const SearchPlan& plan, int64_t trial) {
  RequireBetween("trial", trial, 0, Rng::kLastSample);
  const Rng rng(plan.seed, Stream::kSearchTrial);
  std::vector<KeyValue> values;
  for (const SearchedKey& searched : plan.space) {
    const auto element = static_cast<uint32_t>(values.size());
    values.push_back({searched.key, DrawValue(searched, rng, static_cast<uint64_t>(trial), element)});
  }
  return values;
}

}  // namespace hourglass
