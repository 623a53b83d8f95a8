#include "hourglass/study/recipe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/text.h"
#include "hourglass/core/toml_reader.h"
#include "hourglass/study/detail/built_in_recipes.h"
#include "hourglass/study/detail/plan_sections.h"
#include "hourglass/study/detail/read_claim.h"
#include "hourglass/study/detail/study_measures.h"
#include "hourglass/train/config_toml.h"

namespace hourglass {
namespace {

// Names in a study's folder and prefixes of its measures; runs must not use them.
constexpr std::string_view kOwnNames[] = {"figures", "search",    "sweep",  "neighbours", kPcaCode,
                                          kMapCode,  "corrupted", "wiener", "published"};

constexpr int64_t kMostSeeds = 100;

// Throws unless `name` can be a folder name.
void CheckRunName(const std::string& name, const std::string& place) {
  const auto allowed = [](char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') || c == '-' || c == '_';
  };
  const bool own = std::ranges::find(kOwnNames, name) != std::end(kOwnNames);
  if (!name.empty() && !own && std::ranges::all_of(name, allowed)) return;
  throw UsageError(
      {.what = fmt::format("{}: a run's name must be a folder name", place),
       .expected = fmt::format("letters, digits, - and _; not the reserved {}", fmt::join(kOwnNames, ", ")),
       .got = fmt::format("'{}'", name)});
}

// For text in tables and figures, which must stay on one line.
void CheckLine(const TomlReader& reader, const std::string& key, const std::string& to) {
  const bool broken = std::ranges::any_of(to, [](unsigned char c) { return c < ' ' || c == 0x7F; });
  if (!to.empty() && !broken) return;
  throw UsageError({.what = fmt::format("{}: bad value for '{}'", reader.Place(key), key),
                    .expected = "one line of text, not empty",
                    .got = to.empty() ? "nothing" : "a line break or another control character"});
}

// Throws if `name` is taken; `place` is where it was given.
void CheckNewName(const std::vector<RecipeRun>& runs, const std::string& name, const std::string& place) {
  if (std::ranges::find(runs, name, &RecipeRun::name) == runs.end()) return;
  throw UsageError({.what = fmt::format("{}: two runs are named '{}'", place, name),
                    .hint = "`seeds` names the repeats of a run z8: z8-2, z8-3, …"});
}

// Adds the run and its repeats: z8, z8-2, z8-3.
void AddWithSeeds(const RecipeRun& run, TomlReader& reader, std::vector<RecipeRun>& runs) {
  int64_t seeds = 1;
  reader.Optional("seeds", seeds);
  if (seeds < 1 || seeds > kMostSeeds) {
    throw UsageError({.what = fmt::format("{}: bad value for 'seeds'", reader.Place("seeds")),
                      .expected = fmt::format("1 to {}", kMostSeeds),
                      .got = fmt::format("{}", seeds)});
  }
  for (int64_t repeat = 0; repeat < seeds; ++repeat) {
    RecipeRun one = run;
    if (repeat > 0) {
      one.name = fmt::format("{}-{}", run.name, repeat + 1);
      one.label = fmt::format("{}, seed {} of {}", run.label, repeat + 1, seeds);
      one.repeat_of = run.name;
      one.repeat = repeat;
      SetRepeatedSeed(one);
    }
    CheckNewName(runs, one.name, reader.Place("name"));
    runs.push_back(std::move(one));
  }
}

// `earlier`: the names of the runs before this one.
void CheckTaught(const RecipeRun& run, const std::vector<std::string>& earlier, const std::string& place) {
  CheckKnown(run.taught_by, earlier, "run", place);
  const std::string& neighbourhood = run.config.values.neighbourhood;
  if (ParseNeighbourhood(neighbourhood).lesson == EncoderLesson::kMap) return;
  throw UsageError({.what = fmt::format("{}: only a map can teach a run", place),
                    .expected = "neighbourhood = \"auto\"",
                    .got = fmt::format("neighbourhood = \"{}\"", neighbourhood)});
}

std::vector<RecipeRun> ReadRuns(TomlReader& recipe, const ResolvedConfig& common, const std::string& where) {
  std::vector<RecipeRun> runs;
  for (const toml::table* table : recipe.Tables("run")) {
    TomlReader reader(*table, where);
    RecipeRun run{
        .name = {}, .label = {}, .control_of = {}, .taught_by = {}, .repeat_of = {}, .config = common};
    reader.Required("name", run.name);
    reader.Required("label", run.label);
    CheckLine(reader, "label", run.label);
    reader.Optional("control_of", run.control_of);
    reader.Optional("taught_by", run.taught_by);
    CheckRunName(run.name, reader.Place("name"));
    SetConfigFromToml(run.config, reader.Table("train"), where);
    std::vector<std::string> names;
    for (const RecipeRun& other : runs) names.push_back(other.name);
    if (!run.control_of.empty()) CheckKnown(run.control_of, names, "run", reader.Place("control_of"));
    if (!run.taught_by.empty()) CheckTaught(run, names, reader.Place("taught_by"));
    AddWithSeeds(run, reader, runs);
    reader.Finish();
  }
  for (const RecipeRun& run : runs) {
    for (const char* name : {"data", "data_dir", "val", "test", "val_share", "split_seed"}) {
      const ConfigKey& key = FindConfigKey(name, where);
      if (ConfigText(run.config.values, key) == ConfigText(runs.front().config.values, key)) continue;
      throw UsageError(
          {.what = fmt::format("{}: run '{}' and the first run differ in {}", where, run.name, name),
           .hint =
               fmt::format("set {} in [train], for all runs: they are compared on the same images", name)});
    }
  }
  return runs;
}

// Adds to the runs of `plan` their repeats, each behind its run.
void AddRepeats(const std::vector<RecipeRun>& runs, NeighboursPlan& plan) {
  std::vector<std::string> names;
  for (const std::string& name : plan.runs) {
    names.push_back(name);
    for (const RecipeRun& run : runs) {
      if (run.repeat_of != name) continue;
      names.push_back(run.name);
      plan.in_tables_only.push_back(run.name);
    }
  }
  plan.runs = std::move(names);
}

RecipePictures ReadPictures(const toml::table& table, const std::string& where) {
  RecipePictures pictures;
  TomlReader reader(table, where);
  reader.Optional("reconstruct", pictures.reconstruct);
  reader.Optional("best_to_worst", pictures.best_to_worst);
  reader.Optional("denoise", pictures.denoise);
  reader.Optional("denoise_sigma", pictures.denoise_sigma);
  reader.Optional("interpolate", pictures.interpolate);
  reader.Optional("interpolate_steps", pictures.interpolate_steps);
  reader.Optional("interpolate_ends", pictures.interpolate_ends);
  reader.Finish();
  const auto require = [&](bool fine, const char* key, const char* expected) {
    if (!fine)
      throw UsageError(
          {.what = fmt::format("{}: bad value for '{}'", reader.Place(key), key), .expected = expected});
  };
  require(!pictures.reconstruct.empty(), "reconstruct", "at least one digit");
  require(pictures.best_to_worst >= 0 && pictures.best_to_worst <= 100, "best_to_worst", "0 to 100");
  require(pictures.denoise_sigma > 0 && pictures.denoise_sigma <= 100, "denoise_sigma",
          "a number above 0, at most 100");
  require(pictures.interpolate.empty() || pictures.interpolate.size() == 2, "interpolate",
          "two digits, or none: []");
  require(pictures.interpolate_steps >= 2 && pictures.interpolate_steps <= 100, "interpolate_steps",
          "2 to 100");
  return pictures;
}

// `planned`: the measures of the study.
std::vector<PublishedValue> ReadPublished(TomlReader& recipe, const Measures& planned,
                                          const std::string& where) {
  std::vector<PublishedValue> published;
  for (const toml::table* table : recipe.Tables("published")) {
    TomlReader reader(*table, where);
    const ClaimScope scope{.planned = planned, .where = where, .runs = {}};
    PublishedValue value;
    reader.Required("what", value.what);
    CheckLine(reader, "what", value.what);
    value.measure = CheckReader(reader, scope).OneNumber("measure");
    reader.Required("values", value.values);
    reader.Required("source", value.source);
    CheckLine(reader, "source", value.source);
    reader.Finish();
    if (value.values.empty()) {
      throw UsageError(
          {.what = fmt::format("{}: no values", reader.Place("values")), .expected = "one number per seed"});
    }
    published.push_back(std::move(value));
  }
  return published;
}

std::vector<Claim> ReadClaims(TomlReader& reader, const Recipe& recipe, const std::string& where) {
  const Measures planned = PlannedMeasures(recipe);
  std::vector<ClaimRun> runs;
  for (const RecipeRun& run : recipe.runs) {
    if (run.repeat_of.empty()) runs.push_back({run.name, run.label});
  }
  std::vector<Claim> claims;
  for (const toml::table* table : reader.Tables("claim")) {
    std::ranges::move(ReadClaim(*table, planned, runs, where), std::back_inserter(claims));
  }
  return claims;
}

}  // namespace

void SetRepeatedSeed(RecipeRun& run) {
  if (run.repeat == 0) return;
  SetConfigKey(run.config, "seed", fmt::format("{}", run.config.values.seed + run.repeat),
               fmt::format("seeds of {}", run.repeat_of));
}

Recipe ParseRecipe(std::string_view toml, const std::string& name, const std::string& where) {
  const auto table = ParseToml(toml, where);
  TomlReader reader(table, where);
  Recipe recipe;
  recipe.name = name;
  if (table.contains("run")) {
    reader.Required("title", recipe.title);
    reader.Required("text", recipe.text);
  } else {
    recipe.title = name;
    reader.Optional("title", recipe.title);
    reader.Optional("text", recipe.text);
  }
  CheckLine(reader, "title", recipe.title);
  reader.Optional("summary", recipe.summary);
  reader.Optional("published_layers", recipe.published_layers);
  SetConfigFromToml(recipe.train, reader.Table("train"), where);
  recipe.data = recipe.train.values.data;
  reader.Optional("side_by_side", recipe.side_by_side);
  reader.Optional("quick_epochs", recipe.quick_epochs);
  if (recipe.quick_epochs < 1) {
    throw UsageError({.what = fmt::format("{}: bad value for 'quick_epochs'", reader.Place("quick_epochs")),
                      .expected = "a whole number of at least 1",
                      .got = fmt::format("{}", recipe.quick_epochs)});
  }
  recipe.runs = ReadRuns(reader, recipe.train, where);
  const bool taught =
      std::ranges::any_of(recipe.runs, [](const RecipeRun& run) { return !run.taught_by.empty(); });
  if (recipe.side_by_side && taught) {
    throw UsageError({.what = fmt::format("{}: a run that teaches another must be trained before it", where),
                      .hint = "set it",
                      .setting = "side_by_side = false"});
  }
  if (reader.Has("search")) recipe.search = ReadSearchPlan(reader.Table("search"), where);
  if (reader.Has("sweep")) recipe.sweep = ReadSweepPlan(reader.Table("sweep"), where);
  std::vector<std::string> runs;
  for (const RecipeRun& run : recipe.runs) {
    if (run.repeat_of.empty()) runs.push_back(run.name);
  }
  if (reader.Has("robustness")) {
    recipe.robustness = ReadRobustnessPlan(reader.Table("robustness"), runs, where);
  }
  if (reader.Has("generate")) recipe.generation = ReadGenerationPlan(reader.Table("generate"), runs, where);
  if (reader.Has("neighbours")) {
    recipe.neighbours = ReadNeighboursPlan(reader.Table("neighbours"), runs, where);
    AddRepeats(recipe.runs, *recipe.neighbours);
  }
  recipe.pictures = ReadPictures(reader.Table("pictures"), where);
  recipe.published = ReadPublished(reader, PlannedMeasures(recipe), where);
  recipe.claims = ReadClaims(reader, recipe, where);
  reader.Finish();
  return recipe;
}

std::vector<std::string> BuiltInRecipeNames() {
  std::vector<std::string> names;
  for (const BuiltInText& recipe : kBuiltInRecipes) names.emplace_back(recipe.name);
  return names;
}

std::string_view BuiltInRecipeToml(std::string_view name) {
  const auto found = std::ranges::find(kBuiltInRecipes, name, &BuiltInText::name);
  if (found == kBuiltInRecipes.end()) {
    throw UsageError(
        {.what = fmt::format("unknown study '{}'", name),
         .hint = DidYouMean(name, BuiltInRecipeNames()) + "; the path of a recipe file also works",
         .setting = "recipe"});
  }
  return found->toml;
}

Recipe BuiltInRecipe(std::string_view name) {
  return ParseRecipe(BuiltInRecipeToml(name), std::string(name), fmt::format("recipes/{}.toml", name));
}

Recipe OpenRecipe(const std::string& name_or_file) {
  const std::vector<std::string> names = BuiltInRecipeNames();
  if (std::ranges::find(names, name_or_file) != names.end()) return BuiltInRecipe(name_or_file);
  const std::filesystem::path file = name_or_file;
  if (!std::filesystem::exists(file)) {
    throw UsageError({.what = fmt::format("there is no recipe '{}'", name_or_file),
                      .expected = "the path of a TOML file or a built-in name",
                      .hint = DidYouMean(name_or_file, names)});
  }
  return ParseRecipe(ReadFile(file), file.stem().string(), file.string());
}

}  // namespace hourglass
