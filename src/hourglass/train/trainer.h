// Trains a model an epoch at a time: sampler × session × objectives × optimizer. Everything random is
// addressed by (seed, epoch), so an exact resume needs only the state between two epochs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/core/error.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/session.h"
#include "hourglass/objective/objectives.h"
#include "hourglass/optim/optimizer.h"
#include "hourglass/optim/reduce_lr_on_plateau.h"
#include "hourglass/train/batch_maker.h"
#include "hourglass/train/checkpoint.h"
#include "hourglass/train/config.h"
#include "hourglass/train/sampler.h"

namespace hourglass {

// The state of an epoch after a batch.
struct BatchProgress {
  int64_t epoch;        // from 1
  int64_t images_done;  // of this epoch
  int64_t images;       // of an epoch
  double seconds;       // of this epoch so far
  const Objectives& objectives;
  const Tensor& sums;  // of the terms of `objectives`, over images_done images

  // The mean loss of this epoch so far. Waits for the device.
  double loss() const;
};

// Watches a training and may stop it.
class TrainObserver {
 public:
  virtual ~TrainObserver() = default;
  virtual void OnBatch(const BatchProgress&) {}
  virtual void OnEpoch(const EpochMetrics&) {}
  // Asked before every batch; true ends training at once, as if the epoch had not begun.
  virtual bool StopRequested() { return false; }
};

class Trainer {
 public:
  // A fresh model of `architecture`, which fits the images, and a fresh optimizer for `config`; `precision`
  // is f32 or bf16. Data and backend must outlive the trainer. Throws a usage Error when the architecture is
  // impossible or a loss is not defined for it.
  Trainer(const TrainConfig& config, Architecture architecture, const DataSplits& data, Backend& backend,
          DType precision);

  // Continues from a checkpoint, read with ReadProgress; throws as RestoreCheckpoint does.
  void Restore(const SafetensorsFile& file, std::string_view where, const Progress& progress);

  // Trains epoch `epoch` (from 1), then measures the held-out images. The training loss is the mean over
  // images of the losses of their batches, as they were before the batch's step. With config.corrupt the
  // input is corrupted, by the numbers of (epoch, image), and the target stays clean; the held-out loss is of
  // the same task, its corruption that of epoch 0 in every epoch, so that epochs compare. Nothing when the
  // observer stopped it: then the model is that of no epoch. Throws a kDiverged Error when a loss or a
  // parameter is not finite.
  std::optional<EpochMetrics> RunEpoch(int64_t epoch, TrainObserver& observer);

  const Model& model() const { return *model_; }
  Session& session() { return session_; }
  Optimizer& optimizer() { return *optimizer_; }
  const ReduceLROnPlateau& schedule() const { return schedule_; }
  // Images that an epoch trains on.
  int64_t epoch_images() const { return sampler_.images(); }

 private:
  // Mean over images of each term of the objectives.
  using TermMeans = std::vector<double>;
  // Of the epoch's batches, or nothing when stopped. `seconds` is set.
  std::optional<TermMeans> TrainBatches(int64_t epoch, TrainObserver& observer, double& seconds);
  // Over the held-out images, their input corrupted, compared with the clean images: the weighted sum of
  // terms.
  double HeldOutLoss(int64_t epoch, const Corruption& corruption);
  // `loss` unless it is not finite; then it throws.
  double Checked(int64_t epoch, double loss) const;
  void CheckParameters(int64_t epoch);
  Error Diverged(int64_t epoch, std::string got) const;

  TrainConfig config_;
  Corruption corruption_;  // of the input
  const DataSplits& data_;
  Backend& backend_;
  std::unique_ptr<Model> model_;
  Session session_;
  FlatParams grads_;
  Objectives objectives_;
  std::unique_ptr<Optimizer> optimizer_;
  ReduceLROnPlateau schedule_;
  Sampler sampler_;
  BatchMaker batches_;
  Tensor sums_;  // of the terms, f64 [terms]
};

}  // namespace hourglass
