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
          .class_names = {images.class_names().begin(), images.class_names().end()},
          .splits = splits};
}

DataSplits OpenNamed(const DataSource& source) {
  DataOptions options{
      .name = source.name, .data_dir = source.data_dir, .axes = source.axes, .range = source.range};
  if (!source.label_column.empty()) options.label_column = source.label_column;
  return OpenData(options);
}

Points OpenPoints(const Command& command, const PointsSource& source) {
  if (!IsNpy(source.name)) {
    DataSplits splits = OpenNamed(source);
    PrintNote(command, splits);
    return PointsOf(std::move(splits), source.part);
  }
  return {.name = source.name, .values = ReadNpy(source.name), .labels = {}, .class_names = {}, .splits = {}};
}

void ReadLabels(const std::filesystem::path& path, Points& points) {
  if (path.empty()) return;
  points.labels = ReadNpyLabels(path);
  points.class_names.clear();
  if (std::ssize(points.labels) == points.values.rows()) return;
  throw DataError({.what = fmt::format("{} does not belong to the points of {}", path.string(), points.name),
                   .expected = fmt::format("{} labels, one per point", points.values.rows()),
                   .got = fmt::format("{}", points.labels.size()),
                   .hint = "give the labels of the same points, in the same order"});
}

Tensor ReadCodes(const std::filesystem::path& path, const Points& points) {
  Tensor codes = ReadNpy(path);
  if (codes.rows() == points.values.rows() && codes.dtype() == DType::kF32) return codes;
  throw UsageError({.what = fmt::format("{} does not belong to the points of {}", path.string(), points.name),
                    .expected = fmt::format("{} codes of f32, one per point", points.values.rows()),
                    .got = fmt::format("{} of {}", codes.rows(), Name(codes.dtype())),
                    .hint = "give the codes of the same points, in the same order, as float32"});
}

void RequireSameKind(const std::string& name, const Tensor& added, const std::string& before_name,
                     const Tensor& before) {
  if (added.row_size() == before.row_size() && added.dtype() == before.dtype()) return;
  const auto describe = [](const Tensor& rows) {
    return fmt::format("{} numbers of {} per row", rows.row_size(), Name(rows.dtype()));
  };
  throw UsageError({.what = fmt::format("{} cannot be compared with {}", name, before_name),
                    .expected = describe(before),
                    .got = describe(added),
                    .hint = "make both in the same way, and save them with the same type"});
}

}  // namespace hourglass::app
