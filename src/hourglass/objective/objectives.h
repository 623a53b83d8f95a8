// The weighted loss terms of one training run, and their names.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/objective/divergence.h"
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

// The bound of a variational autoencoder (Kingma & Welling, ICLR 2014). With it, the loss of an image is the
// negative logarithm of its likelihood plus beta times the divergence of its code, in nats; that is the
// negative evidence lower bound (ELBO) if beta is 1 (beta: Higgins et al., "beta-VAE", ICLR 2017). bce:
// pixels are Bernoulli variables, -ln p = P · bce; mse: gaussian ones, -ln p = P mse / (2 v) + P ln(2 π v) /
// 2, for images of P pixels and the variance v.
struct EvidenceSettings {
  double beta = 1;
  DivergenceSettings divergence = {};
  double pixel_variance = 0.5;
  int64_t pixels = 1;  // per image
};

struct ObjectiveSettings {
  std::vector<WeightedTerm> terms = {{"mse", 1}};
  LossParameters parameters = {};
  // Of pixel losses, each above 0 and finite: only their ratios count. Empty: equal.
  std::vector<double> channel_weights = {};
  NeighbourhoodSettings neighbourhood = {};
  double correlation = 0;                         // weight of the correlation term; 0: no such term
  std::optional<EvidenceSettings> evidence = {};  // for a gaussian bottleneck
};

// The names of all terms, for messages and help.
std::vector<std::string> ObjectiveNames();
// Creates the term with that name. Throws a usage Error that suggests the nearest name if there is none.
std::unique_ptr<Objective> MakeObjective(std::string_view name, const ObjectiveSettings& settings);

// A weighted sum of terms, for training one part of a model: all of it, or only the encoder (then the terms
// see codes, and there is no output) or the decoder (then the input of a batch is codes).
class Objectives {
 public:
  // The terms of the settings, then those that are only in training, if their weight is not 0. Throws a usage
  // Error for losses that are no likelihood, if the settings have a bound.
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
  // Forward pass: sums[i] += rows · term i, but for terms that are only in training.
  void Value(Session& session, const Batch& batch, const PassNumbers* numbers, Tensor& sums) const;
  // The weighted sum of values, for example of each term's mean over rows.
  double Total(const std::vector<double>& values) const;
  // The same without the terms that are only in training.
  double Loss(const std::vector<double>& values) const;
  // The parts of a variational bound, in nats per image, from each term's mean; nothing without a bound.
  struct Evidence {
    double reconstruction, divergence;  // -ln p(image | code), KL

    double elbo() const { return -reconstruction - divergence; }
  };
  std::optional<Evidence> EvidenceOf(const std::vector<double>& values) const;
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

  void AddEvidence(const ObjectiveSettings& objective, const EvidenceSettings& settings);

  std::vector<std::unique_ptr<Objective>> terms_;
  std::vector<double> weights_;
  ModelPart trained_;
  double constant_ = 0;                    // of the loss
  std::optional<size_t> divergence_ = {};  // its term, of a bound; term 0 is the likelihood then
};

// Axis label for a plot of Objectives::Loss: the unit of a single term, "weighted loss per pixel (TERMS)", or
// "nats per image (negative ELBO)".
std::string Unit(const ObjectiveSettings& settings);
// Whether that is only the MSE per pixel.
bool IsMse(const ObjectiveSettings& settings);

}  // namespace hourglass
