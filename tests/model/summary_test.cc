#include "hourglass/model/summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "hourglass/core/error.h"
#include "support/residual_model.h"

namespace hourglass {
namespace {

// The table for this model as published by the summary study, with activations beside the layers.
constexpr char kMlp4[] =
    R"(-----------------------------------------------------------------------------
Layer (type)      Name      Activation  Output Shape               Parameters
=============================================================================
Linear-1          fc1       relu        [-1, 1, 392]                  307,720
Linear-2          fc2       relu        [-1, 1, 8]                      3,144
Linear-3          fc3       relu        [-1, 1, 392]                    3,528
Linear-4          fc4       sigmoid     [-1, 1, 784]                  308,112
=============================================================================
Total parameters: 622,504
Trainable parameters: 622,504
Non-trainable parameters: 0
-----------------------------------------------------------------------------
Input size (MB): 0.00
Forward/backward pass size (MB): 0.01
Parameters size (MB): 2.37
Estimated total size (MB): 2.39
-----------------------------------------------------------------------------
)";

TEST(Summary, TextOfMlp4IsThePublishedTable) {
  EXPECT_EQ(ToText(Summarize(MakeArchitecture("mlp4", {1, 28, 28}, 8))), kMlp4);
}

TEST(Summary, ImagesKeepTheirAxesAndLongNamesTheirColumn) {
  const ModelSummary summary = Summarize(MakeArchitecture("conv", {1, 28, 28}, 4, 0.1));
  std::string rows;
  for (const SummaryRow& row : summary.rows) {
    rows += fmt::format("{} [{}] {}\n", row.layer, fmt::join(row.output_shape, ", "), row.parameters);
  }
  EXPECT_EQ(rows,
            "Conv2d-1 [-1, 8, 14, 14] 80\n"
            "Conv2d-2 [-1, 16, 7, 7] 1168\n"
            "Conv2d-3 [-1, 32, 3, 3] 4640\n"
            "Flatten-4 [-1, 288] 0\n"
            "Linear-5 [-1, 64] 18496\n"
            "Dropout-6 [-1, 64] 0\n"
            "Linear-7 [-1, 4] 260\n"
            "Linear-8 [-1, 64] 320\n"
            "Dropout-9 [-1, 64] 0\n"
            "Linear-10 [-1, 288] 18720\n"
            "Dropout-11 [-1, 288] 0\n"
            "Unflatten-12 [-1, 32, 3, 3] 0\n"
            "ConvTranspose2d-13 [-1, 16, 7, 7] 4624\n"
            "ConvTranspose2d-14 [-1, 8, 14, 14] 1160\n"
            "ConvTranspose2d-15 [-1, 1, 28, 28] 73\n");
  EXPECT_EQ(summary.total, 49541);
  const std::string text = ToText(summary);
  EXPECT_NE(text.find("\nConvTranspose2d-13  deconv3 "), std::string::npos) << text;
}

TEST(Summary, ResidualBlocksAreRowsWithBothConvolutions) {
  const ModelSummary summary = Summarize(test::ArchitectureOf("residual", Shape{1, 8, 8}, 4));
  EXPECT_EQ(summary.rows[0].layer, "Residual-1");
  EXPECT_EQ(summary.rows[0].activation, "none");
  EXPECT_EQ(summary.rows[0].output_shape, (std::vector<int64_t>{-1, 1, 8, 8}));
  EXPECT_EQ(summary.rows[0].parameters, (27 + 3) + (27 + 1));
  EXPECT_EQ(summary.rows[3].parameters, (4 * 2 + 2) + (2 * 4 + 4));
  // Values and gradients of outputs, and of what is between the two convolutions of a block.
  const int64_t outputs = 64 + 64 + 64 + 64 + 64 + 4 + 64 + 64 + 64 + 64 + 64 + 64 + 64;
  const int64_t between = 192 + 64 + 32 + 32 + 64 + 192;
  EXPECT_DOUBLE_EQ(summary.forward_backward_mb, 2 * (outputs + between) * 4.0 / 1048576);
}

TEST(Summary, JsonHoldsTheSameNumbers) {
  const Json json = ToJson(Summarize(MakeArchitecture("mlp4", {1, 28, 28}, 8)));
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["layers"].size(), 4U);
  EXPECT_EQ(json["layers"][1], (Json{{"layer", "Linear-2"},
                                     {"name", "fc2"},
                                     {"activation", "relu"},
                                     {"output_shape", {-1, 1, 8}},
                                     {"parameters", 3144}}));
  EXPECT_EQ(json["total_parameters"], 622504);
  EXPECT_EQ(json["trainable_parameters"], 622504);
  EXPECT_EQ(json["non_trainable_parameters"], 0);
  EXPECT_DOUBLE_EQ(json["input_mb"].get<double>(), 784 * 4.0 / 1048576);
  EXPECT_DOUBLE_EQ(json["forward_backward_mb"].get<double>(), (392 + 8 + 392 + 784) * 8.0 / 1048576);
  EXPECT_DOUBLE_EQ(json["parameters_mb"].get<double>(), 622504 * 4.0 / 1048576);
}

TEST(Summary, LayersThatDoNotFitAreNamed) {
  Architecture broken = MakeArchitecture("mlp4", {1, 28, 28}, 8);
  broken.decoder[0].config["inputs"] = 9;
  try {
    Summarize(broken);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("fc3"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find('9'), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace hourglass
