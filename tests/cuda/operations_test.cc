// The kernels of the CUDA backend on the emulation: every row of the operation table equals reference.h,
// whatever the order in which threads run.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "hourglass/cuda/cuda_backend.h"
#include "support/operation_cases.h"

namespace hourglass::test {
namespace {

using cuda::emulation::Order;

struct EmulatedCase {
  OperationCase row;
  Order order;
};

std::string NameOf(Order order) {
  return order == Order::kForward ? "Forward" : order == Order::kReverse ? "Reverse" : "Shuffled";
}

std::vector<EmulatedCase> EmulatedCases() {
  constexpr double kMostFlops = 1e6;  // the emulation takes a hundred times as long as the processor
  std::vector<EmulatedCase> cases;
  for (const OperationCase& row : OperationCases()) {
    if (row.flops > kMostFlops) continue;
    for (const Order order : {Order::kForward, Order::kReverse, Order::kShuffled})
      cases.push_back({row, order});
  }
  return cases;
}

class EmulatedOperation : public testing::TestWithParam<EmulatedCase> {};

TEST_P(EmulatedOperation, EqualsReference) {
  const auto& [row, order] = GetParam();
  cuda::CudaBackend backend("emulated", std::make_unique<cuda::Stream>(order), GpuOptions{});
  const auto operation = row.prepare(backend.device());
  operation->Poison();
  operation->Run(backend);
  EXPECT_LE(operation->Error(), row.tolerance);
}

INSTANTIATE_TEST_SUITE_P(Table, EmulatedOperation, testing::ValuesIn(EmulatedCases()), [](const auto& test) {
  return test.param.row.operation + "_" + test.param.row.label + "_" + NameOf(test.param.order);
});

}  // namespace
}  // namespace hourglass::test
