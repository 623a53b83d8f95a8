// hourglass likelihood: how likely held-out images are under a variational autoencoder.
#include <fmt/format.h>

#include <memory>

#include "app/checks.h"
#include "app/commands.h"
#include "app/picture_options.h"
#include "hourglass/analysis/likelihood.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/text.h"

namespace hourglass::app {
namespace {

struct LikelihoodFlags : PictureOptions {
  int64_t samples = 100;
  uint64_t seed = 0;
};

void Run(const Command& command, const LikelihoodFlags& options) {
  const auto backend = MakeBackend();
  const std::vector<TrainedModel> models = OpenModels(options, *backend);
  const TrainedModel& model = models.front();
  const DataSplits data = OpenDataOf(model, options.data);
  const bool bernoulli = TrainingLoss(model) == "bce";
  const Likelihood result = MeasureLikelihood(*model.session, *data.held_out,
                                              {.bernoulli = bernoulli,
                                               .pixel_variance = TrainingPixelVariance(model),
                                               .samples = options.samples,
                                               .seed = options.seed});
  WarnOfFailures(command, models, *data.held_out);
  if (options.json) {
    const Json json = {{"schema_version", 1},
                       {"data", data.name},
                       {"part", data.held_out_name},
                       {"pixels", bernoulli ? "bernoulli" : "gaussian"},
                       {"samples", options.samples},
                       {"seed", options.seed},
                       {"log_likelihood", result.log_likelihood},
                       {"log_likelihood_error", result.log_likelihood_error},
                       {"elbo", result.elbo},
                       {"elbo_error", result.elbo_error}};
    fmt::print("{}\n", IndentedText(json));
    return;
  }
  fmt::print("{} images, {} pixels, nats per image\n", data.held_out_name,
             bernoulli ? "Bernoulli" : "gaussian");
  fmt::print("ln p(x)  {:.2f} ± {:.2f}    importance-weighted, {}\n", result.log_likelihood,
             result.log_likelihood_error, Counted(options.samples, "sample", "samples"));
  fmt::print("ELBO     {:.2f} ± {:.2f}\n", result.elbo, result.elbo_error);
}

}  // namespace

void AddLikelihoodCommand(const Command& program) {
  auto options = std::make_shared<LikelihoodFlags>();
  const Command command =
      program.AddCommand("likelihood", "Estimate the likelihood of held-out images",
                         "hourglass likelihood RUN                     of a variational autoencoder\n"
                         "hourglass likelihood RUN --samples 1000      closer to the true value");
  AddModelOptions(command, *options, /*many=*/false);
  command.Add("--samples", options->samples, "Codes per image").Check(WholeNumber(1, 100'000)).ShowDefault();
  command.Add("--seed", options->seed, "Seed of the codes").Check(WholeNumber()).ShowDefault();
  command.OnRun([options, command] { Run(command, *options); });
}

}  // namespace hourglass::app
