// The table of layer kinds; each layer adds one line.
#include <fmt/format.h>

#include <map>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/nn/conv.h"
#include "hourglass/nn/dense.h"
#include "hourglass/nn/dropout.h"
#include "hourglass/nn/gelu.h"
#include "hourglass/nn/layer.h"
#include "hourglass/nn/reshape.h"
#include "hourglass/nn/residual.h"

namespace hourglass {
namespace {

struct Kind {
  std::unique_ptr<Layer> (*make)(const Json& config);
  Json (*defaults)(const Shape& input);
};

const std::map<std::string, Kind>& Kinds() {
  static const std::map<std::string, Kind> kinds = {
      {"conv", {Conv::FromConfig, Conv::Defaults}},
      {"conv_transpose", {ConvTranspose::FromConfig, ConvTranspose::Defaults}},
      {"dense", {Dense::FromConfig, Dense::Defaults}},
      {"dropout", {Dropout::FromConfig, Dropout::Defaults}},
      {"flatten", {Flatten::FromConfig, Flatten::Defaults}},
      {"gelu", {Gelu::FromConfig, Gelu::Defaults}},
      {"residual", {Residual::FromConfig, Residual::Defaults}},
      {"unflatten", {Unflatten::FromConfig, Unflatten::Defaults}},
  };
  return kinds;
}

const Kind& FindKind(const Json& config) {
  const bool named = config.is_object() && config.contains("kind") && config["kind"].is_string();
  const std::string kind = named ? config["kind"].get<std::string>() : "";
  if (const auto found = Kinds().find(kind); found != Kinds().end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [name, row] : Kinds()) known.push_back(name);
  throw UsageError({.what = "unknown layer kind", .got = config.dump(), .hint = DidYouMean(kind, known)});
}

}  // namespace

std::unique_ptr<Layer> MakeLayer(const Json& config) {
  return FindKind(config).make(config);
}

Json LayerDefaults(const std::string& kind, const Shape& input) {
  Json config = {{"kind", kind}};
  config.update(FindKind(config).defaults(input));
  return config;
}

}  // namespace hourglass
