#include "hourglass/report/robustness_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/file.h"
#include "support/temporary_directory.h"
#include "support/tiny_images.h"
#include "support/tiny_model.h"

namespace hourglass {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(RobustnessFigures, PlotAndExamplesHoldEveryModelTheFilterAndDoingNothing) {
  const test::TemporaryDirectory folder;
  const auto backend = MakeBackend({.threads = 1});
  const test::TestModel model = test::TinyModel(*backend), other = test::TinyModel(*backend, 2);
  const auto data = test::TinyImages(30, 10, test::Scrambled);
  const LabelledModel models[] = {{"plain", model.session.get()}, {"other, one", other.session.get()}};
  const PixelCovariance covariance(*backend, *data);
  const std::vector<double> amounts = DefaultAmounts(CorruptionKind::kGaussian);
  const Robustness result =
      MeasureRobustness(models, *data, CorruptionKind::kGaussian, amounts, 0, &covariance);
  const std::vector<int64_t> ids = {0, 3};
  const auto figures = DrawRobustness(folder.path(), "two models", result, models, *data, ids, 0);
  ASSERT_EQ(figures.size(), 3u);
  for (const Figure& figure : figures) EXPECT_NO_THROW(ReadFigure(folder.path(), figure.name)) << figure.name;
  EXPECT_EQ(figures[0].name, "robustness-gaussian");
  EXPECT_EQ(figures[1].name, "robustness-gaussian-ssim");
  EXPECT_EQ(figures[2].name, "robustness-gaussian-examples");
  const std::string data_file = ReadFile(folder / "robustness-gaussian.csv");
  EXPECT_THAT(data_file, AllOf(HasSubstr("plain"), HasSubstr("\"other, one\""), HasSubstr("Wiener filter"),
                               HasSubstr("doing nothing")));
  EXPECT_EQ(std::ranges::count(data_file, '\n'), 12);
  EXPECT_THAT(figures[0].caption, AllOf(HasSubstr("exponential"), HasSubstr("R²")));
}

TEST(RobustnessFigures, OneAmountAndOneImageAreEnough) {
  const test::TemporaryDirectory folder;
  const auto backend = MakeBackend({.threads = 1});
  const test::TestModel model = test::TinyModel(*backend);
  const auto data = test::TinyImages(1, 0, test::Scrambled);
  const LabelledModel models[] = {{"plain", model.session.get()}};
  const double amounts[] = {0.5};
  const Robustness result = MeasureRobustness(models, *data, CorruptionKind::kMasking, amounts, 0, nullptr);
  const std::vector<int64_t> ids = {0};
  EXPECT_EQ(DrawRobustness(folder.path(), "one", result, models, *data, ids, 0).size(), 3u);
}

}  // namespace
}  // namespace hourglass
