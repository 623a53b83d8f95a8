#include "hourglass/objective/objectives.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"
#include "hourglass/objective/correlation.h"
#include "hourglass/objective/detail/pixel_loss.h"
#include "hourglass/objective/structural_loss.h"

namespace hourglass {
namespace {

// The table of terms: one row per name.
struct ObjectiveRow {
  std::string name;
  std::unique_ptr<Objective> (*make)(std::string_view name, const ObjectiveSettings& settings);
};

// Scaled to a mean of 1, so that learning rates suit all weights.
std::vector<float> OfMeanOne(const std::vector<double>& weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<float> scaled;
  for (const double weight : weights)
    scaled.push_back(static_cast<float>(weight * static_cast<double>(weights.size()) / sum));
  return scaled;
}

std::unique_ptr<Objective> MakePixelLoss(std::string_view name, const ObjectiveSettings& settings) {
  const LossKind loss = LossNamed(name);
  return std::make_unique<PixelLoss>(LossSettings{.kind = loss,
                                                  .parameter = settings.parameters[loss],
                                                  .channel_weights = OfMeanOne(settings.channel_weights)});
}

std::unique_ptr<Objective> MakeStructuralLoss(std::string_view /*name*/,
                                              const ObjectiveSettings& /*settings*/) {
  return std::make_unique<StructuralLoss>();
}

const std::vector<ObjectiveRow>& Table() {
  static const std::vector<ObjectiveRow> table = [] {
    std::vector<ObjectiveRow> rows;
    for (const LossKind loss : AllLosses()) rows.push_back({std::string(Name(loss)), MakePixelLoss});
    rows.push_back({std::string(StructuralLoss::kName), MakeStructuralLoss});
    return rows;
  }();
  return table;
}

const ObjectiveRow& FindRow(std::string_view name) {
  const auto row = std::ranges::find(Table(), name, &ObjectiveRow::name);
  if (row != Table().end()) return *row;
  throw UsageError({.what = fmt::format("unknown loss '{}'", name),
                    .expected = fmt::format("{}; or weighted terms, as in mse:1,l1:0.1",
                                            fmt::join(ObjectiveNames(), ", ")),
                    .got = fmt::format("'{}'", name),
                    .hint = DidYouMean(name, ObjectiveNames())});
}

void CheckIds(const Batch& batch, std::span<const int64_t> ids) {
  if (static_cast<int64_t>(ids.size()) == batch.input.rows()) return;
  throw UsageError({.what = "a batch needs one id per row",
                    .expected = fmt::format("{} ids", batch.input.rows()),
                    .got = fmt::format("{}", ids.size())});
}

double ParseWeight(std::string_view text) {
  double weight = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
  const bool number = error == std::errc() && end == text.data() + text.size();
  if (number && weight > 0 && std::isfinite(weight)) return weight;
  throw UsageError({.what = "invalid loss weight",
                    .expected = "a number above 0, as in mse:1,l1:0.1",
                    .got = fmt::format("'{}'", text)});
}

WeightedTerm ParseTerm(std::string_view text) {
  const size_t colon = text.find(':');
  WeightedTerm term{.name = FindRow(text.substr(0, colon)).name};
  if (colon != std::string_view::npos) term.weight = ParseWeight(text.substr(colon + 1));
  return term;
}

}  // namespace

LossParameters::LossParameters() {
  for (const LossKind loss : AllLosses()) values_.push_back(Parameter(loss).standard);
}

std::vector<WeightedTerm> ParseTerms(std::string_view text) {
  std::vector<WeightedTerm> terms;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    WeightedTerm term = ParseTerm(text.substr(begin, end - begin));
    if (std::ranges::find(terms, term.name, &WeightedTerm::name) != terms.end()) {
      throw UsageError(
          {.what = fmt::format("the loss '{}' occurs twice", term.name), .got = std::string(text)});
    }
    terms.push_back(std::move(term));
    begin = end + 1;
  }
  return terms;
}

std::string ToString(const std::vector<WeightedTerm>& terms) {
  if (terms.size() == 1 && terms.front().weight == 1) return terms.front().name;
  std::string text;
  for (const WeightedTerm& term : terms) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", term.name, term.weight);
  }
  return text;
}

std::vector<std::string> ObjectiveNames() {
  std::vector<std::string> names;
  for (const ObjectiveRow& row : Table()) names.push_back(row.name);
  return names;
}

std::unique_ptr<Objective> MakeObjective(std::string_view name, const ObjectiveSettings& settings) {
  return FindRow(name).make(name, settings);
}

Objectives::Objectives(const ObjectiveSettings& settings, ModelPart trained) : trained_(trained) {
  for (const WeightedTerm& term : settings.terms) {
    terms_.push_back(MakeObjective(term.name, settings));
    weights_.push_back(term.weight);
  }
  if (settings.evidence) AddEvidence(settings, *settings.evidence);
  if (settings.neighbourhood.weight != 0) {
    terms_.push_back(std::make_unique<Neighbourhood>(settings.neighbourhood));
    weights_.push_back(settings.neighbourhood.weight);
  }
  if (settings.correlation != 0) {
    terms_.push_back(std::make_unique<Correlation>());
    weights_.push_back(settings.correlation);
  }
}

Objectives::Objectives(std::vector<std::unique_ptr<Objective>> terms, std::vector<double> weights,
                       ModelPart trained)
    : terms_(std::move(terms)), weights_(std::move(weights)), trained_(trained) {}

void Objectives::AddEvidence(const ObjectiveSettings& objective, const EvidenceSettings& settings) {
  const std::vector<WeightedTerm>& terms = objective.terms;
  const bool mse = terms.front().name == Name(kMse), bce = terms.front().name == "bce";
  if (terms.size() != 1 || terms.front().weight != 1 || !(mse || bce)) {
    throw UsageError({.what = "a gaussian bottleneck needs a loss that is a likelihood",
                      .expected = "loss = mse (gaussian pixels) or bce (Bernoulli pixels)",
                      .got = fmt::format("loss = {}", ToString(terms)),
                      .setting = "loss = bce"});
  }
  if (!objective.channel_weights.empty()) {
    throw UsageError({.what = "a gaussian bottleneck needs a loss that is a likelihood",
                      .expected = "equal weights of all channels",
                      .got = fmt::format("channel_weights = {}", fmt::join(objective.channel_weights, ","))});
  }
  const auto pixels = static_cast<double>(settings.pixels);
  weights_.front() = mse ? pixels / (2 * settings.pixel_variance) : pixels;
  constant_ = mse ? pixels / 2 * std::log(2 * std::numbers::pi * settings.pixel_variance) : 0;
  divergence_ = terms_.size();
  terms_.push_back(std::make_unique<Divergence>(settings.divergence));
  weights_.push_back(settings.beta);
}

void Objectives::CheckModel(const Model& model) const {
  for (const auto& term : terms_) term->CheckModel(model);
}

void Objectives::Gradient(Session& session, const Batch& batch, const PassNumbers* numbers, FlatParams& grads,
                          Tensor& sums) const {
  if (!std::ranges::all_of(terms_, [](const auto& term) { return term->TreatsRowsIndependently(); }))
    return GradientOfRows(session, batch, numbers, grads, sums);
  CheckIds(batch, batch.ids);
  if (numbers != nullptr) CheckIds(batch, numbers->ids);
  session.InParts(batch.input, trained_, [&](Session& part, int64_t begin, int64_t rows) {
    const auto part_of = [&](std::span<const int64_t> ids) {
      return ids.subspan(static_cast<size_t>(begin), static_cast<size_t>(rows));
    };
    const Tensor input = batch.input.Rows(begin, rows), target = batch.target.Rows(begin, rows);
    const Tensor codes = batch.code_target ? batch.code_target->Rows(begin, rows) : Tensor();
    std::optional<PassNumbers> part_numbers = numbers != nullptr ? std::optional(*numbers) : std::nullopt;
    if (part_numbers) part_numbers->ids = part_of(part_numbers->ids);
    GradientOfRows(part,
                   {part_of(batch.ids), batch.epoch, input, target, batch.code_target ? &codes : nullptr},
                   part_numbers ? &*part_numbers : nullptr, grads, sums);
  });
}

void Objectives::GradientOfRows(Session& session, const Batch& batch, const PassNumbers* numbers,
                                FlatParams& grads, Tensor& sums) const {
  switch (trained_) {
    case ModelPart::kEncoder:
      return GradientOfEncoder(session, batch, numbers, grads, sums);
    case ModelPart::kDecoder:
      return GradientOfDecoder(session, batch, numbers, grads, sums);
    case ModelPart::kAll:
      break;
  }
  const Session::Outputs outputs = session.Forward(batch.input, numbers);
  Tensor& dcode = session.BackwardDecoder(OutputGradient(session, batch, outputs, sums), grads);
  AddCodeGradients(session, batch, outputs.code, dcode, sums);
  if (outputs.moments == nullptr) return session.BackwardEncoder(batch.input, grads);
  Tensor& dmoments = session.BackwardSample(dcode);
  for (int64_t i = 0; i < size(); ++i) {
    term(i).MomentGradient(session, batch, *outputs.moments, weights_[static_cast<size_t>(i)], dmoments,
                           {sums, i});
  }
  session.BackwardEncoder(batch.input, dmoments, grads);
}

void Objectives::GradientOfDecoder(Session& session, const Batch& batch, const PassNumbers* numbers,
                                   FlatParams& grads, Tensor& sums) const {
  const Tensor& output = session.ForwardDecoder(batch.input, numbers);
  Tensor& dz = OutputGradient(session, batch, {batch.input, output}, sums);
  session.BackwardDecoder(batch.input, dz, grads);
}

Tensor& Objectives::OutputGradient(Session& session, const Batch& batch, const Session::Outputs& outputs,
                                   Tensor& sums) const {
  Tensor& dz = session.scratch_gradient();
  Accumulation accumulation = Accumulation::kWrite;
  for (int64_t i = 0; i < size(); ++i) {
    const double weight = weights_[static_cast<size_t>(i)];
    if (term(i).OutputGradient(session, batch, outputs, weight, accumulation, dz, {sums, i})) {
      accumulation = Accumulation::kAdd;
    }
  }
  if (accumulation == Accumulation::kWrite) {
    throw UsageError({.what = "no loss term depends on the model's output",
                      .expected = fmt::format("one of: {}", fmt::join(ObjectiveNames(), ", "))});
  }
  return dz;
}

void Objectives::GradientOfEncoder(Session& session, const Batch& batch, const PassNumbers* numbers,
                                   FlatParams& grads, Tensor& sums) const {
  const Tensor& code = session.ForwardEncoder(batch.input, numbers);
  Tensor& dcode = session.scratch_gradient();
  dcode.Resize(code.shape(), code.dtype());
  session.backend().Zero(dcode);
  AddCodeGradients(session, batch, code, dcode, sums);
  session.BackwardEncoder(batch.input, dcode, grads);
}

void Objectives::AddCodeGradients(Session& session, const Batch& batch, const Tensor& code, Tensor& dcode,
                                  Tensor& sums) const {
  for (int64_t i = 0; i < size(); ++i)
    term(i).CodeGradient(session, batch, code, weights_[static_cast<size_t>(i)], dcode, {sums, i});
}

void Objectives::Value(Session& session, const Batch& batch, const PassNumbers* numbers, Tensor& sums) const {
  const Tensor none;
  const auto forward = [&]() -> Session::Outputs {
    if (trained_ == ModelPart::kEncoder) return {session.ForwardEncoder(batch.input, numbers), none};
    if (trained_ == ModelPart::kDecoder) return {batch.input, session.ForwardDecoder(batch.input, numbers)};
    return session.Forward(batch.input, numbers);
  };
  const Session::Outputs outputs = forward();
  for (int64_t i = 0; i < size(); ++i) {
    if (!term(i).OnlyInTraining()) term(i).Value(session, batch, outputs, {sums, i});
  }
}

double Objectives::Total(const std::vector<double>& values) const {
  double total = constant_;
  for (size_t i = 0; i < values.size(); ++i) total += weights_[i] * values[i];
  return total;
}

double Objectives::Loss(const std::vector<double>& values) const {
  double loss = constant_;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!terms_[i]->OnlyInTraining()) loss += weights_[i] * values[i];
  }
  return loss;
}

std::optional<Objectives::Evidence> Objectives::EvidenceOf(const std::vector<double>& values) const {
  if (!divergence_) return std::nullopt;
  return Evidence{weights_[0] * values[0] + constant_, values[*divergence_]};
}

bool Objectives::has_terms_only_in_training() const {
  return std::ranges::any_of(terms_, [](const auto& term) { return term->OnlyInTraining(); });
}

bool Objectives::ChangesAt(int64_t epoch) const {
  return std::ranges::any_of(terms_, [&](const auto& term) { return term->ChangesAt(epoch); });
}

std::string Unit(const ObjectiveSettings& settings) {
  if (settings.evidence) {
    return settings.evidence->beta == 1
               ? "nats per image (negative ELBO)"
               : fmt::format("weighted nats per image (-ln p + {} KL)", settings.evidence->beta);
  }
  const std::vector<double>& channels = settings.channel_weights;
  const std::string weights =
      channels.empty() ? "" : fmt::format(", channels weighted {}", fmt::join(channels, ":"));
  if (settings.terms.size() != 1)
    return fmt::format("weighted loss ({}){}", ToString(settings.terms), weights);
  const WeightedTerm& term = settings.terms.front();
  const std::string factor = term.weight == 1 ? "" : fmt::format("{} × ", term.weight);
  return fmt::format("{}{}{}", factor, MakeObjective(term.name, settings)->unit(), weights);
}

bool IsMse(const ObjectiveSettings& settings) {
  return !settings.evidence && settings.channel_weights.empty() &&
         settings.terms == std::vector<WeightedTerm>{{std::string(Name(kMse)), 1}};
}

}  // namespace hourglass
