#include "hourglass/data/formats/named.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hourglass/core/error.h"
#include "hourglass/data/digits/digits.h"
#include "hourglass/data/formats/cifar.h"
#include "hourglass/data/formats/idx_data.h"
#include "hourglass/data/locate.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;

OpenedData OpenDigits() {
  Digits digits = DrawDigits({});
  return {.location = "built in", .train = std::move(digits.train), .test = std::move(digits.test)};
}

OpenedData OpenNamedIdx(const NamedSet& set, const fs::path& folder, DataOptions options) {
  if (options.axes == AxisOrder::kAuto) options.axes = set.axes;
  return OpenIdxFiles(*FindIdxFiles(folder, set.prefix), folder.string(), options,
                      {.first = set.first_label, .names = set.classes});
}

bool Holds(const NamedSet& set, const fs::path& folder) {
  if (set.layout == SetLayout::kIdx) return FindIdxFiles(folder, set.prefix).has_value();
  return CifarClasses(folder) == (set.layout == SetLayout::kCifar10 ? 10 : 100);
}

Error NotFound(const NamedSet& set, const DataOptions& options) {
  std::vector<std::string> places;
  for (const fs::path& place : PlacesOf(set, options)) places.push_back(place.string());
  std::error_code error;
  const std::string here = fs::exists(set.name, error)
                               ? fmt::format("; for what is called so in this folder, write ./{}", set.name)
                               : "";
  return DataError(
      {.what = fmt::format("{} was not found", set.name),
       .expected = fmt::format("{}", fmt::join(set.FileNames(), ", ")),
       .got = places.empty() ? "no folder to search: no data_dir, no $HOURGLASS_DATA_DIR, no $HOME"
                             : fmt::format("none of them in {}", fmt::join(places, ", then ")),
       .hint = fmt::format("fetch it with `hourglass data fetch {}`, set data_dir to its folder, or use "
                           "`digits`, which is built in and needs no files{}",
                           set.name, here)});
}

}  // namespace

std::optional<fs::path> FindOnDisk(const NamedSet& set, const DataOptions& options) {
  for (const fs::path& place : PlacesOf(set, options)) {
    if (Holds(set, place)) return place;
  }
  return std::nullopt;
}

OpenedData OpenNamedSet(const NamedSet& set, const DataOptions& options) {
  if (set.layout == SetLayout::kBuiltIn) return OpenDigits();
  const std::optional<fs::path> folder = FindOnDisk(set, options);
  if (!folder) throw NotFound(set, options);
  if (set.layout == SetLayout::kIdx) return OpenNamedIdx(set, *folder, options);
  return OpenCifarFiles(*folder, options.wants_test(), set.classes);
}

}  // namespace hourglass
