#include "hourglass/core/tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "support/elsewhere.h"
#include "support/usage_error.h"

namespace hourglass {
namespace {

TEST(Shape, CountsAndCompares) {
  const Shape shape = {2, 3, 4};
  EXPECT_EQ(shape.size(), 24);
  EXPECT_EQ(shape.row_size(), 12);
  EXPECT_EQ(shape.Batched(5), Shape({5, 2, 3, 4}));
  EXPECT_EQ(shape.WithRows(7), Shape({7, 3, 4}));
  EXPECT_FALSE(shape == Shape({2, 3}));
  EXPECT_EQ(shape.ToString(), "[2, 3, 4]");
}

TEST(Tensor, ReallocatesOnlyToGrow) {
  Tensor tensor({4, 4});
  const void* first = tensor.raw();
  tensor.Resize({2, 3});
  EXPECT_EQ(tensor.raw(), first);
  tensor.Resize({4, 8}, DType::kBF16);
  EXPECT_EQ(tensor.raw(), first);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.raw()) % 64, 0u);
  tensor.Resize({100, 100});  // still bf16
  EXPECT_EQ(tensor.byte_size(), 20'000u);
}

TEST(Tensor, MovesAndLeavesNothing) {
  Tensor from({3});
  std::iota(from.span<float>().begin(), from.span<float>().end(), 1.0f);
  Tensor to = std::move(from);
  EXPECT_TRUE(from.empty());
  EXPECT_EQ(from.size(), 0);
  EXPECT_EQ(to.data<float>()[2], 3.0f);
}

TEST(Tensor, ClonesAreTheirOwn) {
  Tensor tensor({2});
  tensor.data<float>()[0] = 1;
  tensor.data<float>()[1] = 2;
  const Tensor copy = tensor.Clone();
  tensor.data<float>()[0] = 9;
  EXPECT_EQ(copy.data<float>()[0], 1.0f);
}

TEST(Tensor, RowsAreViews) {
  Tensor tensor({3, 2});
  std::iota(tensor.span<float>().begin(), tensor.span<float>().end(), 0.0f);
  Tensor middle = tensor.Rows(1, 1);
  EXPECT_EQ(middle.shape(), Shape({1, 2}));
  middle.data<float>()[0] = 7;
  EXPECT_EQ(tensor.data<float>()[2], 7.0f);
}

TEST(Tensor, GathersRows) {
  Tensor tensor({3, 2}, DType::kU8);
  std::iota(tensor.span<uint8_t>().begin(), tensor.span<uint8_t>().end(), uint8_t{0});
  const std::vector<int64_t> ids = {2, 0};
  const Tensor rows = GatherRows(tensor, ids);
  EXPECT_EQ(std::vector<uint8_t>(rows.span<uint8_t>().begin(), rows.span<uint8_t>().end()),
            (std::vector<uint8_t>{4, 5, 0, 1}));
}

TEST(Tensor, WrongTypesRowsAndShapesAreUsageErrorsThatShowBoth) {
  Tensor tensor({3, 2});
  Tensor view = Tensor::View(tensor.data<float>(), {2});
  const std::vector<int64_t> five(5, 1), outside = {0, 3};
  test::ExpectUsageErrors({
      {"expected: u8 on host\n  got:      f32 [3, 2] on host", [&] { tensor.data<uint8_t>(); }},
      {"bf16 on host", [&] { std::as_const(tensor).span<BFloat16>(); }},
      {"invalid number of rows\n  expected: 0 to 1\n  got:      2", [&] { tensor.Rows(2, 2); }},
      {"invalid number of rows", [&] { tensor.Rows(1, INT64_MAX); }},
      {"invalid first row", [&] { tensor.Rows(-1, 1); }},
      {"invalid first row", [&] { tensor.Rows(4, 0); }},
      {"invalid row\n  expected: 0 to 2", [&] { GatherRows(tensor, outside); }},
      {"at most 8 bytes\n  got:      f32 [100]", [&] { view.Resize({100}); }},
      {"invalid size of an axis",
       [&] {
         tensor.Resize({2, -1});
       }},
      {"6 elements, as [3, 2]\n  got:      4 elements, as [2, 2]",
       [&] {
         tensor.Reshape({2, 2});
       }},
      {"invalid number of axes", [&] { Shape shape(five); }},
      {"invalid axis\n  expected: 0 to 1", [&] { tensor.shape()[2]; }},
      {"invalid axis\n  expected: none", [&] { Tensor(Shape{}).rows(); }},
      {"expected: 1 to 4\n  got:      5",
       [&] {
         Shape({1, 2, 3, 4}).Batched(1);
       }},
      {"invalid number of axes", [&] { Shape().WithRows(1); }},
  });
}

TEST(Tensor, OfAnotherDeviceIsReadAfterACopyOnly) {
  test::Elsewhere device, other;
  Tensor here({2, 3});
  std::iota(here.span<float>().begin(), here.span<float>().end(), 1.0f);
  Tensor there = here.CopyTo(device);
  EXPECT_FALSE(there.on_host());
  test::ExpectUsageErrors({{"f32 [2, 3] on elsewhere", [&] { there.data<float>(); }},
                           {"f32 [1, 3] on elsewhere", [&] { there.Rows(1, 1).data<float>(); }}});
  there.Resize({6});
  EXPECT_EQ(device.allocations, 1) << "a tensor that shrinks keeps its memory";
  there.Reshape({2, 3});
  const Tensor back = there.Clone().CopyTo(other).Rows(1, 1).CopyTo(HostDevice());
  EXPECT_EQ(back.shape(), Shape({1, 3}));
  EXPECT_EQ(back.data<float>()[0], 4.0f);
}

TEST(BFloat16, RoundsToNearestEven) {
  EXPECT_EQ(BFloat16::FromFloat(1.0f).ToFloat(), 1.0f);
  EXPECT_EQ(BFloat16::FromFloat(1.0f + 0x1p-8f).ToFloat(), 1.0f);                // a tie: down to even
  EXPECT_EQ(BFloat16::FromFloat(1.0f + 3 * 0x1p-8f).ToFloat(), 1.0f + 0x1p-6f);  // a tie: up to even
  EXPECT_EQ(BFloat16::FromFloat(1.0f + 0x1.01p-8f).ToFloat(), 1.0f + 0x1p-7f);
  EXPECT_TRUE(std::isnan(BFloat16::FromFloat(NAN).ToFloat()));
  EXPECT_EQ(BFloat16::FromFloat(-INFINITY).ToFloat(), -INFINITY);
}

TEST(Tensor, RowsInGroupsAreForBackendsOnly) {
  Tensor tensor;
  tensor.Resize({17, 3}, {DType::kF32, RowLayout::kGroups});
  EXPECT_EQ(tensor.size(), 51);
  EXPECT_EQ(tensor.byte_size(), 2 * 16 * 3 * sizeof(float));
  EXPECT_EQ(Describe(tensor), "f32 [17, 3] in groups of 16 rows");
  const Tensor& constant = tensor;
  const int64_t ids[] = {0};
  EXPECT_THROW(constant.data<float>(), Error);
  EXPECT_THROW(constant.Rows(0, 1), Error);
  EXPECT_THROW(tensor.Reshape({51}), Error);
  EXPECT_THROW(GatherRows(tensor, ids), Error);

  std::memset(tensor.raw(), 1, tensor.byte_size());
  const Tensor copy = tensor.Clone();
  EXPECT_EQ(copy.layout(), RowLayout::kGroups);
  EXPECT_EQ(std::memcmp(copy.raw(), tensor.raw(), tensor.byte_size()), 0);
  const Tensor moved = std::move(tensor);
  EXPECT_EQ(moved.layout(), RowLayout::kGroups);
  tensor.Resize({2, 3});
  EXPECT_EQ(tensor.layout(), RowLayout::kRows);
}

}  // namespace
}  // namespace hourglass
