// The stages of a training run: stretches of epochs that train one part of the model each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hourglass/model/model.h"
#include "hourglass/train/config.h"
#include "hourglass/train/run_directory.h"

namespace hourglass {

struct Stage {
  std::string name;  // "encoder"
  ModelPart part = ModelPart::kAll;
  int64_t first = 1, last = 1;                  // epochs
  EncoderLesson lesson = EncoderLesson::kNone;  // of an encoder that learns alone

  int64_t epochs() const { return last - first + 1; }
};

// One stage for all epochs; or, if the encoder learns alone, encoder_epochs (above 0) of the encoder, the
// rest of the decoder.
std::vector<Stage> StagesOf(const TrainConfig& config);

// Removes the epochs of an encoder that learns alone from the front of `epochs` and returns them: their
// losses are those of codes. What is left has the loss of the run.
std::vector<EpochMetrics> TakeEncoderEpochs(const std::vector<Stage>& stages,
                                            std::vector<EpochMetrics>& epochs);

// The stage of `epoch`, the last one if it is beyond.
const Stage& StageAt(const std::vector<Stage>& stages, int64_t epoch);

}  // namespace hourglass
