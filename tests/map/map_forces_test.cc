// The grid against all pairs, and the gradient against differences of the divergence.
#include "hourglass/map/detail/map_forces.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <vector>

#include "hourglass/map/detail/grid_repulsion.h"
#include "hourglass/neighbours/neighbours.h"
#include "plain_loops.h"
#include "support/random.h"

namespace hourglass::test {
namespace {

Affinities AffinitiesOf(int64_t n, Team& team) {
  const Neighbours neighbours =
      NearestNeighbours(RandomTensor({n, 5}, DType::kF32, 7), {.k = 20, .threads = 1});
  const double perplexity[] = {6};
  return MakeAffinities(neighbours, perplexity, team);
}

// Codes [d, n] in a square of this width.
Tensor Codes(int64_t d, int64_t n, double width) {
  return RandomTensor({d, n}, DType::kF32, 3, -width / 2, width / 2);
}

class GridTest : public testing::TestWithParam<int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};

// Root mean square errors, as shares of the root mean square field; widths from a point to a large map.
TEST_P(GridTest, FieldAndEnergyAreThoseOfAllPairs) {
  constexpr int64_t kPoints = 1500;
  for (const int threads : {1, 3}) {
    Team team(threads);
    GridRepulsion grid(team);
    for (const double width : {1e-4, 3.0, 40.0, 150.0}) {
      const Tensor codes = Codes(2, kPoints, width);
      const std::vector<double> at = Widen(codes);
      const std::span<const float> x = codes.span<float>().first(kPoints),
                                   y = codes.span<float>().last(kPoints);
      grid.Compute(x, y);
      std::vector<float> field_x(kPoints), field_y(kPoints);
      grid.Read(x, y, 0, kPoints, field_x.data(), field_y.data());
      double errors = 0, squares = 0;
      for (int64_t i = 0; i < kPoints; ++i) {
        double sum_x = 0, sum_y = 0;
        for (int64_t j = 0; j < kPoints; ++j) {
          const double k = KernelBetween(at, kPoints, i, j);
          sum_x += k * k * (at[static_cast<size_t>(i)] - at[static_cast<size_t>(j)]);
          sum_y += k * k * (at[static_cast<size_t>(kPoints + i)] - at[static_cast<size_t>(kPoints + j)]);
        }
        errors += std::pow(sum_x - double{field_x[static_cast<size_t>(i)]}, 2) +
                  std::pow(sum_y - double{field_y[static_cast<size_t>(i)]}, 2);
        squares += sum_x * sum_x + sum_y * sum_y;
      }
      const double energy = PlainNormaliser(at, kPoints);
      // Splines flatten the top of the kernel: by 1.2 % where all points are in one place, and by .6 % of
      // each point's energy with itself, which counts most where the others are far away.
      EXPECT_LT(std::abs(grid.energy() - energy), (width < 1 ? 0.015 : 0.004) * energy) << width;
      if (width > 1) {
        EXPECT_LT(std::sqrt(errors / squares), 0.015) << width << ", " << threads << " threads";
      }
    }
  }
}

std::vector<int64_t> Targets() {
  const std::vector<int64_t> all = hwy::SupportedAndGeneratedTargets();
  return all;
}
INSTANTIATE_TEST_SUITE_P(Targets, GridTest, testing::ValuesIn(Targets()));

// A quarter of the derivative, by central differences in double.
double Difference(const Affinities& affinities, std::vector<double> codes, size_t at) {
  constexpr double kStep = 1e-4;
  codes[at] += kStep;
  const double above = PlainDivergence(affinities, codes);
  codes[at] -= 2 * kStep;
  return (above - PlainDivergence(affinities, codes)) / (2 * kStep) / 4;
}

void CheckGradient(int64_t d, int64_t n, int64_t numbers, double tolerance, double divergence) {
  Team team(2);
  const Affinities affinities = AffinitiesOf(n, team);
  const Tensor codes = Codes(d, n, 8);
  const auto forces = MakeMapForces(affinities, d, /*seed=*/0, team);
  forces->Prepare(codes, 0);
  Tensor gradient({d, n});
  forces->Gradient(/*exaggeration=*/1, 0, n, gradient);
  const std::vector<double> at = Widen(codes);
  double largest = 0, worst = 0;
  for (int64_t number = 0; number < numbers; ++number) {
    const auto i = static_cast<size_t>(number * (d * n - 1) / (numbers - 1));
    const double expected = Difference(affinities, at, i);
    largest = std::max(largest, std::abs(expected));
    worst = std::max(worst, std::abs(expected - double{gradient.data<float>()[i]}));
  }
  EXPECT_LT(worst, tolerance * largest) << "d = " << d << ", n = " << n;
  // With its own normaliser, the sum over rows of p ln K gives the divergence.
  double information = 0;
  for (const float p : affinities.values) information += p > 0 ? double{p} * std::log(double{p}) : 0;
  EXPECT_NEAR(information - forces->LogKernels(0, n) + std::log(forces->normaliser()),
              PlainDivergence(affinities, at), divergence);
}

TEST(MapForces, GradientEqualsDifferencesWhereAllPairsCount) {
  for (const int64_t d : {1, 2, 3, 5}) CheckGradient(d, 80, 80, 1e-4, 1e-5);
}

TEST(MapForces, GradientEqualsDifferencesOnTheGrid) {
  for (const int64_t d : {1, 2}) CheckGradient(d, 1100, 12, 0.02, 0.005);
}

// The sampled repulsion of many points is right on average.
TEST(MapForces, SampledRepulsionIsUnbiased) {
  constexpr int64_t kPoints = 1500, kDimensions = 3;
  Team team(1);
  const Affinities affinities = AffinitiesOf(kPoints, team);
  const Tensor codes = Codes(kDimensions, kPoints, 6);
  const auto forces = MakeMapForces(affinities, kDimensions, 1, team);
  double sum = 0;
  constexpr int kDraws = 50;
  for (int draw = 0; draw < kDraws; ++draw) {
    forces->Prepare(codes, draw);
    sum += forces->normaliser();
  }
  const double expected = PlainNormaliser(Widen(codes), kPoints);
  EXPECT_NEAR(sum / kDraws, expected, 0.005 * expected);
}

}  // namespace
}  // namespace hourglass::test
