#include "hourglass/study/neighbour_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "hourglass/analysis/baselines.h"
#include "hourglass/analysis/code_neighbours.h"
#include "hourglass/analysis/codes.h"
#include "hourglass/analysis/picking.h"
#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/neighbours/nearest_label.h"

namespace hourglass {
namespace {

// Codes of both parts of the data, not yet scored.
struct CodeOfParts {
  std::string name, label;
  Tensor train, held_out;
};

std::vector<CodeOfParts> EncodeParts(const NeighboursPlan& plan, std::span<const LabelledModel> models,
                                     const DataSplits& data) {
  std::vector<CodeOfParts> codes;
  for (size_t i = 0; i < models.size(); ++i) {
    Session& session = *models[i].session;
    codes.push_back(
        {plan.runs[i], models[i].label, EncodeAll(session, *data.train), EncodeAll(session, *data.held_out)});
  }
  if (data.train->image_shape().size() > Pca::kMaxPixels) return codes;
  Backend& backend = models.front().session->backend();
  const int64_t d = models.front().session->model().code_size();
  const Pca pca(backend, *data.train, d);
  codes.push_back({kPcaCode, fmt::format("PCA, {} components", d), EncodeAll(pca, d, backend, *data.train),
                   EncodeAll(pca, d, backend, *data.held_out)});
  return codes;
}

CodeNeighbourOptions OptionsOf(const NeighboursPlan& plan, const std::filesystem::path& keep,
                               const std::function<void(const std::string&, double)>& progress) {
  CodeNeighbourOptions options;
  options.k = plan.k;
  options.keep = keep;
  options.scores.ks = plan.at;
  options.scores.progress = progress;
  return options;
}

void Score(const NeighboursPlan& plan, std::vector<CodeOfParts> codes, const DataSplits& data,
           const CodeNeighbourOptions& options, ProbedNeighbours& probed) {
  std::vector<const Tensor*> all;
  for (const CodeOfParts& code : codes) all.push_back(&code.train);
  auto scores = ScoreByDistances(AllImages(*data.train), all, data.train->labels(), options);
  const bool labelled = !data.train->labels().empty() && !data.held_out->labels().empty();
  for (size_t i = 0; i < codes.size(); ++i) {
    CodeOfParts& code = codes[i];
    probed.held_out.emplace_back();
    ScoredCode scored{.name = code.name, .label = code.label, .codes = {}, .scores = {}};
    for (size_t d = 0; d < scores.size(); ++d) {
      scored.scores.push_back(std::move(scores[d][i]));
      if (!labelled) continue;
      probed.held_out.back().push_back(HeldOutAccuracy(code.train, code.held_out, data, probed.distances[d],
                                                       plan.at, options.scores.threads));
    }
    scored.codes = std::move(code.train);
    probed.codes.push_back(std::move(scored));
  }
}

void DrawCurves(const NeighboursPlan& plan, const Dataset& data, const std::filesystem::path& folder,
                const std::function<void(const std::string&, double)>& progress, ProbedNeighbours& probed) {
  // Pictures of codes show one distance; the tables have both.
  const auto shown =
      static_cast<size_t>(std::ranges::find(probed.distances, Distance::kL2) - probed.distances.begin());
  const double high = HighScore(probed.codes, shown);
  const std::vector<int64_t> ids = PickToShow(data, plan.show);
  for (size_t d = 0; d < probed.distances.size(); ++d) {
    probed.figures.push_back(DrawQnx(folder, probed.codes, d));
    probed.figures.push_back(DrawRnx(folder, probed.codes, d));
  }
  for (size_t i = 0; i < probed.codes.size(); ++i) {
    progress("pictures of codes", static_cast<double>(i) / static_cast<double>(probed.codes.size()));
    std::ranges::move(DrawCodes(folder, probed.codes[i], shown, high, data),
                      std::back_inserter(probed.figures));
    probed.figures.push_back(DrawNearest(folder, probed.codes[i], probed.distances[shown], data, ids));
  }
}

}  // namespace

ProbedNeighbours ProbeNeighbours(const NeighboursPlan& plan, std::span<const LabelledModel> models,
                                 const DataSplits& data, const std::filesystem::path& figures,
                                 const std::filesystem::path& keep,
                                 const std::function<void(const std::string&, double)>& progress) {
  RequireAtLeast("number of models", std::ssize(models), 1);
  RequireEqual("number of models", std::ssize(models), std::ssize(plan.runs));
  const CodeNeighbourOptions options = OptionsOf(plan, keep, progress);
  ProbedNeighbours probed{.distances = options.distances, .codes = {}, .held_out = {}, .figures = {}};
  Score(plan, EncodeParts(plan, models, data), data, options, probed);
  DrawCurves(plan, *data.train, figures, progress, probed);
  return probed;
}

const ScoredCode* FindCode(const ProbedNeighbours& probed, std::string_view name) {
  const auto found = std::ranges::find(probed.codes, name, &ScoredCode::name);
  return found == probed.codes.end() ? nullptr : &*found;
}

const ScoresAt& ScoresOf(const ScoredCode& code, Distance distance, int64_t k) {
  const auto scores = std::ranges::find(code.scores, distance, &NeighbourhoodScores::distance);
  if (scores == code.scores.end() || scores->at.empty()) {
    throw UsageError({.what = fmt::format("{} has no scores by {}", code.name, Title(distance))});
  }
  return *std::ranges::min_element(scores->at, {}, [k](const ScoresAt& at) { return std::abs(at.k - k); });
}

Json ToJson(const ProbedNeighbours& probed) {
  Json codes = Json::array();
  for (size_t i = 0; i < probed.codes.size(); ++i) {
    const ScoredCode& code = probed.codes[i];
    Json results = Json::array();
    for (size_t d = 0; d < code.scores.size(); ++d) {
      results.push_back(ToJson(code.scores[d]));
      if (!probed.held_out[i].empty()) results.back()["held_out_accuracy"] = probed.held_out[i][d];
    }
    codes.push_back({{"name", code.name}, {"label", code.label}, {"results", std::move(results)}});
  }
  return codes;
}

}  // namespace hourglass
