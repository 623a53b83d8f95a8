#include "hourglass/core/json.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"

template class nlohmann::basic_json<nlohmann::ordered_map>;
template class nlohmann::detail::serializer<nlohmann::ordered_json>;

namespace hourglass {
namespace {

constexpr int kMaxJsonDepth = 64;  // values are read and written recursively

}  // namespace

Json ParseJson(std::string_view text, std::string_view where) {
  std::vector<std::set<std::string>> keys;  // of the open objects, outermost first
  const auto check = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > kMaxJsonDepth) {
      throw DataError({.what = fmt::format("{}: nested deeper than {} levels", where, kMaxJsonDepth)});
    }
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) {
      throw DataError({.what = fmt::format("{}: duplicate key {} in an object", where, value.dump())});
    }
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const Json::parse_error& error) {
    throw DataError({.what = fmt::format("{}: not JSON at byte {}", where, error.byte),
                     .expected = "a JSON value",
                     .got = ReasonOf(error)});
  } catch (const Json::out_of_range& error) {
    throw DataError(
        {.what = fmt::format("{}: a number exceeds the range of a double", where), .got = ReasonOf(error)});
  }
}

Json ReadJson(const std::filesystem::path& path) {
  return ParseJson(ReadFile(path), path.string());
}

std::string IndentedText(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string AsUtf8(const std::string& text) {
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

std::string ReasonOf(const Json::exception& error) {
  const std::string_view text = error.what();
  const size_t number = text.find("] ");
  return std::string(number == std::string_view::npos ? text : text.substr(number + 2));
}

void WriteJson(const std::filesystem::path& path, const Json& value) {
  WriteFileAtomically(path, IndentedText(value) + "\n");
}

}  // namespace hourglass
