#include "hourglass/backend/corruption.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "hourglass/core/check.h"
#include "hourglass/core/error.h"
#include "hourglass/core/text.h"

namespace hourglass {
namespace {

constexpr CorruptionKind kKinds[] = {CorruptionKind::kGaussian, CorruptionKind::kOcclusion,
                                     CorruptionKind::kSaltPepper, CorruptionKind::kMasking};
constexpr double kMaxSigma = 100;

std::string Expected() {
  return fmt::format("none, or KIND:AMOUNT where KIND is one of {}", fmt::join(CorruptionNames(), ", "));
}

}  // namespace

int64_t OcclusionSide(double share, int64_t height, int64_t width) {
  const double area = share * static_cast<double>(height) * static_cast<double>(width);
  return std::min({static_cast<int64_t>(std::lround(std::sqrt(area))), height, width});
}

std::string_view Name(CorruptionKind kind) {
  switch (kind) {
    case CorruptionKind::kNone:
      return "none";
    case CorruptionKind::kGaussian:
      return "gaussian";
    case CorruptionKind::kOcclusion:
      return "occlusion";
    case CorruptionKind::kSaltPepper:
      return "salt_pepper";
    case CorruptionKind::kMasking:
      return "masking";
  }
  HOURGLASS_CHECK(false);
  return "";
}

std::span<const std::string> CorruptionNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const CorruptionKind kind : kKinds) all.emplace_back(Name(kind));
    return all;
  }();
  return names;
}

std::string ToString(const Corruption& corruption) {
  if (corruption.kind == CorruptionKind::kNone) return "none";
  return fmt::format("{}:{}", Name(corruption.kind), corruption.amount);
}

std::string Describe(const Corruption& corruption) {
  const double percent = 100 * corruption.amount;
  switch (corruption.kind) {
    case CorruptionKind::kNone:
      return "clean";
    case CorruptionKind::kGaussian:
      return fmt::format("gaussian noise, σ = {:g}", corruption.amount);
    case CorruptionKind::kOcclusion:
      return fmt::format("occlusion of {:g} % of the area", percent);
    case CorruptionKind::kSaltPepper:
      return fmt::format("salt and pepper on {:g} % of the pixels", percent);
    case CorruptionKind::kMasking:
      return fmt::format("masking of {:g} % of the pixels", percent);
  }
  HOURGLASS_CHECK(false);
  return "";
}

CorruptionKind ParseCorruptionKind(std::string_view name) {
  for (const CorruptionKind kind : kKinds) {
    if (name == Name(kind)) return kind;
  }
  throw UsageError(
      {.what = fmt::format("unknown corruption '{}'", name), .hint = DidYouMean(name, CorruptionNames())});
}

Corruption ParseCorruption(std::string_view text) {
  if (text == Name(CorruptionKind::kNone)) return {};
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (colon == std::string_view::npos && std::ranges::count(CorruptionNames(), name) > 0) {
    throw UsageError({.what = fmt::format("corruption '{}' has no amount", text),
                      .expected = fmt::format("{}:AMOUNT", name),
                      .hint = fmt::format("for example {}:0.5", name)});
  }
  if (colon == std::string_view::npos) {
    throw UsageError({.what = fmt::format("unknown corruption '{}'", text),
                      .expected = Expected(),
                      .hint = DidYouMean(name, CorruptionNames())});
  }
  Corruption corruption{.kind = ParseCorruptionKind(name)};
  const std::string_view number = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), corruption.amount);
  if (error != std::errc() || end != number.data() + number.size()) {
    throw UsageError({.what = fmt::format("corruption '{}': the amount is not a number", text),
                      .expected = Expected(),
                      .got = fmt::format("'{}'", number)});
  }
  CheckCorruption(corruption);
  return corruption;
}

void CheckCorruption(const Corruption& corruption) {
  const double amount = corruption.amount;
  const bool gaussian = corruption.kind == CorruptionKind::kGaussian;
  const bool fits = gaussian ? amount <= kMaxSigma : amount < 1;
  if (corruption.kind == CorruptionKind::kNone || (amount >= 0 && fits)) return;
  throw UsageError({.what = fmt::format("invalid amount of {} corruption", Name(corruption.kind)),
                    .expected = gaussian ? fmt::format("a standard deviation from 0 to {:g}", kMaxSigma)
                                         : "a share from 0 to below 1",
                    .got = fmt::format("{:g}", amount)});
}

}  // namespace hourglass
