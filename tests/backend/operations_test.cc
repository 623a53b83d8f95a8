// Every row of the operation table against reference.h, and every operation of backend.h has a row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "hourglass/core/file.h"
#include "support/operation_cases.h"

namespace hourglass::test {
namespace {

class OperationTest : public testing::TestWithParam<OperationCase> {};

TEST_P(OperationTest, EqualsReference) {
  for (int threads : {1, 2, 3}) {
    const auto backend = MakeCpuBackend(threads);
    const auto operation = GetParam().prepare();
    operation->Poison();
    operation->Run(*backend);
    EXPECT_LE(operation->Error(), GetParam().tolerance) << threads << " threads";
  }
}

// The reference takes a second at the sizes that are worth timing, so those are left to the benchmarks.
std::vector<OperationCase> SmallCases() {
  std::vector<OperationCase> cases = OperationCases();
  std::erase_if(cases, [](const OperationCase& c) { return c.flops > 2e8; });
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Table, OperationTest, testing::ValuesIn(SmallCases()),
                         [](const auto& row) { return row.param.operation + "_" + row.param.label; });

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
