#include "hourglass/report/sweep_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <map>

#include "hourglass/core/file.h"
#include "hourglass/core/text.h"
#include "hourglass/report/plots.h"

namespace hourglass {
namespace {

constexpr double kLogKeyFrom = 50;  // log axis if the largest value is this many times the smallest
constexpr char kFigure[] = "sweep";

std::string Text(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:.5f}", value);
}

bool HasPca(const SweepResult& result) {
  return std::ranges::any_of(result.points, [](const SweepPoint& point) { return !std::isnan(point.pca); });
}

bool HasLoss(const SweepResult& result) {
  return std::ranges::any_of(result.points, [](const SweepPoint& point) { return !std::isnan(point.mean); });
}

LinePlot MakePlot(const SweepResult& result) {
  const std::string& key = result.task.plan.key;
  LinePlot plot{
      .title = "Sweep over " + key + (result.task.quick ? ", a tenth of the epochs each" : ""),
      .x_label = key,
      .y_label = result.loss_label(),
      .series = {
          {.label = "mean over seeds", .x = {}, .y = {}, .style = 0, .points = true, .line = result.ordered},
          {.label = "each seed", .x = {}, .y = {}, .style = 5, .line = false},
          {.label = "PCA", .x = {}, .y = {}, .style = 1, .dashed = true, .points = true}}};
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (size_t i = 0; i < result.points.size(); ++i) {
    const SweepPoint& point = result.points[i];
    const double x = result.ordered ? std::strtod(point.value.c_str(), nullptr) : static_cast<double>(i);
    low = std::min(low, x);
    high = std::max(high, x);
    if (!result.ordered) plot.x_categories.push_back(point.value);
    if (!std::isnan(point.mean)) {
      plot.series[0].x.push_back(x);
      plot.series[0].y.push_back(point.mean);
    }
    for (const SweepRun& run : point.runs) {
      if (std::isnan(run.loss())) continue;
      plot.series[1].x.push_back(x);
      plot.series[1].y.push_back(run.loss());
    }
    if (std::isnan(point.pca)) continue;
    plot.series[2].x.push_back(x);
    plot.series[2].y.push_back(point.pca);
  }
  plot.log_x = result.ordered && low > 0 && high > kLogKeyFrom * low;
  std::erase_if(plot.series, [](const PlotSeries& series) { return series.x.empty(); });
  return plot;
}

void DrawSweep(const SweepResult& result) {
  const std::string pca =
      HasPca(result)
          ? " PCA is fitted to the same training images and has as many components as the code has numbers."
          : "";
  WriteLinePlot(
      {result.folder / "figures", kFigure,
       fmt::format("Loss on images that training never sees, against {}: each seed and their mean.{}",
                   result.task.plan.key, pca),
       fmt::format("{} values of {}, {} seeds each; the lowest mean is {}.", result.points.size(),
                   result.task.plan.key, result.task.plan.seeds.size(),
                   Text(std::ranges::min(result.points, {},
                                         [](const SweepPoint& point) {
                                           return std::isnan(point.mean) ? HUGE_VAL : point.mean;
                                         })
                            .mean))},
      MakePlot(result));
}

std::string RiseNote(const SweepResult& result, const SweepRise& rise) {
  std::string note = fmt::format(
      "From {0} = {1} to {2} the mean rises by {3:.2g}, from {4:.5f} to {5:.5f}, with {6} of {7} "
      "seeds",
      result.task.plan.key, rise.from->value, rise.to->value, rise.rise, rise.from->mean, rise.to->mean,
      rise.seeds_up, rise.seeds);
  if (std::isnan(rise.p)) return note + "; only more seeds can tell whether that is chance.";
  return note + fmt::format(
                    "; Welch's t-test gives {}{}, so it is {} seeds alone explain.", PText(rise.p),
                    rise.corrected_p == rise.p
                        ? ""
                        : fmt::format(" ({} after Holm's correction for all steps)", PText(rise.corrected_p)),
                    rise.beyond_seeds() ? "more than" : "no more than");
}

// The largest spread, and its value.
std::string SpreadNote(const SweepResult& result) {
  const SweepPoint* widest = nullptr;
  for (const SweepPoint& point : result.points) {
    if (std::isnan(point.spread)) continue;
    if (widest == nullptr || point.spread > widest->spread) widest = &point;
  }
  if (widest == nullptr) {
    return fmt::format("{}: the spread over seeds is unknown.", result.task.plan.seeds.size() > 1
                                                                    ? "No value has two finished seeds"
                                                                    : "One seed per value");
  }
  return fmt::format("The spread over seeds (standard deviation) is at most {:.2g}, at {} = {}.",
                     widest->spread, result.task.plan.key, widest->value);
}

// A run's loss, and the failure of its model, if any.
std::string OutcomeText(const SweepRun& run) {
  if (run.record.status != RunStatus::kFinished) return std::string(Name(run.record.status));
  return run.failure ? fmt::format("{} ({})", Text(run.loss()), run.failure->name) : Text(run.loss());
}

// A warning for each kind of failure and likely cause among finished runs.
std::vector<std::string> FailureWarnings(const SweepResult& result) {
  struct Failed {
    std::vector<std::string> places;  // "code_size = 4 with seed 1"
    const Finding* first;
  };
  std::map<std::pair<std::string, std::string>, Failed> all;
  size_t runs = 0;
  for (const SweepPoint& point : result.points) {
    runs += point.runs.size();
    for (const SweepRun& run : point.runs) {
      if (!run.failure) continue;
      Failed& failed =
          all.try_emplace({run.failure->name, run.failure->advice}, Failed{{}, &*run.failure}).first->second;
      failed.places.push_back(
          fmt::format("{} = {} with seed {}", result.task.plan.key, point.value, run.seed));
    }
  }
  std::vector<std::string> warnings;
  for (const auto& [kind, failed] : all) {
    warnings.push_back(
        fmt::format("{} of {} runs gave a useless model ({}): {}. The means and spreads include their "
                    "losses. The first of them: {} {}",
                    failed.places.size(), runs, kind.first, fmt::join(failed.places, "; "),
                    failed.first->what, kind.second));
  }
  return warnings;
}

}  // namespace

std::vector<std::string> SweepHeader(const SweepResult& result) {
  std::vector<std::string> header = {result.task.plan.key, "mean", "spread"};
  if (HasPca(result)) header.emplace_back("PCA");
  for (const int64_t seed : result.task.plan.seeds) header.push_back(fmt::format("seed {}", seed));
  return header;
}

std::vector<std::vector<std::string>> SweepRows(const SweepResult& result) {
  std::vector<std::vector<std::string>> rows;
  for (const SweepPoint& point : result.points) {
    std::vector<std::string> row = {point.value, Text(point.mean), Text(point.spread)};
    if (HasPca(result)) row.push_back(Text(point.pca));
    for (const SweepRun& run : point.runs) row.push_back(OutcomeText(run));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::string> SweepWarnings(const SweepResult& result) {
  std::vector<std::string> warnings;
  if (result.task.quick) warnings.emplace_back("A quick sweep: each run trained for a tenth of its epochs.");
  std::ranges::move(FailureWarnings(result), std::back_inserter(warnings));
  return warnings;
}

std::vector<std::string> SweepNotes(const SweepResult& result) {
  std::vector<std::string> notes;
  const std::vector<SweepRise> rises = RisesOf(result);
  for (const SweepRise& rise : rises) notes.push_back(RiseNote(result, rise));
  const auto means =
      std::ranges::count_if(result.points, [](const SweepPoint& point) { return !std::isnan(point.mean); });
  if (result.ordered && rises.empty() && means > 1) {
    notes.push_back(fmt::format("The mean does not rise at any step of {}.", result.task.plan.key));
  }
  notes.push_back(SpreadNote(result));
  for (const SweepPoint& point : result.points) {
    for (const SweepRun& run : point.runs) {
      if (run.record.status == RunStatus::kFinished) continue;
      notes.push_back(fmt::format("{} = {}, seed {} {}: {}.", result.task.plan.key, point.value, run.seed,
                                  Name(run.record.status),
                                  run.record.error.substr(0, run.record.error.find('\n'))));
    }
  }
  return notes;
}

void AddSweep(HtmlReport& report, const SweepResult& result) {
  report.Section("Sweep over " + result.task.plan.key);
  for (const std::string& warning : SweepWarnings(result)) report.Warning(warning);
  if (HasLoss(result)) report.AddFigure(ReadFigure(result.folder / "figures", kFigure));
  for (const std::string& note : SweepNotes(result)) report.Paragraph(note);
  report.AddTable({.header = SweepHeader(result),
                   .rows = SweepRows(result),
                   .caption = fmt::format("{}, after the last epoch. Spread: standard deviation over seeds.",
                                          result.loss_label())});
}

void WriteSweepReport(const SweepResult& result) {
  if (HasLoss(result)) DrawSweep(result);
  HtmlReport report(
      result.task.title,
      fmt::format("Sweep: {} values of {}, {} seed{} each", result.points.size(), result.task.plan.key,
                  result.task.plan.seeds.size(), result.task.plan.seeds.size() == 1 ? "" : "s"));
  AddSweep(report, result);
  WriteFileAtomically(result.report(), report.Finish());
}

}  // namespace hourglass
