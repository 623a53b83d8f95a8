#include "hourglass/tune/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/folder_lock.h"
#include "hourglass/tune/plan_file.h"

namespace hourglass {
namespace {

constexpr double kValShare = 0.2;
// Shares of a trial's epochs after which successive halving stops the worse half.
constexpr double kRungs[] = {0.25, 0.5};

std::filesystem::path TrialFolder(int64_t number) {
  return std::filesystem::path("trials") / fmt::format("{:03}", number);
}

ResolvedConfig TrialConfig(const SearchTask& task, const SearchTrial& trial) {
  ResolvedConfig config = task.config;
  const std::string origin = fmt::format("trial {}", trial.number);
  for (const KeyValue& value : trial.values) SetConfigKey(config, value.key, value.text, origin);
  return config;
}

// A search in progress: the trials, their runs and their results.
class Search {
 public:
  Search(const SearchTask& task, const DataSplits& data, const std::filesystem::path& folder,
         const PoolOptions& options, PoolObserver& observer)
      : task_(task),
        data_(data),
        folder_(folder),
        options_(options),
        recorder_(observer, [this](const PoolRun& run, const RunRecord& record) {
          if (record.status == RunStatus::kOpen) return;  // at a rung
          End(run.id, record);
          WriteTrials();
        }) {
    for (int64_t number = 0; number < task.plan.trials; ++number) {
      SearchTrial trial{.number = number, .values = DrawTrial(task.plan, number)};
      PoolRun run{.id = static_cast<size_t>(number),
                  .label = fmt::format("trial {}", number),
                  .path = folder / TrialFolder(number),
                  .config = PoolConfig(TrialConfig(task, trial), task.quick)};
      run.until = run.config.values.epochs;
      trial.config = run.config.values;
      records_.push_back(ReadRunRecord(run.path));
      trials_.push_back(std::move(trial));
      runs_.push_back(std::move(run));
    }
  }

  // Returns false if stopped.
  bool Train() {
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (records_[i].status != RunStatus::kOpen) End(i, records_[i]);
    }
    WriteTrials();
    std::vector<size_t> alive(runs_.size());
    std::iota(alive.begin(), alive.end(), 0);
    if (task_.halving) {
      for (const double share : kRungs) {
        if (!TrainUpTo(share)) return false;
        Halve(share, alive);
      }
    }
    return TrainUpTo(1);
  }

  // Finds the finished trials with useless models, using the held-out images.
  void FindFailures() {
    const auto backend = MakeBackend();
    for (SearchTrial& trial : trials_) {
      if (trial.status != TrialStatus::kFinished) continue;
      const TrainedModel model = OpenTrainedModel(folder_ / TrialFolder(trial.number), *backend);
      trial.failure = FindFailure(model, *data_.held_out);
    }
    WriteTrials();
  }

  // All trials, which must have ended.
  std::vector<SearchTrial> TakeTrials() { return std::move(trials_); }

 private:
  // Trains every trial that has not ended up to `share` of its epochs.
  bool TrainUpTo(double share) {
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (!ended_.contains(i)) runs_[i].until = EpochsAt(i, share);
    }
    return TrainRuns(runs_, data_, options_, recorder_, records_);
  }

  int64_t EpochsAt(size_t i, double share) const {
    return static_cast<int64_t>(std::ceil(share * static_cast<double>(runs_[i].config.values.epochs)));
  }

  // Stops the worse half of `alive`, all trained for `share` of their epochs.
  void Halve(double share, std::vector<size_t>& alive) {
    const auto loss = [&](size_t i) {
      const RunRecord& record = records_[i];
      const bool lost = record.status == RunStatus::kDiverged || record.status == RunStatus::kFailed;
      return lost ? std::numeric_limits<double>::infinity()
                  : ComparedLoss(record.epochs[static_cast<size_t>(EpochsAt(i, share) - 1)]);
    };
    std::ranges::stable_sort(alive, std::less<>(), loss);
    const size_t kept = (alive.size() + 1) / 2;
    for (size_t place = kept; place < alive.size(); ++place) {
      const size_t i = alive[place];
      if (records_[i].status != RunStatus::kOpen) continue;  // finished by an earlier call, or diverged
      End(i, records_[i]);
    }
    alive.resize(kept);
    std::ranges::sort(alive);
    WriteTrials();
  }

  // An open record means that the trial was stopped.
  void End(size_t i, const RunRecord& record) {
    const std::map<RunStatus, TrialStatus> statuses = {{RunStatus::kOpen, TrialStatus::kStopped},
                                                       {RunStatus::kFinished, TrialStatus::kFinished},
                                                       {RunStatus::kDiverged, TrialStatus::kDiverged},
                                                       {RunStatus::kFailed, TrialStatus::kFailed}};
    trials_[i].status = statuses.at(record.status);
    trials_[i].epochs = record.epochs;
    trials_[i].error = record.error;
    ended_.insert(i);
  }

  void WriteTrials() const {
    std::string lines;
    for (const size_t i : ended_) lines += ToJson(trials_[i], data_.held_out_name).dump() + "\n";
    WriteFileAtomically(folder_ / "trials.jsonl", lines);
  }

  const SearchTask& task_;
  const DataSplits& data_;
  std::filesystem::path folder_;
  const PoolOptions& options_;
  PoolRecorder recorder_;
  std::vector<SearchTrial> trials_;
  std::vector<PoolRun> runs_;
  std::vector<RunRecord> records_;
  std::set<size_t> ended_;  // indices of the ended trials
};

Json PlanJson(const SearchTask& task, const DataSplits& data) {
  Json plan = PlanOf(PoolConfig(task.config, false).values, data);
  plan["search_seed"] = task.plan.seed;
  plan["quick"] = task.quick;
  Json space = Json::object();
  for (const SearchedKey& key : task.plan.space) {
    const std::string draw(Name(key.draw));
    space[key.key] =
        key.draw == SearchDraw::kChoice ? Json{{draw, key.choices}} : Json{{draw, {key.low, key.high}}};
  }
  plan["space"] = std::move(space);
  return plan;
}

SearchResult Summarise(const SearchTask& task, const DataSplits& data, const std::filesystem::path& folder,
                       std::vector<SearchTrial> trials) {
  SearchResult result{
      .task = task, .folder = folder, .held_out_name = data.held_out_name, .trials = std::move(trials)};
  for (size_t i = 0; i < result.trials.size(); ++i) {
    const SearchTrial& trial = result.trials[i];
    result.epochs_trained += static_cast<int64_t>(trial.epochs.size());
    result.epochs_asked += trial.config.epochs;
    const bool better = trial.status == TrialStatus::kFinished &&
                        (!result.best || trial.loss() < result.trials[*result.best].loss());
    if (better) result.best = i;
  }
  return result;
}

// The best trial's configuration, with the threads of a single training and, even after a quick search, with
// the full epochs.
std::string BestToml(const SearchResult& result) {
  const SearchTrial& best = result.trials[*result.best];
  const ResolvedConfig config = TrialConfig(result.task, best);
  std::string text =
      fmt::format("# The best of {} trials, trial {}: {} {:.5f} after {} epochs.\n", result.trials.size(),
                  best.number, result.loss_label(), best.loss(), best.epochs.size());
  if (result.task.quick) {
    text += fmt::format("# The search was a quick one, with a tenth of the epochs: {} here.\n",
                        config.values.epochs);
  }
  text += "# The settings of the best trial, to train it again.\n";
  if (config.values.val_share > 0) {
    text += "# With val_share = 0 it trains on all training images and is measured on the test images.\n";
  }
  return text + "\n" + ToToml(config);
}

}  // namespace

std::string_view Name(TrialStatus status) {
  switch (status) {
    case TrialStatus::kFinished:
      return "finished";
    case TrialStatus::kStopped:
      return "stopped";
    case TrialStatus::kDiverged:
      return "diverged";
    case TrialStatus::kFailed:
      break;
  }
  return "failed";
}

double SearchTrial::loss() const {
  const bool has_loss = status == TrialStatus::kFinished || status == TrialStatus::kStopped;
  return has_loss && !epochs.empty() ? ComparedLoss(epochs.back()) : std::nan("");
}

double SearchTrial::seconds() const {
  double sum = 0;
  for (const EpochMetrics& epoch : epochs) sum += epoch.seconds();
  return sum;
}

std::string SearchResult::loss_label() const {
  return LossLabel(held_out_name, task.config.values);
}

ResolvedConfig WithValidation(ResolvedConfig config) {
  if (config.values.val.empty() && !config.origins.contains("val_share")) {
    config.values.val_share = kValShare;
    config.origins["val_share"] = "model selection needs separate images";
  }
  return config;
}

std::optional<SearchResult> RunSearch(const SearchTask& task, const DataSplits& data,
                                      const std::filesystem::path& folder, const PoolOptions& options,
                                      PoolObserver& observer) {
  SearchTask validated = task;
  validated.config = WithValidation(task.config);
  for (const SearchedKey& key : task.plan.space) CheckSearchedKey(key, "space");
  CreateDirectories(folder);
  const FolderLock lock(folder, "is in use by another process");
  KeepPlan(folder / "search.json", PlanJson(validated, data));
  CreateDirectories(folder / "trials");
  Search search(validated, data, folder, options, observer);
  if (!search.Train()) return std::nullopt;
  search.FindFailures();
  SearchResult result = Summarise(validated, data, folder, search.TakeTrials());
  if (result.best) WriteFileAtomically(result.best_config(), BestToml(result));
  return result;
}

Json ToJson(const SearchTrial& trial, const std::string& held_out_name) {
  Json json = {{"trial", trial.number}, {"status", Name(trial.status)}};
  AddLosses(held_out_name, std::isnan(trial.loss()) ? std::span<const EpochMetrics>() : trial.epochs, json);
  json["epochs"] = trial.epochs.size();
  json["epochs_asked"] = trial.config.epochs;
  json["seconds"] = trial.seconds();
  const Json config = ToJson(trial.config);
  Json values = Json::object();
  for (const KeyValue& value : trial.values) values[value.key] = config.at(value.key);
  json["values"] = std::move(values);
  json["run"] = TrialFolder(trial.number).string();
  if (!trial.error.empty()) json["error"] = trial.error;
  if (trial.failure) json["failure"] = ToJson(*trial.failure);
  return json;
}

Json ToJson(const SearchResult& result) {
  Json json = {{"schema_version", 1},
               {"quick", result.task.quick},
               {"halving", result.task.halving},
               {"epochs_trained", result.epochs_trained},
               {"epochs_asked", result.epochs_asked}};
  json["best"] = result.best ? Json(result.trials[*result.best].number) : Json();
  if (result.best) json["best_config"] = result.best_config().string();
  json["trials"] = Json::array();
  for (const SearchTrial& trial : result.trials)
    json["trials"].push_back(ToJson(trial, result.held_out_name));
  return json;
}

}  // namespace hourglass
