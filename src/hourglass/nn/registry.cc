// The list of layer kinds; a new layer adds a line.
#include <fmt/format.h>

#include <map>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/nn/dense.h"
#include "hourglass/nn/layer.h"

namespace hourglass {
namespace {

using Factory = std::unique_ptr<Layer> (*)(const Json& config);

const std::map<std::string, Factory>& Factories() {
  static const std::map<std::string, Factory> factories = {
      {"dense", [](const Json& config) -> std::unique_ptr<Layer> { return Dense::FromConfig(config); }},
  };
  return factories;
}

}  // namespace

std::unique_ptr<Layer> MakeLayer(const Json& config) {
  const std::string kind = config.is_object() ? config.value("kind", Json()).dump() : "";
  for (const auto& [name, factory] : Factories()) {
    if (kind == Json(name).dump()) return factory(config);
  }
  std::vector<std::string> known;
  for (const auto& [name, factory] : Factories()) known.push_back(name);
  throw UsageError(
      {.what = "a layer of unknown kind", .got = config.dump(), .hint = DidYouMean(kind, known)});
}

}  // namespace hourglass
