#include "hourglass/study/study.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "hourglass/analysis/code_neighbours.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/data/open_data.h"
#include "hourglass/report/run_report.h"
#include "hourglass/report/search_report.h"
#include "hourglass/report/sweep_report.h"
#include "hourglass/study/detail/study_figures.h"
#include "hourglass/study/detail/study_measures.h"
#include "hourglass/study/detail/study_report.h"
#include "hourglass/train/stages.h"
#include "hourglass/tune/plan_file.h"

namespace hourglass {
namespace {

constexpr char kStudyFile[] = "study.json";
// Training keys that change results by no more than another seed does; and the data, which FitToData
// compares.
constexpr std::string_view kSameStudyKeys[] = {"data", "data_dir",  "name",    "checkpoint_every",
                                               "seed", "precision", "threads", "eval_noise"};

struct Trained {
  RunResult result;
  TrainingRun training;
};

void CheckHasRuns(const Recipe& recipe) {
  if (!recipe.runs.empty()) return;
  throw UsageError({.what = fmt::format("the recipe {} has no runs to study", recipe.name),
                    .expected = "at least one [[run]]",
                    .hint = recipe.search  ? "hourglass search runs its [search]"
                            : recipe.sweep ? "hourglass sweep runs its [sweep]"
                                           : ""});
}

// Those with the loss of the run, or all if only its encoder was trained.
std::vector<EpochMetrics> EpochsOfLoss(const TrainingRun& training) {
  std::vector<EpochMetrics> epochs = training.progress().epochs;
  TakeEncoderEpochs(training.stages(), epochs);
  return epochs.empty() ? training.progress().epochs : epochs;
}

// Starts or resumes one run; returns nothing if stopped.
std::optional<Trained> TrainOne(const RecipeRun& run, const DataSplits& data, const StudyOptions& options,
                                StudyObserver& observer) {
  const std::filesystem::path path = options.out / run.name;
  TrainingRun training = std::filesystem::exists(path)
                             ? TrainingRun::Resume(path, run.config, data, options.arguments)
                             : TrainingRun::Start(run.config, data, path, options.arguments);
  TrainObserver& told = observer.OnRun(run, training);
  if (!training.Train(told)) return std::nullopt;
  RunResult result{.name = run.name,
                   .label = run.label,
                   .control_of = run.control_of,
                   .repeat_of = run.repeat_of,
                   .code_size = run.config.values.code_size,
                   .parameters = training.parameters(),
                   .objective = run.config.values.objective(),
                   .epochs = EpochsOfLoss(training)};
  return Trained{std::move(result), std::move(training)};
}

// Trains all runs at once, one per core; returns false if stopped. TrainOne reports a failed run.
bool TrainSideBySide(const std::vector<RecipeRun>& runs, const DataSplits& data, const StudyOptions& options,
                     StudyObserver& observer) {
  std::vector<PoolRun> pool;
  std::vector<RunRecord> records;
  for (const RecipeRun& run : runs) {
    const std::filesystem::path path = options.out / run.name;
    pool.push_back({.id = pool.size(),
                    .label = run.label,
                    .path = path,
                    .config = run.config,
                    .until = run.config.values.epochs});
    records.push_back(ReadRunRecord(path));
  }
  const bool open =
      std::ranges::any_of(records, [](const RunRecord& r) { return r.status == RunStatus::kOpen; });
  if (!open) return true;
  const int jobs = PoolJobs(runs.front().config.values, 0);
  return TrainRuns(pool, data, {.jobs = jobs, .arguments = options.arguments},
                   observer.OnPool("runs", pool.size(), jobs), records);
}

// The runs with the configurations used in training. Those in the folder `out` may teach later ones.
std::vector<RecipeRun> RunsToTrain(const Recipe& recipe, const std::filesystem::path& out) {
  std::vector<RecipeRun> runs = recipe.runs;
  for (RecipeRun& run : runs) {
    if (!run.taught_by.empty())
      SetConfigKey(run.config, "neighbourhood_of", (out / run.taught_by).string(), "taught_by");
  }
  if (recipe.side_by_side) {
    for (RecipeRun& run : runs) run.config = PoolConfig(run.config, false);
  }
  return runs;
}

std::vector<StudyModel> ModelsOf(const std::vector<Trained>& trained) {
  std::vector<StudyModel> models;
  for (const Trained& one : trained) models.push_back({&one.result, &one.training.session()});
  return models;
}

// Rejects impossible models before any training.
void CheckModels(const Recipe& recipe, const DataSplits& data, const std::filesystem::path& out) {
  for (const RecipeRun& run : recipe.runs) {
    if (std::filesystem::exists(out / run.name)) continue;  // started: keeps its architecture
    ModelOf(run.config.values, data);
  }
}

// Rejects data without what the recipe measures, before any training. Pictures show the classes that exist.
void CheckData(const Recipe& recipe, const DataSplits& data) {
  if (recipe.generation) {
    if (data.train->labels().empty()) {
      throw UsageError({.what = "[generate] needs labels, which these images do not have",
                        .hint = "remove that section from the recipe, or use data with labels"});
    }
  }
  if (recipe.neighbours) CheckNeighbours(data.train->size(), recipe.neighbours->k);
}

PoolOptions PoolOptionsOf(const StudyOptions& options) {
  return {.jobs = 0, .arguments = options.arguments};
}

// Runs the search and sweep of the recipe, if any; returns false if stopped.
bool SelectModels(const Recipe& recipe, const StudyOptions& options, StudyObserver& observer,
                  StudyOutcome& outcome) {
  if (!recipe.search && !recipe.sweep) return true;
  const ResolvedConfig config = WithValidation(recipe.train);
  const DataSplits data = OpenData(DataOptionsOf(config.values));
  const int jobs = PoolJobs(config.values, 0);
  if (recipe.search) {
    const SearchTask task{
        .title = recipe.title, .config = config, .plan = *recipe.search, .quick = options.quick};
    PoolObserver& pool = observer.OnPool("search", static_cast<size_t>(task.plan.trials), jobs);
    outcome.search = RunSearch(task, data, options.out / "search", PoolOptionsOf(options), pool);
    if (!outcome.search) return false;
    pool.OnStep("drawing the report of the search");
    WriteSearchReport(*outcome.search);
  }
  if (recipe.sweep) {
    const SweepTask task{
        .title = recipe.title, .config = config, .plan = *recipe.sweep, .quick = options.quick};
    const size_t runs = task.plan.values.size() * std::max<size_t>(1, task.plan.seeds.size());
    PoolObserver& pool = observer.OnPool("sweep", runs, jobs);
    outcome.sweep = RunSweep(task, data, options.out / "sweep", PoolOptionsOf(options), pool);
    if (!outcome.sweep) return false;
    pool.OnStep("drawing the report of the sweep");
    WriteSweepReport(*outcome.sweep);
  }
  return true;
}

const Trained& RunOf(const std::vector<Trained>& trained, const std::string& name) {
  return *std::ranges::find_if(trained, [&](const Trained& one) { return one.result.name == name; });
}

std::vector<LabelledModel> ModelsNamed(const std::vector<std::string>& runs,
                                       const std::vector<Trained>& trained) {
  std::vector<LabelledModel> models;
  for (const std::string& name : runs) {
    const Trained& one = RunOf(trained, name);
    models.push_back({one.result.label, &one.training.session()});
  }
  return models;
}

void Probe(const Recipe& recipe, const std::vector<Trained>& trained, const DataSplits& data,
           const std::filesystem::path& out, StudyObserver& observer, StudyOutcome& outcome) {
  const std::filesystem::path figures = out / "figures";
  if (recipe.robustness) {
    observer.OnStep("measuring robustness");
    outcome.robustness =
        ProbeRobustness(*recipe.robustness, ModelsNamed(recipe.robustness->runs, trained), data, figures);
  }
  if (recipe.neighbours) {
    observer.OnStep("measuring neighbours");
    std::vector<std::filesystem::path> maps;
    for (const std::string& run : recipe.neighbours->runs)
      maps.push_back(RunOf(trained, run).training.directory().teacher());
    outcome.neighbours = ProbeNeighbours(
        *recipe.neighbours, ModelsNamed(recipe.neighbours->runs, trained), data, figures, out / "neighbours",
        maps, [&](const std::string& part, double share) { observer.OnShare(part, share); });
    auto& drawn = outcome.neighbours->figures;
    drawn.insert(drawn.begin(), DrawCostOfContext(*outcome.neighbours, outcome.results, figures));
  }
  if (recipe.generation) {
    Session& session = RunOf(trained, recipe.generation->run).training.session();
    outcome.generation = ProbeGeneration(*recipe.generation, session, *data.train, figures);
  }
}

void LeaveOutRepeats(Recipe& recipe) {
  std::erase_if(recipe.runs, [](const RecipeRun& run) { return !run.repeat_of.empty(); });
  if (!recipe.neighbours) return;
  NeighboursPlan& plan = *recipe.neighbours;
  std::erase_if(plan.runs, [&](const std::string& run) {
    return std::ranges::find(plan.in_tables_only, run) != plan.in_tables_only.end();
  });
  plan.in_tables_only.clear();
}

}  // namespace

void OverrideRuns(Recipe& recipe, const std::map<std::string, std::string>& environment,
                  const std::vector<std::pair<std::string, std::string>>& keys, bool quick) {
  CheckHasRuns(recipe);
  ResolvedConfig overrides = ResolveConfig({}, environment, keys);
  OverrideConfig(recipe.train, overrides);
  if (quick) LeaveOutRepeats(recipe);
  if (quick && !overrides.origins.contains("epochs")) {
    SetConfigKey(overrides, "epochs", fmt::format("{}", recipe.quick_epochs), "quick");
  }
  for (const ConfigKey& key : ConfigKeys()) {
    const bool same_study = std::ranges::find(kSameStudyKeys, key.name) != std::end(kSameStudyKeys);
    if (same_study || !overrides.origins.contains(key.name)) continue;
    const std::string after = ConfigText(overrides.values, key);
    const auto changed = std::ranges::find_if(
        recipe.runs, [&](const RecipeRun& run) { return ConfigText(run.config.values, key) != after; });
    if (changed == recipe.runs.end()) continue;
    const std::string before = ConfigText(changed->config.values, key);
    recipe.departures.push_back(
        fmt::format("{} = {}{}", key.name, after, before.empty() ? "" : " instead of " + before));
  }
  for (RecipeRun& run : recipe.runs) {
    OverrideConfig(run.config, overrides);
    if (quick) LimitWarmUp(run.config);
    if (overrides.origins.contains("seed")) SetRepeatedSeed(run);
    run.config = WithUnsetKeys(std::move(run.config));
  }
}

std::optional<StudyOutcome> RunStudy(const Recipe& recipe, const DataSplits& data,
                                     const StudyOptions& options, StudyObserver& observer) {
  CheckHasRuns(recipe);
  CheckData(recipe, data);
  CheckModels(recipe, data, options.out);
  CheckNotOfOthers(options.out, kStudyFile);
  CreateDirectories(options.out);
  StudyOutcome outcome{.results = {}, .verdicts = {}, .report = options.out / "report.html"};
  if (!SelectModels(recipe, options, observer, outcome)) return std::nullopt;
  std::vector<Trained> trained;
  const std::vector<RecipeRun> runs = RunsToTrain(recipe, options.out);
  if (recipe.side_by_side && !TrainSideBySide(runs, data, options, observer)) return std::nullopt;
  for (const RecipeRun& run : runs) {
    auto one = TrainOne(run, data, options, observer);
    if (!one) return std::nullopt;
    trained.push_back(std::move(*one));
  }
  observer.OnStep("measuring the runs and drawing their reports");
  for (Trained& one : trained) {
    const Json measured = WriteRunReport(one.training.directory(), one.training.session(), data,
                                         /*context=*/!recipe.neighbours.has_value());
    SetMeasurements(measured, one.result);
  }
  for (const Trained& one : trained) outcome.results.push_back(one.result);
  Probe(recipe, trained, data, options.out, observer, outcome);
  observer.OnStep("drawing the study's report");
  outcome.measures = MeasuresOf(recipe, outcome);
  for (const Claim& claim : recipe.claims) outcome.verdicts.push_back(JudgeClaim(claim, outcome.measures));
  const auto figures = DrawStudyFigures(recipe, ModelsOf(trained), data, options.out / "figures");
  WriteJson(options.out / kStudyFile, ToJson(outcome));
  const Architecture& architecture = trained.front().training.model().architecture();
  WriteFileAtomically(outcome.report, StudyReport(recipe, outcome, architecture, data, figures));
  return outcome;
}

Json ToJson(const StudyOutcome& outcome) {
  Json json = {{"schema_version", 2}, {"report", outcome.report.string()}};
  json["runs"] = Json::array();
  for (const RunResult& result : outcome.results) json["runs"].push_back(ToJson(result));
  if (outcome.search) json["search"] = ToJson(*outcome.search);
  if (outcome.sweep) json["sweep"] = ToJson(*outcome.sweep);
  for (const ProbedRobustness& probed : outcome.robustness)
    json["robustness"].push_back(ToJson(probed.measured));
  if (outcome.neighbours) json["neighbours"] = ToJson(*outcome.neighbours);
  json["measures"] = ToJson(outcome.measures);
  json["verdicts"] = Json::array();
  for (const ClaimVerdict& verdict : outcome.verdicts) {
    json["verdicts"].push_back(
        {{"claim", verdict.claim}, {"answer", Name(verdict.answer)}, {"because", verdict.because}});
  }
  return json;
}

}  // namespace hourglass
