#include "hourglass/backend/gpu_module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <system_error>

#include "hourglass/core/error.h"
#include "hourglass/core/version.h"

namespace hourglass {
namespace {

constexpr char kModuleFile[] = "libhourglass_cuda.so";

template <class Function>
Function* FindSymbol(void* library, const char* name, const std::filesystem::path& file) {
  if (void* symbol = dlsym(library, name)) return reinterpret_cast<Function*>(symbol);
  throw SystemError({.what = fmt::format("{} is no module for GPUs", file.string()),
                     .expected = fmt::format("a library with the function {}", name)});
}

std::filesystem::path FindModule() {
  if (const char* given = std::getenv(kGpuModuleVariable); given != nullptr && *given != '\0') return given;
  std::error_code ignored;  // without /proc, there is no module
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  const std::filesystem::path places[] = {folder, folder.parent_path() / "lib/hourglass"};
  for (const auto& place : places) {
    if (std::filesystem::exists(place / kModuleFile, ignored)) return place / kModuleFile;
  }
  throw SystemError(
      {.what = "this program has no module for GPUs",
       .expected = fmt::format("{} in {} or {}", kModuleFile, places[0].string(), places[1].string()),
       .hint = "build it with the CUDA toolkit: cmake --preset cuda"});
}

}  // namespace

const GpuModule& OpenGpuModule(const std::filesystem::path& file) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw SystemError({.what = "the module for GPUs cannot be loaded", .got = dlerror()});
  }
  const std::string version = FindSymbol<GpuModuleVersion>(library, "hourglass_gpu_module_version", file)();
  if (version != Version()) {
    throw SystemError({.what = fmt::format("{} is of another version of hourglass", file.string()),
                       .expected = Version(),
                       .got = version,
                       .hint = "build both from the same source"});
  }
  return *FindSymbol<GpuModuleEntry>(library, "hourglass_gpu_module", file)();
}

const GpuModule& OpenGpuModule() {
  static const GpuModule& module = OpenGpuModule(FindModule());
  return module;
}

}  // namespace hourglass
