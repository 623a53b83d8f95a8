// Losses by name. The formulas are in the -inl.h files beside this one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hourglass {

// A loss between outputs and targets, by its place in the table of losses-inl.h.
enum class LossKind : int {};
inline constexpr LossKind kMse{0};

struct LossSettings {
  LossKind kind = kMse;
  double parameter = 1;  // of huber: where the quadratic part ends
};

std::vector<LossKind> AllLosses();
std::string_view Name(LossKind loss);  // "mse", "l1", "bce", "huber"
// The loss of that name; throws a usage Error that names the nearest when there is none.
LossKind LossNamed(std::string_view name);
// The axis of a plot: "MSE per pixel".
std::string_view Unit(LossKind loss);
// Whether it is defined for the outputs of a sigmoid alone.
bool IsOfSigmoid(LossKind loss);

}  // namespace hourglass
