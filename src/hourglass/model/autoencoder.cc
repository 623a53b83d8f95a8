#include "hourglass/model/autoencoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/hash.h"

namespace hourglass {
namespace {

constexpr int64_t kBlock = 1000;     // rows of inference at a time: bounds memory
constexpr size_t kMostLayers = 256;  // as many as have random numbers of their own

Sequential Build(const std::vector<NamedLayer>& layers, const Shape& input, ParamStore& params) {
  Sequential network(input);
  for (const NamedLayer& layer : layers) network.Add(layer.name, MakeLayer(layer.config), params);
  return network;
}

// Runs `x` through `network` in blocks of rows; the result is [rows of x, output_shape].
Tensor Infer(const Sequential& network, Backend& backend, const ParamStore& params, const Tensor& x,
             const Shape& output_shape) {
  Tensor all(output_shape.Batched(x.rows()));
  Activations activations;
  for (int64_t begin = 0; begin < x.rows(); begin += kBlock) {
    const int64_t count = std::min(kBlock, x.rows() - begin);
    const Tensor& y =
        network.Forward(backend, params, Pass(), x.Rows(begin, count), activations, /*f32_output=*/true);
    std::ranges::copy(y.span<float>(), all.Rows(begin, count).span<float>().begin());
  }
  return all;
}

}  // namespace

Autoencoder::Autoencoder(Architecture architecture, Backend& backend, uint64_t seed)
    : architecture_(std::move(architecture)),
      backend_(&backend),
      encoder_(Build(architecture_.encoder, architecture_.image_shape, params_)),
      decoder_(Build(architecture_.decoder, {architecture_.code_size}, params_)) {
  if (const size_t layers = architecture_.encoder.size() + architecture_.decoder.size();
      layers > kMostLayers) {
    throw UsageError({.what = fmt::format("'{}' has too many layers", architecture_.name),
                      .expected = fmt::format("at most {}", kMostLayers),
                      .got = fmt::format("{}", layers)});
  }
  const int64_t code = encoder_.output_shape().size(), pixels = decoder_.output_shape().size();
  if (code != architecture_.code_size || pixels != architecture_.image_shape.size()) {
    throw UsageError(
        {.what = fmt::format("'{}' is not an autoencoder: its two halves do not fit", architecture_.name),
         .expected = fmt::format("an encoder to {} numbers and a decoder to {} pixels",
                                 architecture_.code_size, architecture_.image_shape.size()),
         .got = fmt::format("{} numbers and {} pixels", code, pixels)});
  }
  params_.Allocate(seed);
}

Tensor Autoencoder::Encode(const Tensor& images) const {
  return Infer(encoder_, *backend_, params_, images, {code_size()});
}

Tensor Autoencoder::Decode(const Tensor& codes) const {
  return Infer(decoder_, *backend_, params_, codes, image_shape());
}

Tensor Autoencoder::Reconstruct(const Tensor& images) const {
  return Decode(Encode(images));
}

double Autoencoder::LossGradient(LossKind loss, const Tensor& input, const Tensor& target,
                                 const DropoutSource* dropout) {
  params_.ZeroGrads(*backend_);
  const Pass encoding{dropout, 0}, decoding{dropout, encoder_.size()};
  const Tensor& code =
      encoder_.Forward(*backend_, params_, encoding, input, encoder_activations_, /*f32_output=*/false);
  const Tensor& output =
      decoder_.Forward(*backend_, params_, decoding, code, decoder_activations_, /*f32_output=*/false);
  const double value =
      backend_->LossGradient(loss, output, target, decoder_.output_activation(), output_gradient_);
  const Pass decoding_back{dropout, encoder_.size(), /*dy_is_dz=*/true};
  decoder_.Backward(*backend_, params_, decoding_back, code, decoder_activations_, output_gradient_,
                    &code_gradient_);
  encoder_.Backward(*backend_, params_, encoding, input, encoder_activations_, code_gradient_, nullptr);
  return value;
}

double Autoencoder::Loss(LossKind loss, const Tensor& input, const Tensor& target) {
  const Tensor& code =
      encoder_.Forward(*backend_, params_, Pass(), input, encoder_activations_, /*f32_output=*/false);
  const Tensor& output =
      decoder_.Forward(*backend_, params_, Pass(), code, decoder_activations_, /*f32_output=*/false);
  return backend_->Loss(loss, output, target);
}

std::string Autoencoder::checksum() const {
  const Tensor& values = params_.values();
  return Sha256({static_cast<const char*>(values.raw()), values.byte_size()});
}

}  // namespace hourglass
