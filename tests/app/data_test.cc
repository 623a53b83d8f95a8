// hourglass data: notes about files with another axis order, and folders of pictures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <filesystem>

#include "app/program.h"
#include "hourglass/core/file.h"
#include "hourglass/core/json.h"
#include "hourglass/data/named_sets.h"
#include "hourglass/report/png.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(DataCommand, SaysInWhichOrderAxesAreRead) {
  const test::TemporaryDirectory folder;
  test::WriteIdx(folder / "rgb", {20, 8, 12, 3}, std::string(20 * 8 * 12 * 3, '\7'));
  const auto run = [&](const std::vector<std::string>& arguments) {
    const test::Outcome outcome = test::RunHourglass(arguments, {.folder = folder.path()});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome;
  };
  EXPECT_THAT(run({"data", "info", "rgb"}).out, HasSubstr("3 x 8 x 12"));
  EXPECT_THAT(run({"data", "info", "rgb"}).out, HasSubstr("note: axes of rgb read as hwc"));
  EXPECT_THAT(run({"data", "info", "rgb", "--axes", "chw"}).out, HasSubstr("8 x 12 x 3"));
  EXPECT_THAT(run({"data", "info", "rgb", "--axes", "hwc"}).out, Not(HasSubstr("note:")));
  EXPECT_THAT(run({"data", "preview", "rgb", "-o", "x.png"}).err, HasSubstr("note:"));
  EXPECT_THAT(run({"data", "preview", "rgb", "-o", "x.png", "-q"}).err, Not(HasSubstr("note:")));
  const std::vector<std::string> train = {"train", "--data", "rgb", "-z",          "2",    "-e",
                                          "1",     "-b",     "9",   "--no-report", "--out"};
  const auto with = [](std::vector<std::string> arguments, const std::vector<std::string>& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  EXPECT_THAT(run(with(train, {"guessed"})).err, HasSubstr("note:"));
  EXPECT_THAT(run(with(train, {"chosen", "--axes", "hwc"})).err, Not(HasSubstr("note:")));
  // Commands that open a run read the data as the run did.
  run(with(train, {"stripes", "--axes", "chw"}));
  run({"encode", "stripes"});
  run({"encode", "guessed"});
}

TEST(DataCommand, ListsEverySetAndWhereItIs) {
  const test::TemporaryDirectory folder;
  test::WriteBlobs(folder / "kmnist", 4, 2);
  const Json sets = test::JsonOfHourglass({"data", "list", "--data-dir", folder.path()},
                                          {.folder = folder.path(),
                                           .environment = {{"XDG_CACHE_HOME", (folder / "cache").string()}}})
                        .at("data");
  EXPECT_EQ(sets.size(), NamedSets().size());
  for (const Json& set : sets) {
    const bool there = set.at("name") == "kmnist" || set.at("name") == "digits";
    EXPECT_EQ(set.at("available"), there) << set;
    if (!there) {
      EXPECT_THAT(set.at("location").get<std::string>(),
                  HasSubstr("hourglass data fetch " + set.at("name").get<std::string>()));
    }
  }
}

TEST(DataCommand, FetchesOnlySetsWithAName) {
  const test::Outcome typo = test::RunHourglass({"data", "fetch", "fasion-mnist"});
  EXPECT_EQ(typo.code, 2);
  EXPECT_THAT(typo.err, HasSubstr("did you mean 'fashion-mnist'"));
  EXPECT_THAT(test::RunHourglass({"data", "fetch", "digits"}).err, HasSubstr("`digits` is built in"));
}

// 8 x 8 grey pictures in two folders, lighter ones in the second.
class PictureFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 30; ++i)
      Write(fmt::format("set/{}/{:02}.png", i % 2 == 0 ? "dark" : "light", i), 8, i);
  }
  void Write(const std::string& name, int64_t side, int number) const {
    std::filesystem::create_directories((folder_.path() / name).parent_path());
    Tensor picture({side, side}, DType::kU8);
    for (int64_t i = 0; i < picture.size(); ++i)
      picture.data<uint8_t>()[i] = static_cast<uint8_t>((number % 2 * 150 + number * 3 + i) % 256);
    WritePng(folder_ / name, picture);
  }
  test::Outcome Run(const std::vector<std::string>& arguments, int code = 0) const {
    const test::Outcome outcome = test::RunHourglass(arguments, {.folder = folder_.path()});
    EXPECT_EQ(outcome.code, code) << outcome.out << outcome.err;
    return outcome;
  }
  Json JsonOf(const std::vector<std::string>& arguments) const {
    return test::JsonOfHourglass(arguments, {.folder = folder_.path()});
  }

  test::TemporaryDirectory folder_;
};

TEST_F(PictureFolder, IsCheckedTrainedOnAndExamined) {
  const Json check = JsonOf({"data", "check", "set", "-o", "look"});
  EXPECT_EQ(check.at("pictures").at("read"), 30);
  EXPECT_EQ(check.at("pictures").at("sizes").at("8x8"), 30);
  EXPECT_EQ(check.at("image_shape"), Json({1, 8, 8}));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "look/sheet.png"));
  Run({"train", "--data", "set", "-z", "2", "-e", "1", "-b", "9", "--no-report", "--out", "run"});
  const std::string config = ReadFile(folder_ / "run/config.toml");
  EXPECT_THAT(config, HasSubstr("size = \"8x8\""));
  EXPECT_THAT(config, HasSubstr("channels = \"grey\""));
  const Json codes = JsonOf({"encode", "run"});
  const Json names = ReadJson(codes.at("parts")[0].at("names").get<std::string>()[0] == '/'
                                  ? std::filesystem::path(codes.at("parts")[0].at("names").get<std::string>())
                                  : folder_ / codes.at("parts")[0].at("names").get<std::string>());
  EXPECT_EQ(names.at("images").size(), codes.at("parts")[0].at("images").get<size_t>());
  EXPECT_EQ(names.at("classes"), Json({"dark", "light"}));
  // A picture of another size is brought into the form of the training images.
  Write("mine.png", 20, 3);
  const Json mine = JsonOf({"reconstruct", "run", "mine.png", "-o", "pair.png"});
  EXPECT_EQ(mine.at("images")[0].at("name"), "mine.png");
  EXPECT_THAT(Run({"reconstruct", "run", "mine.png", "--digit", "1"}, 2).err, HasSubstr("--digit"));
  // Classes by their names.
  const Json named = JsonOf({"reconstruct", "run", "--digit", "light,dark", "-o", "named.png"});
  EXPECT_EQ(named.at("images")[0].at("label"), 1);
  EXPECT_EQ(named.at("images")[1].at("label"), 0);
  EXPECT_EQ(JsonOf({"generate", "run", "--from", "dark", "--to", "light", "-n", "3", "-o", "w.png"}).at("to"),
            1);
  EXPECT_THAT(Run({"reconstruct", "run", "--digit", "lihgt"}, 2).err, HasSubstr("one of dark, light"));
  // Resumed, with the form as the run kept it.
  Run({"train", "--resume", "run", "-e", "2"});
}

// The same images train to the same bits, wherever they are; the model knows them as its own.
TEST_F(PictureFolder, CanBePacked) {
  EXPECT_THAT(Run({"data", "pack", "set", "-o", "set.hgd"}).out, HasSubstr("30 images"));
  for (const std::string data : {"set", "set.hgd"}) {
    Run({"train", "--data", data, "-z", "2", "-e", "2", "-b", "9", "--no-report", "--out", "run-of-" + data});
  }
  const auto log = [&](const char* run) {
    const std::string text = ReadFile(folder_ / run / "metrics.jsonl");
    return text.substr(0, text.find("\"lr\""));
  };
  EXPECT_EQ(log("run-of-set"), log("run-of-set.hgd"));
  const Json codes = JsonOf({"encode", "run-of-set", "--data", "set.hgd"});
  EXPECT_THAT(codes.at("parts")[0].at("codes").get<std::string>(), HasSubstr("run-of-set/codes"));
  Run({"reconstruct", "run-of-set.hgd", "--digit", "light", "-o", "light.png"});
}

// Likewise if they are several files or folders, which a run finds again from any folder.
TEST_F(PictureFolder, CanBeInShards) {
  for (const char* name : {"dark", "light"}) {
    std::filesystem::create_directories(folder_ / "shards" / name);
    std::filesystem::copy(folder_ / "set" / name, folder_ / "shards" / name / name);
  }
  const std::vector<std::string> settings = {"-z", "2", "-e", "2", "-b", "9", "--no-report", "--out"};
  const auto train = [&](const std::string& data, const std::string& run) {
    std::vector<std::string> arguments = {"train", "--data", data};
    arguments.insert(arguments.end(), settings.begin(), settings.end());
    arguments.push_back(run);
    Run(arguments);
    const std::string text = ReadFile(folder_ / run / "metrics.jsonl");
    return text.substr(0, text.find("\"lr\""));
  };
  std::filesystem::rename(folder_ / "shards/dark", folder_ / "shard-1");
  std::filesystem::rename(folder_ / "shards/light", folder_ / "shard-2");
  EXPECT_EQ(train("set", "one"), train("shard-*", "several"));
  const Json codes = JsonOf({"encode", "one", "--data", "shard-{1..2}"});
  EXPECT_THAT(codes.at("parts")[0].at("codes").get<std::string>(), HasSubstr("one/codes"));
  const std::string pattern = (folder_ / "shard-*").string();
  EXPECT_EQ(ReadJson(folder_ / "several/run.json").at("data").at("name"), pattern);
  EXPECT_EQ(test::RunHourglass({"encode", folder_ / "several"}).code, 0) << "from another folder";
  Run({"train", "--resume", "several", "-e", "3"});
  EXPECT_THAT(Run({"data", "pack", "shard-*", "-o", "set.hgd"}).out, HasSubstr("30 images"));
  EXPECT_THAT(Run({"data", "check", "shard-*"}).out, HasSubstr(pattern.substr(pattern.rfind('/') + 1)));
  EXPECT_THAT(Run({"train", "--data", "shard-{1..3}"}, 3).err, HasSubstr("shard-3"));
  std::filesystem::rename(folder_ / "shard-2", folder_ / "shard-3");
  EXPECT_THAT(Run({"train", "--data", "shard-*"}, 3).err,
              HasSubstr("--data '" + (folder_ / "shard-{1,3}").string() + "'"))
      << "in quotes, for the shell";
}

TEST_F(PictureFolder, OfManyClassesIsDescribedByAFew) {
  for (int label = 0; label < 30; ++label) {
    std::filesystem::create_directories(folder_ / fmt::format("many/c{:02}", label));
    for (int i = 0; i < 2 + (label == 7); ++i)
      Write(fmt::format("many/c{:02}/{}.png", label, i), 8, label + i);
  }
  const std::string text = Run({"data", "check", "many"}).out;
  EXPECT_THAT(text, AllOf(HasSubstr("30; lowest "), HasSubstr("; highest ")));
  EXPECT_EQ(JsonOf({"data", "check", "many"}).at("parts")[0].at("classes").size(), 30U);
  EXPECT_THAT(Run({"data", "preview", "many", "-o", "p.png"}).err, Not(HasSubstr("classes are drawn")));
}

TEST_F(PictureFolder, OfMixedSizesIsDescribedAndRefused) {
  Write("set/light/large.png", 16, 1);
  const test::Outcome outcome = Run({"data", "check", "set"}, 3);
  EXPECT_THAT(outcome.out, HasSubstr("8x8: 30, 16x16: 1"));
  EXPECT_THAT(outcome.err, HasSubstr("--size 64x64"));
  Run({"data", "check", "set", "--size", "8"});
  EXPECT_THAT(Run({"train", "--data", "set"}, 3).err, HasSubstr("2 different sizes"));
}

TEST_F(PictureFolder, WithADamagedPictureTrainsOnlyIfAsked) {
  folder_.Write("set/dark/bad.png", "\x89PNG\r\n\x1a\n");
  EXPECT_THAT(Run({"data", "check", "set"}, 3).out, HasSubstr("bad.png"));
  const std::vector<std::string> train = {"train", "--data", "set", "-z",          "2",     "-e",
                                          "1",     "-b",     "9",   "--no-report", "--out", "run"};
  EXPECT_THAT(Run(train, 3).err, AllOf(HasSubstr("bad.png"), HasSubstr("--skip-bad true")));
  std::vector<std::string> skipping = train;
  skipping.insert(skipping.end(), {"--skip-bad", "true"});
  EXPECT_THAT(Run(skipping).err, HasSubstr("1 of 31 pictures left out"));
  const Json left_out = ReadJson(folder_ / "run/run.json").at("data").at("left_out");
  ASSERT_EQ(left_out.size(), 1);
  EXPECT_THAT(left_out[0].at("name").get<std::string>(), HasSubstr("bad.png"));
  Run({"encode", "run"});
}

// What is kept in the cache is tested with the library; here, that the command finds and clears it.
TEST(DataCache, IsListedAndCleared) {
  const test::TemporaryDirectory folder;
  const test::ProcessOptions options{.folder = folder.path(),
                                     .environment = {{"XDG_CACHE_HOME", folder / "cache"}}};
  EXPECT_THAT(test::RunHourglass({"data", "cache"}, options).out,
              HasSubstr("0  bytes in " + (folder / "cache").string()));
  std::filesystem::create_directories(folder / "cache/hourglass/sets");
  folder.Write("cache/hourglass/sets/x.hgd.part", "1234");
  EXPECT_EQ(test::JsonOfHourglass({"data", "cache"}, options)["sets"][0]["bytes"], 4);
  EXPECT_EQ(test::JsonOfHourglass({"data", "cache", "--clear"}, options)["removed"].size(), 1u);
  EXPECT_TRUE(test::JsonOfHourglass({"data", "cache"}, options)["sets"].empty());
}

}  // namespace
}  // namespace hourglass
