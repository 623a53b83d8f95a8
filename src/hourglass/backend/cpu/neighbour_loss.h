// The neighbour loss of the codes of a batch, and its gradient. Each thread computes the sums over all pairs
// of its rows, so nothing is added by two threads, and the result does not depend on their number.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/core/team.h"

namespace hourglass::cpu {

// Tensors are checked by the caller.
class NeighbourLossOfCodes {
 public:
  explicit NeighbourLossOfCodes(Team& team) : team_(&team) {}

  // The sum of the loss over the rows; unless dz is null, adds weight · the gradient of the mean to it.
  double Sum(const NeighbourLossSettings& settings, const Tensor& z, std::span<const int32_t> partners,
             double weight, Tensor* dz);

 private:
  // Writes lengths_, and unit_, the codes divided by them.
  template <class T>
  void Units(const Tensor& z);
  // Calls work(begin, end) for the rows of each thread.
  template <class Work>
  void ForRows(const Tensor& z, const Work& work);
  // Writes attraction_ and weights_, and returns the sum of the loss.
  template <class T>
  double Attract(const NeighbourLossSettings& settings, const Tensor& z, std::span<const int32_t> partners);
  // The force on a row, [d]; by its direction, if that alone counts.
  void ForceOn(const NeighbourLossSettings& settings, int64_t row, std::span<double> force) const;
  template <class T>
  void AddForces(const NeighbourLossSettings& settings, double factor, int64_t begin, int64_t end,
                 Tensor& dz) const;

  Team* team_;
  Tensor unit_;                     // f32 [N, d], of the cosine loss
  std::vector<double> lengths_;     // [N], likewise
  Tensor packed_;                   // the codes, as PackCodes writes them
  Tensor weights_;                  // [PackedSize], of each row's repulsion
  Tensor repulsion_;                // [N, d]
  std::vector<double> attraction_;  // [N, d]
  std::vector<double> sums_;        // [N], over the pairs of a row
};

}  // namespace hourglass::cpu
