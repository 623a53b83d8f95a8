// The list of layer kinds; a new layer adds a line.
#include <fmt/format.h>

#include <map>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/nn/conv.h"
#include "hourglass/nn/dense.h"
#include "hourglass/nn/dropout.h"
#include "hourglass/nn/layer.h"
#include "hourglass/nn/reshape.h"

namespace hourglass {
namespace {

using Factory = std::unique_ptr<Layer> (*)(const Json& config);

const std::map<std::string, Factory>& Factories() {
  static const std::map<std::string, Factory> factories = {
      {"conv", Conv::FromConfig},       {"conv_transpose", ConvTranspose::FromConfig},
      {"dense", Dense::FromConfig},     {"dropout", Dropout::FromConfig},
      {"flatten", Flatten::FromConfig}, {"unflatten", Unflatten::FromConfig},
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
