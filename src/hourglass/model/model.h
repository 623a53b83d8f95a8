// An autoencoder: an architecture and its parameters. It computes nothing itself, so it can be saved, sent,
// and shared by many sessions (model/session.h).
#pragma once

#include <string>

#include "hourglass/model/architecture.h"
#include "hourglass/nn/params.h"
#include "hourglass/nn/sequential.h"

namespace hourglass {

enum class ModelPart { kAll, kEncoder, kDecoder };

class Model {
 public:
  // Initialises parameters as PyTorch does after torch.manual_seed(seed). Throws a usage Error if the
  // architecture is impossible.
  Model(Architecture architecture, uint64_t seed);

  const Architecture& architecture() const { return architecture_; }
  const Shape& image_shape() const { return architecture_.image_shape; }  // [C, H, W]
  int64_t code_size() const { return architecture_.code_size; }
  bool gaussian() const { return architecture_.bottleneck == Bottleneck::kGaussian; }
  const Sequential& encoder() const { return encoder_; }  // from images to codes, or to moments of gaussians
  const Sequential& decoder() const { return decoder_; }  // from codes to images

  // The position of each parameter in params().
  const ParamLayout& layout() const { return layout_; }
  // The parameters of a part lie one after the other: [begin, end) of a flat buffer.
  struct Range {
    int64_t begin, end;
  };
  Range RangeOf(ModelPart part) const;
  FlatParams& params() { return params_; }
  const FlatParams& params() const { return params_; }
  // Moves the parameters there; they begin on the host.
  void MoveTo(Device& device);
  // SHA-256 of all parameters, in hex: identifies one state of training.
  std::string checksum() const;

 private:
  Architecture architecture_;
  ParamLayout layout_;
  Sequential encoder_;
  int64_t encoder_end_;  // of its parameters in params_; the decoder's follow
  Sequential decoder_;
  FlatParams params_;
};

}  // namespace hourglass
