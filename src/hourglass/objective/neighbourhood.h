// The neighbourhood term: near images get near codes, and far ones far codes. It needs batches whose rows
// have partners, so it exists only in training.
#pragma once

#include <cstdint>

#include "hourglass/objective/objective.h"

namespace hourglass {

// kInfoNce, kNegative: partners attract each other, and all other codes of the batch repel them, as a map by
// t-SNE does. kDistances: distances between codes follow those between images, near ones as well as far ones.
enum class NeighbourhoodForm { kInfoNce, kNegative, kDistances };

struct NeighbourhoodSettings {
  double weight = 0;  // 0: no such term
  NeighbourhoodForm form = NeighbourhoodForm::kInfoNce;
  double exaggeration = 1;         // of the attraction in the first epochs; 1: none; not of kDistances
  int64_t exaggerated_epochs = 0;  // how many
  int64_t images = 0;              // that batches are drawn from
};

class Neighbourhood : public Objective {
 public:
  // A map has a standard deviation of tens of the unit of its kernel 1 / (1 + D), but a decoder and its
  // optimizer are used to codes of about 1.
  static constexpr double kCodeScale = 20;

  explicit Neighbourhood(const NeighbourhoodSettings& settings) : settings_(settings) {}

  std::string_view name() const override { return "neighbourhood"; }
  std::string_view unit() const override { return "neighbourhood loss"; }
  bool OnlyInTraining() const override { return true; }
  // When the exaggeration changes.
  bool ChangesAt(int64_t epoch) const override;
  // Of batches without partners: 0.
  void Value(Session& session, const Batch& batch, const Session::Outputs& outputs,
             TermSum sum) const override;
  void CodeGradient(Session& session, const Batch& batch, const Tensor& code, double weight, Tensor& dcode,
                    TermSum sum) const override;

 private:
  // Falls to 1 at once after the exaggerated epochs; with negative samples from epoch to epoch by the same
  // factor, which keeps more neighbours.
  double ExaggerationAt(int64_t epoch) const;
  // For a batch of `rows` in `epoch`. Repels as t-SNE does, divided by the exaggeration.
  NeighbourLossSettings LossOf(int64_t rows, int64_t epoch) const;
  // Of a batch whose partners are half a batch apart: 1 - the correlation of the logarithms of distances,
  // each row paired with its partner and with the next row, which nearly always is far away.
  static void AddDistances(Session& session, const Batch& batch, const Tensor& code, double weight,
                           Tensor* dcode, TermSum sum);
  void Add(Session& session, const Batch& batch, const Tensor& code, double weight, Tensor* dcode,
           TermSum sum) const;

  NeighbourhoodSettings settings_;
};

}  // namespace hourglass
