// JSON values (nlohmann-json, keys in insertion order) and the reading of files that hold them.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

// Compiled once, in json.cc, instead of in every file that uses it.
extern template class nlohmann::basic_json<nlohmann::ordered_map>;
extern template class nlohmann::detail::serializer<nlohmann::ordered_json>;

namespace hourglass {

using Json = nlohmann::ordered_json;

// Parses `text`; a data Error names `where` and the byte at which it is not JSON. Also refused: a key given
// twice in one object, nesting deeper than in any of our files, and a number beyond the range of double.
Json ParseJson(std::string_view text, std::string_view where);

// Reads a JSON file; a data Error names the file and the byte at which it is not JSON.
Json ReadJson(const std::filesystem::path& path);

// `value`, indented. Invalid UTF-8 in its strings (a path may hold any byte) becomes U+FFFD.
std::string IndentedText(const Json& value);

// `text` with U+FFFD for what is not UTF-8, which neither JSON nor TOML can hold.
std::string AsUtf8(const std::string& text);

// What nlohmann-json says of an error, without its number for it.
std::string ReasonOf(const Json::exception& error);

// Writes IndentedText() atomically.
void WriteJson(const std::filesystem::path& path, const Json& value);

}  // namespace hourglass
