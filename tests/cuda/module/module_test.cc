// The program can load the module, and learns what is missing where there is no GPU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "hourglass/backend/gpu_module.h"
#include "hourglass/core/error.h"

namespace hourglass {
namespace {

const GpuModule& Module() {
  static const GpuModule& module = OpenGpuModule(HOURGLASS_BUILT_GPU_MODULE);
  return module;
}

// What work() throws, or an empty text.
template <class Work>
ErrorText ErrorOf(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailure);
    return error.text();
  }
  return {};
}

TEST(GpuModule, LoadsAndIsOfTheSameVersion) {
  EXPECT_NO_THROW(Module());
}

TEST(GpuModule, NamesTheVersionsOfItsParts) {
  EXPECT_THAT(Module().Versions(),
              testing::MatchesRegex("(no driver|driver [0-9]+\\.[0-9]+), runtime [0-9]+\\.[0-9]+, "
                                    "cuBLASLt [0-9]+\\.[0-9]+\\.[0-9]+"));
}

TEST(GpuModule, SaysThatTheDriverIsMissing) {
  if (!Module().Versions().starts_with("no driver"))
    GTEST_SKIP() << "this machine has NVIDIA's driver: " << Module().Versions();
  for (const ErrorText& error :
       {ErrorOf([] { Module().Gpus(); }), ErrorOf([] { Module().MakeBackend(0, {}); })}) {
    EXPECT_EQ(error.what, "NVIDIA's driver is missing");
    EXPECT_THAT(error.expected, testing::MatchesRegex("a driver for CUDA [0-9]+\\.0 or newer"));
    EXPECT_EQ(error.got, "no libcuda.so.1");
  }
}

}  // namespace
}  // namespace hourglass
