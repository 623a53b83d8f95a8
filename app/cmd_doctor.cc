// hourglass doctor: checks that this machine trains as it should.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "app/checks.h"
#include "app/commands.h"
#include "app/messages.h"
#include "app/table.h"
#include "hourglass/backend/gpu_module.h"
#include "hourglass/core/error.h"
#include "hourglass/core/json.h"
#include "hourglass/train/self_test.h"

namespace hourglass::app {
namespace {

struct DoctorFlags {
  bool gpu = false, json = false;
  int64_t steps = 200;
};

Json ToJson(const SelfTestResult& result) {
  Json json = {{"model", result.model},         {"precision", Name(result.precision)},
               {"repeats", result.repeats},     {"difference", result.difference},
               {"tolerance", result.tolerance}, {"seconds_per_step", result.seconds_per_step},
               {"passed", result.passed()}};
  if (result.recorded_alike) json["recorded_alike"] = *result.recorded_alike;
  return json;
}

std::string YesOrNo(bool yes) {
  return yes ? "yes" : "NO";
}

void PrintResults(const std::vector<SelfTestResult>& results) {
  std::vector<std::vector<std::string>> rows;
  for (const SelfTestResult& result : results) {
    rows.push_back({result.model, std::string(Name(result.precision)), YesOrNo(result.repeats),
                    result.recorded_alike ? YesOrNo(*result.recorded_alike) : "-",
                    fmt::format("{:.1e}", result.difference), fmt::format("{:.0e}", result.tolerance),
                    fmt::format("{:.3f}", 1000 * result.seconds_per_step),
                    result.passed() ? "ok" : "FAILED"});
  }
  PrintTable({"model", "precision", "repeats", "recorded", "difference", "accepted", "ms/step", "result"},
             rows, 2);
}

void Run(const Command& command, const DoctorFlags& options) {
  const DeviceChoice device = ChooseDevice(options.gpu ? "cuda" : kCpuDevice);
  const std::string versions = device.gpu() ? OpenGpuModule().Versions() : "";
  if (!options.json) {
    fmt::print("device  {}{}\n", device.processor, versions.empty() ? "" : fmt::format(", {}", versions));
    fmt::print("trains each model for {} steps, twice; compares with one thread of the processor\n\n",
               options.steps);
  }
  std::vector<SelfTestResult> results;
  TestDevice(device.name, options.steps, [&](const SelfTestResult& result) {
    results.push_back(result);
    if (command.verbosity() != Verbosity::kQuiet)
      PrintMessage(
          fmt::format("{} {} {}\n", result.model, Name(result.precision), result.passed() ? "ok" : "FAILED"));
  });
  const auto failed = std::ranges::count_if(results, [](const SelfTestResult& one) { return !one.passed(); });
  if (options.json) {
    Json checks = Json::array();
    for (const SelfTestResult& result : results) checks.push_back(ToJson(result));
    fmt::print("{}\n", IndentedText(Json{{"schema_version", 1},
                                         {"device", device.name},
                                         {"processor", device.processor},
                                         {"versions", versions},
                                         {"steps", options.steps},
                                         {"passed", failed == 0},
                                         {"checks", std::move(checks)}}));
  } else {
    PrintResults(results);
  }
  if (failed > 0) {
    throw SystemError({.what = fmt::format("{} of {} checks failed", failed, results.size()),
                       .hint = "please report this with the table above and the output of `hourglass env`"});
  }
}

}  // namespace

void AddDoctorCommand(const Command& program) {
  auto options = std::make_shared<DoctorFlags>();
  const Command command = program.AddCommand("doctor", "Check that this machine trains as it should",
                                             "hourglass doctor            the processor, with all threads\n"
                                             "hourglass doctor --gpu      the first NVIDIA GPU");
  command.AddSwitch("--gpu", options->gpu, "Check the first NVIDIA GPU");
  command.Add("--steps", options->steps, "Steps of each training")
      .Check(WholeNumber(2, 10'000))
      .ShowDefault();
  command.AddSwitch("--json", options->json, "Print as JSON").Group("Output");
  command.OnRun([command, options] { Run(command, *options); });
}

}  // namespace hourglass::app
