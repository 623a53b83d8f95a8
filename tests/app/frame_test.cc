// What all commands share: help, unknown names, output streams, exit codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iterator>
#include <sstream>

#include "hourglass/core/file.h"
#include "hourglass/core/json.h"
#include "program.h"
#include "support/temporary_directory.h"

namespace hourglass::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Frame, HelpShowsExamplesFirstAndDefaults) {
  const Outcome help = RunHourglass({"train", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.err, IsEmpty());
  EXPECT_LT(help.out.find("Examples:"), help.out.find("Usage:"));
  EXPECT_THAT(help.out, AllOf(HasSubstr("-e,--epochs INT"), HasSubstr("[50]"), HasSubstr("\nOptimizer:\n")));
}

TEST(Frame, VersionGoesToStdout) {
  const Outcome version = RunHourglass({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.out, MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+( \\([0-9a-z.-]+\\))?\n"));
}

TEST(Frame, NoVerbIsAUsageErrorWithHelp) {
  const Outcome none = RunHourglass({});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.out, IsEmpty());
  EXPECT_THAT(none.err, HasSubstr("hourglass train"));
}

TEST(Frame, UnknownNamesGetTheNearestOne) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"trian"}, "did you mean 'train'?"},
      {{"train", "--epoch", "3"}, "did you mean --epochs?"},
      {{"train", "--epoch=3"}, "did you mean --epochs?"},
      {{"report", "run", "--date-dir", "x"}, "did you mean --data-dir?"},
      {{"reconstruct", "run", "--dgit", "7,0"}, "did you mean --digit?"},
      {{"--quite"}, "did you mean --quiet?"},
      {{"train", "surplus"}, "unexpected argument 'surplus'"},
      {{"train", "train"}, "unexpected argument 'train'"},
      {{"train", "-e"}, "train: --epochs needs a value"},
      {{"train", "-e", "--data", "digits"}, "train: --epochs needs a value"},
      {{"train", "-e", "1", "-e", "2"}, "--epochs is given too many times"},
      {{"train", "--json=maybe"}, "bad value for --json"},
      {{"train", "--out"}, "--out needs a value"},
      {{"reconstruct"}, "hourglass reconstruct: RUN is missing"},
      {{"data"}, "hourglass data: a command is missing"},
      {{"data", "preview", "digits"}, "--out is missing"},
      {{"denoise", "r", "--sigma", "-1"},
       "bad value for --sigma\n  expected: a number from 0 to 10\n  got:      '-1'"},
      {{"denoise", "r", "--sigma", "0,5"}, "expected: a number from 0 to 10\n  got:      '0,5'"},
      {{"denoise", "r", "--sigma", "0.5", "--corrupt", "masking:0.5"},
       "--sigma and --corrupt cannot be combined"},
      {{"reconstruct", "r", "--pick-seed", "1"}, "--pick-seed needs --digit"},
      {{"reconstruct", "r", "--index", "1,x"}, "a whole number of 0 or more\n  got:      '1,x'"},
      {{"generate", "r", "--from", "1"}, "--from needs --to"},
      {{"generate", "r", "--grid", "99"}, "a whole number from 2 to 50"},
      {{"neighbours", "r", "--metric", "l3"}, "one of: l1, l2"},
      {{"completion", "tcsh"}, "one of: bash, zsh, fish"},
      {{"encode", "r", "s"}, "unexpected argument 's'"},
      {{"train", "--out", "--json"}, "train: --out needs a value"},
      {{"train", "-e", "many"}, "a whole number"},
      {{"train", "--code-size=-3"}, "a whole number from 1"}};
  for (const auto& [arguments, message] : cases) {
    const Outcome outcome = RunHourglass(arguments);
    EXPECT_EQ(outcome.code, 2) << message;
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, AllOf(StartsWith("error: "), HasSubstr(message)));
    EXPECT_LE(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 4) << outcome.err;
    EXPECT_THAT(outcome.err, Not(HasSubstr("\033"))) << "coloured, but this is no terminal";
    for (const char* parser :
         {"required", "requires", "excludes", "At Most", " AND ", "Could not", "range ["}) {
      EXPECT_THAT(outcome.err, Not(HasSubstr(parser))) << "the parser's own words";
    }
  }
}

// Fish shows the help text of a command or flag; details belong in docs/.
TEST(Frame, HelpTextsHaveAtMostEightWords) {
  std::istringstream lines(RunHourglass({"completion", "fish"}).out);
  int texts = 0;
  for (std::string line; std::getline(lines, line);) {
    const size_t begin = line.rfind(" -d '");
    if (begin == std::string::npos) continue;
    std::string help = line.substr(begin + 5, line.size() - begin - 6);
    if (const size_t otherwise = help.find(" ["); otherwise != std::string::npos) help.resize(otherwise);
    std::istringstream words(help);
    EXPECT_LE(std::distance(std::istream_iterator<std::string>(words), {}), 8) << help;
    EXPECT_FALSE(help.empty()) << line;
    ++texts;
  }
  EXPECT_GT(texts, 200);
}

// Both forms of each flag, where this shell looks for them.
TEST(Frame, BashCompletesCommandsFlagsAndValues) {
  const TemporaryDirectory folder;
  folder.Write("completion", RunHourglass({"completion", "bash"}).out);
  const auto complete = [&](const std::string& words, int at) {
    const std::string script = ". " + (folder / "completion").string() + "; COMP_WORDS=(" + words +
                               "); COMP_CWORD=" + std::to_string(at) +
                               "; _hourglass; echo \"${COMPREPLY[*]}\" > " + (folder / "out").string();
    EXPECT_EQ(std::system(("bash -c '" + script + "'").c_str()), 0);
    return ReadFile(folder / "out");
  };
  EXPECT_EQ(complete("hourglass trai", 1), "train\n");
  EXPECT_EQ(complete("hourglass train --code", 2), "--code-size\n");
  EXPECT_EQ(complete("hourglass train --optimizer adamw", 3), "adamw\n");
  EXPECT_EQ(complete("hourglass data pre", 2), "preview\n");
  EXPECT_EQ(complete("hourglass data preview --col", 3), "--columns\n");
  EXPECT_EQ(complete("hourglass train --data x", 3), "\n");  // then bash completes files
  EXPECT_EQ(complete("hourglass train --data cif", 3), "cifar10 cifar100\n");
  EXPECT_EQ(complete("hourglass data fetch fa", 3), "fashion-mnist\n");
}

TEST(Frame, TheManualPageHasEveryCommandAndFlag) {
  const std::string page = RunHourglass({"man"}).out;
  EXPECT_THAT(page, AllOf(StartsWith(".TH HOURGLASS 1"), HasSubstr(".SS \"hourglass data preview\""),
                          HasSubstr(".B \\-z, \\-\\-code\\-size INT\n"), HasSubstr("[8]")));
}

TEST(Frame, APathThatTheSystemRefusesIsNamed) {
  const std::string name(300, 'n');
  const Outcome outcome = RunHourglass({"summary", name});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, AllOf(StartsWith("error: cannot use " + name), HasSubstr("too long")));
}

TEST(Frame, WhatFollowsTheValueOfAFlagIsNotPartOfIt) {
  const std::string nowhere = "http://localhost:9/";
  const Outcome named = RunHourglass(
      {"data", "fetch", "--mirror", nowhere, "mnist", "--offline", "--data-dir", "/dev/null/missing"});
  EXPECT_EQ(named.code, 1) << named.err;
  const Outcome extra = RunHourglass({"data", "fetch", "mnist", "--mirror", nowhere, "extra"});
  EXPECT_THAT(extra.err, HasSubstr("unexpected argument 'extra'"));
  const Outcome list = RunHourglass({"denoise", "--index", "3", "missing-run"});
  EXPECT_THAT(list.err, HasSubstr("missing-run does not exist"));
}

TEST(Frame, TheVariableOfFetchDoesNotStopATraining) {
  ProcessOptions offline;
  offline.environment = {{"HOURGLASS_OFFLINE", "1"}};
  const Outcome outcome = RunHourglass({"train", "--print-config"}, offline);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

TEST(Frame, TheInstructionSetCanBeLimited) {
  ProcessOptions limited;
  limited.environment = {{"HOURGLASS_SIMD", "EMU128"}};
  const Outcome env = RunHourglass({"env", "--json"}, limited);
  EXPECT_EQ(Json::parse(env.out).at("simd").front(), "EMU128");
  EXPECT_EQ(Json::parse(env.out).at("precision"), "f32");
  limited.environment = {{"HOURGLASS_SIMD", "MMX"}};
  const Outcome unknown = RunHourglass({"env"}, limited);
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err,
              AllOf(HasSubstr("unknown instruction set"), HasSubstr("EMU128"), HasSubstr("MMX")));
}

TEST(Frame, AFullDiskBehindStdoutIsAFailure) {
  // Files may not grow at all: lost output must not look like success.
  ProcessOptions full;
  full.largest_file = 1;
  for (const char* verb : {"env", "--help", "--version"}) {
    EXPECT_EQ(RunHourglass({verb}, full).code, 1) << verb;
  }
}

TEST(Frame, EnvSaysWhatTheProgramRunsOn) {
  const Outcome text = RunHourglass({"env"});
  EXPECT_EQ(text.code, 0);
  EXPECT_THAT(text.out, AllOf(HasSubstr("bf16_products"), HasSubstr("precision"), HasSubstr("threads")));
  const Outcome data = RunHourglass({"env", "--json"});
  const Json json = ParseJson(data.out, "hourglass env --json");
  EXPECT_EQ(json.at("schema_version"), 1);
  EXPECT_GE(json.at("threads").get<int>(), 1);
}

TEST(Frame, AnArchitectureThatIsShownCanBeUsed) {
  const TemporaryDirectory folder;
  const Outcome list = RunHourglass({"model", "list"});
  EXPECT_THAT(list.out, AllOf(StartsWith("conv "), HasSubstr("\nmlp4 "), HasSubstr("\ndeep-relu "),
                              HasSubstr("\nmapper ")));
  const Outcome shown = RunHourglass({"model", "show", "conv"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  const std::string mine = folder.Write("mine.toml", shown.out).string();
  const Outcome own = RunHourglass({"summary", "--model", mine, "-z", "4"});
  EXPECT_EQ(own.code, 0) << own.err;
  EXPECT_THAT(own.out, HasSubstr("Total parameters: 49,541\n"));
  EXPECT_EQ(own.out, RunHourglass({"summary", "--model", "conv", "-z", "4"}).out);
  EXPECT_THAT(RunHourglass({"model", "show", "cnv"}).err, HasSubstr("did you mean 'conv'?"));
}

TEST(Frame, EnvWorksWithoutAHome) {
  ProcessOptions homeless;
  homeless.environment = {{"HOME", ""}, {"XDG_CACHE_HOME", ""}};
  const Outcome outcome = RunHourglass({"env"}, homeless);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("none: neither is set"));
}

}  // namespace
}  // namespace hourglass::test
