#include "hourglass/objective/correlation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "hourglass/backend/make_backend.h"
#include "hourglass/backend/reference.h"
#include "hourglass/objective/objectives.h"
#include "support/random.h"

namespace hourglass {
namespace {

class CorrelationTest : public ::testing::Test {
 protected:
  CorrelationTest() : model_(MakeArchitecture("mlp4", {1, 4, 4}, 2), 3), session_(model_, *backend_) {}

  // The value for the first `rows` images: `noisy_` is encoded, and distances are those of `clean_`.
  double Value(int64_t rows) {
    std::ranges::fill(sums_.span<double>(), 0.0);
    const Tensor input = noisy_.Rows(0, rows), target = clean_.Rows(0, rows);
    const std::vector<int64_t> ids(static_cast<size_t>(rows));
    const Session::Outputs outputs = session_.Forward(input);
    Correlation().Value(session_, {ids, 1, input, target}, outputs, {sums_, 1});
    return sums_.data<double>()[1] / static_cast<double>(rows);
  }
  double Expected(std::vector<int64_t> shifts, int64_t rows) {
    const Tensor code = session_.Encode(noisy_.Rows(0, rows));
    return reference::CorrelationLoss<double>({shifts}, rows, 16, 2, test::Widen(clean_.Rows(0, rows)).data(),
                                              test::Widen(code).data(), 1, nullptr);
  }

  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 1});
  Model model_;
  Session session_;
  Tensor clean_ = test::RandomTensor({10, 1, 4, 4}, DType::kF32, 1, 0, 1),
         noisy_ = test::RandomTensor({10, 1, 4, 4}, DType::kF32, 2, 0, 1), sums_{{2}, DType::kF64};
};

TEST_F(CorrelationTest, ComparesDistancesOfCleanImages) {
  EXPECT_NEAR(Value(10), Expected({1, 2, 3, 4}, 10), 1e-4);
}

// The last batch of an epoch may have any number of rows; of fewer than three, all distances are equal.
TEST_F(CorrelationTest, IsDefinedForAnyNumberOfRows) {
  EXPECT_NEAR(Value(4), Expected({1, 2, 3}, 4), 1e-4);
  EXPECT_NE(Value(3), 1);
  EXPECT_EQ(Value(2), 1);
  EXPECT_EQ(Value(1), 1);
}

TEST_F(CorrelationTest, IsNoPartOfTheLoss) {
  const Objectives objectives({.neighbourhood = {.weight = 2, .images = 500}, .correlation = 0.5});
  ASSERT_EQ(objectives.size(), 3);
  EXPECT_EQ(objectives.term(2).name(), "correlation");
  EXPECT_EQ(objectives.Total({3, 10, 4}), 25);
  EXPECT_EQ(objectives.Loss({3, 10, 4}), 3);
  EXPECT_EQ(Objectives({.correlation = 1}).size(), 2);
}

}  // namespace
}  // namespace hourglass
