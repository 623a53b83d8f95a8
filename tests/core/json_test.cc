// JSON from files is not trusted: every fault is a data Error that names the place.
#include "hourglass/core/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

void ExpectRefused(const std::string& text, const std::string& why) {
  try {
    ParseJson(text, "here");
    FAIL() << "taken: " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_THAT(error.what(), testing::HasSubstr("here"));
    EXPECT_THAT(error.what(), testing::HasSubstr(why));
  }
}

TEST(Json, RefusesWhatNoFileOfOursHolds) {
  ExpectRefused("", "not JSON at byte");
  ExpectRefused(R"({"a": )", "not JSON at byte");
  ExpectRefused(R"({"a": 1} x)", "not JSON at byte");
  ExpectRefused("{\"a\": \"\xff\"}", "not JSON at byte");
  ExpectRefused(R"({"a": 1, "b": {"a": 2}, "a": 3})", "duplicate key");
  ExpectRefused(std::string(100, '['), "nested deeper");
  ExpectRefused(R"({"a": 1e999})", "exceeds the range of a double");
}

TEST(Json, KeepsTheOrderOfKeys) {
  EXPECT_EQ(ParseJson(R"({"b": 1, "a": {"b": 2}})", "here").dump(), R"({"b":1,"a":{"b":2}})");
}

TEST(Json, WritesTextsThatAreNotUtf8) {
  const test::TemporaryDirectory folder;
  WriteJson(folder / "x.json", {{"path", "a\xff z"}});
  EXPECT_EQ(ReadJson(folder / "x.json")["path"], "a\uFFFD z");
}

}  // namespace
}  // namespace hourglass
