// Finds architectures by name or file.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "hourglass/backend/backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/text.h"
#include "hourglass/core/toml_reader.h"
#include "hourglass/model/architecture.h"
#include "hourglass/model/detail/architecture_toml.h"
#include "hourglass/model/detail/built_in_architectures.h"

namespace hourglass {
namespace {

constexpr std::string_view kExtension = ".toml";

// Null if no built-in architecture has that name.
const BuiltInText* FindBuiltIn(std::string_view name) {
  const auto found = std::ranges::find(kBuiltInArchitectures, name, &BuiltInText::name);
  return found == kBuiltInArchitectures.end() ? nullptr : &*found;
}

Error UnknownModel(std::string_view name) {
  return UsageError({.what = fmt::format("unknown model '{}'", name),
                     .expected = "the name of an architecture, or the path of a .toml file",
                     .hint = DidYouMean(name, ArchitectureNames()) +
                             fmt::format("; for a custom model, name a {} file", kExtension)});
}

void CheckCodeSize(int64_t code_size, const Shape& image_shape) {
  if (1 <= code_size && code_size <= image_shape.size()) return;
  throw UsageError(
      {.what = code_size < 1 ? "a code needs at least one number" : "the code would not be a bottleneck",
       .expected =
           fmt::format("a code of 1 to {} numbers for images {}", image_shape.size(), image_shape.ToString()),
       .got = fmt::format("{}", code_size),
       .hint = "choose it",
       .setting = "code_size = 8"});
}

// Lets the encoder end with means and logarithms of variances instead of codes.
void GiveMoments(Architecture& made) {
  NamedLayer& last = made.encoder.back();
  const auto kind = last.config.at("kind").get<std::string>();
  if (kind != "dense") {
    throw UsageError({.what = fmt::format("a gaussian bottleneck cannot follow layer '{}'", last.name),
                      .expected = "a dense layer at the end of the encoder",
                      .got = fmt::format("a layer of kind '{}'", kind)});
  }
  last.config["outputs"] = made.encoder_outputs();
  last.config["activation"] = Name(Activation::kNone);
}

}  // namespace

std::vector<std::string> ArchitectureNames() {
  std::vector<std::string> names;
  for (const BuiltInText& text : kBuiltInArchitectures) names.emplace_back(text.name);
  std::ranges::sort(names);  // the files are in the order of their names with extension: conv-map before conv
  return names;
}

std::string_view ArchitectureToml(std::string_view name) {
  if (const BuiltInText* text = FindBuiltIn(name)) return text->toml;
  throw UnknownModel(name);
}

std::string ArchitectureTitle(std::string_view name) {
  const toml::table table = ParseToml(ArchitectureToml(name), std::string(name));
  std::string title;
  TomlReader(table, std::string(name)).Required("title", title);
  return title;
}

std::string ArchitectureName(std::string_view model) {
  if (model.ends_with(kExtension)) return std::filesystem::path(model).stem().string();
  if (FindBuiltIn(model) == nullptr) throw UnknownModel(model);
  return std::string(model);
}

Architecture MakeArchitecture(std::string_view model, const Shape& image_shape, int64_t code_size,
                              double dropout, Bottleneck bottleneck) {
  Architecture made{.name = ArchitectureName(model),
                    .image_shape = image_shape,
                    .code_size = code_size,
                    .bottleneck = bottleneck,
                    .encoder = {},
                    .decoder = {}};
  RequireImageShape(image_shape);
  CheckCodeSize(code_size, image_shape);
  if (const BuiltInText* text = FindBuiltIn(model)) {
    ReadLayers(text->toml, fmt::format("architectures/{}.toml", text->name), dropout, made);
  } else {
    ReadLayers(ReadFile(std::string(model)), std::string(model), dropout, made);
  }
  if (bottleneck == Bottleneck::kGaussian) GiveMoments(made);
  return made;
}

}  // namespace hourglass
