// A recipe is a study as data: what is trained, what is shown, what is published and what is claimed. One
// TOML file each; those in recipes/ are built into the program.
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

// One training of a study, in the folder `name` of the study's folder.
struct RecipeRun {
  std::string name;        // "z8"
  std::string label;       // "d = 8", in figures and tables
  std::string control_of;  // a narrower model compared with the run of that name; left out of the pictures
  ResolvedConfig config;
};

// A value that others measured, to stand beside ours.
struct PublishedValue {
  std::string what;            // "training loss of the first epoch"
  std::string measure;         // a number of study_measures.h: "z8.test/mse"
  std::vector<double> values;  // one per seed
  std::string source;          // "the report"
};

struct RecipePictures {
  std::vector<int64_t> reconstruct = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};  // digits
  std::vector<int64_t> denoise = {2, 4, 7};                           // digits; none: no noise at all
  double denoise_sigma = 0.2;
  std::vector<int64_t> interpolate = {7, 0};  // from digit, to digit; or none
  int64_t interpolate_steps = 9;              // n of code_i = code_1 + (i/n)·(code_2 - code_1)
  bool interpolate_ends = false;  // show i = 0 and n decoded too, not only what lies between the images
};

struct Recipe {
  std::string name;
  std::string title;
  std::string text;           // what the study asks, for the head of its report
  ResolvedConfig train;       // what all trainings have in common
  bool side_by_side = false;  // runs train at once, one a core: for batches too small for several threads
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
  std::vector<std::string>
      departures;  // what OverrideRuns() changed of it that numbers depend on: "epochs = 5 instead of 50"
};

// Reads a recipe; `where` names the file in errors. What is there may be studied ([[run]], then with a title
// and a text), searched ([search]) or swept over ([sweep]); none of these is necessary. An unknown key,
// test or measure, a wrong type and a name given twice are usage Errors with the line and the nearest
// known name.
Recipe ParseRecipe(std::string_view toml, const std::string& name, const std::string& where);

// The recipes that are built into the program, and one of them by name; a usage Error for an unknown name.
std::vector<std::string> BuiltInRecipeNames();
Recipe BuiltInRecipe(std::string_view name);
// The built-in recipe of that name, or else the one in that file; a usage Error when there is neither.
Recipe OpenRecipe(const std::string& name_or_file);
// The TOML text of a built-in recipe, as a start for a custom one.
std::string_view BuiltInRecipeToml(std::string_view name);

}  // namespace hourglass
