#include "hourglass/train/stages.h"

#include <algorithm>

namespace hourglass {

std::vector<Stage> StagesOf(const TrainConfig& config) {
  const EncoderLesson lesson = ParseNeighbourhood(config.neighbourhood).lesson;
  if (lesson == EncoderLesson::kNone)
    return {{.name = "model", .part = ModelPart::kAll, .first = 1, .last = config.epochs}};
  const int64_t encoder = std::min(config.encoder_epochs, config.epochs);
  std::vector<Stage> stages = {
      {.name = "encoder", .part = ModelPart::kEncoder, .first = 1, .last = encoder, .lesson = lesson}};
  if (encoder < config.epochs) {
    stages.push_back(
        {.name = "decoder", .part = ModelPart::kDecoder, .first = encoder + 1, .last = config.epochs});
  }
  return stages;
}

std::vector<EpochMetrics> TakeEncoderEpochs(const std::vector<Stage>& stages,
                                            std::vector<EpochMetrics>& epochs) {
  const int64_t alone = stages.front().lesson != EncoderLesson::kNone ? stages.front().last : 0;
  const auto end = epochs.begin() + std::min<int64_t>(alone, std::ssize(epochs));
  std::vector<EpochMetrics> encoder(epochs.begin(), end);
  epochs.erase(epochs.begin(), end);
  return encoder;
}

const Stage& StageAt(const std::vector<Stage>& stages, int64_t epoch) {
  const auto stage = std::ranges::find_if(stages, [&](const Stage& one) { return epoch <= one.last; });
  return stage == stages.end() ? stages.back() : *stage;
}

}  // namespace hourglass
