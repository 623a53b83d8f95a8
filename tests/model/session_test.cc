// Shapes and threads of inference, and initial weights of models.
#include "hourglass/model/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "support/elsewhere_backend.h"
#include "support/random.h"

namespace hourglass {
namespace {

using test::ElsewhereBackend;
using test::RandomTensor;

// PyTorch draws weight and bias of a linear layer uniformly from ±1/√inputs.
TEST(Model, StartsAsPyTorchsLayersDo) {
  const Model model(MakeArchitecture("mlp4", {1, 28, 28}, 8), 0);
  for (const NamedParam& param : model.layout().named()) {
    const double inputs = param.name.starts_with("fc1") ? 784 : param.name.starts_with("fc3") ? 8 : 392;
    const double bound = 1 / std::sqrt(inputs), n = static_cast<double>(param.shape.size());
    const Tensor value = ParamView(model.params().flat(), param);
    double sum = 0, squares = 0, largest = 0;
    for (const float number : value.span<float>()) {
      sum += number;
      squares += static_cast<double>(number) * number;
      largest = std::max(largest, std::abs(static_cast<double>(number)));
    }
    EXPECT_LE(largest, bound * (1 + 1e-6)) << param.name;
    EXPECT_GE(largest, bound * (1 - 8 / n)) << param.name;
    // five standard errors of the mean and of the mean square of a uniform distribution
    EXPECT_NEAR(sum / n, 0, 5 * bound / std::sqrt(3 * n)) << param.name;
    EXPECT_NEAR(squares / n, bound * bound / 3, 5 * bound * bound * std::sqrt(4.0 / 45 / n)) << param.name;
  }
}

TEST(Model, TheSeedDecidesTheStart) {
  const Architecture architecture = MakeArchitecture("mlp4", {1, 8, 8}, 4);
  const Model one(architecture, 1), same(architecture, 1), other(architecture, 2);
  EXPECT_EQ(one.checksum(), same.checksum());
  EXPECT_NE(one.checksum(), other.checksum());
}

TEST(Model, HalvesThatDoNotFitAreAUsageError) {
  Architecture broken = MakeArchitecture("mlp4", {1, 8, 8}, 4);
  broken.code_size = 5;
  EXPECT_THROW(Model(broken, 1), Error);
}

TEST(Session, InferenceDoesNotDependOnTheOtherRows) {
  const auto backend = MakeBackend({.threads = 2});
  const Model model(MakeArchitecture("mlp4", {1, 6, 6}, 3), 1);
  Session session(model, *backend);
  const Tensor images = RandomTensor({2500, 1, 6, 6}, DType::kF32, 4, 0, 1);
  const Tensor codes = session.Encode(images), output = session.Reconstruct(images);
  EXPECT_EQ(codes.shape(), Shape({2500, 3}));
  EXPECT_EQ(output.shape(), Shape({2500, 1, 6, 6}));
  for (const int64_t row : {0, 999, 1000, 2499}) {
    const Tensor alone = session.Decode(session.Encode(images.Rows(row, 1)));
    for (int64_t i = 0; i < alone.size(); ++i) {
      EXPECT_NEAR(alone.data<float>()[i], output.Rows(row, 1).data<float>()[i], 1e-6) << "row " << row;
    }
  }
}

TEST(Session, ImagesAndResultsAreOnTheHostWhateverTheDevice) {
  const auto here = MakeBackend({.threads = 1});
  ElsewhereBackend there(1);
  const Architecture architecture = MakeArchitecture("mlp4", {1, 6, 6}, 3);
  const Model model(architecture, 1);
  Model moved(architecture, 1);
  moved.MoveTo(there.device());
  const Tensor images = RandomTensor({1200, 1, 6, 6}, DType::kF32, 4, 0, 1);
  const Tensor expected = Session(model, *here).Reconstruct(images);
  const Tensor output = Session(moved, there).Reconstruct(images);
  EXPECT_TRUE(std::ranges::equal(output.span<float>(), expected.span<float>()));
}

TEST(Session, OtherShapesAndTypesAreUsageErrorsThatShowBoth) {
  const auto backend = MakeBackend({.threads = 1});
  for (const char* name : {"mlp4", "conv"}) {
    const Model model(MakeArchitecture(name, {1, 28, 28}, 3), 1);
    Session session(model, *backend);
    const auto refusal = [&](const Tensor& images) -> std::string {
      try {
        session.Encode(images);
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kUsage);
        return error.what();
      }
      return "";
    };
    EXPECT_EQ(session.Encode(Tensor({2, 1, 28, 28})).shape(), Shape({2, 3}));
    for (const Shape& shape : {Shape{2, 1, 28, 27}, Shape{2, 785}, Shape{784}, Shape{2, 28, 28}, Shape{}}) {
      EXPECT_THAT(refusal(Tensor(shape)),
                  testing::AllOf(testing::HasSubstr("[N, 1, 28, 28]"), testing::HasSubstr(shape.ToString())));
    }
    EXPECT_THAT(refusal(Tensor({2, 1, 28, 28}, DType::kU8)), testing::HasSubstr("u8"));
    EXPECT_THROW(session.Decode(Tensor({2, 4})), Error);
    EXPECT_THROW(session.Forward(Tensor({2, 1, 27, 28}, DType::kBF16)), Error);
  }
}

TEST(Session, TwoOnTwoThreadsGiveTheBitsOfOne) {
  for (const char* name : {"mlp4", "conv"}) {
    const Model model(MakeArchitecture(name, {1, 28, 28}, 5), 1);
    const Tensor images = RandomTensor({300, 1, 28, 28}, DType::kF32, 4, 0, 1);
    const auto reconstruct = [&](Tensor& output) {
      const auto backend = MakeBackend({.threads = 1});
      Session session(model, *backend);
      for (int times = 0; times < 5; ++times) output = session.Reconstruct(images);
    };
    Tensor alone, first, second;
    reconstruct(alone);
    std::thread one([&] { reconstruct(first); }), two([&] { reconstruct(second); });
    one.join();
    two.join();
    EXPECT_TRUE(std::ranges::equal(alone.span<float>(), first.span<float>())) << name;
    EXPECT_TRUE(std::ranges::equal(alone.span<float>(), second.span<float>())) << name;
  }
}

}  // namespace
}  // namespace hourglass
