#include "hourglass/map/map_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/folder_lock.h"
#include "hourglass/core/hash.h"
#include "hourglass/core/safetensors.h"
#include "hourglass/core/text.h"
#include "hourglass/data/formats/npy.h"

namespace hourglass {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr char kDescription[] = "map.json", kState[] = "state.safetensors", kCodes[] = "codes.npy";
constexpr int64_t kLeastPoints = 4;
constexpr double kNeighboursPerPerplexity = 3;
constexpr double kMostPerplexity = static_cast<double>(kMostNeighbours) / kNeighboursPerPerplexity;
constexpr std::chrono::seconds kSaved(20);

void CheckOptions(const Tensor& points, const MapOptions& options) {
  if (points.shape().rank() == 0 || points.rows() < kLeastPoints) {
    throw UsageError({.what = "too few points for a map",
                      .expected = fmt::format("at least {}", kLeastPoints),
                      .got = fmt::format("{}", points.shape().rank() == 0 ? 0 : points.rows())});
  }
  if (options.perplexities.empty()) throw UsageError({.what = "no perplexity", .setting = "perplexity"});
  for (const double perplexity : options.perplexities) {
    if (perplexity >= 1 && perplexity <= kMostPerplexity) continue;
    throw UsageError({.what = "bad perplexity",
                      .expected = fmt::format("a number from 1 to {:.0f}", std::floor(kMostPerplexity)),
                      .got = fmt::format("{}", perplexity),
                      .setting = "perplexity"});
  }
  if (options.dimensions < 1 || options.dimensions > kMostMapDimensions) {
    throw UsageError({.what = "bad number of dimensions",
                      .expected = fmt::format("1 to {}", kMostMapDimensions),
                      .got = fmt::format("{}", options.dimensions),
                      .setting = "dimensions"});
  }
}

// Perplexities that n points allow.
std::vector<double> Allowed(std::vector<double> perplexities, int64_t n, std::string& note) {
  const double most = static_cast<double>(n - 1) / kNeighboursPerPerplexity;
  for (double& perplexity : perplexities) {
    if (perplexity <= most) continue;
    if (!note.empty()) note += "; ";
    note +=
        fmt::format("perplexity {:g} is lowered to {:.4g}, a third of the other points", perplexity, most);
    perplexity = std::max(1.0, most);
  }
  return perplexities;
}

int64_t NeighboursFor(const std::vector<double>& perplexities, int64_t n) {
  const double wanted = std::ceil(kNeighboursPerPerplexity * std::ranges::max(perplexities));
  return std::min(static_cast<int64_t>(wanted), n - 1);
}

std::string ChecksumOf(const Tensor& points) {
  return Sha256({static_cast<const char*>(points.raw()), points.byte_size()});
}

Json SettingsOf(const Tensor& points, const MapOptions& options, const std::vector<double>& perplexities) {
  return {{"points_sha256", ChecksumOf(points)},
          {"points", points.rows()},
          {"numbers_per_point", points.row_size()},
          {"distance", Name(options.distance)},
          {"dimensions", options.dimensions},
          {"perplexities", perplexities},
          {"exaggeration", options.schedule.exaggeration},
          {"exaggerated_iterations", options.schedule.exaggerated},
          {"seed", options.seed},
          {"threads", options.threads}};
}

// description[key] if it is an object, else an empty one.
Json ObjectIn(const Json& description, const char* key) {
  const bool good = description.is_object() && description.contains(key) && description.at(key).is_object();
  return good ? description.at(key) : Json::object();
}

// Throws a usage Error that names the first setting in which the map of `folder` differs.
void CheckSameMap(const fs::path& folder, const Json& found, const Json& settings) {
  for (const auto& [key, value] : settings.items()) {
    if (found.contains(key) && found.at(key) == value) continue;
    throw UsageError({.what = fmt::format("{} holds another map", folder.string()),
                      .expected = fmt::format("{} = {}", key, value.dump()),
                      .got = found.contains(key) ? found.at(key).dump() : "nothing",
                      .hint = key == "threads" && found.contains(key)
                                  ? fmt::format("set the threads to {} to go on", found.at(key).dump())
                                  : "choose another folder, or remove this one"});
  }
}

void SaveState(const fs::path& folder, const MapState& state) {
  const Json progress = {{"iteration", state.iteration}, {"divergences", state.divergences}};
  SafetensorsFile file;
  file.metadata["progress"] = progress.dump();
  const auto add = [&](const char* name, const Tensor& tensor) {
    file.tensors.push_back({name, Tensor::View(tensor.data<float>(), tensor.shape())});
  };
  add("codes", state.codes);
  add("velocity", state.velocity);
  add("gains", state.gains);
  WriteSafetensors(folder / kState, file);
}

Tensor TakeTensor(SafetensorsFile& file, const char* name, const Shape& shape, const fs::path& path) {
  for (NamedTensor& named : file.tensors) {
    const bool fits =
        named.name == name && named.tensor.dtype() == DType::kF32 && named.tensor.shape() == shape;
    if (!fits) continue;
    for (const float value : named.tensor.span<float>()) {
      if (std::isfinite(value)) continue;
      throw DataError({.what = fmt::format("{}: a number of '{}' is not finite", path.string(), name)});
    }
    return std::move(named.tensor);
  }
  throw DataError({.what = fmt::format("{}: no tensor '{}' of this map", path.string(), name),
                   .expected = fmt::format("f32 {}", shape.ToString()),
                   .hint = "remove the folder to begin again"});
}

// The state that an earlier call saved, or nothing.
std::optional<MapState> SavedState(const fs::path& folder, const Shape& shape) {
  const fs::path path = folder / kState;
  if (!fs::exists(path)) return std::nullopt;
  SafetensorsFile file = ReadSafetensors(path);
  MapState state;
  state.codes = TakeTensor(file, "codes", shape, path);
  state.velocity = TakeTensor(file, "velocity", shape, path);
  state.gains = TakeTensor(file, "gains", shape, path);
  const Json progress = ParseJson(file.metadata["progress"], path.string());
  try {
    state.iteration = progress.at("iteration").get<int64_t>();
    state.divergences = progress.at("divergences").get<std::vector<double>>();
  } catch (const Json::exception& error) {
    throw DataError({.what = fmt::format("{}: bad progress", path.string()), .got = ReasonOf(error)});
  }
  return state;
}

// [d, n] becomes [n, d].
Tensor RowsOfCodes(const Tensor& codes) {
  const int64_t d = codes.rows(), n = codes.row_size();
  Tensor rows({n, d});
  for (int64_t axis = 0; axis < d; ++axis) {
    for (int64_t i = 0; i < n; ++i) rows.data<float>()[i * d + axis] = codes.data<float>()[axis * n + i];
  }
  return rows;
}

Neighbours FindNeighbours(const Tensor& points, const MapOptions& options, int64_t k, MapObserver& observer) {
  return NearestNeighbours(points, {.distance = options.distance,
                                    .k = k,
                                    .threads = options.threads,
                                    .progress = [&](double share) { observer.OnStep("neighbours", share); }});
}

std::string StepName(const MapState& state) {
  if (state.divergences.empty()) return fmt::format("iteration {}", state.iteration);
  return fmt::format("iteration {}, divergence {:.4f}", state.iteration, state.divergences.back());
}

// Moves the codes until the map is complete or the observer asks to stop.
MapState Optimise(const Affinities& affinities, MapState state, const MapOptions& options, Team& team,
                  const fs::path& folder, MapObserver& observer) {
  MapOptimizer optimizer(affinities, std::move(state), options.schedule, options.seed, team);
  Clock::time_point saved = Clock::now();
  while (!optimizer.done() && !observer.StopRequested()) {
    optimizer.Step();
    const MapState& now = optimizer.state();
    const int64_t all = options.schedule.iterations;
    observer.OnStep(StepName(now),
                    all > 0 ? static_cast<double>(now.iteration) / static_cast<double>(all) : 0);
    if (Clock::now() - saved < kSaved) continue;
    SaveState(folder, now);
    saved = Clock::now();
  }
  SaveState(folder, optimizer.state());
  return optimizer.Take();
}

MadeMap Outcome(const MapState& state, const MapSchedule& schedule) {
  const bool measured = !state.divergences.empty();
  return {.codes = RowsOfCodes(state.codes),
          .iterations = state.iteration,
          .divergence = measured ? state.divergences.back() : std::numeric_limits<double>::quiet_NaN(),
          .complete = MapIsDone(state, schedule),
          .neighbours = {},
          .note = {}};
}

void WriteOutcome(const fs::path& folder, const MadeMap& made, Json description) {
  WriteNpy(folder / kCodes, made.codes);
  description["iterations"] = made.iterations;
  if (std::isfinite(made.divergence)) description["divergence"] = made.divergence;
  WriteJson(folder / kDescription, description);
}

}  // namespace

MadeMap MakeMap(const Tensor& points, const MapOptions& options, const Json& source, const fs::path& folder,
                MapObserver& observer) {
  CheckOptions(points, options);
  std::string note;
  const std::vector<double> perplexities = Allowed(options.perplexities, points.rows(), note);
  const Json settings = SettingsOf(points, options, perplexities);
  CreateDirectories(folder);
  const FolderLock lock(folder, "is in use by another process");
  RemoveLeftovers(folder);
  std::optional<MapState> state;
  if (fs::exists(folder / kDescription)) {
    CheckSameMap(folder, ObjectIn(ReadJson(folder / kDescription), "settings"), settings);
    state = SavedState(folder, {options.dimensions, points.rows()});
  }
  const Json description = {{"schema_version", 1}, {"source", source}, {"settings", settings}};
  Neighbours neighbours;
  if (!state || !MapIsDone(*state, options.schedule)) {
    Team team(options.threads);
    neighbours = FindNeighbours(points, options, NeighboursFor(perplexities, points.rows()), observer);
    const Affinities affinities = MakeAffinities(neighbours, perplexities, team);
    fs::remove(folder / kCodes);  // of fewer iterations
    WriteJson(folder / kDescription, description);
    if (!state) state = BeginMap(points, options.dimensions, options.seed, team);
    state = Optimise(affinities, std::move(*state), options, team, folder, observer);
  }
  MadeMap made = Outcome(*state, options.schedule);
  made.neighbours = std::move(neighbours);
  made.note = std::move(note);
  if (made.complete) WriteOutcome(folder, made, description);
  return made;
}

Distance MapFile::distance() const {
  return description.at("settings").at("distance") == "l1" ? Distance::kL1 : Distance::kL2;
}

bool MapFile::IsOf(const Tensor& points) const {
  return points.rows() == codes.rows() &&
         description.at("settings").value("points_sha256", "") == ChecksumOf(points);
}

MapFile ReadMap(const fs::path& folder) {
  if (!fs::exists(folder / kDescription) || !fs::exists(folder / kCodes)) {
    throw DataError({.what = fmt::format("{} holds no complete map", folder.string()),
                     .expected = fmt::format("{} and {}", kDescription, kCodes),
                     .hint = "hourglass map --data DATA -o DIR makes one"});
  }
  MapFile map = {ReadJson(folder / kDescription), ReadNpy(folder / kCodes)};
  const Json settings = ObjectIn(map.description, "settings");
  const auto is = [&](const char* key, const Json& value) {
    return settings.contains(key) && settings.at(key) == value;
  };
  const bool good = map.codes.dtype() == DType::kF32 && is("points", map.codes.rows()) &&
                    is("dimensions", map.codes.row_size()) &&
                    (is("distance", "l1") || is("distance", "l2")) && settings.contains("points_sha256") &&
                    settings.at("points_sha256").is_string() &&
                    std::ranges::all_of(map.codes.span<float>(), [](float x) { return std::isfinite(x); });
  if (!good) {
    throw DataError(
        {.what = fmt::format("{}: {} and {} do not fit together", folder.string(), kDescription, kCodes)});
  }
  return map;
}

std::optional<MapFile> FindMap(const fs::path& folder, const Tensor& points, const MapOptions& options) {
  CheckOptions(points, options);
  if (!fs::exists(folder / kDescription) || !fs::exists(folder / kCodes)) return std::nullopt;
  MapFile map = ReadMap(folder);
  std::string note;
  const Json settings = SettingsOf(points, options, Allowed(options.perplexities, points.rows(), note));
  const bool same = ObjectIn(map.description, "settings") == settings &&
                    map.description.value("iterations", Json()) == options.schedule.iterations;
  return same ? std::optional(std::move(map)) : std::nullopt;
}

}  // namespace hourglass
