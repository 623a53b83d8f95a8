// Checks that a device trains as it should, by short trainings on the built-in digits.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hourglass/backend/make_backend.h"
#include "hourglass/core/dtype.h"

namespace hourglass {

// One model in one precision.
struct SelfTestResult {
  std::string model;
  DType precision;
  bool repeats;  // a second training gave the same bits
  // Of a GPU: a training whose steps are not recorded as graphs gave the same bits.
  std::optional<bool> recorded_alike;
  // The largest relative difference of an epoch's losses from those on one thread of the processor, and the
  // largest that is accepted.
  double difference, tolerance;
  double seconds_per_step;

  bool passed() const { return repeats && recorded_alike.value_or(true) && difference <= tolerance; }
};

// Trains each model for about `steps` steps of 100 images, at least 2, on `device`, a name of ChooseDevice.
// Calls done(result) after each. Throws a system Error if the device fails.
void TestDevice(const std::string& device, int64_t steps,
                const std::function<void(const SelfTestResult&)>& done);

}  // namespace hourglass
