#include "hourglass/analysis/context.h"

#include <algorithm>

#include "hourglass/analysis/code_neighbours.h"
#include "hourglass/analysis/codes.h"

namespace hourglass {
namespace {

constexpr int64_t kSizes[] = {5, 20, 50};
constexpr int64_t kMostImages = 100'000;  // the time grows with the square

ContextAt Of(const ScoresAt& at) {
  ContextAt context{at.k, at.score, at.trustworthiness, std::nullopt, std::nullopt};
  if (at.labels) {
    context.improvement = at.labels->improvement;
    context.accuracy = at.labels->code_accuracy;
  }
  return context;
}

ContextAt Of(const NewScoresAt& at) {
  ContextAt context{at.k, at.score.mean, at.trustworthiness.mean, std::nullopt, std::nullopt};
  if (at.improvement) context.improvement = at.improvement->mean;
  if (at.code_accuracy) context.accuracy = at.code_accuracy->mean;
  return context;
}

Json ToJson(const std::vector<ContextAt>& all) {
  Json json = Json::array();
  for (const ContextAt& at : all) {
    Json one = {{"k", at.k}, {"score", at.score}, {"trustworthiness", at.trustworthiness}};
    if (at.improvement) one["improvement"] = *at.improvement;
    if (at.accuracy) one["accuracy"] = *at.accuracy;
    json.push_back(std::move(one));
  }
  return json;
}

}  // namespace

std::optional<KeptContext> MeasureContext(Session& session, const DataSplits& data, Distance distance,
                                          const std::filesystem::path& keep) {
  const int64_t largest = std::ranges::max(kSizes);
  if (data.train->size() < largest + 2 || data.train->size() > kMostImages) return std::nullopt;
  CodeNeighbourOptions options{.distances = {distance}, .k = largest, .keep = keep};
  options.scores.ks.assign(std::begin(kSizes), std::end(kSizes));
  options.scores.threads = session.backend().threads();
  const Tensor train = EncodeAll(session, *data.train), held_out = EncodeAll(session, *data.held_out);
  const Tensor* codes[] = {&train};
  const OldAndNewCodes both[] = {{&train, &held_out}};
  const auto scores = ScoreByDistances(AllImages(*data.train), codes, data.train->labels(), options);
  const auto new_scores = ScoreNewByDistances(data, both, options);
  KeptContext context{.distance = distance, .train = {}, .held_out = {}, .undecided = 0};
  for (const ScoresAt& at : scores.front().front().at) {
    context.train.push_back(Of(at));
    const double share = static_cast<double>(at.code_ties) / static_cast<double>(data.train->size());
    context.undecided = std::max(context.undecided, share);
  }
  for (const NewScoresAt& at : new_scores.front().front().at) context.held_out.push_back(Of(at));
  return context;
}

Json ToJson(const KeptContext& context, const std::string& name) {
  return {{"distance", Name(context.distance)},
          {"undecided", context.undecided},
          {"train", ToJson(context.train)},
          {name, ToJson(context.held_out)}};
}

}  // namespace hourglass
