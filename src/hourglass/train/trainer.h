// Trains a model one epoch at a time with a sampler, a session, objectives and an optimizer. All random
// numbers depend only on (seed, epoch), so an exact resume needs only the state between two epochs.
#pragma once

#include <functional>
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
#include "hourglass/train/coded_batches.h"
#include "hourglass/train/config.h"
#include "hourglass/train/sampler.h"
#include "hourglass/train/stages.h"
#include "hourglass/train/teacher.h"

namespace hourglass {

// The state of an epoch after each batch.
struct BatchProgress {
  int64_t epoch;        // from 1
  int64_t images_done;  // of this epoch
  int64_t images;       // per epoch
  double seconds;       // of this epoch so far
  const Objectives& objectives;
  const Tensor& sums;  // of each term of `objectives`, over images_done images

  // The mean loss of this epoch so far. Blocks until the device is done.
  double loss() const;
};

// Observes a training run and may stop it.
class TrainObserver {
 public:
  virtual ~TrainObserver() = default;
  virtual void OnBatch(const BatchProgress&) {}
  virtual void OnEpoch(const EpochMetrics&) {}
  // After the line of an epoch: something about the training that its user should know now.
  virtual void OnWarning(const std::string& /*text*/) {}
  // Before the first epoch, `share` of step `what` is done: "map".
  virtual void OnStep(const std::string& /*what*/, double /*share*/) {}
  // Called before every batch; returning true stops training at once and discards the epoch.
  virtual bool StopRequested() { return false; }
};

class Trainer {
 public:
  // Creates a new model of `architecture`, which must fit the images, and a new optimizer for `config`;
  // `precision` is f32 or bf16. Data and backend must outlive the trainer. Throws a usage Error if the
  // architecture is impossible or a loss is not defined for it.
  Trainer(const TrainConfig& config, Architecture architecture, const DataSplits& data, Backend& backend,
          DType precision);

  // Restores the state of a checkpoint, read with ReadProgress; throws as RestoreCheckpoint does.
  void Restore(const SafetensorsFile& file, std::string_view where, const RunProgress& progress);

  // True if epoch `epoch` needs a teacher.
  bool NeedsTeacher(int64_t epoch) const { return StageAt(stages_, epoch).lesson == EncoderLesson::kMap; }
  void SetTeacher(Teacher teacher) { teacher_ = std::move(teacher); }

  // Before the first epoch: the encoder begins with those parameters of `other` that have the same name and
  // shape in its encoder.
  void BeginWith(const Model& other);

  // Trains epoch `epoch` (from 1) of its stage, then measures the held-out images. The training loss is the
  // mean over images of their batch losses, each measured before the batch's step. The random numbers of
  // (epoch, image) augment the images as `config` says, but not for a decoder that learns after
  // its encoder. With config.corrupt, they corrupt the input, and the target stays clean. The held-out
  // loss is for the same task; it uses images as they are, and the corruption of epoch 0 in every epoch, so
  // that epochs are comparable. If the encoder learns alone, both losses are those of its lesson: the mean
  // squared error of codes, or the loss of views, which are also made of held-out images. Returns nothing if
  // the observer stopped it; the model is then partway through the epoch. Throws a kDiverged Error if a loss
  // or a parameter is not finite.
  std::optional<EpochMetrics> RunEpoch(int64_t epoch, TrainObserver& observer);

  const Model& model() const { return *model_; }
  Session& session() { return session_; }
  Optimizer& optimizer() { return *optimizer_; }
  const ReduceLROnPlateau& schedule() const { return schedule_; }
  const std::vector<Stage>& stages() const { return stages_; }
  // Images per training epoch.
  int64_t epoch_images() const { return sampler_->images(); }
  // Why something took longer than it should; else empty.
  const std::string& warning() const { return warning_; }

 private:
  // Begins the stage of `epoch`, unless it is under way: a new optimizer for the part that it trains.
  void EnterStage(int64_t epoch);
  // After `done` images of `epoch`.
  double LearningRate(int64_t epoch, int64_t done) const;
  // Of the sampler's next images.
  Batch NextBatch(int64_t epoch);
  // Has the images of the next batches read ahead. `expected` of the epoch's images already are.
  void ExpectImages(int64_t& expected);
  // For what the stage learns, unless that is codes of a teacher.
  Batch MakeBatch(const Dataset& data, std::span<const int64_t> ids, const ImageChanges& changes,
                  uint32_t epoch);
  void Step(double learning_rate);
  // Mean of each objective term over the images.
  using TermMeans = std::vector<double>;
  // Means over the epoch's batches, or nothing if stopped. Sets `seconds`.
  std::optional<TermMeans> TrainBatches(int64_t epoch, TrainObserver& observer, double& seconds);
  // Calls measure(name, corruption) for the held-out losses besides "loss".
  void MeasureOtherInputs(
      const std::function<void(const std::string& name, const Corruption& corruption)>& measure);
  // Means over the held-out images: corrupted input, clean target.
  TermMeans MeasureHeldOut(const Corruption& corruption);
  // Of these held-out images, for the loss of the stage.
  Batch HeldOutBatch(std::span<const int64_t> ids, const Corruption& corruption);
  // Returns `loss` if it is finite, else throws.
  double Checked(int64_t epoch, double loss) const;
  void CheckParameters(int64_t epoch);
  Error Diverged(int64_t epoch, std::string got) const;

  TrainConfig config_;
  ImageChanges changes_;  // of the training images
  const DataSplits& data_;
  Backend& backend_;
  std::unique_ptr<Model> model_;
  Session session_;
  FlatParams grads_;
  std::string warning_;
  std::vector<Stage> stages_;
  const Stage* stage_ = nullptr;          // the one under way
  std::unique_ptr<Sampler> sampler_;      // of the stage
  std::optional<Objectives> objectives_;  // of the stage
  std::unique_ptr<Optimizer> optimizer_;  // of the parameters that the stage trains
  std::optional<Teacher> teacher_;
  std::optional<CodedBatches> coded_;  // while the decoder learns alone
  ReduceLROnPlateau schedule_;
  BatchMaker batches_;
  Tensor sums_;  // of each term, f64 [terms]
};

}  // namespace hourglass
