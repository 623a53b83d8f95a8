#include "hourglass/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

constexpr int64_t kEvaluationRows = 2048;
constexpr uint32_t kEvaluationEpoch = 0;  // of the noise: the same in every epoch, so that epochs compare

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// `count` images, the same for the whole run.
std::vector<int64_t> Subset(const TrainConfig& config, int64_t images) {
  const int64_t count = config.overfit_batches * config.batch;
  if (count == 0 || count >= images) return {};
  std::vector<int64_t> ids = Permutation(Rng(static_cast<uint64_t>(config.seed), Stream::kPick), 0, images);
  ids.resize(static_cast<size_t>(count));
  return ids;
}

}  // namespace

Trainer::Trainer(const TrainConfig& config, Architecture architecture, const DataSplits& data,
                 Backend& backend, DType precision)
    : config_(config),
      corruption_(config.corruption()),
      data_(data),
      backend_(backend),
      precision_(precision),
      model_(std::move(architecture), backend, static_cast<uint64_t>(config.seed)),
      optimizer_(MakeOptimizer(config.optimizer_settings(), model_.params().size())),
      schedule_(config.plateau, config.learning_rate),
      subset_(Subset(config, data.train->size())),
      order_(static_cast<uint64_t>(config.seed), model_.params().count(), epoch_images()) {}

void Trainer::Restore(const SafetensorsFile& file, std::string_view where, const Progress& progress) {
  RestoreCheckpoint(file, where, progress, model_, *optimizer_);
  schedule_.Restore(progress.schedule);
}

int64_t Trainer::epoch_images() const {
  return subset_.empty() ? data_.train->size() : static_cast<int64_t>(subset_.size());
}

std::optional<EpochMetrics> Trainer::RunEpoch(int64_t epoch, TrainObserver& observer) {
  EpochMetrics metrics;
  metrics.epoch = epoch;
  metrics.held_out_name = data_.held_out_name;
  metrics.learning_rate = schedule_.learning_rate();
  const std::optional<double> loss = TrainBatches(epoch, observer, metrics.seconds);
  if (!loss) return std::nullopt;
  metrics.train_loss = *loss;
  if (config_.schedule == "plateau") schedule_.Step(*loss);
  metrics.held_out_loss = HeldOutLoss(epoch, corruption_);
  CheckParameters(epoch);
  if (!corruption_.none()) metrics.clean_loss = HeldOutLoss(epoch, {});
  if (config_.eval_noise > 0) {
    metrics.noisy_loss = HeldOutLoss(epoch, {CorruptionKind::kGaussian, config_.eval_noise});
  }
  return metrics;
}

std::optional<double> Trainer::TrainBatches(int64_t epoch, TrainObserver& observer, double& seconds) {
  const Clock::time_point start = Clock::now();
  const int64_t images = epoch_images();
  std::vector<int64_t> order = order_.Of(epoch);
  if (!subset_.empty()) {
    for (int64_t& id : order) id = subset_[static_cast<size_t>(id)];
  }
  double sum = 0;
  for (int64_t done = 0; done < images;) {
    if (observer.StopRequested()) return std::nullopt;
    const int64_t count = std::min(config_.batch, images - done);
    const auto ids = std::span(order).subspan(static_cast<size_t>(done), static_cast<size_t>(count));
    const Tensor& target = GatherTask(*data_.train, ids, corruption_, static_cast<uint32_t>(epoch));
    const DropoutSource dropout = {Rng(static_cast<uint64_t>(config_.seed), Stream::kDropout),
                                   static_cast<uint32_t>(epoch), ids};
    const double loss = model_.LossGradient(config_.loss_kind(), input_, target, &dropout);
    CheckLoss(epoch, loss);
    optimizer_->Step(backend_, schedule_.learning_rate(), model_.params().grads(), model_.params().values());
    sum += loss * static_cast<double>(count);
    done += count;
    observer.OnBatch({epoch, done, images, sum / static_cast<double>(done), SecondsSince(start)});
  }
  seconds = SecondsSince(start);
  return sum / static_cast<double>(images);
}

double Trainer::HeldOutLoss(int64_t epoch, const Corruption& corruption) {
  const Dataset& data = *data_.held_out;
  std::vector<int64_t> ids(static_cast<size_t>(std::min(kEvaluationRows, data.size())));
  double sum = 0;
  for (int64_t begin = 0; begin < data.size(); begin += kEvaluationRows) {
    const int64_t count = std::min(kEvaluationRows, data.size() - begin);
    ids.resize(static_cast<size_t>(count));
    std::iota(ids.begin(), ids.end(), begin);
    const Tensor& target = GatherTask(data, ids, corruption, kEvaluationEpoch);
    sum += model_.Loss(config_.loss_kind(), input_, target) * static_cast<double>(count);
  }
  const double loss = sum / static_cast<double>(data.size());
  CheckLoss(epoch, loss);
  return loss;
}

const Tensor& Trainer::GatherTask(const Dataset& data, std::span<const int64_t> ids,
                                  const Corruption& corruption, uint32_t noise_epoch) {
  Gather(data, ids, input_);
  if (corruption.none()) return input_;
  Gather(data, ids, target_);
  backend_.Corrupt(corruption, Rng(static_cast<uint64_t>(config_.seed), Stream::kNoise), noise_epoch, ids,
                   input_);
  return target_;
}

void Trainer::Gather(const Dataset& data, std::span<const int64_t> ids, Tensor& x) {
  const LocatedPixels located = data.Locate(ids, room_);
  backend_.GatherPixels(*located.images, located.rows, precision_, x);
}

void Trainer::CheckLoss(int64_t epoch, double loss) const {
  if (!std::isfinite(loss)) throw Diverged(epoch, fmt::format("a loss of {}", loss));
}

void Trainer::CheckParameters(int64_t epoch) const {
  const std::span<const float> values = model_.params().values().span<float>();
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::all_of(values.begin(), values.end(), finite))
    throw Diverged(epoch, "a parameter that is not finite");
}

Error Trainer::Diverged(int64_t epoch, std::string got) const {
  const double rate = schedule_.learning_rate();
  return {ErrorKind::kDiverged,
          {.what = fmt::format("training diverged in epoch {}", epoch),
           .expected = "finite losses and parameters",
           .got = std::move(got),
           .hint = fmt::format("lower the learning rate, now {:g}: --lr {:g}", rate, rate / 10)}};
}

}  // namespace hourglass
