// hourglass env: shows program, processor, libraries and data. Users send its output with every question.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>

#include "app/commands.h"
#include "hourglass/backend/backend.h"
#include "hourglass/backend/gpu_module.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/host.h"
#include "hourglass/core/json.h"
#include "hourglass/core/version.h"
#include "hourglass/data/dataset.h"
#include "hourglass/data/open_data.h"

namespace hourglass::app {
namespace {

// The path of `program` as the shell would find it, or "".
std::string FindProgram(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::filesystem::path file = std::filesystem::path(folder) / program;
    if (::access(file.c_str(), X_OK) == 0) return file.string();
  }
  return "";
}

double InGiB(int64_t bytes) {
  return static_cast<double>(bytes) / (int64_t{1} << 30);
}

// The state of MNIST: its sizes, or why it cannot be used.
std::string MnistState(const std::string& data_dir) {
  try {
    const DataSplits data = OpenData({.name = "mnist", .data_dir = data_dir});
    return fmt::format("found: {} train and {} {} images", data.train->size(), data.held_out->size(),
                       data.held_out_name);
  } catch (const Error& error) {
    return fmt::format("not usable: {}", error.text().what);
  }
}

// The folder of downloaded data, or why there is none.
std::string CacheState() {
  try {
    return UserCacheDir().string();
  } catch (const Error& error) {
    return fmt::format("none: {}", error.text().got);
  }
}

// The GPUs that `--device` can name, or why there are none.
Json Gpus() {
  try {
    const GpuModule& module = OpenGpuModule();
    Json gpus = Json::array();
    for (const GpuInfo& gpu : module.Gpus()) {
      gpus.push_back(fmt::format("cuda:{} {} (compute capability {}.{}; {:.1f} of {:.1f} GiB free)",
                                 gpu.number, gpu.name, gpu.major, gpu.minor, InGiB(gpu.free_bytes),
                                 InGiB(gpu.memory_bytes)));
    }
    return gpus;
  } catch (const Error& error) {
    const ErrorText& text = error.text();
    return fmt::format("none: {}{}", text.what, text.got.empty() ? "" : fmt::format(" ({})", text.got));
  }
}

Json Describe(const std::string& data_dir) {
  const PrecisionChoice precision = AutoPrecision(/*convolutions=*/false);
  const std::string gnuplot = FindProgram("gnuplot");
  return {{"version", Version()},
          {"compiler", Compiler()},
          {"processor", ProcessorName()},
          {"simd", SimdTargets()},
          {"threads", MakeBackend()->threads()},
          {"bf16_products", Bf16Instructions()},
          {"precision", Name(precision.dtype)},
          {"precision_reason", precision.reason},
          {"gpus", Gpus()},
          {"mnist", MnistState(data_dir)},
          {"cache", CacheState()},
          {"gnuplot", gnuplot.empty() ? "not found: no figures (Debian: apt install gnuplot-nox)" : gnuplot}};
}

void Print(const Json& description) {
  for (const auto& [key, value] : description.items()) {
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (value.is_array()) text = fmt::format("{}", fmt::join(value.get<std::vector<std::string>>(), ", "));
    fmt::print("{:<17} {}\n", key, text);
  }
}

}  // namespace

void AddEnvCommand(const Command& program) {
  auto json = std::make_shared<bool>(false);
  auto data_dir = std::make_shared<std::string>();
  const Command command = program.AddCommand("env", "Show program, processor, libraries and data found",
                                             "hourglass env\nhourglass env --json");
  command.AddSwitch("--json", *json, "Print as JSON").Group("Output");
  command.Add("--data-dir", *data_dir, "Folder to search for the data first").Type("DIR");
  command.OnRun([json, data_dir] {
    const Json description = Describe(*data_dir);
    if (!*json) return Print(description);
    Json versioned = {{"schema_version", 1}};
    versioned.update(description);
    fmt::print("{}\n", IndentedText(versioned));
  });
}

}  // namespace hourglass::app
