// hourglass map: what it writes, resumes, adds and rejects.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/core/json.h"
#include "hourglass/data/formats/npy.h"
#include "program.h"
#include "support/random.h"
#include "support/temporary_directory.h"

namespace hourglass::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class MapCommand : public testing::Test {
 protected:
  MapCommand() {
    WriteNpy(folder_ / "x.npy", RandomTensor({80, 6}, DType::kF32, 1));
    WriteNpy(folder_ / "new.npy", RandomTensor({30, 6}, DType::kF32, 2));
    WriteNpy(folder_ / "wide.npy", RandomTensor({30, 7}, DType::kF32, 2));
    std::vector<uint32_t> labels;
    for (uint32_t i = 0; i < 80; ++i) labels.push_back(i % 3);
    WriteNpy(folder_ / "y.npy", labels, Shape{80});
    WriteNpy(folder_ / "new_y.npy", std::span(labels).first(30), Shape{30});
  }

  Outcome Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "map");
    return RunHourglass(arguments, {.folder = folder_.path()});
  }
  Json JsonOf(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "map");
    return JsonOfHourglass(arguments, {.folder = folder_.path()});
  }
  Json MakeOne() {
    return JsonOf(
        {"--data", "x.npy", "--labels", "y.npy", "--perplexity", "8", "--iterations", "60", "-o", "map"});
  }

  TemporaryDirectory folder_;
};

TEST_F(MapCommand, WritesCodesPictureAndScores) {
  const Json json = MakeOne();
  EXPECT_EQ(json["n"], 80);
  EXPECT_EQ(json["iterations"], 60);
  EXPECT_EQ(ReadNpy(folder_ / "map/codes.npy").shape(), (Shape{80, 2}));
  for (const char* file : {"figures/map.png", "figures/map.svg", "scores.json", "map.json"}) {
    EXPECT_TRUE(fs::exists(folder_ / "map" / file)) << file;
  }
  EXPECT_EQ(ReadJson(folder_ / "map/scores.json")["results"][0]["distance"], "l2");
  EXPECT_TRUE(json["scores"]["results"][0]["at"][0].contains("labels"));
  EXPECT_TRUE(json["scores"]["results"][0]["distances"].contains("stress"));
  EXPECT_TRUE(json["scores"]["results"][0].contains("silhouette"));
}

TEST_F(MapCommand, RefusesAFolderWithAnotherMap) {
  MakeOne();
  const Outcome other = Run({"--data", "x.npy", "--perplexity", "9", "--iterations", "60", "-o", "map"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("perplexities"));
}

TEST_F(MapCommand, AddsNewPoints) {
  MakeOne();
  const Json json = JsonOf({"map", "--add", "new.npy", "--labels", "new_y.npy", "-o", "added"});
  EXPECT_EQ(json["n"], 30);
  EXPECT_EQ(json["scores"]["old_points"], 80);
  EXPECT_TRUE(json["scores"]["at"][0].contains("labels"));
  EXPECT_TRUE(json["scores"]["at"][0].contains("trustworthiness"));
  EXPECT_EQ(ReadNpy(folder_ / "added/codes.npy").shape(), (Shape{30, 2}));
  EXPECT_TRUE(fs::exists(folder_ / "added/figures/map.png"));
  EXPECT_EQ(Run({"map", "--add", "wide.npy", "-o", "added"}).code, 2);
  EXPECT_EQ(Run({"map", "--add", "new.npy"}).code, 2);
  EXPECT_EQ(Run({"map", "--add", "new.npy", "-o", "map"}).code, 2) << "would overwrite the map";
  EXPECT_THAT(Run({"map", "--add", "new.npy", "-o", "added", "--seed", "1"}).err,
              HasSubstr("--seed has no effect"));
  EXPECT_EQ(Run({"nothing", "--add", "new.npy", "-o", "added"}).code, 3);
  WriteNpy(folder_ / "x.npy", RandomTensor({80, 6}, DType::kF32, 5));
  const Outcome changed = Run({"map", "--add", "new.npy", "-o", "added"});
  EXPECT_EQ(changed.code, 3);
  EXPECT_THAT(changed.err, HasSubstr("have changed"));
}

TEST_F(MapCommand, ArgumentsThatCannotBeAreUsageErrors) {
  EXPECT_EQ(Run({}).code, 2);
  EXPECT_EQ(Run({"--data", "x.npy"}).code, 2);
  EXPECT_EQ(Run({"--data", "x.npy", "-o", "a", "--perplexity", "0"}).code, 2);
  EXPECT_EQ(Run({"--data", "x.npy", "-o", "a", "--iterations", "none"}).code, 2);
  EXPECT_EQ(Run({"--data", "x.npy", "-o", "a", "-d", "0"}).code, 2);
  EXPECT_EQ(Run({"--data", "x.npy", "-o", "a", "--labels", "new_y.npy"}).code, 3);
  EXPECT_FALSE(fs::exists(folder_ / "a"));
}

TEST_F(MapCommand, OtherNumbersOfDimensionsHaveNoPicture) {
  const Json json =
      JsonOf({"--data", "x.npy", "-d", "3", "--iterations", "20", "-o", "three", "--no-scores"});
  EXPECT_EQ(ReadNpy(folder_ / "three/codes.npy").shape(), (Shape{80, 3}));
  EXPECT_FALSE(fs::exists(folder_ / "three/figures"));
  EXPECT_FALSE(json.contains("scores"));
}

}  // namespace
}  // namespace hourglass::test
