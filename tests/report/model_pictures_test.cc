#include "hourglass/report/model_pictures.h"
#include "hourglass/backend/make_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/tiny_images.h"
#include "support/tiny_model.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class ModelPicturesTest : public testing::Test {
 protected:
  Tensor Images(const std::vector<int64_t>& ids) const { return ReadPixels(*data_, ids); }
  static float First(const Tensor& images, int64_t index) {
    return images.data<float>()[index * images.row_size()];
  }

  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 1});
  test::TestModel model_ = test::TinyModel(*backend_);
  std::shared_ptr<InMemoryDataset> data_ = test::TinyImages(20, 4, test::Scrambled);
};

TEST_F(ModelPicturesTest, FewImagesAreRowsOfPairs) {
  const std::vector<int64_t> ids = {3, 6};
  const Reconstruction result = ReconstructImages(model_, Images(ids));
  const PictureGrid grid = ReconstructionGrid("t", result, ImageLabels(*data_, ids));
  EXPECT_THAT(grid.column_labels, ElementsAre("input", "output"));
  EXPECT_THAT(grid.row_labels, ElementsAre("3 #3", "2 #6"));
  ASSERT_THAT(grid.rows, SizeIs(2));
  EXPECT_EQ(First(grid.rows[1], 0), First(result.input, 1));
  EXPECT_EQ(First(grid.rows[1], 1), First(result.output, 1));
}

TEST_F(ModelPicturesTest, FiveToTwelveImagesStandSideBySide) {
  const std::vector<int64_t> ids = {0, 1, 2, 3, 4};
  const PictureGrid grid =
      ReconstructionGrid("t", ReconstructImages(model_, Images(ids)), ImageLabels(*data_, ids));
  EXPECT_THAT(grid.row_labels, ElementsAre("input", "output"));
  EXPECT_THAT(grid.column_labels, ElementsAre("0\n#0", "1\n#1", "2\n#2", "3\n#3", "0\n#4"));
}

TEST_F(ModelPicturesTest, SeveralModelsAreRowsOfTriples) {
  const std::vector<int64_t> ids = {5, 7};
  std::vector<ModelDenoising> models;
  for (const char* label : {"d = 4", "d = 8", "d = 16"}) {
    models.push_back({.label = label,
                      .result = DenoiseImages(model_, Images(ids), ids, {CorruptionKind::kGaussian, 0.2})});
  }
  const PictureGrid grid = DenoisingGrid("t", models, ImageLabels(*data_, ids));
  EXPECT_THAT(grid.row_labels, ElementsAre("d = 4", "d = 8", "d = 16"));
  EXPECT_THAT(grid.column_labels,
              ElementsAre("1\n#5", "noisy\nσ = 0.2", "output", "3\n#7", "noisy\nσ = 0.2", "output"));
  EXPECT_EQ(grid.group, 3);
  EXPECT_EQ(First(grid.rows[2], 3), First(models[2].result.input, 1));
  EXPECT_EQ(First(grid.rows[2], 4), First(models[2].result.corrupted, 1));
  EXPECT_EQ(First(grid.rows[2], 5), First(models[2].result.output, 1));
}

TEST_F(ModelPicturesTest, EachImageHasARowOfCorruptedOnesAndARowAModel) {
  const std::vector<int64_t> ids = {5, 7};
  std::vector<ModelDenoisings> models(2);
  models[0].label = "a";
  models[1].label = "b";
  for (ModelDenoisings& model : models) {
    for (const double amount : {0.0, 0.5, 0.9}) {
      model.results.push_back(DenoiseImages(model_, Images(ids), ids, {CorruptionKind::kMasking, amount}));
    }
  }
  const PictureGrid grid = RobustnessGrid("t", models, ImageLabels(*data_, ids));
  EXPECT_THAT(grid.column_labels, ElementsAre("masked\n0 %", "masked\n50 %", "masked\n90 %"));
  EXPECT_THAT(grid.row_labels, ElementsAre("1 #5", "a", "b", "3 #7", "a", "b"));
  EXPECT_EQ(grid.row_group, 3) << "a gap between the images";
  ASSERT_THAT(grid.rows, SizeIs(6));
  EXPECT_EQ(First(grid.rows[3], 0), First(Images(ids), 1));
  EXPECT_EQ(First(grid.rows[3], 2), First(models[0].results[2].corrupted, 1));
  EXPECT_EQ(First(grid.rows[5], 1), First(models[1].results[1].output, 1));
}

TEST_F(ModelPicturesTest, TilesFillUpWithWhite) {
  const PictureGrid grid = TiledGrid("t", Images({0, 1, 2, 3, 4}), 3);
  ASSERT_THAT(grid.rows, SizeIs(2));
  EXPECT_EQ(First(grid.rows[1], 1), First(Images({4}), 0));
  EXPECT_EQ(First(grid.rows[1], 2), 1);
  EXPECT_EQ(TiledGrid("t", Images({0, 1}), 3).rows[0].rows(), 2);
}

TEST_F(ModelPicturesTest, ManyPicturesGoWithoutLabels) {
  const PictureGrid few = LabelledGrid("t", Images({0, 1, 2}), WalkLabels("a", "b", 3));
  EXPECT_THAT(few.column_labels, ElementsAre("a", "1/2", "b"));
  EXPECT_THAT(few.rows, SizeIs(1));
  const PictureGrid many = LabelledGrid("t", ReadPixels(*data_, {}), WalkLabels("a", "b", 20));
  EXPECT_TRUE(many.column_labels.empty());
  EXPECT_THAT(many.rows, SizeIs(2));
}

TEST_F(ModelPicturesTest, StripsRunFromImageToImage) {
  std::vector<ModelInterpolation> models;
  models.push_back({.label = "", .result = Interpolate(model_, Images({1, 2}), 3)});
  const PictureGrid grid = InterpolationGrid("t", models);
  EXPECT_THAT(grid.column_labels, ElementsAre("first", "1/3", "2/3", "second"));
  EXPECT_EQ(First(grid.rows[0], 0), First(models[0].result.inputs, 0));
  EXPECT_EQ(First(grid.rows[0], 2), First(models[0].result.decoded, 2));
  EXPECT_EQ(First(grid.rows[0], 3), First(models[0].result.inputs, 1));
  EXPECT_THAT(grid.row_labels, ElementsAre("decoded", "pixels mixed"));
  EXPECT_EQ(First(grid.rows[1], 0), 1) << "white";
  EXPECT_EQ(First(grid.rows[1], 2), First(models[0].result.mixed, 2));
}

TEST_F(ModelPicturesTest, EachPairOfImagesIsFollowedByItsMixedPixels) {
  std::vector<ModelInterpolation> strips;
  for (const std::vector<int64_t>& pair : {std::vector<int64_t>{1, 2}, {3, 4}}) {
    for (const char* label : {"a", "b"})
      strips.push_back({.label = label, .result = Interpolate(model_, Images(pair), 3)});
  }
  const PictureGrid grid = InterpolationGrid("t", strips, {.strips_per_pair = 2, .decoded_ends = true});
  EXPECT_THAT(grid.column_labels, ElementsAre("first", "0/3", "1/3", "2/3", "3/3", "second"));
  EXPECT_THAT(grid.row_labels, ElementsAre("a", "b", "pixels mixed", "a", "b", "pixels mixed"));
  EXPECT_EQ(grid.row_group, 3);
  EXPECT_EQ(First(grid.rows[3], 0), First(Images({3}), 0));
  EXPECT_EQ(First(grid.rows[3], 1), First(strips[2].result.decoded, 0));
  EXPECT_EQ(First(grid.rows[5], 1), First(Images({3}), 0));
  EXPECT_EQ(First(grid.rows[5], 3), First(strips[2].result.mixed, 2));
  EXPECT_EQ(InterpolationGrid("t", strips).row_labels.size(), 5U) << "all of one pair";
  EXPECT_THAT(InterpolationGrid("t", strips, {.ends = {"cat", "dog"}}).column_labels,
              ElementsAre("cat", "1/3", "2/3", "dog"));
  EXPECT_EQ(PairLabel(*data_, {.from = 7, .to = 10}), "3 #7\n→ 2 #10");
}

TEST_F(ModelPicturesTest, LabelsDoWithoutClasses) {
  EXPECT_THAT(ImageLabels(*test::TinyImages(5, 0, test::Scrambled), std::vector<int64_t>{4}),
              ElementsAre("#4"));
}

TEST_F(ModelPicturesTest, RankedImagesShowTheirRanksAndErrors) {
  const std::vector<RankedImage> images = {{.id = 3, .rank = 0, .error = 0.00412},
                                           {.id = 6, .rank = 0.5, .error = 0.1}};
  EXPECT_THAT(RankLabels(*data_, images), ElementsAre("0 %\n0.00412\n3\n#3", "50 %\n0.100\n2\n#6"));
  EXPECT_THAT(RankCaption(12345, "the model"), HasSubstr("12,345 held-out images by the error of the model"));
}

TEST_F(ModelPicturesTest, LabelsOfLongNamesAreToldApart) {
  const InMemoryDataset data(Tensor({2, 1, 4, 4}, DType::kU8), {0, 1},
                             {.classes = {"photograph_of_a_cat", "photograph_of_a_dog"}});
  EXPECT_THAT(ImageLabels(data, std::vector<int64_t>{0, 1}),
              ElementsAre("phot…f_a_cat\n#0", "phot…f_a_dog\n#1"));
}

TEST_F(ModelPicturesTest, PicturesThatDoNotFitAreUsageErrors) {
  const std::vector<int64_t> ids = {3, 6};
  const Tensor two = Images(ids), three = Images({1, 2, 3}), wide({2, 1, 4, 5});
  const auto group = [](std::vector<PictureKind> kinds, size_t labels) {
    GroupGrid("t", kinds, std::vector<std::string>(labels));
  };
  const auto denoised = [&](const Tensor& images, const std::vector<int64_t>& of) {
    return DenoiseImages(model_, images, of, {CorruptionKind::kGaussian, 0.2});
  };
  const auto robustness = [](size_t amounts, size_t others, size_t labels) {
    std::vector<ModelDenoisings> models(2);
    models[0].results.resize(amounts);
    models[1].results.resize(others);
    RobustnessGrid("t", models, std::vector<std::string>(labels));
  };
  test::ExpectUsageErrors({
      {"expected: 1 or more", [&] { group({}, 0); }},
      {"expected: f32 [2, 1, 4, 4]\n  got:      f32 [2, 1, 4, 5]",
       [&] {
         group({{"a", &two}, {"b", &wide}}, 2);
       }},
      {"f32 [3, 1, 4, 4]",
       [&] {
         group({{"a", &two}, {"b", &three}}, 2);
       }},
      {"invalid number of labels",
       [&] {
         group({{"a", &two}}, 3);
       }},
      {"invalid number of models", [&] { DenoisingGrid("t", {}, {}); }},
      {"invalid number of columns", [&] { TiledGrid("t", two, 0); }},
      {"expected: f32 [2, 1, 4, 4]",
       [&] {
         std::vector<ModelDenoising> models;
         models.push_back({"a", denoised(two, ids)});
         models.push_back({"b", denoised(three, {1, 2, 3})});
         DenoisingGrid("t", models, {});
       }},
      {"invalid number of models", [&] { RobustnessGrid("t", {}, {}); }},
      {"invalid number of amounts", [&] { robustness(0, 0, 0); }},
      {"invalid number of amounts", [&] { robustness(2, 1, 0); }},
      {"invalid number of labels", [&] { robustness(1, 1, 3); }},
      {"invalid number of models", [&] { InterpolationGrid("t", {}); }},
      {"invalid number of decoded pictures",
       [&] { InterpolationGrid("t", std::vector<ModelInterpolation>(1)); }},
      {"number of labels of images",
       [&] {
         std::vector<ModelDenoising> models;
         models.push_back({"a", denoised(two, ids)});
         models.push_back({"b", denoised(two, ids)});
         DenoisingGrid("t", models, {"one"});
       }},
      {"number of labels", [&] { LabelledGrid("t", two, {"a"}); }},
      {"number of points", [] { WalkLabels("a", "b", 1); }},
      {"number of strips beyond whole pairs",
       [&] {
         std::vector<ModelInterpolation> strips;
         strips.push_back({.label = "", .result = Interpolate(model_, two, 3)});
         InterpolationGrid("t", strips, {.strips_per_pair = 2});
       }},
  });
}

TEST_F(ModelPicturesTest, ACodePlaneNamesTheNumbersOfItsCodes) {
  const test::TestModel model = test::TinyModel(*backend_, 2);
  CodeGrid codes{.first = {-1.5F, -1, -0.5F}, .second = {40, 20, 0}, .codes = Tensor({9, 2})};
  for (int64_t i = 0; i < 9; ++i) {
    codes.codes.data<float>()[2 * i] = codes.first[static_cast<size_t>(i % 3)];
    codes.codes.data<float>()[2 * i + 1] = codes.second[static_cast<size_t>(i / 3)];
  }
  const PictureGrid grid = CodePlane("t", model, codes);
  EXPECT_THAT(grid.column_labels, ElementsAre("-1.50", "-1.00", "-0.50"));
  EXPECT_THAT(grid.row_labels, ElementsAre("40", "20", "0"));
  ASSERT_THAT(grid.rows, SizeIs(3));
  EXPECT_EQ(First(grid.rows[2], 1), First(model.session->Decode(codes.codes), 7));
  EXPECT_THAT(CodePlaneCaption(codes), Not(HasSubstr("the same")));
  codes.first = {2, 2, 2};
  EXPECT_THAT(CodePlaneCaption(codes), HasSubstr("The first number is the same for nearly every image."));
  EXPECT_THAT(CodePlane("t", model, codes).column_labels, ElementsAre("2.00", "2.00", "2.00"));
}

}  // namespace
}  // namespace hourglass
