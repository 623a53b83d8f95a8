#include "hourglass/analysis/generation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "hourglass/analysis/codes.h"
#include "hourglass/analysis/interpolation.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "support/tiny_images.h"
#include "support/tiny_model.h"

namespace hourglass {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class Call>
std::string UsageErrorOf(Call call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  ADD_FAILURE() << "no Error";
  return "";
}

class GenerationTest : public testing::Test {
 protected:
  // Encoders of mlp4 end with a ReLU; a bias keeps the units alive.
  static test::TestModel Living(Backend& backend, int64_t code_size) {
    test::TestModel model = test::TinyModel(backend, code_size);
    test::SetParam(*model, "fc2.bias", 1);
    return model;
  }

  std::unique_ptr<Backend> backend_ = MakeBackend({.threads = 2});
  test::TestModel model_ = Living(*backend_, 3);
  std::shared_ptr<InMemoryDataset> data_ = test::TinyImages(600, 3, test::Scrambled);
};

TEST_F(GenerationTest, CentroidsAreMeanCodes) {
  const ClassCentroids centroids = MeasureCentroids(model_, *data_);
  EXPECT_THAT(centroids.classes, ElementsAre(0, 1, 2));
  EXPECT_THAT(centroids.images, ElementsAre(200, 200, 200));
  const Tensor codes = EncodeAll(model_, *data_);
  for (int64_t label = 0; label < 3; ++label) {
    for (int64_t k = 0; k < 3; ++k) {
      double sum = 0;
      for (int64_t i = label; i < 600; i += 3) sum += codes.data<float>()[i * 3 + k];
      EXPECT_NEAR(centroids.codes.data<float>()[label * 3 + k], sum / 200, 1e-6);
    }
  }
}

TEST_F(GenerationTest, TheWayBetweenCentroidsIsThatOfInterpolation) {
  const ClassCentroids centroids = MeasureCentroids(model_, *data_);
  const Tensor codes = StraightLine(CentroidPair(centroids, 2, 0), 4);
  ASSERT_EQ(codes.shape(), (Shape{5, 3}));
  for (int64_t k = 0; k < 3; ++k) {
    const float first = centroids.codes.data<float>()[2 * 3 + k], last = centroids.codes.data<float>()[k];
    EXPECT_FLOAT_EQ(codes.data<float>()[k], first);
    EXPECT_NEAR(codes.data<float>()[2 * 3 + k], (first + last) / 2, 1e-6);
    EXPECT_NEAR(codes.data<float>()[4 * 3 + k], last, 1e-6);
  }
  EXPECT_THAT(UsageErrorOf([&] { CentroidPair(centroids, 0, 7); }), HasSubstr("one of 0, 1, 2"));
}

TEST_F(GenerationTest, AClassWithoutImagesIsCalledByItsName) {
  Tensor images({3, 1, 4, 4}, DType::kU8);
  std::fill_n(images.data<uint8_t>(), images.size(), uint8_t{7});
  const InMemoryDataset data(std::move(images), {0, 2, 2}, {.classes = {"cat", "cow", "dog"}});
  const auto is_named = testing::AllOf(HasSubstr("one of cat, dog"), HasSubstr("got:      cow"));
  EXPECT_THAT(UsageErrorOf([&] { CentroidPair(MeasureCentroids(model_, data), 0, 1); }), is_named);
  EXPECT_THAT(UsageErrorOf([&] { SampleClass(model_, data, 1, 2, 3); }), is_named);
}

TEST_F(GenerationTest, SamplesHaveMeanAndCovarianceOfTheClass) {
  const Tensor codes = EncodeAll(model_, *data_);
  const Tensor samples = SampleClass(model_, *data_, 1, 20'000, 3);
  const auto moments = [](const Tensor& of, int64_t begin, int64_t step) {
    double mean[3] = {}, products[9] = {}, count = 0;
    for (int64_t i = begin; i < of.rows(); i += step, ++count) {
      const float* code = of.data<float>() + i * 3;
      for (int a = 0; a < 3; ++a) {
        mean[a] += code[a];
        for (int b = 0; b < 3; ++b) products[a * 3 + b] += double{code[a]} * code[b];
      }
    }
    std::vector<double> all;
    for (const double value : mean) all.push_back(value / count);
    for (int i = 0; i < 9; ++i) all.push_back(products[i] / count - all[size_t(i / 3)] * all[size_t(i % 3)]);
    return all;
  };
  const std::vector<double> expected = moments(codes, 1, 3), got = moments(samples, 0, 1);
  for (size_t i = 0; i < 12; ++i) {
    const double scale =
        i < 3 ? std::sqrt(expected[3 + 4 * i]) : std::abs(expected[3]) + std::abs(expected[7]);
    EXPECT_NEAR(got[i], expected[i], 0.06 * scale) << i;
  }
}

TEST_F(GenerationTest, SamplesDependOnSeedAndPlaceAlone) {
  const Tensor few = SampleClass(model_, *data_, 1, 2, 3), many = SampleClass(model_, *data_, 1, 9, 3);
  EXPECT_TRUE(std::ranges::equal(few.span<float>(), many.Rows(0, 2).span<float>()));
  const Tensor other = SampleClass(model_, *data_, 1, 2, 4);
  EXPECT_FALSE(std::ranges::equal(few.span<float>(), other.span<float>()));
}

// The code is 0 for half of the images and 8 for the rest, so a normal distribution goes below 0.
TEST_F(GenerationTest, SamplesOfAReluCodeAreNotNegative) {
  test::TestModel model = test::TinyModel(*backend_, 1);
  test::SetParam(*model, "fc1.weight", 1.0F / 16);
  test::SetParam(*model, "fc1.bias", 0);
  test::SetParam(*model, "fc2.weight", 1);
  test::SetParam(*model, "fc2.bias", 0);
  const auto data =
      test::TinyImages(100, 1, [](int64_t image, int64_t) { return static_cast<uint8_t>(image % 2 * 255); });
  const Tensor samples = SampleClass(model, *data, 0, 500, 1);
  EXPECT_EQ(std::ranges::min(samples.span<float>()), 0);
  EXPECT_GT(std::ranges::max(samples.span<float>()), 8);
}

// Finite weights of a model file can give codes that are not finite.
TEST_F(GenerationTest, CodesOfThePriorAreNormal) {
  const Model model(MakeArchitecture("mlp4", {1, 4, 4}, 3, 0, Bottleneck::kGaussian), 1);
  const Tensor codes = SamplePrior(model, 4000, 5);
  ASSERT_EQ(codes.shape(), Shape({4000, 3}));
  double sum = 0, squares = 0;
  for (const float z : codes.span<float>()) {
    sum += z;
    squares += static_cast<double>(z) * z;
  }
  EXPECT_NEAR(sum / 12'000, 0, 0.03);
  EXPECT_NEAR(squares / 12'000, 1, 0.05);
  EXPECT_TRUE(std::ranges::equal(SamplePrior(model, 7, 5).span<float>(), codes.Rows(0, 7).span<float>()));
  EXPECT_FALSE(std::ranges::equal(SamplePrior(model, 7, 6).span<float>(), codes.Rows(0, 7).span<float>()));
  EXPECT_THAT(UsageErrorOf([&] { SamplePrior(*model_, 7, 5); }), HasSubstr("bottleneck"));
}

TEST_F(GenerationTest, CodesThatOverflowAreADataError) {
  test::TestModel plane = Living(*backend_, 2);
  for (test::TestModel* model : {&model_, &plane}) {
    test::SetParam(**model, "fc1.weight", 1e30F);
    test::SetParam(**model, "fc2.weight", 1e30F);
  }
  const std::function<void()> calls[] = {[&] { SampleClass(model_, *data_, 0, 5, 1); },
                                         [&] { MeasureCentroids(model_, *data_); },
                                         [&] { GridOfCodes(plane, *data_, 4); }};
  for (const auto& call : calls) {
    try {
      call();
      ADD_FAILURE() << "no Error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      EXPECT_THAT(error.what(), HasSubstr("not all finite"));
    }
  }
}

// A dead unit has no variance, so the covariance is singular.
TEST_F(GenerationTest, DeadUnitsStayDead) {
  for (const NamedParam& param : model_->layout().named()) {
    if (param.name == "fc2.bias") ParamView(model_->params().flat(), param).data<float>()[0] = -1000;
  }
  const Tensor samples = SampleClass(model_, *data_, 0, 500, 1);
  for (int64_t i = 0; i < samples.size(); ++i) {
    EXPECT_TRUE(std::isfinite(samples.data<float>()[i]));
    if (i % 3 == 0) {
      EXPECT_EQ(samples.data<float>()[i], 0);
    }
  }
}

// One image per class: every sample is its code.
TEST_F(GenerationTest, AClassOfOneImageHasNoSpread) {
  const auto two = test::TinyImages(2, 2, test::Scrambled);
  const Tensor codes = EncodeAll(model_, *two), samples = SampleClass(model_, *two, 1, 3, 0);
  for (int64_t i = 0; i < samples.size(); ++i)
    EXPECT_NEAR(samples.data<float>()[i], codes.data<float>()[3 + i % 3], 1e-5);
}

// One number of every code, in rising order.
std::vector<float> Sorted(const Tensor& codes, int64_t number) {
  std::vector<float> values;
  for (int64_t i = 0; i < codes.rows(); ++i) values.push_back(codes.data<float>()[2 * i + number]);
  std::ranges::sort(values);
  return values;
}

TEST_F(GenerationTest, AGridCoversTheMiddleOfTheCodes) {
  const test::TestModel model = Living(*backend_, 2);
  const auto few = test::TinyImages(100, 3, test::Scrambled);
  for (const auto& [data, outside] : {std::pair(few, 0), {data_, 5}}) {  // of 100 and of 600 images
    const CodeGrid grid = GridOfCodes(model, *data, 4);
    ASSERT_EQ(grid.codes.shape(), (Shape{16, 2}));
    const Tensor codes = EncodeAll(model, *data);
    const std::vector<float> first = Sorted(codes, 0), second = Sorted(codes, 1);
    const float* corner = grid.codes.data<float>();
    EXPECT_FLOAT_EQ(corner[0], first.begin()[outside]);  // top left: smallest first number, largest second
    EXPECT_FLOAT_EQ(corner[1], second.rbegin()[outside]);
    EXPECT_FLOAT_EQ(corner[30], first.rbegin()[outside]);
    EXPECT_FLOAT_EQ(corner[31], second.begin()[outside]);
  }
  EXPECT_THAT(UsageErrorOf([&] { GridOfCodes(model_, *data_, 4); }), HasSubstr("d = 3"));
  EXPECT_THAT(UsageErrorOf([&] { GridOfCodes(model, *data_, 1); }), HasSubstr("at least two"));
}

TEST_F(GenerationTest, WithoutLabelsThereAreNoClasses) {
  const auto nameless = test::TinyImages(20, 0, test::Scrambled);
  EXPECT_THAT(UsageErrorOf([&] { MeasureCentroids(model_, *nameless); }), HasSubstr("no labels"));
  EXPECT_THAT(UsageErrorOf([&] { SampleClass(model_, *nameless, 1, 3, 0); }), HasSubstr("no labels"));
  EXPECT_THAT(UsageErrorOf([&] { SampleClass(model_, *data_, 9, 3, 0); }), HasSubstr("one of 0, 1, 2"));
}

}  // namespace
}  // namespace hourglass
