#include "hourglass/objective/neighbourhood.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "hourglass/backend/make_backend.h"
#include "hourglass/backend/reference.h"
#include "hourglass/objective/objectives.h"
#include "support/random.h"

namespace hourglass {
namespace {

class NeighbourhoodTest : public ::testing::Test {
 protected:
  NeighbourhoodTest() : model_(MakeArchitecture("mlp4", {1, 4, 4}, 2), 3), session_(model_, *backend_) {}

  Batch MakeBatch(uint32_t epoch) const { return {ids_, epoch, images_, images_, nullptr, partners_}; }
  // The mean over the rows, in `epoch`.
  double Value(const NeighbourhoodSettings& settings, uint32_t epoch) {
    std::ranges::fill(sums_.span<double>(), 0.0);
    const Session::Outputs outputs = session_.Forward(images_);
    Neighbourhood(settings).Value(session_, MakeBatch(epoch), outputs, {sums_, 1});
    return sums_.data<double>()[1] / 10;
  }
  double Expected(const NeighbourLossSettings& settings) {
    const Tensor code = session_.Encode(images_);
    return reference::NeighbourLoss<double>(settings, 10, 2, test::Widen(code).data(), partners_.data(), 1,
                                            nullptr) /
           10;
  }

  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 1});
  Model model_;
  Session session_;
  Tensor images_ = test::RandomTensor({10, 1, 4, 4}, DType::kF32, 1, 0, 1), sums_{{2}, DType::kF64};
  std::vector<int64_t> ids_ = std::vector<int64_t>(10);
  std::vector<int32_t> partners_ = {5, 6, 7, 8, 9, 0, 1, 2, 3, 4};
};

TEST_F(NeighbourhoodTest, ExaggeratesInTheFirstEpochs) {
  const NeighbourhoodSettings settings = {.exaggeration = 4, .exaggerated_epochs = 2, .images = 500};
  const double scale = Neighbourhood::kCodeScale;
  EXPECT_NEAR(Value(settings, 2), Expected({.rho = 4, .scale = scale}), 1e-4);
  EXPECT_NEAR(Value(settings, 3), Expected({.rho = 1, .scale = scale}), 1e-4);
  EXPECT_GT(std::abs(Value(settings, 2) - Value(settings, 3)), 0.1);
  const Neighbourhood term(settings);
  EXPECT_FALSE(term.ChangesAt(2));
  EXPECT_TRUE(term.ChangesAt(3));
  EXPECT_FALSE(Neighbourhood({.exaggeration = 1, .exaggerated_epochs = 2}).ChangesAt(3));
  EXPECT_FALSE(Neighbourhood({.exaggeration = 4, .exaggerated_epochs = 0}).ChangesAt(1));
}

// s = 100 M / n, with M = 8 negative samples of n = 500 images.
TEST_F(NeighbourhoodTest, NegativeSamplesRepelByTheirNumber) {
  const NeighbourhoodSettings settings = {
      .form = NeighbourhoodForm::kNegative, .exaggeration = 3, .exaggerated_epochs = 1, .images = 500};
  const auto expected = [&](double s) {
    return Expected({.repulsion = Repulsion::kNegative, .s = s, .scale = Neighbourhood::kCodeScale});
  };
  EXPECT_NEAR(Value(settings, 1), expected(4.8), 1e-4);
  EXPECT_NEAR(Value(settings, 2), expected(1.6), 1e-4);
}

TEST_F(NeighbourhoodTest, TheExaggerationOfNegativeSamplesFallsEveryEpoch) {
  const NeighbourhoodSettings settings = {
      .form = NeighbourhoodForm::kNegative, .exaggeration = 4, .exaggerated_epochs = 2, .images = 500};
  const auto expected = [&](double s) {
    return Expected({.repulsion = Repulsion::kNegative, .s = s, .scale = Neighbourhood::kCodeScale});
  };
  for (const auto& [epoch, s] : {std::pair(1u, 6.4), std::pair(2u, 3.2), std::pair(3u, 1.6)}) {
    EXPECT_NEAR(Value(settings, epoch), expected(s), 1e-4);
    EXPECT_EQ(Neighbourhood(settings).ChangesAt(epoch), epoch > 1);
  }
  EXPECT_FALSE(Neighbourhood(settings).ChangesAt(4));
}

// Partners are 5 rows apart.
TEST_F(NeighbourhoodTest, ComparesLogarithmsOfDistancesToPartnersAndToOthers) {
  const NeighbourhoodSettings settings = {
      .form = NeighbourhoodForm::kDistances, .exaggeration = 4, .exaggerated_epochs = 2, .images = 500};
  constexpr int64_t kShifts[] = {1, 5};
  const Tensor code = session_.Encode(images_);
  const double expected = reference::CorrelationLoss<double>(
      {kShifts, true}, 10, 16, 2, test::Widen(images_).data(), test::Widen(code).data(), 1, nullptr);
  EXPECT_NEAR(Value(settings, 1), expected, 1e-4);
  EXPECT_EQ(Value(settings, 3), Value(settings, 1));
  EXPECT_FALSE(Neighbourhood(settings).ChangesAt(3));
}

TEST_F(NeighbourhoodTest, IsNoPartOfTheLoss) {
  const Objectives objectives({.neighbourhood = {.weight = 0.5, .images = 500}});
  ASSERT_EQ(objectives.size(), 2);
  EXPECT_TRUE(objectives.has_terms_only_in_training());
  EXPECT_EQ(objectives.term(1).name(), "neighbourhood");
  EXPECT_EQ(objectives.Total({3, 10}), 8);
  EXPECT_EQ(objectives.Loss({3, 10}), 3);
  std::ranges::fill(sums_.span<double>(), 0.0);
  objectives.Value(session_, MakeBatch(1), nullptr, sums_);
  EXPECT_GT(sums_.data<double>()[0], 0);
  EXPECT_EQ(sums_.data<double>()[1], 0);
  EXPECT_FALSE(Objectives(ObjectiveSettings{}).has_terms_only_in_training());
}

TEST_F(NeighbourhoodTest, OfABatchWithoutPartnersIsZero) {
  partners_.clear();
  EXPECT_EQ(Value({.exaggeration = 1}, 1), 0);
}

}  // namespace
}  // namespace hourglass
