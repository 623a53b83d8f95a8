// hourglass search: random search over the space of a recipe.
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
#include "hourglass/report/search_report.h"
#include "hourglass/tune/search.h"

namespace hourglass::app {
namespace {

struct SearchFlags : PoolFlags {
  int64_t trials = 0;
  std::string search_seed;
  bool halving = false;
};

SearchTask MakeTask(const Command& command, const SearchFlags& options, const Recipe& recipe) {
  if (!recipe.search) {
    throw UsageError({.what = fmt::format("the recipe {} has no [search] section", recipe.name),
                      .expected = "[search] with space = { learning_rate = { log = [1e-4, 1e-2] }, … }"});
  }
  SearchTask task{
      .title = recipe.title, .plan = *recipe.search, .quick = options.quick, .halving = options.halving};
  if (options.trials > 0) task.plan.trials = options.trials;
  if (!options.search_seed.empty()) task.plan.seed = std::stoull(options.search_seed);
  std::vector<std::string> varied;
  for (const SearchedKey& key : task.plan.space) varied.push_back(key.key);
  task.config = ConfigOf(command, options, recipe, varied);
  return task;
}

void PrintResult(const SearchResult& result, bool report) {
  PrintTable(TrialHeader(result), TrialRows(result), 2);
  for (const SearchNote& note : SearchNotes(result)) fmt::print("{}\n", note.sentence);
  if (result.best) {
    const SearchTrial& best = result.trials[*result.best];
    fmt::print("best    trial {}, {} {:.5f}\n", best.number, result.loss_label(), best.loss());
    fmt::print("config  {}\n", result.best_config().string());
  }
  if (report) fmt::print("report  {}\n", result.report().string());
}

// The error of a search without a best trial. Its kind is divergence if all trials diverged.
Error NoTrialFinished(const SearchResult& result) {
  const bool all_diverged = std::ranges::all_of(
      result.trials, [](const SearchTrial& trial) { return trial.status == TrialStatus::kDiverged; });
  return {all_diverged ? ErrorKind::kDiverged : ErrorKind::kFailure,
          {.what = "no trial of the search finished",
           .got = result.trials.front().error,
           .hint = "change the space, for instance to lower learning rates, and search in another folder"}};
}

void Search(const Command& command, const SearchFlags& options) {
  const Recipe recipe = OpenRecipe(options.recipe);
  const SearchTask task = MakeTask(command, options, recipe);
  NoteInterrupts();
  const DataSplits data = OpenData(DataOptionsOf(WithValidation(task.config).values));
  PrintNote(command, data);
  const std::filesystem::path out = OutOf(options, std::filesystem::path("searches") / recipe.name);
  PoolProgress progress(command.verbosity());
  PrintPool(command, task.config, data, fmt::format("{} trials", task.plan.trials), options);
  const auto result = RunSearch(task, data, out, PoolOptionsOf(options), progress);
  if (result && !options.no_report) {
    progress.OnStep("drawing the report of the search");
    WriteSearchReport(*result);
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
  if (!result->best) throw NoTrialFinished(*result);
}

}  // namespace

void AddSearchCommand(const Command& program) {
  auto options = std::make_shared<SearchFlags>();
  const Command command = program.AddCommand(
      "search", "Random search: train many configurations, name the best",
      "hourglass search mine.toml --out searches/mine                run again to resume\n"
      "hourglass search mine.toml --out searches/mine --trials 32    add more trials\n"
      "hourglass search mine.toml --out searches/half --halving      stop hopeless trials early\n"
      "hourglass search mine.toml --out searches/try --quick         a tenth of the epochs, to try it\n"
      "hourglass train --config searches/mine/best.toml              train the best again");
  command.Add("recipe", options->recipe, "Recipe with a search section: file or name").Required();
  command.Add("--trials", options->trials, "Total number of trials [as in the recipe]")
      .Check(WholeNumber(1, 1000000));
  command.Add("--search-seed", options->search_seed, "Seed of the trials' values [as in the recipe]")
      .Check(WholeNumber())
      .Type("INT");
  command.AddSwitch("--halving", options->halving, "Stop the worse half early, twice");
  AddPoolFlags(command, *options, "searches/<recipe>");
  command.OnRun([command, options] { Search(command, *options); });
}

}  // namespace hourglass::app
