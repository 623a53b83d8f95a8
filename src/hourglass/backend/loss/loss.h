// Losses by name. The formulas are in the -inl.h files beside this one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hourglass {

// A loss between outputs and targets: an index into the table in losses-inl.h.
enum class LossKind : int {};
inline constexpr LossKind kMse{0};

// The number that shapes a loss, as a configuration key: above 0 and up to `largest`.
struct LossParameter {
  std::string_view key = {};   // "huber_delta"; empty if the loss has no parameter
  std::string_view help = {};  // at most eight words
  double standard = 1;         // the default
  double largest = 1;
};

struct LossSettings {
  LossKind kind = kMse;
  double parameter = 1;  // ignored if the loss has none; Parameter(kind).standard is its usual value
  // Multiply the loss of each channel; above 0 and finite, 1 in the mean. Empty: all are 1.
  std::vector<float> channel_weights = {};
};

std::vector<LossKind> AllLosses();
std::string_view Name(LossKind loss);  // "mse", "l1", "bce", "huber"
// The loss with that name. Throws a usage Error that suggests the nearest name if there is none.
LossKind LossNamed(std::string_view name);
// Axis label in plots: "MSE per pixel".
std::string_view Unit(LossKind loss);
const LossParameter& Parameter(LossKind loss);
// True if it is defined only for sigmoid outputs.
bool IsOfSigmoid(LossKind loss);

}  // namespace hourglass
