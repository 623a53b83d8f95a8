#include "hourglass/report/neighbour_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "hourglass/analysis/picking.h"
#include "hourglass/core/text.h"
#include "hourglass/neighbours/measures.h"
#include "hourglass/neighbours/nearest_label.h"
#include "hourglass/report/class_labels.h"
#include "hourglass/report/model_pictures.h"
#include "hourglass/report/picture_grid.h"
#include "hourglass/report/plots.h"
#include "hourglass/report/scatter.h"

namespace hourglass {
namespace {

constexpr int64_t kMostShown = 10;  // neighbours in a picture
constexpr int kChanceStyle = 6;

// The nearest other points (by index) of the points `ids`, [ids][count].
std::vector<std::vector<int64_t>> NearestOthers(const Tensor& points, std::span<const int64_t> ids,
                                                Distance distance, int64_t count) {
  const Neighbours nearest =
      NearestNeighbours(points, GatherRows(points, ids), {.distance = distance, .k = count + 1});
  std::vector<std::vector<int64_t>> others;
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto with_itself = nearest.Of(static_cast<int64_t>(i));
    std::vector<int64_t> list(with_itself.begin(), with_itself.end());
    std::erase(list, ids[i]);
    list.resize(static_cast<size_t>(count));  // with many equal points, the point itself may be missing
    others.push_back(std::move(list));
  }
  return others;
}

// The nearest of `points` to each of `queries`, [queries][count].
std::vector<std::vector<int64_t>> NearestTo(const Tensor& points, const Tensor& queries, Distance distance,
                                            int64_t count) {
  const Neighbours nearest = NearestNeighbours(points, queries, {.distance = distance, .k = count});
  std::vector<std::vector<int64_t>> lists;
  for (int64_t i = 0; i < nearest.n; ++i) {
    const auto list = nearest.Of(i);
    lists.emplace_back(list.begin(), list.end());
  }
  return lists;
}

// An image of `data` and `others` of another set: [1 + others, C, H, W].
Tensor WithOthers(const Dataset& data, int64_t id, const Dataset& set, const std::vector<int64_t>& others) {
  const Tensor image = ReadPixels(data, {&id, 1}), rest = ReadPixels(set, others);
  Tensor row(image.shape().WithRows(1 + rest.rows()));
  std::memcpy(row.raw(), image.raw(), image.byte_size());
  std::memcpy(row.Rows(1, rest.rows()).raw(), rest.raw(), rest.byte_size());
  return row;
}

// Frames around a row: kept if the other list has the image too.
void AddFrames(int row, const std::vector<int64_t>& list, const std::vector<int64_t>& other, bool lost_too,
               std::vector<CellFrame>& frames) {
  for (size_t i = 0; i < list.size(); ++i) {
    const bool kept = std::ranges::find(other, list[i]) != other.end();
    if (kept || lost_too) {
      frames.push_back({row, static_cast<int>(i) + 1, kept ? FrameStyle::kKept : FrameStyle::kLost});
    }
  }
}

// Images `ids` of `data`, each with its nearest images of `set`.
struct NearestPictures {
  const Dataset& data;
  std::span<const int64_t> ids;
  const Dataset& set;
  std::vector<std::vector<int64_t>> in_pixels, in_code;  // [ids][shown]
};

Figure DrawLists(Figure figure, const std::string& title, const NearestPictures& pictures,
                 const std::string& caption) {
  const auto shown = pictures.in_pixels.front().size();
  PictureGrid grid{.title = title, .row_labels = {}, .column_labels = {"image"}, .rows = {}, .row_group = 2};
  for (size_t place = 1; place <= shown; ++place) grid.column_labels.push_back(fmt::format("{}", place));
  const std::vector<std::string> labels = ImageLabels(pictures.data, pictures.ids);
  for (size_t i = 0; i < pictures.ids.size(); ++i) {
    const auto &in_pixels = pictures.in_pixels[i], &in_code = pictures.in_code[i];
    const int row = static_cast<int>(grid.rows.size());
    std::string label = labels[i];
    std::ranges::replace(label, '\n', ' ');
    grid.rows.push_back(WithOthers(pictures.data, pictures.ids[i], pictures.set, in_pixels));
    grid.row_labels.push_back(label + "\nin pixels");
    AddFrames(row, in_pixels, in_code, true, grid.frames);
    grid.rows.push_back(WithOthers(pictures.data, pictures.ids[i], pictures.set, in_code));
    grid.row_labels.push_back(label + "\nin the code");
    AddFrames(row + 1, in_code, in_pixels, false, grid.frames);
  }
  figure.caption = fmt::format(
      "{}, in pixels and below in the code. Dashed orange: lost, not among the {} nearest in the code. Blue: "
      "kept, in both rows.{}",
      caption, shown, CaptionEnd(ExplainImageLabels(pictures.data, pictures.ids)));
  figure.alt_text = fmt::format("Two rows of pictures for each of {} images.", pictures.ids.size());
  WritePictureGrid(figure, grid);
  return figure;
}

}  // namespace

std::vector<Figure> DrawCodes(const std::filesystem::path& folder, const ScoredCode& code, size_t distance,
                              double high, const Dataset& data) {
  std::vector<Figure> figures;
  if (code.codes.row_size() != 2) return figures;
  ScatterPlot plot{.title = fmt::format("Codes of {} images, {}", Grouped(data.size()), code.label),
                   .x_label = "first number of the code",
                   .y_label = "second number of the code",
                   .points = &code.codes};
  if (!data.labels().empty()) {
    figures.push_back({folder, "codes-" + code.name,
                       fmt::format("{}: the codes of all images in the colours of their labels; {}.",
                                   code.label, DescribeClasses(plot, data.labels(), data.class_names())),
                       fmt::format("{} points in the plane, coloured by label.", Grouped(data.size()))});
    WriteScatterPlot(figures.back(), plot, data.labels(), data.class_names());
  }
  const NeighbourhoodScores& scores = code.scores[distance];
  figures.push_back(
      {folder, fmt::format("codes-{}-kept", code.name),
       fmt::format("{}: each code coloured by its score@{} by {}, the share of its image's nearest in pixels "
                   "that are also its nearest in the code; {:.4f} on average.",
                   code.label, scores.kept_k, Title(scores.distance),
                   scores.qnx[static_cast<size_t>(scores.kept_k - 1)]),
       fmt::format("{} points in the plane, coloured by the share of neighbours that they keep.",
                   data.size())});
  WriteScatterPlot(figures.back(), plot, scores.kept_shares, high,
                   fmt::format("score@{} of the point", scores.kept_k));
  return figures;
}

Figure DrawNearest(const std::filesystem::path& folder, const ScoredCode& code, Distance distance,
                   const Dataset& data, std::span<const int64_t> ids) {
  const int64_t shown = std::min(kMostShown, data.size() - 1);
  return DrawLists({folder, "nearest-" + code.name, {}, {}},
                   fmt::format("Nearest images in pixels and in the code, {}", code.label),
                   {.data = data,
                    .ids = ids,
                    .set = data,
                    .in_pixels = NearestOthers(AllImages(data), ids, distance, shown),
                    .in_code = NearestOthers(code.codes, ids, distance, shown)},
                   fmt::format("{}: {} images with their {} nearest by {}", code.label, ids.size(), shown,
                               Title(distance)));
}

Figure DrawNearestOfNew(const std::filesystem::path& folder, const ScoredCode& code, Distance distance,
                        const DataSplits& data, std::span<const int64_t> ids) {
  const int64_t shown = std::min(kMostShown, data.train->size());
  const Tensor queries = GatherRows(AllImages(*data.held_out), ids);
  return DrawLists({folder, fmt::format("nearest-{}-new", code.name), {}, {}},
                   fmt::format("New images and their nearest training images, {}", code.label),
                   {.data = *data.held_out,
                    .ids = ids,
                    .set = *data.train,
                    .in_pixels = NearestTo(AllImages(*data.train), queries, distance, shown),
                    .in_code = NearestTo(code.codes, GatherRows(code.new_codes, ids), distance, shown)},
                   fmt::format("{}: {} images that training has not seen, with their {} nearest training "
                               "images by {}",
                               code.label, ids.size(), shown, Title(distance)));
}

Figure DrawPlane(const std::filesystem::path& folder, const ScoredCode& code, Session& session,
                 const Dataset& data) {
  const CodeGrid codes = GridOfCodes(session, data, kPlaneSide);
  Figure figure{folder, "plane-" + code.name, fmt::format("{}: {}", code.label, CodePlaneCaption(codes)),
                fmt::format("{0} × {0} decoded pictures.", kPlaneSide)};
  WritePictureGrid(figure, CodePlane("Decoded codes, " + code.label, session, codes));
  return figure;
}

Figure DrawQnx(const std::filesystem::path& folder, std::span<const ScoredCode> codes, size_t distance) {
  const NeighbourhoodScores& first = codes.front().scores[distance];
  const std::string_view title = Title(first.distance);
  LinePlot plot{.title = fmt::format("Share of the k nearest that a code keeps, {}", title),
                .x_label = "k, neighbours of each image",
                .y_label = "score@k (Q_NX)",
                .series = {},
                .log_x = true,
                .log_y = true};
  std::vector<double> ks;
  for (size_t k = 1; k <= first.qnx.size(); ++k) ks.push_back(static_cast<double>(k));
  for (const ScoredCode& code : codes) {
    if (code.in_tables_only) continue;
    plot.series.push_back({.label = code.label, .x = ks, .y = code.scores[distance].qnx, .points = true});
  }
  const size_t shown = plot.series.size();
  PlotSeries chance{.label = "by chance", .x = ks, .y = {}, .style = kChanceStyle, .dashed = true};
  for (const double k : ks) chance.y.push_back(k / static_cast<double>(first.n - 1));
  plot.series.push_back(std::move(chance));
  Figure figure{folder, fmt::format("qnx-{}", Name(first.distance)),
                fmt::format("The share of an image's k nearest in pixels that are among its k nearest in the "
                            "code, by {}, averaged over {} images.",
                            title, Grouped(first.n)),
                fmt::format("A curve for each of {} codes, and one for chance.", shown)};
  WriteLinePlot(figure, plot);
  return figure;
}

Figure DrawRnx(const std::filesystem::path& folder, std::span<const ScoredCode> codes, size_t distance) {
  const NeighbourhoodScores& first = codes.front().scores[distance];
  const std::string_view title = Title(first.distance);
  LinePlot plot{.title = fmt::format("Kept neighbourhoods of every size, {}", title),
                .x_label = "k, neighbours of each image",
                .y_label = "R_NX: 0 by chance, 1 if all are kept",
                .series = {},
                .log_x = true};
  // Leaves out the largest k, where a single point decides.
  const int64_t last = first.n - 1 - first.n / 100;
  for (const ScoredCode& code : codes) {
    if (code.in_tables_only) continue;
    const AllSizes& sizes = code.scores[distance].all_sizes;
    PlotSeries series{
        .label = fmt::format("{}: area {:.3f}", code.label, sizes.area), .x = {}, .y = {}, .points = true};
    for (size_t i = 0; i < sizes.ks.size() && sizes.ks[i] <= last; ++i) {
      series.x.push_back(static_cast<double>(sizes.ks[i]));
      series.y.push_back(Rnx(sizes.qnx[i], sizes.ks[i], first.n));
    }
    plot.series.push_back(std::move(series));
  }
  Figure figure{folder, fmt::format("rnx-{}", Name(first.distance)),
                fmt::format("R_NX by {} around {} images; the area is over ln k, for k from 1 to {}.", title,
                            Grouped(first.all_sizes.points), Grouped(first.n - 2)),
                fmt::format("A curve for each of {} codes.", plot.series.size())};
  WriteLinePlot(figure, plot);
  return figure;
}

double HighScore(std::span<const ScoredCode> codes, size_t distance) {
  std::vector<float> all;
  for (const ScoredCode& code : codes) {
    const auto& shares = code.scores[distance].kept_shares;
    all.insert(all.end(), shares.begin(), shares.end());
  }
  const auto place = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 99 / 100);
  std::nth_element(all.begin(), place, all.end());
  return *place;
}

}  // namespace hourglass
