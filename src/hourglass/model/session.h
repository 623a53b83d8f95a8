// Computes with a model on a backend. A session owns activations and scratch memory, so only one thread may
// use it. Many sessions, each with a separate backend, may share one model.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/model/model.h"

namespace hourglass {

class Session {
 public:
  // Both must outlive the session.
  Session(const Model& model, Backend& backend);

  const Model& model() const { return *model_; }
  Backend& backend() const { return *backend_; }

  // Inference on any number of rows, in blocks, so that memory stays bounded. Results are on the host. Images
  // f32 [N, C, H, W] (or [N, pixels]) with pixels in [0, 1]; codes f32 [N, d]; results f32. Always computed
  // in f32, whatever the training precision. With a gaussian bottleneck, the code is the mean. Throws a usage
  // Error that shows both shapes if the rows do not fit the model.
  Tensor Encode(const Tensor& images);
  // [N, 2d], d means and d logarithms of variances; only for a gaussian bottleneck.
  Tensor EncodeMoments(const Tensor& images);
  Tensor Decode(const Tensor& codes);  // [N, C, H, W]
  Tensor Reconstruct(const Tensor& images);

  // The results of a forward pass, for losses and the backward pass; valid until the next pass.
  struct Outputs {
    const Tensor& code;               // [N, d]
    const Tensor& output;             // [N, C, H, W] or [N, pixels]
    const Tensor* moments = nullptr;  // f32 [N, 2d], of a gaussian bottleneck
  };
  // `input` [N, C, H, W] (or [N, pixels]) is f32 or bf16, which is also the compute precision. Dropout uses
  // the random numbers `numbers`; if null, it does nothing. Codes of a gaussian bottleneck are samples, or
  // means if `numbers` is null. Throws as Encode does.
  Outputs Forward(const Tensor& input, const PassNumbers* numbers = nullptr);
  // The first half of Forward, for losses on codes alone: returns the codes in f32, [N, d].
  const Tensor& ForwardEncoder(const Tensor& input, const PassNumbers* numbers = nullptr);
  // The second half, on given codes [N, d], f32 or bf16: returns the output.
  const Tensor& ForwardDecoder(const Tensor& codes, const PassNumbers* numbers = nullptr);

  // Computes the gradients of the last Forward in two steps, so that losses on codes can add theirs in
  // between. `dz` is the gradient of the output before its activation; it is consumed, so use
  // scratch_gradient(). Each writes its part of `grads`, laid out as the model's parameters. The first
  // returns the gradient of the code.
  Tensor& scratch_gradient() { return output_gradient_; }
  Tensor& BackwardDecoder(Tensor& dz, FlatParams& grads);
  void BackwardEncoder(const Tensor& input, FlatParams& grads);
  // The first after ForwardDecoder of the same codes, which get no gradient.
  void BackwardDecoder(const Tensor& codes, Tensor& dz, FlatParams& grads);
  // Between the two, with a gaussian bottleneck: returns the gradient of the moments, f32 [N, 2d], from that
  // of the code.
  Tensor& BackwardSample(const Tensor& dcode);
  // The second after ForwardEncoder or BackwardSample: `dcode` f32 is the gradient of what the encoder gave.
  void BackwardEncoder(const Tensor& input, const Tensor& dcode, FlatParams& grads);

  // Runs work(part, begin, rows) on consecutive parts of a batch, on several threads at once where the
  // backend can; for training steps of the part `trained` whose losses treat rows independently. Each part
  // has a session of its own, on a backend that adds up gradients and losses as Backend::InParts says: the
  // numbers of the batch must live until this returns.
  void InParts(const Tensor& input, ModelPart trained,
               const std::function<void(Session& part, int64_t begin, int64_t rows)>& work);

  // The activation that produces the output.
  Activation output_activation() const { return model_->decoder().output_activation(); }

 private:
  const PassNumbers* last_numbers() const { return numbers_ ? &*numbers_ : nullptr; }
  // Writes what the encoder gives, in f32.
  void RunEncoder(const Tensor& input, const PassNumbers* numbers, Tensor& encoded);
  Tensor Infer(const Sequential& network, const Tensor& x, const Shape& output_shape);
  void BackwardDecoder(const Tensor& codes, Tensor& dz, FlatParams& grads, Tensor* dcodes);

  const Model* model_;
  Backend* backend_;
  Activations encoder_activations_, decoder_activations_;  // of the last batch, reused in every step
  Tensor output_gradient_, code_gradient_;
  Tensor code_;                                  // f32, of ForwardEncoder; or a sample
  Tensor moments_, moments_gradient_;            // f32, of a gaussian bottleneck
  std::optional<PassNumbers> numbers_;           // of the last Forward
  std::vector<std::unique_ptr<Session>> parts_;  // null until needed
};

}  // namespace hourglass
