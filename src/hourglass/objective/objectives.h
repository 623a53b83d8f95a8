// The weighted loss terms of one training run, and their names.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/objective/neighbourhood.h"
#include "hourglass/objective/objective.h"

namespace hourglass {

struct WeightedTerm {
  std::string name;
  double weight = 1;

  bool operator==(const WeightedTerm&) const = default;
};

// Parses terms: "mse", or "mse:1,l1:0.1" with one weight each. Throws a usage Error for an unknown name
// (suggesting the nearest), a term that occurs twice, or a weight that is not a number above 0.
std::vector<WeightedTerm> ParseTerms(std::string_view text);
// The canonical text, which ParseTerms reads back bit-exactly.
std::string ToString(const std::vector<WeightedTerm>& terms);

// The parameter of each loss, by LossKind; of no effect if a loss has none.
class LossParameters {
 public:
  LossParameters();  // the defaults
  double& operator[](LossKind loss) { return values_[static_cast<size_t>(loss)]; }
  double operator[](LossKind loss) const { return values_[static_cast<size_t>(loss)]; }

 private:
  std::vector<double> values_;
};

struct ObjectiveSettings {
  std::vector<WeightedTerm> terms = {{"mse", 1}};
  LossParameters parameters = {};
  NeighbourhoodSettings neighbourhood = {};
  double correlation = 0;  // weight of the correlation term; 0: no such term
};

// The names of all terms, for messages and help.
std::vector<std::string> ObjectiveNames();
// Creates the term with that name. Throws a usage Error that suggests the nearest name if there is none.
std::unique_ptr<Objective> MakeObjective(std::string_view name, const ObjectiveSettings& settings);

// A weighted sum of terms, for training one part of a model: all of it, or only the encoder (then the terms
// see codes, and there is no output) or the decoder (then the input of a batch is codes).
class Objectives {
 public:
  // The terms of the settings, then those that are only in training, if their weight is not 0.
  explicit Objectives(const ObjectiveSettings& settings, ModelPart trained = ModelPart::kAll);
  Objectives(std::vector<std::unique_ptr<Objective>> terms, std::vector<double> weights,
             ModelPart trained = ModelPart::kAll);

  int64_t size() const { return static_cast<int64_t>(terms_.size()); }
  const Objective& term(int64_t index) const { return *terms_[static_cast<size_t>(index)]; }
  void CheckModel(const Model& model) const;  // as Objective::CheckModel, for each term

  // Forward and backward pass: grads = the gradient of the weighted sum, for the parameters that are trained;
  // the others stay as they are. sums[i] += rows · term i.
  void Gradient(Session& session, const Batch& batch, const PassNumbers* numbers, FlatParams& grads,
                Tensor& sums) const;
  // Forward pass without dropout: sums[i] += rows · term i, but for terms that are only in training.
  void Value(Session& session, const Batch& batch, Tensor& sums) const;
  // The weighted sum of values, for example of each term's mean over rows.
  double Total(const std::vector<double>& values) const;
  // The same without the terms that are only in training.
  double Loss(const std::vector<double>& values) const;
  bool has_terms_only_in_training() const;
  bool ChangesAt(int64_t epoch) const;  // as Objective::ChangesAt, for any term

 private:
  // Gradient of a batch, or of one of its parts.
  void GradientOfRows(Session& session, const Batch& batch, const PassNumbers* numbers, FlatParams& grads,
                      Tensor& sums) const;
  void GradientOfEncoder(Session& session, const Batch& batch, const PassNumbers* numbers, FlatParams& grads,
                         Tensor& sums) const;
  void GradientOfDecoder(Session& session, const Batch& batch, const PassNumbers* numbers, FlatParams& grads,
                         Tensor& sums) const;
  // The gradient of the output before its activation, in the session's scratch_gradient.
  Tensor& OutputGradient(Session& session, const Batch& batch, const Session::Outputs& outputs,
                         Tensor& sums) const;
  void AddCodeGradients(Session& session, const Batch& batch, const Tensor& code, Tensor& dcode,
                        Tensor& sums) const;

  std::vector<std::unique_ptr<Objective>> terms_;
  std::vector<double> weights_;
  ModelPart trained_;
};

// Axis label for a plot of Objectives::Loss: the unit of a single term, or "weighted loss per pixel (TERMS)".
std::string Unit(const ObjectiveSettings& settings);
// Whether that is only the MSE per pixel.
bool IsMse(const ObjectiveSettings& settings);

}  // namespace hourglass
