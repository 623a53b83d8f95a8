// Convolutions, reshaping and dropout as layers: configuration, shapes, and what they reject.
#include "hourglass/nn/conv.h"

#include <gtest/gtest.h>

#include <numeric>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/nn/dense.h"
#include "hourglass/nn/dropout.h"
#include "hourglass/nn/gelu.h"
#include "hourglass/nn/reshape.h"
#include "hourglass/nn/residual.h"
#include "hourglass/nn/sequential.h"
#include "support/random.h"
#include "support/usage_error.h"

namespace hourglass::test {
namespace {

const Json kConv = {{"kind", "conv"}, {"inputs", 3},  {"outputs", 8},        {"kernel", 3},
                    {"stride", 2},    {"padding", 1}, {"activation", "relu"}};
const Json kTransposed = {{"kind", "conv_transpose"},
                          {"inputs", 8},
                          {"outputs", 3},
                          {"kernel", 3},
                          {"stride", 2},
                          {"padding", 1},
                          {"output_padding", 1},
                          {"activation", "sigmoid"}};

const Json kResidual = {
    {"kind", "residual"}, {"channels", 3}, {"width", 5}, {"kernel", 3}, {"activation", "leaky_relu"}};

Json With(Json config, const char* key, Json value) {
  config[key] = std::move(value);
  return config;
}

// MakeLayer's error for a bad configuration; empty for a good one.
std::string Complaint(const Json& config) {
  try {
    MakeLayer(config);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

TEST(Layers, RoundTripTheirConfigurations) {
  for (const Json& config :
       {kConv, kTransposed, With(kTransposed, "output_padding", {1, 0}), Json{{"kind", "flatten"}},
        Json{{"kind", "unflatten"}, {"shape", {32, 3, 3}}}, Json{{"kind", "dropout"}, {"probability", 0.25}},
        Json{{"kind", "gelu"}}, kResidual}) {
    EXPECT_EQ(MakeLayer(config)->config(), config);
  }
}

const Json kDense = {{"kind", "dense"}, {"inputs", 12}, {"outputs", 7}, {"activation", "relu"}};

TEST(Layers, RoundTripAllActivations) {
  for (const Json& config : {kDense, kConv, kTransposed}) {
    for (const Activation activation : kActivations) {
      const Json with = With(config, "activation", Name(activation));
      EXPECT_EQ(MakeLayer(with)->config(), with);
      EXPECT_EQ(MakeLayer(with)->activation(), activation);
    }
  }
}

// Outputs z of a layer without activation and y of the same layer with a leaky ReLU, for random parameters
// from -scale to scale; the bias gradient of the latter for dy = 1.
struct LeakyOutputs {
  Tensor z, y, db;
};
LeakyOutputs Leak(const Json& config, const Shape& input, double scale) {
  const auto backend = MakeBackend({.threads = 1});
  const auto plain = MakeLayer(With(config, "activation", "none"));
  const auto leaky = MakeLayer(With(config, "activation", "leaky_relu"));
  std::vector<Tensor> params, grads;
  for (const ParamSpec& spec : leaky->param_specs()) {
    params.push_back(RandomTensor(spec.shape, DType::kF32, 1, -scale, scale));
    grads.push_back(Filled(spec.shape, DType::kF32, 0));
  }
  const Tensor x = RandomTensor(input, DType::kF32, 2);
  LeakyOutputs outputs;
  plain->Forward(*backend, params, {}, x, DType::kF32, outputs.z);
  leaky->Forward(*backend, params, {}, x, DType::kF32, outputs.y);
  Tensor dy = Filled(outputs.y.shape(), DType::kF32, 1);
  leaky->Backward(*backend, params, grads, {}, x, outputs.y, dy, nullptr);
  outputs.db = std::move(grads[1]);
  return outputs;
}

// PyTorch's slope at 0 is that below 0.
TEST(Layers, LeakyReluShrinksWhatIsNotAboveZero) {
  for (const auto& [config, input] : {std::pair(kDense, Shape{5, 12}), std::pair(kConv, Shape{18, 3, 5, 6}),
                                      std::pair(kTransposed, Shape{18, 8, 3, 2})}) {
    for (const double scale : {0.0, 1.0}) {
      SCOPED_TRACE(testing::Message() << config << ", scale " << scale);
      const auto [z, y, db] = Leak(config, input, scale);
      const int64_t O = db.size(), pixels = y.row_size() / O;
      std::vector<double> slopes(static_cast<size_t>(O));
      for (int64_t i = 0; i < y.size(); ++i) {
        const bool above = z.data<float>()[i] > 0;
        EXPECT_EQ(y.data<float>()[i], above ? z.data<float>()[i] : 0.01f * z.data<float>()[i]);
        slopes[static_cast<size_t>(i / pixels % O)] += above ? 1 : 0.01;
      }
      EXPECT_LE(RelativeError(Widen(db), slopes), 1e-6);
    }
  }
}

TEST(Layers, HavePyTorchsShapesAndParameters) {
  const auto conv = MakeLayer(kConv), transposed = MakeLayer(kTransposed);
  EXPECT_EQ(conv->OutputShape({3, 28, 15}), Shape({8, 14, 8}));
  EXPECT_EQ(transposed->OutputShape({8, 14, 8}), Shape({3, 28, 16}));
  const Json uneven = With(kTransposed, "output_padding", {0, 1});
  EXPECT_EQ(MakeLayer(uneven)->OutputShape({8, 14, 8}), Shape({3, 27, 16}));
  EXPECT_EQ(conv->param_specs()[0].shape, Shape({8, 3, 3, 3}));
  EXPECT_EQ(transposed->param_specs()[0].shape, Shape({8, 3, 3, 3}));
  EXPECT_EQ(transposed->param_specs()[1].shape, Shape({3}));
  // The fan-in is inputs · K² for nn.Conv2d, outputs · K² for nn.ConvTranspose2d.
  EXPECT_DOUBLE_EQ(conv->param_specs()[0].init_bound, 1 / std::sqrt(27.0));
  EXPECT_DOUBLE_EQ(transposed->param_specs()[1].init_bound, 1 / std::sqrt(27.0));
  EXPECT_EQ(Flatten().OutputShape({32, 3, 3}), Shape({288}));
  EXPECT_EQ(Unflatten({32, 3, 3}).OutputShape({288}), Shape({32, 3, 3}));
}

TEST(Layers, MirrorsGiveBackEachAxis) {
  const auto conv = MakeLayer(kConv);
  for (const Shape& image : {Shape{3, 28, 28}, Shape{3, 28, 29}, Shape{3, 7, 8}, Shape{3, 9, 1}}) {
    Json mirror = conv->MirrorConfig(image);
    mirror.update({{"inputs", 8}, {"activation", "none"}});
    EXPECT_EQ(MakeLayer(mirror)->OutputShape(conv->OutputShape(image)), image) << mirror;
  }
  EXPECT_EQ(conv->MirrorConfig({3, 28, 28})["output_padding"], 1) << "one number where both axes agree";
  EXPECT_EQ(conv->MirrorConfig({3, 28, 29})["output_padding"], Json({1, 0}));
}

TEST(Layers, RefuseWhatDoesNotFit) {
  EXPECT_THROW(MakeLayer(kConv)->OutputShape({1, 28, 28}), Error);    // channels
  EXPECT_THROW(MakeLayer(kConv)->OutputShape({3 * 28 * 28}), Error);  // not an image
  EXPECT_THROW(MakeLayer(With(kConv, "kernel", 9))->OutputShape({3, 6, 28}), Error);
  EXPECT_THROW(MakeLayer(With(kTransposed, "padding", 9))->OutputShape({8, 2, 2}), Error);
  EXPECT_THROW(Unflatten({32, 3, 3}).OutputShape({287}), Error);
  EXPECT_NE(Complaint(With(kConv, "stride", 0)).find("stride 0"), std::string::npos);
  EXPECT_NE(Complaint(With(kConv, "padding", -1)).find("padding -1"), std::string::npos);
  EXPECT_NE(Complaint(With(kTransposed, "output_padding", 2)).find("output padding"), std::string::npos);
  for (const Json& padding :
       {Json({0, 2}), Json({-1, 0}), Json({1}), Json({1, 0, 0}), Json({0.5, 0}), Json("1")}) {
    EXPECT_NE(Complaint(With(kTransposed, "output_padding", padding)), "") << padding;
  }
  EXPECT_NE(Complaint(With(kConv, "output_padding", 1)).find("unknown key 'output_padding'"),
            std::string::npos);
  EXPECT_NE(Complaint(With(kConv, "outputs", int64_t{1} << 40)).find("channels"), std::string::npos);
  EXPECT_NE(Complaint({{"kind", "conv"},
                       {"inputs", 1 << 16},
                       {"outputs", 1 << 15},
                       {"kernel", 1},
                       {"stride", 1},
                       {"padding", 0},
                       {"activation", "none"}})
                .find("2147483647 weights"),
            std::string::npos);
  for (const Json& kernel : {Json(0), Json(-1), Json(2), Json(4)}) {
    EXPECT_NE(Complaint(With(kResidual, "kernel", kernel)).find("an odd number"), std::string::npos);
  }
  EXPECT_NE(Complaint(With(kResidual, "width", 0)).find("3 → 0 channels"), std::string::npos);
  EXPECT_NE(Complaint(With(kResidual, "stride", 1)).find("unknown key 'stride'"), std::string::npos);
  EXPECT_THROW(MakeLayer(kResidual)->OutputShape({2, 8, 8}), Error);
  EXPECT_THROW(MakeLayer(kResidual)->OutputShape({3}), Error);
  EXPECT_NE(Complaint({{"kind", "gelu"}, {"approximate", "tanh"}}).find("unknown key 'approximate'"),
            std::string::npos);
  for (const Json& probability : {Json(1.0), Json(0.99999999), Json(-0.1), Json("half")}) {
    EXPECT_NE(Complaint({{"kind", "dropout"}, {"probability", probability}}), "");
  }
  for (const Json& shape : {Json({1, 2}), Json({0, 3, 3}), Json({1 << 30, 3, 3}), Json("288")}) {
    EXPECT_NE(Complaint({{"kind", "unflatten"}, {"shape", shape}}), "");
  }
}

// Offsets that overflow an int32: in the input, in the output, or only with the border.
TEST(Layers, RefuseImagesTooLargeForTheKernels) {
  const auto complaint = [](const Json& config, const Shape& input) -> std::string {
    try {
      MakeLayer(config)->OutputShape(input);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return error.what();
    }
    return "";
  };
  const Json wide = With(With(kConv, "inputs", 1), "outputs", 1 << 12), one = With(wide, "outputs", 1);
  EXPECT_EQ(complaint(wide, {1, 256, 256}), "");
  EXPECT_NE(complaint(wide, {1, 512, 512}).find("134217727 numbers"), std::string::npos);
  EXPECT_EQ(complaint(one, {1, 11'000, 11'000}), "");
  EXPECT_NE(complaint(one, {1, 12'000, 12'000}).find("134217727 numbers"), std::string::npos);
  EXPECT_NE(complaint(With(one, "stride", 1 << 10), {1, 1 << 30, 1 << 30}).find("numbers"),
            std::string::npos);
  EXPECT_NE(complaint(kTransposed, {8, 6'000, 6'000}).find("numbers"), std::string::npos);
  const Json bordered = With(With(With(wide, "outputs", 1 << 10), "kernel", 1 << 10), "padding", 1 << 9);
  EXPECT_NE(complaint(bordered, {1, 8, 8}).find("numbers"), std::string::npos);
}

// All kinds of layers together, with active dropout: compares the gradient of the input with differences of a
// weighted sum of the outputs.
TEST(Layers, GradientThroughAllKindsEqualsDifferences) {
  ParamLayout layout;
  Sequential network({2, 5, 5});
  network.Add(
      "conv",
      std::make_unique<Conv>(2, 3, ConvGeometry{.kernel = 3, .stride = 2, .padding = 1}, Activation::kTanh),
      layout);
  network.Add("gelu", std::make_unique<Gelu>(), layout);
  network.Add("residual", std::make_unique<Residual>(3, 4, 3, Activation::kTanh), layout);
  network.Add("flatten", std::make_unique<Flatten>(), layout);
  network.Add("fc", std::make_unique<Dense>(27, 8, Activation::kTanh), layout);
  network.Add("dropout", std::make_unique<Dropout>(0.4), layout);
  network.Add("unflatten", std::make_unique<Unflatten>(Shape{2, 2, 2}), layout);
  network.Add(
      "deconv",
      std::make_unique<ConvTranspose>(2, 1, ConvGeometry{.kernel = 3, .stride = 2, .output_padding = {1, 0}},
                                      Activation::kSigmoid),
      layout);
  FlatParams params(layout), grads(layout);
  DrawInitialValues(layout, 1, params.flat());
  const auto backend = MakeBackend({.threads = 1});
  const std::vector<int64_t> ids = {7, 3, 11};
  const PassNumbers source = {5, 2, ids};
  const Pass pass{&source, 0};
  Tensor x = RandomTensor({3, 2, 5, 5}, DType::kF32, 1);
  const std::vector<double> weights = RandomDoubles(3 * 6 * 5, 2);
  Activations activations;
  const auto value = [&] {
    const Tensor& y = network.Forward(*backend, params, pass, x, activations, true);
    double sum = 0;
    for (size_t i = 0; i < weights.size(); ++i) sum += weights[i] * y.data<float>()[i];
    return sum;
  };
  value();
  Tensor dy = RandomTensor({3, 1, 6, 5}, DType::kF32, 2), dx;
  network.Backward(*backend, params, grads, pass, x, activations, dy, &dx);
  constexpr float kStep = 1e-2f;
  for (int64_t i = 0; i < x.size(); ++i) {
    const float kept = x.data<float>()[i];
    x.data<float>()[i] = kept + kStep;
    const double above = value();
    x.data<float>()[i] = kept - kStep;
    const double below = value();
    x.data<float>()[i] = kept;
    EXPECT_NEAR(dx.data<float>()[i], (above - below) / (2 * kStep), 1e-4) << "element " << i;
  }
}

TEST(Dropout, ActsInTrainingOnly) {
  const Dropout layer(0.5);
  const auto backend = MakeBackend({.threads = 2});
  const Tensor x = Filled({64, 100}, DType::kF32, 1);
  std::vector<int64_t> ids(64);
  std::iota(ids.begin(), ids.end(), 0);
  const PassNumbers source = {1, 1, ids};
  Tensor trained, again, other_layer, inferred;
  layer.Forward(*backend, {}, {&source, 0}, x, DType::kF32, trained);
  layer.Forward(*backend, {}, {&source, 0}, x, DType::kF32, again);
  layer.Forward(*backend, {}, {&source, 1}, x, DType::kF32, other_layer);
  layer.Forward(*backend, {}, {}, x, DType::kF32, inferred);
  const std::vector<double> values = Widen(trained);
  EXPECT_NEAR(std::accumulate(values.begin(), values.end(), 0.0) / 6400, 1, 0.05);
  for (double value : values) EXPECT_TRUE(value == 0 || value == 2) << value;
  EXPECT_EQ(values, Widen(again));
  EXPECT_NE(values, Widen(other_layer));
  EXPECT_EQ(Widen(inferred), Widen(x));
  // After an evaluation has left a view of x, training must not write through it.
  layer.Forward(*backend, {}, {&source, 0}, x, DType::kF32, inferred);
  EXPECT_EQ(Widen(inferred), values);
  EXPECT_EQ(Widen(x), std::vector<double>(6400, 1.0));
}

TEST(Layers, OtherOutputTypesAndPlacesAreUsageErrors) {
  const auto backend = MakeBackend({.threads = 1});
  const std::vector<int64_t> ids = {0, 1};
  const PassNumbers source = {1, 1, ids};
  const Tensor x = RandomTensor({2, 3}, DType::kBF16, 1);
  Tensor y;
  ExpectUsageErrors({
      {"expected: bf16\n  got:      f32", [&] { Flatten().Forward(*backend, {}, {}, x, DType::kF32, y); }},
      {"expected: bf16\n  got:      f32", [&] { Dropout(0.5).Forward(*backend, {}, {}, x, DType::kF32, y); }},
      {"expected: 0 to 255",
       [&] {
         Dropout(0.5).Forward(*backend, {}, {&source, 256}, x, DType::kBF16, y);
       }},
  });
}

}  // namespace
}  // namespace hourglass::test
