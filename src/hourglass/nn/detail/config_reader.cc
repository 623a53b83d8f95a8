#include "hourglass/nn/detail/config_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hourglass/core/error.h"
#include "hourglass/core/text.h"

namespace hourglass {

ConfigReader::ConfigReader(const Json& config, std::string what) : config_(&config), what_(std::move(what)) {
  if (!config.is_object()) {
    throw UsageError(
        {.what = fmt::format("{}: the configuration is not an object", what_), .got = config.dump()});
  }
}

const Json& ConfigReader::Value(const std::string& key) {
  known_.push_back(key);
  const auto found = config_->find(key);
  if (found == config_->end()) {
    throw UsageError({.what = fmt::format("{}: missing key '{}'", what_, key), .got = config_->dump()});
  }
  return *found;
}

int64_t ConfigReader::Integer(const std::string& key) {
  const Json& value = Value(key);
  if (!value.is_number_integer()) {
    throw UsageError({.what = fmt::format("{}: bad value for '{}'", what_, key),
                      .expected = "a whole number",
                      .got = value.dump()});
  }
  return value.get<int64_t>();
}

double ConfigReader::Number(const std::string& key) {
  const Json& value = Value(key);
  if (!value.is_number()) {
    throw UsageError({.what = fmt::format("{}: bad value for '{}'", what_, key),
                      .expected = "a number",
                      .got = value.dump()});
  }
  return value.get<double>();
}

PlaneSize ConfigReader::OneOrTwo(const std::string& key) {
  const Json& value = Value(key);
  const auto whole = [](const Json& number) { return number.is_number_integer(); };
  if (whole(value)) return {value.get<int64_t>(), value.get<int64_t>()};
  if (!value.is_array() || value.size() != 2 || !std::ranges::all_of(value, whole)) {
    throw UsageError({.what = fmt::format("{}: bad value for '{}'", what_, key),
                      .expected = "a whole number, or two of them: [height, width]",
                      .got = value.dump()});
  }
  return {value[0].get<int64_t>(), value[1].get<int64_t>()};
}

Shape ConfigReader::ImageShape(const std::string& key) {
  constexpr int64_t kLargest = 1 << 20;  // so the product of three fits
  const Json& value = Value(key);
  const auto is_size = [](const Json& size) {
    return size.is_number_integer() && size >= 1 && size <= kLargest;
  };
  if (!value.is_array() || value.size() != 3 || !std::all_of(value.begin(), value.end(), is_size)) {
    throw UsageError({.what = fmt::format("{}: bad value for '{}'", what_, key),
                      .expected = fmt::format("[channels, height, width], each from 1 to {}", kLargest),
                      .got = value.dump()});
  }
  return {value[0].get<int64_t>(), value[1].get<int64_t>(), value[2].get<int64_t>()};
}

Activation ConfigReader::ReadActivation(const std::string& key) {
  const Json& value = Value(key);
  std::vector<std::string> names;
  for (Activation activation : kActivations) {
    if (value == Name(activation)) return activation;
    names.emplace_back(Name(activation));
  }
  throw UsageError({.what = fmt::format("{}: unknown value for '{}'", what_, key),
                    .got = value.dump(),
                    .hint = DidYouMean(value.is_string() ? value.get<std::string>() : "", names)});
}

void ConfigReader::Finish() const {
  for (const auto& [key, value] : config_->items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    throw UsageError(
        {.what = fmt::format("{}: unknown key '{}'", what_, key), .hint = DidYouMean(key, known_)});
  }
}

}  // namespace hourglass
