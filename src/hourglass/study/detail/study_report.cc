#include "hourglass/study/detail/study_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hourglass/model/summary.h"
#include "hourglass/report/html.h"
#include "hourglass/report/robustness_figures.h"
#include "hourglass/report/search_report.h"
#include "hourglass/report/sweep_report.h"
#include "hourglass/study/neighbour_tables.h"
#include "hourglass/study/result_tables.h"

namespace hourglass {
namespace {

void AddAnswers(HtmlReport& report, const StudyOutcome& outcome) {
  if (outcome.verdicts.empty()) return;
  report.Section("Claims and what the numbers say");
  Table table{.header = {"claim", "answer", "because"}, .rows = {}, .text_columns = 3};
  for (const ClaimVerdict& verdict : outcome.verdicts) {
    table.rows.push_back({verdict.claim, std::string(Name(verdict.answer)), verdict.because});
  }
  report.AddTable(table);
}

void AddDepartures(HtmlReport& report, const Recipe& recipe) {
  if (recipe.departures.empty()) return;
  report.Warning(
      fmt::format("This study was run with {}, so it cannot be compared with the published values.",
                  fmt::join(recipe.departures, ", ")));
}

void AddNumbers(HtmlReport& report, const Recipe& recipe, const StudyOutcome& outcome,
                const DataSplits& data) {
  report.Section("Measured");
  for (const RunResult& run : outcome.results) {
    for (const Finding& finding : run.findings) {
      if (finding.severe) report.Warning(fmt::format("{}: {} {}", run.label, finding.what, finding.advice));
    }
  }
  report.AddTable(
      {.header = ResultHeader(),
       .rows = ResultRows(outcome.results),
       .caption = fmt::format(
           "Losses and errors are means per pixel, pixels in [0, 1]. First and last epoch: training loss "
           "during the epoch; for a model whose encoder learns alone, the first is that of its decoder. Held "
           "out: "
           "{} images. Noise: on the input, target clean.",
           data.held_out_name),
       .text_columns = 2});
  if (recipe.published.empty()) return;
  report.Section("Published beside measured");
  report.AddTable(
      {.header = PublishedHeader(),
       .rows = PublishedRows(recipe, outcome.measures),
       .caption =
           "Several published values in one row come from several seeds; the difference is from their mean. "
           "Measured: the mean over the seeds of the run.",
       .text_columns = 3});
}

void AddRobustness(HtmlReport& report, const StudyOutcome& outcome) {
  if (outcome.robustness.empty()) return;
  report.Section("Robustness");
  for (const ProbedRobustness& probed : outcome.robustness) {
    for (const Figure& figure : probed.figures) report.AddFigure(figure);
    Table table{.header = {"model", "curve", "formula", "R²"},
                .rows = {},
                .caption = fmt::format("Least-squares fits to the MSE against x, the {}.",
                                       AmountLabel(probed.measured.kind)),
                .text_columns = 3};
    for (const QualityCurve& curve : probed.measured.models) {
      for (const CurveFit& fit : FitMse(probed.measured, curve)) {
        table.rows.push_back(
            {curve.label, std::string(Name(fit.form)), fit.Formula(), fmt::format("{:.4f}", fit.r_squared)});
      }
    }
    report.AddTable(table);
  }
}

void AddNeighbours(HtmlReport& report, const Recipe& recipe, const StudyOutcome& outcome) {
  if (!outcome.neighbours) return;
  report.Section("Neighbours");
  for (const Table& table : NeighbourTables(*recipe.neighbours, *outcome.neighbours)) report.AddTable(table);
  for (const Figure& figure : outcome.neighbours->figures) report.AddFigure(figure);
}

void AddFigureSection(HtmlReport& report, const char* heading, const std::optional<Figure>& figure) {
  if (!figure) return;
  report.Section(heading);
  report.AddFigure(*figure);
}

void AddSummary(HtmlReport& report, const Recipe& recipe, const Architecture& architecture) {
  if (!recipe.summary) return;
  report.Section("Layers");
  if (!recipe.published_layers.empty()) {
    report.Paragraph("As published:");
    std::string published;
    for (const std::string& line : recipe.published_layers) published += line + "\n";
    report.Code(published);
    report.Paragraph("In this study (each activation is shown in the row of its layer):");
  }
  report.Code(ToText(Summarize(architecture)));
}

}  // namespace

std::string StudyReport(const Recipe& recipe, const StudyOutcome& outcome, const Architecture& architecture,
                        const DataSplits& data, const StudyFigures& figures) {
  HtmlReport report(recipe.title,
                    fmt::format("Study {} on {}: {} runs", recipe.name, data.name, outcome.results.size()));
  report.Paragraph(recipe.text);
  AddDepartures(report, recipe);
  AddAnswers(report, outcome);
  AddNumbers(report, recipe, outcome, data);
  AddSummary(report, recipe, architecture);
  report.Section("Loss");
  for (const Figure& figure : figures.losses) report.AddFigure(figure);
  if (!figures.noise.empty()) report.Section("Noise on the input, epoch by epoch");
  for (const Figure& figure : figures.noise) report.AddFigure(figure);
  AddFigureSection(report, "Reconstruction", figures.reconstruction);
  if (figures.best_to_worst) report.AddFigure(*figures.best_to_worst);
  AddFigureSection(report, "Denoising", figures.denoising);
  AddFigureSection(report, "Interpolation", figures.interpolation);
  AddFigureSection(report, "Generation", outcome.generation);
  AddRobustness(report, outcome);
  AddNeighbours(report, recipe, outcome);
  if (outcome.search) AddSearch(report, *outcome.search);
  if (outcome.sweep) AddSweep(report, *outcome.sweep);
  return report.Finish();
}

}  // namespace hourglass
