#include "hourglass/nn/dense.h"

#include <gtest/gtest.h>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

TEST(Dense, RoundTripsItsConfiguration) {
  const Json config = {{"kind", "dense"}, {"inputs", 784}, {"outputs", 392}, {"activation", "relu"}};
  const auto layer = MakeLayer(config);
  EXPECT_EQ(layer->config(), config);
  EXPECT_EQ(layer->activation(), Activation::kRelu);
}

TEST(Dense, HasPyTorchsParameters) {
  const auto specs = Dense(784, 392, Activation::kNone).param_specs();
  ASSERT_EQ(specs.size(), 2u);
  EXPECT_EQ(specs[0].name, "weight");
  EXPECT_EQ(specs[0].shape, Shape({392, 784}));
  EXPECT_EQ(specs[1].name, "bias");
  EXPECT_EQ(specs[1].shape, Shape({392}));
  // nn.Linear draws both from U(-1/sqrt(inputs), 1/sqrt(inputs)).
  EXPECT_DOUBLE_EQ(specs[0].init_bound, 1.0 / 28);
  EXPECT_DOUBLE_EQ(specs[1].init_bound, 1.0 / 28);
}

TEST(Dense, TakesAnyShapeOfTheRightSize) {
  const Dense layer(784, 392, Activation::kNone);
  EXPECT_EQ(layer.OutputShape({1, 28, 28}), Shape({392}));
  EXPECT_THROW(layer.OutputShape({1, 28, 27}), Error);
}

// MakeLayer's error for a bad configuration.
std::string Complaint(const Json& config) {
  try {
    MakeLayer(config);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

TEST(MakeLayer, RefusesWhatItDoesNotKnow) {
  const Json good = {{"kind", "dense"}, {"inputs", 3}, {"outputs", 2}, {"activation", "none"}};
  EXPECT_EQ(Complaint(good), "");
  const auto with = [&](const char* key, Json value) {
    Json config = good;
    config[key] = std::move(value);
    return Complaint(config);
  };
  EXPECT_NE(with("kind", "dens").find("did you mean 'dense'?"), std::string::npos);
  EXPECT_NE(with("input", 3).find("did you mean 'inputs'?"), std::string::npos);
  EXPECT_NE(with("activation", "relo").find("did you mean 'relu'?"), std::string::npos);
  EXPECT_NE(with("inputs", "3").find("a whole number"), std::string::npos);
  EXPECT_NE(with("outputs", 0).find("0 outputs"), std::string::npos);
  EXPECT_NE(with("outputs", int64_t{1} << 40).find("sizes from 1"), std::string::npos);
  EXPECT_NE(Complaint({{"kind", "dense"}}).find("missing key 'inputs'"), std::string::npos);
  EXPECT_NE(Complaint(Json::array()).find("unknown layer kind"), std::string::npos);
}

}  // namespace
}  // namespace hourglass
