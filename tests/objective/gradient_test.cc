// The gradient of whole models, for every term, compared with differences of the loss along random
// directions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "hourglass/backend/make_backend.h"
#include "hourglass/backend/reference.h"
#include "hourglass/core/error.h"
#include "hourglass/objective/code_target.h"
#include "hourglass/objective/correlation.h"
#include "hourglass/objective/objectives.h"
#include "hourglass/objective/view_loss.h"
#include "support/random.h"
#include "support/residual_model.h"

namespace hourglass {
namespace {

// A direction of length 1 over all parameters; gaps between parameters stay 0.
std::vector<float> RandomDirection(const ParamLayout& layout, uint32_t number) {
  const Rng rng(99, Stream::kPick);
  std::vector<float> direction(static_cast<size_t>(layout.size()));
  double squares = 0;
  for (const NamedParam& param : layout.named()) {
    for (int64_t i = param.offset; i < param.offset + param.shape.size(); ++i) {
      const float value = rng.Normal(number, 0, static_cast<uint32_t>(i));
      direction[static_cast<size_t>(i)] = value;
      squares += static_cast<double>(value) * value;
    }
  }
  for (float& value : direction) value = static_cast<float>(value / std::sqrt(squares));
  return direction;
}

double Dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

// Half the mean over rows of the squared length of the code: a term of codes.
class CodePenalty : public Objective {
 public:
  std::string_view name() const override { return "code_penalty"; }
  std::string_view unit() const override { return "squared length"; }
  void Value(Session&, const Batch&, const Session::Outputs& outputs, TermSum sum) const override {
    for (const float z : outputs.code.span<float>()) sum.sums.data<double>()[sum.term] += 0.5 * z * z;
  }
  void CodeGradient(Session&, const Batch& batch, const Tensor& code, double weight, Tensor& dcode,
                    TermSum sum) const override {
    for (int64_t i = 0; i < code.size(); ++i) {
      const double z = code.data<float>()[i];
      dcode.data<float>()[i] += static_cast<float>(weight * z / static_cast<double>(batch.rows()));
      sum.sums.data<double>()[sum.term] += 0.5 * z * z;
    }
  }
};

Objectives MakeObjectives(const std::string& terms) {
  const ObjectiveSettings settings{.terms = ParseTerms(terms)};
  return Objectives(settings);
}

// Row i and row i + 16 of the 32 rows of a batch.
std::vector<int32_t> Partners() {
  std::vector<int32_t> partners(32);
  for (int32_t i = 0; i < 32; ++i) partners[static_cast<size_t>(i)] = (i + 16) % 32;
  return partners;
}

const NeighbourhoodSettings kSettings = {
    .weight = 0.01, .exaggeration = 4, .exaggerated_epochs = 1, .images = 100};

Objectives WithNeighbourhood() {
  return Objectives({.neighbourhood = kSettings});
}

Objectives WithDistances() {
  return Objectives({.neighbourhood = {.weight = 0.5, .form = NeighbourhoodForm::kDistances}});
}

Objectives WithCorrelation() {
  return Objectives({.correlation = 0.5});
}

Objectives WithCodePenalty() {
  std::vector<std::unique_ptr<Objective>> terms;
  terms.push_back(std::make_unique<CodePenalty>());
  terms.push_back(MakeObjective("mse", {}));
  return Objectives(std::move(terms), {0.3, 1});
}

struct GradientCase {
  std::string label, model, terms;
  enum class Extra {
    kNone,
    kCodePenalty,
    kNeighbourhood,
    kDistances,
    kCorrelation
  } extra = Extra::kNone;  // beside mse
};
using enum GradientCase::Extra;

Objectives ObjectivesOf(const GradientCase& one) {
  if (one.extra == kNone) return MakeObjectives(one.terms);
  if (one.extra == kCorrelation) return WithCorrelation();
  if (one.extra == kDistances) return WithDistances();
  return one.extra == kCodePenalty ? WithCodePenalty() : WithNeighbourhood();
}

class WholeGradient : public testing::TestWithParam<GradientCase> {};

// The loss of outputs, summed in f64 throughout: Backend::Loss is too coarse for differences.
double PreciseLoss(const GradientCase& one, Session& session, const Tensor& input, const Tensor& target) {
  const Tensor code = session.Encode(input), output = session.Decode(code);
  double sum = 0;
  const std::vector<WeightedTerm> terms = ParseTerms(one.terms);
  const std::vector<double> y = test::Widen(output), t = test::Widen(target);
  for (const WeightedTerm& term : terms) {
    if (term.name == "ssim") {
      const Shape& s = target.shape();
      sum += term.weight / static_cast<double>(s[0]) *
             reference::SsimLoss<double>(s[0], s[1], s[2], s[3], y.data(), t.data(), Activation::kNone, 1,
                                         nullptr);
      continue;
    }
    sum +=
        term.weight * reference::Loss<double>({.kind = LossNamed(term.name), .parameter = 0.1}, output.size(),
                                              y.data(), t.data(), Activation::kNone, 1.0, nullptr);
  }
  if (one.extra == kNone) return sum;
  if (one.extra == kNeighbourhood) {
    const NeighbourLossSettings settings = {.rho = 4, .scale = Neighbourhood::kCodeScale};
    return sum + kSettings.weight / 32 *
                     reference::NeighbourLoss<double>(settings, 32, code.row_size(), test::Widen(code).data(),
                                                      Partners().data(), 1, nullptr);
  }
  if (one.extra == kDistances) {
    constexpr int64_t kShifts[] = {1, 16};
    return sum + 0.5 * reference::CorrelationLoss<double>({kShifts, true}, 32, target.row_size(),
                                                          code.row_size(), t.data(), test::Widen(code).data(),
                                                          1, nullptr);
  }
  if (one.extra == kCorrelation) {
    return sum + 0.5 * reference::CorrelationLoss<double>({Correlation::kShifts}, 32, target.row_size(),
                                                          code.row_size(), t.data(), test::Widen(code).data(),
                                                          1, nullptr);
  }
  double squares = 0;
  for (const float z : code.span<float>()) squares += static_cast<double>(z) * z;
  return sum + 0.3 * 0.5 * squares / static_cast<double>(input.rows());
}

TEST_P(WholeGradient, EqualsDifferencesAlongRandomDirections) {
  const auto backend = MakeBackend({.threads = 1});
  const Shape image = GetParam().model == "conv" ? Shape{1, 28, 28} : Shape{1, 8, 8};
  Model model(test::ArchitectureOf(GetParam().model, image, 5), 3);
  Session session(model, *backend);
  const Tensor input = test::RandomTensor(image.Batched(32), DType::kF32, 1, 0, 1);
  const Tensor target = test::RandomTensor(image.Batched(32), DType::kF32, 2, 0, 1);
  const std::vector<int64_t> ids(32);
  const Objectives objectives = ObjectivesOf(GetParam());
  const std::vector<int32_t> partners = Partners();
  FlatParams grads(model.layout());
  Tensor sums({objectives.size()}, DType::kF64);
  std::ranges::fill(sums.span<double>(), 0.0);
  objectives.Gradient(session, {ids, 1, input, target, nullptr, partners}, nullptr, grads, sums);
  const auto gradient = grads.flat().span<float>();
  const double norm = std::sqrt(Dot(gradient, gradient));
  ASSERT_GT(norm, 1e-4);

  std::vector<double> means(sums.span<double>().begin(), sums.span<double>().end());
  for (double& mean : means) mean /= 32;
  EXPECT_NEAR(objectives.Total(means), PreciseLoss(GetParam(), session, input, target), 1e-5);

  const Tensor start = model.params().flat().Clone();
  const auto loss_at = [&](std::span<const float> direction, double h) {
    auto values = model.params().flat().span<float>();
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(start.span<float>()[i] + h * direction[i]);
    }
    return PreciseLoss(GetParam(), session, input, target);
  };
  // The direction of the gradient comes first: a random direction shows almost none of the gradient.
  std::vector<std::vector<float>> directions(1);
  for (float value : gradient) directions[0].push_back(static_cast<float>(value / norm));
  for (uint32_t number = 0; number < 5; ++number)
    directions.push_back(RandomDirection(model.layout(), number));
  constexpr double kStep = 1e-3;
  for (const auto& direction : directions) {
    const double difference = (loss_at(direction, kStep) - loss_at(direction, -kStep)) / (2 * kStep);
    EXPECT_NEAR(difference, Dot(gradient, direction), 1e-3 * norm);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Objectives, WholeGradient,
    testing::Values(GradientCase{"Mse", "mlp4", "mse"}, GradientCase{"L1", "mlp4", "l1"},
                    GradientCase{"Bce", "mlp4", "bce"}, GradientCase{"Huber", "mlp4", "huber"},
                    GradientCase{"Weighted", "mlp4", "mse:1,l1:0.1,bce:0.01"},
                    GradientCase{"Ssim", "mlp4", "ssim"},
                    GradientCase{"SsimMixed", "deep-linear", "mse:0.16,ssim:0.84"},
                    GradientCase{"OfCodes", "mlp4", "mse", kCodePenalty},
                    GradientCase{"Neighbourhood", "mlp4", "mse", kNeighbourhood},
                    GradientCase{"Distances", "mlp4", "mse", kDistances},
                    GradientCase{"Correlation", "mlp4", "mse", kCorrelation},
                    GradientCase{"Conv", "conv", "mse"}, GradientCase{"Residual", "residual", "mse"},
                    GradientCase{"Gelu", "conv-large", "mse"}, GradientCase{"DeepRelu", "deep-relu", "mse"}),
    [](const auto& test) { return test.param.label; });

TEST(Objectives, GradientsAreWrittenNotAdded) {
  const auto backend = MakeBackend({.threads = 1});
  const Model model(MakeArchitecture("mlp4", {1, 4, 4}, 2), 3);
  Session session(model, *backend);
  const Tensor images = test::RandomTensor({8, 1, 4, 4}, DType::kF32, 1, 0, 1);
  const std::vector<int64_t> ids(8);
  const Objectives objectives = MakeObjectives("mse:1,l1:0.1");
  FlatParams grads(model.layout());
  Tensor sums({2}, DType::kF64);
  objectives.Gradient(session, {ids, 1, images, images}, nullptr, grads, sums);
  const Tensor first = grads.flat().Clone();
  objectives.Gradient(session, {ids, 1, images, images}, nullptr, grads, sums);
  EXPECT_TRUE(std::ranges::equal(first.span<float>(), grads.flat().span<float>()));
}

// A step that trains a part of a model without kinks, where differences are exact.
struct PartStep {
  Model model{MakeArchitecture("deep-linear", {1, 8, 8}, 3), 3};
  std::unique_ptr<Backend> backend = MakeBackend({.threads = 2});
  std::vector<int64_t> ids = std::vector<int64_t>(32);
  std::vector<int32_t> partners = {};
  Tensor codes = test::RandomTensor({32, 3}, DType::kF32, 4);

  std::vector<float> Gradient(const Objectives& objectives, DType precision = DType::kF32) {
    const Tensor images = test::RandomTensor({32, 1, 8, 8}, precision, 1, 0, 1);
    return Gradient(objectives, images, images);
  }
  std::vector<float> GradientOfDecoder() {
    const Tensor images = test::RandomTensor({32, 1, 8, 8}, DType::kF32, 1, 0, 1);
    const Tensor input = Session(model, *backend).Encode(images);
    return Gradient(Objectives(ObjectiveSettings{}, ModelPart::kDecoder), input, images);
  }
  std::vector<float> Gradient(const Objectives& objectives, const Tensor& input, const Tensor& target) {
    Session session(model, *backend);
    FlatParams grads(model.layout());
    Tensor sums = test::Filled({objectives.size()}, DType::kF64, 0);
    objectives.Gradient(session, {ids, 1, input, target, &codes, partners}, nullptr, grads, sums);
    value = sums.data<double>()[0] / 32;
    return {grads.flat().span<float>().begin(), grads.flat().span<float>().end()};
  }
  // The codes of the images with the parameters `start` + h · `direction`.
  Tensor CodesAt(const Tensor& start, const std::vector<float>& direction, double h) {
    auto values = model.params().flat().span<float>();
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(start.span<float>()[i] + h * direction[i]);
    const Tensor images = test::RandomTensor({32, 1, 8, 8}, DType::kF32, 1, 0, 1);
    return Session(model, *backend).Encode(images);
  }
  double value = 0;
};

Objectives TowardsCodes() {
  std::vector<std::unique_ptr<Objective>> terms;
  terms.push_back(std::make_unique<CodeTarget>());
  return Objectives(std::move(terms), {1}, ModelPart::kEncoder);
}

TEST(TrainedPart, TheDecoderAloneHasItsPartOfTheGradient) {
  PartStep step;
  const std::vector<float> all = step.Gradient(Objectives(ObjectiveSettings{}));
  const std::vector<float> part = step.GradientOfDecoder();
  const auto [begin, end] = step.model.RangeOf(ModelPart::kDecoder);
  ASSERT_GT(begin, 0);
  ASSERT_EQ(end, std::ssize(all));
  EXPECT_TRUE(std::all_of(part.begin(), part.begin() + begin, [](float g) { return g == 0; }));
  EXPECT_TRUE(std::equal(part.begin() + begin, part.end(), all.begin() + begin));
  EXPECT_GT(Dot(part, part), 0);
}

TEST(TrainedPart, TheEncoderAloneFollowsTheErrorOfItsCodes) {
  PartStep step;
  const Objectives objectives = TowardsCodes();
  const std::vector<float> gradient = step.Gradient(objectives);
  const double norm = std::sqrt(Dot(gradient, gradient));
  ASSERT_GT(norm, 1e-3);
  const auto [begin, end] = step.model.RangeOf(ModelPart::kEncoder);
  EXPECT_TRUE(std::all_of(gradient.begin() + end, gradient.end(), [](float g) { return g == 0; }));
  const Tensor start = step.model.params().flat().Clone();
  const auto loss_at = [&](double h) {
    const Tensor codes = step.CodesAt(start, gradient, h / norm);
    return reference::Loss<double>({.kind = kMse}, codes.size(), test::Widen(codes).data(),
                                   test::Widen(step.codes).data(), Activation::kNone, 1.0, nullptr);
  };
  EXPECT_NEAR(step.value, loss_at(0), 1e-5);
  EXPECT_NEAR((loss_at(1e-3) - loss_at(-1e-3)) / 2e-3, norm, 1e-3 * norm);
}

TEST(TrainedPart, TheEncoderAloneFollowsTheLossOfItsViews) {
  PartStep step;
  for (int32_t row = 0; row < 32; ++row) step.partners.push_back(row < 16 ? row + 16 : row - 16);
  std::vector<std::unique_ptr<Objective>> terms;
  terms.push_back(std::make_unique<ViewLoss>());
  const std::vector<float> gradient = step.Gradient(Objectives(std::move(terms), {1}, ModelPart::kEncoder));
  const double norm = std::sqrt(Dot(gradient, gradient));
  ASSERT_GT(norm, 1e-3);
  const Tensor start = step.model.params().flat().Clone();
  const auto loss_at = [&](double h) {
    const Tensor codes = step.CodesAt(start, gradient, h / norm);
    return reference::NeighbourLoss<double>({.repulsion = Repulsion::kCosine}, 32, 3,
                                            test::Widen(codes).data(), step.partners.data(), 1, nullptr) /
           32;
  };
  EXPECT_NEAR(step.value, loss_at(0), 1e-5);
  EXPECT_NEAR((loss_at(1e-3) - loss_at(-1e-3)) / 2e-3, norm, 2e-3 * norm);
}

TEST(TrainedPart, ViewsAreCompulsoryForTheirLoss) {
  PartStep step;
  std::vector<std::unique_ptr<Objective>> terms;
  terms.push_back(std::make_unique<ViewLoss>());
  const Objectives objectives(std::move(terms), {1}, ModelPart::kEncoder);
  EXPECT_THROW(step.Gradient(objectives), Error);
}

TEST(TrainedPart, PairsGiveTheEncodersGradientToTheirPrecision) {
  PartStep step;
  const std::vector<float> exact = step.Gradient(TowardsCodes());
  const std::vector<float> rounded = step.Gradient(TowardsCodes(), DType::kBF16);
  double squares = 0;
  for (size_t i = 0; i < exact.size(); ++i) squares += std::pow(exact[i] - rounded[i], 2);
  EXPECT_LT(std::sqrt(squares / Dot(exact, exact)), 0.02);
  EXPECT_GT(squares, 0);
}

TEST(TrainedPart, CodesAreCompulsoryForTheirLoss) {
  PartStep step;
  Session session(step.model, *step.backend);
  const Tensor images = test::RandomTensor({32, 1, 8, 8}, DType::kF32, 1, 0, 1);
  FlatParams grads(step.model.layout());
  Tensor sums = test::Filled({1}, DType::kF64, 0);
  EXPECT_THROW(TowardsCodes().Gradient(session, {step.ids, 1, images, images}, nullptr, grads, sums), Error);
}

TEST(Objectives, OnlyRatiosOfChannelWeightsCount) {
  const auto loss_with = [](const std::vector<double>& weights) {
    const auto backend = MakeBackend({.threads = 1});
    const Model model(MakeArchitecture("mlp4", {2, 4, 4}, 2), 3);
    Session session(model, *backend);
    const Tensor images = test::RandomTensor({3, 2, 4, 4}, DType::kF32, 1, 0, 1);
    const std::vector<int64_t> ids = {0, 1, 2};
    const Objectives objectives(ObjectiveSettings{.channel_weights = weights});
    objectives.CheckModel(model);
    FlatParams grads(model.layout());
    Tensor sums = test::Filled({1}, DType::kF64, 0);
    objectives.Gradient(session, {ids, 1, images, images}, nullptr, grads, sums);
    return sums.data<double>()[0];
  };
  EXPECT_EQ(loss_with({1, 3}), loss_with({0.5, 1.5}));
  EXPECT_NE(loss_with({1, 3}), loss_with({3, 1}));
  // One channel counts for all, and then the other: twice the plain loss in all.
  EXPECT_NEAR(loss_with({1, 1e-6}) + loss_with({1e-6, 1}), 2 * loss_with({}), 1e-5);
  EXPECT_THROW(loss_with({1, 1, 1}), Error);
  EXPECT_THROW(Objectives(ObjectiveSettings{.channel_weights = {1, 2}, .evidence = EvidenceSettings{}}),
               Error);
}

TEST(Objectives, TextRoundTrips) {
  for (const char* text :
       {"mse", "l1", "bce", "huber", "ssim", "mse:0.5", "mse:1,l1:0.1", "l1:0.16,ssim:0.84"}) {
    EXPECT_EQ(ToString(ParseTerms(text)), text);
  }
  EXPECT_EQ(ToString(ParseTerms("l1:1")), "l1");
  EXPECT_EQ(ToString(ParseTerms("mse,l1:.25")), "mse:1,l1:0.25");
}

TEST(Objectives, BadTextIsAUsageErrorThatSaysWhy) {
  for (const auto& [text, word] :
       {std::pair("msa", "mse"), std::pair("mse,mse", "twice"), std::pair("mse:-1", "above 0"),
        std::pair("mse:", "weight"), std::pair("mse:x", "'x'"), std::pair("", "unknown loss"),
        std::pair("mse,", "unknown loss"), std::pair("mse:inf", "weight")}) {
    try {
      ParseTerms(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << text << ": " << error.what();
    }
  }
}

TEST(Objectives, BceNeedsASigmoid) {
  const Model linear(MakeArchitecture("deep-linear", {1, 8, 8}, 2), 1),
      sigmoid(MakeArchitecture("mlp4", {1, 8, 8}, 2), 1);
  EXPECT_THROW(MakeObjectives("mse:1,bce:1").CheckModel(linear), Error);
  EXPECT_NO_THROW(MakeObjectives("mse:1,bce:1").CheckModel(sigmoid));
}

TEST(Objectives, UnitsNameWhatIsPlotted) {
  EXPECT_EQ(Unit({.terms = ParseTerms("l1")}), "L1 per pixel");
  EXPECT_EQ(Unit({.terms = ParseTerms("mse:2")}), "2 × MSE per pixel");
  EXPECT_EQ(Unit({.terms = ParseTerms("mse,l1:0.1")}), "weighted loss (mse:1,l1:0.1)");
  EXPECT_EQ(Unit({.channel_weights = {2, 4, 1}}), "MSE per pixel, channels weighted 2:4:1");
  EXPECT_TRUE(IsMse({}));
  EXPECT_FALSE(IsMse({.channel_weights = {2, 4, 1}}));
  EXPECT_FALSE(IsMse({.terms = ParseTerms("mse:2")}));
}

}  // namespace
}  // namespace hourglass
