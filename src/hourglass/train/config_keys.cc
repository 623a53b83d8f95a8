// The table of configuration keys.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "hourglass/backend/make_backend.h"
#include "hourglass/data/named_sets.h"
#include "hourglass/data/shard_names.h"
#include "hourglass/model/architecture.h"
#include "hourglass/neighbours/neighbours.h"
#include "hourglass/train/checkpoint_writer.h"
#include "hourglass/train/config.h"

namespace hourglass {
namespace {

constexpr double kLargestEpoch = (1 << 24) - 1;    // the random numbers' epoch counter has 24 bits
constexpr double kLargestSeed = 9007199254740991;  // 2^53 - 1: exact in every JSON reader

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

// Paths are stored as absolute paths, so that a run can be inspected and resumed from any folder. "." and
// ".." are removed, unless ".." follows a link and so leads elsewhere.
std::string AbsolutePath(std::string_view text) {
  if (text.empty()) return "";
  const std::filesystem::path whole = std::filesystem::absolute(text);
  const std::filesystem::path normal = whole.lexically_normal();
  std::error_code error;
  const bool same =
      !std::filesystem::exists(whole, error) || std::filesystem::equivalent(whole, normal, error);
  return (same ? normal : whole).string();
}

// The name of a data set, or the absolute path of its files or their pattern. The path itself need not exist,
// because it may extend a folder with a prefix (FOLDER/emnist-letters).
std::string DataName(std::string_view text) {
  std::error_code error;
  const bool path = text.find('/') != std::string_view::npos || std::filesystem::exists(text, error) ||
                    IsPattern(std::string(text));
  return FindNamedSet(text) != nullptr || !path ? std::string(text) : AbsolutePath(text);
}

// The key of a loss's parameter.
ConfigKey LossParameterKey(LossKind loss) {
  const LossParameter& parameter = Parameter(loss);
  return {.name = std::string(parameter.key),
          .group = "Training",
          .help = std::string(parameter.help),
          .field = [loss](TrainConfig& config) -> ConfigField { return &config.loss_parameters[loss]; },
          .high = parameter.largest,
          .open_low = true,
          .may_vary = false};
}

// All keys except the parameters of losses. The runs of a search share the keys that make losses comparable
// (images, split, loss and task; corrupted input is harder), and the two that it sets itself.
std::vector<ConfigKey> KeysBesidesParameters() {
  using C = TrainConfig;
  using A = AdamSettings;
  using P = PlateauSettings;
  return {
      {.name = "data",
       .group = kDataGroup,
       .help = "Name (see `data list`) or path of data",
       .field = Field<&C::data>,
       .may_vary = false,
       .suggestions = NamesOfSets(),
       .canonical = DataName},
      {.name = "data_dir",
       .group = kDataGroup,
       .help = "Folder to search for the data first",
       .field = Field<&C::data_dir>,
       .may_vary = false,
       .canonical = AbsolutePath},
      {.name = "val",
       .group = "Data",
       .help = "Data to validate on instead of test images",
       .field = Field<&C::val>,
       .may_vary = false,
       .canonical = DataName},
      {.name = "test",
       .group = "Data",
       .help = "Data whose images are the test images",
       .field = Field<&C::test>,
       .may_vary = false,
       .canonical = DataName},
      {.name = "axes",
       .group = kDataGroup,
       .help = "Axis order of image files",
       .field = Field<&C::axes>,
       .choices = AxisOrderNames()},
      {.name = "range",
       .group = kDataGroup,
       .help = "Numbers that are black and white: -1:1",
       .field = Field<&C::range>,
       .may_vary = false,
       .canonical =
           [](std::string_view text) {
             ParsePixelRange(text);  // rejects other texts
             return std::string(text);
           }},
      {.name = "label_column",
       .group = kDataGroup,
       .help = "Label column of tables: name, number, or none",
       .field = Field<&C::label_column>,
       .may_vary = false,
       .canonical = [](std::string_view text) { return std::string(text); }},
      {.name = "size",
       .group = kDataGroup,
       .help = "Size to bring images to: HEIGHTxWIDTH",
       .field = Field<&C::size>,
       .may_vary = false,
       .canonical =
           [](std::string_view text) { return text.empty() ? "" : ToString(ParsePictureSize(text)); }},
      {.name = "fit",
       .group = kDataGroup,
       .help = "How images are fitted to the size",
       .field = Field<&C::fit>,
       .may_vary = false,
       .choices = FitNames()},
      {.name = "channels",
       .group = kDataGroup,
       .help = "Channels to bring images to",
       .field = Field<&C::channels>,
       .may_vary = false,
       .choices = ColourChannelsNames()},
      {.name = "background",
       .group = kDataGroup,
       .help = "Colour behind transparency: white, 0 … 255, #rrggbb",
       .field = Field<&C::background>,
       .may_vary = false,
       .canonical =
           [](std::string_view text) {
             ParseBackground(text);  // rejects other texts
             return std::string(text);
           }},
      {.name = "skip_bad",
       .group = kDataGroup,
       .help = "Go on without pictures that cannot be read",
       .field = Field<&C::skip_bad>,
       .may_vary = false},
      {.name = "val_share",
       .group = kDataGroup,
       .help = "Share of training images held out for validation",
       .field = Field<&C::val_share>,
       .high = 1,
       .open_high = true,
       .may_vary = false},
      {.name = "split_seed",
       .group = kDataGroup,
       .help = "Seed of the held-out split",
       .field = Field<&C::split_seed>,
       .high = kLargestSeed,
       .may_vary = false},
      {.name = "model",
       .group = "Model",
       .help = "Architecture: its name, or a .toml file",
       .field = Field<&C::model>,
       .canonical =
           [](std::string_view text) {
             const std::string name = ArchitectureName(text);  // rejects unknown names
             return name == text ? name : AbsolutePath(text);
           }},
      {.name = "code_size",
       .group = "Model",
       .extra_flags = "-z",
       .help = "Code size, the width of the bottleneck",
       .field = Field<&C::code_size>,
       .low = 1,
       .high = 65536},
      {.name = "bottleneck",
       .group = "Model",
       .help = "Bottleneck: identity, or gaussian (variational)",
       .field = Field<&C::bottleneck>,
       .may_vary = false,
       .choices = BottleneckNames()},
      {.name = "epochs",
       .group = "Training",
       .extra_flags = "-e",
       .help = "Passes over the training images",
       .field = Field<&C::epochs>,
       .low = 1,
       .high = kLargestEpoch},
      {.name = "batch",
       .group = "Training",
       .extra_flags = "-b",
       .help = "Batch size",
       .field = Field<&C::batch>,
       .low = 1,
       .high = 1 << 20},
      {.name = "loss",
       .group = "Training",
       .help = fmt::format("Loss: {}; terms: mse:1,l1:0.1", fmt::join(ObjectiveNames(), ", ")),
       .field = Field<&C::loss>,
       .may_vary = false,
       .canonical = [](std::string_view text) { return ToString(ParseTerms(text)); }},
      {.name = "channel_weights",
       .group = "Training",
       .help = "Weights of channels in pixel losses: 2,4,1",
       .field = Field<&C::channel_weights>,
       .high = 1e6,
       .open_low = true,
       .may_vary = false},
      {.name = "corrupt",
       .group = "Training",
       .help = "Corrupt the input: KIND:AMOUNT, such as gaussian:0.5",
       .field = Field<&C::corrupt>,
       .may_vary = false,
       .canonical = [](std::string_view text) { return ToString(ParseCorruption(text)); }},
      {.name = "flip",
       .group = "Training",
       .help = "Mirror training images at random, left to right",
       .field = Field<&C::flip>},
      {.name = "shift",
       .group = "Training",
       .help = "Move training images by up to N pixels",
       .field = Field<&C::shift>,
       .high = kLargestShift},
      {.name = "crop",
       .group = "Training",
       .help = "Smallest part of training images to enlarge",
       .field = Field<&C::crop>,
       .low = kSmallestCrop,
       .high = 1},
      {.name = "colour_jitter",
       .group = "Training",
       .help = "Largest change of brightness, contrast and saturation",
       .field = Field<&C::colour_jitter>,
       .high = 1},
      {.name = "grey_share",
       .group = "Training",
       .help = "Share of training images without colours",
       .field = Field<&C::grey_share>,
       .high = 1},
      {.name = "seed",
       .group = "Training",
       .help = "Seed of weights, order and noise",
       .field = Field<&C::seed>,
       .high = kLargestSeed},
      {.name = "overfit_batches",
       .group = "Training",
       .help = "Train on this many batches only (0: all)",
       .field = Field<&C::overfit_batches>,
       .high = 1 << 20},
      {.name = "dropout",
       .group = "Training",
       .help = "Dropout probability, for layers that use it",
       .field = Field<&C::dropout>,
       .high = 1,
       .open_high = true},
      {.name = "optimizer",
       .group = "Optimizer",
       .help = "Optimizer: adam, adamw, adamax, muon or sgd",
       .field = Field<&C::optimizer>,
       .choices = OptimizerNames()},
      {.name = "learning_rate",
       .group = "Optimizer",
       .extra_flags = "--lr",
       .help = "Learning rate at the start",
       .field = Field<&C::learning_rate>,
       .high = 1e30,
       .open_low = true},
      {.name = "weight_decay",
       .group = "Optimizer",
       .help = "L2 penalty; adamw, muon: decoupled weight decay",
       .field = AdamField<&A::weight_decay>,
       .high = 1e6},
      {.name = "beta1",
       .group = "Optimizer",
       .help = "Adam's decay of the mean of gradients",
       .field = AdamField<&A::beta1>,
       .high = 1,
       .open_high = true},
      {.name = "beta2",
       .group = "Optimizer",
       .help = "Adam's decay of the mean of squared gradients",
       .field = AdamField<&A::beta2>,
       .high = 1,
       .open_high = true},
      {.name = "epsilon",
       .group = "Optimizer",
       .help = "Adam's term that prevents division by zero",
       .field = AdamField<&A::epsilon>,
       .high = 1,
       .open_low = true},
      {.name = "momentum",
       .group = "Optimizer",
       .help = "Momentum of sgd and muon",
       .field = Field<&C::momentum>,
       .high = 1,
       .open_high = true},
      {.name = "clip_norm",
       .group = "Optimizer",
       .help = "Largest norm of the gradient (0: any)",
       .field = Field<&C::clip_norm>,
       .high = 1e30},
      {.name = "schedule",
       .group = "Learning-rate schedule",
       .help = "Learning-rate schedule: plateau, linear or none",
       .field = Field<&C::schedule>,
       .choices = {"plateau", "linear", "none"}},
      {.name = "plateau_factor",
       .group = "Learning-rate schedule",
       .help = "Learning-rate factor at a plateau",
       .field = PlateauField<&P::factor>,
       .high = 1,
       .open_low = true,
       .open_high = true},
      {.name = "plateau_patience",
       .group = "Learning-rate schedule",
       .help = "Epochs without improvement before the rate drops",
       .field = PlateauField<&P::patience>,
       .high = kLargestEpoch},
      {.name = "plateau_threshold",
       .group = "Learning-rate schedule",
       .help = "Smallest change that counts as improvement",
       .field = PlateauField<&P::threshold>,
       .high = 1,
       .open_high = true},
      {.name = "plateau_relative",
       .group = "Learning-rate schedule",
       .help = "Threshold relative to the best loss: true, false",
       .field = PlateauField<&P::relative>},
      {.name = "plateau_cooldown",
       .group = "Learning-rate schedule",
       .help = "Cooldown after a drop, in epochs",
       .field = PlateauField<&P::cooldown>,
       .high = kLargestEpoch},
      {.name = "plateau_min_rate",
       .group = "Learning-rate schedule",
       .help = "Lowest learning rate",
       .field = PlateauField<&P::min_lr>,
       .high = 1e6},
      {.name = "plateau_epsilon",
       .group = "Learning-rate schedule",
       .help = "Smallest change of the learning rate",
       .field = PlateauField<&P::epsilon>,
       .high = 1},
      {.name = "beta",
       .group = kVariationalGroup,
       .help = "gaussian: weight of the KL divergence",
       .field = Field<&C::beta>,
       .high = 1e6},
      {.name = "beta_warmup",
       .group = kVariationalGroup,
       .help = "gaussian: epochs in which beta rises from 0",
       .field = Field<&C::beta_warmup>,
       .high = kLargestEpoch},
      {.name = "free_bits",
       .group = kVariationalGroup,
       .help = "gaussian: free nats per number of the code",
       .field = Field<&C::free_bits>,
       .high = 1000},
      {.name = "pixel_variance",
       .group = kVariationalGroup,
       .help = "gaussian: variance of pixels, with loss mse",
       .field = Field<&C::pixel_variance>,
       .low = 1e-6,  // the rounding to 8 bits alone has more
       .high = 1e6,
       .may_vary = false},
      {.name = "neighbourhood",
       .group = "Neighbourhood",
       .help = "Weight of keeping neighbours near; auto; views",
       .field = Field<&C::neighbourhood>,
       .may_vary = false,
       .canonical = [](std::string_view text) { return ToString(ParseNeighbourhood(text)); }},
      {.name = "neighbourhood_of",
       .group = "Neighbourhood",
       .help = "auto: run whose codes say what is near",
       .field = Field<&C::neighbourhood_of>,
       .may_vary = false,
       .canonical = AbsolutePath},
      {.name = "neighbourhood_distance",
       .group = "Neighbourhood",
       .help = "Distance between images: l2 or l1",
       .field = Field<&C::neighbourhood_distance>,
       .may_vary = false,
       .choices = {"l2", "l1"}},
      {.name = "neighbourhood_form",
       .group = "Neighbourhood",
       .help = "Form: auto, infonce, negative or distances",
       .field = Field<&C::neighbourhood_form>,
       .choices = {"auto", "infonce", "negative", "distances"}},
      {.name = "neighbourhood_k",
       .group = "Neighbourhood",
       .help = "Nearest images that batches pair with each",
       .field = Field<&C::neighbourhood_k>,
       .low = 1,
       .high = kMostNeighbours},
      {.name = "exaggeration",
       .group = "Neighbourhood",
       .help = "Factor of attraction at the start",
       .field = Field<&C::exaggeration>,
       .low = 1,
       .high = 1000},
      {.name = "exaggeration_share",
       .group = "Neighbourhood",
       .help = "Share of epochs with exaggeration",
       .field = Field<&C::exaggeration_share>,
       .high = 1},
      {.name = "correlation",
       .group = "Neighbourhood",
       .help = "Weight of keeping far images far",
       .field = Field<&C::correlation>,
       .high = 1e6,
       .may_vary = false},
      {.name = "encoder_epochs",
       .group = "Neighbourhood",
       .help = "auto: encoder's epochs (0: four fifths)",
       .field = Field<&C::encoder_epochs>,
       .high = kLargestEpoch},
      {.name = "encoder_mix",
       .group = "Neighbourhood",
       .help = "auto: share of images mixed with near ones",
       .field = Field<&C::encoder_mix>,
       .high = 1},
      {.name = "encoder_noise",
       .group = "Neighbourhood",
       .help = "auto: sigma of noise on encoder's input",
       .field = Field<&C::encoder_noise>,
       .high = 100},
      {.name = "eval_noise",
       .group = "Evaluation",
       .help = "Noise levels of held-out losses: 0.2,0.5 (0: none)",
       .field = Field<&C::eval_noise>,
       .high = 100},
      {.name = "precision",
       .group = "Machine",
       .help = "Numbers in products: f32, tf32, bf16 or auto",
       .field = Field<&C::precision>,
       .choices = {"auto", "f32", std::string(kTf32), "bf16"}},
      {.name = "device",
       .group = "Machine",
       .help = "auto, cpu, cuda, or a GPU's number: cuda:1",
       .field = Field<&C::device>,
       .may_vary = false,
       .suggestions = {"auto", "cpu", "cuda"},
       .canonical = CanonicalDevice},
      {.name = "threads",
       .group = "Machine",
       .help = "Threads (0: OMP_NUM_THREADS, else all cores)",
       .field = Field<&C::threads>,
       .high = 1024,
       .may_vary = false},
      {.name = "checkpoint_every",
       .group = "Output",
       .help = "Time (60s) or epochs (5) between checkpoints",
       .field = Field<&C::checkpoint_every>,
       .canonical = [](std::string_view text) { return ToString(ParseCheckpointInterval(text)); }},
      {.name = "name",
       .group = "Output",
       .help = "Name of the run and its directory",
       .field = Field<&C::name>,
       .may_vary = false},
  };
}

std::vector<ConfigKey> MakeKeys() {
  std::vector<ConfigKey> keys = KeysBesidesParameters();
  auto after_loss = std::ranges::find(keys, "loss", &ConfigKey::name) + 1;
  for (const LossKind loss : AllLosses()) {
    if (!Parameter(loss).key.empty()) after_loss = keys.insert(after_loss, LossParameterKey(loss)) + 1;
  }
  return keys;
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
