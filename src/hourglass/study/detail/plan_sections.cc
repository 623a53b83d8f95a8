#include "hourglass/study/detail/plan_sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

constexpr int64_t kMostTrials = 1000000;

// The value as a flag would give it; throws for a list or table.
std::string FlagText(const toml::node& node, const std::string& place) {
  if (const auto* value = node.as_string()) return value->get();
  if (const auto* value = node.as_integer()) return fmt::format("{}", value->get());
  if (const auto* value = node.as_floating_point()) return fmt::format("{}", value->get());
  if (const auto* value = node.as_boolean()) return value->get() ? "true" : "false";
  throw UsageError(
      {.what = fmt::format("{}: bad value in a list", place), .expected = "texts, numbers, true or false"});
}

std::vector<std::string> FlagTexts(const toml::node* list, const std::string& place) {
  if (list == nullptr || !list->is_array()) {
    throw UsageError({.what = fmt::format("{}: not a list", place), .expected = "a list of values: [ , ]"});
  }
  std::vector<std::string> texts;
  for (const toml::node& item : *list->as_array()) texts.push_back(FlagText(item, place));
  return texts;
}

// One key of the space: { log = [1e-4, 1e-2] }.
SearchedKey ReadSearchedKey(const std::string& key, const toml::node& node, const std::string& where) {
  const std::string place = fmt::format("{}:{}", where, node.source().begin.line);
  const toml::table* table = node.as_table();
  if (table == nullptr || table->size() != 1) {
    throw UsageError({.what = fmt::format("{}: bad distribution of '{}'", place, key),
                      .expected = "one of { choice = […] }, { uniform = [low, high] }, { log = [low, high] } "
                                  "and { integer = [low, high] }"});
  }
  TomlReader reader(*table, where);
  SearchedKey searched{.key = key};
  for (const SearchDraw draw :
       {SearchDraw::kUniform, SearchDraw::kLog, SearchDraw::kInteger, SearchDraw::kChoice}) {
    const std::string name(Name(draw));
    const toml::node* given = reader.Find(name);
    if (given == nullptr) continue;
    searched.draw = draw;
    if (draw == SearchDraw::kChoice) {
      searched.choices = FlagTexts(given, place);
      return searched;
    }
    std::vector<double> ends;
    std::vector<int64_t> whole_ends;
    if (draw == SearchDraw::kInteger) {
      reader.Optional(name, whole_ends);
      ends.assign(whole_ends.begin(), whole_ends.end());
    } else {
      reader.Optional(name, ends);
    }
    if (ends.size() != 2) {
      throw UsageError({.what = fmt::format("{}: '{}' has a range of {} numbers", place, key, ends.size()),
                        .expected = name + " = [low, high]"});
    }
    searched.low = ends[0];
    searched.high = ends[1];
    return searched;
  }
  reader.Finish();
  return searched;
}

constexpr Distance kDistances[] = {Distance::kL1, Distance::kL2};

// The named distances, in the order of kDistances.
std::vector<Distance> ReadDistances(const std::vector<std::string>& names, const std::string& place) {
  for (const std::string& name : names) CheckKnown(name, {"l1", "l2"}, "distance", place);
  std::vector<Distance> distances;
  for (const Distance distance : kDistances) {
    if (std::ranges::find(names, Name(distance)) != names.end()) distances.push_back(distance);
  }
  return distances;
}

PublishedNeighbours ReadPublishedNeighbours(const toml::table& table, const NeighboursPlan& plan,
                                            const std::string& where) {
  TomlReader reader(table, where);
  PublishedNeighbours published;
  std::string distance;
  reader.Required("run", published.run);
  reader.Required("distance", distance);
  reader.Optional("score", published.score);
  reader.Optional("improvement", published.improvement);
  reader.Optional("similarity", published.similarity);
  reader.Optional("score_by_label", published.score_by_label);
  reader.Finish();
  CheckKnown(published.run, plan.runs, "run", reader.Place("run"));
  published.distance = ReadDistances({distance}, reader.Place("distance")).front();
  if (std::ranges::find(plan.distances, published.distance) == plan.distances.end()) {
    throw UsageError({.what = fmt::format("{}: published values by {}, which [neighbours] does not measure",
                                          reader.Place("distance"), Title(published.distance)),
                      .hint = fmt::format("add \"{}\" to `distances`", distance)});
  }
  for (const auto* values : {&published.score, &published.improvement, &published.similarity}) {
    if (values->empty() || values->size() == plan.at.size()) continue;
    throw UsageError({.what = fmt::format("{}: wrong number of published values", reader.Place("run")),
                      .expected = fmt::format("one per size in `at`: {}", plan.at.size()),
                      .got = fmt::format("{}", values->size())});
  }
  return published;
}

}  // namespace

SearchPlan ReadSearchPlan(const toml::table& section, const std::string& where) {
  TomlReader reader(section, where);
  SearchPlan plan;
  int64_t seed = 0;
  reader.Optional("trials", plan.trials);
  reader.Optional("seed", seed);
  if (plan.trials < 1 || plan.trials > kMostTrials) {
    throw UsageError({.what = fmt::format("{}: bad value for 'trials'", reader.Place("trials")),
                      .expected = fmt::format("a whole number from 1 to {}", kMostTrials),
                      .got = fmt::format("{}", plan.trials)});
  }
  if (seed < 0) {
    throw UsageError({.what = fmt::format("{}: bad value for 'seed'", reader.Place("seed")),
                      .expected = "a whole number of 0 or more",
                      .got = fmt::format("{}", seed)});
  }
  plan.seed = static_cast<uint64_t>(seed);
  for (const auto& [key, node] : reader.Table("space")) {
    const std::string place = fmt::format("{}:{}", where, key.source().begin.line);
    FindConfigKey(key.str(), place);
    plan.space.push_back(ReadSearchedKey(std::string(key.str()), node, where));
    CheckSearchedKey(plan.space.back(), place);
  }
  reader.Finish();
  if (plan.space.empty()) {
    throw UsageError({.what = fmt::format("{}: the search has nothing to vary", reader.Place("space")),
                      .expected = "space = { learning_rate = { log = [1e-4, 1e-2] }, … }"});
  }
  return plan;
}

RobustnessPlan ReadRobustnessPlan(const toml::table& section, const std::vector<std::string>& runs,
                                  const std::string& where) {
  TomlReader reader(section, where);
  RobustnessPlan plan{.runs = runs, .grids = {}};
  reader.Optional("runs", plan.runs);
  for (const std::string& run : plan.runs) CheckKnown(run, runs, "run", reader.Place("runs"));
  for (const std::string& name : CorruptionNames()) {
    if (!section.contains(name)) continue;
    std::string amounts;
    reader.Required(name, amounts);
    plan.grids.push_back({ParseCorruptionKind(name), ParseAmounts(amounts)});
    for (const double amount : plan.grids.back().amounts) CheckCorruption({plan.grids.back().kind, amount});
  }
  reader.Finish();
  if (plan.runs.empty() || plan.grids.empty()) {
    throw UsageError(
        {.what = fmt::format("{}: nothing to measure in [robustness]", reader.Place("runs")),
         .expected = "at least one run, and a corruption with its amounts: gaussian = \"0:1:0.1\""});
  }
  return plan;
}

GenerationPlan ReadGenerationPlan(const toml::table& section, const std::vector<std::string>& runs,
                                  const std::string& where) {
  TomlReader reader(section, where);
  GenerationPlan plan;
  reader.Required("run", plan.run);
  reader.Optional("from", plan.from);
  reader.Optional("to", plan.to);
  reader.Optional("points", plan.points);
  reader.Finish();
  CheckKnown(plan.run, runs, "run", reader.Place("run"));
  if (plan.points < 2 || plan.points > 100) {
    throw UsageError({.what = fmt::format("{}: bad value for 'points'", reader.Place("points")),
                      .expected = "2 to 100",
                      .got = fmt::format("{}", plan.points)});
  }
  return plan;
}

NeighboursPlan ReadNeighboursPlan(const toml::table& section, const std::vector<std::string>& runs,
                                  const std::string& where) {
  TomlReader reader(section, where);
  NeighboursPlan plan{.runs = runs};
  reader.Optional("runs", plan.runs);
  std::vector<std::string> distances = {"l1", "l2"};
  reader.Optional("distances", distances);
  plan.distances = ReadDistances(distances, reader.Place("distances"));
  reader.Optional("k", plan.k);
  reader.Optional("at", plan.at);
  reader.Optional("show", plan.show);
  reader.Optional("map", plan.map);
  reader.Optional("similarity_factor", plan.similarity_factor);
  if (!(plan.similarity_factor > 0)) {
    throw UsageError(
        {.what = fmt::format("{}: bad value for 'similarity_factor'", reader.Place("similarity_factor")),
         .expected = "a number above 0",
         .got = fmt::format("{}", plan.similarity_factor)});
  }
  for (const std::string& run : plan.runs) CheckKnown(run, runs, "run", reader.Place("runs"));
  const auto fits = [&plan](int64_t k) { return k >= 1 && k <= plan.k; };
  if (plan.runs.empty() || plan.distances.empty() || plan.k < 1 || plan.k >= kMostNeighbours ||
      plan.at.empty() || !std::ranges::all_of(plan.at, fits)) {
    throw UsageError(
        {.what = fmt::format("{}: bad runs, distances, k or at in [neighbours]", reader.Place("at")),
         .expected =
             fmt::format("at least one run and distance, k from 1 to {}, and at least one size in `at`, "
                         "none above k",
                         kMostNeighbours - 1)});
  }
  for (const toml::table* table : reader.Tables("published")) {
    plan.published.push_back(ReadPublishedNeighbours(*table, plan, where));
  }
  reader.Finish();
  return plan;
}

SweepPlan ReadSweepPlan(const toml::table& section, const std::string& where) {
  TomlReader reader(section, where);
  SweepPlan plan;
  reader.Required("key", plan.key);
  plan.values = FlagTexts(reader.Find("values"), reader.Place("values"));
  reader.Optional("seeds", plan.seeds);
  reader.Finish();
  CheckSweepPlan(plan, reader.Place("key"));
  return plan;
}

}  // namespace hourglass
