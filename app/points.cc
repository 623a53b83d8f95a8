#include "app/points.h"

#include <fmt/format.h>

#include "app/data_options.h"
#include "hourglass/core/error.h"
#include "hourglass/data/formats/npy.h"
#include "hourglass/data/open_data.h"

namespace hourglass::app {

bool IsNpy(const std::string& name) {
  return name.ends_with(".npy");
}

Points PointsOf(DataSplits splits, const std::string& part) {
  if (part != "train" && part != splits.held_out_name) {
    throw UsageError({.what = fmt::format("{} has no part '{}'", splits.name, part),
                      .expected = "train or " + splits.held_out_name});
  }
  const Dataset& images = part == "train" ? *splits.train : *splits.held_out;
  return {.name = fmt::format("{} {}", splits.name, part),
          .values = AllImages(images),
          .labels = {images.labels().begin(), images.labels().end()},
          .splits = splits};
}

Points OpenPoints(const Command& command, const PointsSource& source) {
  if (!IsNpy(source.data)) {
    DataSplits splits = OpenData({.name = source.data, .data_dir = source.data_dir, .axes = source.axes});
    PrintNote(command, splits);
    return PointsOf(std::move(splits), source.part);
  }
  return {.name = source.data, .values = ReadNpy(source.data), .labels = {}, .splits = {}};
}

}  // namespace hourglass::app
