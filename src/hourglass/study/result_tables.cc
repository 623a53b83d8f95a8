#include "hourglass/study/result_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "hourglass/analysis/significance.h"

namespace hourglass {
namespace {

std::string Text(double value) {
  if (std::isnan(value)) return "-";
  return value == std::floor(value) && value < 1e9 ? fmt::format("{:.0f}", value)
                                                   : fmt::format("{:.4f}", value);
}

// Difference of `measured` from the published mean: relative, except for counts of units.
std::string Difference(const PublishedValue& value, double measured) {
  const double mean = SampleMean(value.values);
  if (std::isnan(measured)) return "-";
  if (value.measure.ends_with(".dead_units") || mean == 0) return fmt::format("{:+.3g}", measured - mean);
  return fmt::format("{:+.1f} %", 100 * (measured / mean - 1));
}

}  // namespace

std::vector<std::string> PublishedHeader() {
  return {"what", "run", "source", "published", "measured", "difference"};
}

std::vector<std::vector<std::string>> PublishedRows(const Recipe& recipe, const Measures& measures) {
  std::vector<std::vector<std::string>> rows;
  for (const PublishedValue& value : recipe.published) {
    const auto found = measures.Find(value.measure);
    const double measured = found && IsKnown(*found) ? NumberOf(*found) : std::nan("");
    std::vector<std::string> published;
    for (const double one : value.values) published.push_back(Text(one));
    rows.push_back({value.what, found ? found->of : value.measure, value.source,
                    fmt::format("{}", fmt::join(published, ", ")), Text(measured),
                    Difference(value, measured)});
  }
  return rows;
}

std::vector<std::string> ResultHeader() {
  std::vector<std::string> header = {"run", "loss", "first epoch", "last epoch", "train MSE", "held-out MSE"};
  for (const double sigma : kReportSigmas) header.push_back(fmt::format("noise {:g}", sigma));
  for (const char* rest : {"mean image", "PCA", "dead units", "parameters"}) header.emplace_back(rest);
  return header;
}

std::vector<std::vector<std::string>> ResultRows(const std::vector<RunResult>& results) {
  std::vector<std::vector<std::string>> rows;
  for (const RunResult& run : results) {
    std::vector<std::string> row = {run.label,
                                    ToString(run.objective.terms),
                                    Text(run.epochs.front().train_loss()),
                                    Text(run.epochs.back().train_loss()),
                                    Text(run.train_mse),
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

}  // namespace hourglass
