// hourglass sweep: one configuration with each value of one key, and with several seeds.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "app/checks.h"
#include "app/commands.h"
#include "app/config_options.h"
#include "app/data_options.h"
#include "app/interrupt.h"
#include "app/messages.h"
#include "app/picture_options.h"
#include "app/pool_options.h"
#include "app/pool_progress.h"
#include "app/table.h"
#include "hourglass/core/error.h"
#include "hourglass/data/open_data.h"
#include "hourglass/report/sweep_report.h"
#include "hourglass/tune/search.h"
#include "hourglass/tune/sweep.h"

namespace hourglass::app {
namespace {

constexpr char kNoRecipe[] = "Sweep";  // title without a recipe

struct SweepFlags : PoolFlags {
  std::string key;
  std::vector<std::string> values;
  std::vector<int64_t> seeds;
};

// The recipe's plan, overridden by the flags. Another key drops the recipe's values.
SweepPlan MakePlan(const SweepFlags& options, const Recipe& recipe) {
  SweepPlan plan = recipe.sweep.value_or(SweepPlan{});
  if (!options.key.empty() && options.key != plan.key) {
    plan.key = options.key;
    plan.values.clear();
  }
  if (!options.values.empty()) plan.values = options.values;
  if (!options.seeds.empty()) plan.seeds = options.seeds;
  if (plan.key.empty()) {
    throw UsageError({.what = "the sweep has no key",
                      .expected = "a recipe with a [sweep] section, or --key and --values",
                      .hint = "hourglass sweep --key code_size --values 2,4,8"});
  }
  CheckSweepPlan(plan, "sweep");
  return plan;
}

SweepTask MakeTask(const Command& command, const SweepFlags& options, const Recipe& recipe) {
  // Not inside the braces: there GCC 12 destroys members twice after a throw.
  SweepPlan plan = MakePlan(options, recipe);
  SweepTask task{.title = recipe.title, .plan = std::move(plan), .quick = options.quick};
  std::vector<std::string> varied = {task.plan.key};
  if (!task.plan.seeds.empty()) varied.emplace_back("seed");
  task.config = ConfigOf(command, options, recipe, varied);
  return task;
}

void PrintResult(const SweepResult& result, bool report) {
  PrintTable(SweepHeader(result), SweepRows(result), 1);
  fmt::print("{}, after the last epoch; spread: standard deviation over seeds.\n", result.loss_label());
  for (const std::string& warning : SweepWarnings(result)) fmt::print("{}\n", warning);
  for (const std::string& note : SweepNotes(result)) fmt::print("{}\n", note);
  if (report) fmt::print("report  {}\n", result.report().string());
}

// The error if no run finished, with the first message of a run; otherwise nothing.
std::optional<Error> NoRunFinished(const SweepResult& result) {
  std::string message;
  bool all_diverged = true;
  for (const SweepPoint& point : result.points) {
    for (const SweepRun& run : point.runs) {
      if (run.record.status == RunStatus::kFinished) return std::nullopt;
      all_diverged = all_diverged && run.record.status == RunStatus::kDiverged;
      if (message.empty()) message = run.record.error;
    }
  }
  return Error(
      all_diverged ? ErrorKind::kDiverged : ErrorKind::kFailure,
      {.what = "no run of the sweep finished",
       .got = message,
       .hint = "change the values or the settings, for instance to a lower learning rate, and sweep in "
               "another folder"});
}

void Sweep(const Command& command, const SweepFlags& options) {
  const Recipe recipe =
      options.recipe.empty() ? ParseRecipe("", kNoRecipe, kNoRecipe) : OpenRecipe(options.recipe);
  const SweepTask task = MakeTask(command, options, recipe);
  NoteInterrupts();
  const DataSplits data = OpenData(DataOptionsOf(WithValidation(task.config).values));
  PrintNote(command, data);
  const std::string folder = recipe.name == kNoRecipe ? task.plan.key : recipe.name + "-" + task.plan.key;
  const std::filesystem::path out = OutOf(options, std::filesystem::path("sweeps") / folder);
  PoolProgress progress(command.verbosity());
  const size_t runs = task.plan.values.size() * std::max<size_t>(1, task.plan.seeds.size());
  PrintPool(command, task.config, data, fmt::format("{} runs", runs), options);
  const auto result = RunSweep(task, data, out, PoolOptionsOf(options), progress);
  if (result && !options.no_report) {
    progress.OnStep("drawing the report of the sweep");
    WriteSweepReport(*result);
  }
  if (!result) {
    PrintMessage("interrupted; run the same command to resume\n");
    throw Interrupted();
  }
  if (options.json) {
    Json outcome = ToJson(*result);
    if (!options.no_report) outcome["report"] = result->report().string();
    fmt::print("{}\n", IndentedText(outcome));
  } else {
    PrintResult(*result, !options.no_report);
  }
  if (const auto error = NoRunFinished(*result)) throw *error;
}

}  // namespace

void AddSweepCommand(const Command& program) {
  auto options = std::make_shared<SweepFlags>();
  const Command command = program.AddCommand(
      "sweep", "Train with several values of one setting",
      "hourglass sweep --key code_size --values 2,4,8,16 --seeds 0,1,2 --out sweeps/d   run again to resume\n"
      "hourglass sweep mine.toml --out sweeps/mine                   as its [sweep] section says\n"
      "hourglass sweep --config searches/mine/best.toml --key code_size --values 2,4,8 --out sweeps/best");
  command.Add("recipe", options->recipe, "Recipe with a sweep section: file or name");
  command.Add("--key", options->key, "Setting to vary, as in TOML: code_size");
  command.Add("--values", options->values, "Its values: 2,4,8").SplitAt(',');
  command.Add("--seeds", options->seeds, "Seeds to train each value with: 0,1,2")
      .SplitAt(',')
      .Check(WholeNumber());
  AddPoolFlags(command, *options, "sweeps/<recipe>-<key>");
  command.OnRun([command, options] { Sweep(command, *options); });
}

}  // namespace hourglass::app
