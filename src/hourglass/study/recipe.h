// A recipe describes a study: its runs, pictures, published values and claims. Each is one TOML file; those
// in recipes/ are built into the program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hourglass/study/claim.h"
#include "hourglass/study/neighbour_probe.h"
#include "hourglass/study/probes.h"
#include "hourglass/train/config.h"
#include "hourglass/tune/search_plan.h"
#include "hourglass/tune/sweep_plan.h"

namespace hourglass {

// One training of a study, in the subfolder `name`.
struct RecipeRun {
  std::string name;        // "z8"
  std::string label;       // "d = 8", in figures and tables
  std::string control_of;  // the run with which this narrower model is compared; left out of the pictures
  std::string taught_by;   // the earlier run whose codes the map is made of that teaches this run; or empty
  std::string repeat_of;   // the run that this one repeats with another seed; in tables only
  int64_t repeat = 0;      // how far its seed is above that run's
  ResolvedConfig config;
};

// Adds run.repeat to the seed of the configuration. Throws a usage Error if that is no seed.
void SetRepeatedSeed(RecipeRun& run);

// A value measured by others, shown beside ours.
struct PublishedValue {
  std::string what;            // "training loss of the first epoch"
  std::string measure;         // a number of study_measures.h: "z8.test/mse"
  std::vector<double> values;  // one per seed
  std::string source;          // "the report"
};

struct RecipePictures {
  std::vector<int64_t> reconstruct = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};  // digits
  int64_t best_to_worst = 0;                 // images, ranked by their errors; or none
  std::vector<int64_t> denoise = {2, 4, 7};  // digits; none: no noise figures
  double denoise_sigma = 0.2;
  std::vector<int64_t> interpolate = {7, 0};  // from digit, to digit; or none
  int64_t interpolate_steps = 9;              // n of code_i = code_1 + (i/n)·(code_2 - code_1)
  bool interpolate_ends = false;              // also decode i = 0 and i = n
};

struct Recipe {
  std::string name;
  std::string title;
  std::string text;           // the study's question, the first paragraph of its report
  std::string data;           // a name or path: what the published values are of, and claims about_data
  ResolvedConfig train;       // shared by all runs
  int64_t quick_epochs = 5;   // of each run with --quick
  bool side_by_side = false;  // trains all runs at once, one per core; for batches too small for threads
  std::vector<RecipeRun> runs;
  std::optional<SearchPlan> search;
  std::optional<SweepPlan> sweep;
  std::optional<RobustnessPlan> robustness;
  std::optional<GenerationPlan> generation;
  std::optional<NeighboursPlan> neighbours;
  RecipePictures pictures;
  bool summary = false;                       // show the model's layer table
  std::vector<std::string> published_layers;  // lines of a published layer table
  std::vector<PublishedValue> published;
  std::vector<Claim> claims;
  std::vector<std::string> departures;  // overrides that change results: "epochs = 5 instead of 50"
};

// Reads a recipe; `where` names the file in errors. [[run]] (which needs a title and a text), [search] and
// [sweep] are optional. Unknown keys, tests or measures, wrong types and duplicate names are usage Errors
// with the line and the nearest known name.
Recipe ParseRecipe(std::string_view toml, const std::string& name, const std::string& where);

// The names of the built-in recipes, and one recipe by name; throws a usage Error for an unknown name.
std::vector<std::string> BuiltInRecipeNames();
Recipe BuiltInRecipe(std::string_view name);
// The built-in recipe of that name, else the one in that file; throws a usage Error if there is neither.
Recipe OpenRecipe(const std::string& name_or_file);
// The TOML text of a built-in recipe, as a starting point for a custom one.
std::string_view BuiltInRecipeToml(std::string_view name);

}  // namespace hourglass
