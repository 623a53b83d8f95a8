// The parameters of each part of a model, as an optimizer sees them.
#include "hourglass/train/flat_layout.h"

#include <gtest/gtest.h>

#include "hourglass/model/architecture.h"

namespace hourglass {
namespace {

TEST(FlatLayout, CountsFromTheStartOfThePart) {
  const Model model(MakeArchitecture("mlp4", {1, 4, 4}, 2), 1);
  const FlatLayout all = LayoutOf(model, ModelPart::kAll), encoder = LayoutOf(model, ModelPart::kEncoder),
                   decoder = LayoutOf(model, ModelPart::kDecoder);
  EXPECT_EQ(all.params.size(), 8u);
  ASSERT_EQ(encoder.params.size(), 4u);
  ASSERT_EQ(decoder.params.size(), 4u);
  EXPECT_EQ(encoder.size + decoder.size, all.size);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(encoder.params[i].offset, all.params[i].offset);
    EXPECT_EQ(decoder.params[i].offset, all.params[4 + i].offset - encoder.size);
    EXPECT_EQ(decoder.params[i].shape, all.params[4 + i].shape);
  }
  EXPECT_EQ(decoder.params.front().offset, 0);
  EXPECT_EQ(decoder.params.front().shape, (Shape{8, 2}));
}

}  // namespace
}  // namespace hourglass
