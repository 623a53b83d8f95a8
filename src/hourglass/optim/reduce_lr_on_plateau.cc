#include "hourglass/optim/reduce_lr_on_plateau.h"

#include <fmt/format.h>

#include <algorithm>

#include "hourglass/core/error.h"

namespace hourglass {

ReduceLROnPlateau::ReduceLROnPlateau(PlateauSettings settings, double learning_rate)
    : settings_(settings), learning_rate_(learning_rate) {
  if (!(settings.factor > 0 && settings.factor < 1)) {
    throw UsageError({.what = "the plateau factor must shrink the learning rate",
                      .expected = "a number between 0 and 1",
                      .got = fmt::format("{}", settings.factor)});
  }
}

bool ReduceLROnPlateau::Step(double loss) {
  // PyTorch takes best · (1 - threshold) for negative losses too, as the negative ELBO of gaussian pixels may
  // be: a worse loss would count as better.
  const double share = best_ < 0 ? 1 + settings_.threshold : 1 - settings_.threshold;
  if (loss < (settings_.relative ? best_ * share : best_ - settings_.threshold)) {
    best_ = loss;
    bad_epochs_ = 0;
  } else {
    ++bad_epochs_;
  }
  if (cooldown_left_ > 0) {
    --cooldown_left_;
    bad_epochs_ = 0;
  }
  if (bad_epochs_ <= settings_.patience) return false;
  cooldown_left_ = settings_.cooldown;
  bad_epochs_ = 0;
  const double lower = std::max(learning_rate_ * settings_.factor, settings_.min_lr);
  if (learning_rate_ - lower <= settings_.epsilon) return false;
  learning_rate_ = lower;
  return true;
}

void ReduceLROnPlateau::Forget() {
  *this = ReduceLROnPlateau(settings_, learning_rate_);
}

Json ReduceLROnPlateau::State() const {
  // JSON has no infinity: null means no best loss yet.
  const Json best = best_ < std::numeric_limits<double>::infinity() ? Json(best_) : Json();
  return {{"learning_rate", learning_rate_},
          {"best", best},
          {"bad_epochs", bad_epochs_},
          {"cooldown_left", cooldown_left_}};
}

void ReduceLROnPlateau::Restore(const Json& state) {
  try {
    learning_rate_ = state.at("learning_rate").get<double>();
    best_ =
        state.at("best").is_null() ? std::numeric_limits<double>::infinity() : state.at("best").get<double>();
    bad_epochs_ = state.at("bad_epochs").get<int64_t>();
    cooldown_left_ = state.at("cooldown_left").get<int64_t>();
    if (learning_rate_ >= 0 && std::isfinite(learning_rate_) && bad_epochs_ >= 0 && cooldown_left_ >= 0)
      return;
    throw DataError({.what = "the state of the learning-rate schedule is damaged",
                     .expected = "a rate and counts of at least 0",
                     .got = state.dump()});
  } catch (const Json::exception& error) {
    throw DataError({.what = "the state of the learning-rate schedule is damaged", .got = ReasonOf(error)});
  }
}

}  // namespace hourglass
