#include "hourglass/train/training_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/host.h"
#include "hourglass/core/version.h"
#include "hourglass/model/model_file.h"

namespace hourglass {
namespace {

constexpr int kRunSchema = 1;
constexpr char kBusy[] = "is being trained by another process";
constexpr const char* kMayDiffer[] = {
    "epochs", "data",    "name",      "checkpoint_every", "data_dir",        "val",
    "test",   "threads", "precision", "device",           "neighbourhood_of"};

TrainingMachine MakeMachine(const TrainConfig& config, const Architecture& architecture) {
  DeviceChoice device = ChooseDevice(config.device);
  PrecisionChoice choice = {config.precision == Name(DType::kBF16) ? DType::kBF16 : DType::kF32,
                            "as configured"};
  if (config.precision == "auto") choice = AutoPrecision(HasConvolutions(architecture), device.gpu());
  const bool tf32 = config.precision == kTf32;
  auto backend =
      MakeBackend({.threads = static_cast<int>(config.threads), .device = device.name, .tf32 = tf32});
  if (tf32 && !device.gpu()) choice.reason += "; on a processor the same as f32";
  std::string name(tf32 ? kTf32 : Name(choice.dtype));
  return {std::move(device), std::move(backend), choice.dtype, std::move(name), std::move(choice.reason)};
}

// The machine of a run that is resumed. Its GPU may be gone.
TrainingMachine MakeMachineAgain(const TrainConfig& config, const Architecture& architecture,
                                 const std::string& first_device) {
  try {
    return MakeMachine(config, architecture);
  } catch (const Error& error) {
    if (config.device != first_device || first_device == kCpuDevice) throw;
    ErrorText text = error.TextAt(fmt::format("the run was trained on {}", first_device));
    text.hint += text.hint.empty() ? "" : "; or ";
    text.hint += "resume it on the processor";
    text.setting = fmt::format("device = {}", kCpuDevice);
    throw Error(error.kind(), std::move(text));
  }
}

// The training images as map.json names them, so that `hourglass map` can add others to the map.
Json SourceOf(const TrainConfig& config) {
  return {{"run", config.neighbourhood_of},
          {"data", config.data},
          {"data_dir", config.data_dir},
          {"part", "train"},
          {"axes", config.axes},
          {"labels", ""}};
}

// `path` without trailing slashes and dots, so that a name can be appended.
std::filesystem::path WithoutSlash(std::filesystem::path path) {
  while (path.has_parent_path() && (!path.has_filename() || path.filename() == ".") &&
         path != path.root_path())
    path = path.parent_path();
  return path;
}

Error Conflict(const std::filesystem::path& run, const std::string& key, const std::string& had,
               const std::string& asked, std::string hint, std::string setting = {}) {
  return UsageError({.what = fmt::format("{} cannot be resumed with another '{}'", run.string(), key),
                     .expected = had,
                     .got = asked,
                     .hint = std::move(hint),
                     .setting = std::move(setting)});
}

// `value` in the current format: earlier versions stored paths as given and one noise level as a number.
Json Canonical(const ConfigKey& key, Json value) {
  TrainConfig defaults;
  if (std::holds_alternative<std::vector<double>*>(key.field(defaults)) && value.is_number()) {
    return Json::array({value});
  }
  if (key.canonical == nullptr || !value.is_string()) return value;
  return key.canonical(value.get<std::string>());
}

// Gives `config` the run's device, threads and precision, and rejects changes that would alter the results.
void MatchConfig(const std::filesystem::path& run, const RunProgress& progress, const DataSplits& data,
                 ResolvedConfig& config) {
  TrainConfig& values = config.values;
  if (values.device == kAutoDevice) values.device = progress.device;
  if (values.threads == 0) values.threads = progress.threads;
  if (values.precision == "auto") values.precision = progress.precision;
  const std::string bits = "the exact results depend on it; omit it, or start a new run";
  if (values.threads != progress.threads) {
    throw Conflict(run, "threads", fmt::format("{}", progress.threads), fmt::format("{}", values.threads),
                   bits);
  }
  if (values.precision != progress.precision) {
    throw Conflict(run, "precision", progress.precision, values.precision, bits);
  }
  const Json now = ToJson(values);
  const Json defaults = ToJson(TrainConfig{});  // the values of keys that the run's version did not have yet
  for (const ConfigKey& key : ConfigKeys()) {
    const bool may_differ =
        std::find(std::begin(kMayDiffer), std::end(kMayDiffer), key.name) != std::end(kMayDiffer);
    const Json had = Canonical(key, progress.config.value(key.name, defaults[key.name]));
    if (!may_differ && had != now[key.name]) {
      throw Conflict(
          run, key.name, had.dump(), now[key.name].dump(),
          "only 'epochs', 'name', 'checkpoint_every', 'device' and the location of the data may change; or "
          "start a new run");
    }
  }
  if (data.checksum != progress.checksum) {
    throw Conflict(run, "data", progress.checksum, data.checksum,
                   "the run was started with other images; give their location", "data");
  }
  const std::string held_out = progress.epochs.empty() ? "" : progress.epochs.back().held_out_name();
  if (!held_out.empty() && held_out != data.held_out_name) {
    throw Conflict(run, "held-out images", held_out, data.held_out_name, "name them as when it was started");
  }
  if (values.epochs < progress.epochs_done()) {
    throw UsageError(
        {.what = fmt::format("{} has already trained {} epochs", run.string(), progress.epochs_done()),
         .got = fmt::format("{} epochs", values.epochs),
         .hint = "choose more",
         .setting = "epochs"});
  }
}

// A checkpoint's architecture is accepted as it is, unless the images have another shape.
void CheckImages(const Architecture& architecture, const DataSplits& data, const std::string& where) {
  if (architecture.image_shape == data.train->image_shape()) return;
  throw DataError({.what = fmt::format("{}: the model does not fit the images", where),
                   .expected = data.train->image_shape().ToString(),
                   .got = architecture.image_shape.ToString()});
}

// A run keeps its architecture even if the file has changed; this warns the user.
std::string ModelWarning(const TrainConfig& config, const Architecture& architecture) {
  const bool named = config.model == ArchitectureName(config.model);
  if (!named && !std::filesystem::exists(config.model)) return {};
  try {
    const Architecture now = MakeArchitecture(config.model, architecture.image_shape, config.code_size,
                                              config.dropout, BottleneckNamed(config.bottleneck));
    if (now.ToJson() == architecture.ToJson()) return {};
  } catch (const Error&) {
    // An invalid description also counts as another architecture.
  }
  return fmt::format("{} now describes another model; the run keeps its original one", config.model);
}

}  // namespace

Architecture ModelOf(const TrainConfig& config, const DataSplits& data) {
  return MakeArchitecture(config.model, data.train->image_shape(), config.code_size, config.dropout,
                          BottleneckNamed(config.bottleneck));
}

TrainingRun::TrainingRun(RunDirectory directory, FolderLock lock, const ResolvedConfig& config,
                         Architecture architecture, const DataSplits& data, TrainingMachine machine,
                         std::vector<std::string> arguments)
    : directory_(std::move(directory)),
      lock_(std::move(lock)),
      config_(config),
      data_(&data),
      machine_(std::move(machine)),
      trainer_(std::make_unique<Trainer>(config.values, std::move(architecture), data, *machine_.backend,
                                         machine_.precision)),
      arguments_(std::move(arguments)),
      started_(UtcNow()) {
  progress_.checksum = data.checksum;
  progress_.precision = machine_.precision_name;
  progress_.threads = machine_.backend->threads();
  progress_.device = machine_.device.name;
  progress_.processor = machine_.device.processor;
  config_.values.precision = progress_.precision;  // resolved values, so that the record is complete
  config_.values.device = progress_.device;
  config_.values.threads = progress_.threads;
  if (!trainer_->warning().empty()) Warn(trainer_->warning());
}

TrainingRun TrainingRun::Start(const ResolvedConfig& given, const DataSplits& data,
                               const std::filesystem::path& out, std::vector<std::string> arguments) {
  const ResolvedConfig config = ConfigOfRun(given, data);
  const std::filesystem::path path =
      out.empty() ? RunDirectory::FreePath(config.values.run_name()) : WithoutSlash(out);
  RunDirectory::CheckFree(path);
  RunDirectory directory = RunDirectory::CreateBeside(path);
  const std::filesystem::path aside = directory.path();
  try {
    FolderLock lock(aside, kBusy);
    Architecture architecture = ModelOf(config.values, data);
    TrainingMachine machine = MakeMachine(config.values, architecture);
    TrainingRun run(std::move(directory), std::move(lock), config, std::move(architecture), data,
                    std::move(machine), std::move(arguments));
    WriteFileAtomically(run.directory_.config(), ToToml(config));
    WriteSafetensors(run.directory_.last_checkpoint(), run.Checkpoint());
    KeepBest(run.directory_, run.progress_);
    run.directory_.WriteMetrics({});
    run.WriteInfo("running");
    run.directory_ =
        out.empty() ? run.directory_.MoveToFree(config.values.run_name()) : run.directory_.MoveTo(path);
    return run;
  } catch (...) {
    std::error_code ignored;  // report the earlier failure
    std::filesystem::remove_all(aside, ignored);
    throw;
  }
}

TrainingRun TrainingRun::Resume(const std::filesystem::path& path, const ResolvedConfig& given,
                                const DataSplits& data, std::vector<std::string> arguments) {
  const ResolvedConfig config = ConfigOfRun(given, data);
  RunDirectory directory = RunDirectory::Open(WithoutSlash(path));
  // Lock before reading the checkpoint: another process may be writing newer ones.
  FolderLock lock(directory.path(), kBusy);
  const std::string where = directory.last_checkpoint().string();
  const SafetensorsFile file = ReadSafetensors(where);
  const RunProgress progress = ReadProgress(file, where);
  ResolvedConfig matched = config;
  MatchConfig(directory.path(), progress, data, matched);
  Architecture architecture = ReadArchitecture(file, where);
  CheckImages(architecture, data, where);
  TrainingMachine machine = MakeMachineAgain(matched.values, architecture, progress.device);
  TrainingRun run(std::move(directory), std::move(lock), matched, std::move(architecture), data,
                  std::move(machine), std::move(arguments));
  if (config.values.precision == "auto") run.machine_.precision_reason = "as at the start of the run";
  const std::string model_warning = ModelWarning(matched.values, run.model().architecture());
  if (!model_warning.empty()) run.Warn(model_warning);
  const std::string processor = run.progress_.processor;
  if (processor != progress.processor) {
    run.Warn(fmt::format(
        "the run started on another processor ({}); on this one ({}), results may differ in the last bits",
        progress.processor, processor));
  }
  run.KeepBeginning();
  for (const auto& folder : {run.directory_.path(), run.directory_.checkpoints()}) RemoveLeftovers(folder);
  run.progress_ = progress;
  run.first_epoch_ = progress.epochs_done() + 1;
  run.trainer_->Restore(file, where, progress);
  KeepBest(run.directory_,
           progress);  // a process killed between its two checkpoints wrote only the last one
  run.directory_.WriteMetrics(progress.epochs);
  ResolvedConfig kept = config;
  for (auto& [key, origin] : kept.origins) {  // else the file would name itself as the origin
    if (origin.starts_with(run.directory_.config().string())) origin = "as before";
  }
  WriteFileAtomically(run.directory_.config(), ToToml(kept));
  run.WriteInfo("running");
  return run;
}

void TrainingRun::Warn(const std::string& text) {
  warning_ += (warning_.empty() ? "" : "; ") + text;
}

// A damaged record must not make the run unusable.
void TrainingRun::KeepBeginning() {
  const auto lost = [this](const std::string& why) {
    Warn(fmt::format("{} no longer records the start of the run and is rewritten ({})",
                     directory_.info().string(), why));
  };
  try {
    const Json info = ReadJson(directory_.info());
    started_ = info.at("started").get<std::string>();
    resumed_ = info.value("resumed", std::vector<std::vector<std::string>>());
    resuming_ = std::exchange(arguments_, info.at("arguments").get<std::vector<std::string>>());
  } catch (const Json::exception& error) {
    lost(ReasonOf(error));
  } catch (const Error& error) {
    lost(error.text().what);
  }
}

bool TrainingRun::FindTeacher(TrainObserver& observer) {
  if (!trainer_->NeedsTeacher(progress_.epochs_done() + 1)) return true;
  class Steps final : public MapObserver {
   public:
    explicit Steps(TrainObserver& told) : told_(told) {}
    void OnStep(const std::string& what, double share) override { told_.OnStep(what, share); }
    bool StopRequested() override { return told_.StopRequested(); }

   private:
    TrainObserver& told_;
  };
  Steps steps(observer);
  const TrainConfig& config = config_.values;
  observer.OnStep("points of the map", 0);
  const MapPoints points = PointsOfMap(*data_, config.neighbourhood_of, static_cast<int>(progress_.threads));
  if (points.model != nullptr && progress_.epochs_done() == 0) trainer_->BeginWith(*points.model);
  std::optional<Teacher> teacher = MakeTeacher(points,
                                               {.distance = config.image_distance(),
                                                .code_size = model().code_size(),
                                                .activation = model().encoder().output_activation(),
                                                .seed = static_cast<uint64_t>(config.seed),
                                                .threads = static_cast<int>(progress_.threads),
                                                .source = SourceOf(config)},
                                               directory_.teacher(), steps);
  if (!teacher) return false;
  trainer_->SetTeacher(std::move(*teacher));
  return true;
}

bool TrainingRun::Train(TrainObserver& observer) {
  bool stopped = false;
  CheckpointWriter writer(directory_, ParseCheckpointInterval(config_.values.checkpoint_every), progress_);
  try {
    RunEpochs(observer, writer, stopped);
    writer.Finish();
    directory_.WriteMetrics(progress_.epochs);
    if (!stopped) SaveModel(directory_.model(), model(), TrainingSummary());
    if (!stopped && machine_.device.gpu()) results_ = LoadResults();
    WriteInfo(stopped ? "interrupted" : "finished");
  } catch (const std::exception& failure) {
    const auto* error = dynamic_cast<const Error*>(&failure);
    const bool diverged = error != nullptr && error->kind() == ErrorKind::kDiverged;
    try {
      writer.Finish();  // the epochs before the failure
    } catch (const std::exception&) {
      // Report the first failure.
    }
    progress_ = writer.written();
    try {
      directory_.WriteMetrics(progress_.epochs);
      WriteInfo(diverged ? "diverged" : "failed", failure.what());
    } catch (const std::exception&) {
      // The disk error that stopped training also prevents this write; report the first failure.
    }
    throw;
  }
  return !stopped;
}

TrainingRun::Results TrainingRun::LoadResults() const {
  Results results = {.backend = MakeBackend({.threads = static_cast<int>(config_.values.threads)}),
                     .model = LoadModel(directory_.model()).model,
                     .session = nullptr};
  results.session = std::make_unique<Session>(*results.model, *results.backend);
  return results;
}

void TrainingRun::RunEpochs(TrainObserver& observer, CheckpointWriter& writer, bool& stopped) {
  stopped = progress_.epochs_done() < config_.values.epochs && !FindTeacher(observer);
  while (!stopped && progress_.epochs_done() < config_.values.epochs) {
    const std::optional<EpochMetrics> metrics = trainer_->RunEpoch(progress_.epochs_done() + 1, observer);
    stopped = !metrics;
    if (stopped) return;
    const int64_t best = progress_.best_epoch;
    // Losses of different stages cannot be compared.
    const std::vector<Stage>& stages = trainer_->stages();
    const bool first = best == 0 || &StageAt(stages, best) != &StageAt(stages, metrics->epoch());
    if (first || metrics->held_out_loss() < progress_.epochs[static_cast<size_t>(best - 1)].held_out_loss()) {
      progress_.best_epoch = metrics->epoch();
    }
    progress_.epochs.push_back(*metrics);
    writer.Keep(Checkpoint(), progress_);
    if (progress_.epochs_done() == config_.values.epochs) writer.Finish();
    directory_.AppendMetrics(progress_.epochs.back());
    NoteResumption();
    observer.OnEpoch(*metrics);
    WarnOfCollapse(observer);
  }
}

void TrainingRun::WarnOfCollapse(TrainObserver& observer) {
  constexpr double kLeast = 0.05;  // nats for all of the code: less says nothing
  const std::vector<EpochMetrics>& epochs = progress_.epochs;
  if (warned_of_collapse_ || epochs.size() < 2) return;
  const auto says_nothing = [&](const EpochMetrics& epoch) {
    const std::optional<double> divergence = epoch.FindHeldOut("kl");
    return divergence && *divergence < kLeast && epoch.epoch() > config_.values.beta_warmup;
  };
  if (!says_nothing(epochs.back()) || !says_nothing(epochs[epochs.size() - 2])) return;
  warned_of_collapse_ = true;
  observer.OnWarning(
      fmt::format("the codes say nothing about the images: their divergence is {:.2g} nats. {}",
                  *epochs.back().FindHeldOut("kl"), kAgainstCollapse));
}

void TrainingRun::NoteResumption() {
  const std::vector<std::string> command = std::exchange(resuming_, {});
  const std::vector<std::string>& last = resumed_.empty() ? arguments_ : resumed_.back();
  if (!command.empty() && command != last) resumed_.push_back(command);
}

SafetensorsFile TrainingRun::Checkpoint() {
  progress_.optimizer_steps = trainer_->optimizer().steps();
  progress_.schedule = trainer_->schedule().State();
  progress_.config = ToJson(config_.values);
  return ToCheckpoint(model(), trainer_->optimizer(), progress_, TrainingSummary());
}

int64_t TrainingRun::parameters() const {
  return model().layout().count();
}

double TrainingRun::images_per_second() const {
  const double seconds = TotalSeconds(progress_.epochs);
  return seconds > 0 ? static_cast<double>(trainer_->epoch_images() * progress_.epochs_done()) / seconds : 0;
}

Json TrainingRun::TrainingSummary() const {
  Json summary = {{"data", {{"name", data_->name}, {"checksum", data_->checksum}}},
                  {"epochs", progress_.epochs_done()},
                  {"best_epoch", progress_.best_epoch},
                  {"precision", progress_.precision},
                  {"config", ToJson(config_.values)}};
  if (progress_.epochs.empty()) return summary;
  const EpochMetrics& last = progress_.epochs.back();
  summary["train/loss"] = last.train_loss();
  summary[last.held_out_name() + "/loss"] = last.held_out_loss();
  return summary;
}

void TrainingRun::WriteInfo(const std::string& status, const std::string& error) const {
  Json info = {{"schema_version", kRunSchema},
               {"version", Version()},
               {"status", status},
               {"arguments", arguments_},
               {"resumed", resumed_},
               {"started", started_},
               {"updated", UtcNow()},
               {"first_epoch", first_epoch_},
               {"seed", config_.values.seed},
               {"device", progress_.processor},
               {"backend", machine_.device.name},
               {"threads", progress_.threads},
               {"precision", progress_.precision},
               {"precision_reason", machine_.precision_reason},
               {"data",
                {{"name", data_->name},
                 {"checksum", data_->checksum},
                 {"train_images", data_->train->size()},
                 {"held_out_images", data_->held_out->size()},
                 {"held_out_name", data_->held_out_name}}},
               {"parameters", parameters()},
               {"epochs_done", progress_.epochs_done()},
               {"best_epoch", progress_.best_epoch},
               {"images_per_second", images_per_second()},
               {"peak_memory_bytes", PeakMemoryBytes()}};
  if (data_->report) info["data"]["left_out"] = LeftOutJson(*data_->report);
  if (!error.empty()) info["error"] = error;
  if (!progress_.epochs.empty()) info["last_epoch"] = ToJson(progress_.epochs.back());
  WriteJson(directory_.info(), info);
}

}  // namespace hourglass
