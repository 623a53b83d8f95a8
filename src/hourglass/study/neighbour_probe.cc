#include "hourglass/study/neighbour_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "hourglass/analysis/baselines.h"
#include "hourglass/analysis/code_neighbours.h"
#include "hourglass/analysis/codes.h"
#include "hourglass/analysis/picking.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "hourglass/core/require.h"
#include "hourglass/core/team.h"
#include "hourglass/data/axis_order.h"
#include "hourglass/map/map_run.h"
#include "hourglass/map/placement.h"

namespace hourglass {
namespace {

// Codes of both parts of the data, not yet scored.
std::vector<ScoredCode> EncodeParts(const NeighboursPlan& plan, std::span<const LabelledModel> models,
                                    const DataSplits& data) {
  std::vector<ScoredCode> codes;
  const auto add = [&](std::string name, std::string label, Tensor train, Tensor held_out) {
    codes.push_back({.name = std::move(name),
                     .label = std::move(label),
                     .codes = std::move(train),
                     .scores = {},
                     .new_codes = std::move(held_out),
                     .new_scores = {}});
  };
  for (size_t i = 0; i < models.size(); ++i) {
    Session& session = *models[i].session;
    add(plan.runs[i], models[i].label, EncodeAll(session, *data.train), EncodeAll(session, *data.held_out));
    codes.back().in_tables_only =
        std::ranges::find(plan.in_tables_only, plan.runs[i]) != plan.in_tables_only.end();
  }
  Backend& backend = models.front().session->backend();
  const int64_t d = models.front().session->model().code_size();
  if (d > Pca::MostComponents(data.train->image_shape().size())) return codes;
  const Pca pca(backend, *data.train, d);
  add(kPcaCode, fmt::format("PCA, {} components", d), EncodeAll(pca, d, backend, *data.train),
      EncodeAll(pca, d, backend, *data.held_out));
  return codes;
}

class MapProgress final : public MapObserver {
 public:
  explicit MapProgress(const std::function<void(const std::string&, double)>& progress)
      : progress_(progress) {}
  void OnStep(const std::string& what, double share) override { progress_("map: " + what, share); }

 private:
  const std::function<void(const std::string&, double)>& progress_;
};

// The codes of a map of `images`: that of one of the folders `made`, or a new one in `folder`.
Tensor CodesOfMap(const DataSplits& data, const Tensor& images, const MapOptions& options,
                  const std::filesystem::path& folder, std::span<const std::filesystem::path> made,
                  const std::function<void(const std::string&, double)>& progress) {
  for (const std::filesystem::path& other : made) {
    if (auto map = FindMap(other, images, options)) return std::move(map->codes);
  }
  // As `hourglass map` says it, which can then place other points on this map.
  const Json source = {{"run", ""},
                       {"data", data.name},
                       {"data_dir", ""},
                       {"part", "train"},
                       {"axes", Name(AxisOrder::kAuto)},
                       {"labels", ""}};
  MapProgress observer(progress);
  return MakeMap(images, options, source, folder, observer).codes;
}

// A map of the training images, with the held-out images placed on it.
ScoredCode MapParts(const DataSplits& data, const std::filesystem::path& folder,
                    std::span<const std::filesystem::path> made,
                    const std::function<void(const std::string&, double)>& progress) {
  const Tensor before = AllImages(*data.train);
  MapOptions options;
  options.threads = AvailableThreads();
  Tensor codes = CodesOfMap(data, before, options, folder, made, progress);
  progress("map: new images", 0);
  Team team(options.threads);
  Tensor placed = PlaceOnMap(before, codes, AllImages(*data.held_out), {.distance = options.distance}, team);
  return {.name = kMapCode,
          .label = "t-SNE map",
          .codes = std::move(codes),
          .scores = {},
          .new_codes = std::move(placed),
          .new_scores = {}};
}

CodeNeighbourOptions OptionsOf(const NeighboursPlan& plan, const std::filesystem::path& keep,
                               const std::function<void(const std::string&, double)>& progress) {
  CodeNeighbourOptions options;
  options.distances = plan.distances;
  options.k = plan.k;
  options.keep = keep;
  options.scores.ks = plan.at;
  options.scores.progress = progress;
  return options;
}

void Score(const DataSplits& data, const CodeNeighbourOptions& options, std::vector<ScoredCode>& codes) {
  std::vector<const Tensor*> train;
  std::vector<OldAndNewCodes> both;
  for (const ScoredCode& code : codes) {
    train.push_back(&code.codes);
    both.push_back({&code.codes, &code.new_codes});
  }
  auto scores = ScoreByDistances(AllImages(*data.train), train, data.train->labels(), options);
  auto new_scores = ScoreNewByDistances(data, both, options);
  for (size_t d = 0; d < scores.size(); ++d) {
    for (size_t i = 0; i < codes.size(); ++i) {
      codes[i].scores.push_back(std::move(scores[d][i]));
      codes[i].new_scores.push_back(std::move(new_scores[d][i]));
    }
  }
}

void DrawCurves(const NeighboursPlan& plan, std::span<const LabelledModel> models, const DataSplits& data,
                const std::filesystem::path& folder,
                const std::function<void(const std::string&, double)>& progress, ProbedNeighbours& probed) {
  // Pictures of codes show one distance; the tables have all.
  const size_t shown = probed.distances.size() - 1;
  const double high = HighScore(probed.codes, shown);
  const std::vector<int64_t> ids = PickToShow(*data.train, plan.show);
  const std::vector<int64_t> new_ids = PickToShow(*data.held_out, plan.show);
  for (size_t d = 0; d < probed.distances.size(); ++d) {
    probed.figures.push_back(DrawQnx(folder, probed.codes, d));
    probed.figures.push_back(DrawRnx(folder, probed.codes, d));
  }
  for (size_t i = 0; i < probed.codes.size(); ++i) {
    if (probed.codes[i].in_tables_only) continue;
    progress("pictures of codes", static_cast<double>(i) / static_cast<double>(probed.codes.size()));
    std::ranges::move(DrawCodes(folder, probed.codes[i], shown, high, *data.train),
                      std::back_inserter(probed.figures));
    const Distance distance = probed.distances[shown];
    probed.figures.push_back(DrawNearest(folder, probed.codes[i], distance, *data.train, ids));
    probed.figures.push_back(DrawNearestOfNew(folder, probed.codes[i], distance, data, new_ids));
    if (i >= models.size() || probed.codes[i].codes.row_size() != 2) continue;
    probed.figures.push_back(DrawPlane(folder, probed.codes[i], *models[i].session, *data.train));
  }
}

// The scores for `distance` at the size nearest to k.
template <class Scores>
const auto& Nearest(const ScoredCode& code, const std::vector<Scores>& all, Distance distance, int64_t k) {
  const auto scores = std::ranges::find(all, distance, &Scores::distance);
  if (scores == all.end() || scores->at.empty()) {
    throw UsageError({.what = fmt::format("{} has no scores by {}", code.name, Title(distance))});
  }
  return *std::ranges::min_element(scores->at, {}, [k](const auto& at) { return std::abs(at.k - k); });
}

}  // namespace

ProbedNeighbours ProbeNeighbours(const NeighboursPlan& plan, std::span<const LabelledModel> models,
                                 const DataSplits& data, const std::filesystem::path& figures,
                                 const std::filesystem::path& keep,
                                 std::span<const std::filesystem::path> maps,
                                 const std::function<void(const std::string&, double)>& progress) {
  RequireAtLeast("number of models", std::ssize(models), 1);
  RequireAtLeast("number of distances", std::ssize(plan.distances), 1);
  RequireEqual("number of models", std::ssize(models), std::ssize(plan.runs));
  const CodeNeighbourOptions options = OptionsOf(plan, keep, progress);
  ProbedNeighbours probed{
      .distances = options.distances,
      .codes = EncodeParts(plan, models, data),
      .figures = {},
      .class_names = {data.train->class_names().begin(), data.train->class_names().end()}};
  if (plan.map) probed.codes.push_back(MapParts(data, keep / kMapCode, maps, progress));
  Score(data, options, probed.codes);
  DrawCurves(plan, models, data, figures, progress, probed);
  return probed;
}

const ScoredCode* FindCode(const ProbedNeighbours& probed, std::string_view name) {
  const auto found = std::ranges::find(probed.codes, name, &ScoredCode::name);
  return found == probed.codes.end() ? nullptr : &*found;
}

const ScoresAt& ScoresOf(const ScoredCode& code, Distance distance, int64_t k) {
  return Nearest(code, code.scores, distance, k);
}

const NewScoresAt& NewScoresOf(const ScoredCode& code, Distance distance, int64_t k) {
  return Nearest(code, code.new_scores, distance, k);
}

Json ToJson(const ProbedNeighbours& probed) {
  Json codes = Json::array();
  for (const ScoredCode& code : probed.codes) {
    Json results = Json::array(), new_results = Json::array();
    for (const NeighbourhoodScores& scores : code.scores)
      results.push_back(ToJson(scores, probed.class_names));
    for (const NewScores& scores : code.new_scores) new_results.push_back(ToJson(scores));
    codes.push_back({{"name", code.name},
                     {"label", code.label},
                     {"results", std::move(results)},
                     {"new", std::move(new_results)}});
  }
  return codes;
}

}  // namespace hourglass
