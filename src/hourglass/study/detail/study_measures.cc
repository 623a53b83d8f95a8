#include "hourglass/study/detail/study_measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>
#include <type_traits>

#include "hourglass/analysis/measurements.h"
#include "hourglass/study/recipe.h"
#include "hourglass/study/study.h"

namespace hourglass {
namespace {

// Adds measures, without values if the study is only planned.
class Collector {
 public:
  explicit Collector(bool planned) : planned_(planned) {}

  // `value` is called only for a finished study.
  template <class Value>
  void Add(std::string name, const std::string& of, std::string what, const Value& value) {
    NamedValue measure{.name = std::move(name), .of = of, .what = std::move(what), .value = 0.0};
    if (planned_) {
      measure.value = std::invoke_result_t<Value>();
    } else {
      measure.value = value();
    }
    measures.Add(std::move(measure));
  }

  Measures measures;

 private:
  bool planned_;
};

template <class List>
auto* FindNamed(List& list, const std::string& name) {
  const auto found = std::ranges::find_if(list, [&](const auto& one) { return one.name == name; });
  return found == list.end() ? nullptr : &*found;
}

// ---- Runs

struct RunNumber {
  const char* name;
  const char* what;
  double (*of)(const RunResult&);
};

constexpr RunNumber kRunNumbers[] = {
    {"parameters", "parameters", [](const RunResult& run) { return static_cast<double>(run.parameters); }},
    {"code_size", "numbers in the code",
     [](const RunResult& run) { return static_cast<double>(run.code_size); }},
    {"dead_units", "dead code units",
     [](const RunResult& run) { return static_cast<double>(run.dead_units); }},
    {"used_units", "code units that say something about an image",
     [](const RunResult& run) { return static_cast<double>(run.used_units); }},
    {"epochs", "trained epochs",
     [](const RunResult& run) { return static_cast<double>(run.epochs.back().epoch()); }},
    {"train/mse", "training MSE", [](const RunResult& run) { return run.train_mse; }},
    {"test/mse", "held-out MSE", [](const RunResult& run) { return run.held_out_mse; }},
    {"mean_image/mse", "held-out MSE of the mean image",
     [](const RunResult& run) { return run.mean_image_mse; }},
    {"pca/mse", "held-out MSE of PCA", [](const RunResult& run) { return run.pca_mse; }},
};

// A value of every epoch as a curve; NaN where it was not measured.
template <class Of>
MeasuredCurve OverEpochs(const RunResult& run, const Of& of) {
  MeasuredCurve curve{.over = "epoch"};
  for (const EpochMetrics& epoch : run.epochs) {
    const std::optional<double> value = of(epoch);
    curve.x.push_back(static_cast<double>(epoch.epoch()));
    curve.y.push_back(value.value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  return curve;
}

struct EpochNumber {
  const char* name;
  const char* what;
  std::optional<double> (*of)(const EpochMetrics&);
};

constexpr EpochNumber kEpochNumbers[] = {
    {"train/loss", "training loss", [](const EpochMetrics& epoch) { return epoch.Find("train/loss"); }},
    {"test/loss", "held-out loss", [](const EpochMetrics& epoch) { return epoch.FindHeldOut("loss"); }},
    {"test/clean_loss", "held-out loss on clean input",
     [](const EpochMetrics& epoch) {
       const auto clean = epoch.FindHeldOut("clean_loss");
       return clean ? clean : epoch.FindHeldOut("loss");
     }},
    {"test/elbo", "held-out ELBO, nats per image",
     [](const EpochMetrics& epoch) { return epoch.FindHeldOut("elbo"); }},
    {"test/kl", "held-out KL divergence, nats per image",
     [](const EpochMetrics& epoch) { return epoch.FindHeldOut("kl"); }},
    {"test/reconstruction", "held-out -ln p(image | code), nats per image",
     [](const EpochMetrics& epoch) { return epoch.FindHeldOut("reconstruction"); }},
    {"lr", "learning rate", [](const EpochMetrics& epoch) { return epoch.Find("lr"); }},
    {"seconds", "seconds of training", [](const EpochMetrics& epoch) { return epoch.Find("seconds"); }},
};

void AddEpochCurves(const RecipeRun& planned, const RunResult* run, Collector& to) {
  for (const EpochNumber& number : kEpochNumbers) {
    to.Add(fmt::format("{}.{}", planned.name, number.name), planned.label, number.what,
           [&] { return OverEpochs(*run, number.of); });
  }
  for (const double sigma : planned.config.values.eval_noise) {
    const std::string name = fmt::format("noisy_loss@{}", sigma);
    to.Add(fmt::format("{}.test/{}", planned.name, name), planned.label,
           fmt::format("held-out loss with noise {:g}", sigma), [&] {
             return OverEpochs(*run, [&](const EpochMetrics& epoch) {
               const auto of_several = epoch.FindHeldOut(name);  // a single level is logged as noisy_loss
               return of_several ? of_several : epoch.FindHeldOut("noisy_loss");
             });
           });
  }
}

void AddRun(const RecipeRun& planned, const RunResult* run, Collector& to) {
  for (const RunNumber& number : kRunNumbers) {
    to.Add(fmt::format("{}.{}", planned.name, number.name), planned.label, number.what,
           [&] { return number.of(*run); });
  }
  for (size_t i = 0; i < std::size(kReportSigmas); ++i) {
    const double sigma = kReportSigmas[i];
    to.Add(fmt::format("{}.test/noisy_mse@{:g}", planned.name, sigma), planned.label,
           fmt::format("held-out MSE with noise {:g}", sigma), [&] { return run->noisy_mse[i]; });
    to.Add(fmt::format("{}.test/noisy_rise@{:g}", planned.name, sigma), planned.label,
           fmt::format("share that noise {:g} adds to the held-out MSE", sigma),
           [&] { return run->noisy_mse[i] / run->held_out_mse - 1; });
  }
  to.Add(fmt::format("{}.failure", planned.name), planned.label, "failure", [&]() -> std::string {
    const bool failed = !run->findings.empty() && run->findings.front().severe;
    return failed ? run->findings.front().name : kNoFailure;
  });
  AddEpochCurves(planned, run, to);
}

void AddRuns(const Recipe& recipe, const StudyOutcome* found, Collector& to) {
  for (const RecipeRun& planned : recipe.runs) {
    const RunResult* run = found == nullptr ? nullptr : FindNamed(found->results, planned.name);
    AddRun(planned, run, to);
  }
}

// ---- Search and sweep

std::vector<double> LossesWith(const SearchResult& search, size_t key, const std::string& choice) {
  std::vector<double> losses;
  for (const SearchTrial& trial : search.trials) {
    if (trial.status == TrialStatus::kFinished && trial.values[key].text == choice)
      losses.push_back(trial.loss());
  }
  return losses;
}

void AddSearch(const SearchPlan& plan, const SearchResult* search, Collector& to) {
  if (search != nullptr && !search->best) return;
  const SearchTrial* best = search == nullptr ? nullptr : &search->trials[*search->best];
  to.Add("search.trials", "", "trials", [&] { return static_cast<double>(search->trials.size()); });
  to.Add("search.best/loss", "best trial", "held-out loss", [&] { return best->loss(); });
  for (size_t i = 0; i < plan.space.size(); ++i) {
    const SearchedKey& key = plan.space[i];
    const std::string name = "search.best/" + key.key;
    if (key.draw == SearchDraw::kChoice) {
      to.Add(name, "best trial", key.key, [&] { return best->values[i].text; });
    } else {
      to.Add(name, "best trial", key.key, [&] { return std::strtod(best->values[i].text.c_str(), nullptr); });
    }
    for (const std::string& choice : key.choices) {
      to.Add(fmt::format("search.loss@{}={}", key.key, choice), fmt::format("{} = {}", key.key, choice),
             "held-out loss",
             [&] { return MeasuredSample{.values = LossesWith(*search, i, choice), .per = "trial"}; });
    }
  }
}

void AddSweep(const SweepPlan& plan, const SweepResult* sweep, Collector& to) {
  for (const std::string& value : plan.values) {
    to.Add(fmt::format("sweep.loss@{}", value), fmt::format("{} = {}", plan.key, value), "held-out loss",
           [&] {
             return MeasuredSample{.values =
                                       std::ranges::find(sweep->points, value, &SweepPoint::value)->losses()};
           });
  }
  const auto curve = [&](double SweepPoint::*y) {
    MeasuredCurve values{.over = plan.key};
    for (const SweepPoint& point : sweep->points) {
      values.x.push_back(std::strtod(point.value.c_str(), nullptr));
      values.y.push_back(point.*y);
    }
    return values;
  };
  if (sweep != nullptr && !sweep->ordered) return;
  to.Add("sweep.loss", "", "held-out loss, mean over seeds", [&] { return curve(&SweepPoint::mean); });
  to.Add("sweep.pca", "", "held-out loss of PCA", [&] { return curve(&SweepPoint::pca); });
}

// ---- Robustness

void AddQuality(const std::string& name, const std::string& label, const RobustnessPlan::Grid& grid,
                const QualityCurve* measured, Collector& to) {
  const struct {
    const char* name;
    const char* what;
    double Quality::*of;
  } kinds[] = {{"mse", "held-out MSE", &Quality::mse},
               {"psnr", "held-out PSNR", &Quality::psnr},
               {"ssim", "held-out SSIM", &Quality::ssim}};
  for (const auto& kind : kinds) {
    const std::string whole = fmt::format("{}.{}/{}", name, Name(grid.kind), kind.name);
    to.Add(whole, label, fmt::format("{} with {} corruption", kind.what, Name(grid.kind)), [&] {
      MeasuredCurve curve{.over = "amount", .x = grid.amounts, .y = {}};
      for (const Quality& quality : measured->points) curve.y.push_back(quality.*kind.of);
      return curve;
    });
    for (size_t i = 0; i < grid.amounts.size(); ++i) {
      to.Add(fmt::format("{}@{}", whole, grid.amounts[i]), label,
             fmt::format("{} with {} {:g}", kind.what, Name(grid.kind), grid.amounts[i]),
             [&] { return measured->points[i].*kind.of; });
    }
  }
}

void AddRobustness(const Recipe& recipe, const StudyOutcome* found, Collector& to) {
  const RobustnessPlan& plan = *recipe.robustness;
  for (size_t g = 0; g < plan.grids.size(); ++g) {
    const RobustnessPlan::Grid& grid = plan.grids[g];
    const Robustness* measured = found == nullptr ? nullptr : &found->robustness[g].measured;
    for (size_t i = 0; i < plan.runs.size(); ++i) {
      const RecipeRun* run = FindNamed(recipe.runs, plan.runs[i]);
      AddQuality(plan.runs[i], run == nullptr ? plan.runs[i] : run->label, grid,
                 measured == nullptr ? nullptr : &measured->models[i], to);
    }
    AddQuality("corrupted", "no model", grid, measured == nullptr ? nullptr : &measured->corrupted, to);
    const bool wiener =
        measured == nullptr ? grid.kind == CorruptionKind::kGaussian : measured->wiener.has_value();
    if (!wiener) continue;
    AddQuality("wiener", "Wiener filter", grid, measured == nullptr ? nullptr : &*measured->wiener, to);
  }
}

// ---- Neighbours

struct ScoreNumber {
  const char* name;
  const char* what;
  double ScoresAt::*of;
};

constexpr ScoreNumber kScores[] = {
    {"score", "score", &ScoresAt::score},
    {"chance", "score by chance", &ScoresAt::chance},
    {"rnx", "R_NX", &ScoresAt::rnx},
    {"trustworthiness", "trustworthiness", &ScoresAt::trustworthiness},
    {"continuity", "continuity", &ScoresAt::continuity},
};

struct LabelNumber {
  const char* name;
  const char* what;
  double LabelScores::*of;
};

constexpr LabelNumber kLabelScores[] = {
    {"input_rate", "rate of equal labels in pixels", &LabelScores::input_rate},
    {"rate", "rate of equal labels in the code", &LabelScores::code_rate},
    {"improvement", "improvement", &LabelScores::improvement},
    {"similarity", "similarity", &LabelScores::similarity},
    {"input_accuracy", "accuracy by neighbours in pixels", &LabelScores::input_accuracy},
    {"accuracy", "accuracy by neighbours in the code", &LabelScores::code_accuracy},
};

struct NewLabelNumber {
  const char* name;
  const char* what;
  std::optional<MeanWithError> NewScoresAt::*of;
};

constexpr NewLabelNumber kNewLabelScores[] = {
    {"new_input_rate", "rate of equal labels in pixels", &NewScoresAt::input_rate},
    {"new_rate", "rate of equal labels in the code", &NewScoresAt::code_rate},
    {"new_improvement", "improvement", &NewScoresAt::improvement},
    {"new_input_accuracy", "accuracy by neighbours in pixels", &NewScoresAt::input_accuracy},
    {"new_accuracy", "accuracy by neighbours in the code", &NewScoresAt::code_accuracy},
};

MeasuredCurve OverLabels(const std::map<int, double>& values) {
  MeasuredCurve curve{.over = "label", .x = {}, .y = {}};
  for (const auto& [label, value] : values) {
    curve.x.push_back(label);
    curve.y.push_back(value);
  }
  return curve;
}

// The scores of one code for one distance and neighbourhoods of size k.
void AddScores(const std::string& prefix, const std::string& label, Distance distance, int64_t k,
               const ScoresAt* at, Collector& to) {
  const std::string suffix = fmt::format("@{}", k), by = fmt::format(" by {}", Title(distance));
  for (const ScoreNumber& number : kScores) {
    to.Add(prefix + number.name + suffix, label, number.what + suffix + by, [&] { return at->*number.of; });
  }
  if (at != nullptr && !at->labels) return;
  for (const LabelNumber& number : kLabelScores) {
    to.Add(prefix + number.name + suffix, label, number.what + suffix + by,
           [&] { return (*at->labels).*number.of; });
  }
  to.Add(prefix + "score_by_label" + suffix, label, "score" + suffix + by,
         [&] { return OverLabels(at->labels->score_by_label); });
  to.Add(prefix + "rate_by_label" + suffix, label, "rate of equal labels" + suffix + by,
         [&] { return OverLabels(at->labels->code_rate_by_label); });
}

// The same for new images among the training images: means.
void AddNewScores(const std::string& prefix, const std::string& label, Distance distance, int64_t k,
                  const NewScoresAt* at, Collector& to) {
  const std::string suffix = fmt::format("@{}", k);
  const std::string by = fmt::format("{} by {}, new images", suffix, Title(distance));
  to.Add(prefix + "new_score" + suffix, label, "score" + by, [&] { return at->score.mean; });
  to.Add(prefix + "new_trustworthiness" + suffix, label, "trustworthiness" + by,
         [&] { return at->trustworthiness.mean; });
  if (at != nullptr && !at->input_rate) return;
  for (const NewLabelNumber& number : kNewLabelScores) {
    to.Add(prefix + number.name + suffix, label, number.what + by, [&] { return (at->*number.of)->mean; });
  }
}

void AddNeighbours(const Recipe& recipe, const ProbedNeighbours* found, Collector& to) {
  const NeighboursPlan& plan = *recipe.neighbours;
  std::vector<std::string> codes = plan.runs;
  if (found == nullptr || FindCode(*found, kPcaCode) != nullptr) codes.emplace_back(kPcaCode);
  if (plan.map) codes.emplace_back(kMapCode);
  for (const std::string& name : codes) {
    const ScoredCode* code = found == nullptr ? nullptr : FindCode(*found, name);
    const RecipeRun* run = FindNamed(recipe.runs, name);
    const std::string label = code != nullptr ? code->label : run != nullptr ? run->label : name;
    for (const Distance distance : plan.distances) {
      for (const int64_t k : plan.at) {
        const std::string prefix = fmt::format("{}.{}/", name, Name(distance));
        AddScores(prefix, label, distance, k, code == nullptr ? nullptr : &ScoresOf(*code, distance, k), to);
        AddNewScores(prefix, label, distance, k, code == nullptr ? nullptr : &NewScoresOf(*code, distance, k),
                     to);
      }
    }
  }
}

// ---- Several seeds

// Makes the numbers of a run that differ between its seeds samples over these seeds. Its curves and texts
// stay those of the first seed.
Measures WithSeeds(const Recipe& recipe, const Measures& single) {
  std::map<std::string, std::vector<std::string>> repeats;  // by the name of the run
  for (const RecipeRun& run : recipe.runs) {
    if (!run.repeat_of.empty()) repeats[run.repeat_of].push_back(run.name);
  }
  Measures pooled;
  for (NamedValue measure : single.all()) {
    const size_t dot = measure.name.find('.');
    const auto run = repeats.find(measure.name.substr(0, dot));
    if (run != repeats.end() && std::holds_alternative<double>(measure.value)) {
      MeasuredSample sample;
      const auto add = [&](const NamedValue& one) {
        if (IsKnown(one)) sample.values.push_back(std::get<double>(one.value));
      };
      add(measure);
      for (const std::string& name : run->second) {
        if (const auto one = single.Find(name + measure.name.substr(dot))) add(*one);
      }
      const bool same = std::ranges::all_of(sample.values, [&](double v) { return v == sample.values[0]; });
      if (!same) measure.value = std::move(sample);
    }
    pooled.Add(std::move(measure));
  }
  return pooled;
}

// ---- Published values

// Named "published." and the measure they are compared with.
void AddPublished(const Recipe& recipe, Collector& to) {
  const auto add = [&](const std::string& name, const std::vector<double>& values) {
    const std::string published = "published." + name;
    const auto measure = to.measures.Find(name);
    const std::string of = measure ? measure->of : "", what = measure ? measure->what : name;
    to.Add(published, of, "published " + what,
           [&] { return MeasuredSample{.values = values, .per = "published value"}; });
  };
  for (const PublishedValue& value : recipe.published) add(value.measure, value.values);
  if (!recipe.neighbours) return;
  for (const PublishedNeighbours& published : recipe.neighbours->published) {
    const std::pair<const char*, const std::vector<double>*> lists[] = {
        {"score", &published.score}, {"improvement", &published.improvement}};
    for (const auto& [name, values] : lists) {
      for (size_t i = 0; i < values->size(); ++i) {
        add(fmt::format("{}.{}/{}@{}", published.run, Name(published.distance), name,
                        recipe.neighbours->at[i]),
            {(*values)[i]});
      }
    }
  }
}

Measures Collect(const Recipe& recipe, const StudyOutcome* found) {
  Collector to(found == nullptr);
  AddRuns(recipe, found, to);
  if (recipe.search && (found == nullptr || found->search)) {
    AddSearch(*recipe.search, found == nullptr ? nullptr : &*found->search, to);
  }
  if (recipe.sweep && (found == nullptr || found->sweep)) {
    AddSweep(*recipe.sweep, found == nullptr ? nullptr : &*found->sweep, to);
  }
  if (recipe.robustness) AddRobustness(recipe, found, to);
  if (recipe.neighbours) {
    AddNeighbours(recipe, found == nullptr ? nullptr : &*found->neighbours, to);
  }
  to.measures = WithSeeds(recipe, to.measures);
  AddPublished(recipe, to);
  return std::move(to.measures);
}

}  // namespace

Measures PlannedMeasures(const Recipe& recipe) {
  return Collect(recipe, nullptr);
}

Measures MeasuresOf(const Recipe& recipe, const StudyOutcome& outcome) {
  return Collect(recipe, &outcome);
}

}  // namespace hourglass
