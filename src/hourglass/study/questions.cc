#include "hourglass/study/questions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "hourglass/core/check.h"
#include "hourglass/study/neighbour_questions.h"
#include "hourglass/study/selection_questions.h"

namespace hourglass {
namespace {

// Differences below these are noise of a single seed: seeds of one setting differ by 1 to 3 %.
constexpr double kRise = 0.01;         // of a curve above its lowest point
constexpr double kGap = 0.05;          // of the held-out error above the training error
constexpr double kControlGain = 0.03;  // of a narrower model
constexpr int64_t kAlikeEpochs = 3;
constexpr int64_t kBendWindow = 5;               // epochs
constexpr int64_t kFewEpochs = 2 * kBendWindow;  // too few to tell anything of a run's end
constexpr double kBendFactor = 2;                // by which the fall an epoch changes

using Results = std::span<const RunResult>;

// The runs that are no controls, by growing code.
std::vector<const RunResult*> ByCodeSize(Results results) {
  std::vector<const RunResult*> runs;
  for (const RunResult& result : results) {
    if (result.control_of.empty()) runs.push_back(&result);
  }
  std::ranges::stable_sort(runs, {}, [](const RunResult* run) { return run->code_size; });
  return runs;
}

std::string Percent(double share) {
  return fmt::format("{:+.1f} %", 100 * share);
}

// "d = 4: .0382, d = 8: .0246"
template <class Value>
std::string Each(const std::vector<const RunResult*>& runs, Value value) {
  std::vector<std::string> parts;
  for (const RunResult* run : runs) parts.push_back(fmt::format("{}: {}", run->label, value(*run)));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string Mse(double value) {
  return fmt::format("{:.4f}", value);
}

// What a reader must know before runs are compared: a run that lost units stands for a smaller bottleneck.
// Empty when none lost half of them.
std::string DeadNote(const std::vector<const RunResult*>& runs) {
  std::string note;
  for (const RunResult* run : runs) {
    if (2 * run->dead_units < run->code_size) continue;
    note += fmt::format(
        ". Mind that {} lost {} of its {} code units: it stands for a bottleneck of {}, and another seed may "
        "tell otherwise",
        run->label, run->dead_units, run->code_size, run->code_size - run->dead_units);
  }
  return note;
}

Verdict NeedsSeveral(std::string claim) {
  return {std::move(claim), Answer::kOpen, "the study has a single bottleneck; it takes several to tell"};
}

Answer AnswerOf(int holding, int asked) {
  return holding == asked ? Answer::kConfirmed : holding == 0 ? Answer::kRefuted : Answer::kPartly;
}

std::vector<Verdict> Convergence(Results results, std::span<const int64_t>) {
  const auto runs = ByCodeSize(results);
  const std::string claim = "The larger bottlenecks converge alike; the smallest flattens earlier and higher";
  if (runs.size() < 3) return {NeedsSeveral(claim)};
  std::vector<int64_t> done;
  for (const RunResult* run : runs) done.push_back(EpochOfNineTenths(run->epochs));
  const auto [least, most] = std::minmax_element(done.begin() + 1, done.end());
  const bool alike = *most - *least <= kAlikeEpochs;
  const bool earlier = done.front() < *least;
  const bool higher = std::all_of(runs.begin() + 1, runs.end(), [&](const RunResult* run) {
    return runs.front()->epochs.back().train_loss() > run->epochs.back().train_loss();
  });
  return {
      {claim, AnswerOf(alike + earlier + higher, 3),
       fmt::format(
           "nine tenths of the fall of the training loss were done after epoch ({}), so that the larger ones "
           "{} "
           "within {} epochs of each other and the smallest {} first; the last training loss is ({}), the "
           "smallest bottleneck's {} the highest",
           Each(runs, [](const RunResult& run) { return EpochOfNineTenths(run.epochs); }),
           alike ? "are" : "are not", kAlikeEpochs, earlier ? "was" : "was not",
           Each(runs, [](const RunResult& run) { return Mse(run.epochs.back().train_loss()); }),
           higher ? "is" : "is not") +
           DeadNote(runs)}};
}

std::vector<Verdict> WorstReconstruction(Results results, std::span<const int64_t>) {
  const auto runs = ByCodeSize(results);
  const std::string claim = "The smallest bottleneck reconstructs worst";
  if (runs.size() < 2) return {NeedsSeveral(claim)};
  const bool worst = std::all_of(runs.begin() + 1, runs.end(), [&](const RunResult* run) {
    return runs.front()->held_out_mse > run->held_out_mse;
  });
  return {{claim, worst ? Answer::kConfirmed : Answer::kRefuted,
           fmt::format("MSE on held-out images: {}",
                       Each(runs, [](const RunResult& run) { return Mse(run.held_out_mse); })) +
               DeadNote(runs)}};
}

// True when `value` grows from each run to the next.
template <class Value>
bool Grows(const std::vector<const RunResult*>& runs, Value value) {
  return std::adjacent_find(runs.begin(), runs.end(), [&](const RunResult* a, const RunResult* b) {
           return value(*a) >= value(*b);
         }) == runs.end();
}

std::vector<Verdict> DenoisingByBottleneck(Results results, std::span<const int64_t>) {
  const auto runs = ByCodeSize(results);
  const std::string claim = "With a larger bottleneck the denoised digit looks less like a digit";
  if (runs.size() < 2) return {NeedsSeveral(claim)};
  int farther = 0, more_spoiled = 0;
  std::vector<std::string> numbers;
  for (size_t i = 0; i < std::size(kReportSigmas); ++i) {
    const auto noisy = [i](const RunResult& run) { return run.noisy_mse[i]; };
    const auto rise = [i](const RunResult& run) { return run.noisy_mse[i] / run.held_out_mse - 1; };
    farther += Grows(runs, noisy);
    more_spoiled += Grows(runs, rise);
    numbers.push_back(fmt::format("sigma {:g}: {}", kReportSigmas[i], Each(runs, [&](const RunResult& run) {
                                    return fmt::format("{} ({})", Mse(noisy(run)), Percent(rise(run)));
                                  })));
  }
  const int levels = static_cast<int>(std::size(kReportSigmas));
  const Answer answer = farther > 0        ? AnswerOf(farther, levels)
                        : more_spoiled > 0 ? Answer::kPartly
                                           : Answer::kRefuted;
  return {
      {claim, answer,
       fmt::format("the denoised image gets {} from the clean one as the bottleneck grows, while the noise's "
                   "share in "
                   "its error {}. Held-out MSE with noise on the input, and its rise over that without: {}",
                   farther == levels ? "farther away"
                   : farther == 0    ? "no farther away"
                                     : "farther away for some noise",
                   more_spoiled == levels ? "grows"
                   : more_spoiled == 0    ? "does not grow"
                                          : "grows for some noise",
                   fmt::join(numbers, ". ")) +
           DeadNote(runs)}};
}

// A held-out curve of a run and what it does after its lowest point.
struct Curve {
  std::string name;
  int64_t lowest_epoch = 0;
  double lowest = 0;
  double last = 0;
  bool rises() const { return last > lowest * (1 + kRise); }
};

Curve CurveOf(std::string name, const std::vector<double>& values) {
  const auto lowest = std::min_element(values.begin(), values.end());
  return {std::move(name), lowest - values.begin() + 1, *lowest, values.back()};
}

// The held-out curves of a run: clean, and one a noise level that was measured throughout.
std::vector<Curve> HeldOutCurves(const RunResult& run) {
  std::vector<double> clean;
  for (const EpochMetrics& epoch : run.epochs)
    clean.push_back(epoch.FindHeldOut("clean_loss").value_or(epoch.held_out_loss()));
  std::vector<Curve> curves = {CurveOf("clean", clean)};
  for (size_t i = 0; i < run.noisy_epochs.size(); ++i) {
    const std::vector<double>& noisy = run.noisy_epochs[i];
    if (noisy.empty() || std::ranges::any_of(noisy, [](double value) { return std::isnan(value); })) continue;
    curves.push_back(CurveOf(fmt::format("sigma {:g}", kReportSigmas[i]), noisy));
  }
  return curves;
}

Verdict TooLong(const RunResult& run) {
  const auto count = static_cast<int64_t>(run.epochs.size());
  Verdict verdict{.claim = fmt::format("{} epochs are too long ({})", count, run.label), .because = {}};
  if (count <= kFewEpochs) {
    verdict.because = fmt::format("{} epochs are too few to tell", count);
    return verdict;
  }
  const double fall = FallPerEpoch(run.epochs, count, kBendWindow);
  std::vector<std::string> rising, steady;
  for (const Curve& curve : HeldOutCurves(run)) {
    const auto text =
        fmt::format("{} lowest in epoch {} ({}), at the end {} ({})", curve.name, curve.lowest_epoch,
                    Mse(curve.lowest), Mse(curve.last), Percent(curve.last / curve.lowest - 1));
    (curve.rises() ? rising : steady).push_back(text);
  }
  verdict.answer = rising.empty() ? Answer::kRefuted : steady.empty() ? Answer::kConfirmed : Answer::kPartly;
  const auto list = [](const std::vector<std::string>& curves) {
    return fmt::format("{}", fmt::join(curves, "; "));
  };
  if (!rising.empty())
    verdict.because =
        fmt::format("after their lowest point these held-out curves rise by more than {:g} %: {}. ",
                    100 * kRise, list(rising));
  if (!steady.empty())
    verdict.because += fmt::format("{} held-out curves do not rise: {}. ",
                                   rising.empty() ? "the" : "The other", list(steady));
  verdict.because += fmt::format("In the last {} epochs the training loss still fell by {:.2f} % an epoch",
                                 kBendWindow, 100 * fall);
  return verdict;
}

std::vector<Verdict> TooLongEach(Results results, std::span<const int64_t>) {
  std::vector<Verdict> verdicts;
  for (const RunResult* run : ByCodeSize(results)) verdicts.push_back(TooLong(*run));
  return verdicts;
}

// A sentence on a narrower model beside `run`; counts in `better` the errors in which it is better by more
// than seeds differ, unless it kept more of its code units, which is luck and explains as much.
std::string CompareControl(const RunResult& run, const RunResult& control, int& better) {
  std::vector<std::string> numbers;
  const auto compare = [&](const std::string& name, double wide, double narrow) {
    better += narrow < wide * (1 - kControlGain) && control.dead_units >= run.dead_units;
    numbers.push_back(
        fmt::format("{} {} against {} ({})", name, Mse(narrow), Mse(wide), Percent(narrow / wide - 1)));
  };
  compare("clean", run.held_out_mse, control.held_out_mse);
  for (size_t i = 0; i < run.noisy_mse.size(); ++i) {
    compare(fmt::format("sigma {:g}", kReportSigmas[i]), run.noisy_mse[i], control.noisy_mse[i]);
  }
  std::string sentence =
      fmt::format("{} with {} instead of {} parameters gives a held-out MSE of: {}", control.label,
                  control.parameters, run.parameters, fmt::join(numbers, "; "));
  if (control.dead_units < run.dead_units) {
    sentence += fmt::format(", but it lost {} code units and the wider one {}, which explains as much",
                            control.dead_units, run.dead_units);
  }
  return sentence;
}

std::vector<Verdict> TooManyParameters(Results results, std::span<const int64_t>) {
  std::vector<Verdict> verdicts;
  for (const RunResult* run : ByCodeSize(results)) {
    const double gap = run->held_out_mse / run->train_mse - 1;
    int signs = gap > kGap, asked = 1;
    std::string because = fmt::format(
        "the held-out MSE {} lies {} from the training MSE {} ({} {:g} %, where a model fits "
        "its training images too closely)",
        Mse(run->held_out_mse), Percent(gap), Mse(run->train_mse), gap > kGap ? "above" : "not above",
        100 * kGap);
    for (const RunResult& control : results) {
      if (control.control_of != run->name) continue;
      int better = 0;
      because += ". " + CompareControl(*run, control, better);
      signs += better > 0;
      ++asked;
    }
    const bool few = static_cast<int64_t>(run->epochs.size()) <= kFewEpochs;
    const bool useless = !run->findings.empty() && run->findings.front().severe;
    if (few) because += fmt::format(". {} epochs are too few to tell", run->epochs.size());
    if (useless) because += fmt::format(". A model that has {} tells nothing", run->findings.front().name);
    const Answer answer = few || useless ? Answer::kOpen : AnswerOf(signs, asked);
    verdicts.push_back(
        {fmt::format("{} parameters are too many ({})", run->parameters, run->label), answer, because});
  }
  return verdicts;
}

std::vector<int64_t> RateDrops(const RunResult& run) {
  std::vector<int64_t> drops;
  for (size_t i = 1; i < run.epochs.size(); ++i) {
    if (run.epochs[i].learning_rate() < run.epochs[i - 1].learning_rate())
      drops.push_back(run.epochs[i].epoch());
  }
  return drops;
}

Verdict Bend(const RunResult& run, int64_t epoch) {
  Verdict verdict{.claim = fmt::format("The loss curve bends near epoch {} ({})", epoch, run.label),
                  .because = {}};
  if (epoch <= kBendWindow || epoch + kBendWindow > static_cast<int64_t>(run.epochs.size())) {
    verdict.because = fmt::format("the run has {} epochs", run.epochs.size());
    return verdict;
  }
  const double before = FallPerEpoch(run.epochs, epoch, kBendWindow);
  const double after = FallPerEpoch(run.epochs, epoch + kBendWindow, kBendWindow);
  const auto drops = RateDrops(run);
  const bool dropped =
      std::ranges::any_of(drops, [&](int64_t drop) { return std::abs(drop - epoch) <= kBendWindow; });
  const bool bends =
      before <= 0 || after <= 0 || before > after * kBendFactor || after > before * kBendFactor;
  verdict.answer = bends ? Answer::kConfirmed : Answer::kRefuted;
  verdict.because = fmt::format(
      "the training loss falls by {:.2f} % an epoch in the {} epochs before and by {:.2f} % in the {} "
      "after; the learning rate {} near it",
      100 * before, kBendWindow, 100 * after, kBendWindow, dropped ? "drops" : "does not drop");
  return verdict;
}

std::vector<Verdict> RateDropsAndBends(Results results, std::span<const int64_t> bends) {
  std::vector<Verdict> verdicts;
  for (const RunResult* run : ByCodeSize(results)) {
    const auto drops = RateDrops(*run);
    verdicts.push_back(
        {fmt::format("The learning rate drops when the loss stops falling ({})", run->label),
         drops.empty() ? Answer::kRefuted : Answer::kConfirmed,
         drops.empty()
             ? fmt::format("in {} epochs it never dropped: the training loss never went without improvement "
                           "for long enough",
                           run->epochs.size())
             : fmt::format("it dropped to {:g} in the end; the epochs that began with a lower rate: {}",
                           run->epochs.back().learning_rate(), fmt::join(drops, ", "))});
    for (const int64_t epoch : bends) verdicts.push_back(Bend(*run, epoch));
  }
  return verdicts;
}

struct NamedQuestion {
  std::string name;
  std::function<std::vector<Verdict>(const Findings&)> answer;
};

// A question about the curves and numbers of the runs alone.
template <auto kAnswer>
std::vector<Verdict> OfRuns(const Findings& findings) {
  return kAnswer(findings.results, findings.bends);
}

const std::vector<NamedQuestion>& Questions() {
  static const std::vector<NamedQuestion> questions = {
      {"convergence", OfRuns<Convergence>},
      {"worst-reconstruction", OfRuns<WorstReconstruction>},
      {"denoising-by-bottleneck", OfRuns<DenoisingByBottleneck>},
      {"too-long", OfRuns<TooLongEach>},
      {"too-many-parameters", OfRuns<TooManyParameters>},
      {"rate-drops", OfRuns<RateDropsAndBends>},
      {"search-winner", SearchWinner},
      {"sweep-bump", SweepBump},
      {"exponential-rise", ExponentialRise},
      {"denoising-limit", DenoisingLimit},
      {"context-kept", ContextKept},
      {"linear-is-pca", LinearIsPca},
      {"clearest-clusters", ClearestClusters},
      {"published-penalty", PublishedPenalty},
  };
  return questions;
}

}  // namespace

std::string_view Name(Answer answer) {
  switch (answer) {
    case Answer::kConfirmed:
      return "confirmed";
    case Answer::kPartly:
      return "partly";
    case Answer::kRefuted:
      return "refuted";
    case Answer::kOpen:
      return "open";
  }
  HOURGLASS_CHECK(false);
  return "";
}

std::vector<std::string> QuestionNames() {
  std::vector<std::string> names;
  for (const NamedQuestion& question : Questions()) names.push_back(question.name);
  return names;
}

std::vector<Verdict> AnswerQuestion(std::string_view question, const Findings& findings) {
  const auto found = std::ranges::find(Questions(), question, &NamedQuestion::name);
  HOURGLASS_CHECK(found != Questions().end());
  return found->answer(findings);
}

int64_t EpochOfNineTenths(std::span<const EpochMetrics> epochs) {
  double lowest = epochs.front().train_loss();
  for (const EpochMetrics& epoch : epochs) lowest = std::min(lowest, epoch.train_loss());
  const double goal = epochs.front().train_loss() - 0.9 * (epochs.front().train_loss() - lowest);
  return std::ranges::find_if(epochs, [&](const EpochMetrics& epoch) { return epoch.train_loss() <= goal; })
      ->epoch();
}

double FallPerEpoch(std::span<const EpochMetrics> epochs, int64_t last, int64_t window) {
  HOURGLASS_CHECK(window > 0 && last > window && last <= static_cast<int64_t>(epochs.size()));
  const double from = epochs[static_cast<size_t>(last - window - 1)].train_loss();
  const double to = epochs[static_cast<size_t>(last - 1)].train_loss();
  return 1 - std::pow(to / from, 1.0 / static_cast<double>(window));
}

}  // namespace hourglass
