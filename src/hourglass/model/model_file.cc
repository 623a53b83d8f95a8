#include "hourglass/model/model_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/version.h"

namespace hourglass {
namespace {

constexpr char kFormat[] = "hourglass";
constexpr char kFormatVersion[] = "1";

// Required processing of an image before the model sees it.
Json Preprocessing(const Architecture& architecture) {
  return {{"pixels", "u8 / 255"}, {"image_shape", architecture.ToJson()["image_shape"]}};
}

const std::string& Metadata(const SafetensorsFile& file, std::string_view where, const std::string& key) {
  const auto found = file.metadata.find(key);
  if (found != file.metadata.end()) return found->second;
  throw DataError({.what = fmt::format("{}: the metadata '{}' is missing", where, key),
                   .hint = "only a model file or a checkpoint that hourglass wrote can be used as a model"});
}

Json JsonMetadata(const SafetensorsFile& file, std::string_view where, const std::string& key) {
  return ParseJson(Metadata(file, where, key), fmt::format("{}, metadata '{}'", where, key));
}

void CheckMetadata(const SafetensorsFile& file, std::string_view where, const char* key,
                   const std::string& expected) {
  const std::string& got = Metadata(file, where, key);
  if (got == expected) return;
  throw DataError({.what = fmt::format("{}: unsupported '{}' in the metadata", where, key),
                   .expected = expected,
                   .got = Json(got).dump()});
}

// The tensor of one parameter, after checking its type, shape and values.
const Tensor& Parameter(const SafetensorsFile& file, std::string_view where, const std::string& name,
                        const Shape& shape) {
  const Tensor* tensor = file.Find(name);
  if (tensor == nullptr) {
    throw DataError({.what = fmt::format("{}: the parameter {} is missing", where, Json(name).dump()),
                     .expected = fmt::format("f32 {}", shape.ToString())});
  }
  if (tensor->dtype() != DType::kF32 || tensor->shape() != shape) {
    throw DataError(
        {.what = fmt::format("{}: the parameter {} does not fit the architecture", where, Json(name).dump()),
         .expected = fmt::format("f32 {}", shape.ToString()),
         .got = fmt::format("{} {}", Name(tensor->dtype()), tensor->shape().ToString())});
  }
  const auto values = tensor->span<float>();
  const auto bad = std::ranges::find_if_not(values, [](float value) { return std::isfinite(value); });
  if (bad != values.end()) {
    throw DataError({.what = fmt::format("{}: the parameter {} holds a number that is not finite", where,
                                         Json(name).dump()),
                     .got = fmt::format("{} at element {}", *bad, bad - values.begin()),
                     .hint = "the file is damaged, or training had diverged when it was written"});
  }
  return *tensor;
}

// Calls `make`; here an impossible layer is the file's fault, not the caller's.
template <class Make>
auto BlamingFile(std::string_view where, Make make) {
  try {
    return make();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUsage) throw;
    throw DataError(error.TextAt(fmt::format("{}, metadata 'architecture'", where)));
  }
}

}  // namespace

// Checks layers and parameters completely before allocating memory for a model of their sizes.
Architecture ReadArchitecture(const SafetensorsFile& file, std::string_view where) {
  CheckMetadata(file, where, "format", kFormat);
  CheckMetadata(file, where, "format_version", kFormatVersion);
  auto architecture = Architecture::FromJson(JsonMetadata(file, where, "architecture"),
                                             fmt::format("{}, metadata 'architecture'", where));
  if (JsonMetadata(file, where, "preprocessing") != Preprocessing(architecture)) {
    throw DataError({.what = fmt::format("{}: unsupported 'preprocessing' in the metadata", where),
                     .expected = Preprocessing(architecture).dump(),
                     .got = Metadata(file, where, "preprocessing")});
  }
  for (const auto* layers : {&architecture.encoder, &architecture.decoder}) {
    for (const auto& [name, config] : *layers) {
      for (const ParamSpec& spec :
           BlamingFile(where, [&config = config] { return MakeLayer(config)->param_specs(); })) {
        Parameter(file, where, name + "." + spec.name, spec.shape);
      }
    }
  }
  return architecture;
}

SafetensorsFile ToModelFile(const Model& model, const Json& training) {
  SafetensorsFile file;
  const Architecture& architecture = model.architecture();
  file.metadata = {{"format", kFormat},
                   {"format_version", kFormatVersion},
                   {"hourglass_version", Version()},
                   {"architecture", architecture.ToJson().dump()},
                   {"preprocessing", Preprocessing(architecture).dump()},
                   {"training", training.dump()}};
  for (const NamedParam& param : model.layout().named()) {
    file.tensors.push_back({.name = param.name, .tensor = OnHost(ParamView(model.params().flat(), param))});
  }
  return file;
}

void SaveModel(const std::filesystem::path& path, const Model& model, const Json& training) {
  WriteSafetensors(path, ToModelFile(model, training));
}

LoadedModel LoadModel(const std::filesystem::path& path) {
  const std::string where = path.string();
  const SafetensorsFile file = ReadSafetensors(path);
  Architecture architecture = ReadArchitecture(file, where);
  LoadedModel loaded{.model = BlamingFile(
                         where, [&] { return std::make_unique<Model>(std::move(architecture), /*seed=*/0); }),
                     .training = JsonMetadata(file, where, "training")};
  LoadParameters(file, where, *loaded.model);
  return loaded;
}

void LoadParameters(const SafetensorsFile& file, std::string_view where, Model& model) {
  for (const NamedParam& param : model.layout().named()) {
    const Tensor& from = Parameter(file, where, param.name, param.shape);
    Tensor to = ParamView(model.params().flat(), param);
    to.device().CopyFromHost(to.raw(), from.raw(), from.byte_size());
  }
}

}  // namespace hourglass
