#include "hourglass/model/summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/nn/layer.h"

namespace hourglass {
namespace {

constexpr double kBytesPerNumber = 4;
constexpr double kMegabyte = 1024.0 * 1024.0;

// A flat output [O] is shown as [-1, O]; if a model has only flat outputs, they are shown as [-1, 1, O], as
// if its input were rows of pixels.
std::vector<int64_t> ShownShape(const Shape& shape, bool rows_of_pixels) {
  std::vector<int64_t> shown = {-1};
  if (rows_of_pixels) shown.push_back(1);
  shown.insert(shown.end(), shape.sizes().begin(), shape.sizes().end());
  return shown;
}

}  // namespace

ModelSummary Summarize(const Architecture& architecture) {
  ModelSummary summary{
      .code_size = architecture.code_size, .bottleneck = architecture.bottleneck, .rows = {}};
  Shape shape = architecture.image_shape;
  std::vector<Shape> shapes;
  int64_t numbers = 0;  // of values and gradients, for one sample
  for (const auto* layers : {&architecture.encoder, &architecture.decoder}) {
    if (layers == &architecture.decoder) shape = {architecture.code_size};
    for (const auto& [name, config] : *layers) {
      const auto layer = MakeLayer(config);
      const Shape input = shape;
      try {
        shape = layer->OutputShape(input);
      } catch (const Error& error) {
        throw Error(error.kind(), error.TextAt(fmt::format("layer '{}'", name)));
      }
      SummaryRow row{.layer = fmt::format("{}-{}", layer->display_name(), summary.rows.size() + 1),
                     .name = name,
                     .activation = std::string(Name(layer->activation())),
                     .output_shape = {}};
      for (const ParamSpec& spec : layer->param_specs()) row.parameters += spec.shape.size();
      shapes.push_back(shape);
      numbers += 2 * shape.size();
      for (const Shape& kept : layer->kept_shapes(input)) numbers += kept.size();
      summary.total += row.parameters;
      summary.rows.push_back(std::move(row));
    }
  }
  const bool rows_of_pixels = std::ranges::all_of(shapes, [](const Shape& one) { return one.rank() == 1; });
  for (size_t i = 0; i < shapes.size(); ++i) {
    summary.rows[i].output_shape = ShownShape(shapes[i], rows_of_pixels);
  }
  summary.trainable = summary.total;
  const auto megabytes = [](int64_t count) {
    return static_cast<double>(count) * kBytesPerNumber / kMegabyte;
  };
  summary.input_mb = megabytes(architecture.image_shape.size());
  summary.forward_backward_mb = megabytes(numbers);
  summary.parameters_mb = megabytes(summary.total);
  summary.total_mb = summary.input_mb + summary.forward_backward_mb + summary.parameters_mb;
  return summary;
}

std::string ToText(const ModelSummary& summary) {
  size_t layer_width = 18, name_width = 10;
  for (const SummaryRow& row : summary.rows) {
    layer_width = std::max(layer_width, row.layer.size() + 2);
    name_width = std::max(name_width, row.name.size() + 2);
  }
  const auto columns = [&](const auto&... cells) {
    return fmt::format("{:<{}}{:<{}}{:<12}{:<22}{:>15}\n", cells...);
  };
  std::string text =
      columns("Layer (type)", layer_width, "Name", name_width, "Activation", "Output Shape", "Parameters");
  const std::string line(text.size() - 1, '-');
  const std::string double_line(line.size(), '=');
  text = fmt::format("{}\n{}{}\n", line, text, double_line);
  for (const SummaryRow& row : summary.rows) {
    text += columns(row.layer, layer_width, row.name, name_width, row.activation,
                    fmt::format("[{}]", fmt::join(row.output_shape, ", ")), Grouped(row.parameters));
  }
  text += double_line + "\n";
  if (summary.bottleneck == Bottleneck::kGaussian) {
    text += fmt::format("Gaussian bottleneck: {0} means and {0} variances, a code of {0} numbers\n",
                        summary.code_size);
  }
  text += fmt::format("Total parameters: {}\n", Grouped(summary.total));
  text += fmt::format("Trainable parameters: {}\n", Grouped(summary.trainable));
  text += fmt::format("Non-trainable parameters: {}\n", Grouped(summary.total - summary.trainable));
  text += line + "\n";
  text += fmt::format("Input size (MB): {:.2f}\n", summary.input_mb);
  text += fmt::format("Forward/backward pass size (MB): {:.2f}\n", summary.forward_backward_mb);
  text += fmt::format("Parameters size (MB): {:.2f}\n", summary.parameters_mb);
  text += fmt::format("Estimated total size (MB): {:.2f}\n", summary.total_mb);
  return text + line + "\n";
}

Json ToJson(const ModelSummary& summary) {
  Json rows = Json::array();
  for (const SummaryRow& row : summary.rows) {
    rows.push_back({{"layer", row.layer},
                    {"name", row.name},
                    {"activation", row.activation},
                    {"output_shape", row.output_shape},
                    {"parameters", row.parameters}});
  }
  return {{"schema_version", 1},
          {"code_size", summary.code_size},
          {"bottleneck", Name(summary.bottleneck)},
          {"layers", rows},
          {"total_parameters", summary.total},
          {"trainable_parameters", summary.trainable},
          {"non_trainable_parameters", summary.total - summary.trainable},
          {"input_mb", summary.input_mb},
          {"forward_backward_mb", summary.forward_backward_mb},
          {"parameters_mb", summary.parameters_mb},
          {"estimated_total_mb", summary.total_mb}};
}

}  // namespace hourglass
