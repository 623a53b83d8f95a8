#include "hourglass/report/model_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "hourglass/core/check.h"
#include "hourglass/core/require.h"
#include "hourglass/core/text.h"
#include "hourglass/report/class_labels.h"

namespace hourglass {
namespace {

// One row of a grid, picture by picture.
class RowBuilder {
 public:
  RowBuilder(const Tensor& like, int64_t count)
      : row_({count, like.shape()[1], like.shape()[2], like.shape()[3]}) {}
  void Add(const Tensor& images, int64_t index) {
    HOURGLASS_CHECK(images.row_size() == row_.row_size() && next_ < row_.rows());
    std::memcpy(row_.data<float>() + next_++ * row_.row_size(),
                images.data<float>() + index * images.row_size(),
                static_cast<size_t>(images.row_size()) * sizeof(float));
  }
  Tensor Take() {
    HOURGLASS_CHECK(next_ == row_.rows());
    return std::move(row_);
  }

 private:
  Tensor row_;
  int64_t next_ = 0;
};

void RequireDenoising(const Denoising& result, const Shape& shape) {
  for (const Tensor* images : {&result.input, &result.corrupted, &result.output}) {
    RequireTensor("pictures", *images, DType::kF32, shape);
  }
}

void RequireStrips(const std::vector<ModelInterpolation>& strips, const StripLayout& layout) {
  RequireAtLeast("number of models", std::ssize(strips), 1);
  const Shape& shape = strips.front().result.decoded.shape();
  RequireAtLeast("number of decoded pictures", shape[0], 2);
  for (const auto& [label, result] : strips) {
    RequireTensor("inputs", result.inputs, DType::kF32, shape.WithRows(2));
    RequireTensor("decoded pictures", result.decoded, DType::kF32, shape);
    RequireTensor("mixed pictures", result.mixed, DType::kF32, shape);
  }
  RequireEqual("number of labels of ends", std::ssize(layout.ends), 2);
  if (layout.strips_per_pair > 0)
    RequireEqual("number of strips beyond whole pairs", std::ssize(strips) % layout.strips_per_pair, 0);
}

std::string OneLine(std::string label) {
  std::replace(label.begin(), label.end(), '\n', ' ');
  return label;
}

// Evenly spaced values, with as many digits as tell them apart.
std::vector<std::string> EvenLabels(const std::vector<float>& values) {
  const double step = std::abs(values[1] - values[0]);
  const int digits = step > 0 ? std::clamp(1 - static_cast<int>(std::floor(std::log10(step))), 0, 9) : 2;
  std::vector<std::string> labels;
  for (const float value : values) labels.push_back(fmt::format("{:.{}f}", value, digits));
  return labels;
}

}  // namespace

std::string CorruptionLabel(const Corruption& corruption) {
  const auto share = [&](const char* what) {
    return fmt::format("{}\n{:g} %", what, 100 * corruption.amount);
  };
  switch (corruption.kind) {
    case CorruptionKind::kNone:
      return "clean";
    case CorruptionKind::kGaussian:
      return fmt::format("noisy\nσ = {:g}", corruption.amount);
    case CorruptionKind::kOcclusion:
      return share("occluded");
    case CorruptionKind::kSaltPepper:
      return share("salt, pepper");
    case CorruptionKind::kMasking:
      return share("masked");
  }
  HOURGLASS_CHECK(false);
  return "";
}

std::vector<std::string> ImageLabels(const Dataset& data, std::span<const int64_t> ids) {
  const ClassLabels classes(data.class_names(), kImageLabelCharacters);
  std::vector<std::string> labels;
  for (const int64_t id : ids) {
    RequireBetween("index of an image", id, 0, data.size() - 1);
    std::string label = fmt::format("#{}", id);
    if (!data.labels().empty())
      label = fmt::format("{}\n{}", classes(data.labels()[static_cast<size_t>(id)]), label);
    labels.push_back(std::move(label));
  }
  return labels;
}

std::vector<std::string> RankLabels(const Dataset& data, std::span<const RankedImage> images) {
  std::vector<std::string> labels = ImageLabels(data, IdsOf(images));
  for (size_t i = 0; i < labels.size(); ++i)
    labels[i] = fmt::format("{:.0f} %\n{:#.3g}\n{}", 100 * images[i].rank, images[i].error, labels[i]);
  return labels;
}

std::string RankCaption(int64_t images, const std::string& errors_of) {
  return fmt::format(
      "From the best to the worst of {} held-out images by the error of {}, at even steps of rank. Above "
      "each image: the share of the other images with a smaller error, and its own MSE per pixel",
      Grouped(images), errors_of);
}

PictureGrid GroupGrid(std::string title, const std::vector<PictureKind>& kinds,
                      std::vector<std::string> image_labels) {
  RequireAtLeast("number of kinds of pictures", std::ssize(kinds), 1);
  const Shape& shape = kinds.front().images->shape();
  for (const PictureKind& kind : kinds) RequireTensor("pictures", *kind.images, DType::kF32, shape);
  RequireEqual("number of labels of images", std::ssize(image_labels), shape[0]);
  PictureGrid grid{.title = std::move(title), .row_labels = {}, .column_labels = {}, .rows = {}};
  const int64_t count = kinds.front().images->rows();
  std::vector<std::string> kind_labels;
  for (const PictureKind& kind : kinds) kind_labels.push_back(kind.label);
  if (count >= 5 && count <= 12) {
    for (const PictureKind& kind : kinds) grid.rows.push_back(kind.images->Clone());
    grid.row_labels = std::move(kind_labels);
    grid.column_labels = std::move(image_labels);
    return grid;
  }
  for (int64_t i = 0; i < count; ++i) {
    RowBuilder row(*kinds.front().images, static_cast<int64_t>(kinds.size()));
    for (const PictureKind& kind : kinds) row.Add(*kind.images, i);
    grid.rows.push_back(row.Take());
    grid.row_labels.push_back(OneLine(image_labels[static_cast<size_t>(i)]));
  }
  grid.column_labels = std::move(kind_labels);
  return grid;
}

PictureGrid ReconstructionGrid(std::string title, const Reconstruction& result,
                               std::vector<std::string> image_labels) {
  return GroupGrid(std::move(title), {{"input", &result.input}, {"output", &result.output}},
                   std::move(image_labels));
}

PictureGrid DenoisingGrid(std::string title, const std::vector<ModelDenoising>& models,
                          std::vector<std::string> image_labels) {
  RequireAtLeast("number of models", std::ssize(models), 1);
  const Denoising& first = models.front().result;
  for (const auto& [label, result] : models) RequireDenoising(result, first.input.shape());
  RequireEqual("number of labels of images", std::ssize(image_labels), first.input.rows());
  const std::string corrupted = CorruptionLabel(first.corruption);
  if (models.size() == 1) {
    return GroupGrid(std::move(title),
                     {{"input", &first.input}, {corrupted, &first.corrupted}, {"output", &first.output}},
                     std::move(image_labels));
  }
  PictureGrid grid{.title = std::move(title), .row_labels = {}, .column_labels = {}, .rows = {}, .group = 3};
  for (const auto& [label, result] : models) {
    RowBuilder row(result.input, 3 * result.input.rows());
    for (int64_t i = 0; i < result.input.rows(); ++i) {
      row.Add(result.input, i);
      row.Add(result.corrupted, i);
      row.Add(result.output, i);
    }
    grid.rows.push_back(row.Take());
    grid.row_labels.push_back(label);
  }
  for (std::string& image : image_labels) {
    for (std::string label : {std::move(image), corrupted, std::string("output")})
      grid.column_labels.push_back(std::move(label));
  }
  return grid;
}

PictureGrid RobustnessGrid(std::string title, const std::vector<ModelDenoisings>& models,
                           const std::vector<std::string>& image_labels) {
  RequireAtLeast("number of models", std::ssize(models), 1);
  PictureGrid grid{.title = std::move(title),
                   .row_labels = {},
                   .column_labels = {},
                   .rows = {},
                   .row_group = static_cast<int>(models.size()) + 1};
  const std::vector<Denoising>& first = models.front().results;
  RequireAtLeast("number of amounts", std::ssize(first), 1);
  const Shape& shape = first.front().input.shape();
  for (const auto& [label, results] : models) {
    RequireEqual("number of amounts", std::ssize(results), std::ssize(first));
    for (const Denoising& result : results) RequireDenoising(result, shape);
  }
  RequireEqual("number of labels of images", std::ssize(image_labels), shape[0]);
  for (const Denoising& result : first) grid.column_labels.push_back(CorruptionLabel(result.corruption));
  const auto add_row = [&](const std::vector<Denoising>& results, Tensor Denoising::*images, int64_t image) {
    RowBuilder row(results.front().input, static_cast<int64_t>(results.size()));
    for (const Denoising& result : results) row.Add(result.*images, image);
    grid.rows.push_back(row.Take());
  };
  for (int64_t image = 0; image < shape[0]; ++image) {
    add_row(first, &Denoising::corrupted, image);
    grid.row_labels.push_back(OneLine(image_labels[static_cast<size_t>(image)]));
    for (const auto& [label, results] : models) {
      add_row(results, &Denoising::output, image);
      grid.row_labels.push_back(label);
    }
  }
  return grid;
}

PictureGrid TiledGrid(std::string title, const Tensor& images, int64_t columns) {
  RequireAtLeast("number of columns", columns, 1);
  PictureGrid grid{.title = std::move(title), .row_labels = {}, .column_labels = {}, .rows = {}};
  for (int64_t begin = 0; begin < images.rows(); begin += columns) {
    Tensor row(images.shape().WithRows(std::min(columns, images.rows())));
    std::ranges::fill(row.span<float>(), 1.0F);
    const Tensor pictures = images.Rows(begin, std::min(columns, images.rows() - begin));
    std::memcpy(row.raw(), pictures.raw(), pictures.byte_size());
    grid.rows.push_back(std::move(row));
  }
  return grid;
}

PictureGrid LabelledGrid(std::string title, const Tensor& images, std::vector<std::string> labels) {
  constexpr int64_t kMaxLabelled = 12;
  RequireEqual("number of labels", std::ssize(labels), images.rows());
  const bool fits = images.rows() <= kMaxLabelled;
  PictureGrid grid = TiledGrid(std::move(title), images, fits ? images.rows() : kTileColumns);
  if (fits) grid.column_labels = std::move(labels);
  return grid;
}

PictureGrid CodePlane(const std::string& title, Session& session, const CodeGrid& codes) {
  PictureGrid grid = TiledGrid(title + "; first number to the right, second upwards",
                               session.Decode(codes.codes), std::ssize(codes.first));
  grid.column_labels = EvenLabels(codes.first);
  grid.row_labels = EvenLabels(codes.second);
  return grid;
}

std::string CodePlaneCaption(const CodeGrid& codes) {
  std::string caption =
      "Decoded codes, from the 1st to the 99th percentile of the images' codes: the first number of the code "
      "grows along a row, the second up a column.";
  for (const auto* values : {&codes.first, &codes.second}) {
    if (values->front() != values->back()) continue;
    caption += fmt::format(" The {} number is the same for nearly every image.",
                           values == &codes.first ? "first" : "second");
  }
  return caption;
}

PictureGrid TraversalGrid(std::string title, Session& session, const Traversal& traversal) {
  PictureGrid grid =
      TiledGrid(std::move(title), session.Decode(traversal.codes), std::ssize(traversal.steps));
  const std::string middle = traversal.image ? fmt::format("#{}", *traversal.image) : "mean";
  for (const double step : traversal.steps)
    grid.column_labels.push_back(step == 0 ? middle : fmt::format("{:+.1f} σ", step));
  for (const int64_t number : traversal.numbers) grid.row_labels.push_back(fmt::format("z{}", number));
  return grid;
}

std::vector<std::string> WalkLabels(std::string first, std::string last, int64_t points) {
  RequireAtLeast("number of points", points, 2);
  std::vector<std::string> labels = {std::move(first)};
  for (int64_t i = 1; i + 1 < points; ++i) labels.push_back(fmt::format("{}/{}", i, points - 1));
  labels.push_back(std::move(last));
  return labels;
}

PictureGrid InterpolationGrid(std::string title, const std::vector<ModelInterpolation>& strips,
                              const StripLayout& layout) {
  RequireStrips(strips, layout);
  const int64_t n = strips.front().result.decoded.rows() - 1;
  const int64_t per_pair = layout.strips_per_pair > 0 ? layout.strips_per_pair : std::ssize(strips);
  const int64_t begin = layout.decoded_ends ? 0 : 1, end = layout.decoded_ends ? n + 1 : n;
  PictureGrid grid{.title = std::move(title),
                   .row_labels = {},
                   .column_labels = WalkLabels(layout.ends[0], layout.ends[1], n + 1),
                   .rows = {},
                   .row_group = static_cast<int>(per_pair + 1)};
  if (layout.decoded_ends) {
    grid.column_labels.insert(grid.column_labels.begin() + 1, fmt::format("0/{}", n));
    grid.column_labels.insert(grid.column_labels.end() - 1, fmt::format("{0}/{0}", n));
  }
  const auto add_row = [&](std::string label, const Tensor& ends, const Tensor& between) {
    RowBuilder row(between, end - begin + 2);
    row.Add(ends, 0);
    for (int64_t i = begin; i < end; ++i) row.Add(between, i);
    row.Add(ends, 1);
    grid.rows.push_back(row.Take());
    grid.row_labels.push_back(std::move(label));
  };
  Tensor white(strips.front().result.inputs.shape());
  std::ranges::fill(white.span<float>(), 1.0F);
  for (size_t i = 0; i < strips.size(); ++i) {
    const auto& [label, result] = strips[i];
    add_row(label.empty() ? "decoded" : label, result.inputs, result.decoded);
    if (std::ssize(grid.rows) % grid.row_group == per_pair) add_row("pixels mixed", white, result.mixed);
  }
  return grid;
}

std::string PairLabel(const Dataset& data, const ImagePair& pair) {
  const int64_t ids[] = {pair.from, pair.to};
  const std::vector<std::string> labels = ImageLabels(data, ids);
  return fmt::format("{}\n→ {}", OneLine(labels[0]), OneLine(labels[1]));
}

}  // namespace hourglass
