// JSON values (nlohmann-json, keys in insertion order), read from and written to files.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

// Compiled once in json.cc, not in every file that uses it.
extern template class nlohmann::basic_json<nlohmann::ordered_map>;
extern template class nlohmann::detail::serializer<nlohmann::ordered_json>;

namespace hourglass {

using Json = nlohmann::ordered_json;

// Parses `text`. Throws a data Error that names `where`: for text that is not JSON (with the byte), a
// duplicate key in an object, more than 64 levels of nesting, or a number beyond the range of double.
Json ParseJson(std::string_view text, std::string_view where);

// Reads a JSON file. Throws as ParseJson does, naming the file.
Json ReadJson(const std::filesystem::path& path);

// `value`, indented. Invalid UTF-8 in its strings (a path may hold any byte) becomes U+FFFD.
std::string IndentedText(const Json& value);

// Replaces bytes that are not UTF-8 with U+FFFD, because neither JSON nor TOML can hold them.
std::string AsUtf8(const std::string& text);

// The message of an nlohmann-json error without its number.
std::string ReasonOf(const Json::exception& error);

// Writes IndentedText() atomically.
void WriteJson(const std::filesystem::path& path, const Json& value);

}  // namespace hourglass
