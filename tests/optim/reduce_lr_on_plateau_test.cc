#include "hourglass/optim/reduce_lr_on_plateau.h"

#include <gtest/gtest.h>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

TEST(ReduceLROnPlateau, DropsAfterPatienceIsSpent) {
  ReduceLROnPlateau schedule({.patience = 2}, 1.0);
  EXPECT_FALSE(schedule.Step(1.0));
  for (int bad = 0; bad < 2; ++bad) EXPECT_FALSE(schedule.Step(1.0));
  EXPECT_TRUE(schedule.Step(1.0));
  EXPECT_DOUBLE_EQ(schedule.learning_rate(), 0.1);
}

TEST(ReduceLROnPlateau, SmallGainsDoNotCount) {
  ReduceLROnPlateau relative({.patience = 0, .threshold = 0.1}, 1.0);
  relative.Step(1.0);
  EXPECT_TRUE(relative.Step(0.95));
  ReduceLROnPlateau absolute({.patience = 0, .threshold = 0.1, .relative = false}, 1.0);
  absolute.Step(1.0);
  EXPECT_FALSE(absolute.Step(0.85));
  EXPECT_TRUE(absolute.Step(0.80));
}

// As the negative ELBO of gaussian pixels may be.
TEST(ReduceLROnPlateau, AWorseNegativeLossIsNoImprovement) {
  ReduceLROnPlateau schedule({.factor = 0.5, .patience = 0, .threshold = 0.1}, 1.0);
  EXPECT_FALSE(schedule.Step(-100));
  EXPECT_FALSE(schedule.Step(-111));
  EXPECT_TRUE(schedule.Step(-112)) << "less than 10 % better";
  EXPECT_TRUE(schedule.Step(-105)) << "worse";
}

TEST(ReduceLROnPlateau, NaNIsABadEpoch) {
  ReduceLROnPlateau schedule({.patience = 0}, 1.0);
  schedule.Step(1.0);
  EXPECT_TRUE(schedule.Step(std::numeric_limits<double>::quiet_NaN()));
}

TEST(ReduceLROnPlateau, GoesOnFromItsState) {
  const PlateauSettings settings = {.patience = 1, .cooldown = 2};
  const double losses[] = {1, .9, .95, .93, .92, .91, .5, .6, .6, .6, .6, .6};
  ReduceLROnPlateau whole(settings, 1.0), part(settings, 1.0);
  for (int i = 0; i < 12; ++i) {
    ReduceLROnPlateau resumed(settings, 123.0);
    resumed.Restore(Json::parse(part.State().dump()));
    part = resumed;
    EXPECT_EQ(whole.Step(losses[i]), part.Step(losses[i]));
    EXPECT_EQ(whole.learning_rate(), part.learning_rate());
  }
}

TEST(ReduceLROnPlateau, ARateThatHasComeToZeroCanBeResumed) {
  const PlateauSettings settings = {.factor = 1e-200, .patience = 0, .epsilon = 0};
  ReduceLROnPlateau whole(settings, 1e-3), resumed(settings, 1.0);
  for (int i = 0; i < 4; ++i) whole.Step(1.0);
  EXPECT_EQ(whole.learning_rate(), 0);
  resumed.Restore(whole.State());
  EXPECT_EQ(resumed.learning_rate(), 0);
}

TEST(ReduceLROnPlateau, RefusesADamagedStateAndAFactorThatGrows) {
  ReduceLROnPlateau schedule({}, 1.0);
  EXPECT_THROW(schedule.Restore(Json::parse(R"({"learning_rate": 1})")), Error);
  for (const auto& [key, value] :
       {std::pair("learning_rate", -1), std::pair("bad_epochs", -1), std::pair("cooldown_left", -1)}) {
    Json state = schedule.State();
    state[key] = value;
    EXPECT_THROW(schedule.Restore(state), Error) << key;
  }
  EXPECT_THROW(ReduceLROnPlateau({.factor = 1.5}, 1.0), Error);
}

TEST(ReduceLROnPlateau, ForgetsLossesButNotTheRate) {
  ReduceLROnPlateau schedule({.factor = 0.5, .patience = 0}, 1);
  schedule.Step(1);
  EXPECT_TRUE(schedule.Step(2));
  schedule.Forget();
  EXPECT_EQ(schedule.learning_rate(), 0.5);
  EXPECT_FALSE(schedule.Step(3));
  EXPECT_TRUE(schedule.Step(4));
}

}  // namespace
}  // namespace hourglass
