// Sums over all pairs of the codes of a batch: the long part of the neighbour loss. For kCosine, codes have
// length 1 or 0, the scale is that of CosineScale, and q_ij = exp(-D_ij).
#pragma once

#include <cmath>
#include <cstdint>

#include "hourglass/backend/backend.h"

namespace hourglass::cpu {

// Codes [N, d], packed for PackCodes' instruction set: tiles of as many rows as a vector has lanes, one
// number after the other. The rows that fill up the last tiles lie far away from all others.
struct PackedCodes {
  const float* values;
  int64_t N, d;
};

// (1 - cos) / temperature is D for codes of length 1.
inline double CosineScale(double temperature) {
  return std::sqrt(1 / (2 * temperature));
}

// Numbers of N packed rows, for d numbers each; also the length of `weights` with d = 1.
int64_t PackedSize(int64_t N, int64_t d);

// Writes `packed`, for settings of this scale.
template <class T>
void PackCodes(const T* z, int64_t N, int64_t d, double scale, float* packed);

// For each row i in [begin, end), with D and q as Backend::NeighbourLoss defines them, writes sums[i - begin]
// =
//   kInfoNce, kCosine: Σ_{j≠i} q_ij,
//   kNegative: Σ_{j≠i} ln(1 + q_ij / s).
void SumPairs(const NeighbourLossSettings& settings, const PackedCodes& codes, int64_t begin, int64_t end,
              double* sums);

// For each row i in [begin, end), writes forces[i - begin] [d] = Σ_j (weights[i] + weights[j]) k_ij (z_i -
// z_j), where k_ij is
//   kInfoNce:  q_ij²,
//   kNegative: q_ij² / (q_ij + s),
//   kCosine:   q_ij.
// weights [N] fill up a PackedSize with zeros.
void RepelPairs(const NeighbourLossSettings& settings, const PackedCodes& codes, const float* weights,
                int64_t begin, int64_t end, float* forces);

}  // namespace hourglass::cpu
