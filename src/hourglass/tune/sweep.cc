#include "hourglass/tune/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "hourglass/analysis/baselines.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/folder_lock.h"
#include "hourglass/core/hash.h"
#include "hourglass/core/text.h"
#include "hourglass/tune/plan_file.h"
#include "hourglass/tune/search.h"

namespace hourglass {
namespace {

constexpr char kCodeSize[] = "code_size";

// Folder name for a value and a seed, independent of the other values. A checksum keeps modified names
// unique.
std::string FolderName(const std::string& value, int64_t seed) {
  std::string name = value;
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '-' && c != '+'; }, '_');
  if (name.empty() || name != value || name.size() > 100) {
    name = name.substr(0, 100) + "-" + Sha256(value).substr(0, 8);
  }
  return fmt::format("{}-seed{}", name, seed);
}

// Every run of the plan, seed by seed, so that an interrupted sweep has complete curves; ids are indices.
struct Runs {
  std::vector<PoolRun> pool;
  std::vector<SweepRun> sweep;
};

Runs MakeRuns(const SweepTask& task, const std::filesystem::path& folder) {
  Runs runs;
  for (const int64_t seed : task.plan.seeds) {
    for (const std::string& value : task.plan.values) {
      ResolvedConfig config = task.config;
      SetConfigKey(config, "seed", fmt::format("{}", seed), "sweep");
      SetConfigKey(config, task.plan.key, value, "sweep");
      SweepRun run{.seed = seed, .folder = std::filesystem::path("runs") / FolderName(value, seed)};
      PoolRun of_pool{.id = runs.pool.size(),
                      .label = fmt::format("{} = {}, seed {}", task.plan.key, value, seed),
                      .path = folder / run.folder,
                      .config = PoolConfig(std::move(config), task.quick)};
      of_pool.until = of_pool.config.values.epochs;
      run.config = of_pool.config.values;
      run.record = ReadRunRecord(of_pool.path);
      runs.pool.push_back(std::move(of_pool));
      runs.sweep.push_back(std::move(run));
    }
  }
  return runs;
}

Json ToJson(const SweepRun& run, const SweepTask& task, const std::string& held_out_name) {
  Json json = {{"key", task.plan.key},
               {"value", ToJson(run.config).at(task.plan.key)},
               {"seed", run.seed},
               {"status", Name(run.record.status)}};
  AddLosses(held_out_name, std::isnan(run.loss()) ? std::span<const EpochMetrics>() : run.record.epochs,
            json);
  json["epochs"] = run.record.epochs.size();
  double seconds = 0;
  for (const EpochMetrics& epoch : run.record.epochs) seconds += epoch.seconds();
  json["seconds"] = seconds;
  json["run"] = run.folder.string();
  if (!run.record.error.empty()) json["error"] = run.record.error;
  if (run.failure) json["failure"] = ToJson(*run.failure);
  return json;
}

// A line for each run that has ended.
void WriteLines(const Runs& runs, const SweepTask& task, const DataSplits& data,
                const std::filesystem::path& folder) {
  std::string lines;
  for (const SweepRun& run : runs.sweep) {
    if (run.record.status == RunStatus::kOpen) continue;
    lines += ToJson(run, task, data.held_out_name).dump() + "\n";
  }
  WriteFileAtomically(folder / "sweep.jsonl", lines);
}

// Returns false if stopped; every run's record is up to date even then, and sweep.jsonl has every ended run.
bool Train(Runs& runs, const SweepTask& task, const DataSplits& data, const std::filesystem::path& folder,
           const PoolOptions& options, PoolObserver& observer) {
  WriteLines(runs, task, data, folder);
  std::vector<RunRecord> records;  // changed by the threads; recorder copies them to runs.sweep
  for (const SweepRun& run : runs.sweep) records.push_back(run.record);
  PoolRecorder recorder(observer, [&](const PoolRun& run, const RunRecord& record) {
    runs.sweep[run.id].record = record;
    WriteLines(runs, task, data, folder);
  });
  return TrainRuns(runs.pool, data, options, recorder, records);
}

// Finds the finished runs with useless models, using the held-out images.
void FindFailures(Runs& runs, const SweepTask& task, const DataSplits& data,
                  const std::filesystem::path& folder) {
  const auto backend = MakeBackend();
  for (SweepRun& run : runs.sweep) {
    if (run.record.status != RunStatus::kFinished) continue;
    run.failure = FindFailure(OpenTrainedModel(folder / run.folder, *backend), *data.held_out);
  }
  WriteLines(runs, task, data, folder);
}

std::vector<SweepPoint> MakePoints(const SweepTask& task, std::vector<SweepRun> runs, bool ordered) {
  std::vector<SweepPoint> points;
  const size_t count = task.plan.values.size();
  for (size_t value = 0; value < count; ++value) {
    SweepPoint point{.value = task.plan.values[value], .runs = {}};
    for (size_t at = value; at < runs.size(); at += count) point.runs.push_back(std::move(runs[at]));
    SummarisePoint(point);
    points.push_back(std::move(point));
  }
  if (ordered) {
    std::ranges::sort(points, std::less<>(),
                      [](const SweepPoint& point) { return std::strtod(point.value.c_str(), nullptr); });
  }
  return points;
}

// Fits PCA to the runs' training images, and measures it on their held-out images.
void MeasurePca(const DataSplits& data, std::vector<SweepPoint>& points) {
  const int64_t most = Pca::MostComponents(data.train->image_shape().size());
  std::vector<std::pair<SweepPoint*, int64_t>> wanted;
  int64_t components = 0;
  for (SweepPoint& point : points) {
    const int64_t d = std::stoll(point.value);
    if (d > most) continue;
    wanted.emplace_back(&point, d);
    components = std::max(components, d);
  }
  if (wanted.empty()) return;
  const auto backend = MakeBackend();
  const Pca pca(*backend, *data.train, components);
  for (const auto& [point, d] : wanted) point->pca = pca.Error(*backend, *data.held_out, d);
}

}  // namespace

double SweepRun::loss() const {
  return record.status == RunStatus::kFinished ? ComparedLoss(record.epochs.back()) : std::nan("");
}

std::vector<double> SweepPoint::losses() const {
  std::vector<double> losses;
  for (const SweepRun& run : runs) {
    if (!std::isnan(run.loss())) losses.push_back(run.loss());
  }
  return losses;
}

std::string SweepResult::loss_label() const {
  return LossLabel(held_out_name, task.config.values);
}

void SummarisePoint(SweepPoint& point) {
  const std::vector<double> losses = point.losses();
  if (losses.empty()) return;
  point.mean = SampleMean(losses);
  point.spread = SampleDeviation(losses);
}

std::vector<SweepRise> RisesOf(const SweepResult& result) {
  std::vector<SweepRise> steps;
  if (!result.ordered) return steps;
  const SweepPoint* from = nullptr;  // the last point that has a mean
  std::vector<double> p;
  for (const SweepPoint& to : result.points) {
    if (std::isnan(to.mean)) continue;
    if (from != nullptr) {
      const WelchTest test = TestWelch(from->losses(), to.losses());
      p.push_back(test.p);
      steps.push_back({.from = from,
                       .to = &to,
                       .rise = test.difference,
                       .standard_error = test.standard_error,
                       .p = test.p,
                       .corrected_p = test.p,
                       .seeds_up = 0,
                       .seeds = 0});
      for (size_t i = 0; i < to.runs.size(); ++i) {
        const double step = to.runs[i].loss() - from->runs[i].loss();
        steps.back().seeds += std::isnan(step) ? 0 : 1;
        steps.back().seeds_up += step > 0 ? 1 : 0;
      }
    }
    from = &to;
  }
  const std::vector<double> corrected = CorrectByHolm(p);
  for (size_t i = 0; i < steps.size(); ++i) steps[i].corrected_p = corrected[i];
  std::erase_if(steps, [](const SweepRise& step) { return step.rise <= 0; });
  return steps;
}

std::optional<SweepResult> RunSweep(const SweepTask& asked, const DataSplits& data,
                                    const std::filesystem::path& folder, const PoolOptions& options,
                                    PoolObserver& observer) {
  SweepTask task = asked;
  task.config = WithValidation(asked.config);
  CheckSweepPlan(task.plan, "sweep");
  if (task.plan.seeds.empty()) task.plan.seeds = {task.config.values.seed};
  CreateDirectories(folder);
  const FolderLock lock(folder, "is in use by another process");
  Json plan = PlanOf(PoolConfig(task.config, false).values, data);
  plan["key"] = task.plan.key;
  plan["quick"] = task.quick;
  for (const char* free : {task.plan.key.c_str(), "seed"}) plan["config"].erase(free);
  KeepPlan(folder / "sweep.json", plan);
  CreateDirectories(folder / "runs");
  Runs runs = MakeRuns(task, folder);
  if (!Train(runs, task, data, folder, options, observer)) return std::nullopt;
  FindFailures(runs, task, data, folder);

  SweepResult result{.task = task, .folder = folder, .held_out_name = data.held_out_name};
  result.ordered = FindConfigKey(task.plan.key, "sweep").is_number();
  result.points = MakePoints(task, std::move(runs.sweep), result.ordered);
  const TrainConfig& config = task.config.values;
  if (task.plan.key == kCodeSize && IsMse(config.objective()) && config.corruption().none()) {
    observer.OnStep("computing PCA for comparison");
    MeasurePca(data, result.points);
  }
  WriteFileAtomically(folder / "sweep.csv", SweepCsv(result));
  return result;
}

std::string SweepCsv(const SweepResult& result) {
  const auto number = [](double value) { return std::isnan(value) ? "" : fmt::format("{}", value); };
  std::string csv = CsvField(result.task.plan.key) + ",mean,spread,pca";
  for (const int64_t seed : result.task.plan.seeds) csv += fmt::format(",seed {}", seed);
  for (const SweepPoint& point : result.points) {
    csv += fmt::format("\n{},{},{},{}", CsvField(point.value), number(point.mean), number(point.spread),
                       number(point.pca));
    for (const SweepRun& run : point.runs) csv += ',' + number(run.loss());
  }
  return csv + "\n";
}

Json ToJson(const SweepResult& result) {
  const auto number = [](double value) { return std::isnan(value) ? Json() : Json(value); };
  Json json = {{"schema_version", 1},        {"key", result.task.plan.key}, {"loss", result.loss_label()},
               {"quick", result.task.quick}, {"points", Json::array()},     {"rises", Json::array()}};
  for (const SweepPoint& point : result.points) {
    Json runs = Json::array();
    for (const SweepRun& run : point.runs) runs.push_back(ToJson(run, result.task, result.held_out_name));
    json["points"].push_back({{"value", runs.front().at("value")},
                              {"mean", number(point.mean)},
                              {"spread", number(point.spread)},
                              {"pca", number(point.pca)},
                              {"runs", std::move(runs)}});
  }
  for (const SweepRise& rise : RisesOf(result)) {
    json["rises"].push_back({{"from", rise.from->value},
                             {"to", rise.to->value},
                             {"rise", rise.rise},
                             {"standard_error", number(rise.standard_error)},
                             {"p", number(rise.p)},
                             {"corrected_p", number(rise.corrected_p)},
                             {"seeds_up", rise.seeds_up},
                             {"seeds", rise.seeds},
                             {"beyond_seeds", rise.beyond_seeds()}});
  }
  return json;
}

}  // namespace hourglass
