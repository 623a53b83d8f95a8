#include "hourglass/study/run_result.h"

#include <iterator>
#include <limits>

#include "hourglass/core/require.h"

namespace hourglass {
void SetMeasurements(const Json& measurements, RunResult& result) {
  const std::string held_out = measurements.at("held_out_name");
  result.train_mse = measurements.at("train/mse");
  result.held_out_mse = measurements.at(held_out + "/mse");
  result.noisy_mse.clear();
  for (const Json& noisy : measurements.at(held_out + "/noisy_mse"))
    result.noisy_mse.push_back(noisy.at("mse"));
  RequireEqual("number of noise levels", std::ssize(result.noisy_mse), std::ssize(kReportSigmas));
  const Json& baselines = measurements.at("baselines");
  result.mean_image_mse = baselines.at("mean_image");
  result.pca_mse = baselines.contains("pca") ? baselines["pca"].at("mse").get<double>()
                                             : std::numeric_limits<double>::quiet_NaN();
  result.dead_units = static_cast<int64_t>(measurements.at("code").at("dead").size());
  result.used_units = measurements.at("code").at("used");
  result.findings.clear();
  for (const Json& finding : measurements.at("findings")) {
    result.findings.push_back({.severe = finding.at("severe").get<bool>(),
                               .name = finding.at("name").get<std::string>(),
                               .what = finding.at("what").get<std::string>(),
                               .advice = finding.at("advice").get<std::string>()});
  }
}

Json ToJson(const RunResult& result) {
  Json json = {{"name", result.name}, {"label", result.label}};
  if (!result.control_of.empty()) json["control_of"] = result.control_of;
  if (!result.repeat_of.empty()) json["repeat_of"] = result.repeat_of;
  json["loss"] = ToString(result.objective.terms);
  json["findings"] = Json::array();
  for (const Finding& finding : result.findings) json["findings"].push_back(ToJson(finding));
  return json;
}

}  // namespace hourglass
