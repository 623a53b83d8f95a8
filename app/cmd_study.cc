// hourglass study: runs a whole study from its recipe.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>

#include "app/commands.h"
#include "app/config_options.h"
#include "app/data_options.h"
#include "app/interrupt.h"
#include "app/messages.h"
#include "app/pool_progress.h"
#include "app/progress.h"
#include "app/table.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/host.h"
#include "hourglass/data/open_data.h"
#include "hourglass/study/fit_to_data.h"
#include "hourglass/study/neighbour_tables.h"
#include "hourglass/study/result_tables.h"
#include "hourglass/study/study.h"

namespace hourglass::app {
namespace {

// The training keys that users may set besides those of the data; the others define the study.
constexpr std::array<std::string_view, 4> kFreeKeys = {"epochs", "seed", "precision", "threads"};

struct StudyFlags {
  std::string name;
  std::filesystem::path recipe, out;
  KeyTexts keys;
  bool quick = false, print_recipe = false, json = false;
};

// One line per run, and the progress of each.
class StudyProgress : public StudyObserver {
 public:
  explicit StudyProgress(Verbosity verbosity) : verbosity_(verbosity), share_(verbosity) {}

  TrainObserver& OnRun(const RecipeRun& run, const TrainingRun& training) override {
    const int64_t epochs = run.config.values.epochs;
    const int64_t done = training.progress().epochs_done();
    const std::string state = done == epochs ? "already trained"
                              : done > 0     ? fmt::format("resumes after epoch {}", done)
                                             : "";
    OnStep(fmt::format("{} ({}){}{}", run.label, training.directory().path().string(),
                       state.empty() ? "" : ": ", state));
    if (!training.warning().empty()) OnStep(fmt::format("warning: {}", training.warning()));
    progress_ = std::make_unique<TrainingProgress>(verbosity_, training.stages());
    return *progress_;
  }
  PoolObserver& OnPool(std::string_view what, size_t count, int jobs) override {
    OnStep(fmt::format("{}: {} training runs, {} side by side", what, count, jobs));
    pool_ = std::make_unique<PoolProgress>(verbosity_);
    return *pool_;
  }
  void OnShare(const std::string& part, double share) override {
    EndAtInterrupts();  // measuring leaves nothing unfinished to save
    share_.OnStep(part, share);
  }
  void OnStep(std::string_view step) override {
    progress_.reset();
    pool_.reset();
    share_.Clear();
    if (verbosity_ != Verbosity::kQuiet) PrintMessage(fmt::format("{}\n", step));
  }

 private:
  Verbosity verbosity_;
  std::unique_ptr<TrainingProgress> progress_;
  std::unique_ptr<PoolProgress> pool_;
  StepProgress share_;
};

void PrintOutcome(const Recipe& recipe, const StudyOutcome& outcome) {
  if (!recipe.departures.empty()) {
    fmt::print("Run with {}: cannot be compared with the published values.\n\n",
               fmt::join(recipe.departures, ", "));
  }
  fmt::print("Measured\n");
  PrintTable(ResultHeader(), ResultRows(outcome.results), 2);
  for (const RunResult& run : outcome.results) {
    for (const Finding& finding : run.findings) {
      if (finding.severe) fmt::print("{}: {} {}\n\n", run.label, finding.what, finding.advice);
    }
  }
  if (!recipe.published.empty()) {
    fmt::print("Published beside measured\n");
    PrintTable(PublishedHeader(), PublishedRows(recipe, outcome.measures), 3);
  }
  if (outcome.neighbours) {
    for (const Table& table : NeighbourTables(*recipe.neighbours, *outcome.neighbours)) {
      fmt::print("{}\n", table.caption);
      PrintTable(table.header, table.rows, static_cast<size_t>(table.text_columns));
    }
  }
  for (const ClaimVerdict& verdict : outcome.verdicts) {
    fmt::print("{}\n  {}: {}.\n", verdict.claim, Name(verdict.answer), verdict.because);
  }
  fmt::print("\nreport  {}\n", outcome.report.string());
}

void PrintRecipes() {
  for (const std::string& name : BuiltInRecipeNames())
    fmt::print("{:<18}{}\n", name, BuiltInRecipe(name).title);
}

Recipe ChosenRecipe(const StudyFlags& options) {
  if (options.name.empty() == options.recipe.empty()) {
    throw UsageError({.what = "hourglass study needs either a study's name or --recipe FILE",
                      .hint = "hourglass study list"});
  }
  if (!options.name.empty()) return BuiltInRecipe(options.name);
  return ParseRecipe(ReadFile(options.recipe), options.recipe.stem().string(), options.recipe.string());
}

void Study(const Command& command, const StudyFlags& options) {
  if (options.name == "list") return PrintRecipes();
  if (options.print_recipe) {
    fmt::print("{}", BuiltInRecipeToml(options.name));
    return;
  }
  Recipe recipe = ChosenRecipe(options);
  OverrideRuns(recipe, HourglassVariables(), GivenKeys(command, options.keys), options.quick);

  NoteInterrupts();
  const DataSplits data = OpenData(DataOptionsOf(recipe.runs.front().config.values));
  PrintNote(command, data);
  FitToData(recipe, data);
  const std::filesystem::path out =
      options.out.empty() ? std::filesystem::path("studies") / recipe.name : options.out;
  StudyProgress progress(command.verbosity());
  const auto outcome =
      RunStudy(recipe, data, {.out = out, .arguments = ProcessArguments(), .quick = options.quick}, progress);
  if (!outcome) {
    PrintMessage("interrupted; run the same command to resume\n");
    throw Interrupted();
  }
  if (options.json) {
    fmt::print("{}\n", IndentedText(ToJson(*outcome)));
  } else {
    PrintOutcome(recipe, *outcome);
  }
}

}  // namespace

void AddStudyCommand(const Command& program) {
  auto options = std::make_shared<StudyFlags>();
  const Command command = program.AddCommand(
      "study", "Run a whole study, from training to report",
      "hourglass study list\n"
      "hourglass study lab --out studies/lab                 run again to resume\n"
      "hourglass study lab --quick --data digits             a few epochs on the built-in digits\n"
      "hourglass study lab --print-recipe > mine.toml        a custom recipe, to edit\n"
      "hourglass study --recipe mine.toml --out studies/mine");
  command.Add("name", options->name, "Name of a study, or list");
  command.Add("--recipe", options->recipe, "TOML file of a custom recipe").Type("FILE");
  command.Add("-o,--out", options->out, "The study's folder [studies/<name>]").Type("DIR");
  command.AddSwitch("--quick", options->quick, "Train each run once, for a few epochs");
  command.AddSwitch("--print-recipe", options->print_recipe, "Print the study's recipe and exit");
  command.AddSwitch("--json", options->json, "Print the outcome as JSON");
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.group != kDataGroup && std::ranges::find(kFreeKeys, key.name) == kFreeKeys.end()) continue;
    AddConfigFlag(command, key, options->keys).Group(kInsteadOfRecipe);
  }
  command.OnRun([command, options] { Study(command, *options); });
}

}  // namespace hourglass::app
