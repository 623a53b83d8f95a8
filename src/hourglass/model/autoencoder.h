// An autoencoder: an encoder from images to codes and a decoder back. All that analysis may ask of a model is here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/model/architecture.h"
#include "hourglass/nn/param_store.h"
#include "hourglass/nn/sequential.h"

namespace hourglass {

class Autoencoder {
 public:
  // Parameters are initialised as PyTorch initialises its layers, from the init stream of `seed`. The backend must outlive the model. Throws a usage Error when the architecture is impossible.
  Autoencoder(Architecture architecture, Backend& backend, DType precision, uint64_t seed);

  const Architecture& architecture() const { return architecture_; }
  Backend& backend() const { return *backend_; }
  DType precision() const { return params_.compute_dtype(); }
  const Shape& image_shape() const { return architecture_.image_shape; }  // [C, H, W]
  int64_t code_size() const { return architecture_.code_size; }
  const Sequential& encoder() const { return encoder_; }
  const Sequential& decoder() const { return decoder_; }

  // Inference on any number of rows, in blocks, so that memory stays bounded. Images f32 [N, C, H, W] (or [N, pixels])
  // with pixels in [0, 1]; codes f32 [N, d]; results f32. Whatever the precision of training, results are f32 tensors.
  Tensor Encode(const Tensor& images) const;
  Tensor Decode(const Tensor& codes) const;  // [N, C, H, W]
  Tensor Reconstruct(const Tensor& images) const;

  // The loss of one batch, and its gradient in params().grads(), which is overwritten. input, target [N, P] of the compute type.
  double LossGradient(LossKind loss, const Tensor& input, const Tensor& target);
  // The loss of one batch without a gradient.
  double Loss(LossKind loss, const Tensor& input, const Tensor& target) const;

  ParamStore& params() { return params_; }
  const ParamStore& params() const { return params_; }

 private:
  Architecture architecture_;
  Backend* backend_;
  Sequential encoder_, decoder_;
  ParamStore params_;
};

}  // namespace hourglass
