#include "hourglass/model/model.h"

#include <fmt/format.h>

#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/hash.h"
#include "hourglass/nn/layer.h"

namespace hourglass {
namespace {

Sequential Build(const std::vector<NamedLayer>& layers, const Shape& input, ParamLayout& layout) {
  Sequential network(input);
  for (const NamedLayer& layer : layers) network.Add(layer.name, MakeLayer(layer.config), layout);
  return network;
}

void CheckHalves(const Architecture& architecture, int64_t code, int64_t pixels) {
  if (code == architecture.encoder_outputs() && pixels == architecture.image_shape.size()) return;
  throw UsageError({.what = fmt::format("'{}' is not an autoencoder: its two halves do not fit together",
                                        architecture.name),
                    .expected = fmt::format("an encoder to {} numbers and a decoder to {} pixels",
                                            architecture.encoder_outputs(), architecture.image_shape.size()),
                    .got = fmt::format("{} numbers and {} pixels", code, pixels)});
}

}  // namespace

Model::Model(Architecture architecture, uint64_t seed)
    : architecture_(std::move(architecture)),
      encoder_(Build(architecture_.encoder, architecture_.image_shape, layout_)),
      encoder_end_(layout_.size()),
      decoder_(Build(architecture_.decoder, {architecture_.code_size}, layout_)) {
  if (const int64_t layers = std::ssize(architecture_.encoder) + std::ssize(architecture_.decoder);
      layers > kMostLayers) {
    throw UsageError({.what = fmt::format("'{}' has too many layers", architecture_.name),
                      .expected = fmt::format("at most {}", kMostLayers),
                      .got = fmt::format("{}", layers)});
  }
  CheckHalves(architecture_, encoder_.output_shape().size(), decoder_.output_shape().size());
  params_ = FlatParams(layout_);
  DrawInitialValues(layout_, seed, params_.flat());
}

Model::Range Model::RangeOf(ModelPart part) const {
  return {part == ModelPart::kDecoder ? encoder_end_ : 0,
          part == ModelPart::kEncoder ? encoder_end_ : layout_.size()};
}

void Model::MoveTo(Device& device) {
  if (&device != &params_.flat().device()) params_ = FlatParams(layout_, params_.flat().CopyTo(device));
}

std::string Model::checksum() const {
  const Tensor values = OnHost(params_.flat());
  return Sha256({static_cast<const char*>(values.raw()), values.byte_size()});
}

}  // namespace hourglass
