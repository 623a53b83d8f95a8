#include "hourglass/model/architecture.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/nn/layer.h"

namespace hourglass {
namespace {

// The members of `json`, whose keys must be exactly `keys`.
void CheckKeys(const Json& json, const std::vector<std::string>& keys, std::string_view where) {
  if (!json.is_object()) {
    throw DataError({.what = fmt::format("{}: not an object", where), .got = json.type_name()});
  }
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(keys, key) == keys.end()) {
      throw DataError({.what = fmt::format("{}: unknown key {}", where, Json(key).dump()),
                       .hint = DidYouMean(key, keys)});
    }
  }
  for (const std::string& key : keys) {
    if (!json.contains(key))
      throw DataError({.what = fmt::format("{}: the key '{}' is missing", where, key)});
  }
}

std::string String(const Json& json, std::string_view where) {
  if (!json.is_string()) {
    throw DataError({.what = fmt::format("{}: not a string", where), .got = json.type_name()});
  }
  return json.get<std::string>();
}

int64_t Integer(const Json& json, std::string_view where) {
  if (!json.is_number_integer() || (json.is_number_unsigned() && json.get<uint64_t>() > INT64_MAX)) {
    throw DataError({.what = fmt::format("{}: not an integer", where), .got = json.dump()});
  }
  return json.get<int64_t>();
}

Json LayersToJson(const std::vector<NamedLayer>& layers) {
  Json list = Json::array();
  for (const NamedLayer& layer : layers) list.push_back({{"name", layer.name}, {"config", layer.config}});
  return list;
}

std::vector<NamedLayer> LayersFromJson(const Json& json, const std::string& where) {
  if (!json.is_array() || json.empty()) {
    throw DataError({.what = fmt::format("{}: not a list of layers", where), .got = json.type_name()});
  }
  std::vector<NamedLayer> layers;
  for (size_t i = 0; i < json.size(); ++i) {
    const std::string place = fmt::format("{}[{}]", where, i);
    CheckKeys(json[i], {"name", "config"}, place);
    layers.push_back({.name = String(json[i]["name"], place + ".name"), .config = json[i]["config"]});
  }
  return layers;
}

// Parameters are found by their layer's name and their own, joined by a dot, so names must differ and have no
// dot.
void CheckLayerNames(const Architecture& read, std::string_view where) {
  std::set<std::string> names;
  for (const auto* layers : {&read.encoder, &read.decoder}) {
    for (const NamedLayer& layer : *layers) {
      const bool valid = !layer.name.empty() && layer.name.find('.') == std::string::npos;
      if (valid && names.insert(layer.name).second) continue;
      throw DataError({.what = fmt::format("{}: a layer's name is missing, used twice or has a dot", where),
                       .got = Json(layer.name).dump()});
    }
  }
}

Shape ImageShapeFromJson(const Json& json, const std::string& where) {
  if (!json.is_array() || json.size() != 3) {
    throw DataError(
        {.what = fmt::format("{}: not three sizes", where), .expected = "[channels, height, width]"});
  }
  std::vector<int64_t> sizes;
  for (const Json& size : json) sizes.push_back(Integer(size, where));
  return Shape(sizes);
}

}  // namespace

void RequireImageShape(const Shape& shape) {
  // More pixels than this indicate a damaged file or a mistyped shape.
  constexpr int64_t kMaxPixels = int64_t{1} << 26;
  int64_t pixels = 1;
  bool possible = shape.rank() == 3;
  for (int64_t size : shape.sizes()) {
    possible = possible && size >= 1 && size <= kMaxPixels / pixels;
    if (possible) pixels *= size;
  }
  if (possible) return;
  throw UsageError(
      {.what = "impossible image shape",
       .expected = fmt::format("[channels, height, width], each at least 1, at most {} pixels", kMaxPixels),
       .got = shape.ToString()});
}

bool HasConvolutions(const Architecture& architecture) {
  const auto any = [](const std::vector<NamedLayer>& layers) {
    return std::ranges::any_of(
        layers, [](const NamedLayer& layer) { return MakeLayer(layer.config)->ConvolvesImages(); });
  };
  return any(architecture.encoder) || any(architecture.decoder);
}

std::string_view Name(Bottleneck bottleneck) {
  return bottleneck == Bottleneck::kGaussian ? "gaussian" : "identity";
}

std::vector<std::string> BottleneckNames() {
  return {std::string(Name(Bottleneck::kIdentity)), std::string(Name(Bottleneck::kGaussian))};
}

Bottleneck BottleneckNamed(std::string_view name) {
  for (const Bottleneck bottleneck : {Bottleneck::kIdentity, Bottleneck::kGaussian})
    if (Name(bottleneck) == name) return bottleneck;
  throw UsageError({.what = fmt::format("unknown bottleneck '{}'", name),
                    .expected = "identity or gaussian",
                    .hint = DidYouMean(std::string(name), BottleneckNames())});
}

Json Architecture::ToJson() const {
  Json json = {{"name", name},
               {"image_shape", std::vector<int64_t>(image_shape.sizes().begin(), image_shape.sizes().end())},
               {"code_size", code_size},
               {"encoder", LayersToJson(encoder)},
               {"decoder", LayersToJson(decoder)}};
  // Left out otherwise, so that files of plain autoencoders stay as they were.
  if (bottleneck != Bottleneck::kIdentity) json["bottleneck"] = Name(bottleneck);
  return json;
}

Architecture Architecture::FromJson(const Json& json, std::string_view where) {
  const std::string place(where);
  std::vector<std::string> keys = {"name", "image_shape", "code_size", "encoder", "decoder"};
  if (json.is_object() && json.contains("bottleneck")) keys.emplace_back("bottleneck");
  CheckKeys(json, keys, where);
  Architecture read{.name = String(json["name"], place + ".name"),
                    .image_shape = ImageShapeFromJson(json["image_shape"], place + ".image_shape"),
                    .code_size = Integer(json["code_size"], place + ".code_size"),
                    .bottleneck = Bottleneck::kIdentity,
                    .encoder = LayersFromJson(json["encoder"], place + ".encoder"),
                    .decoder = LayersFromJson(json["decoder"], place + ".decoder")};
  CheckLayerNames(read, where);
  try {
    if (json.contains("bottleneck"))
      read.bottleneck = BottleneckNamed(String(json["bottleneck"], place + ".bottleneck"));
    RequireImageShape(read.image_shape);
  } catch (const Error& error) {
    throw DataError(error.TextAt(where));
  }
  return read;
}

}  // namespace hourglass
