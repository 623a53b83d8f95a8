// Compares every row of the operation table with reference.h on every tested backend, and checks that every
// operation of backend.h has a row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "hourglass/backend/cpu/cpu_backend.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/file.h"
#include "support/elsewhere_backend.h"
#include "support/operation_cases.h"

namespace hourglass::test {
namespace {

// A backend that runs the table. A new backend is a new row in TestedBackends().
struct TestedBackend {
  std::string name;  // part of a test's name
  std::function<std::unique_ptr<Backend>(int threads)> make;
  double tolerance_factor = 1;  // of each row's tolerance: how much less exact it may be than the CPU
  double most_flops = 2e8;  // the reference takes a second at timed sizes: those are left to the benchmarks
  std::string operations = "";  // only those whose names begin with this
};

// The CPU on one of Highway's instruction sets. Only the best one runs the larger rows.
TestedBackend CpuOn(int64_t target, bool best) {
  const auto make = [target](int threads) {
    hwy::SetSupportedTargetsForTest(target);
    return MakeBackend({.threads = threads});
  };
  return {.name = hwy::TargetName(target), .make = make, .most_flops = best ? 2e8 : 1e6};
}

std::vector<TestedBackend> TestedBackends() {
  std::vector<TestedBackend> backends;
  for (const auto target : hwy::SupportedAndGeneratedTargets()) {  // best first
    backends.push_back(CpuOn(static_cast<int64_t>(target), backends.empty()));
  }
  const int64_t best = static_cast<int64_t>(hwy::SupportedAndGeneratedTargets().front());
  for (const cpu::PairProducts pairs :
       cpu::SupportedPairProducts()) {  // the fastest last, as in the rows above
    if (pairs == cpu::SupportedPairProducts().back()) break;
    std::string name = "Pairs" + std::string(Name(pairs));
    std::erase(name, '-');
    const auto make = [best, pairs](int threads) {
      hwy::SetSupportedTargetsForTest(best);
      return std::make_unique<cpu::CpuBackend>(threads, pairs);
    };
    backends.push_back({.name = std::move(name), .make = make, .operations = "Dense"});
  }
  backends.push_back({.name = "Elsewhere",
                      .make = [](int threads) { return std::make_unique<ElsewhereBackend>(threads); },
                      .most_flops = 1e6});
  if (const DeviceChoice device = ChooseDevice(kAutoDevice); device.gpu()) {
    const auto make = [name = device.name](int threads) {
      return MakeBackend({.threads = threads, .device = name});
    };
    backends.push_back({.name = "Gpu", .make = make, .most_flops = 2e8});
  }
  return backends;
}

struct TestedCase {
  OperationCase row;
  TestedBackend backend;
};

std::vector<TestedCase> TestedCases() {
  std::vector<TestedCase> cases;
  const std::vector<OperationCase> rows = OperationCases();
  for (const TestedBackend& backend : TestedBackends()) {
    for (const OperationCase& row : rows) {
      if (!row.operation.starts_with(backend.operations)) continue;
      if (row.flops <= backend.most_flops) cases.push_back({row, backend});
    }
  }
  return cases;
}

class OperationTest : public testing::TestWithParam<TestedCase> {
 protected:
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

TEST_P(OperationTest, EqualsReference) {
  const auto& [row, tested] = GetParam();
  for (int threads : {1, 2, 3}) {
    const auto backend = tested.make(threads);
    const auto operation = row.prepare(backend->device());
    operation->Poison();
    operation->Run(*backend);
    EXPECT_LE(operation->Error(), tested.tolerance_factor * row.tolerance) << threads << " threads";
  }
}

INSTANTIATE_TEST_SUITE_P(Table, OperationTest, testing::ValuesIn(TestedCases()), [](const auto& test) {
  return test.param.row.operation + "_" + test.param.row.label + "_" + test.param.backend.name;
});

TEST(OperationTable, HasEveryOperationOfTheBackend) {
  const std::string header = ReadFile(HOURGLASS_BACKEND_HEADER);
  const std::regex declaration(R"(virtual [a-z]+ Do(\w+)\()");
  std::set<std::string> declared, tested;
  for (std::sregex_iterator match(header.begin(), header.end(), declaration), end; match != end; ++match) {
    declared.insert((*match)[1]);
  }
  for (const TestedCase& c : TestedCases()) tested.insert(c.row.operation);
  EXPECT_THAT(declared, testing::SizeIs(testing::Ge(7u)));
  for (const std::string& operation : declared)
    EXPECT_TRUE(tested.contains(operation)) << operation << " has no row";
}

}  // namespace
}  // namespace hourglass::test
