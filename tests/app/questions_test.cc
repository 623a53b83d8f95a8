// hourglass robustness and hourglass generate: what they write, and what they reject.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/core/file.h"
#include "hourglass/core/json.h"
#include "program.h"
#include "support/temporary_directory.h"

namespace hourglass::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class QuestionsTest : public testing::Test {
 protected:
  // Two runs on the same blobs, trained once: "plain" (d = 2, with report) and "denoising" (d = 3).
  static void SetUpTestSuite() {
    folder_ = new TemporaryDirectory;
    WriteBlobs(Path("data"), 100, 20);
    Train("plain", {"-z", "2"});
    Train("denoising", {"-z", "3", "--corrupt", "gaussian:0.3", "--no-report"});
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string Path(const std::string& name) { return (*folder_ / name).string(); }
  static void Train(const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"train", "--data", Path("data"), "-b",      "50",
                                          "-e",    "2",      "--out",      Path(name)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    ASSERT_EQ(RunHourglass(arguments).code, 0);
  }
  static ProcessOptions InFolder() {
    ProcessOptions options;
    options.folder = folder_->path();
    return options;
  }
  // The JSON printed by the command.
  static Json JsonOf(std::vector<std::string> arguments) {
    return JsonOfHourglass(std::move(arguments), InFolder());
  }
  static void ExpectRefusals(const std::vector<std::pair<std::vector<std::string>, std::string>>& cases) {
    for (const auto& [arguments, message] : cases) {
      const Outcome outcome = RunHourglass(arguments, InFolder());
      EXPECT_EQ(outcome.code, 2) << message << "\n" << outcome.err;
      EXPECT_THAT(outcome.err, AllOf(StartsWith("error: "), HasSubstr(message)));
      EXPECT_THAT(outcome.out, IsEmpty());
    }
  }

  static TemporaryDirectory* folder_;
};

TemporaryDirectory* QuestionsTest::folder_ = nullptr;

TEST_F(QuestionsTest, RobustnessOfARunGoesIntoItsReport) {
  const Outcome outcome = RunHourglass({"robustness", Path("plain")});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("doing nothing"), HasSubstr("Wiener filter"), HasSubstr("plain"),
                                 HasSubstr("exponential"), HasSubstr("fits best")));
  for (const char* kind : {"gaussian", "occlusion"}) {
    for (const char* suffix : {".csv", ".gp", ".png", ".svg", "-ssim.png", "-examples.png"}) {
      EXPECT_TRUE(fs::exists(Path("plain") + "/figures/robustness-" + kind + suffix)) << kind << suffix;
    }
  }
  EXPECT_THAT(ReadFile(Path("plain") + "/report.html"),
              HasSubstr("Mean squared error against the clean image over 20 images"));
}

TEST_F(QuestionsTest, RobustnessOfSeveralRunsGoesIntoOneFolder) {
  const Json json = JsonOf({"robustness", "--corrupt", "gaussian:0:0.6:0.2", Path("plain"), Path("denoising"),
                            "--corrupt", "salt_pepper:0.1,0.5", "--out", Path("both")});
  ASSERT_EQ(json["corruptions"].size(), 2u);
  EXPECT_EQ(json["corruptions"][0]["amounts"].size(), 4u);
  EXPECT_EQ(json["corruptions"][0]["models"].size(), 2u);
  EXPECT_EQ(json["corruptions"][1]["corruption"], "salt_pepper");
  EXPECT_FALSE(json["corruptions"][1].contains("wiener"));
  EXPECT_TRUE(fs::exists(Path("both") + "/robustness-salt_pepper.png"));
  JsonOf({"robustness", Path("plain"), Path("denoising"), "--corrupt", "masking:0.5"});
  EXPECT_TRUE(fs::exists(Path("robustness") + "/robustness-masking.png"));
}

TEST_F(QuestionsTest, RobustnessRefusesWhatItCannotAnswer) {
  const std::string run = Path("plain");
  ExpectRefusals({{{"robustness", run, "--corrupt", "gausian"}, "'gaussian'"},
                  {{"robustness", run, "--corrupt", "gausian:0.5"}, "'gaussian'"},
                  {{"robustness", run, "--corrupt", "masking:0:1:0.1"}, "below 1"},
                  {{"robustness", run, "--corrupt", "gaussian:"}, "FIRST:LAST:STEP"},
                  {{"robustness", run, "--corrupt", "gaussian:1:0:0.1"}, "is empty"},
                  {{"robustness", run, "--corrupt", "masking", "--corrupt", "masking"}, "given twice"},
                  {{"robustness", run, "--corrupt-seed", "x"}, "whole number"}});
}

TEST_F(QuestionsTest, EveryQuestionToAModelOfNoUseIsAnsweredWithAWarning) {
  const std::string run = Path("collapsed");
  const Outcome trained = RunHourglass({"train", "--data", Path("data"), "-z", "2", "-b", "50", "-e", "20",
                                        "--lr", "0.01", "--weight-decay", "1", "--no-report", "--out", run});
  const auto warns =
      AllOf(HasSubstr("warning: collapsed (collapsed): The output does not depend on the input"),
            HasSubstr("weight decay: with adam"));
  EXPECT_EQ(trained.code, 0);
  EXPECT_THAT(trained.err, warns);
  for (const char* verb :
       {"robustness", "reconstruct", "denoise", "interpolate", "generate", "neighbours", "encode"}) {
    const Outcome outcome = RunHourglass({verb, run}, InFolder());
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, warns) << verb;
  }
  EXPECT_THAT(RunHourglass({"reconstruct", run, "-q"}).err, IsEmpty());
  EXPECT_THAT(RunHourglass({"report", run}).out, HasSubstr("weight decay: with adam"));
}

TEST_F(QuestionsTest, ModelsOfOtherImagesAreRefusedInOnePicture) {
  ASSERT_EQ(
      RunHourglass({"train", "--data", "digits", "--fast-dev-run", "--no-report", "--out", Path("digits")})
          .code,
      0);
  ExpectRefusals({{{"robustness", Path("plain"), Path("digits")}, "take images of different shapes"}});
}

// One run's held-out images may be among the other's training images.
TEST_F(QuestionsTest, ModelsOfOtherSplitsAreComparedOnlyOnDataThatIsNamed) {
  Train("split", {"-z", "2", "--val-share", "0.2", "--no-report"});
  for (const char* verb : {"robustness", "denoise", "interpolate"}) {
    const Outcome refused = RunHourglass({verb, Path("split"), Path("plain")}, InFolder());
    EXPECT_EQ(refused.code, 3);
    EXPECT_THAT(refused.err,
                AllOf(HasSubstr("does not have the images that plain was trained on"), HasSubstr("--data ")));
  }
  EXPECT_EQ(
      RunHourglass({"denoise", Path("split"), Path("plain"), "--data", Path("data"), "-o", Path("x.png")})
          .code,
      0);
}

// If they went into the run, its report would show them as its own.
TEST_F(QuestionsTest, AnswersAboutOtherDataDoNotGoIntoTheRun) {
  WriteBlobs(Path("other"), 40, 30);
  const auto content = [](const std::string& name) { return ReadFile(Path("plain") + "/" + name); };
  ASSERT_EQ(RunHourglass({"encode", Path("plain")}, InFolder()).code, 0);
  fs::create_directory(Path("elsewhere"));
  ProcessOptions elsewhere;
  elsewhere.folder = Path("elsewhere");
  const std::string report = content("report.html"), codes = content("codes/train.npy");
  for (const char* verb :
       {"reconstruct", "denoise", "interpolate", "generate", "robustness", "encode", "neighbours"}) {
    EXPECT_EQ(RunHourglass({verb, Path("plain"), "--data", Path("other")}, elsewhere).code, 0) << verb;
  }
  EXPECT_EQ(content("report.html"), report);
  EXPECT_EQ(content("codes/train.npy"), codes);
  EXPECT_FALSE(fs::exists(Path("plain") + "/neighbours"));
  EXPECT_TRUE(fs::exists(Path("elsewhere/reconstruction.png")));
  EXPECT_TRUE(fs::exists(Path("elsewhere/plain-codes/train.npy")));
}

TEST_F(QuestionsTest, TraverseVariesTheNumbersOfACode) {
  const Json traversal = JsonOf({"traverse", Path("plain"), "--steps", "5", "--numbers", "1"});
  EXPECT_EQ(traversal["steps"].size(), 5u);
  ASSERT_EQ(traversal["numbers"].size(), 1u);
  EXPECT_TRUE(traversal["numbers"][0].contains("variance"));
  EXPECT_TRUE(fs::exists(Path("plain") + "/figures/traversal.png"));
  EXPECT_EQ(JsonOf({"traverse", Path("plain"), "--index", "7"})["image"], 7);
  EXPECT_THAT(ReadFile(Path("plain") + "/report.html"), HasSubstr("below its value for image 7"));
  ExpectRefusals({{{"traverse", Path("plain"), "--steps", "1"}, "a whole number from 2"},
                  {{"traverse", Path("plain"), "--index", "1,2"}, "one image"}});
}

TEST_F(QuestionsTest, AVariationalRunIsExaminedLikeAnyOther) {
  Train("gaussian", {"-z", "2", "--bottleneck", "gaussian", "--loss", "bce"});
  const std::string run = Path("gaussian");
  for (const char* name : {"evidence", "divergence", "prior-samples", "traversal", "code-grid"})
    EXPECT_TRUE(fs::exists(run + "/figures/" + name + ".png")) << name;
  EXPECT_THAT(ReadFile(run + "/report.html"),
              AllOf(HasSubstr("used code units"), HasSubstr("KL divergence, nats")));
  EXPECT_EQ(JsonOf({"generate", run, "--prior", "-n", "7", "--seed", "3"})["codes"].size(), 7u);
  const Json likelihood = JsonOf({"likelihood", run, "--samples", "5"});
  EXPECT_GE(likelihood["log_likelihood"], likelihood["elbo"]);
  EXPECT_EQ(likelihood["pixels"], "bernoulli");
  EXPECT_EQ(RunHourglass({"encode", run, "--samples", "3"}).code, 0);
  EXPECT_TRUE(fs::exists(run + "/codes/test_samples.npy"));
  EXPECT_EQ(RunHourglass({"encode", run}).code, 0);
  EXPECT_FALSE(fs::exists(run + "/codes/test_samples.npy")) << "of an earlier call";
  EXPECT_EQ(JsonOf({"interpolate", run, "--spherical"})["path"], "arc");
  for (const char* verb :
       {"robustness", "reconstruct", "denoise", "interpolate", "generate", "neighbours", "encode", "summary"})
    EXPECT_EQ(RunHourglass({verb, run}, InFolder()).code, 0) << verb;
  ExpectRefusals({{{"generate", Path("plain"), "--prior"}, "bottleneck"},
                  {{"likelihood", Path("plain")}, "gaussian bottleneck"},
                  {{"encode", Path("plain"), "--samples", "3"}, "gaussian bottleneck"},
                  {{"generate", run, "--prior", "--class", "1"}, "cannot be combined"},
                  {{"generate", run, "--seed", "1"}, "--seed needs"}});
}

TEST_F(QuestionsTest, GenerateDecodesCentroidsWalksSamplesAndGrids) {
  const Json centroids = JsonOf({"generate", Path("plain")});
  EXPECT_EQ(centroids["classes"].size(), centroids["codes"].size());
  const Json walk = JsonOf({"generate", Path("plain"), "--from", "1", "--to", "2", "-n", "5"});
  ASSERT_EQ(walk["codes"].size(), 5u);
  EXPECT_EQ(walk["codes"][0], centroids["codes"][1]);
  EXPECT_EQ(JsonOf({"generate", Path("plain"), "--class", "1", "-n", "7"})["codes"].size(), 7u);
  EXPECT_EQ(JsonOf({"generate", Path("plain"), "--grid", "6"})["first"].size(), 6u);
  for (const char* name : {"centroids", "centroid-walk", "class-samples", "code-grid"}) {
    EXPECT_TRUE(fs::exists(Path("plain") + "/figures/" + name + ".png")) << name;
  }
  EXPECT_THAT(ReadFile(Path("plain") + "/report.html"), HasSubstr("The mean code of all training images"));
}

TEST_F(QuestionsTest, GenerateRefusesWhatItCannotAnswer) {
  const std::string run = Path("plain");
  ExpectRefusals({{{"generate", run, "--from", "1"}, "--to"},
                  {{"generate", run, "--from", "1", "--to", "99"}, "no image of this class"},
                  {{"generate", run, "--from", "1", "--to", "2", "-n", "1"}, "at least two points"},
                  {{"generate", run, "--class", "99"}, "no image of this class"},
                  {{"generate", run, "--class", "1", "--grid", "4"}, "--grid"},
                  {{"generate", run, "-n", "4"}, "-n needs --from"},
                  {{"generate", run, "--class", "1", "-n", "0"}, "--count"},
                  {{"generate", run, "--grid", "1"}, "--grid"},
                  {{"generate", Path("denoising"), "--grid", "4"}, "d = 3"},
                  {{"generate", run, "--seed", "1"}, "--class"}});
  // A file of images without a label file.
  fs::copy_file(Path("data") + "/train-images-idx3-ubyte", Path("images-idx3-ubyte"));
  ASSERT_EQ(RunHourglass({"train", "--data", Path("images-idx3-ubyte"), "-z", "2", "-b", "50", "-e", "1",
                          "--no-report", "--out", Path("nameless")})
                .code,
            0);
  ExpectRefusals({{{"generate", Path("nameless")}, "no labels"}});
  EXPECT_EQ(RunHourglass({"generate", Path("nameless"), "--grid", "3"}).code, 0);
}

TEST_F(QuestionsTest, HeldOutImagesAreScoredAmongTrainingImages) {
  const Json json = JsonOf({"neighbours", Path("plain"), "--new", "--at", "2,5", "-o", Path("out-new")});
  ASSERT_EQ(json["results"].size(), 2U);
  const Json& result = json["results"][1];
  EXPECT_EQ(result["distance"], "l2");
  EXPECT_EQ(result["at"][1]["k"], 5);
  EXPECT_TRUE(result["at"][1]["score"].contains("standard_error"));
  EXPECT_TRUE(result["at"][1].contains("labels"));
  EXPECT_TRUE(fs::exists(Path("out-new") + "/new_scores.json"));
  ExpectRefusals({{{"neighbours", Path("plain"), "--new", "--part", "train"}, "--part has no effect"}});
}

TEST_F(QuestionsTest, TheCodesOfARunHaveAMap) {
  const Json map = JsonOf({"map", Path("plain"), "--iterations", "50", "-o", Path("out-map")});
  EXPECT_EQ(map["dimensions"], 2);
  const Json added = JsonOf({"map", Path("out-map"), "--add", Path("data"), "-o", Path("out-added")});
  EXPECT_EQ(added["scores"]["old_points"], map["n"]);
  EXPECT_TRUE(fs::exists(Path("out-added") + "/codes.npy"));
}

// The contents of `folder`, with modification times.
std::map<std::string, fs::file_time_type> Content(const fs::path& folder) {
  std::map<std::string, fs::file_time_type> content;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    content[entry.path().string()] = entry.last_write_time();
  }
  return content;
}

TEST_F(QuestionsTest, WithOutNothingIsWrittenIntoTheRun) {
  const auto before = Content(Path("plain"));
  const std::vector<std::pair<std::string, std::string>> outs = {
      {"reconstruct", "pairs.png"}, {"denoise", "triples.png"}, {"interpolate", "strip.png"},
      {"generate", "classes.png"},  {"robustness", "curves"},   {"neighbours", "scores"},
      {"encode", "codes"},          {"report", "report"}};
  for (const auto& [verb, out] : outs) {
    const Outcome outcome = RunHourglass({verb, Path("plain"), "-o", Path("out-" + out)});
    EXPECT_EQ(outcome.code, 0) << verb << ": " << outcome.err;
    EXPECT_TRUE(fs::exists(Path("out-" + out))) << verb;
  }
  EXPECT_EQ(Content(Path("plain")), before);
  EXPECT_TRUE(fs::exists(Path("out-report") + "/report.html"));
}

// As another user: root may write everywhere.
TEST_F(QuestionsTest, ARunThatCannotBeWrittenToHasAHint) {
  fs::permissions(folder_->path(), fs::perms(0755));
  ProcessOptions nobody;
  nobody.user = 65534;
  fs::permissions(Path("plain"), fs::perms(0555));
  for (const char* verb : {"reconstruct", "encode", "report", "neighbours", "robustness"}) {
    const Outcome outcome = RunHourglass({verb, Path("plain")}, nobody);
    EXPECT_EQ(outcome.code, 1) << verb;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("cannot write"), HasSubstr("--out"))) << verb;
  }
  fs::permissions(Path("plain"), fs::perms(0755));
}

}  // namespace
}  // namespace hourglass::test
