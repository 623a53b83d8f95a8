// Shared by the tables of operation cases.
#pragma once

#include <cctype>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/operation_cases.h"
#include "support/random.h"

namespace hourglass::test {

// The contents of outputs before an operation runs: NaN if it writes, 9 if it adds.
inline constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
inline constexpr float kAdded = 9;

// The error of rounding an output once, relative to the largest element, with room for the sums before it.
inline double Tolerance(DType dtype) {
  return dtype == DType::kF32 ? 1e-5 : 0x1p-8;
}

inline std::vector<double> Plus9(std::vector<double> values) {
  for (double& value : values) value += kAdded;
  return values;
}

// The values rounded to the compute type.
inline std::vector<double> Rounded(std::vector<double> values, DType dtype) {
  if (dtype == DType::kBF16) {
    for (double& value : values) value = BFloat16::FromFloat(static_cast<float>(value)).ToFloat();
  }
  return values;
}

// Makes the tensors of an operation on the device where it runs.
class OperationOn : public PreparedOperation {
 protected:
  explicit OperationOn(Device& device) : device_(device) {}

  Tensor Random(Shape shape, DType dtype, uint32_t seed, double low = -1, double high = 1) const {
    return RandomTensor(shape, dtype, seed, low, high).CopyTo(device_);
  }
  Tensor Empty(Shape shape, DType dtype = DType::kF32) const {
    Tensor tensor(device_);
    tensor.Resize(shape, dtype);
    return tensor;
  }

 private:
  Device& device_;
};

template <class Case, class... Arguments>
std::function<std::unique_ptr<PreparedOperation>(Device&)> Preparing(Arguments... arguments) {
  return [=](Device& device) { return std::make_unique<Case>(device, arguments...); };
}

inline std::string TitleCase(std::string_view name) {
  std::string title(name);
  title[0] = static_cast<char>(std::toupper(title[0]));
  return title;
}

// The rows for convolutions, and for Add and GELU, which also take tensors in groups.
void AddConvolutions(std::vector<OperationCase>& cases);

}  // namespace hourglass::test
