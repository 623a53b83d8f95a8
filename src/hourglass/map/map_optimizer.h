// t-SNE: codes of few numbers in which near points stay near.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "hourglass/core/team.h"
#include "hourglass/core/tensor.h"
#include "hourglass/map/affinities.h"

namespace hourglass {

class MapForces;

// How the codes move. The defaults are those of openTSNE.
struct MapSchedule {
  // At first, attraction is multiplied, so that neighbours find each other over long distances.
  double exaggeration = 12;
  int64_t exaggerated = 250;  // iterations
  int64_t iterations = 750;   // in all; 0: until the divergence hardly falls
};

// What an optimizer needs to go on: tensors f32 [d, n], one row per number of the codes.
struct MapState {
  int64_t iteration = 0;
  Tensor codes, velocity, gains;
  // Of the iterations that measured it: KL divergence, without exaggeration.
  std::vector<double> divergences;
};

// The divergence is measured after every so many iterations.
inline constexpr int64_t kMapMeasured = 50;

// Whether `schedule` asks for no more iterations.
bool MapIsDone(const MapState& state, const MapSchedule& schedule);

// Minimises the Kullback-Leibler divergence Σ p_ij ln(p_ij / q_ij), with q_ij = K(y_i - y_j) / Z and
// K(r) = 1 / (1 + |r|²), over the codes y: gradient descent with momentum and a gain per number. The
// gradient, without its factor 4, is Σ_j (p_ij - q_ij) K(y_i - y_j) (y_i - y_j). Its first part runs over the
// affinities, its second one over all pairs: exact for few points; else interpolated in one and two
// dimensions (grid_repulsion.h), and estimated from a sample of the points in more.
//
// Sources: van der Maaten and Hinton, JMLR 9 (2008); the learning rate n / exaggeration: Belkina et al.,
// "Automated optimized parameters for t-distributed stochastic neighbor embedding", Nature Communications 10
// (2019).
class MapOptimizer {
 public:
  // `affinities` must outlive the optimizer. Codes [d, n] must be finite. The same state, schedule, seed and
  // number of threads give the same bits.
  MapOptimizer(const Affinities& affinities, MapState state, const MapSchedule& schedule, uint64_t seed,
               Team& team);
  ~MapOptimizer();

  const MapState& state() const { return state_; }
  // Ends the work of this optimizer.
  MapState Take() { return std::move(state_); }
  bool done() const { return MapIsDone(state_, schedule_); }
  // One iteration.
  void Step();

 private:
  // Calls work(thread, begin, end) for the rows of each thread, which hold about as many affinities.
  template <class Work>
  void ForRows(const Work& work);
  void Move(double momentum, double rate, int64_t begin, int64_t end);
  void Centre();
  double Divergence();

  const Affinities* affinities_;
  MapState state_;
  MapSchedule schedule_;
  Team* team_;
  std::unique_ptr<MapForces> forces_;
  Tensor gradient_;            // [d, n]
  std::vector<int64_t> rows_;  // thread t has [rows[t], rows[t + 1])
  double self_information_;    // Σ p ln p
};

// Codes to begin with: the points' leading principal components, the first with a standard deviation of 1e-4,
// and noise of a tenth of that, which separates equal points. [d, n].
MapState BeginMap(const Tensor& points, int64_t d, uint64_t seed, Team& team);

}  // namespace hourglass
