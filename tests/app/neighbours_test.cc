// hourglass neighbours: lists, scores of a run and of arbitrary arrays, and what it rejects.
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
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class NeighboursTest : public testing::Test {
 protected:
  NeighboursTest() {
    WriteNpy(folder_ / "x.npy", RandomTensor({50, 6}, DType::kF32, 1));
    WriteNpy(folder_ / "z.npy", RandomTensor({50, 2}, DType::kF32, 2));
    WriteNpy(folder_ / "short.npy", RandomTensor({49, 2}, DType::kF32, 3));
    WriteNpy(folder_ / "one.npy", RandomTensor({1, 2}, DType::kF32, 4));
    Tensor bad = RandomTensor({50, 2}, DType::kF32, 5);
    bad.data<float>()[7] = std::numeric_limits<float>::quiet_NaN();
    WriteNpy(folder_ / "nan.npy", bad);
    std::vector<uint32_t> labels;
    for (uint32_t i = 0; i < 50; ++i) labels.push_back(i % 3);
    WriteNpy(folder_ / "y.npy", labels, Shape{50});
    WriteNpy(folder_ / "new_x.npy", RandomTensor({20, 6}, DType::kF32, 6));
    WriteNpy(folder_ / "new_z.npy", RandomTensor({20, 2}, DType::kF32, 7));
    WriteNpy(folder_ / "new_y.npy", std::span(labels).first(20), Shape{20});
    WriteNpy(folder_ / "bytes.npy", RandomTensor({20, 6}, DType::kU8, 8));
  }

  Outcome Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "neighbours");
    return RunHourglass(arguments, {.folder = folder_.path()});
  }
  Json JsonOf(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "neighbours");
    return JsonOfHourglass(arguments, {.folder = folder_.path()});
  }

  TemporaryDirectory folder_;
};

TEST_F(NeighboursTest, WritesLists) {
  const Json json = JsonOf({"--data", "x.npy", "--metric", "l1", "-k", "7", "--out", "lists"});
  EXPECT_EQ(json["k"], 7);
  EXPECT_EQ(ReadNpyArray<uint32_t>(folder_ / "lists/indices.npy").sizes, (std::vector<int64_t>{50, 7}));
  EXPECT_EQ(ReadNpyArray<double>(folder_ / "lists/distances.npy").sizes, (std::vector<int64_t>{50, 7}));
}

TEST_F(NeighboursTest, ScoresArrays) {
  const Json json = JsonOf({"--data", "x.npy", "--codes", "z.npy", "--labels", "y.npy", "--at", "4,8"});
  ASSERT_THAT(json["results"], SizeIs(2));
  EXPECT_EQ(json["results"][0]["distance"], "l1");
  EXPECT_EQ(json["results"][1]["at"][1]["k"], 8);
  EXPECT_THAT(json["results"][1]["at"][1]["labels"]["score_by_label"], SizeIs(3));
  EXPECT_EQ(json["results"][1]["silhouette"]["points"], 50);
  // An array is a perfect code of itself.
  const Json same = JsonOf({"--data", "x.npy", "--codes", "x.npy", "--metric", "l2"});
  EXPECT_EQ(same["results"][0]["at"][0]["score"], 1);
  EXPECT_EQ(same["results"][0]["at"][0]["trustworthiness"], 1);
  EXPECT_EQ(same["results"][0]["distances"]["stress"], 0);
  EXPECT_EQ(same["results"][0]["distances"]["pairs"], 50 * 49 / 2);
  EXPECT_THAT(Run({"--data", "x.npy", "--codes", "z.npy"}).out,
              AllOf(HasSubstr("continuity"), HasSubstr("Spearman"), Not(HasSubstr("silhouette"))));
  EXPECT_THAT(Run({"--data", "x.npy", "--codes", "z.npy", "--labels", "y.npy"}).out,
              HasSubstr("all 1,225 pairs and 250 triplets; silhouette from all 50 points"));
}

TEST_F(NeighboursTest, ManyLabelsShowTheirLowestScores) {
  std::vector<int32_t> labels;
  for (int32_t i = 0; i < 50; ++i) labels.push_back(i % 25);
  WriteNpy(folder_ / "many.npy", std::span<const int32_t>(labels), Shape{50});
  EXPECT_THAT(Run({"--data", "x.npy", "--codes", "z.npy", "--labels", "many.npy"}).out,
              HasSubstr("by label, the lowest 10 of 25:"));
}

TEST_F(NeighboursTest, ScoresNewRowsOfArrays) {
  const Json json =
      JsonOf({"--data", "x.npy", "--codes", "z.npy", "--labels", "y.npy", "--new-data", "new_x.npy",
              "--new-codes", "new_z.npy", "--new-labels", "new_y.npy", "--at", "4,8", "-o", "o"});
  ASSERT_THAT(json["results"], SizeIs(2));
  EXPECT_EQ(json["results"][0]["distance"], "l1");
  EXPECT_EQ(json["results"][1]["new_points"], 20);
  EXPECT_EQ(json["results"][1]["at"][1]["k"], 8);
  EXPECT_TRUE(json["results"][1]["at"][1].contains("labels"));
  EXPECT_EQ(ReadJson(folder_ / "o/new_scores.json"), json);
  // New rows are perfect codes of themselves.
  const Json same =
      JsonOf({"--data", "x.npy", "--codes", "x.npy", "--new-data", "new_x.npy", "--new-codes", "new_x.npy"});
  EXPECT_EQ(same["results"][0]["at"][0]["score"]["mean"], 1);
  EXPECT_EQ(same["results"][0]["at"][0]["trustworthiness"]["mean"], 1);
  EXPECT_FALSE(same["results"][0]["at"][0].contains("labels"));
}

TEST_F(NeighboursTest, ScoresHeldOutImagesByName) {
  WriteBlobs(folder_ / "data", 40, 20);
  WriteNpy(folder_ / "codes.npy", RandomTensor({40, 2}, DType::kF32, 1));
  const Json json =
      JsonOf({"--data", "data", "--codes", "codes.npy", "--new-data", "data", "--new-codes", "new_z.npy"});
  EXPECT_EQ(json["results"][0]["old_points"], 40);
  EXPECT_EQ(json["results"][0]["new_points"], 20);
  EXPECT_TRUE(json["results"][0]["at"][0].contains("labels")) << "those of the data";
}

TEST_F(NeighboursTest, NewRowsMustFit) {
  struct Case {
    std::vector<std::string> arguments;  // after the old points
    int code;
    std::vector<std::string> messages;
  };
  const std::vector<Case> cases = {
      {{"--new-data", "new_x.npy"}, 2, {"--new-codes"}},
      {{"--new-codes", "new_z.npy"}, 2, {"--new-data"}},
      {{"--new-labels", "new_y.npy"}, 2, {"--new-codes"}},
      {{"--new-data", "new_z.npy", "--new-codes", "new_z.npy"},
       2,
       {"new_z.npy cannot be compared with x.npy", "6 numbers of f32", "2 numbers of f32"}},
      {{"--new-data", "bytes.npy", "--new-codes", "new_z.npy"}, 2, {"6 numbers of u8", "the same type"}},
      {{"--new-data", "new_x.npy", "--new-codes", "new_x.npy"},
       2,
       {"new_x.npy cannot be compared with z.npy", "2 numbers of f32", "6 numbers of f32"}},
      {{"--new-data", "new_x.npy", "--new-codes", "z.npy"},
       2,
       {"z.npy does not belong to the points of new_x.npy", "20 codes", "50 of f32", "same order"}},
      {{"--new-data", "new_x.npy", "--new-codes", "new_z.npy", "--labels", "y.npy", "--new-labels", "y.npy"},
       3,
       {"y.npy does not belong to the points of new_x.npy", "20 labels", "50", "same order"}},
      {{"--new-data", "new_x.npy", "--new-codes", "new_z.npy", "--labels", "y.npy"}, 2, {"only --labels"}},
      {{"--new-data", "new_x.npy", "--new-codes", "new_z.npy", "--new-labels", "new_y.npy"},
       2,
       {"only --new-labels", "both or neither"}},
      {{"--new-data", "new_x.npy", "--new-codes", "new_z.npy", "-k", "5"}, 2, {"-k has no effect"}},
      {{"--new-data", "new_x.npy", "--new-codes", "new_z.npy", "--at", "51"}, 2, {"1 to 50"}}};
  for (const Case& bad : cases) {
    std::vector<std::string> arguments = {"--data", "x.npy", "--codes", "z.npy"};
    arguments.insert(arguments.end(), bad.arguments.begin(), bad.arguments.end());
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, bad.code) << outcome.err;
    for (const std::string& message : bad.messages) EXPECT_THAT(outcome.err, HasSubstr(message));
    EXPECT_THAT(outcome.out, IsEmpty());
  }
}

TEST_F(NeighboursTest, ScoresARunAndKeepsItsLists) {
  WriteBlobs(folder_ / "data", 100, 20);
  ASSERT_EQ(RunHourglass({"train", "--data", (folder_ / "data").string(), "-z", "2", "-b", "50", "-e", "1",
                          "--no-report", "--out", (folder_ / "run").string()})
                .code,
            0);
  const Json json = JsonOf({"run", "-k", "30", "--at", "5,20"});
  const fs::path kept = folder_ / "run/neighbours";
  EXPECT_EQ(ReadJson(kept / "scores.json"), json);
  EXPECT_EQ(json["results"][0]["n"], 100);
  ASSERT_THAT(json["new"], SizeIs(2));
  EXPECT_EQ(json["new"][1]["new_points"], 20);
  EXPECT_EQ(json["new"], JsonOf({"run", "--new", "--at", "5,20", "-o", "apart"})["results"]);
  EXPECT_THAT(Run({"run", "-k", "30", "--at", "5,20"}).out,
              HasSubstr("20 held-out points among 100 training points, L2"));
  EXPECT_EQ(json["results"][0]["q_nx"].size(), 30U);
  const auto lists = std::distance(fs::directory_iterator(kept), fs::directory_iterator());
  EXPECT_EQ(lists, 3);  // two distances, and the scores
  EXPECT_EQ(JsonOf({"run", "-k", "30", "--at", "5,20"}), json);
  const Json held_out = JsonOf({"run", "--part", "test", "--metric", "l1"});
  EXPECT_EQ(held_out["results"][0]["n"], 20);
  EXPECT_FALSE(held_out.contains("new"));
}

TEST_F(NeighboursTest, RefusesWithOneMessage) {
  struct Case {
    std::vector<std::string> arguments;
    int code;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{}, 2, "neighbours needs points"},
      {{"--data", "x.npy"}, 2, "--out DIR"},
      {{"--data", "x.npy", "--out", "o"}, 2, "exactly one --metric"},
      {{"--data", "x.npy", "--out", "o", "--metric", "l1", "-k", "50"}, 2, "1 to 49"},
      {{"--data", "x.npy", "--out", "o", "--metric", "l1", "-k", "0"}, 2, "1 to 49"},
      {{"--data", "x.npy", "--out", "o", "--metric", "l3"}, 2, "l3"},
      {{"--data", "one.npy", "--out", "o", "--metric", "l1"}, 2, "single point"},
      {{"--data", "one.npy", "--codes", "one.npy"}, 2, "three points"},
      {{"--data", "x.npy", "--codes", "short.npy"}, 2, "50 codes"},
      {{"--data", "x.npy", "--codes", "z.npy", "--at", "49"}, 2, "1 to 48"},
      {{"--data", "x.npy", "--codes", "z.npy", "-k", "10", "--at", "11"}, 2, "1 to 10"},
      {{"--data", "x.npy", "--labels", "y.npy"}, 2, "--codes"},
      {{"run", "--codes", "z.npy"}, 2, "--codes"},
      {{"--data", "x.npy", "--metric", "l1", "--out", "o", "--at", "3"}, 2, "--at needs scores"},
      {{"--data", "x.npy", "--metric", "l1", "--out", "o", "--area-points", "3"},
       2,
       "--area-points needs scores"},
      {{"--data", "x.npy", "--metric", "l1", "--out", "o", "--part", "test"}, 2, "--part is for images"},
      {{"--data", "x.npy", "--codes", "nan.npy"}, 3, "element 1 of point 3"},
      {{"--data", "none.npy", "--codes", "z.npy"}, 3, "does not exist"},
      {{"--data", "x.npy", "--codes", "z.npy", "--labels", "x.npy"}, 3, "2 axes"},
      {{"--data", "x.npy", "--codes", "z.npy", "--labels", "new_y.npy"}, 3, "50 labels"},
      {{"run", "--new-data", "new_x.npy", "--new-codes", "new_z.npy"}, 2, "--codes"},
      {{"none"}, 3, "does not exist"}};
  for (const Case& bad : cases) {
    const Outcome outcome = Run(bad.arguments);
    EXPECT_EQ(outcome.code, bad.code) << bad.message << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(StartsWith("error: "), HasSubstr(bad.message)));
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_FALSE(fs::exists(folder_ / "o"));
  }
}

}  // namespace
}  // namespace hourglass::test
