#include "hourglass/train/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Flags = std::vector<std::pair<std::string, std::string>>;

// The text of the usage Error that `call` throws.
template <class Call>
std::string UsageErrorOf(Call call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no Error";
  return "";
}

std::string TomlErrorOf(std::string_view toml) {
  return UsageErrorOf([&] {
    ResolvedConfig config;
    SetConfigFromToml(config, toml, "lab.toml");
  });
}

TEST(Config, FlagOverridesVariableOverridesFileOverridesDefault) {
  const test::TemporaryDirectory folder;
  WriteFileAtomically(folder / "lab.toml", "epochs = 3\nbatch = 4\n\nseed = 5\n");
  const ResolvedConfig config = ResolveConfig(
      folder / "lab.toml", {{"HOURGLASS_EPOCHS", "30"}, {"HOURGLASS_BATCH", "40"}}, Flags{{"epochs", "300"}});
  EXPECT_EQ(config.values.epochs, 300);
  EXPECT_EQ(config.values.batch, 40);
  EXPECT_EQ(config.values.seed, 5);
  EXPECT_EQ(config.values.code_size, 8);
  EXPECT_EQ(config.origins.at("epochs"), "--epochs");
  EXPECT_EQ(config.origins.at("batch"), "HOURGLASS_BATCH");
  EXPECT_THAT(config.origins.at("seed"), HasSubstr("lab.toml:4"));
  EXPECT_EQ(config.origins.count("code_size"), 0u);
}

TEST(Config, NeighbourhoodIsAWeightOrALesson) {
  EXPECT_EQ(ParseNeighbourhood("0").weight, 0);
  EXPECT_EQ(ParseNeighbourhood("1e6").weight, 1e6);
  EXPECT_EQ(ParseNeighbourhood("0.01").lesson, EncoderLesson::kNone);
  EXPECT_EQ(ParseNeighbourhood("auto").lesson, EncoderLesson::kMap);
  EXPECT_EQ(ParseNeighbourhood("views").lesson, EncoderLesson::kViews);
  EXPECT_EQ(ToString(ParseNeighbourhood("views")), "views");
  EXPECT_EQ(ToString(ParseNeighbourhood("0.010")), "0.01");
  EXPECT_EQ(ToString(ParseNeighbourhood("auto")), "auto");
  for (const char* text : {"", "-1", "nan", "inf", "1e7", "automatic", "0.1x"}) {
    EXPECT_THAT(UsageErrorOf([&] { ParseNeighbourhood(text); }), HasSubstr("auto or views")) << text;
  }
}

TEST(Config, NeighbourhoodReachesTheObjective) {
  const ResolvedConfig config = ResolveConfig("", {},
                                              Flags{{"neighbourhood", "0.5"},
                                                    {"neighbourhood_form", "negative"},
                                                    {"exaggeration", "3"},
                                                    {"exaggeration_share", "0.3"},
                                                    {"correlation", "0.25"},
                                                    {"epochs", "15"}});
  EXPECT_EQ(config.values.objective().correlation, 0.25);
  const NeighbourhoodSettings settings = config.values.objective().neighbourhood;
  EXPECT_EQ(settings.weight, 0.5);
  EXPECT_EQ(settings.form, NeighbourhoodForm::kNegative);
  EXPECT_EQ(settings.exaggeration, 3);
  EXPECT_EQ(settings.exaggerated_epochs, 5);  // 4.5, rounded
}

// Repulsion keeps more neighbours in few numbers, distances in many.
TEST(Config, TheFormOfTheNeighbourhoodFollowsTheSizeOfTheCode) {
  const auto form_of = [](const char* code_size, const char* form) {
    const Flags flags = {{"code_size", code_size}, {"neighbourhood_form", form}, {"neighbourhood", "1"}};
    return ResolveConfig("", {}, flags).values.objective().neighbourhood.form;
  };
  EXPECT_EQ(form_of("2", "auto"), NeighbourhoodForm::kInfoNce);
  EXPECT_EQ(form_of("3", "auto"), NeighbourhoodForm::kInfoNce);
  EXPECT_EQ(form_of("4", "auto"), NeighbourhoodForm::kDistances);
  EXPECT_EQ(form_of("8", "infonce"), NeighbourhoodForm::kInfoNce);
  EXPECT_EQ(form_of("2", "distances"), NeighbourhoodForm::kDistances);
}

// Not before: a study, search or sweep may still change the size of the code.
TEST(Config, ARunKeepsTheFormThatWasChosen) {
  const Flags flags = {{"code_size", "8"}, {"neighbourhood", "0.1"}};
  ResolvedConfig config = ResolveConfig("", {}, flags);
  EXPECT_EQ(config.values.neighbourhood_form, "auto");
  EXPECT_EQ(ConfigOfRun(config, {}).values.neighbourhood_form, "distances");
  SetConfigKey(config, "code_size", "2", "sweep");
  EXPECT_EQ(ConfigOfRun(config, {}).values.neighbourhood_form, "infonce");
  SetConfigKey(config, "neighbourhood_form", "negative", "sweep");
  EXPECT_EQ(ConfigOfRun(config, {}).values.neighbourhood_form, "negative");
  EXPECT_EQ(ConfigOfRun({}, {}).values.neighbourhood_form, "auto") << "without the term";
}

TEST(Config, ViewsDifferAndComeWithWhatSuitsThem) {
  const auto resolve = [](Flags flags) {
    flags.push_back({"neighbourhood", "views"});
    return WithUnsetKeys(ResolveConfig("", {}, flags)).values;
  };
  const TrainConfig values = resolve({{"epochs", "10"}, {"colour_jitter", "0"}});
  EXPECT_EQ(values.encoder_epochs, 8);
  EXPECT_EQ(values.optimizer, "adamw");
  EXPECT_EQ(values.augmentation(), (Augmentation{.crop = 0.5, .grey_share = 0.2}));
  EXPECT_THAT(UsageErrorOf([&] {
                resolve({{"crop", "1"}, {"colour_jitter", "0"}, {"grey_share", "0"}});
              }),
              HasSubstr("views of an image would be equal"));
  EXPECT_THAT(UsageErrorOf([&] { resolve({{"correlation", "1"}}); }), HasSubstr("correlation = 0"));
  EXPECT_NO_THROW(resolve({{"code_size", "100"}})) << "no map limits it";
}

TEST(Config, OnlyAMapIsMadeOfARun) {
  const auto resolve = [](const char* neighbourhood) {
    return [=] {
      WithUnsetKeys(
          ResolveConfig("", {}, Flags{{"neighbourhood", neighbourhood}, {"neighbourhood_of", "run"}}));
    };
  };
  EXPECT_NO_THROW(resolve("auto")());
  for (const char* other : {"0", "0.1", "views"})
    EXPECT_THAT(UsageErrorOf(resolve(other)), HasSubstr("neighbourhood = auto"));
}

// A map teaches the codes: no other term moves them.
TEST(Config, CorrelationWithATeacherIsRefused) {
  const auto resolve = [](const char* neighbourhood, const char* correlation) {
    return [=] {
      WithUnsetKeys(
          ResolveConfig("", {}, Flags{{"neighbourhood", neighbourhood}, {"correlation", correlation}}));
    };
  };
  EXPECT_THAT(UsageErrorOf(resolve("auto", "1")), HasSubstr("correlation = 0"));
  EXPECT_NO_THROW(resolve("auto", "0")());
  EXPECT_NO_THROW(resolve("0.1", "1")());
}

TEST(Config, ParameterOfALossReachesTheObjective) {
  const LossKind huber = LossNamed("huber");
  ResolvedConfig config;
  EXPECT_EQ(config.values.objective().parameters[huber], 0.1);
  SetConfigFromToml(config, "loss = \"huber\"\nhuber_delta = 0.5\n", "lab.toml");
  EXPECT_EQ(config.values.objective().parameters[huber], 0.5);
  ResolvedConfig again;
  SetConfigFromToml(again, ToToml(config), "again.toml");
  EXPECT_EQ(again.values.objective().parameters[huber], 0.5);
  EXPECT_THAT(TomlErrorOf("huber_delta = 0.0"), HasSubstr("'huber_delta'"));
}

TEST(Config, WeightsOfChannelsAreAList) {
  const std::vector<double> weights = {2, 4, 1};
  EXPECT_EQ(ResolveConfig("", {}, Flags{{"channel_weights", "2,4,1"}}).values.channel_weights, weights);
  ResolvedConfig config;
  SetConfigFromToml(config, "channel_weights = [2, 4.0, 1]\n", "lab.toml");
  EXPECT_EQ(config.values.objective().channel_weights, weights);
  ResolvedConfig again;
  SetConfigFromToml(again, ToToml(config), "again.toml");
  EXPECT_EQ(again.values.channel_weights, weights);
  EXPECT_THAT(TomlErrorOf("channel_weights = [1.0, 0.0]"), HasSubstr("'channel_weights'"));
  EXPECT_THAT(TomlErrorOf("channel_weights = [1.0, -1.0]"), HasSubstr("above 0"));
}

TEST(Config, MuonHasAMomentumOfItsOwn) {
  const auto momentum = [](const Flags& flags) {
    return WithUnsetKeys(ResolveConfig("", {}, flags)).values.momentum;
  };
  EXPECT_EQ(momentum({}), 0.9);
  EXPECT_EQ(momentum({{"optimizer", "muon"}}), 0.95);
  EXPECT_EQ(momentum({{"optimizer", "muon"}, {"momentum", "0.9"}}), 0.9);
}

TEST(Config, UnknownKeysAreRefusedWithTheNearestOne) {
  EXPECT_THAT(TomlErrorOf("epochs = 1\nbathc = 2\n"),
              AllOf(HasSubstr("lab.toml:2"), HasSubstr("'bathc'"), HasSubstr("'batch'")));
  EXPECT_THAT(UsageErrorOf([] {
                ResolveConfig("", {{"HOURGLASS_EPOCS", "1"}}, Flags{});
              }),
              AllOf(HasSubstr("HOURGLASS_EPOCS"), HasSubstr("'HOURGLASS_EPOCHS'")));
  EXPECT_THAT(UsageErrorOf([] {
                ResolveConfig("", {}, Flags{{"code_sise", "1"}});
              }),
              HasSubstr("'code_size'"));
}

TEST(Config, WrongTypesNameKeyAndLine) {
  for (const char* toml : {"\nepochs = \"3\"", "\nepochs = 3.5", "\nepochs = true", "\nepochs = [3]",
                           "\nlearning_rate = \"fast\"", "\nplateau_relative = 1", "\nmodel = 4",
                           "\n[epochs]\nx = 1", "\nepochs = 2024-01-01"}) {
    EXPECT_THAT(TomlErrorOf(toml), AllOf(HasSubstr("lab.toml:2: bad value for"), HasSubstr("expected")))
        << toml;
  }
  EXPECT_THAT(TomlErrorOf("epochs = 1\nbatch = = 2"), HasSubstr("lab.toml:2: not TOML"));
  EXPECT_THAT(TomlErrorOf("epochs = 1\nepochs = 2"), HasSubstr("lab.toml:2"));
}

TEST(Config, ImpossibleValuesAreRefused) {
  const Flags impossible = {{"code_size", "0"},
                            {"code_size", "-1"},
                            {"code_size", "65537"},
                            {"batch", "0"},
                            {"epochs", "0"},
                            {"epochs", "99999999999999999999"},
                            {"epochs", "1e3"},
                            {"epochs", "3 "},
                            {"epochs", ""},
                            {"learning_rate", "0"},
                            {"learning_rate", "-0.1"},
                            {"learning_rate", "nan"},
                            {"learning_rate", "inf"},
                            {"weight_decay", "-1"},
                            {"beta1", "1"},
                            {"plateau_factor", "1"},
                            {"plateau_factor", "0"},
                            {"plateau_patience", "-1"},
                            {"threads", "-1"},
                            {"seed", "-1"},
                            {"loss", "mes"},
                            {"precision", "f16"},
                            {"plateau_relative", "yes"},
                            {"model", "mlp5"}};
  for (const auto& flag : impossible) {
    EXPECT_THAT(UsageErrorOf([&] { ResolveConfig("", {}, Flags{flag}); }),
                AllOf(HasSubstr("'" + flag.first + "'"), HasSubstr("expected"), HasSubstr("got")))
        << flag.second;
  }
}

TEST(Config, WhatIsPrintedIsReadBackToTheBit) {
  ResolvedConfig config = ResolveConfig(
      "", {}, Flags{{"name", "a \"quoted\" \\ näme"}, {"plateau_relative", "false"}, {"loss", "l1"}});
  config.values.learning_rate = 0.1 + 0.2;
  config.values.plateau.threshold = 1.0 / 3;
  config.values.seed = 9007199254740991;
  ResolvedConfig read;
  SetConfigFromToml(read, ToToml(config), "printed");
  EXPECT_EQ(ToJson(read.values), ToJson(config.values));
  EXPECT_EQ(ToToml(read).find("# default"), std::string::npos) << "a key is not printed";
  EXPECT_THAT(ToToml(config), AllOf(HasSubstr("# --loss"), HasSubstr("# default")));
  for (const char* text : {"\'\'\'\n", "\nabc", "\x7F\t\\u0041", "\"\"\"", "\r\n\x01"}) {
    config.values.name = text;
    SetConfigFromToml(read, ToToml(config), "printed");
    EXPECT_EQ(read.values.name, text);
  }
}

TEST(Config, ChangesOfImagesAreSet) {
  EXPECT_TRUE(ResolveConfig("", {}, Flags{}).values.augmentation().none());
  EXPECT_EQ(ResolveConfig("", {}, Flags{{"flip", "true"}, {"shift", "3"}}).values.augmentation(),
            (Augmentation{.flip = true, .shift = 3}));
  const Flags others = {{"crop", "0.5"}, {"colour_jitter", "0.4"}, {"grey_share", "0.2"}};
  EXPECT_EQ(ResolveConfig("", {}, others).values.augmentation(),
            (Augmentation{.crop = 0.5, .colour_jitter = 0.4, .grey_share = 0.2}));
  EXPECT_THAT(TomlErrorOf("crop = 0.01"), HasSubstr("'crop'"));
  EXPECT_THAT(TomlErrorOf("colour_jitter = 2"), HasSubstr("'colour_jitter'"));
  EXPECT_THAT(TomlErrorOf("grey_share = -1"), HasSubstr("'grey_share'"));
  EXPECT_THAT(TomlErrorOf("shift = -1"), HasSubstr("'shift'"));
  EXPECT_THAT(TomlErrorOf("shift = 1001"), HasSubstr("1000"));
  EXPECT_THAT(TomlErrorOf("flip = 1"), HasSubstr("'flip'"));
}

TEST(Config, CorruptionsHaveOneWayOfWriting) {
  EXPECT_EQ(ResolveConfig("", {}, Flags{{"corrupt", "gaussian:0.50"}}).values.corrupt, "gaussian:0.5");
  EXPECT_TRUE(ResolveConfig("", {}, Flags{}).values.corruption().none());
  EXPECT_THAT(UsageErrorOf([] {
                ResolveConfig("", {{"HOURGLASS_CORRUPT", "gausian:0.5"}}, Flags{});
              }),
              AllOf(HasSubstr("HOURGLASS_CORRUPT"), HasSubstr("'corrupt'"), HasSubstr("'gaussian'")));
  EXPECT_THAT(TomlErrorOf("corrupt = \"masking:1\""), AllOf(HasSubstr("lab.toml:1"), HasSubstr("below 1")));
}

TEST(Config, WhatIsNotUtf8IsRefusedAsAValueAndReplacedAsAnOrigin) {
  EXPECT_THAT(UsageErrorOf([] { ResolveConfig("", {}, Flags{{"name", "x\xff"}}); }), HasSubstr("UTF-8"));
  ResolvedConfig config;
  SetConfigKey(config, "epochs", "3", "c\xff.toml:1");
  ResolvedConfig read;
  SetConfigFromToml(read, ToToml(config), "config.toml");
  EXPECT_EQ(read.values.epochs, 3);
}

// Whole paths let a run be opened from any folder.
TEST(Config, PathsAreKeptWhole) {
  const auto data_of = [](const std::string& data) {
    return ResolveConfig("", {}, Flags{{"data", data}}).values.data;
  };
  EXPECT_EQ(data_of("mnist"), "mnist");
  EXPECT_EQ(data_of("no such thing"), "no such thing") << "the error names what was asked for";
  EXPECT_EQ(data_of("."), (std::filesystem::current_path() / "").string());
  EXPECT_EQ(data_of("none-*.tar"), (std::filesystem::current_path() / "none-*.tar").string());
  EXPECT_EQ(ResolveConfig("", {}, Flags{{"data_dir", "a/../b"}}).values.data_dir,
            (std::filesystem::current_path() / "b").string());
  EXPECT_EQ(ResolveConfig("", {}, Flags{{"data_dir", ""}}).values.data_dir, "");
  EXPECT_EQ(ResolveConfig("", {}, Flags{{"model", "mine.toml"}}).values.model,
            (std::filesystem::current_path() / "mine.toml").string());
}

TEST(Config, AWayBackOverALinkStaysAsItIs) {
  const test::TemporaryDirectory folder;
  std::filesystem::create_directories(folder / "real" / "inner");
  std::filesystem::create_symlink("real/inner", folder / "link");
  const std::string over_link = folder / "link" / "..";
  EXPECT_EQ(ResolveConfig("", {}, Flags{{"data", over_link}}).values.data, over_link);
  const std::string direct = folder / "real" / "inner" / "..";
  EXPECT_EQ(ResolveConfig("", {}, Flags{{"data", direct}}).values.data, (folder / "real" / "").string());
}

TEST(Config, NamesAreUnique) {
  std::set<std::string> flags;
  for (const ConfigKey& key : ConfigKeys()) {
    EXPECT_TRUE(flags.insert(key.flag()).second) << key.name;
    if (!key.extra_flags.empty()) {
      EXPECT_TRUE(flags.insert(key.extra_flags).second) << key.name;
    }
    EXPECT_FALSE(key.help.empty());
  }
}

TEST(Config, AnOriginOfSeveralLinesStaysAComment) {
  ResolvedConfig config, read;
  SetConfigKey(config, "batch", "16", "a\nepochs = 7.toml:1");
  SetConfigFromToml(read, ToToml(config), "config.toml");
  EXPECT_EQ(read.values.batch, 16);
}

}  // namespace
}  // namespace hourglass
