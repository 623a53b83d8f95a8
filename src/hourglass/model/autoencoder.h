// An autoencoder: an encoder from images to codes and a decoder back. All that analysis may ask of a model is
// here.
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
  // Parameters are initialised as PyTorch initialises its layers, with the numbers that it draws after
  // torch.manual_seed(seed). The backend must outlive the model. Throws a usage Error when the architecture
  // is impossible.
  Autoencoder(Architecture architecture, Backend& backend, uint64_t seed);

  const Architecture& architecture() const { return architecture_; }
  Backend& backend() const { return *backend_; }
  const Shape& image_shape() const { return architecture_.image_shape; }  // [C, H, W]
  int64_t code_size() const { return architecture_.code_size; }
  const Sequential& encoder() const { return encoder_; }
  const Sequential& decoder() const { return decoder_; }

  // Inference on any number of rows, in blocks, so that memory stays bounded. Images f32 [N, C, H, W] (or [N,
  // pixels]) with pixels in [0, 1]; codes f32 [N, d]; results f32. Computed in f32 whatever the precision of
  // training.
  Tensor Encode(const Tensor& images) const;
  Tensor Decode(const Tensor& codes) const;  // [N, C, H, W]
  Tensor Reconstruct(const Tensor& images) const;

  // The loss of one batch, and its gradient in params().grads(), which is overwritten. input and target [N,
  // C, H, W] (or [N, pixels]) of one type, which is the precision it is computed in: f32 or bf16. Dropout
  // acts with the numbers of `dropout`; null: it does nothing.
  double LossGradient(LossKind loss, const Tensor& input, const Tensor& target,
                      const DropoutSource* dropout = nullptr);
  // The loss of one batch without a gradient and without dropout.
  double Loss(LossKind loss, const Tensor& input, const Tensor& target);

  // SHA-256 of all parameters, in hex: what tells one state of a training from another.
  std::string checksum() const;
  ParamStore& params() { return params_; }
  const ParamStore& params() const { return params_; }

 private:
  Architecture architecture_;
  Backend* backend_;
  ParamStore params_;
  Sequential encoder_, decoder_;
  Activations encoder_activations_,
      decoder_activations_;  // of the last batch, kept so that no step allocates
  Tensor output_gradient_, code_gradient_;
};

}  // namespace hourglass
