// Lowers the learning rate when a loss stops falling; the semantics, and every knob, of PyTorch's
// ReduceLROnPlateau (mode "min").
#pragma once

#include <cstdint>
#include <limits>

#include "hourglass/core/json.h"

namespace hourglass {

struct PlateauSettings {
  double factor = 0.1;      // the rate is multiplied by it; in (0, 1)
  int64_t patience = 10;    // epochs without improvement that are forgiven
  double threshold = 1e-4;  // how much better counts as better
  bool relative = true;     // threshold_mode: better means < best·(1 - threshold), else < best - threshold
  int64_t cooldown = 0;     // epochs after a drop in which nothing counts as bad
  double min_lr = 0.0;      // never lower than this
  double epsilon = 1e-8;    // a drop smaller than this is not made
};

class ReduceLROnPlateau {
 public:
  ReduceLROnPlateau(PlateauSettings settings, double learning_rate);

  // To be called once an epoch with the epoch's loss; returns true when the rate was lowered.
  bool Step(double loss);
  double learning_rate() const { return learning_rate_; }

  // All that a resume needs: after Restore(State()) it goes on as if nothing had happened,
  // to the bit. Restore throws a data Error for a damaged state.
  Json State() const;
  void Restore(const Json& state);

 private:
  PlateauSettings settings_;
  double learning_rate_;
  double best_ = std::numeric_limits<double>::infinity();
  int64_t bad_epochs_ = 0;
  int64_t cooldown_left_ = 0;
};

}  // namespace hourglass
