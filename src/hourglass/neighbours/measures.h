// Standard measures of how well a code preserves neighbourhoods of its inputs, from neighbour lists.
//
// n points; N_k(i) and M_k(i) are the k nearest others of point i in the input and in the code; r(i, j) and
// s(i, j) are the ranks of j around i in the input and in the code (1: nearest, n - 1: farthest). Equal
// distances: lower index first.
//
// All throw a usage Error for a k that the lists do not cover, or if input, code and labels differ in the
// number of points.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// |N_k(i) ∩ M_k(i)| / k for every point: its share of kept neighbours; k ≤ input.k, code.k. The lists may
// also be those of queries among other points.
std::vector<double> KeptShares(const Neighbours& input, const Neighbours& code, int64_t k);

// Q_NX(k) = 1/(nk) Σ_i |N_k(i) ∩ M_k(i)| for k = 1 … min(input.k, code.k): the mean of KeptShares, also
// called recall, neighbourhood preservation or score@k. A random code scores k / (n - 1). Lee and Verleysen,
// "Quality assessment of dimensionality reduction", Neurocomputing 72 (2009).
std::vector<double> QnxCurve(const Neighbours& input, const Neighbours& code);

// R_NX(k) = ((n - 1) Q_NX(k) - k) / (n - 1 - k): 0 for a random code, 1 for a perfect one. k < n - 1.
double Rnx(double qnx, int64_t k, int64_t n);

// The area under R_NX over ln k: Σ R_NX(k) / k ÷ Σ 1 / k over k = 1 … curve.size(), at most n - 2. The
// published measure goes to n - 2; for a shorter curve the area ends with the curve. Lee, Peluffo-Ordóñez and
// Verleysen, "Multi-scale similarities in stochastic neighbour embedding", Neurocomputing 169 (2015).
double AreaOverLogK(std::span<const double> qnx_curve, int64_t n);

// Neighbour lists of one space with the ranks of the listed points in the other.
struct RankedLists {
  int64_t n = 0;
  int64_t k = 0;                    // points listed, nearest first
  std::span<const uint32_t> ranks;  // [n, k], as returned by RanksOf
};

// With lists M_k and ranks r: trustworthiness, 1 - 2/(nk(2n - 3k - 1)) Σ_i Σ_{j ∈ M_k \ N_k} (r(i, j) - k);
// for k ≥ n/2 the factor is 2/(n(n - k)(n - k - 1)). With lists N_k and ranks s: continuity. In [0, 1],
// k < n - 1. Venna and Kaski, "Neighborhood preservation in nonlinear projection methods", ICANN 2001; the
// second factor: Venna, "Dimensionality reduction for visual exploration", thesis, 2007.
double Trustworthiness(const RankedLists& lists, int64_t k);

// For points that are none of the `others` that the lists name, such as held-out images among training
// images: the trustworthiness of each point i, 1 - Σ_{j ∈ M_k \ N_k} (r(i, j) - k) ÷ the largest possible
// sum, which is k(2m - 3k + 1)/2 for m others, or (m - k)(m - k + 1)/2 for k > m/2. As above, with m in place
// of the n - 1 others that a point has there; so 0 if the k farthest are listed. lists.n counts the points; k
// ≤ m, and 1 for k = m. With all points as each other's others, the mean is Trustworthiness.
std::vector<double> PointTrustworthiness(const RankedLists& lists, int64_t k, int64_t others);

// With lists M_k and ranks r: 1/H Σ_i Σ_{j ∈ M_k} |r - s| / s, H = n Σ_{t ≤ k} |2t - n - 1| / t: the mean
// relative rank error of the code's neighbours (ZX). With lists N_k: that of the input's (XZ). 0 is perfect;
// some libraries return 1 minus this. Lee and Verleysen, "Nonlinear Dimensionality Reduction", 2007.
double MeanRelativeRankError(const RankedLists& lists, int64_t k);

// For each point, the share of its k nearest that carry its label.
std::vector<double> SameLabelShares(const Neighbours& neighbours, std::span<const int32_t> labels, int64_t k);

// The share of points whose label equals their MajorityLabels vote. `labels` belong to the searched points,
// `truth` to the query points.
double VoteAccuracy(const Neighbours& neighbours, std::span<const int32_t> labels,
                    std::span<const int32_t> truth, int64_t k);

// The number of points whose k-th and (k + 1)-th neighbours are equally far, so that indices decide.
// k < neighbours.k.
int64_t TiesAt(const Neighbours& neighbours, int64_t k);

double MeanOf(std::span<const double> values);

}  // namespace hourglass
