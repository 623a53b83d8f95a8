// Trains an autoencoder an epoch at a time. Everything random is addressed by (seed, epoch), so the state
// between two epochs is all that going on exactly needs.
#pragma once

#include <memory>
#include <optional>

#include "hourglass/backend/backend.h"
#include "hourglass/core/error.h"
#include "hourglass/data/dataset.h"
#include "hourglass/model/autoencoder.h"
#include "hourglass/optim/optimizer.h"
#include "hourglass/optim/reduce_lr_on_plateau.h"
#include "hourglass/train/checkpoint.h"
#include "hourglass/train/config.h"
#include "hourglass/train/epoch_order.h"

namespace hourglass {

// Where training is: told after every batch.
struct BatchProgress {
  int64_t epoch;        // from 1
  int64_t images_done;  // of this epoch
  int64_t images;       // of an epoch
  double loss;          // of this epoch so far
  double seconds;       // of this epoch so far
};

// Is told how training goes and may stop it.
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
  // impossible.
  Trainer(const TrainConfig& config, Architecture architecture, const DataSplits& data, Backend& backend,
          DType precision);

  // Goes on from a checkpoint, read with ReadProgress; throws as RestoreCheckpoint does.
  void Restore(const SafetensorsFile& file, std::string_view where, const Progress& progress);

  // Trains epoch `epoch` (from 1), then measures the held-out images: every image once, in the order of the
  // epoch's permutation, in batches of config.batch; the last may be smaller. The training loss is the mean
  // over images of the losses of their batches, as they were before the batch's step. With config.corrupt the
  // input is corrupted, by the numbers of (epoch, image), and the target stays clean; the held-out loss is of
  // the same task, its corruption that of epoch 0 in every epoch, so that epochs compare. Nothing when the
  // observer stopped it: then the model is that of no epoch. Throws a kDiverged Error when a loss or a
  // parameter is not finite.
  std::optional<EpochMetrics> RunEpoch(int64_t epoch, TrainObserver& observer);

  const Autoencoder& model() const { return model_; }
  Optimizer& optimizer() { return *optimizer_; }
  const ReduceLROnPlateau& schedule() const { return schedule_; }
  // Images that an epoch trains on.
  int64_t epoch_images() const;

 private:
  // Mean loss of the epoch's batches, or nothing when stopped. `seconds` is set.
  std::optional<double> TrainBatches(int64_t epoch, TrainObserver& observer, double& seconds);
  // Mean loss over the held-out images, their input corrupted, against the clean images. Throws as
  // CheckLoss does.
  double HeldOutLoss(int64_t epoch, const Corruption& corruption);
  // Gathers images `ids` of `data` as [ids, C, H, W] of the precision.
  void Gather(const Dataset& data, std::span<const int64_t> ids, Tensor& x);
  // Gathers them into input_, corrupted by the numbers of `noise_epoch`. Returns the clean images: input_
  // itself when nothing is corrupted, else target_.
  const Tensor& GatherTask(const Dataset& data, std::span<const int64_t> ids, const Corruption& corruption,
                           uint32_t noise_epoch);
  void CheckLoss(int64_t epoch, double loss) const;
  void CheckParameters(int64_t epoch) const;
  Error Diverged(int64_t epoch, std::string got) const;

  TrainConfig config_;
  Corruption corruption_;  // of the input
  const DataSplits& data_;
  Backend& backend_;
  DType precision_;
  Autoencoder model_;
  std::unique_ptr<Optimizer> optimizer_;
  ReduceLROnPlateau schedule_;
  std::vector<int64_t> subset_;  // the only images to train on; empty: all
  EpochOrder order_;             // of the epoch's images
  Tensor input_, target_;        // kept from step to step
  PixelRoom room_;               // of data that does not lie in memory
};

}  // namespace hourglass
