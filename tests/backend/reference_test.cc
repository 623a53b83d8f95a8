// The specification itself: reference.h in double, compared with central differences.
#include "hourglass/backend/reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "support/random.h"

namespace hourglass::test {
namespace {

constexpr double kStep = 1e-5;
constexpr double kTolerance = 1e-6;

// The derivative of `value` with respect to `x`, element by element.
template <class Value>
std::vector<double> CentralDifferences(std::vector<double>& x, const Value& value) {
  std::vector<double> slopes;
  for (double& element : x) {
    const double kept = element;
    element = kept + kStep;
    const double above = value();
    element = kept - kStep;
    const double below = value();
    element = kept;
    slopes.push_back((above - below) / (2 * kStep));
  }
  return slopes;
}

double Dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

class DenseGradient : public testing::TestWithParam<Activation> {};

TEST_P(DenseGradient, EqualsCentralDifferences) {
  const int64_t N = 3, I = 5, O = 4;
  std::vector<double> x = RandomDoubles(N * I, 1), w = RandomDoubles(O * I, 2), b = RandomDoubles(O, 3);
  const std::vector<double> weights = RandomDoubles(N * O, 4);  // the value is a weighted sum of the outputs
  std::vector<double> y(static_cast<size_t>(N * O));
  const auto value = [&] {
    reference::DenseForward(N, I, O, x.data(), w.data(), b.data(), GetParam(), y.data());
    return Dot(y, weights);
  };
  value();
  std::vector<double> dy = weights, dw(w.size()), db(b.size()), dx(x.size());
  reference::DenseBackward(N, I, O, x.data(), w.data(), y.data(), GetParam(), dy.data(), dw.data(), db.data(),
                           dx.data());
  EXPECT_LE(RelativeError(dx, CentralDifferences(x, value)), kTolerance);
  EXPECT_LE(RelativeError(dw, CentralDifferences(w, value)), kTolerance);
  EXPECT_LE(RelativeError(db, CentralDifferences(b, value)), kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Activations, DenseGradient, testing::ValuesIn(kActivations),
                         [](const auto& row) { return std::string(Name(row.param)); });

// Odd sizes: some inputs are in no window, some outputs are reached by no input.
class ConvGradient : public testing::TestWithParam<bool> {};

TEST_P(ConvGradient, EqualsCentralDifferences) {
  const bool transposed = GetParam();
  const reference::ConvSizes sizes = {
      2,
      2,
      4,
      5,
      3,
      {.kernel = 2, .stride = 3, .padding = 1, .output_padding = transposed ? PlaneSize{2, 1} : PlaneSize{}}};
  const auto output_size = transposed ? ConvTransposeOutputSize : ConvOutputSize;
  const auto [height, width] = output_size(sizes.geometry, {sizes.H, sizes.W});
  const int64_t outputs = sizes.N * sizes.O * height * width;
  std::vector<double> x = RandomDoubles(2 * 2 * 4 * 5, 1), w = RandomDoubles(2 * 3 * 4, 2),
                      b = RandomDoubles(3, 3);
  const std::vector<double> weights = RandomDoubles(outputs, 4);
  std::vector<double> y(static_cast<size_t>(outputs));
  const auto forward = transposed ? reference::ConvTransposeForward<double> : reference::ConvForward<double>;
  const auto backward =
      transposed ? reference::ConvTransposeBackward<double> : reference::ConvBackward<double>;
  const auto value = [&] {
    forward(sizes, x.data(), w.data(), b.data(), Activation::kTanh, y.data());
    return Dot(y, weights);
  };
  value();
  std::vector<double> dy = weights, dw(w.size()), db(b.size()), dx(x.size());
  backward(sizes, x.data(), w.data(), y.data(), Activation::kTanh, dy.data(), dw.data(), db.data(),
           dx.data());
  EXPECT_LE(RelativeError(dx, CentralDifferences(x, value)), kTolerance);
  EXPECT_LE(RelativeError(dw, CentralDifferences(w, value)), kTolerance);
  EXPECT_LE(RelativeError(db, CentralDifferences(b, value)), kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Directions, ConvGradient, testing::Bool(),
                         [](const auto& row) { return row.param ? "transposed" : "plain"; });

TEST(GeluGradient, EqualsCentralDifferences) {
  std::vector<double> x = RandomDoubles(50, 1, -5, 5), y(x.size()), dx(x.size());
  const std::vector<double> weights = RandomDoubles(50, 2);
  const auto value = [&] {
    reference::Gelu(50, x.data(), y.data());
    return Dot(y, weights);
  };
  reference::GeluGradient(50, x.data(), weights.data(), dx.data());
  EXPECT_LE(RelativeError(dx, CentralDifferences(x, value)), kTolerance);
}

class LossGradient : public testing::TestWithParam<std::tuple<LossKind, Activation>> {};

TEST_P(LossGradient, EqualsCentralDifferences) {
  const LossKind loss = std::get<0>(GetParam());
  const Activation activation = std::get<1>(GetParam());
  if (IsOfSigmoid(loss) && activation != Activation::kSigmoid) return;  // not defined
  const int64_t count = 12, plane = 2;
  const double weight = 0.75;
  const LossSettings settings = {.kind = loss, .parameter = 0.2, .channel_weights = {0.5f, 2, 0.5f}};
  std::vector<double> z = RandomDoubles(count, 1), y(z.size());
  const std::vector<double> target = RandomDoubles(count, 2);
  const auto value = [&] {
    for (size_t i = 0; i < z.size(); ++i) y[i] = reference::Apply(activation, z[i]);
    return weight * reference::Loss<double>(settings, count, y.data(), target.data(), activation, weight,
                                            nullptr, plane);
  };
  value();
  std::vector<double> gradient(z.size());
  reference::Loss<double>(settings, count, y.data(), target.data(), activation, weight, gradient.data(),
                          plane);
  EXPECT_LE(RelativeError(gradient, CentralDifferences(z, value)), kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Losses, LossGradient,
                         testing::Combine(testing::ValuesIn(AllLosses()), testing::ValuesIn(kActivations)),
                         [](const auto& row) {
                           return std::string(Name(std::get<0>(row.param))) + "_" +
                                  std::string(Name(std::get<1>(row.param)));
                         });

struct NeighbourLossCase {
  const char* name;
  NeighbourLossSettings settings;
  int64_t N, d;
};

class NeighbourLossGradient : public testing::TestWithParam<NeighbourLossCase> {};

// Two rows share a partner, one has none, and two codes coincide.
TEST_P(NeighbourLossGradient, EqualsCentralDifferences) {
  const NeighbourLossSettings& settings = GetParam().settings;
  const int64_t N = GetParam().N, d = GetParam().d;
  std::vector<double> z = RandomDoubles(N * d, 1, -2, 2);
  std::vector<int32_t> partners = {1, 0};
  for (int64_t i = 2; i < N; ++i) partners.push_back(i % 3 == 2 ? 0 : -1);
  if (N > 5) std::copy_n(z.begin() + 3 * d, d, z.begin() + 4 * d);
  const double weight = 0.75;
  const auto value = [&] {
    return weight / double(N) *
           reference::NeighbourLoss<double>(settings, N, d, z.data(), partners.data(), weight, nullptr);
  };
  std::vector<double> dz(z.size());
  reference::NeighbourLoss(settings, N, d, z.data(), partners.data(), weight, dz.data());
  EXPECT_LE(RelativeError(dz, CentralDifferences(z, value)), kTolerance);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, NeighbourLossGradient,
    testing::Values(NeighbourLossCase{"InfoNce", {.rho = 1}, 7, 2},
                    NeighbourLossCase{"InfoNceExaggerated", {.rho = 4, .scale = 3}, 8, 3},
                    NeighbourLossCase{"InfoNceOfTwoRows", {.rho = 4}, 2, 2},
                    NeighbourLossCase{"Cosine", {.repulsion = Repulsion::kCosine, .temperature = 0.4}, 8, 3},
                    NeighbourLossCase{"CosineOfTwoRows", {.repulsion = Repulsion::kCosine}, 2, 2},
                    NeighbourLossCase{"Negative", {.repulsion = Repulsion::kNegative, .s = 3}, 7, 2},
                    NeighbourLossCase{
                        "NegativeOfTwoRows", {.repulsion = Repulsion::kNegative, .s = .1, .scale = 2}, 2, 1}),
    [](const auto& row) { return row.param.name; });

struct CorrelationLossCase {
  const char* name;
  std::vector<int64_t> shifts;
  int64_t N, d;
  bool logarithms = false;
};

class CorrelationLossGradient : public testing::TestWithParam<CorrelationLossCase> {};

TEST_P(CorrelationLossGradient, EqualsCentralDifferences) {
  const int64_t N = GetParam().N, d = GetParam().d, P = 3;
  const CorrelationSettings settings = {.shifts = GetParam().shifts, .logarithms = GetParam().logarithms};
  const std::vector<double> x = RandomDoubles(N * P, 1);
  std::vector<double> z = RandomDoubles(N * d, 2, -2, 2);
  const double weight = 0.75;
  const auto value = [&] {
    return weight *
           reference::CorrelationLoss<double>(settings, N, P, d, x.data(), z.data(), weight, nullptr);
  };
  std::vector<double> dz(z.size());
  EXPECT_EQ(weight * reference::CorrelationLoss(settings, N, P, d, x.data(), z.data(), weight, dz.data()),
            value());
  EXPECT_GT(std::abs(dz[0]), 1e-3);
  EXPECT_LE(RelativeError(dz, CentralDifferences(z, value)), kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Sizes, CorrelationLossGradient,
                         testing::Values(CorrelationLossCase{"OneShift", {1}, 5, 2},
                                         CorrelationLossCase{"SomeShifts", {1, 2, 3}, 9, 4},
                                         CorrelationLossCase{"AllShifts", {1, 2, 3, 4, 5}, 6, 1},
                                         CorrelationLossCase{"Logarithms", {1, 4}, 8, 2, true},
                                         CorrelationLossCase{"LogarithmsOfOneShift", {2}, 5, 3, true}),
                         [](const auto& row) { return row.param.name; });

// Proportional ones; 1, 2, 3 and 1, 4, 3, whose correlation is 2 / √(2 · 14/3); equal ones.
TEST(CorrelationLoss, OfKnownDistances) {
  static constexpr int64_t kOne[] = {1};
  const auto loss = [](std::vector<double> x, std::vector<double> z) {
    return reference::CorrelationLoss<double>({kOne}, 3, 1, 1, x.data(), z.data(), 1, nullptr);
  };
  EXPECT_NEAR(loss({0, 1, 3}, {7, 5, 1}), 0, 1e-12);
  EXPECT_NEAR(loss({0, 1, 3}, {0, 1, -3}), 1 - 2 / std::sqrt(2 * 14 / 3.0), 1e-12);
  EXPECT_EQ(loss({2, 2, 2}, {7, 5, 1}), 1);
  EXPECT_EQ(loss({0, 1, 3}, {4, 4, 4}), 1);
}

// Codes at the square roots of the distances of images, whose logarithms are in proportion; two codes that
// coincide, whose distance counts as a thousandth of the root mean square; equal distances.
TEST(CorrelationLoss, OfLogarithms) {
  constexpr int64_t kOne[] = {1};
  const CorrelationSettings settings = {.shifts = kOne, .logarithms = true};
  const auto loss = [&](std::vector<double> x, std::vector<double> z, int64_t d, double* dz = nullptr) {
    return reference::CorrelationLoss<double>(settings, 3, 1, d, x.data(), z.data(), 1, dz);
  };
  // Distances 1, 2, 3, and codes in the plane with distances 1, √2, √3.
  EXPECT_NEAR(loss({0, 1, 3}, {0, 0, 1, 0, 1, std::sqrt(2)}, 2), 0, 1e-12);
  const auto correlation = [](std::vector<double> a, std::vector<double> b) {
    double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < 3; ++i) ma += a[i] / 3, mb += b[i] / 3;
    for (size_t i = 0; i < 3; ++i) {
      ab += (a[i] - ma) * (b[i] - mb);
      aa += (a[i] - ma) * (a[i] - ma);
      bb += (b[i] - mb) * (b[i] - mb);
    }
    return ab / std::sqrt(aa * bb);
  };
  const double least = 1e-3 * std::sqrt(8 / 3.0);  // of distances 0, 2, 2
  EXPECT_NEAR(loss({0, 1, 3}, {5, 5, 7}, 1),
              1 - correlation({0, std::log(2), std::log(3)}, {std::log(least), std::log(2), std::log(2)}),
              1e-12);
  EXPECT_EQ(loss({2, 2, 2}, {7, 5, 1}, 1), 1);
  EXPECT_EQ(loss({0, 1, 3}, {4, 4, 4}, 1), 1);
}

// A pair below the least distance exerts no force: its codes only feel the third, to either side of it.
TEST(CorrelationLoss, CodesCloserThanTheLeastDistanceExertNoForceOnEachOther) {
  constexpr int64_t kOne[] = {1};
  const std::vector<double> x = {0, 3, 1}, z = {0, 1e-5, 2};
  std::vector<double> dz(3);
  reference::CorrelationLoss<double>({.shifts = kOne, .logarithms = true}, 3, 1, 1, x.data(), z.data(), 1,
                                     dz.data());
  const double least = 1e-3 * std::sqrt((1e-10 + std::pow(2 - 1e-5, 2) + 4) / 3);
  std::vector<double> A = {std::log(3), std::log(2), 0},
                      B = {std::log(least), std::log(2 - 1e-5), std::log(2)};
  reference::Standardise(A, true);
  const double deviation = reference::Standardise(B, true);
  const double r = (A[0] * B[0] + A[1] * B[1] + A[2] * B[2]) / 3;
  const auto slope = [&](size_t pair, double distance) {
    return -(A[pair] - r * B[pair]) / (3 * deviation * distance);
  };
  EXPECT_NEAR(dz[1], -slope(1, 2 - 1e-5), 1e-12);
  EXPECT_NEAR(dz[0], -slope(2, 2), 1e-12);
  EXPECT_GT(std::abs(slope(0, 1e-5)), 1e-3) << "what it would be";
}

struct SsimLossCase {
  const char* name;
  int64_t C, H, W;
  Activation activation = Activation::kNone;
};

class SsimLossGradient : public testing::TestWithParam<SsimLossCase> {};

TEST_P(SsimLossGradient, EqualsCentralDifferences) {
  const auto& [name, C, H, W, activation] = GetParam();
  const int64_t N = 2;
  std::vector<double> z = RandomDoubles(N * C * H * W, 1), y(z.size());
  const std::vector<double> target = RandomDoubles(N * C * H * W, 2, 0, 1);
  const double weight = 0.75;
  const auto loss = [&](double* dz) {
    for (size_t i = 0; i < z.size(); ++i) y[i] = reference::Apply(GetParam().activation, z[i]);
    return weight / double(N) *
           reference::SsimLoss<double>(N, GetParam().C, GetParam().H, GetParam().W, y.data(), target.data(),
                                       GetParam().activation, weight, dz);
  };
  std::vector<double> dz(z.size());
  EXPECT_EQ(loss(dz.data()), loss(nullptr));
  EXPECT_LE(RelativeError(dz, CentralDifferences(z, [&] { return loss(nullptr); })), kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Sizes, SsimLossGradient,
                         testing::Values(SsimLossCase{"OneWindow", 1, 11, 11},
                                         SsimLossCase{"Wide", 1, 12, 14},
                                         SsimLossCase{"SmallWindow", 2, 4, 6},
                                         SsimLossCase{"OnePixel", 3, 1, 1},
                                         SsimLossCase{"Sigmoid", 1, 6, 5, Activation::kSigmoid},
                                         SsimLossCase{"Tanh", 1, 6, 5, Activation::kTanh},
                                         SsimLossCase{"LeakyRelu", 1, 6, 5, Activation::kLeakyRelu}),
                         [](const auto& row) { return row.param.name; });

// Two constant images have no variance: 1 - (2 a b + C1) / (a² + b² + C1).
TEST(SsimLoss, OfFlatImages) {
  const std::vector<double> y(144, 0.5), target(144, 0.25);
  EXPECT_NEAR(
      reference::SsimLoss<double>(1, 1, 12, 12, y.data(), target.data(), Activation::kNone, 1, nullptr),
      1 - (0.25 + 1e-4) / (0.3125 + 1e-4), 1e-9);
}

// Of far positives: the formulas need no bounds, so these still attract.
TEST(NeighbourLoss, FarPartnersAttract) {
  const std::vector<double> z = {0, 0, 300, 100, 1, 0};
  const std::vector<int32_t> partners = {1, -1, -1};
  std::vector<double> dz(z.size());
  const double loss = reference::NeighbourLoss<double>({}, 3, 2, z.data(), partners.data(), 3, dz.data());
  EXPECT_NEAR(loss, std::log(1e5 + 1) + std::log(0.5 + 1 / (1e5 + 1)), 1e-9);
  EXPECT_NEAR(dz[2], 2 * 300 / 1e5, 1e-6);
}

TEST(SampleCodeGradient, EqualsCentralDifferences) {
  const int64_t d = 5;
  std::vector<double> moments = RandomDoubles(2 * d, 1, -2, 2);
  const std::vector<double> n = RandomDoubles(d, 2, -3, 3), dz = RandomDoubles(d, 3);
  const auto value = [&] {
    std::vector<double> z(d);
    reference::SampleCode(d, moments.data(), n.data(), z.data());
    return Dot(z, dz);
  };
  std::vector<double> dmoments(moments.size());
  reference::SampleCodeGradient(d, moments.data(), n.data(), dz.data(), dmoments.data());
  EXPECT_LE(RelativeError(dmoments, CentralDifferences(moments, value)), kTolerance);
}

// What is minimised is the sum over numbers of the code of max(free bits, mean divergence over the rows).
TEST(GaussianDivergenceGradient, EqualsCentralDifferences) {
  const int64_t N = 6, d = 4;
  std::vector<double> moments = RandomDoubles(N * 2 * d, 1, -2, 2);
  for (int64_t i = 0; i < N; ++i) {  // the last number of the code says nearly nothing
    moments[size_t(i * 2 * d + d - 1)] *= 0.1;
    moments[size_t(i * 2 * d + 2 * d - 1)] *= 0.1;
  }
  const double weight = 0.75;
  for (const double free_bits : {0.0, 0.2}) {
    const auto value = [&] {
      double sum = 0;
      for (int64_t j = 0; j < d; ++j) {
        std::vector<double> one;  // the moments of number j alone
        for (int64_t i = 0; i < N; ++i) {
          one.push_back(moments[size_t(i * 2 * d + j)]);
          one.push_back(moments[size_t(i * 2 * d + d + j)]);
        }
        std::vector<double> unused(one.size());
        const double mean =
            reference::GaussianDivergence(0.0, N, 1, one.data(), 1.0, unused.data()) / double(N);
        sum += std::max(free_bits, mean);
      }
      return weight * sum;
    };
    std::vector<double> dmoments(moments.size());
    reference::GaussianDivergence(free_bits, N, d, moments.data(), weight, dmoments.data());
    EXPECT_LE(RelativeError(dmoments, CentralDifferences(moments, value)), kTolerance);
    EXPECT_EQ(dmoments[size_t(d - 1)] == 0, free_bits > 0);
  }
}

// The divergence of a standard normal distribution is 0; moving its mean to 2 makes it 2 nats.
TEST(GaussianDivergence, HasItsClosedForm) {
  const std::vector<double> moments = {0, 2, 0, 0};
  std::vector<double> unused(4);
  EXPECT_NEAR(reference::GaussianDivergence(0.0, 1, 2, moments.data(), 1.0, unused.data()), 2, 1e-12);
}

}  // namespace
}  // namespace hourglass::test
