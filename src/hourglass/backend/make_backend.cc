#include "hourglass/backend/make_backend.h"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "hourglass/backend/cpu/cpu_backend.h"
#include "hourglass/backend/gpu_module.h"
#include "hourglass/core/error.h"
#include "hourglass/core/host.h"

namespace hourglass {
namespace {

constexpr std::string_view kGpu = "cuda";

// n of "cuda:n".
std::optional<int> GpuNumber(std::string_view device) {
  if (!device.starts_with(kGpu)) return std::nullopt;
  device.remove_prefix(kGpu.size());
  if (device.empty()) return 0;
  if (device.front() != ':') return std::nullopt;
  device.remove_prefix(1);
  const bool digits = std::ranges::all_of(device, [](char c) { return '0' <= c && c <= '9'; });
  int number = 0;
  const auto [end, error] = std::from_chars(device.data(), device.data() + device.size(), number);
  return digits && !device.empty() && error == std::errc() ? std::optional(number) : std::nullopt;
}

DeviceChoice ChooseGpu(int number) {
  const GpuModule& module = OpenGpuModule();
  const std::vector<GpuInfo> gpus = module.Gpus();
  if (number >= static_cast<int>(gpus.size())) {
    throw UsageError({.what = fmt::format("there is no GPU cuda:{}", number),
                      .expected = gpus.size() == 1 ? "cuda:0, the only one"
                                                   : fmt::format("cuda:0 to cuda:{}", gpus.size() - 1),
                      .got = fmt::format("cuda:{}", number),
                      .setting = "device"});
  }
  module.Require(number);
  return {.name = fmt::format("cuda:{}", number),
          .processor = gpus[static_cast<size_t>(number)].name,
          .no_gpu = {}};
}

DeviceChoice ChooseCpu(std::string no_gpu = {}) {
  return {.name = kCpuDevice, .processor = ProcessorName(), .no_gpu = std::move(no_gpu)};
}

}  // namespace

std::string CanonicalDevice(std::string_view text) {
  if (text == kAutoDevice || text == kCpuDevice) return std::string(text);
  if (const auto number = GpuNumber(text)) return fmt::format("{}:{}", kGpu, *number);
  throw UsageError({.what = "unknown device",
                    .expected = "auto, cpu, cuda, or the number of a GPU: cuda:1",
                    .got = std::string(text),
                    .setting = "device"});
}

DeviceChoice ChooseDevice(std::string_view text) {
  const std::string device = CanonicalDevice(text);
  if (device == kCpuDevice) return ChooseCpu();
  if (device != kAutoDevice) return ChooseGpu(*GpuNumber(device));
  try {
    return ChooseGpu(0);
  } catch (const Error& error) {
    return ChooseCpu(error.text().what);
  }
}

int AvailableThreads() {
  return std::min(omp_get_max_threads(), omp_get_thread_limit());
}

std::unique_ptr<Backend> MakeBackend(const BackendOptions& options) {
  const int threads = options.threads > 0 ? options.threads : AvailableThreads();
  if (options.device == kCpuDevice) return std::make_unique<cpu::CpuBackend>(threads);
  return OpenGpuModule().MakeBackend(
      GpuNumber(CanonicalDevice(options.device)).value(),
      {.threads = threads, .record_steps = options.record_steps, .tf32 = options.tf32});
}

}  // namespace hourglass
