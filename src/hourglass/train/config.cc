#include "hourglass/train/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "hourglass/backend/gpu_module.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/text.h"
#include "hourglass/data/open_data.h"
#include "hourglass/model/architecture.h"
#include "hourglass/train/config_toml.h"

namespace hourglass {
namespace {

constexpr std::string_view kPrefix = "HOURGLASS_";
constexpr std::string_view kObjective = "objective";  // the TOML section
// Not settings.
constexpr const char* kOthers[] = {kGpuModuleVariable, "HOURGLASS_OFFLINE", "HOURGLASS_SIMD"};

using Numbers = std::vector<double>;

template <class T>
constexpr bool kIs(const ConfigField& field) {
  return std::holds_alternative<T*>(field);
}

// Describes the valid values of `key`.
std::string Expected(const ConfigKey& key, const ConfigField& field) {
  if (kIs<bool>(field)) return "true or false";
  if (kIs<std::string>(field)) {
    return key.choices.empty() ? "a string" : fmt::format("one of: {}", fmt::join(key.choices, ", "));
  }
  if (kIs<int64_t>(field)) return fmt::format("a whole number from {:.0f} to {:.0f}", key.low, key.high);
  return fmt::format(
      "{} {} {} and {} {}", kIs<Numbers>(field) ? "numbers separated by commas, each" : "a number",
      key.open_low ? "above" : "of at least", key.low, key.open_high ? "below" : "at most", key.high);
}

[[noreturn]] void Refuse(const ConfigKey& key, const ConfigField& field, std::string got,
                         const std::string& origin) {
  const std::string nearest = NearestName(got, key.choices);
  throw UsageError({.what = fmt::format("{}: bad value for '{}'", origin, key.name),
                    .expected = Expected(key, field),
                    .got = std::move(got),
                    .hint = nearest.empty() ? "" : fmt::format("did you mean '{}'?", nearest)});
}

bool InRange(const ConfigKey& key, double value) {
  return (key.open_low ? value > key.low : value >= key.low) &&
         (key.open_high ? value < key.high : value <= key.high);
}

// A run keeps its configuration in JSON and TOML, which allow only UTF-8.
void CheckUtf8(const ConfigKey& key, const std::string& value, const std::string& origin) {
  if (AsUtf8(value) == value) return;
  throw UsageError({.what = fmt::format("{}: bad value for '{}'", AsUtf8(origin), key.name),
                    .expected = "text in UTF-8",
                    .got = fmt::format("'{}'", AsUtf8(value))});
}

void AssignCanonical(ResolvedConfig& config, const ConfigKey& key, const std::string& value,
                     const std::string& origin) {
  std::string& to = *std::get<std::string*>(key.field(config.values));
  try {
    to = key.canonical(value);
  } catch (const Error& error) {
    ErrorText text = error.TextAt(fmt::format("{}: bad value for '{}'", origin, key.name));
    if (text.got.empty()) text.got = fmt::format("'{}'", value);
    throw UsageError(std::move(text));
  }
  CheckUtf8(key, to, origin);  // a path made absolute contains the current folder
  config.origins[key.name] = origin;
}

template <class T>
std::string TextOf(const T& value) {
  if constexpr (std::is_same_v<T, Numbers>) {
    return fmt::format("{}", fmt::join(value, ","));
  } else {
    return fmt::format("{}", value);
  }
}

// Sets the key's field if `value` has its type and is in range, else rejects it. An integer is accepted for a
// floating-point number and for a text with a canonical form; a number is accepted for a list.
template <class T>
void Assign(ResolvedConfig& config, const ConfigKey& key, const T& value, const std::string& origin) {
  const ConfigField field = key.field(config.values);
  const auto refuse = [&] {
    const bool text = std::is_same_v<T, std::string>;
    Refuse(key, field, text ? fmt::format("the text \"{}\"", TextOf(value)) : TextOf(value), origin);
  };
  if constexpr (std::is_same_v<T, int64_t>) {
    if (kIs<double>(field) || kIs<Numbers>(field))
      return Assign(config, key, static_cast<double>(value), origin);
    if (kIs<std::string>(field) && key.canonical != nullptr)
      return Assign(config, key, fmt::format("{}", value), origin);
  }
  if constexpr (std::is_same_v<T, double>) {
    if (kIs<Numbers>(field)) return Assign(config, key, Numbers{value}, origin);
  }
  if (!kIs<T>(field)) refuse();
  if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, double>) {
    if (!InRange(key, static_cast<double>(value))) refuse();
  }
  if constexpr (std::is_same_v<T, Numbers>) {
    if (!std::ranges::all_of(value, [&](double number) { return InRange(key, number); })) refuse();
  }
  if constexpr (std::is_same_v<T, std::string>) {
    if (!key.choices.empty() && std::find(key.choices.begin(), key.choices.end(), value) == key.choices.end())
      refuse();
    CheckUtf8(key, value, origin);
    if (key.canonical != nullptr) return AssignCanonical(config, key, value, origin);
  }
  *std::get<T*>(field) = value;
  config.origins[key.name] = origin;
}

template <class T>
std::optional<T> Parse(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <>
std::optional<Numbers> Parse(std::string_view text) {
  Numbers numbers;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::optional<double> number = Parse<double>(text.substr(begin, end - begin));
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    begin = end + 1;
  }
  return numbers;
}

template <class T>
void AssignParsed(ResolvedConfig& config, const ConfigKey& key, std::string_view text,
                  const std::string& origin) {
  const std::optional<T> value = Parse<T>(text);
  if (!value) Refuse(key, key.field(config.values), fmt::format("'{}'", text), origin);
  Assign(config, key, *value, origin);
}

Numbers NumbersOf(const toml::array& array, const ConfigKey& key, ResolvedConfig& config,
                  const std::string& origin) {
  Numbers numbers;
  for (const toml::node& node : array) {
    const std::optional<double> number = node.value<double>();
    if (!number || !node.is_number()) Refuse(key, key.field(config.values), "a list of other values", origin);
    numbers.push_back(*number);
  }
  return numbers;
}

// [objective] mse = 1.0, l1 = 0.1 is equivalent to loss = "mse:1,l1:0.1".
std::string TermsOf(const toml::table& table, const std::string& origin) {
  std::vector<WeightedTerm> terms;
  for (const auto& [name, node] : table) {
    const std::optional<double> weight = node.value<double>();
    if (!weight || !node.is_number()) {
      throw UsageError(
          {.what = fmt::format("{}: bad weight of '{}'", origin, name.str()), .expected = "a number"});
    }
    terms.push_back({.name = std::string(name.str()), .weight = *weight});
  }
  if (terms.empty()) {
    throw UsageError(
        {.what = fmt::format("{}: [objective] has no terms", origin), .hint = "for example: mse = 1.0"});
  }
  return ToString(terms);
}

// A comment ends at the end of its line, but a file name may contain a line break.
std::string OneLine(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return text;
}

std::string TomlText(const ConfigField& field) {
  if (kIs<bool>(field)) return *std::get<bool*>(field) ? "true" : "false";
  if (kIs<int64_t>(field)) return fmt::format("{}", *std::get<int64_t*>(field));
  if (kIs<double>(field)) return fmt::format("{}", *std::get<double*>(field));
  if (kIs<Numbers>(field)) return fmt::format("[{}]", fmt::join(*std::get<Numbers*>(field), ", "));
  std::string quoted = Json(*std::get<std::string*>(field)).dump();  // TOML also escapes DEL
  for (size_t at; (at = quoted.find('\x7F')) != std::string::npos;) quoted.replace(at, 1, "\\u007F");
  return quoted;
}

}  // namespace

OptimizerSettings TrainConfig::optimizer_settings() const {
  return {.name = optimizer, .adam = adam, .momentum = momentum};
}

ObjectiveSettings TrainConfig::objective() const {
  return {.terms = ParseTerms(loss),
          .parameters = loss_parameters,
          .channel_weights = channel_weights,
          .neighbourhood = neighbourhood_settings(),
          .correlation = correlation,
          .evidence = evidence()};
}

std::optional<EvidenceSettings> TrainConfig::evidence() const {
  if (BottleneckNamed(bottleneck) != Bottleneck::kGaussian) return std::nullopt;
  return EvidenceSettings{.beta = beta,
                          .divergence = {.warmup = beta_warmup, .free_bits = free_bits},
                          .pixel_variance = pixel_variance};
}

Augmentation TrainConfig::augmentation() const {
  return {
      .flip = flip, .shift = shift, .crop = crop, .colour_jitter = colour_jitter, .grey_share = grey_share};
}

Corruption TrainConfig::corruption() const {
  return ParseCorruption(corrupt);
}

std::string TrainConfig::run_name() const {
  return name.empty() ? fmt::format("{}-z{}", ArchitectureName(model), code_size) : name;
}

const ConfigKey& FindConfigKey(std::string_view name, const std::string& origin) {
  std::vector<std::string> names;
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.name == name) return key;
    names.push_back(key.name);
  }
  throw UsageError(
      {.what = fmt::format("{}: unknown key '{}'", origin, name), .hint = DidYouMean(name, names)});
}

std::string ConfigKey::default_text() const {
  TrainConfig defaults;
  const ConfigField value = field(defaults);
  if (kIs<bool>(value)) return TomlText(value);
  return std::visit([](const auto* set) { return TextOf(*set); }, value);
}

bool ConfigKey::is_whole() const {
  TrainConfig defaults;
  return kIs<int64_t>(field(defaults));
}

bool ConfigKey::is_number() const {
  TrainConfig defaults;
  return is_whole() || kIs<double>(field(defaults));
}

std::string ConfigKey::type_name() const {
  TrainConfig defaults;
  const ConfigField value = field(defaults);
  if (kIs<bool>(value)) return "BOOL";
  if (kIs<int64_t>(value)) return "INT";
  if (kIs<Numbers>(value)) return "FLOAT,...";
  return kIs<double>(value) ? "FLOAT" : "TEXT";
}

void SetConfigKey(ResolvedConfig& config, std::string_view name, std::string_view text,
                  const std::string& origin) {
  const ConfigKey& key = FindConfigKey(name, origin);
  const ConfigField field = key.field(config.values);
  if (kIs<int64_t>(field)) return AssignParsed<int64_t>(config, key, text, origin);
  if (kIs<double>(field)) return AssignParsed<double>(config, key, text, origin);
  if (kIs<Numbers>(field)) return AssignParsed<Numbers>(config, key, text, origin);
  if (kIs<std::string>(field)) return Assign(config, key, std::string(text), origin);
  if (text != "true" && text != "false") Refuse(key, field, fmt::format("'{}'", text), origin);
  Assign(config, key, text == "true", origin);
}

std::string ConfigText(TrainConfig config, const ConfigKey& key) {
  return std::visit([](const auto* value) { return TextOf(*value); }, key.field(config));
}

void OverrideConfig(ResolvedConfig& config, const ResolvedConfig& over) {
  TrainConfig values = over.values;
  for (const auto& [name, origin] : over.origins) {
    const ConfigKey& key = FindConfigKey(name, origin);
    std::visit([&](auto* to) { *to = *std::get<decltype(to)>(key.field(values)); }, key.field(config.values));
    config.origins[name] = origin;
  }
}

void SetConfigFromToml(ResolvedConfig& config, std::string_view text, std::string_view where) {
  SetConfigFromToml(config, ParseToml(text, std::string(where)), std::string(where));
}

void SetConfigFromToml(ResolvedConfig& config, const toml::table& table, const std::string& where) {
  for (const auto& [name, node] : table) {
    const std::string origin = fmt::format("{}:{}", where, name.source().begin.line);
    if (name.str() == kObjective && node.is_table()) {
      SetConfigKey(config, "loss", TermsOf(*node.as_table(), origin), origin);
      continue;
    }
    const ConfigKey& key = FindConfigKey(name.str(), origin);
    if (const auto* whole = node.as_integer()) {
      Assign(config, key, whole->get(), origin);
    } else if (const auto* number = node.as_floating_point()) {
      Assign(config, key, number->get(), origin);
    } else if (const auto* truth = node.as_boolean()) {
      Assign(config, key, truth->get(), origin);
    } else if (const auto* string = node.as_string()) {
      Assign(config, key, string->get(), origin);
    } else if (const auto* array = node.as_array()) {
      Assign(config, key, NumbersOf(*array, key, config, origin), origin);
    } else {
      std::ostringstream type;
      type << node.type();
      Refuse(key, key.field(config.values), "a TOML " + type.str(), origin);
    }
  }
}

ResolvedConfig ResolveConfig(const std::filesystem::path& file,
                             const std::map<std::string, std::string>& environment,
                             std::span<const std::pair<std::string, std::string>> flags) {
  ResolvedConfig config;
  if (!file.empty()) {
    if (!std::filesystem::exists(file)) {
      throw UsageError({.what = fmt::format("the configuration {} does not exist", file.string())});
    }
    SetConfigFromToml(config, ReadFile(file), file.string());
  }
  std::map<std::string, std::string> variables;  // environment variable → key
  for (const ConfigKey& key : ConfigKeys()) variables[key.environment()] = key.name;
  for (const auto& [variable, text] : environment) {
    if (const auto known = variables.find(variable); known != variables.end()) {
      SetConfigKey(config, known->second, text, variable);
      continue;
    }
    std::vector<std::string> names;
    for (const auto& [name, key] : variables) names.push_back(name);
    throw UsageError({.what = fmt::format("unknown environment variable {}", variable),
                      .hint = DidYouMean(variable, names)});
  }
  for (const auto& [name, text] : flags) SetConfigKey(config, name, text, FindConfigKey(name, name).flag());
  return config;
}

std::map<std::string, std::string> HourglassVariables() {
  std::map<std::string, std::string> variables;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (text.starts_with(kPrefix) && equals != std::string_view::npos) {
      variables[std::string(text.substr(0, equals))] = std::string(text.substr(equals + 1));
    }
  }
  for (const char* other : kOthers) variables.erase(other);
  return variables;
}

std::string ToToml(const ResolvedConfig& config) {
  TrainConfig values = config.values;
  std::string text;
  std::string group;
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.group != group) text += fmt::format("{}# {}\n", group.empty() ? "" : "\n", key.group);
    group = key.group;
    const auto origin = config.origins.find(key.name);
    text += fmt::format("{:<32} # {}\n", fmt::format("{} = {}", key.name, TomlText(key.field(values))),
                        origin == config.origins.end() ? "default" : OneLine(AsUtf8(origin->second)));
  }
  return text;
}

Json ToJson(const TrainConfig& config) {
  TrainConfig values = config;
  Json json = Json::object();
  for (const ConfigKey& key : ConfigKeys()) {
    std::visit([&](const auto* value) { json[key.name] = *value; }, key.field(values));
  }
  return json;
}

DataOptions DataOptionsOf(const TrainConfig& config) {
  return {.name = config.data,
          .data_dir = config.data_dir,
          .axes = ParseAxisOrder(config.axes),
          .range = ParsePixelRange(config.range),
          .label_column = config.label_column,
          .val = config.val,
          .test = config.test,
          .val_share = config.val_share,
          .split_seed = static_cast<uint64_t>(config.split_seed),
          .form = {.size = config.size.empty() ? std::nullopt : std::optional(ParsePictureSize(config.size)),
                   .fit = ParseFit(config.fit),
                   .channels = ParseColourChannels(config.channels),
                   .background = ParseBackground(config.background)},
          .skip_bad = config.skip_bad};
}

}  // namespace hourglass
