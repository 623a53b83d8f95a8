// Lowers the learning rate when a loss stops falling, with the semantics and all settings of PyTorch's
// ReduceLROnPlateau (mode "min"), except for relative thresholds of negative losses.
#pragma once

#include <cstdint>
#include <limits>

#include "hourglass/core/json.h"

namespace hourglass {

struct PlateauSettings {
  double factor = 0.1;      // multiplies the rate; in (0, 1)
  int64_t patience = 10;    // tolerated epochs without improvement
  double threshold = 1e-4;  // required improvement
  bool relative = true;  // threshold_mode: true requires < best - threshold·|best|, false < best - threshold
  int64_t cooldown = 0;  // epochs after a drop that never count as bad
  double min_lr = 0.0;   // never lower than this
  double epsilon = 1e-8;  // smaller drops are skipped
};

class ReduceLROnPlateau {
 public:
  ReduceLROnPlateau(PlateauSettings settings, double learning_rate);

  // Call once per epoch with the epoch's loss; returns true if the rate was lowered.
  bool Step(double loss);
  // Forgets the losses so far, but not the rate: the next ones cannot be compared with them.
  void Forget();
  double learning_rate() const { return learning_rate_; }

  // Everything needed to resume: after Restore(State()) it continues with bit-identical results. Restore
  // throws a data Error for a damaged state.
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
