#include "hourglass/report/search_report.h"

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

constexpr double kLogLossFrom = 5;  // log axis if the largest loss is this many times the smallest
constexpr char kProgress[] = "search-progress";

std::string FigureName(const SearchedKey& key) {
  return "search-" + key.key;
}

bool HasLoss(const SearchTrial& trial) {
  return !std::isnan(trial.loss());
}

// The position of a trial on the axis of the key at index `place` of the space.
double Place(const SearchedKey& key, const SearchTrial& trial, size_t place) {
  const std::string& text = trial.values[place].text;
  if (key.draw != SearchDraw::kChoice) return std::strtod(text.c_str(), nullptr);
  return static_cast<double>(std::ranges::find(key.choices, text) - key.choices.begin());
}

// The trials by status as symbols; `x` gives the position of a trial.
template <class X>
std::vector<PlotSeries> TrialSeries(const SearchResult& result, const X& x) {
  std::vector<PlotSeries> all;
  for (const auto& [status, label, style] :
       {std::tuple(TrialStatus::kFinished, "finished", 0), std::tuple(TrialStatus::kStopped, "stopped", 5)}) {
    PlotSeries series{.label = label, .x = {}, .y = {}, .style = style, .line = false};
    for (const SearchTrial& trial : result.trials) {
      if (trial.status != status || !HasLoss(trial)) continue;
      series.x.push_back(x(trial));
      series.y.push_back(trial.loss());
    }
    if (!series.x.empty()) all.push_back(std::move(series));
  }
  if (result.best) {
    const SearchTrial& best = result.trials[*result.best];
    all.push_back({.label = fmt::format("best: trial {}", best.number),
                   .x = {x(best)},
                   .y = {best.loss()},
                   .style = 1,
                   .line = false});
  }
  return all;
}

bool WideRange(const SearchResult& result) {
  double low = HUGE_VAL, high = 0;
  for (const SearchTrial& trial : result.trials) {
    if (!HasLoss(trial)) continue;
    low = std::min(low, trial.loss());
    high = std::max(high, trial.loss());
  }
  return low > 0 && high > kLogLossFrom * low;
}

// A picture may be passed on without its report.
std::string Title(const SearchResult& result, const std::string& title) {
  return result.task.quick ? title + ", a tenth of the epochs each" : title;
}

void DrawKey(const SearchResult& result, size_t place) {
  const SearchedKey& key = result.task.plan.space[place];
  LinePlot plot{
      .title = Title(result, "Trials against " + key.key),
      .x_label = key.key,
      .y_label = result.loss_label(),
      .series = TrialSeries(result, [&](const SearchTrial& trial) { return Place(key, trial, place); }),
      .log_x = key.draw == SearchDraw::kLog,
      .log_y = WideRange(result)};
  plot.x_categories = key.choices;
  WriteLinePlot({result.folder / "figures", FigureName(key),
                 fmt::format("The loss of each trial against its {}; the trials differ in all other searched "
                             "settings too.",
                             key.key),
                 fmt::format("One symbol per trial: {} against {}.", result.loss_label(), key.key)},
                plot);
}

void DrawProgress(const SearchResult& result) {
  LinePlot plot{.title = Title(result, "Best so far"),
                .x_label = "trial",
                .y_label = result.loss_label(),
                .series = TrialSeries(
                    result, [](const SearchTrial& trial) { return static_cast<double>(trial.number); }),
                .log_y = WideRange(result)};
  PlotSeries best{.label = "best so far", .x = {}, .y = {}, .style = 1};
  for (const SearchTrial& trial : result.trials) {
    if (trial.status != TrialStatus::kFinished) continue;
    const auto x = static_cast<double>(trial.number);
    for (const double y : {best.y.empty() ? trial.loss() : best.y.back(), trial.loss()}) {  // a step
      best.x.push_back(x);
      best.y.push_back(best.y.empty() ? y : std::min(best.y.back(), y));
    }
  }
  if (!best.x.empty()) plot.series.insert(plot.series.begin(), std::move(best));
  WriteLinePlot(
      {result.folder / "figures", kProgress, "The loss of each trial in order, and the lowest loss so far.",
       fmt::format("Symbols for {} trials and a falling line.", result.trials.size())},
      plot);
}

std::string Seconds(double seconds) {
  return fmt::format("{:.1f}", seconds);
}

int64_t CountOf(const SearchResult& result, TrialStatus status) {
  return std::ranges::count(result.trials, status, &SearchTrial::status);
}

std::string StatusText(const SearchTrial& trial) {
  const std::string status(Name(trial.status));
  return trial.failure ? fmt::format("{}, {}", status, trial.failure->name) : status;
}

// A warning for each kind of failure and likely cause among finished trials.
std::vector<SearchNote> FailureNotes(const SearchResult& result) {
  std::map<std::pair<std::string, std::string>, std::vector<const SearchTrial*>> failed;
  for (const SearchTrial& trial : result.trials) {
    if (trial.failure) failed[{trial.failure->name, trial.failure->advice}].push_back(&trial);
  }
  std::vector<SearchNote> notes;
  for (const auto& [kind, trials] : failed) {
    std::vector<int64_t> numbers;
    for (const SearchTrial* trial : trials) numbers.push_back(trial->number);
    const SearchTrial& first = *trials.front();
    const bool best = result.best && std::ranges::count(numbers, result.trials[*result.best].number) > 0;
    notes.push_back({fmt::format("{} of {} trials gave a useless model ({}): {}.{} Trial {}: {} {}",
                                 trials.size(), result.trials.size(), kind.first, fmt::join(numbers, ", "),
                                 best ? " The best trial is among them." : "", first.number,
                                 first.failure->what, kind.second),
                     true});
  }
  return notes;
}

}  // namespace

std::vector<std::string> TrialHeader(const SearchResult& result) {
  std::vector<std::string> header = {"trial", "status",
                                     ComparedName(result.held_out_name, result.task.config.values),
                                     "epochs trained", "seconds"};
  for (const SearchedKey& key : result.task.plan.space) header.push_back(key.key);
  return header;
}

std::vector<std::vector<std::string>> TrialRows(const SearchResult& result) {
  std::vector<const SearchTrial*> order;
  for (const SearchTrial& trial : result.trials) order.push_back(&trial);
  std::ranges::stable_sort(order, std::less<>(), [](const SearchTrial* trial) {
    return std::pair(trial->status, HasLoss(*trial) ? trial->loss() : HUGE_VAL);
  });
  std::vector<std::vector<std::string>> rows;
  for (const SearchTrial* trial : order) {
    std::vector<std::string> row = {fmt::format("{}", trial->number), StatusText(*trial),
                                    HasLoss(*trial) ? fmt::format("{:.5f}", trial->loss()) : "-",
                                    fmt::format("{} of {}", trial->epochs.size(), trial->config.epochs),
                                    Seconds(trial->seconds())};
    for (const KeyValue& value : trial->values) row.push_back(value.text);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<SearchNote> SearchNotes(const SearchResult& result) {
  std::vector<SearchNote> notes;
  if (result.task.quick) {
    notes.push_back(
        {"A quick search: each trial trained for a tenth of its epochs, so a full search may give other "
         "losses and another best trial.",
         true});
  }
  if (result.held_out_name == "test") {
    notes.push_back(
        {"The trials were compared on the test images, so the loss of the best trial is no longer a test.",
         true});
  }
  std::ranges::move(FailureNotes(result), std::back_inserter(notes));
  const auto share = static_cast<double>(result.epochs_trained) / static_cast<double>(result.epochs_asked);
  notes.push_back({fmt::format("{} of {} epochs were trained ({:.0f} %).", Grouped(result.epochs_trained),
                               Grouped(result.epochs_asked), 100 * share)});
  if (const int64_t stopped = CountOf(result, TrialStatus::kStopped); stopped > 0) {
    notes.push_back(
        {fmt::format("Successive halving stopped {} of {} trials after a quarter or half of their epochs.",
                     stopped, result.trials.size())});
  }
  for (const TrialStatus status : {TrialStatus::kDiverged, TrialStatus::kFailed}) {
    const auto first = std::ranges::find(result.trials, status, &SearchTrial::status);
    if (first == result.trials.end()) continue;
    notes.push_back({fmt::format("{} of {} trials {}; the first was trial {}: {}.", CountOf(result, status),
                                 result.trials.size(), Name(status), first->number,
                                 first->error.substr(0, first->error.find('\n')))});
  }
  return notes;
}

void AddSearch(HtmlReport& report, const SearchResult& result) {
  report.Section("Search");
  for (const SearchNote& note : SearchNotes(result)) {
    note.warning ? report.Warning(note.sentence) : report.Paragraph(note.sentence);
  }
  report.AddTable({.header = TrialHeader(result),
                   .rows = TrialRows(result),
                   .caption = fmt::format("The loss is {}, after the last trained epoch. Seconds are "
                                          "training time only, with one thread per trial by default.",
                                          result.loss_label()),
                   .text_columns = 2});
  if (std::ranges::any_of(result.trials, HasLoss)) {
    const std::filesystem::path figures = result.folder / "figures";
    report.AddFigure(ReadFigure(figures, kProgress));
    for (const SearchedKey& key : result.task.plan.space) {
      report.AddFigure(ReadFigure(figures, FigureName(key)));
    }
  }
  if (!result.best) return;
  report.Section("Best configuration");
  report.Paragraph("best.toml, the configuration of the best trial:");
  report.Code(ReadFile(result.best_config()));
}

void WriteSearchReport(const SearchResult& result) {
  if (std::ranges::any_of(result.trials, HasLoss)) {
    DrawProgress(result);
    for (size_t place = 0; place < result.task.plan.space.size(); ++place) DrawKey(result, place);
  }
  HtmlReport report(result.task.title, fmt::format("Random search: {} trials, seed {}", result.trials.size(),
                                                   result.task.plan.seed));
  if (result.best) {
    const SearchTrial& best = result.trials[*result.best];
    report.Summary({{.value = fmt::format("{:.5f}", best.loss()),
                     .label = result.loss_label(),
                     .note = fmt::format("trial {}, the best", best.number)},
                    {.value = fmt::format("{}", result.trials.size()), .label = "trials"},
                    {.value = Grouped(result.epochs_trained),
                     .label = "epochs trained",
                     .note = fmt::format("of {} requested", Grouped(result.epochs_asked))}});
  }
  AddSearch(report, result);
  WriteFileAtomically(result.report(), report.Finish());
}

}  // namespace hourglass
