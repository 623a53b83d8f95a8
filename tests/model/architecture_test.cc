#include "hourglass/model/architecture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "hourglass/core/error.h"

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

TEST(Architecture, EveryNamedOneRoundTripsThroughJson) {
  for (const std::string& name : ArchitectureNames()) {
    const Json json = MakeArchitecture(name, {3, 32, 32}, 16).ToJson();
    EXPECT_EQ(Architecture::FromJson(json, "here").ToJson(), json) << name;
  }
}

TEST(Architecture, ImpossibleOnesAreUsageErrors) {
  const auto make = [](const char* name, Shape shape, int64_t code) {
    return [=] { MakeArchitecture(name, shape, code); };
  };
  ExpectError(ErrorKind::kUsage, "did you mean 'mlp4'", make("mpl4", {1, 28, 28}, 8));
  ExpectError(ErrorKind::kUsage, "-z 8", make("mlp4", {1, 28, 28}, 0));
  ExpectError(ErrorKind::kUsage, "-3", make("mlp4", {1, 28, 28}, -3));
  ExpectError(ErrorKind::kUsage, "layer fc2 of mlp4 would be no bottleneck", make("mlp4", {1, 28, 28}, 393));
  ExpectError(ErrorKind::kUsage, "layer fc1 of mlp4 would have no outputs", make("mlp4", {1, 1, 1}, 1));
  ExpectError(ErrorKind::kUsage, "[1, 0, 28]", make("mlp4", {1, 0, 28}, 8));
  ExpectError(ErrorKind::kUsage, "[28, 28]", make("mlp4", {28, 28}, 8));
  ExpectError(ErrorKind::kUsage, "makes no image", make("mlp4", {INT64_MAX, INT64_MAX, INT64_MAX}, 8));
  EXPECT_NO_THROW(MakeArchitecture("mlp4", {1, 28, 28}, 392));
  EXPECT_NO_THROW(MakeArchitecture("mlp4", {1, 1, 2}, 1));
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
  expect("makes no image", [](Json& json) { json["image_shape"] = {1, -28, -28}; });
  expect("makes no image", [](Json& json) { json["image_shape"] = {1 << 30, 1 << 30, 1 << 30}; });
  expect("encoder: not a list of layers", [](Json& json) { json["encoder"] = Json::array(); });
  expect("decoder[1]: the key 'config' is missing", [](Json& json) { json["decoder"][1].erase("config"); });
  expect("encoder[0].name: not a string", [](Json& json) { json["encoder"][0]["name"] = 1; });
  expect("two layers of one name", [](Json& json) { json["decoder"][0]["name"] = "fc1"; });
}

}  // namespace
}  // namespace hourglass
