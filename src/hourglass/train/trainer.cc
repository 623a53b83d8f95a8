#include "hourglass/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

namespace hourglass {
namespace {

constexpr int64_t kEvaluationRows = 2048;
constexpr uint32_t kEvaluationEpoch = 0;  // epoch of the noise: fixed, so that epochs are comparable

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void Clear(Tensor& sums, int64_t terms, Device& device) {
  Tensor zeros({terms}, DType::kF64);
  std::ranges::fill(zeros.span<double>(), 0.0);
  sums = &device == &HostDevice() ? std::move(zeros) : zeros.CopyTo(device);
}

// The mean of each term over `images` images.
std::vector<double> MeansOf(const Tensor& sums, int64_t images) {
  const Tensor on_host = sums.CopyTo(HostDevice());
  std::vector<double> means(on_host.span<double>().begin(), on_host.span<double>().end());
  for (double& mean : means) mean /= static_cast<double>(images);
  return means;
}

// "noisy_loss", with the level appended if there are several.
std::string NoisyName(const std::vector<double>& levels, double level) {
  return levels.size() == 1 ? "noisy_loss" : fmt::format("noisy_loss@{}", level);
}

}  // namespace

double BatchProgress::loss() const {
  return objectives.Total(MeansOf(sums, images_done));
}

Trainer::Trainer(const TrainConfig& config, Architecture architecture, const DataSplits& data,
                 Backend& backend, DType precision)
    : config_(config),
      corruption_(config.corruption()),
      data_(data),
      backend_(backend),
      model_(std::make_unique<Model>(std::move(architecture), static_cast<uint64_t>(config.seed))),
      session_(*model_, backend),
      grads_(model_->layout()),
      objectives_(config.objective()),
      optimizer_(MakeOptimizer(config.optimizer_settings(), model_->layout().size())),
      schedule_(config.plateau, config.learning_rate),
      sampler_({.seed = static_cast<uint64_t>(config.seed),
                .batch = config.batch,
                .images = data.train->size(),
                .overfit_batches = config.overfit_batches,
                .parameters = model_->layout().count()}),
      batches_(backend, precision, static_cast<uint64_t>(config.seed)) {
  objectives_.CheckModel(*model_);
}

void Trainer::Restore(const SafetensorsFile& file, std::string_view where, const RunProgress& progress) {
  RestoreCheckpoint(file, where, progress, *model_, *optimizer_);
  schedule_.Restore(progress.schedule);
}

std::optional<EpochMetrics> Trainer::RunEpoch(int64_t epoch, TrainObserver& observer) {
  const Backend::Scope scope(backend_);
  const double rate = schedule_.learning_rate();
  double seconds = 0;
  const std::optional<TermMeans> terms = TrainBatches(epoch, observer, seconds);
  if (!terms) return std::nullopt;
  EpochMetrics metrics(epoch);
  const double loss = Checked(epoch, objectives_.Total(*terms));
  metrics.Set("train/loss", loss);
  for (int64_t i = 0; objectives_.size() > 1 && i < objectives_.size(); ++i) {
    metrics.Set(fmt::format("train/{}", objectives_.term(i).name()), (*terms)[static_cast<size_t>(i)]);
  }
  if (config_.schedule == "plateau") schedule_.Step(loss);
  const auto measure = [&](const std::string& name, const Corruption& corruption) {
    metrics.Set(fmt::format("{}/{}", data_.held_out_name, name), HeldOutLoss(epoch, corruption));
  };
  measure("loss", corruption_);
  CheckParameters(epoch);
  if (!corruption_.none()) measure("clean_loss", {});
  for (const double level : config_.eval_noise) {
    if (level == 0) continue;  // no noise
    measure(NoisyName(config_.eval_noise, level), {CorruptionKind::kGaussian, level});
  }
  metrics.Set("lr", rate);
  metrics.Set("seconds", seconds);
  return metrics;
}

std::optional<Trainer::TermMeans> Trainer::TrainBatches(int64_t epoch, TrainObserver& observer,
                                                        double& seconds) {
  const Clock::time_point start = Clock::now();
  const Rng dropout_numbers(static_cast<uint64_t>(config_.seed), Stream::kDropout);
  sampler_.Begin(epoch);
  Clear(sums_, objectives_.size(), backend_.device());
  for (int64_t done = 0; done < sampler_.images();) {
    if (observer.StopRequested()) return std::nullopt;
    const Batch batch =
        batches_.Make(*data_.train, sampler_.Next(), corruption_, static_cast<uint32_t>(epoch));
    const DropoutSource dropout = {dropout_numbers, batch.epoch, batch.ids};
    objectives_.Gradient(session_, batch, &dropout, grads_, sums_);
    optimizer_->Step(backend_, schedule_.learning_rate(), grads_.flat(), model_->params().flat());
    done += batch.rows();
    observer.OnBatch({epoch, done, sampler_.images(), SecondsSince(start), objectives_, sums_});
  }
  TermMeans means = MeansOf(sums_, sampler_.images());
  seconds = SecondsSince(start);
  return means;
}

double Trainer::HeldOutLoss(int64_t epoch, const Corruption& corruption) {
  const Dataset& data = *data_.held_out;
  std::vector<int64_t> ids(static_cast<size_t>(std::min(kEvaluationRows, data.size())));
  Clear(sums_, objectives_.size(), backend_.device());
  for (int64_t begin = 0; begin < data.size(); begin += kEvaluationRows) {
    ids.resize(static_cast<size_t>(std::min(kEvaluationRows, data.size() - begin)));
    std::iota(ids.begin(), ids.end(), begin);
    objectives_.Value(session_, batches_.Make(data, ids, corruption, kEvaluationEpoch), sums_);
  }
  return Checked(epoch, objectives_.Total(MeansOf(sums_, data.size())));
}

double Trainer::Checked(int64_t epoch, double loss) const {
  if (!std::isfinite(loss)) throw Diverged(epoch, fmt::format("a loss of {}", loss));
  return loss;
}

void Trainer::CheckParameters(int64_t epoch) {
  if (!backend_.AllFinite(model_->params().flat())) throw Diverged(epoch, "a parameter that is not finite");
}

Error Trainer::Diverged(int64_t epoch, std::string got) const {
  const double rate = schedule_.learning_rate();
  return {ErrorKind::kDiverged,
          {.what = fmt::format("training diverged in epoch {}", epoch),
           .expected = "finite losses and parameters",
           .got = std::move(got),
           .hint = fmt::format("lower the learning rate, now {:g}", rate),
           .setting = fmt::format("learning_rate = {:g}", rate / 10)}};
}

}  // namespace hourglass
