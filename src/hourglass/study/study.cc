#include "hourglass/study/study.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "hourglass/analysis/picking.h"
#include "hourglass/core/check.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/report/run_report.h"
#include "hourglass/study/noise_log.h"
#include "hourglass/study/study_figures.h"
#include "hourglass/study/study_report.h"

namespace hourglass {
namespace {

// Keys of a training that change nothing, or no more than another seed does.
constexpr std::string_view kSameStudyKeys[] = {"data_dir",  "name",    "seed",
                                               "precision", "threads", "eval_noise"};

struct Trained {
  RunResult result;
  TrainingRun training;
};

// Begins or goes on with one run; nothing when it was stopped.
std::optional<Trained> TrainOne(const RecipeRun& run, const DataSplits& data, const StudyOptions& options,
                                StudyObserver& observer) {
  const std::filesystem::path path = options.out / run.name;
  TrainingRun training = std::filesystem::exists(path)
                             ? TrainingRun::Resume(path, run.config, data, options.arguments)
                             : TrainingRun::Start(run.config, data, path, options.arguments);
  NoiseLog log(training, data, static_cast<uint64_t>(run.config.values.seed), observer.OnRun(run, training));
  if (!training.Train(log)) return std::nullopt;
  RunResult result{.name = run.name,
                   .label = run.label,
                   .control_of = run.control_of,
                   .code_size = run.config.values.code_size,
                   .parameters = training.parameters(),
                   .epochs = training.progress().epochs,
                   .noisy_epochs = log.errors(),
                   .noisy_mse = {}};
  return Trained{std::move(result), std::move(training)};
}

std::vector<StudyModel> ModelsOf(const std::vector<Trained>& trained) {
  std::vector<StudyModel> models;
  for (const Trained& one : trained) models.push_back({&one.result, &one.training.model()});
  return models;
}

// Better refused now than after the trainings of the runs before.
void CheckModels(const Recipe& recipe, const DataSplits& data, const std::filesystem::path& out) {
  for (const RecipeRun& run : recipe.runs) {
    const TrainConfig& config = run.config.values;
    if (std::filesystem::exists(out / run.name)) continue;  // begun: it has its architecture
    MakeArchitecture(config.model, data.train->image_shape(), config.code_size, config.dropout);
  }
}

// Better refused now than after the trainings.
void CheckPictures(const RecipePictures& pictures, const Dataset& data) {
  for (const auto* digits : {&pictures.reconstruct, &pictures.denoise, &pictures.interpolate}) {
    PickByDigit(data, *digits);
  }
}

std::string Text(double value) {
  if (std::isnan(value)) return "-";
  return value == std::floor(value) && value < 1e9 ? fmt::format("{:.0f}", value)
                                                   : fmt::format("{:.4f}", value);
}

// Of `measured` from the mean of the published values: relative, but the plain difference of counts of units.
std::string Difference(const PublishedValue& value, double measured) {
  const double mean = std::accumulate(value.values.begin(), value.values.end(), 0.0) /
                      static_cast<double>(value.values.size());
  if (std::isnan(measured)) return "-";
  if (value.measure == "dead_units" || mean == 0) return fmt::format("{:+.3g}", measured - mean);
  return fmt::format("{:+.1f} %", 100 * (measured / mean - 1));
}

std::string KeyText(TrainConfig& config, const ConfigKey& key) {
  return std::visit([](const auto* value) { return fmt::format("{}", *value); }, key.field(config));
}

}  // namespace

void OverrideRuns(Recipe& recipe, const std::map<std::string, std::string>& environment,
                  const std::vector<std::pair<std::string, std::string>>& keys) {
  ResolvedConfig overrides = ResolveConfig({}, environment, keys);
  for (const ConfigKey& key : ConfigKeys()) {
    const auto origin = overrides.origins.find(key.name);
    if (origin == overrides.origins.end()) continue;
    std::string departure;  // of the first run that changes
    for (RecipeRun& run : recipe.runs) {
      const std::string before = KeyText(run.config.values, key);
      std::visit([&](auto* to) { *to = *std::get<decltype(to)>(key.field(overrides.values)); },
                 key.field(run.config.values));
      run.config.origins[key.name] = origin->second;
      const std::string after = KeyText(run.config.values, key);
      if (departure.empty() && before != after) {
        departure = fmt::format("{} = {} instead of {}", key.name, after, before);
      }
    }
    const bool same_study = std::ranges::find(kSameStudyKeys, key.name) != std::end(kSameStudyKeys);
    if (!departure.empty() && !same_study) recipe.departures.push_back(departure);
  }
}

std::optional<StudyOutcome> RunStudy(const Recipe& recipe, const DataSplits& data,
                                     const StudyOptions& options, StudyObserver& observer) {
  CheckPictures(recipe.pictures, *data.held_out);
  CheckModels(recipe, data, options.out);
  CreateDirectories(options.out);
  std::vector<Trained> trained;
  for (const RecipeRun& run : recipe.runs) {
    auto one = TrainOne(run, data, options, observer);
    if (!one) return std::nullopt;
    trained.push_back(std::move(*one));
  }
  observer.OnStep("measuring the runs and drawing their reports");
  for (Trained& one : trained) {
    SetMeasurements(WriteRunReport(one.training.directory(), one.training.model(), data), one.result);
  }
  observer.OnStep("drawing the study's report");
  StudyOutcome outcome{.results = {}, .verdicts = {}, .report = options.out / "report.html"};
  for (const Trained& one : trained) outcome.results.push_back(one.result);
  for (const std::string& question : recipe.questions) {
    std::ranges::move(AnswerQuestion(question, outcome.results, recipe.bends),
                      std::back_inserter(outcome.verdicts));
  }
  const auto figures = DrawStudyFigures(recipe, ModelsOf(trained), data, options.out / "figures");
  WriteJson(options.out / "study.json", ToJson(outcome));
  const Architecture& architecture = trained.front().training.model().architecture();
  WriteFileAtomically(outcome.report, StudyReport(recipe, outcome, architecture, data, figures));
  return outcome;
}

std::vector<std::string> PublishedHeader() {
  return {"what", "run", "source", "published", "measured", "difference"};
}

std::vector<std::vector<std::string>> PublishedRows(const Recipe& recipe,
                                                    const std::vector<RunResult>& results) {
  std::vector<std::vector<std::string>> rows;
  for (const PublishedValue& value : recipe.published) {
    const auto run = std::ranges::find(results, value.run, &RunResult::name);
    HOURGLASS_CHECK(run != results.end());
    const double measured = MeasureOf(*run, value.measure);
    std::vector<std::string> published;
    for (const double one : value.values) published.push_back(Text(one));
    rows.push_back({value.what, run->label, value.source, fmt::format("{}", fmt::join(published, ", ")),
                    Text(measured), Difference(value, measured)});
  }
  return rows;
}

std::vector<std::string> ResultHeader() {
  std::vector<std::string> header = {"run", "first epoch", "last epoch", "train MSE", "held-out MSE"};
  for (const double sigma : kReportSigmas) header.push_back(fmt::format("noise {:g}", sigma));
  for (const char* rest : {"mean image", "PCA", "dead units", "parameters"}) header.emplace_back(rest);
  return header;
}

std::vector<std::vector<std::string>> ResultRows(const std::vector<RunResult>& results) {
  std::vector<std::vector<std::string>> rows;
  for (const RunResult& run : results) {
    std::vector<std::string> row = {run.label, Text(run.epochs.front().train_loss),
                                    Text(run.epochs.back().train_loss), Text(run.train_mse),
                                    Text(run.held_out_mse)};
    for (const double noisy : run.noisy_mse) row.push_back(Text(noisy));
    for (const std::string& rest :
         {Text(run.mean_image_mse), Text(run.pca_mse), fmt::format("{} of {}", run.dead_units, run.code_size),
          fmt::format("{}", run.parameters)}) {
      row.push_back(rest);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Json ToJson(const StudyOutcome& outcome) {
  Json json = {{"schema_version", 1}, {"report", outcome.report.string()}};
  json["runs"] = Json::array();
  for (const RunResult& result : outcome.results) json["runs"].push_back(ToJson(result));
  json["verdicts"] = Json::array();
  for (const Verdict& verdict : outcome.verdicts) {
    json["verdicts"].push_back(
        {{"claim", verdict.claim}, {"answer", Name(verdict.answer)}, {"because", verdict.because}});
  }
  return json;
}

}  // namespace hourglass
