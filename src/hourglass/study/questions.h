// The claims of the published reports, held against what was measured: each answer is a pure function of the
// results, and each sentence carries the numbers that decide it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/study/neighbour_probe.h"
#include "hourglass/study/probes.h"
#include "hourglass/study/run_result.h"
#include "hourglass/tune/search.h"
#include "hourglass/tune/sweep.h"

namespace hourglass {

enum class Answer { kConfirmed, kPartly, kRefuted, kOpen };
std::string_view Name(Answer answer);

struct Verdict {
  std::string claim;
  Answer answer = Answer::kOpen;
  std::string because;  // with the numbers
};

// The questions that a recipe may ask: "too-long", "too-many-parameters", …
std::vector<std::string> QuestionNames();

// All that a study has found out and that a question may look at.
struct Findings {
  std::span<const RunResult> results = {};  // controls among them
  std::span<const int64_t> bends = {};      // epochs near which the published loss curve bends
  const SearchResult* search = nullptr;
  const SweepResult* sweep = nullptr;
  std::span<const ProbedRobustness> robustness = {};
  const ProbedNeighbours* neighbours = nullptr;
  std::span<const PublishedNeighbours> published_neighbours = {};
};

// A question for which something needed is missing stays open and says so.
std::vector<Verdict> AnswerQuestion(std::string_view question, const Findings& findings);

// The first epoch after which nine tenths of the whole fall of the training loss, from the first epoch to its
// lowest, are done.
int64_t EpochOfNineTenths(std::span<const EpochMetrics> epochs);

// Mean relative fall of the training loss an epoch over the `window` epochs that end with epoch `last` (from
// 1): .01 is 1 %.
double FallPerEpoch(std::span<const EpochMetrics> epochs, int64_t last, int64_t window);

}  // namespace hourglass
