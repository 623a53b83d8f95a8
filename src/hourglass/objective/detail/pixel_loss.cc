#include "hourglass/objective/detail/pixel_loss.h"

#include <fmt/format.h>

#include <iterator>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"

namespace hourglass {

void PixelLoss::CheckModel(const Model& model) const {
  const int64_t weights = std::ssize(loss_.channel_weights), channels = model.image_shape()[0];
  if (weights > 0 && weights != channels) {
    throw UsageError({.what = "the weights of channels do not fit the images",
                      .expected = fmt::format("{} for images of {}", Counted(channels, "weight", "weights"),
                                              Counted(channels, "channel", "channels")),
                      .got = Counted(weights, "weight", "weights"),
                      .hint = "give channel_weights one number per channel"});
  }
  const Activation activation = model.decoder().output_activation();
  if (!IsOfSigmoid(loss_.kind) || activation == Activation::kSigmoid) return;
  throw UsageError(
      {.what = fmt::format("the loss {} does not fit the model {}", name(), model.architecture().name),
       .expected = "a decoder whose last layer has a sigmoid",
       .got = fmt::format("the activation {}", Name(activation)),
       .hint = "choose another loss or another model"});
}

void PixelLoss::Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
                      TermSum sum) const {
  session.backend().Loss(loss_, outputs.output, batch.target, sum.sums, sum.term);
}

bool PixelLoss::OutputGradient(Session& session, const Batch& batch, const Session::Outputs& outputs,
                               double weight, Accumulation accumulation, Tensor& dz, TermSum sum) const {
  session.backend().LossGradient(loss_, outputs.output, batch.target, session.output_activation(), weight,
                                 accumulation, dz, sum.sums, sum.term);
  return true;
}

}  // namespace hourglass
