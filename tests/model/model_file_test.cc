// A model must survive its file bit for bit, and a file that is not a model must be rejected with the reason.
#include "hourglass/model/model_file.h"

#include "hourglass/model/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <limits>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "support/residual_model.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using testing::HasSubstr;

class ModelFileTest : public testing::Test {
 protected:
  ModelFileTest() : model_(MakeArchitecture("mlp4", {1, 4, 4}, 3), /*seed=*/7) {}

  std::filesystem::path path() const { return directory_.path() / "model.safetensors"; }

  // Loading the file must throw a data Error that names it and contains `part`.
  void ExpectRefused(const std::string& part) const {
    try {
      LoadModel(path());
      ADD_FAILURE() << "loaded, expected an error with: " << part;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
      EXPECT_THAT(error.what(), HasSubstr(path().string()));
      EXPECT_THAT(error.what(), HasSubstr(part));
    }
  }

  // A model file with something changed.
  void WriteDamaged(const std::function<void(SafetensorsFile&)>& damage) const {
    SafetensorsFile file = ToModelFile(model_, {});
    damage(file);
    WriteSafetensors(path(), file);
  }

  void WriteWithArchitecture(const std::function<void(Json&)>& damage) const {
    WriteDamaged([&](SafetensorsFile& file) {
      Json architecture = Json::parse(file.metadata["architecture"]);
      damage(architecture);
      file.metadata["architecture"] = architecture.dump();
    });
  }

  test::TemporaryDirectory directory_;
  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 1});
  Model model_;
};

TEST_F(ModelFileTest, LoadsWhatItSaved) {
  const Json training = {{"data", "mnist"}, {"epochs", 50}, {"test_loss", 0.0246}};
  SaveModel(path(), model_, training);
  const LoadedModel loaded = LoadModel(path());
  EXPECT_EQ(loaded.training, training);
  EXPECT_EQ(loaded.model->architecture().ToJson(), model_.architecture().ToJson());
  ASSERT_EQ(loaded.model->layout().size(), model_.layout().size());
  EXPECT_EQ(std::memcmp(loaded.model->params().flat().raw(), model_.params().flat().raw(),
                        model_.params().flat().byte_size()),
            0);

  Tensor images({5, 1, 4, 4});
  for (int64_t i = 0; i < images.size(); ++i) images.data<float>()[i] = static_cast<float>(i % 7) / 7;
  const Tensor before = Session(model_, *backend_).Reconstruct(images),
               after = Session(*loaded.model, *backend_).Reconstruct(images);
  EXPECT_EQ(std::memcmp(before.raw(), after.raw(), before.byte_size()), 0);
}

TEST_F(ModelFileTest, KeepsResidualBlocks) {
  const Model model(test::ArchitectureOf("residual", Shape{1, 4, 4}, 3), 7);
  SaveModel(path(), model, {});
  const SafetensorsFile file = ReadSafetensors(path());
  EXPECT_EQ(file.Find("res1.conv1.weight")->shape(), Shape({3, 1, 3, 3}));
  EXPECT_EQ(file.Find("res1.conv2.weight")->shape(), Shape({1, 3, 3, 3}));
  EXPECT_EQ(file.Find("res6.conv2.bias")->shape(), Shape({1}));
  const LoadedModel loaded = LoadModel(path());
  EXPECT_EQ(loaded.model->architecture().ToJson(), model.architecture().ToJson());
  EXPECT_EQ(std::memcmp(loaded.model->params().flat().raw(), model.params().flat().raw(),
                        model.params().flat().byte_size()),
            0);
}

TEST_F(ModelFileTest, HasPyTorchsNamesAndLayouts) {
  SaveModel(path(), model_, {});
  const SafetensorsFile file = ReadSafetensors(path());
  ASSERT_EQ(file.tensors.size(), 8U);
  EXPECT_EQ(file.Find("fc1.weight")->shape(), Shape({8, 16}));
  EXPECT_EQ(file.Find("fc1.bias")->shape(), Shape({8}));
  EXPECT_EQ(file.Find("fc4.weight")->shape(), Shape({16, 8}));
  EXPECT_EQ(file.metadata.at("format"), "hourglass");
  EXPECT_EQ(Json::parse(file.metadata.at("preprocessing")),
            (Json{{"pixels", "u8 / 255"}, {"image_shape", {1, 4, 4}}}));
}

TEST_F(ModelFileTest, TensorsOfACheckpointAreNoObstacle) {
  Tensor moments({3});
  std::ranges::fill(moments.span<float>(), 1.0F);
  WriteDamaged([&](SafetensorsFile& file) { file.tensors.push_back({"optimizer.m", moments.Clone()}); });
  EXPECT_NO_THROW(LoadModel(path()));
}

TEST_F(ModelFileTest, ParametersMissingMisshapenOrNotFiniteAreRefused) {
  WriteDamaged([](SafetensorsFile& file) { file.tensors.pop_back(); });
  ExpectRefused("the parameter \"fc4.bias\" is missing");
  WriteDamaged([](SafetensorsFile& file) { file.tensors[0].tensor.Reshape({16, 8}); });
  ExpectRefused("f32 [16, 8]");
  WriteDamaged([](SafetensorsFile& file) {
    file.tensors[1].tensor = Tensor({8}, DType::kBF16);
    std::memset(file.tensors[1].tensor.raw(), 0, 16);
  });
  ExpectRefused("bf16 [8]");
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    WriteDamaged([&](SafetensorsFile& file) {
      file.tensors[2].tensor = file.tensors[2].tensor.Clone();
      file.tensors[2].tensor.data<float>()[5] = bad;
    });
    ExpectRefused("at element 5");
  }
}

TEST_F(ModelFileTest, ForeignOrDamagedMetadataIsRefused) {
  WriteDamaged([](SafetensorsFile& file) { file.metadata.clear(); });
  ExpectRefused("the metadata 'format' is missing");
  WriteDamaged([](SafetensorsFile& file) { file.metadata["format"] = "pt"; });
  ExpectRefused("\"pt\"");
  WriteDamaged([](SafetensorsFile& file) { file.metadata["format_version"] = "2"; });
  ExpectRefused("format_version");
  for (const char* key : {"architecture", "preprocessing", "training"}) {
    WriteDamaged([&](SafetensorsFile& file) { file.metadata.erase(key); });
    ExpectRefused(std::string("the metadata '") + key + "' is missing");
    WriteDamaged([&](SafetensorsFile& file) { file.metadata[key] = "{"; });
    ExpectRefused("not JSON at byte");
  }
  WriteDamaged(
      [](SafetensorsFile& file) { file.metadata["preprocessing"] = R"({"pixels":"u8 / 127.5 - 1"})"; });
  ExpectRefused("preprocessing");
}

TEST_F(ModelFileTest, ImpossibleArchitecturesAreTheFilesFault) {
  WriteWithArchitecture([](Json& json) { json["encoder"][0]["config"]["kind"] = "densse"; });
  ExpectRefused("dense");
  WriteWithArchitecture([](Json& json) { json["encoder"][0]["config"]["outputs"] = "many"; });
  ExpectRefused("architecture");
  WriteWithArchitecture([](Json& json) { json["encoder"][0]["config"]["outputs"] = int64_t{1} << 62; });
  ExpectRefused("architecture");
  WriteWithArchitecture([](Json& json) { json["encoder"][0]["config"] = nullptr; });
  ExpectRefused("architecture");
  WriteWithArchitecture([](Json& json) { json["code_size"] = 4; });
  ExpectRefused("architecture");
  WriteWithArchitecture([](Json& json) { json["decoder"].erase(1); });
  ExpectRefused("architecture");
  // layers that fit their parameters but not each other
  WriteWithArchitecture([](Json& json) { std::swap(json["encoder"][0], json["decoder"][1]); });
  ExpectRefused("architecture");
}

TEST_F(ModelFileTest, TruncatedFilesAreRefused) {
  SaveModel(path(), model_, {});
  const std::string whole = ReadFile(path());
  for (size_t length = 0; length < whole.size(); length += 13) {
    std::ofstream(path(), std::ios::binary) << std::string_view(whole).substr(0, length);
    ExpectRefused("byte");
  }
}

// A flipped bit is rejected or leaves a model of the same sizes; nothing crashes.
TEST_F(ModelFileTest, BitFlipsInTheHeaderNeverCrash) {
  SaveModel(path(), model_, {});
  const std::string whole = ReadFile(path());
  uint64_t length = 0;
  std::memcpy(&length, whole.data(), sizeof length);
  for (size_t bit = 0; bit < (8 + length) * 8; bit += 17) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    std::ofstream(path(), std::ios::binary) << flipped;
    try {
      const LoadedModel loaded = LoadModel(path());
      EXPECT_EQ(loaded.model->layout().size(), model_.layout().size());
    } catch (const Error& error) {
      ASSERT_EQ(error.kind(), ErrorKind::kData) << "bit " << bit << ": " << error.what();
    }
  }
}

TEST_F(ModelFileTest, ParametersOfAnotherModelAreRefused) {
  const SafetensorsFile file = ToModelFile(model_, {});
  Model other(MakeArchitecture("mlp4", {1, 4, 4}, 2), 1);
  try {
    LoadParameters(file, "here", other);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("here"));
    EXPECT_THAT(error.what(), HasSubstr("fc2.weight"));
  }
}

}  // namespace
}  // namespace hourglass
