#include "hourglass/tune/run_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/core/text.h"

namespace hourglass {
namespace {

constexpr int64_t kQuickDivisor = 10;

int64_t EpochsDone(const RunRecord& record) {
  return static_cast<int64_t>(record.epochs.size());
}

// One call of TrainRuns: a queue of runs, and threads that take from it.
class Pool {
 public:
  Pool(const std::vector<PoolRun>& runs, const DataSplits& data, const PoolOptions& options,
       PoolObserver& observer, std::vector<RunRecord>& records)
      : runs_(runs), data_(data), options_(options), observer_(observer), records_(records) {
    // Checks models only before the first run starts; later, an impossible model makes its run fail.
    const bool fresh =
        std::ranges::none_of(runs, [](const PoolRun& run) { return std::filesystem::exists(run.path); });
    for (size_t i = 0; i < runs.size(); ++i) {
      // A run killed after its last epoch has no epochs left but must still be finished.
      const bool to_the_end = runs[i].until == runs[i].config.values.epochs;
      if (records[i].status != RunStatus::kOpen || (EpochsLeft(i) <= 0 && !to_the_end)) continue;
      if (fresh) CheckModel(runs[i]);
      queue_.push_back(i);
    }
    // The longest runs start first: a long run started last would leave the other cores idle.
    std::ranges::stable_sort(queue_, std::greater<>(), [&](size_t i) { return EpochsLeft(i); });
  }

  // Returns false if stopped.
  bool Train() {
    if (queue_.empty()) return !Stopped();
    const int jobs = PoolJobs(runs_[queue_.front()].config.values, options_.jobs);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < std::min(queue_.size(), static_cast<size_t>(jobs)); ++i) {
      threads.emplace_back([this] { Work(); });
    }
    for (std::thread& thread : threads) thread.join();
    if (failure_) std::rethrow_exception(failure_);
    return !stopped_;
  }

  bool Stopped() {
    if (!stopped_ && observer_.StopRequested()) stopped_ = true;
    return stopped_;
  }

  // Calls tell(observer) from one thread at a time.
  template <class Tell>
  void Observe(const Tell& tell) {
    const std::lock_guard lock(mutex_);
    if (failure_) return;
    try {
      tell(observer_);
    } catch (...) {
      failure_ = std::current_exception();
      stopped_ = true;
    }
  }

 private:
  // Forwards the epochs of one run and stops it at its limit.
  class Watcher : public TrainObserver {
   public:
    Watcher(Pool& pool, const PoolRun& run, RunRecord& record) : pool_(pool), run_(run), record_(record) {}
    void OnEpoch(const EpochMetrics& metrics) override {
      record_.epochs.push_back(metrics);
      pool_.Observe([&](PoolObserver& observer) { observer.OnEpoch(run_, metrics); });
    }
    bool StopRequested() override { return EpochsDone(record_) >= run_.until || pool_.Stopped(); }

   private:
    Pool& pool_;
    const PoolRun& run_;
    RunRecord& record_;
  };

  void CheckModel(const PoolRun& run) const {
    try {
      ModelOf(run.config.values, data_);
    } catch (const Error& error) {
      throw Error(error.kind(), error.TextAt(run.label));
    }
  }

  int64_t EpochsLeft(size_t i) const { return runs_[i].until - EpochsDone(records_[i]); }

  void Work() {
    while (!Stopped()) {
      const std::optional<size_t> next = Begin();
      if (!next) return;
      const size_t i = *next;
      RunRecord& record = records_[i];
      const bool found_memory = TrainOne(runs_[i], record);
      const Next after = End(i, found_memory);
      if (after != Next::kRunEnded) TellThatItWaits(i);
      if (after == Next::kStop) return;
      if (after == Next::kTryAgain) continue;
      const bool ended = record.status != RunStatus::kOpen || EpochsLeft(i) <= 0;
      if (ended) Observe([&](PoolObserver& observer) { observer.OnRunEnd(runs_[i], record); });
    }
  }

  // Takes a run from the queue.
  std::optional<size_t> Begin() {
    const std::lock_guard lock(queue_mutex_);
    if (queue_.empty()) return std::nullopt;
    const size_t i = queue_.front();
    queue_.pop_front();
    shared_[i] = false;
    if (shared_.size() > 1) {
      for (auto& [run, shared] : shared_) shared = true;
    }
    return i;
  }

  enum class Next { kRunEnded, kTryAgain, kStop };

  // Run i is no longer being trained. If it found too little memory beside others, it is the next in the
  // queue; if others are still being trained, the calling thread shall stop, so that one run less takes
  // memory.
  Next End(size_t i, bool found_memory) {
    const std::lock_guard lock(queue_mutex_);
    const bool shared = shared_.extract(i).mapped();
    if (found_memory || !shared) return Next::kRunEnded;
    records_[i].status = RunStatus::kOpen;
    records_[i].error.clear();
    queue_.push_front(i);
    return shared_.empty() ? Next::kTryAgain : Next::kStop;
  }

  void TellThatItWaits(size_t i) {
    Observe([&](PoolObserver& observer) {
      observer.OnStep(fmt::format("{}: waits for memory that another run uses", runs_[i].label));
    });
  }

  // An error in one run becomes that run's result. Returns false if it found too little memory.
  bool TrainOne(const PoolRun& run, RunRecord& record) {
    try {
      TrainingRun training = std::filesystem::exists(run.path)
                                 ? TrainingRun::Resume(run.path, run.config, data_, options_.arguments)
                                 : TrainingRun::Start(run.config, data_, run.path, options_.arguments);
      record.epochs = training.progress().epochs;
      Observe([&](PoolObserver& observer) { observer.OnRunBegin(run, training); });
      Watcher watcher(*this, run, record);
      if (training.Train(watcher)) record.status = RunStatus::kFinished;
    } catch (const Error& error) {
      const bool diverged = error.kind() == ErrorKind::kDiverged;
      record.status = diverged ? RunStatus::kDiverged : RunStatus::kFailed;
      record.error = error.what();
      return error.kind() != ErrorKind::kNoMemory;
    } catch (const std::exception& error) {
      record.status = RunStatus::kFailed;
      record.error = error.what();
    }
    return true;
  }

  const std::vector<PoolRun>& runs_;
  const DataSplits& data_;
  const PoolOptions& options_;
  PoolObserver& observer_;
  std::vector<RunRecord>& records_;
  std::deque<size_t> queue_;       // places in runs_
  std::map<size_t, bool> shared_;  // for each run that is being trained: whether another one was beside it
  std::mutex queue_mutex_;         // of queue_ and shared_
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;  // of observer_ and failure_
  std::exception_ptr failure_;
};

}  // namespace

std::string_view Name(RunStatus status) {
  switch (status) {
    case RunStatus::kOpen:
      return "open";
    case RunStatus::kFinished:
      return "finished";
    case RunStatus::kDiverged:
      return "diverged";
    case RunStatus::kFailed:
      break;
  }
  return "failed";
}

RunRecord ReadRunRecord(const std::filesystem::path& path) {
  RunRecord record;
  if (!std::filesystem::exists(path)) return record;
  const RunDirectory run = RunDirectory::Open(path);
  const Json info = ReadJson(run.info());
  record.epochs = run.ReadMetrics();
  int64_t ended_after = EpochsDone(record);
  try {
    const auto status = info.at("status").get<std::string>();
    if (status != "running" && status != "failed") ended_after = info.at("epochs_done").get<int64_t>();
    if (status == Name(RunStatus::kFinished)) record.status = RunStatus::kFinished;
    if (status == Name(RunStatus::kDiverged)) record.status = RunStatus::kDiverged;
    if (record.status == RunStatus::kDiverged) record.error = info.at("error").get<std::string>();
  } catch (const Json::exception& error) {
    throw DataError({.what = fmt::format("{} does not hold the status of its run", run.info().string()),
                     .got = ReasonOf(error),
                     .hint = "move the run's folder away to train it again"});
  }
  if (ended_after != EpochsDone(record)) {
    throw DataError(
        {.what = fmt::format("{} does not hold the epochs of its run", run.metrics().string()),
         .expected = fmt::format("{} epochs", ended_after),
         .got = fmt::format("{}", EpochsDone(record)),
         .hint = fmt::format("resume the run to write it again: {}", ShellQuoted(path.string()))});
  }
  return record;
}

double ComparedLoss(const EpochMetrics& metrics) {
  const std::optional<double> elbo = metrics.FindHeldOut("elbo");
  return elbo ? -*elbo : metrics.held_out_loss();
}

std::string ComparedName(const std::string& held_out_name, const TrainConfig& config) {
  return held_out_name + (config.evidence() ? " -ELBO" : " loss");
}

std::string LossLabel(const std::string& held_out_name, const TrainConfig& config) {
  const Corruption corruption = config.corruption();
  const std::string input = corruption.none() ? "" : fmt::format(", input {}", ToString(corruption));
  const std::string unit = config.evidence() ? "negative ELBO in nats per image" : Unit(config.objective());
  return fmt::format("{} {}{}", held_out_name, unit, input);
}

void AddLosses(const std::string& held_out_name, std::span<const EpochMetrics> epochs, Json& json) {
  json[held_out_name + "/loss"] = epochs.empty() ? Json() : Json(epochs.back().held_out_loss());
  if (epochs.empty()) return;
  if (const auto elbo = epochs.back().FindHeldOut("elbo")) json[held_out_name + "/elbo"] = *elbo;
}

ResolvedConfig PoolConfig(ResolvedConfig config, bool quick) {
  config = WithUnsetKeys(std::move(config));
  if (config.values.threads == 0) {
    config.values.threads = 1;
    config.origins["threads"] = "one run per core";
  }
  if (quick) {
    config.values.epochs = std::max<int64_t>(1, config.values.epochs / kQuickDivisor);
    config.origins["epochs"] = "quick: a tenth";
    LimitWarmUp(config);
  }
  return config;
}

int PoolJobs(const TrainConfig& config, int jobs) {
  const int64_t threads = std::max<int64_t>(1, config.threads);
  return jobs > 0 ? jobs : static_cast<int>(std::max<int64_t>(1, AvailableThreads() / threads));
}

bool TrainRuns(const std::vector<PoolRun>& runs, const DataSplits& data, const PoolOptions& options,
               PoolObserver& observer, std::vector<RunRecord>& records) {
  RequireEqual("number of records", std::ssize(records), std::ssize(runs));
  for (const PoolRun& run : runs) {
    RequireBetween("last epoch of " + run.label, run.until, 0, run.config.values.epochs);
  }
  return Pool(runs, data, options, observer, records).Train();
}

}  // namespace hourglass
