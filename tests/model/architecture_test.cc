#include "hourglass/model/architecture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "hourglass/core/error.h"
#include "hourglass/nn/layer.h"

namespace hourglass {
namespace {

using testing::HasSubstr;

void ExpectError(ErrorKind kind, const std::string& part, const std::function<void()>& run) {
  try {
    run();
    ADD_FAILURE() << "no error, expected one with: " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(part));
  }
}

TEST(Architecture, Mlp4HalvesThePixels) {
  const Architecture made = MakeArchitecture("mlp4", {1, 28, 28}, 8);
  EXPECT_EQ(made.name, "mlp4");
  EXPECT_EQ(made.code_size, 8);
  ASSERT_EQ(made.encoder.size(), 2U);
  ASSERT_EQ(made.decoder.size(), 2U);
  const auto dense = [](int64_t inputs, int64_t outputs, const char* activation) {
    return Json{{"kind", "dense"}, {"inputs", inputs}, {"outputs", outputs}, {"activation", activation}};
  };
  EXPECT_EQ(made.encoder[0].name, "fc1");
  EXPECT_EQ(made.encoder[0].config, dense(784, 392, "relu"));
  EXPECT_EQ(made.encoder[1].config, dense(392, 8, "relu"));
  EXPECT_EQ(made.decoder[0].config, dense(8, 392, "relu"));
  EXPECT_EQ(made.decoder[1].name, "fc4");
  EXPECT_EQ(made.decoder[1].config, dense(392, 784, "sigmoid"));
}

TEST(Architecture, NarrowMlp4HasAnEighthOfThePixels) {
  const Architecture made = MakeArchitecture("mlp4-narrow", {1, 28, 28}, 8);
  EXPECT_EQ(made.encoder[0].config["outputs"], 98);
  EXPECT_EQ(made.decoder[1].config["inputs"], 98);
}

TEST(Architecture, TheCodeOfConvMapIsAnImageOfHalfTheSides) {
  const auto channels = [](int64_t code_size) {
    return MakeArchitecture("conv-map", {3, 28, 32}, code_size).encoder[2].config["outputs"];
  };
  EXPECT_EQ(channels(14 * 16), 1);
  EXPECT_EQ(channels(3 * 28 * 32), 12);
  ExpectError(ErrorKind::kUsage, "layer 'conv2': the code is no image of 14 × 16 pixels",
              [&] { channels(64); });
  ExpectError(ErrorKind::kUsage, "a multiple of 224 numbers", [&] { channels(64); });
}

TEST(Architecture, ConvLargeGrowsWithTheImage) {
  const auto blocks = [](int64_t side) {
    const Architecture made = MakeArchitecture("conv-large", {3, side, side}, 8);
    return std::ranges::count_if(made.encoder,
                                 [](const NamedLayer& layer) { return layer.config.at("kind") == "gelu"; });
  };
  EXPECT_EQ(blocks(32), 3);
  EXPECT_EQ(blocks(64), 4);
  EXPECT_EQ(blocks(28), 3);
}

TEST(Architecture, EveryNamedOneRoundTripsThroughJson) {
  for (const std::string& name : ArchitectureNames()) {
    const Json json = MakeArchitecture(name, {3, 32, 32}, 1024).ToJson();
    EXPECT_EQ(Architecture::FromJson(json, "here").ToJson(), json) << name;
  }
}

TEST(Architecture, ImpossibleOnesAreUsageErrors) {
  const auto make = [](const char* name, Shape shape, int64_t code) {
    return [=] { MakeArchitecture(name, shape, code); };
  };
  ExpectError(ErrorKind::kUsage, "did you mean 'mlp4'", make("mpl4", {1, 28, 28}, 8));
  ExpectError(ErrorKind::kUsage, "code_size = 8", make("mlp4", {1, 28, 28}, 0));
  ExpectError(ErrorKind::kUsage, "-3", make("mlp4", {1, 28, 28}, -3));
  ExpectError(ErrorKind::kUsage, "not be a bottleneck", make("mlp4", {1, 28, 28}, 785));
  ExpectError(ErrorKind::kUsage, "layer 'fc1': pixels/2 would be 0", make("mlp4", {1, 1, 1}, 1));
  ExpectError(ErrorKind::kUsage, "[1, 0, 28]", make("mlp4", {1, 0, 28}, 8));
  ExpectError(ErrorKind::kUsage, "[28, 28]", make("mlp4", {28, 28}, 8));
  ExpectError(ErrorKind::kUsage, "impossible image shape",
              make("mlp4", {INT64_MAX, INT64_MAX, INT64_MAX}, 8));
  EXPECT_NO_THROW(MakeArchitecture("mlp4", {1, 28, 28}, 784));
  EXPECT_NO_THROW(MakeArchitecture("mlp4", {1, 1, 2}, 1));
}

TEST(Architecture, ConvIsThePublishedOneAndFollowsTheImage) {
  const auto kernels = [](const Architecture& made) {
    int64_t count = 0;
    for (const auto* layers : {&made.encoder, &made.decoder}) {
      for (const NamedLayer& layer : *layers) {
        for (const ParamSpec& spec : MakeLayer(layer.config)->param_specs()) count += spec.shape.size();
      }
    }
    return count;
  };
  const Architecture made = MakeArchitecture("conv", {1, 28, 28}, 4, 0.25);
  EXPECT_EQ(kernels(made), 49541);
  EXPECT_EQ(made.encoder[5].config, (Json{{"kind", "dropout"}, {"probability", 0.25}}));
  EXPECT_EQ(made.decoder[4].config, (Json{{"kind", "unflatten"}, {"shape", {32, 3, 3}}}));
  EXPECT_EQ(made.decoder[5].config, (Json{{"kind", "conv_transpose"},
                                          {"inputs", 32},
                                          {"outputs", 16},
                                          {"kernel", 3},
                                          {"stride", 2},
                                          {"padding", 0},
                                          {"output_padding", 0},
                                          {"activation", "relu"}}));
  EXPECT_EQ(made.decoder[7].config["output_padding"], 1);
  for (const Shape& shape : {Shape{3, 32, 32}, Shape{1, 27, 27}, Shape{4, 11, 19}, Shape{2, 48, 64}}) {
    EXPECT_NO_THROW(MakeArchitecture("conv", shape, 8)) << shape.ToString();
  }
  // The stride leaves different numbers of rows and columns over, so each axis has separate output padding.
  const Architecture wide = MakeArchitecture("conv", {1, 28, 30}, 4);
  EXPECT_EQ(wide.decoder[5].config["output_padding"], Json({0, 1}));
  EXPECT_EQ(wide.decoder[6].config["output_padding"], Json({1, 0}));
  EXPECT_EQ(wide.decoder[7].config["output_padding"], 1);
  for (int64_t width = 11; width < 19; ++width) EXPECT_NO_THROW(MakeArchitecture("conv", {1, 14, width}, 4));
  ExpectError(ErrorKind::kUsage, "layer 'conv3': a convolution of 16 → 32 channels", [] {
    MakeArchitecture("conv", {1, 28, 8}, 4);
  });
  ExpectError(ErrorKind::kUsage, "no layer of mlp4 uses it", [] {
    MakeArchitecture("mlp4", {1, 28, 28}, 4, 0.1);
  });
}

// "128 relu, 2 none": outputs and activation of each dense layer.
std::string DenseLayers(const Architecture& made) {
  std::string text;
  for (const auto* layers : {&made.encoder, &made.decoder}) {
    for (const NamedLayer& layer : *layers) {
      text += text.empty() ? "" : ", ";
      text += layer.config["outputs"].dump() + " " + layer.config["activation"].get<std::string>();
    }
  }
  return text;
}

TEST(Architecture, DeepOnesAreThePublishedOnes) {
  EXPECT_EQ(DenseLayers(MakeArchitecture("deep-linear", {1, 28, 28}, 2)),
            "128 none, 64 none, 12 none, 2 none, 12 none, 64 none, 128 none, 784 none");
  EXPECT_EQ(DenseLayers(MakeArchitecture("deep-relu", {1, 28, 28}, 2)),
            "128 relu, 64 relu, 12 relu, 2 none, 12 relu, 64 relu, 128 relu, 784 tanh");
  EXPECT_NO_THROW(MakeArchitecture("deep-relu", {1, 28, 28}, 50));
}

TEST(Architecture, MapperIsWideForImagesOfAnySize) {
  EXPECT_EQ(DenseLayers(MakeArchitecture("mapper", {1, 28, 28}, 2)),
            "512 relu, 512 relu, 256 relu, 2 none, 256 relu, 512 relu, 512 relu, 784 sigmoid");
  for (const Shape& shape : {Shape{3, 32, 32}, Shape{1, 8, 8}, Shape{1, 1, 3}}) {
    EXPECT_NO_THROW(MakeArchitecture("mapper", shape, 2)) << shape.ToString();
  }
}

TEST(Architecture, NamesAreThoseOfPresetsAndFiles) {
  EXPECT_EQ(ArchitectureName("conv"), "conv");
  EXPECT_EQ(ArchitectureName("mine/wide.toml"), "wide");
  ExpectError(ErrorKind::kUsage, "did you mean 'conv'", [] { ArchitectureName("cnv"); });
  ExpectError(ErrorKind::kUsage, ".toml", [] { ArchitectureName("mine/wide"); });
  ExpectError(ErrorKind::kUsage, "unknown model 'con'", [] { ArchitectureToml("con"); });
  for (const std::string& name : ArchitectureNames()) {
    EXPECT_THAT(std::string(ArchitectureToml(name)), HasSubstr("title = ")) << name;
  }
}

TEST(Architecture, DamagedJsonIsADataErrorThatNamesThePlace) {
  const Json whole = MakeArchitecture("mlp4", {1, 28, 28}, 8).ToJson();
  const auto damaged = [&](const std::function<void(Json&)>& damage) {
    return [=] {
      Json json = whole;
      damage(json);
      Architecture::FromJson(json, "model.safetensors");
    };
  };
  const auto expect = [&](const std::string& part, const std::function<void(Json&)>& damage) {
    ExpectError(ErrorKind::kData, part, damaged(damage));
    ExpectError(ErrorKind::kData, "model.safetensors", damaged(damage));
  };
  expect("not an object", [](Json& json) { json = 3; });
  expect("did you mean 'decoder'", [](Json& json) { json["decodre"] = json["decoder"]; });
  for (const char* key : {"name", "image_shape", "code_size", "encoder", "decoder"}) {
    expect(std::string("'") + key + "' is missing", [=](Json& json) { json.erase(key); });
    expect(key, [=](Json& json) { json[key] = nullptr; });
  }
  expect("code_size: not an integer", [](Json& json) { json["code_size"] = 8.5; });
  expect("code_size: not an integer", [](Json& json) { json["code_size"] = UINT64_MAX; });
  expect("image_shape: not three sizes", [](Json& json) { json["image_shape"] = {1, 28}; });
  expect("image_shape: not an integer", [](Json& json) { json["image_shape"] = {1, 28, "28"}; });
  expect("impossible image shape", [](Json& json) { json["image_shape"] = {1, -28, -28}; });
  expect("impossible image shape", [](Json& json) { json["image_shape"] = {1 << 30, 1 << 30, 1 << 30}; });
  expect("encoder: not a list of layers", [](Json& json) { json["encoder"] = Json::array(); });
  expect("decoder[1]: the key 'config' is missing", [](Json& json) { json["decoder"][1].erase("config"); });
  expect("encoder[0].name: not a string", [](Json& json) { json["encoder"][0]["name"] = 1; });
  expect("name is missing, used twice or has a dot", [](Json& json) { json["decoder"][0]["name"] = "fc1"; });
  expect("name is missing, used twice or has a dot",
         [](Json& json) { json["encoder"][0]["name"] = "fc1.conv1"; });
}

}  // namespace
}  // namespace hourglass
