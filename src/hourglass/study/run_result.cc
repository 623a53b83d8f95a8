#include "hourglass/study/run_result.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>

#include "hourglass/core/check.h"

namespace hourglass {
namespace {

struct NamedMeasure {
  std::string name;
  std::function<double(const RunResult&)> of;
};

const std::vector<NamedMeasure>& Measures() {
  using R = RunResult;
  static const std::vector<NamedMeasure> measures = {
      {"first_train_loss", [](const R& run) { return run.epochs.front().train_loss(); }},
      {"last_train_loss", [](const R& run) { return run.epochs.back().train_loss(); }},
      {"train_mse", [](const R& run) { return run.train_mse; }},
      {"test_mse", [](const R& run) { return run.held_out_mse; }},
      {"noisy_mse_0.2", [](const R& run) { return run.noisy_mse[0]; }},
      {"noisy_mse_0.5", [](const R& run) { return run.noisy_mse[1]; }},
      {"mean_image_mse", [](const R& run) { return run.mean_image_mse; }},
      {"pca_mse", [](const R& run) { return run.pca_mse; }},
      {"dead_units", [](const R& run) { return static_cast<double>(run.dead_units); }},
      {"parameters", [](const R& run) { return static_cast<double>(run.parameters); }},
  };
  static_assert(std::size(kReportSigmas) == 2 && kReportSigmas[0] == 0.2 && kReportSigmas[1] == 0.5);
  return measures;
}

}  // namespace

void SetMeasurements(const Json& measurements, RunResult& result) {
  const std::string held_out = measurements.at("held_out_name");
  result.train_mse = measurements.at("train/mse");
  result.held_out_mse = measurements.at(held_out + "/mse");
  result.noisy_mse.clear();
  for (const Json& noisy : measurements.at(held_out + "/noisy_mse"))
    result.noisy_mse.push_back(noisy.at("mse"));
  HOURGLASS_CHECK(result.noisy_mse.size() == std::size(kReportSigmas));
  const Json& baselines = measurements.at("baselines");
  result.mean_image_mse = baselines.at("mean_image");
  result.pca_mse = baselines.contains("pca") ? baselines["pca"].at("mse").get<double>()
                                             : std::numeric_limits<double>::quiet_NaN();
  result.dead_units = static_cast<int64_t>(measurements.at("code").at("dead").size());
  result.findings.clear();
  for (const Json& finding : measurements.at("findings")) {
    result.findings.push_back({.severe = finding.at("severe").get<bool>(),
                               .name = finding.at("name").get<std::string>(),
                               .what = finding.at("what").get<std::string>(),
                               .advice = finding.at("advice").get<std::string>()});
  }
}

std::vector<std::string> MeasureNames() {
  std::vector<std::string> names;
  for (const NamedMeasure& measure : Measures()) names.push_back(measure.name);
  return names;
}

double MeasureOf(const RunResult& result, std::string_view measure) {
  const auto found = std::ranges::find(Measures(), measure, &NamedMeasure::name);
  HOURGLASS_CHECK(found != Measures().end());
  return found->of(result);
}

Json ToJson(const RunResult& result) {
  Json json = {{"name", result.name}, {"label", result.label}, {"code_size", result.code_size}};
  if (!result.control_of.empty()) json["control_of"] = result.control_of;
  json["loss"] = ToString(result.objective.terms);
  json["epochs"] = result.epochs.size();
  for (const NamedMeasure& measure : Measures()) json[measure.name] = measure.of(result);
  json["noisy_epochs"] = Json::array();
  for (size_t i = 0; i < result.noisy_epochs.size(); ++i) {
    json["noisy_epochs"].push_back({{"sigma", kReportSigmas[i]}, {"mse", result.noisy_epochs[i]}});
  }
  json["findings"] = Json::array();
  for (const Finding& finding : result.findings) json["findings"].push_back(ToJson(finding));
  return json;
}

}  // namespace hourglass
