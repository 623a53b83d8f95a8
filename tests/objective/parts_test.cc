// Batches that are computed in parts: the same gradients and losses as in one piece.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/check.h"
#include "hourglass/core/error.h"
#include "hourglass/objective/objectives.h"
#include "support/random.h"
#include "support/residual_model.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

struct Step {
  std::vector<double> grads, sums;
};

struct PartsCase {
  std::string label, model;
  int64_t rows;
  DType precision = DType::kF32;
  Bottleneck bottleneck = Bottleneck::kIdentity;
  std::vector<double> channel_weights = {};
};

class Parts : public testing::TestWithParam<PartsCase> {
 protected:
  // The second of two steps: it uses the memory of the first, which had fewer rows.
  Step SecondStep(int threads) const {
    const auto backend = MakeBackend({.threads = threads});
    const double dropout_share = GetParam().model == "conv" ? 0.3 : 0;  // mlp4 has no such layers
    const bool gaussian = GetParam().bottleneck == Bottleneck::kGaussian;
    const std::vector<double>& weights = GetParam().channel_weights;
    const Shape shape = {std::max<int64_t>(1, std::ssize(weights)), 28, 28};
    const Model model(test::ArchitectureOf(GetParam().model, shape, 5, dropout_share, GetParam().bottleneck),
                      3);
    Session session(model, *backend);
    const bool sigmoid = model.decoder().output_activation() == Activation::kSigmoid;  // which bce needs
    const Objectives objectives(
        gaussian
            ? ObjectiveSettings{.terms = ParseTerms("bce"), .evidence = EvidenceSettings{.pixels = 784}}
            : ObjectiveSettings{.terms = ParseTerms(sigmoid ? "mse:1,bce:0.01,ssim:0.5" : "mse:1,ssim:0.5"),
                                .channel_weights = weights});
    FlatParams grads(model.layout());
    Tensor sums = test::Filled({objectives.size()}, DType::kF64, 0);
    for (const int64_t rows : {(GetParam().rows + 1) / 2, GetParam().rows}) {
      const Tensor input = test::RandomTensor({rows, shape[0], 28, 28}, GetParam().precision, 1, 0, 1);
      const Tensor target = test::RandomTensor({rows, shape[0], 28, 28}, GetParam().precision, 2, 0, 1);
      std::vector<int64_t> ids(static_cast<size_t>(rows));
      for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int64_t>(100 + i * i);
      const PassNumbers numbers = {5, 1, ids};
      objectives.Gradient(session, {ids, 1, input, target}, &numbers, grads, sums);
    }
    return {test::Widen(grads.flat()), test::Widen(sums)};
  }
};

TEST_P(Parts, GiveTheGradientOfTheWholeBatch) {
  const Step whole = SecondStep(1);
  // Sums of the same numbers in another order. Gradients of activations are rounded to bf16 row by row, so
  // the order matters in no other place.
  for (const int threads : {2, 3, 5}) {
    const Step parts = SecondStep(threads);
    EXPECT_LE(test::RelativeError(parts.grads, whole.grads), 2e-6) << threads << " threads";
    EXPECT_LE(test::RelativeError(parts.sums, whole.sums), 1e-6) << threads << " threads";
  }
}

TEST_P(Parts, AreReproducibleToTheBit) {
  const Step first = SecondStep(3), second = SecondStep(3);
  EXPECT_EQ(first.grads, second.grads);
  EXPECT_EQ(first.sums, second.sums);
}

INSTANTIATE_TEST_SUITE_P(
    Models, Parts,
    testing::Values(PartsCase{"Dense", "mlp4", 37}, PartsCase{"LongParts", "mlp4", 407},
                    PartsCase{"FewRows", "mlp4", 2}, PartsCase{"Conv", "conv", 50},
                    PartsCase{"ConvFewRows", "conv", 3}, PartsCase{"Pairs", "mlp4", 37, DType::kBF16},
                    PartsCase{"Channels", "conv", 50, DType::kF32, Bottleneck::kIdentity, {2, 4, 1}},
                    PartsCase{"Gelu", "conv-large", 50},
                    PartsCase{"GeluPairs", "conv-large", 50, DType::kBF16},
                    PartsCase{"Residual", "residual", 50},
                    PartsCase{"ResidualPairs", "residual", 50, DType::kBF16},
                    PartsCase{"ConvPairs", "conv", 50, DType::kBF16},
                    PartsCase{"Gaussian", "mlp4", 37, DType::kF32, Bottleneck::kGaussian},
                    PartsCase{"GaussianPairs", "conv", 50, DType::kBF16, Bottleneck::kGaussian}),
    [](const auto& test) { return test.param.label; });

// One dense layer and its gradients.
struct LayerStep {
  Tensor x = test::RandomTensor({40, 30}, DType::kF32, 1), w = test::RandomTensor({20, 30}, DType::kF32, 2);
  Tensor b = test::RandomTensor({20}, DType::kF32, 3), dw = test::Filled({20, 30}, DType::kF32, NAN);
  Tensor db = test::Filled({20}, DType::kF32, NAN);

  // As one part of the batch.
  void Run(const Backend::Part& part, Tensor& y, Tensor& dy) {
    const Tensor rows = x.Rows(part.begin, part.rows);
    part.backend.DenseForward(rows, w, b, Activation::kTanh, DType::kF32, y);
    dy = y.Clone();
    part.backend.DenseBackward(rows, w, y, Activation::kTanh, dy, dw, db, nullptr);
  }
};

TEST(InParts, NeedsNoAnnouncedWeights) {
  std::vector<double> gradients[2];
  for (const bool announced : {false, true}) {
    const auto backend = MakeBackend({.threads = 2});
    LayerStep step;
    Tensor y[2], dy[2];
    const Backend::SharedWeight shared = {&step.w, false};
    backend->InParts({40, DType::kF32, std::span(&shared, announced ? 1 : 0)},
                     [&](const Backend::Part& part) { step.Run(part, y[part.index], dy[part.index]); });
    gradients[announced ? 1 : 0] = test::Widen(step.dw);
  }
  EXPECT_EQ(gradients[0], gradients[1]);
}

TEST(InParts, RethrowsAndCanBeUsedAgain) {
  for (const int threads : {1, 2}) {
    const auto backend = MakeBackend({.threads = threads});
    LayerStep step;
    Tensor y[2], dy[2];
    const auto run = [&](bool fail) {
      backend->InParts({40, DType::kF32, {}}, [&](const Backend::Part& part) {
        if (fail && part.index == threads - 1) throw std::runtime_error("in the last part");
        step.Run(part, y[part.index], dy[part.index]);
      });
    };
    EXPECT_THROW(run(true), std::runtime_error);
    for (const float value : step.dw.span<float>()) EXPECT_TRUE(std::isnan(value)) << "written too early";
    LayerStep clean;
    Tensor clean_y[2], clean_dy[2];
    run(false);
    MakeBackend({.threads = threads})->InParts({40, DType::kF32, {}}, [&](const Backend::Part& part) {
      clean.Run(part, clean_y[part.index], clean_dy[part.index]);
    });
    EXPECT_EQ(test::Widen(step.dw), test::Widen(clean.dw));
    EXPECT_EQ(test::Widen(step.db), test::Widen(clean.db));
  }
}

TEST(InParts, OtherCallsInOnePartAreABug) {
  const auto backend = MakeBackend({.threads = 2});
  LayerStep step;
  Tensor y, dy;
  EXPECT_THROW(backend->InParts({40, DType::kF32, {}},
                                [&](const Backend::Part& part) {
                                  if (part.index == 0) step.Run(part, y, dy);
                                }),
               Bug);
}

TEST(InParts, ABatchNeedsOneIdPerRow) {
  const auto backend = MakeBackend({.threads = 2});
  const Model model(MakeArchitecture("mlp4", {1, 4, 4}, 2), 3);
  Session session(model, *backend);
  const Tensor images = test::RandomTensor({8, 1, 4, 4}, DType::kF32, 1, 0, 1);
  const std::vector<int64_t> ids(8), few(7);
  const Objectives objectives(ObjectiveSettings{});
  FlatParams grads(model.layout());
  Tensor sums = test::Filled({1}, DType::kF64, 0);
  EXPECT_THROW(objectives.Gradient(session, {few, 1, images, images}, nullptr, grads, sums), Error);
  const PassNumbers numbers = {5, 1, few};
  EXPECT_THROW(objectives.Gradient(session, {ids, 1, images, images}, &numbers, grads, sums), Error);
}

TEST(InParts, RefusesBadArguments) {
  const auto backend = MakeBackend({.threads = 2});
  const auto nothing = [](const Backend::Part&) { FAIL() << "called"; };
  const Tensor bias({5}), narrow({5, 4}, DType::kBF16);
  for (const Tensor* w : {&bias, &narrow}) {
    const Backend::SharedWeight shared = {w, true};
    EXPECT_THROW(backend->InParts({4, DType::kF32, std::span(&shared, 1)}, nothing), Error);
  }
  EXPECT_THROW(backend->InParts({0, DType::kF32, {}}, nothing), Error);
  EXPECT_THROW(backend->InParts({4, DType::kU8, {}}, nothing), Error);
}

}  // namespace
}  // namespace hourglass
