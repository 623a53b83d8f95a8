// How near each point is to its neighbours, as t-SNE sees it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hourglass/core/team.h"
#include "hourglass/neighbours/neighbours.h"

namespace hourglass {

// A sparse symmetric matrix of n rows whose values sum to 1. Row i has the entries begin[i] to begin[i + 1],
// by ascending column; entries with the value 0 in column i fill it up to a multiple of kRowGrain, so that
// kernels read whole vectors.
struct Affinities {
  static constexpr int64_t kRowGrain = 16;

  int64_t n = 0;
  std::vector<int64_t> begin;  // n + 1
  std::vector<uint32_t> columns;
  std::vector<float> values;
};

// p_j|i ∝ exp(-β_i d_ij²) over the neighbours of i, where β_i gives the distribution the perplexity 2^H: how
// many neighbours count. The mean of p_j|i over several perplexities sees several scales at once. The result
// is p_ij = (p_j|i + p_i|j) / 2n. Distances enter squared, L1 as well. Where more points than the perplexity
// lie equally near, they share the probability.
//
// Sources: van der Maaten and Hinton, "Visualizing data using t-SNE", JMLR 9 (2008); several perplexities:
// Kobak and Berens, "The art of using t-SNE for single-cell transcriptomics", Nature Communications 10
// (2019). Throws a usage Error unless every perplexity is in [1, neighbours.k].
Affinities MakeAffinities(const Neighbours& neighbours, std::span<const double> perplexities, Team& team);

// The conditional p_j|i alone: [n, k], in the order of the neighbours.
std::vector<float> ConditionalAffinities(const Neighbours& neighbours, std::span<const double> perplexities,
                                         Team& team);

}  // namespace hourglass
