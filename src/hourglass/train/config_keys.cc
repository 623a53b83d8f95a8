// The table of the configuration's keys.
#include <algorithm>

#include "hourglass/model/architecture.h"
#include "hourglass/train/config.h"

namespace hourglass {
namespace {

constexpr double kLargestEpoch = (1 << 24) - 1;  // the random numbers' counter of epochs has 24 bits
constexpr double kLargestSeed = 9223372036854775807.0;

template <auto kMember>
ConfigField Field(TrainConfig& config) {
  return &(config.*kMember);
}
template <auto kMember>
ConfigField AdamField(TrainConfig& config) {
  return &(config.adam.*kMember);
}
template <auto kMember>
ConfigField PlateauField(TrainConfig& config) {
  return &(config.plateau.*kMember);
}

std::vector<ConfigKey> MakeKeys() {
  using C = TrainConfig;
  using A = AdamSettings;
  using P = PlateauSettings;
  return {
      {"data", "Data", "", "Data set: mnist, digits, or a path to IDX(.gz) files", Field<&C::data>},
      {"data_dir", "Data", "", "Folder that is searched for the data first", Field<&C::data_dir>},
      {"model", "Model", "", "Architecture by name", Field<&C::model>, 0, 0, false, false,
       ArchitectureNames()},
      {"code_size", "Model", "-z", "Numbers in a code: the width of the bottleneck", Field<&C::code_size>, 1,
       65536},
      {"epochs", "Training", "-e", "Passes over the training images", Field<&C::epochs>, 1, kLargestEpoch},
      {"batch", "Training", "-b", "Images a step", Field<&C::batch>, 1, 1 << 20},
      {"loss",
       "Training",
       "",
       "Loss, a mean over pixels: mse or l1",
       Field<&C::loss>,
       0,
       0,
       false,
       false,
       {"mse", "l1"}},
      {"seed", "Training", "", "Seed of all random numbers of the training", Field<&C::seed>, 0,
       kLargestSeed},
      {"overfit_batches", "Training", "", "Train on this many batches only, the same each epoch (0: on all)",
       Field<&C::overfit_batches>, 0, 1 << 20},
      {"optimizer", "Optimizer", "", "Optimizer", Field<&C::optimizer>, 0, 0, false, false, {"adam"}},
      {"learning_rate", "Optimizer", "--lr", "Learning rate at the start", Field<&C::learning_rate>, 0, 1e30,
       true},
      {"weight_decay", "Optimizer", "", "L2 penalty, added to the gradient", AdamField<&A::weight_decay>, 0,
       1e6},
      {"beta1", "Optimizer", "", "Adam's decay of the mean of gradients", AdamField<&A::beta1>, 0, 1, false,
       true},
      {"beta2", "Optimizer", "", "Adam's decay of the mean of squared gradients", AdamField<&A::beta2>, 0, 1,
       false, true},
      {"epsilon", "Optimizer", "", "Adam's term against division by zero", AdamField<&A::epsilon>, 0, 1,
       true},
      {"plateau_factor", "Learning-rate schedule", "",
       "Factor of the learning rate where the training loss stops falling", PlateauField<&P::factor>, 0, 1,
       true, true},
      {"plateau_patience", "Learning-rate schedule", "", "Epochs without improvement that are forgiven",
       PlateauField<&P::patience>, 0, kLargestEpoch},
      {"plateau_threshold", "Learning-rate schedule", "", "How much better counts as better",
       PlateauField<&P::threshold>, 0, 1, false, true},
      {"plateau_relative", "Learning-rate schedule", "",
       "The threshold is relative to the best loss: true or false", PlateauField<&P::relative>},
      {"plateau_cooldown", "Learning-rate schedule", "", "Epochs after a drop in which nothing counts as bad",
       PlateauField<&P::cooldown>, 0, kLargestEpoch},
      {"plateau_min_rate", "Learning-rate schedule", "", "The learning rate never falls below it",
       PlateauField<&P::min_lr>, 0, 1e6},
      {"plateau_epsilon", "Learning-rate schedule", "", "A drop smaller than this is not made",
       PlateauField<&P::epsilon>, 0, 1},
      {"eval_noise", "Evaluation", "",
       "Standard deviation of the noise for the noisy held-out loss (0: none)", Field<&C::eval_noise>, 0,
       100},
      {"precision",
       "Machine",
       "",
       "Numbers in products: f32, bf16 or auto",
       Field<&C::precision>,
       0,
       0,
       false,
       false,
       {"auto", "f32", "bf16"}},
      {"threads", "Machine", "", "Threads (0: OMP_NUM_THREADS, or else all cores)", Field<&C::threads>, 0,
       1024},
      {"name", "Output", "", "Name of the run, part of its directory's name", Field<&C::name>},
  };
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return 'a' <= c && c <= 'z' ? c - 32 : c; });
  return text;
}

}  // namespace

std::span<const ConfigKey> ConfigKeys() {
  static const std::vector<ConfigKey> keys = MakeKeys();
  return keys;
}

std::string ConfigKey::flag() const {
  std::string text = "--" + name;
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

std::string ConfigKey::environment() const {
  return "HOURGLASS_" + Upper(name);
}

}  // namespace hourglass
