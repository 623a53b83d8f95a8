// What the keys of the groups "Neighbourhood" and "Variational" mean, and imply for others.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/map/map_run.h"
#include "hourglass/train/config.h"

namespace hourglass {
namespace {

constexpr std::string_view kAutomaticForm = "auto";

// Measured with 2 and 8 numbers: repulsion keeps more neighbours in 2, distances do in 8.
std::string_view FormFor(int64_t code_size) {
  constexpr int64_t kMostForRepulsion = 3;
  return code_size <= kMostForRepulsion ? "infonce" : "distances";
}

NeighbourhoodForm FormOf(const TrainConfig& config) {
  const bool open = config.neighbourhood_form == kAutomaticForm;
  const std::string_view form = open ? FormFor(config.code_size) : config.neighbourhood_form;
  if (form == "negative") return NeighbourhoodForm::kNegative;
  return form == "distances" ? NeighbourhoodForm::kDistances : NeighbourhoodForm::kInfoNce;
}

void CheckPixelVariance(const TrainConfig& values) {
  if (values.loss == Name(kMse) || values.pixel_variance == TrainConfig().pixel_variance) return;
  throw UsageError(
      {.what = "'pixel_variance' acts on gaussian pixels only",
       .got = fmt::format("pixel_variance = {} with loss = {}", values.pixel_variance, values.loss),
       .hint = "set it",
       .setting = "loss = mse"});
}

// A key that has no effect without a gaussian bottleneck is a mistake.
void CheckVariational(const TrainConfig& values) {
  if (BottleneckNamed(values.bottleneck) == Bottleneck::kGaussian) {
    Objectives(values.objective());  // throws if the loss is no likelihood
    CheckPixelVariance(values);
    return;
  }
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.group != kVariationalGroup || ConfigText(values, key) == key.default_text()) continue;
    throw UsageError({.what = fmt::format("'{}' acts on a gaussian bottleneck only", key.name),
                      .got = fmt::format("{} = {} with bottleneck = {}", key.name, ConfigText(values, key),
                                         values.bottleneck),
                      .hint = "set it",
                      .setting = "bottleneck = gaussian"});
  }
}

}  // namespace

NeighbourhoodChoice ParseNeighbourhood(std::string_view text) {
  constexpr double kLargestWeight = 1e6;
  if (text == "auto") return {.teacher = true};
  double weight = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && weight >= 0 && weight <= kLargestWeight) return {.weight = weight};
  throw UsageError({.what = "unknown way to keep neighbourhoods",
                    .expected = "0 (none), the weight of the neighbourhood term (up to 1e6), or auto",
                    .got = fmt::format("'{}'", text)});
}

std::string ToString(const NeighbourhoodChoice& choice) {
  return choice.teacher ? "auto" : fmt::format("{}", choice.weight);
}

NeighbourhoodSettings TrainConfig::neighbourhood_settings() const {
  return {.weight = ParseNeighbourhood(neighbourhood).weight,
          .form = FormOf(*this),
          .exaggeration = exaggeration,
          .exaggerated_epochs = std::lround(exaggeration_share * static_cast<double>(epochs))};
}

Distance TrainConfig::image_distance() const {
  return neighbourhood_distance == "l1" ? Distance::kL1 : Distance::kL2;
}

ResolvedConfig WithUnsetKeys(ResolvedConfig config) {
  CheckVariational(config.values);
  if (config.values.optimizer == "muon" && !config.origins.contains("momentum"))
    SetConfigKey(config, "momentum", "0.95", "optimizer = muon");
  constexpr char kOrigin[] = "neighbourhood = auto";
  constexpr std::pair<const char*, const char*> kTaught[] = {
      {"model", "mapper"},      {"code_size", "2"},     {"epochs", "250"},
      {"batch", "256"},         {"optimizer", "adamw"}, {"learning_rate", "0.002"},
      {"weight_decay", "0.01"}, {"clip_norm", "4"},     {"schedule", "linear"}};
  if (!ParseNeighbourhood(config.values.neighbourhood).teacher) return config;
  if (BottleneckNamed(config.values.bottleneck) != Bottleneck::kIdentity) {
    throw UsageError({.what = "a map teaches codes, which a gaussian bottleneck would move",
                      .expected = "bottleneck = identity with neighbourhood = auto",
                      .got = fmt::format("bottleneck = {}", config.values.bottleneck),
                      .setting = "bottleneck = identity"});
  }
  if (config.values.correlation > 0) {
    throw UsageError({.what = "a map teaches the codes, so no other term can move them",
                      .expected = "correlation = 0 with neighbourhood = auto",
                      .got = fmt::format("correlation = {}", config.values.correlation),
                      .setting = "correlation = 0"});
  }
  for (const auto& [key, text] : kTaught) {
    if (!config.origins.contains(key)) SetConfigKey(config, key, text, kOrigin);
  }
  if (config.values.code_size > kMostMapDimensions) {
    throw UsageError({.what = "a map cannot have as many numbers as the code",
                      .expected = fmt::format("at most {}", kMostMapDimensions),
                      .got = fmt::format("{}", config.values.code_size),
                      .hint = "for large codes, give the weight of the neighbourhood term instead of auto"});
  }
  if (config.values.encoder_epochs > 0) return config;
  // Kept as a number, so that more epochs later are all of the decoder.
  const int64_t most = std::max<int64_t>(4 * config.values.epochs / 5, 1);
  SetConfigKey(config, "encoder_epochs", fmt::format("{}", most), kOrigin);
  return config;
}

ResolvedConfig ConfigOfRun(ResolvedConfig given, const DataSplits& data) {
  ResolvedConfig config = WithUnsetKeys(std::move(given));
  constexpr char kOrigin[] = "the images";
  if (data.form && config.values.size.empty())
    SetConfigKey(config, "size", ToString(*data.form->size), kOrigin);
  if (data.form && config.values.channels == Name(ColourChannels::kAuto))
    SetConfigKey(config, "channels", Name(data.form->channels), kOrigin);
  const TrainConfig& values = config.values;
  const bool chosen = ParseNeighbourhood(values.neighbourhood).weight > 0;
  if (chosen && values.neighbourhood_form == kAutomaticForm) {
    SetConfigKey(config, "neighbourhood_form", FormFor(values.code_size), "auto");
  }
  return config;
}

void LimitWarmUp(ResolvedConfig& config) {
  const int64_t most = config.values.epochs / 2;
  if (config.values.beta_warmup <= most) return;
  config.values.beta_warmup = most;
  config.origins["beta_warmup"] = "quick: half of the epochs";
}

}  // namespace hourglass
