#include "hourglass/data/npy.h"

#include <gtest/gtest.h>

#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

// The bytes that numpy.save writes for the same arrays, but for the padding of the header, which readers
// skip.
TEST(Npy, IsVersionOneInCOrder) {
  const test::TemporaryDirectory folder;
  const float values[] = {0, 1, 2, 3, 4, 5};
  WriteNpy(folder / "f.npy", Tensor::View(values, {2, 3}));
  const std::string file = ReadFile(folder / "f.npy");
  EXPECT_EQ(file.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const size_t header = static_cast<uint8_t>(file[8]) + 256 * static_cast<uint8_t>(file[9]);
  EXPECT_EQ((10 + header) % 64, 0U);
  EXPECT_EQ(file.substr(10, 57), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, ");
  EXPECT_EQ(file[10 + header - 1], '\n');
  ASSERT_EQ(file.size(), 10 + header + sizeof values);
  EXPECT_EQ(file.substr(10 + header), std::string(reinterpret_cast<const char*>(values), sizeof values));
}

TEST(Npy, BytesOfOneAxis) {
  const test::TemporaryDirectory folder;
  const uint8_t labels[] = {7, 2, 1};
  WriteNpy(folder / "u.npy", Tensor::View(labels, {3}));
  const std::string file = ReadFile(folder / "u.npy");
  EXPECT_NE(file.find("'|u1'"), std::string::npos);
  EXPECT_NE(file.find("'shape': (3, )"), std::string::npos);
  EXPECT_EQ(file.substr(file.size() - 3), "\x07\x02\x01");
  EXPECT_THROW(WriteNpy(folder / "none/u.npy", Tensor::View(labels, {3})), Error);
}

}  // namespace
}  // namespace hourglass
