#include "hourglass/model/detail/architecture_toml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr char kWhole[] = R"(title = "Everything once"
encoder = [
  {name = "conv1", kind = "conv", outputs = 4, kernel = 5, stride = 3, padding = 1, activation = "tanh"},
  {name = "flat", kind = "flatten"},
  {name = "drop", kind = "dropout", probability = "dropout"},
  {name = "drop2", kind = "dropout", probability = 0.5},
  {name = "fc1", kind = "dense", outputs = "pixels/4", activation = "relu"},
  {name = "fc2", kind = "dense", outputs = "code"},
]
[[decoder]]
name = "fc3"
kind = "dense"
mirrors = "fc1"
[[decoder]]
name = "unflat"
kind = "unflatten"
mirrors = "flat"
[[decoder]]
name = "deconv1"
kind = "conv_transpose"
mirrors = "conv1"
[[decoder]]
name = "last"
kind = "conv"
outputs = "channels"
kernel = 1
activation = "sigmoid"
)";

Architecture Read(const std::string& text, double dropout = 0.1) {
  Architecture made{.name = "mine", .image_shape = {2, 12, 12}, .code_size = 3, .encoder = {}, .decoder = {}};
  ReadLayers(text, "mine.toml", dropout, made);
  return made;
}

// With `to` in the place of `from`, the text is a usage Error that names the file and says `message`.
void ExpectRefused(std::string text, const std::string& from, const std::string& to,
                   const std::string& message) {
  ASSERT_NE(text.find(from), std::string::npos) << from;
  text.replace(text.find(from), from.size(), to);
  try {
    Read(text, 0);
    ADD_FAILURE() << "no error with: " << message;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("mine.toml"));
    EXPECT_THAT(error.what(), HasSubstr(message));
  }
}

TEST(ArchitectureToml, FillsInWhatFollows) {
  const Architecture made = Read(kWhole);
  ASSERT_EQ(made.encoder.size(), 6U);
  ASSERT_EQ(made.decoder.size(), 4U);
  EXPECT_EQ(made.encoder[0].name, "conv1");
  EXPECT_EQ(made.encoder[0].config, (Json{{"kind", "conv"},
                                          {"inputs", 2},
                                          {"outputs", 4},
                                          {"kernel", 5},
                                          {"stride", 3},
                                          {"padding", 1},
                                          {"activation", "tanh"}}));
  EXPECT_EQ(made.encoder[2].config["probability"], 0.1);
  EXPECT_EQ(made.encoder[3].config["probability"], 0.5);
  EXPECT_EQ(made.encoder[4].config,  // the convolution gives 4 × 4 × 4
            (Json{{"kind", "dense"}, {"inputs", 64}, {"outputs", 72}, {"activation", "relu"}}));
  EXPECT_EQ(made.encoder[5].config,
            (Json{{"kind", "dense"}, {"inputs", 72}, {"outputs", 3}, {"activation", "none"}}));
  EXPECT_EQ(made.decoder[0].config["outputs"], 64);
  EXPECT_EQ(made.decoder[1].config, (Json{{"kind", "unflatten"}, {"shape", {4, 4, 4}}}));
  EXPECT_EQ(made.decoder[2].config, (Json{{"kind", "conv_transpose"},
                                          {"inputs", 4},
                                          {"outputs", 2},
                                          {"kernel", 5},
                                          {"stride", 3},
                                          {"padding", 1},
                                          {"output_padding", 0},
                                          {"activation", "none"}}));
  EXPECT_EQ(made.decoder[3].config["outputs"], 2);
}

constexpr char kGrowing[] = R"(
encoder = [
  {name = "first", kind = "conv", outputs = 3, kernel = 3, padding = 1},
  {name = "c", kind = "conv", outputs = [4, 6], kernel = 3, stride = 2, padding = 1, until = 3, activation = "relu"},
  {name = "flat", kind = "flatten"},
  {name = "fc", kind = "dense", outputs = "code"},
]
decoder = [
  {name = "fc2", kind = "dense", mirrors = "fc"},
  {name = "unflat", kind = "unflatten", mirrors = "flat"},
  {name = "d", kind = "conv_transpose", mirrors = "c", activation = "relu"},
  {name = "last", kind = "conv_transpose", mirrors = "first", activation = "sigmoid"},
]
)";

std::vector<std::pair<std::string, Json>> OutputsOf(const std::vector<NamedLayer>& layers) {
  std::vector<std::pair<std::string, Json>> outputs;
  for (const NamedLayer& layer : layers) {
    if (layer.config.contains("kernel")) outputs.emplace_back(layer.name, layer.config["outputs"]);
  }
  return outputs;
}

TEST(ArchitectureToml, GrowsWithTheImage) {
  const auto read = [](int64_t height, int64_t width) {
    Architecture made{
        .name = "mine", .image_shape = {1, height, width}, .code_size = 3, .encoder = {}, .decoder = {}};
    ReadLayers(kGrowing, "mine.toml", 0, made);
    return made;
  };
  for (const auto& [height, width] : {std::pair{2, 2}, {6, 5}}) {  // once, though 2 × 2 is small before
    const Architecture small = read(height, width);
    EXPECT_THAT(OutputsOf(small.encoder), ElementsAre(Pair("first", 3), Pair("c", 4)));
    EXPECT_THAT(OutputsOf(small.decoder), ElementsAre(Pair("d", 3), Pair("last", 1)));
  }
  for (const auto& [height, width] : {std::pair{28, 100}, {24, 41}, {16, 64}, {200, 9}})
    EXPECT_NO_THROW(MakeArchitecture("conv", {1, height, width}, 4));
  const Architecture large = read(20, 23);
  EXPECT_THAT(OutputsOf(large.encoder),
              ElementsAre(Pair("first", 3), Pair("c", 4), Pair("c-2", 6), Pair("c-3", 6)));
  EXPECT_THAT(OutputsOf(large.decoder),
              ElementsAre(Pair("d-3", 6), Pair("d-2", 4), Pair("d", 3), Pair("last", 1)));
}

constexpr char kGrowingByBlocks[] = R"(
encoder = [
  {until = 3, layers = [
    {name = "c", kind = "conv", outputs = [4, 6], kernel = 4, stride = 2, padding = 1},
    {name = "g", kind = "gelu"},
  ]},
  {name = "flat", kind = "flatten"},
  {name = "fc", kind = "dense", outputs = "code"},
]
decoder = [
  {name = "fc2", kind = "dense", mirrors = "fc"},
  {name = "unflat", kind = "unflatten", mirrors = "flat"},
  {layers = [
    {name = "h", kind = "gelu"},
    {name = "d", kind = "conv_transpose", mirrors = "c"},
  ]},
]
)";

TEST(ArchitectureToml, ABlockOfLayersIsRepeatedAsAWhole) {
  const auto names = [](const std::vector<NamedLayer>& layers) {
    std::vector<std::string> found;
    for (const NamedLayer& layer : layers) found.push_back(layer.name);
    return found;
  };
  const Architecture made = Read(kGrowingByBlocks, 0);  // 12 × 12: two blocks
  EXPECT_THAT(names(made.encoder), ElementsAre("c", "g", "c-2", "g-2", "flat", "fc"));
  EXPECT_THAT(names(made.decoder), ElementsAre("fc2", "unflat", "h-2", "d-2", "h", "d"));
  EXPECT_THAT(OutputsOf(made.encoder), ElementsAre(Pair("c", 4), Pair("c-2", 6)));
  EXPECT_THAT(OutputsOf(made.decoder), ElementsAre(Pair("d-2", 4), Pair("d", 2)));
}

TEST(ArchitectureToml, WhatABlockCannotBeIsAUsageErrorWithItsPlace) {
  const std::tuple<std::string, std::string, std::string> damages[] = {
      {"until = 3, layers", "until = 3, name = \"b\", layers", "mine.toml:3: unknown key 'name'"},
      {"{layers = [", "{until = 3, layers = [", "mine.toml:13: unknown key 'until'"},
      {"kind = \"flatten\"", "kind = \"flatten\", layers = []", "mine.toml:7: bad value for 'layers'"},
      {"{name = \"flat\", kind = \"flatten\"}", "{layers = []}", "mine.toml:7: bad value for 'layers'"},
      {"kind = \"gelu\"", "kind = \"gelu\", until = 3", "mine.toml:5: unknown key 'until'"},
      {"kernel = 4, stride = 2", "kernel = 3",
       "mine.toml:3: the block: it does not shrink images to 3 pixels"},
      {"{name = \"h\", kind = \"gelu\"}", "{name = \"h\", kind = \"dense\", mirrors = \"fc\"}",
       "mine.toml:14: the layers of a block mirror layers that are not repeated equally often"}};
  for (const auto& [from, to, message] : damages) ExpectRefused(kGrowingByBlocks, from, to, message);
}

constexpr char kBlocks[] = R"(
encoder = [
  {name = "c", kind = "conv", outputs = [4, 6], kernel = 3, stride = 2, padding = 1, until = 3},
  {name = "r", kind = "residual", width = 9, kernel = 5},
  {name = "s", kind = "residual"},
  {name = "flat", kind = "flatten"},
  {name = "fc", kind = "dense", outputs = "code"},
]
decoder = [
  {name = "fc2", kind = "dense", mirrors = "fc"},
  {name = "unflat", kind = "unflatten", mirrors = "flat"},
  {name = "s2", kind = "residual", mirrors = "s"},
  {name = "r2", kind = "residual", mirrors = "r", activation = "tanh"},
  {name = "d", kind = "conv_transpose", mirrors = "c"},
]
)";

TEST(ArchitectureToml, ResidualBlocksTakeTheirChannelsFromTheLayerBefore) {
  const auto block = [](int64_t channels, int64_t width, int64_t kernel, const char* activation) {
    return Json{{"kind", "residual"},
                {"channels", channels},
                {"width", width},
                {"kernel", kernel},
                {"activation", activation}};
  };
  const Architecture made = Read(kBlocks, 0);  // 12 × 12: two convolutions
  EXPECT_EQ(made.encoder[2].config, block(6, 9, 5, "relu"));
  EXPECT_EQ(made.encoder[3].config, block(6, 6, 3, "relu"));
  EXPECT_EQ(made.decoder[2].config, block(6, 6, 3, "relu"));
  EXPECT_EQ(made.decoder[3].config, block(6, 9, 5, "tanh"));
  EXPECT_TRUE(HasConvolutions(made));
}

TEST(ArchitectureToml, WhatAResidualBlockCannotBeIsAUsageErrorWithItsPlace) {
  const std::tuple<std::string, std::string, std::string> damages[] = {
      {"kernel = 5", "kernel = 4", "layer 'r': invalid kernel of a residual block"},
      {"kernel = 5", "stride = 2", "unknown key 'stride'"},
      {"width = 9", "width = 0", "layer 'r': invalid sizes of a convolution"},
      {"mirrors = \"r\"", "mirrors = \"r\", kernel = 5", "'kernel' comes from the mirrored layer 'r'"},
      {"mirrors = \"r\"", "mirrors = \"c\"", "a residual layer cannot mirror 'c-2', a conv layer"},
      {"kernel = 5", "kernel = 5, until = 2", "layer 'r': it does not shrink images to 2 pixels"}};
  for (const auto& [from, to, message] : damages) ExpectRefused(kBlocks, from, to, message);
}

TEST(ArchitectureToml, GeluHasNoKeysAndNeedsNoMirror) {
  const std::string text = R"(
encoder = [{name = "c", kind = "conv", outputs = 2, kernel = 3, padding = 1}, {name = "g", kind = "gelu"},
           {name = "f", kind = "flatten"}, {name = "fc", kind = "dense", outputs = "code"}]
decoder = [{name = "fc2", kind = "dense", outputs = "pixels"}, {name = "h", kind = "gelu"}]
)";
  const Architecture made = Read(text, 0);
  EXPECT_EQ(made.encoder[1].config, (Json{{"kind", "gelu"}}));
  EXPECT_EQ(made.encoder[3].config["inputs"], 2 * 12 * 12);
  const std::pair<std::string, std::string> damages[] = {{R"("gelu"}])", R"("gelu", mirrors = "g"}])"},
                                                         {R"("gelu"},)", R"("gelu", activation = "relu"},)"}};
  const std::string messages[] = {"layer 'h': a gelu layer cannot be mirrored", "unknown key 'activation'"};
  for (size_t i = 0; i < 2; ++i) {
    std::string damaged = text;
    damaged.replace(damaged.find(damages[i].first), damages[i].first.size(), damages[i].second);
    try {
      Read(damaged, 0);
      ADD_FAILURE() << "no error with: " << messages[i];
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(messages[i]));
    }
  }
}

TEST(ArchitectureToml, AModelOfResidualBlocksHasConvolutions) {
  const std::string flat = R"(
encoder = [{name = "fc", kind = "dense", outputs = "code"}]
decoder = [{name = "fc2", kind = "dense", outputs = "pixels"}]
)";
  std::string blocks = flat;
  blocks.replace(blocks.find("[{"), 2, R"([{name = "r", kind = "residual"}, {)");
  EXPECT_FALSE(HasConvolutions(Read(flat, 0)));
  EXPECT_TRUE(HasConvolutions(Read(blocks, 0)));
}

TEST(ArchitectureToml, MakeArchitectureReadsAFile) {
  const test::TemporaryDirectory folder;
  const auto file = folder.path() / "wide.toml";
  WriteFileAtomically(file, kWhole);
  const Architecture made = MakeArchitecture(file.string(), {2, 12, 12}, 3, 0.1);
  EXPECT_EQ(made.name, "wide");
  EXPECT_EQ(made.encoder[4].config["outputs"], 72);
  EXPECT_THROW(MakeArchitecture((folder.path() / "none.toml").string(), {2, 12, 12}, 3), Error);
}

// `kWhole` with one text replaced, and the expected error.
struct Damage {
  std::string name, from, to, message;
};

class DamagedArchitecture : public testing::TestWithParam<Damage> {};

TEST_P(DamagedArchitecture, IsAUsageErrorWithItsPlace) {
  std::string text = kWhole;
  const size_t at = text.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, GetParam().from.size(), GetParam().to);
  try {
    Read(text);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("mine.toml"));
    EXPECT_THAT(error.what(), HasSubstr(GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    ArchitectureToml, DamagedArchitecture,
    testing::Values(
        Damage{"NotToml", "title = ", "title ", "mine.toml:1: not TOML"},
        Damage{"UnknownSide", "[[decoder]]", "[[decodre]]", "did you mean 'decoder'"},
        Damage{"TitleNoText", "\"Everything once\"", "3", "bad value for 'title'"},
        Damage{"NoEncoder", "encoder = [", "more = [", "unknown key 'more'"},
        Damage{"EncoderNoTables", "encoder = [", "encoder = [3, ", "[[encoder]] tables"},
        Damage{"NameMissing", "name = \"flat\", ", "", "mine.toml:4: 'name' is missing"},
        Damage{"NameWithADot", "\"fc1\", kind", "\"fc.1\", kind", "letters, digits"},
        Damage{"NameTwice", "name = \"unflat\"", "name = \"flat\"", "two layers are named 'flat'"},
        Damage{"KindMissing", ", kind = \"flatten\"", "", "'kind' is missing"},
        Damage{"KindUnknown", "\"flatten\"", "\"flaten\"", "did you mean 'flatten'"},
        Damage{"KeyUnknown", "stride", "strid", "mine.toml:3: unknown key 'strid'"},
        Damage{"KeyOfAnotherKind", "kind = \"flatten\"", "kind = \"flatten\", kernel = 3", "unknown key"},
        Damage{"KeyMissing", "kernel = 5, ", "", "layer 'conv1': 'kernel' is missing"},
        Damage{"ValueOfAnotherType", "kernel = 5", "kernel = 5.5",
               "layer 'conv1': convolution: bad value for 'kernel'"},
        Damage{"ValueATable", "kernel = 5", "kernel = {a = 5}", "layer 'conv1'"},
        Damage{"ValueImpossible", "kernel = 5", "kernel = -5", "layer 'conv1'"},
        Damage{"WordUnknown", "\"pixels/4\"", "\"pixels/four\"",
               "layer 'fc1': neither a number nor a known word"},
        Damage{"WordZeroth", "\"pixels/4\"", "\"pixels/0\"", "layer 'fc1'"},
        Damage{"WordOfNothing", "\"pixels/4\"", "\"pixels/289\"", "would be 0"},
        Damage{"CodeOfNoPlane", "\"pixels/4\"", "\"code/plane\"",
               "layer 'fc1': \"code/plane\" needs a layer of"},
        Damage{"ActivationUnknown", "\"tanh\"", "\"tahn\"", "did you mean 'tanh'"},
        Damage{"MirrorsInTheEncoder", "kind = \"flatten\"", "kind = \"unflatten\", mirrors = \"conv1\"",
               "unknown key 'mirrors'"},
        Damage{"MirrorsNothing", "mirrors = \"conv1\"", "mirrors = \"conv2\"", "did you mean 'conv1'"},
        Damage{"MirrorsAnotherKind", "mirrors = \"conv1\"", "mirrors = \"fc1\"", "kind = \"dense\""},
        Damage{"MirrorsDropout", "mirrors = \"conv1\"", "mirrors = \"drop\"", "cannot be mirrored"},
        Damage{"MirroredTwice", "mirrors = \"conv1\"", "mirrors = \"conv1\"\noutputs = 2",
               "'outputs' comes from the mirrored layer 'conv1'"},
        Damage{"InputsWrong", "kernel = 5", "kernel = 5, inputs = 3", "layer 'conv1'"},
        Damage{"StackImpossible", "kernel = 5", "kernel = 15", "[2, 12, 12]"},
        Damage{"UntilNothing", "stride = 3", "stride = 3, until = 0", "layer 'conv1': 'until' must be"},
        Damage{"UntilNever", "kernel = 5, stride = 3", "kernel = 3, stride = 1, until = 3",
               "layer 'conv1': it does not shrink images to 3 pixels"},
        Damage{"UntilTooSmall", "kernel = 5, stride = 3", "kernel = 7, stride = 2, until = 1",
               "layer 'conv1-2': a convolution"},
        Damage{"UntilOfNoImages", "\"flatten\"", "\"flatten\", until = 3",
               "'until' needs a layer from images"},
        Damage{"UntilInTheDecoder", "mirrors = \"conv1\"", "mirrors = \"conv1\"\nuntil = 9",
               "unknown key 'until'"},
        Damage{"OutputsInAnEmptyList", "outputs = 4", "outputs = [], until = 4",
               "'outputs' is an empty list"},
        Damage{"OutputsInAList", "outputs = 4", "outputs = [4, 5]", "bad value for 'outputs'"},
        Damage{"CodeOfAnotherSize", "\"code\"", "4", "layer 'fc2' ends the encoder with an output of [4]"},
        Damage{"ImageOfAnotherSize", "outputs = \"channels\"", "outputs = 3",
               "layer 'last' ends the decoder with an output of [3, 12, 12]"}),
    [](const auto& damage) { return damage.param.name; });

TEST(ArchitectureToml, BothSidesNeedLayers) {
  const std::string encoder = R"(encoder = [{name = "fc1", kind = "dense", outputs = "code"}])";
  for (const std::string& text : {std::string(), encoder}) {
    try {
      Read(text, 0);
      FAIL();
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(text.empty() ? "a list 'encoder'" : "a list 'decoder'"));
    }
  }
}

TEST(ArchitectureToml, ADecoderThatMirrorsOutOfOrderIsRefused) {
  const std::string text = R"(
encoder = [{name = "a", kind = "conv", outputs = 2, kernel = 2, stride = 2},
           {name = "b", kind = "conv", outputs = 2, kernel = 3, stride = 1},
           {name = "f", kind = "flatten"}, {name = "c", kind = "dense", outputs = "code"}]
decoder = [{name = "g", kind = "dense", mirrors = "c"}, {name = "u", kind = "unflatten", mirrors = "f"},
           {name = "d", kind = "conv_transpose", mirrors = "a"}]
)";
  try {
    Read(text, 0);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("layer 'd': its output does not match the input of 'a'"));
    EXPECT_THAT(error.what(), HasSubstr("[2, 8, 8]"));
  }
}

}  // namespace
}  // namespace hourglass
