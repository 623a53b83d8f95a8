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
constexpr std::pair<std::string_view, EncoderLesson> kLessons[] = {{"auto", EncoderLesson::kMap},
                                                                   {"views", EncoderLesson::kViews}};

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

// What suits a run whose encoder learns alone, where nothing else is given.
using Defaults = std::vector<std::pair<const char*, const char*>>;
const Defaults kOfMaps = {{"model", "mapper"},      {"code_size", "2"},     {"epochs", "250"},
                          {"batch", "256"},         {"optimizer", "adamw"}, {"learning_rate", "0.002"},
                          {"weight_decay", "0.01"}, {"clip_norm", "4"},     {"schedule", "linear"}};
const Defaults kOfViews = {
    {"epochs", "50"},           {"batch", "1024"},    {"optimizer", "adamw"}, {"learning_rate", "0.002"},
    {"weight_decay", "0.0001"}, {"clip_norm", "4"},   {"schedule", "linear"}, {"crop", "0.5"},
    {"colour_jitter", "0.4"},   {"grey_share", "0.2"}};

void CheckNothingElseMovesCodes(const TrainConfig& values) {
  const char* const what = "the encoder learns its codes alone, so nothing else can move them";
  if (BottleneckNamed(values.bottleneck) != Bottleneck::kIdentity) {
    throw UsageError(
        {.what = what,
         .expected = fmt::format("bottleneck = identity with neighbourhood = {}", values.neighbourhood),
         .got = fmt::format("bottleneck = {}", values.bottleneck),
         .setting = "bottleneck = identity"});
  }
  if (values.correlation > 0) {
    throw UsageError(
        {.what = what,
         .expected = fmt::format("correlation = 0 with neighbourhood = {}", values.neighbourhood),
         .got = fmt::format("correlation = {}", values.correlation),
         .setting = "correlation = 0"});
  }
}

void CheckPointsAreUsed(EncoderLesson lesson, const TrainConfig& values) {
  if (values.neighbourhood_of.empty() || lesson == EncoderLesson::kMap) return;
  throw UsageError({.what = "'neighbourhood_of' names what a map is made of, and there is no map",
                    .got = fmt::format("neighbourhood = {}", values.neighbourhood),
                    .hint = "set it",
                    .setting = "neighbourhood = auto"});
}

void CheckLesson(EncoderLesson lesson, const TrainConfig& values) {
  if (lesson == EncoderLesson::kMap && values.code_size > kMostMapDimensions) {
    throw UsageError({.what = "a map cannot have as many numbers as the code",
                      .expected = fmt::format("at most {}", kMostMapDimensions),
                      .got = fmt::format("{}", values.code_size),
                      .hint = "for large codes, use neighbourhood = views, or give the weight of the "
                              "neighbourhood term"});
  }
  if (lesson == EncoderLesson::kViews && values.augmentation().none()) {
    throw UsageError({.what = "the two views of an image would be equal",
                      .expected = "flip, shift, crop, colour_jitter or grey_share",
                      .got = "none of them",
                      .setting = "crop = 0.5"});
  }
}

}  // namespace

NeighbourhoodChoice ParseNeighbourhood(std::string_view text) {
  constexpr double kLargestWeight = 1e6;
  for (const auto& [name, lesson] : kLessons) {
    if (text == name) return {.lesson = lesson};
  }
  double weight = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && weight >= 0 && weight <= kLargestWeight) return {.weight = weight};
  throw UsageError({.what = "unknown way to keep neighbourhoods",
                    .expected = "0 (none), the weight of the neighbourhood term (up to 1e6), auto or views",
                    .got = fmt::format("'{}'", text)});
}

std::string ToString(const NeighbourhoodChoice& choice) {
  for (const auto& [name, lesson] : kLessons) {
    if (choice.lesson == lesson) return std::string(name);
  }
  return fmt::format("{}", choice.weight);
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
  const NeighbourhoodChoice choice = ParseNeighbourhood(config.values.neighbourhood);
  CheckPointsAreUsed(choice.lesson, config.values);
  if (choice.lesson == EncoderLesson::kNone) return config;
  CheckNothingElseMovesCodes(config.values);
  const std::string origin = fmt::format("neighbourhood = {}", ToString(choice));
  for (const auto& [key, text] : choice.lesson == EncoderLesson::kMap ? kOfMaps : kOfViews) {
    if (!config.origins.contains(key)) SetConfigKey(config, key, text, origin);
  }
  CheckLesson(choice.lesson, config.values);
  if (config.values.encoder_epochs > 0) return config;
  // Kept as a number, so that more epochs later are all of the decoder.
  const int64_t most = std::max<int64_t>(4 * config.values.epochs / 5, 1);
  SetConfigKey(config, "encoder_epochs", fmt::format("{}", most), origin);
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
