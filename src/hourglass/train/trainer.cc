#include "hourglass/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

#include "hourglass/core/check.h"
#include "hourglass/objective/code_target.h"
#include "hourglass/objective/view_loss.h"
#include "hourglass/train/flat_layout.h"
#include "hourglass/train/make_sampler.h"

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

// For batches drawn from `images` images of `pixels` pixels.
ObjectiveSettings ObjectiveOf(const TrainConfig& config, int64_t images, int64_t pixels) {
  ObjectiveSettings settings = config.objective();
  settings.neighbourhood.images = images;
  if (settings.evidence) settings.evidence->pixels = pixels;
  return settings;
}

std::unique_ptr<Objective> TermOf(EncoderLesson lesson) {
  if (lesson == EncoderLesson::kMap) return std::make_unique<CodeTarget>();
  return std::make_unique<ViewLoss>();
}

std::unique_ptr<Model> ModelOn(Device& device, Architecture architecture, uint64_t seed) {
  auto model = std::make_unique<Model>(std::move(architecture), seed);
  model->MoveTo(device);
  return model;
}

}  // namespace

double BatchProgress::loss() const {
  return objectives.Loss(MeansOf(sums, images_done));
}

Trainer::Trainer(const TrainConfig& config, Architecture architecture, const DataSplits& data,
                 Backend& backend, DType precision)
    : config_(config),
      changes_{config.corruption(), config.augmentation()},
      data_(data),
      backend_(backend),
      model_(ModelOn(backend.device(), std::move(architecture), static_cast<uint64_t>(config.seed))),
      session_(*model_, backend),
      grads_(model_->layout(), backend.device()),
      stages_(StagesOf(config)),
      schedule_(config.plateau, config.learning_rate),
      batches_(backend, precision, static_cast<uint64_t>(config.seed)) {
  Objectives(config.objective()).CheckModel(*model_);
  EnterStage(1);
}

void Trainer::EnterStage(int64_t epoch) {
  const Stage& stage = StageAt(stages_, epoch);
  if (stage_ == &stage) return;
  stage_ = &stage;
  sampler_ = MakeSampler(config_, stage.lesson, *data_.train, *model_, backend_.threads(), warning_);
  if (stage.lesson == EncoderLesson::kNone) {
    const int64_t pixels = model_->image_shape().size();
    objectives_.emplace(ObjectiveOf(config_, sampler_->images(), pixels), stage.part);
  } else {
    std::vector<std::unique_ptr<Objective>> terms;
    terms.push_back(TermOf(stage.lesson));
    objectives_.emplace(std::move(terms), std::vector<double>{1}, stage.part);
  }
  coded_.reset();
  if (stage.part == ModelPart::kDecoder) coded_.emplace(session_, batches_);
  optimizer_ = MakeOptimizer(config_.optimizer_settings(), LayoutOf(*model_, stage.part));
  schedule_ = ReduceLROnPlateau(config_.plateau, config_.learning_rate);
}

void Trainer::BeginWith(const Model& other) {
  const auto own_end = model_->RangeOf(ModelPart::kEncoder).end,
             other_end = other.RangeOf(ModelPart::kEncoder).end;
  for (const NamedParam& to : model_->layout().named()) {
    const auto from = std::ranges::find(other.layout().named(), to.name, &NamedParam::name);
    if (to.offset >= own_end || from == other.layout().named().end() || from->offset >= other_end ||
        from->shape != to.shape)
      continue;
    const Tensor values = other.params().flat().Rows(from->offset, to.shape.size()).CopyTo(HostDevice());
    Tensor own = model_->params().flat().Rows(to.offset, to.shape.size());
    own.device().CopyFromHost(own.raw(), values.raw(), values.byte_size());
  }
}

double Trainer::LearningRate(int64_t epoch, int64_t done) const {
  if (config_.schedule != "linear") return schedule_.learning_rate();
  const double share_of_epoch = static_cast<double>(done) / static_cast<double>(sampler_->images());
  const double trained = static_cast<double>(epoch - stage_->first) + share_of_epoch;
  return config_.learning_rate * (1 - trained / static_cast<double>(stage_->epochs()));
}

void Trainer::Restore(const SafetensorsFile& file, std::string_view where, const RunProgress& progress) {
  EnterStage(std::max<int64_t>(progress.epochs_done(), 1));
  RestoreCheckpoint(file, where, progress, *model_, *optimizer_);
  schedule_.Restore(progress.schedule);
}

std::optional<EpochMetrics> Trainer::RunEpoch(int64_t epoch, TrainObserver& observer) {
  const Backend::Scope scope(backend_);
  EnterStage(epoch);
  const double rate = LearningRate(epoch, 0);
  double seconds = 0;
  const std::optional<TermMeans> terms = TrainBatches(epoch, observer, seconds);
  if (!terms) return std::nullopt;
  EpochMetrics metrics(epoch);
  const double total = Checked(epoch, objectives_->Total(*terms));
  metrics.Set("train/loss", objectives_->Loss(*terms));
  if (objectives_->has_terms_only_in_training()) metrics.Set("train/objective", total);
  const auto set_terms = [&](std::string_view part, const TermMeans& means) {
    for (int64_t i = 0; objectives_->size() > 1 && i < objectives_->size(); ++i) {
      const Objective& term = objectives_->term(i);
      if (part == "train" || !term.OnlyInTraining())
        metrics.Set(fmt::format("{}/{}", part, term.name()), means[static_cast<size_t>(i)]);
    }
  };
  set_terms("train", *terms);
  const auto set_evidence = [&](const std::string& part, const TermMeans& means) {
    const auto evidence = objectives_->EvidenceOf(means);
    if (!evidence) return;
    metrics.Set(part + "/reconstruction", evidence->reconstruction);
    metrics.Set(part + "/kl", evidence->divergence);
    metrics.Set(part + "/elbo", evidence->elbo());
  };
  set_evidence("train", *terms);
  if (objectives_->ChangesAt(epoch)) schedule_.Forget();
  if (config_.schedule == "plateau") schedule_.Step(total);
  const auto measure = [&](const std::string& name, const Corruption& corruption) {
    const TermMeans means = MeasureHeldOut(corruption);
    metrics.Set(fmt::format("{}/{}", data_.held_out_name, name), Checked(epoch, objectives_->Loss(means)));
    if (name != "loss") return;
    set_terms(data_.held_out_name, means);
    set_evidence(data_.held_out_name, means);
  };
  measure("loss", changes_.corruption);
  CheckParameters(epoch);
  if (stage_->lesson == EncoderLesson::kNone) MeasureOtherInputs(measure);
  metrics.Set("lr", rate);
  metrics.Set("seconds", seconds);
  return metrics;
}

void Trainer::MeasureOtherInputs(
    const std::function<void(const std::string& name, const Corruption& corruption)>& measure) {
  if (!changes_.corruption.none()) measure("clean_loss", {});
  for (const double level : config_.eval_noise) {
    if (level == 0) continue;  // no noise
    measure(NoisyName(config_.eval_noise, level), {CorruptionKind::kGaussian, level});
  }
}

Batch Trainer::NextBatch(int64_t epoch) {
  const auto number = static_cast<uint32_t>(epoch);
  const Dataset& data = *data_.train;
  const SampledImages images = sampler_->Next();
  switch (stage_->lesson) {
    case EncoderLesson::kMap: {
      HOURGLASS_CHECK(teacher_.has_value());
      const Corruption noise = {config_.encoder_noise > 0 ? CorruptionKind::kGaussian : CorruptionKind::kNone,
                                config_.encoder_noise};
      return batches_.MakeTaught(data, images.ids, *teacher_,
                                 {config_.encoder_mix, {noise, changes_.augmentation}}, number);
    }
    case EncoderLesson::kViews:
      return batches_.MakeViews(data, images.ids.first(images.ids.size() / 2), changes_, number);
    case EncoderLesson::kNone:
      break;
  }
  // An encoder that learned alone gives an image and its changed copy nearly the same code, so a decoder
  // could not tell them apart.
  const ImageChanges changes = coded_ ? ImageChanges{changes_.corruption} : changes_;
  Batch batch = MakeBatch(data, images.ids, changes, number);
  batch.partners = images.partners;
  return batch;
}

Batch Trainer::MakeBatch(const Dataset& data, std::span<const int64_t> ids, const ImageChanges& changes,
                         uint32_t epoch) {
  return coded_ ? coded_->Make(data, ids, changes, epoch) : batches_.Make(data, ids, changes, epoch);
}

void Trainer::ExpectImages(int64_t& expected) {
  constexpr int64_t kAheadBytes = int64_t{32} << 20,
                    kPageBytes = 4096;  // an image lies in pages that others share
  const std::span<const int64_t> upcoming = sampler_->Upcoming();
  const int64_t begun = sampler_->images() - std::ssize(upcoming);
  const int64_t ahead = kAheadBytes / (kPageBytes + model_->image_shape().size());
  const int64_t last = std::min(sampler_->images(), begun + std::max(ahead, 2 * config_.batch));
  if (upcoming.empty() || last <= expected) return;
  data_.train->Expect(
      upcoming.subspan(static_cast<size_t>(expected - begun), static_cast<size_t>(last - expected)));
  expected = last;
}

void Trainer::Step(double learning_rate) {
  const auto [begin, end] = model_->RangeOf(stage_->part);
  Tensor grads = grads_.flat().Rows(begin, end - begin);
  Tensor params = model_->params().flat().Rows(begin, end - begin);
  if (config_.clip_norm > 0) backend_.ClipNorm(config_.clip_norm, grads);
  optimizer_->Step(backend_, learning_rate, grads, params);
}

std::optional<Trainer::TermMeans> Trainer::TrainBatches(int64_t epoch, TrainObserver& observer,
                                                        double& seconds) {
  const Clock::time_point start = Clock::now();
  sampler_->Begin(epoch);
  Clear(sums_, objectives_->size(), backend_.device());
  int64_t expected = 0;
  for (int64_t done = 0; done < sampler_->images();) {
    if (observer.StopRequested()) return std::nullopt;
    ExpectImages(expected);
    const Batch batch = NextBatch(epoch);
    const PassNumbers numbers = {static_cast<uint64_t>(config_.seed), batch.epoch, batch.ids};
    objectives_->Gradient(session_, batch, &numbers, grads_, sums_);
    Step(LearningRate(epoch, done));
    backend_.EndStep();
    done += batch.rows();
    observer.OnBatch({epoch, done, sampler_->images(), SecondsSince(start), *objectives_, sums_});
  }
  TermMeans means = MeansOf(sums_, sampler_->images());
  seconds = SecondsSince(start);
  return means;
}

Trainer::TermMeans Trainer::MeasureHeldOut(const Corruption& corruption) {
  const int64_t size = data_.held_out->size();
  const int64_t most = stage_->lesson == EncoderLesson::kViews ? config_.batch / 2 : kEvaluationRows;
  std::vector<int64_t> ids;
  Clear(sums_, objectives_->size(), backend_.device());
  int64_t rows = 0;
  for (int64_t begin = 0; begin < size; begin += most) {
    ids.resize(static_cast<size_t>(std::min(most, size - begin)));
    std::iota(ids.begin(), ids.end(), begin);
    const Batch batch = HeldOutBatch(ids, corruption);
    const PassNumbers numbers = {static_cast<uint64_t>(config_.seed), kEvaluationEpoch, batch.ids,
                                 /*dropout=*/false};
    objectives_->Value(session_, batch, &numbers, sums_);
    backend_.EndStep();
    rows += batch.rows();
  }
  return MeansOf(sums_, rows);
}

Batch Trainer::HeldOutBatch(std::span<const int64_t> ids, const Corruption& corruption) {
  const Dataset& data = *data_.held_out;
  switch (stage_->lesson) {
    case EncoderLesson::kMap:
      return batches_.MakeHeldOut(data, ids, *teacher_);
    case EncoderLesson::kViews:
      return batches_.MakeViews(data, ids, changes_, kEvaluationEpoch);
    case EncoderLesson::kNone:
      break;
  }
  return MakeBatch(data, ids, {corruption}, kEvaluationEpoch);
}

double Trainer::Checked(int64_t epoch, double loss) const {
  if (!std::isfinite(loss)) throw Diverged(epoch, fmt::format("a loss of {}", loss));
  return loss;
}

void Trainer::CheckParameters(int64_t epoch) {
  if (!backend_.AllFinite(model_->params().flat())) throw Diverged(epoch, "a parameter that is not finite");
}

Error Trainer::Diverged(int64_t epoch, std::string got) const {
  const double rate = config_.schedule == "linear" ? config_.learning_rate : schedule_.learning_rate();
  return {ErrorKind::kDiverged,
          {.what = fmt::format("training diverged in epoch {}", epoch),
           .expected = "finite losses and parameters",
           .got = std::move(got),
           .hint = fmt::format("lower the learning rate, now {:g}", rate),
           .setting = fmt::format("learning_rate = {:g}", rate / 10)}};
}

}  // namespace hourglass
