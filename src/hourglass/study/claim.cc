#include "hourglass/study/claim.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "hourglass/core/check.h"

namespace hourglass {
namespace {

CheckEvidence JudgeCheck(const ClaimCheck& check, const Measures& measures);

// The sentence of the first condition that does not hold; empty if all hold.
std::string Unmet(const std::vector<ClaimCheck>& conditions, const Measures& measures) {
  for (const ClaimCheck& condition : conditions) {
    const CheckEvidence evidence = JudgeCheck(condition, measures);
    if (evidence.holds != Holds::kYes) return evidence.sentence;
  }
  return "";
}

CheckEvidence JudgeCheck(const ClaimCheck& check, const Measures& measures) {
  if (!check.open_because.empty()) return {Holds::kUnknown, check.open_because};
  for (const std::string& name : check.names) {
    const auto measure = measures.Find(name);
    if (!measure || !IsKnown(*measure)) return {Holds::kUnknown, fmt::format("{} was not measured", name)};
  }
  CheckEvidence evidence = check.judge(measures);
  if (check.negated && evidence.holds != Holds::kUnknown) {
    evidence.holds = evidence.holds == Holds::kYes ? Holds::kNo : Holds::kYes;
  }
  const std::string unmet = Unmet(check.only_if, measures);
  if (unmet.empty()) return evidence;
  return {Holds::kUnknown, fmt::format("{}, but that decides nothing, because {}", evidence.sentence, unmet)};
}

ClaimAnswer AnswerOf(const Claim& claim, const std::vector<CheckEvidence>& all) {
  const auto count = [&](Holds holds) { return std::ranges::count(all, holds, &CheckEvidence::holds); };
  const auto yes = count(Holds::kYes), no = count(Holds::kNo);
  if (yes == std::ssize(all)) return ClaimAnswer::kConfirmed;
  if (no > 0 && (yes == 0 || claim.every)) return ClaimAnswer::kRefuted;
  return yes == 0 || claim.every ? ClaimAnswer::kOpen : ClaimAnswer::kPartly;
}

// "held-out MSE with noise 0.2: 0.0390 (d = 4), 0.0289 (d = 8)": adjacent measures of one kind share its
// name.
std::string Shown(const std::vector<std::string>& names, const Measures& measures) {
  std::string text, last;
  for (const std::string& name : names) {
    const auto measure = measures.Find(name);
    if (!measure || !IsKnown(*measure)) continue;
    const bool same = !text.empty() && measure->what == last;
    text += same ? ", " : fmt::format("{}{}: ", text.empty() ? "" : "; ", measure->what);
    text += ValueText(*measure);
    if (!measure->of.empty()) text += fmt::format(" ({})", measure->of);
    last = measure->what;
  }
  return text;
}

// Each run, followed by its repeats with other seeds.
std::vector<std::string> WithRepeats(const std::set<std::string>& runs, const Measures& measures) {
  std::vector<std::string> all;
  for (const std::string& run : runs) {
    all.push_back(run);
    for (int64_t seed = 2;; ++seed) {
      const std::string repeat = fmt::format("{}-{}", run, seed);
      if (!measures.Find(repeat + ".failure")) break;
      if (!runs.contains(repeat)) all.push_back(repeat);
    }
  }
  return all;
}

// The number of a run, of its first seed if it has several.
double FirstOf(const NamedValue& measure) {
  const auto* sample = std::get_if<MeasuredSample>(&measure.value);
  return sample == nullptr ? std::get<double>(measure.value) : sample->values.front();
}

// Warnings about the runs that a claim compares: a failed model, or a code that lost half of its units and so
// acts as a smaller one.
std::vector<std::string> Notes(const Claim& claim, const Measures& measures) {
  std::set<std::string> runs;
  for (const ClaimCheck& check : claim.checks) {
    for (const std::string& name : check.names) runs.insert(name.substr(0, name.find('.')));
  }
  std::vector<std::string> notes;
  for (const std::string& run : WithRepeats(runs, measures)) {
    const auto failure = measures.Find(run + ".failure");
    const auto dead = measures.Find(run + ".dead_units"), size = measures.Find(run + ".code_size");
    if (!failure || !dead || !size) continue;
    if (const auto& name = std::get<std::string>(failure->value); name != kNoFailure) {
      notes.push_back(fmt::format("Note that {} failed: {}", failure->of, name));
    } else if (2 * FirstOf(*dead) >= FirstOf(*size)) {
      notes.push_back(fmt::format("Note that {} lost {} of its {} code units; another seed may not", dead->of,
                                  NumberText(FirstOf(*dead)), NumberText(FirstOf(*size))));
    }
  }
  return notes;
}

}  // namespace

std::string_view Name(ClaimAnswer answer) {
  switch (answer) {
    case ClaimAnswer::kConfirmed:
      return "confirmed";
    case ClaimAnswer::kPartly:
      return "partly";
    case ClaimAnswer::kRefuted:
      return "refuted";
    case ClaimAnswer::kOpen:
      return "open";
  }
  HOURGLASS_CHECK(false);
  return "";
}

ClaimVerdict JudgeClaim(const Claim& claim, const Measures& measures) {
  const std::string unmet = claim.open_because.empty() ? Unmet(claim.only_if, measures) : claim.open_because;
  if (!unmet.empty())
    return {claim.text, ClaimAnswer::kOpen, fmt::format("cannot be judged, because {}", unmet)};
  std::vector<CheckEvidence> all;
  std::vector<std::string> sentences;
  for (const ClaimCheck& check : claim.checks) {
    all.push_back(JudgeCheck(check, measures));
    const std::string& sentence = all.back().sentence;
    if (std::ranges::find(sentences, sentence) == sentences.end()) sentences.push_back(sentence);
  }
  const ClaimAnswer answer = AnswerOf(claim, all);
  if (claim.every && answer == ClaimAnswer::kRefuted) {  // show the failed ones only
    sentences.clear();
    for (const CheckEvidence& evidence : all) {
      if (evidence.holds == Holds::kNo) sentences.push_back(evidence.sentence);
    }
  }
  std::string because = fmt::format("{}", fmt::join(sentences, "; "));
  if (const std::string shown = Shown(claim.show, measures); !shown.empty()) {
    because += fmt::format(". For comparison, {}", shown);
  }
  for (const std::string& note : Notes(claim, measures)) because += ". " + note;
  return {claim.text, answer, because};
}

}  // namespace hourglass
