// Compares every row of the operation table with reference.h, on every instruction set that was compiled and
// that this processor has, and checks that every operation of backend.h has a row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <regex>
#include <set>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/file.h"
#include "support/operation_cases.h"

namespace hourglass::test {
namespace {

// A row of the table, on one of Highway's instruction sets.
struct TargetedCase {
  OperationCase row;
  int64_t target;
};

class OperationTest : public testing::TestWithParam<TargetedCase> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam().target); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

TEST_P(OperationTest, EqualsReference) {
  for (int threads : {1, 2, 3}) {
    const auto backend = MakeBackend({.threads = threads});
    const auto operation = GetParam().row.prepare();
    operation->Poison();
    operation->Run(*backend);
    EXPECT_LE(operation->Error(), GetParam().row.tolerance) << threads << " threads";
  }
}

// The reference takes a second at timed sizes, so those are left to the benchmarks.
std::vector<OperationCase> SmallCases() {
  std::vector<OperationCase> cases = OperationCases();
  std::erase_if(cases, [](const OperationCase& c) { return c.flops > 2e8; });
  return cases;
}

// Small cases on the best instruction set, the quick ones on the others too. oneDNN, which computes the
// products of dense layers, chooses its own.
std::vector<TargetedCase> TargetedCases() {
  std::vector<TargetedCase> cases;
  const auto targets = hwy::SupportedAndGeneratedTargets();  // best first
  for (const auto target : targets) {
    for (const OperationCase& row : SmallCases()) {
      if (target == targets.front() || row.flops < 1e6) cases.push_back({row, static_cast<int64_t>(target)});
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Table, OperationTest, testing::ValuesIn(TargetedCases()), [](const auto& test) {
  return test.param.row.operation + "_" + test.param.row.label + "_" + hwy::TargetName(test.param.target);
});

TEST(OperationTable, HasEveryOperationOfTheBackend) {
  const std::string header = ReadFile(HOURGLASS_BACKEND_HEADER);
  const std::regex declaration(R"(virtual [a-z]+ Do(\w+)\()");
  std::set<std::string> declared, tested;
  for (std::sregex_iterator match(header.begin(), header.end(), declaration), end; match != end; ++match) {
    declared.insert((*match)[1]);
  }
  for (const OperationCase& c : SmallCases()) tested.insert(c.operation);
  EXPECT_THAT(declared, testing::SizeIs(testing::Ge(7u)));
  for (const std::string& operation : declared)
    EXPECT_TRUE(tested.contains(operation)) << operation << " has no row";
}

}  // namespace
}  // namespace hourglass::test
