// The configuration of a training run. One table of keys defines the TOML file, the environment variables,
// the flags, the printed configuration and the checks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "hourglass/backend/backend.h"
#include "hourglass/core/json.h"
#include "hourglass/data/dataset.h"
#include "hourglass/data/open_data.h"
#include "hourglass/neighbours/distance.h"
#include "hourglass/objective/objectives.h"
#include "hourglass/optim/optimizer.h"
#include "hourglass/optim/reduce_lr_on_plateau.h"

namespace hourglass {

struct TrainConfig {
  std::string data = "mnist";
  std::string data_dir;               // searched first, unless empty
  std::string val, test;              // data whose images are held out instead of the data's own
  std::string axes = "auto";          // axis order of image files: AxisOrderNames()
  std::string range = "auto";         // of pixels in arrays, as ParsePixelRange reads it
  std::string label_column = "auto";  // of tables: a name, a number from 0 on, or none
  std::string size;                   // of images, "28x28"; empty: as they are
  std::string fit = "crop";           // FitNames()
  std::string channels = "auto";      // ColourChannelsNames()
  std::string background = "white";   // as ParseBackground reads it
  bool skip_bad = false;              // go on without pictures that cannot be read
  double val_share = 0;               // share of the training images held out instead of the test images
  int64_t split_seed = 0;             // selects the held-out images
  std::string model = "mlp4";         // an architecture name, or a .toml file that describes one
  int64_t code_size = 8;
  std::string bottleneck = "identity";  // or gaussian: a variational autoencoder
  int64_t epochs = 50;
  int64_t batch = 2048;
  std::string loss = "mse";  // terms as ParseTerms reads them: "mse", "mse:1,l1:0.1"
  LossParameters loss_parameters;
  std::vector<double> channel_weights;  // of pixel losses; empty: equal
  std::string corrupt = "none";         // of the input, in training and in the held-out loss: "gaussian:0.6"
  bool flip = false;                    // of training images, as all of Augmentation
  int64_t shift = 0;
  double crop = 1;
  double colour_jitter = 0;
  double grey_share = 0;
  int64_t seed = 0;
  int64_t overfit_batches = 0;  // train on this many batches only, the same in each epoch; 0: all

  double dropout = 0.0;  // probability, for architectures with dropout layers

  std::string optimizer = "adam";
  double learning_rate = 1e-3;
  AdamSettings adam = {.weight_decay = 1e-5};
  double momentum = 0.9;
  double clip_norm = 0;              // the largest norm of the gradient; 0: any
  std::string schedule = "plateau";  // plateau, linear, none
  PlateauSettings plateau;

  double beta = 1;              // weight of the divergence, with a gaussian bottleneck
  int64_t beta_warmup = 0;      // epochs over which it rises from 0
  double free_bits = 0;         // nats per number of the code
  double pixel_variance = 0.5;  // of the likelihood, with loss = mse

  std::string neighbourhood = "0";  // as ParseNeighbourhood reads it
  std::string neighbourhood_of;     // with a map: a run or model that gives its points; empty: images
  std::string neighbourhood_distance = "l2";  // between images: l2, l1
  std::string neighbourhood_form = "auto";    // auto, infonce, negative, distances
  int64_t neighbourhood_k = 15;               // neighbours of each image in the graph
  double exaggeration = 4;                    // of attraction at the start; 1: none
  double exaggeration_share = 0.1;            // of the epochs
  double correlation = 0;                     // weight of the correlation term
  int64_t encoder_epochs = 0;                 // that learns alone: of all epochs; 0: four fifths
  double encoder_mix = 0.75;                  // with a teacher: share of images mixed with a near one
  double encoder_noise = 0.08;                // with a teacher: sigma of the noise on the encoder's input

  std::vector<double> eval_noise = {0.2};  // sigmas of the noisy held-out losses
  std::string precision = "auto";          // f32, tf32, bf16, auto
  std::string device = "auto";             // as CanonicalDevice reads it
  int64_t threads = 0;                     // 0: OMP_NUM_THREADS if set, else all cores
  std::string checkpoint_every = "60s";    // seconds, or a number of epochs: "5"
  std::string name;                        // empty: <model>-z<code size>

  ObjectiveSettings objective() const;
  std::optional<EvidenceSettings> evidence() const;  // for any number of pixels
  OptimizerSettings optimizer_settings() const;
  Corruption corruption() const;
  Augmentation augmentation() const;
  NeighbourhoodSettings neighbourhood_settings() const;
  Distance image_distance() const;  // neighbourhood_distance
  // The name part of the run's directory, after the time.
  std::string run_name() const;
};

// What an encoder learns alone, before its decoder: "auto", the codes of a map; "views", which two views are
// of the same image.
enum class EncoderLesson { kNone, kMap, kViews };

// How a run keeps the neighbourhoods of images in the codes.
struct NeighbourhoodChoice {
  double weight = 0;  // of the neighbourhood term; 0: no such term
  EncoderLesson lesson = EncoderLesson::kNone;
};
// Throws a usage Error for a text that is neither a weight from 0 to a million nor the name of a lesson.
NeighbourhoodChoice ParseNeighbourhood(std::string_view text);
// The canonical text, which ParseNeighbourhood reads back bit-exactly.
std::string ToString(const NeighbourhoodChoice& choice);

// A pointer to a field of a TrainConfig, by its type.
using ConfigField = std::variant<int64_t*, double*, bool*, std::string*, std::vector<double>*>;

// The group of the keys that say which images there are, and how they are read and split.
inline constexpr char kDataGroup[] = "Data";

// One key: `code_size` in TOML, HOURGLASS_CODE_SIZE in the environment, --code-size on the command line.
struct ConfigKey {
  std::string name;
  std::string group;             // heading in the help text
  std::string extra_flags = {};  // other flags with the same meaning: "-z"
  std::string help;
  std::function<ConfigField(TrainConfig&)> field;
  double low = 0, high = 0;  // range of a number, and of each number of a list
  bool open_low = false;     // low itself is not allowed
  bool open_high = false;
  bool may_vary = true;                       // false if the runs of a search or sweep must share it
  std::vector<std::string> choices = {};      // allowed texts; empty: any
  std::vector<std::string> suggestions = {};  // texts that completion offers, where others are allowed too
  // For texts: returns the canonical form; throws a usage Error if the text is invalid.
  std::string (*canonical)(std::string_view text) = nullptr;

  std::string flag() const;         // "--code-size"
  std::string environment() const;  // "HOURGLASS_CODE_SIZE"
  std::string default_text() const;
  std::string type_name() const;  // in help: "INT"
  bool is_whole() const;          // a whole number
  bool is_number() const;         // an integer or a floating-point number
};

std::span<const ConfigKey> ConfigKeys();
inline constexpr char kVariationalGroup[] = "Variational";  // of keys for a gaussian bottleneck
// The key called `name`. If none, throws a usage Error that names `origin` and suggests the nearest key.
const ConfigKey& FindConfigKey(std::string_view name, const std::string& origin);

// A configuration, and the origin of every value that is not the default.
struct ResolvedConfig {
  TrainConfig values;
  std::map<std::string, std::string> origins;  // "epochs" → "lab.toml:3", "HOURGLASS_EPOCHS", "--epochs"
};

// Sets `key` from the text of a flag or variable. Throws a usage Error that names `origin` for an unknown
// key, a wrong type or a value out of range.
void SetConfigKey(ResolvedConfig& config, std::string_view key, std::string_view text,
                  const std::string& origin);

// The value of `key` in `config` as text that SetConfigKey reads back bit-exactly.
std::string ConfigText(TrainConfig config, const ConfigKey& key);

// Copies to `config` every key that has an origin in `over`.
void OverrideConfig(ResolvedConfig& config, const ResolvedConfig& over);

// Sets every key in the TOML text, read from `where`; errors name the key and its line.
void SetConfigFromToml(ResolvedConfig& config, std::string_view toml, std::string_view where);

// Applies defaults, then `file` unless empty, then the HOURGLASS_* variables of `environment`, then `flags`
// (key, text). Throws as SetConfigKey does; an unknown HOURGLASS_* variable is also a usage Error. The result
// may override another configuration, so that nothing is set beside what was given: see WithUnsetKeys.
ResolvedConfig ResolveConfig(const std::filesystem::path& file,
                             const std::map<std::string, std::string>& environment,
                             std::span<const std::pair<std::string, std::string>> flags);

// `config` with every key that has no origin yet set to what suits the other settings: a run whose encoder
// learns alone has its own epochs, batch size, optimizer and schedule, and trains it for four fifths of its
// epochs. For a configuration that is complete: all overrides are in. Throws a usage Error for settings
// that contradict each other: keys of a gaussian bottleneck without one, or with a loss that is no
// likelihood; a correlation term in a run whose encoder learns alone, views that do not differ, or a code of
// more numbers than a map can have.
ResolvedConfig WithUnsetKeys(ResolvedConfig config);

// What a run keeps: WithUnsetKeys, and the form of the neighbourhood term that suits the size of its code, so
// that a later version which chooses otherwise does not change it. Also the form that the images of `data`
// were brought into, so that the model gets other images in the same form.
ResolvedConfig ConfigOfRun(ResolvedConfig given, const DataSplits& data);

// Ends a warm-up of beta by the middle of the epochs. For quick tries, which have fewer epochs than planned.
void LimitWarmUp(ResolvedConfig& config);

// The HOURGLASS_* variables of this process, except those that are not training settings.
std::map<std::string, std::string> HourglassVariables();

// All keys as TOML, each with a comment that gives its origin; SetConfigFromToml reads it back bit-exactly.
std::string ToToml(const ResolvedConfig& config);

Json ToJson(const TrainConfig& config);

// OpenData's options for the data named by `config`.
DataOptions DataOptionsOf(const TrainConfig& config);

}  // namespace hourglass
