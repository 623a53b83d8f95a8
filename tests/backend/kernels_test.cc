// Vector kernels for pieces of any length and alignment, at odd lengths and misaligned addresses, on every
// instruction set that was compiled and that this processor has: nothing outside the given elements may be
// read into the result or written, and NaN stays NaN. operations_test.cc runs the operations above them, and
// the kernels of convolution and dropout, on every instruction set.
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <numeric>

#include "hourglass/backend/cpu/corrupt.h"
#include "hourglass/backend/cpu/loss.h"
#include "hourglass/backend/cpu/optimizers.h"
#include "hourglass/backend/cpu/pixels.h"
#include "hourglass/backend/cpu/slope.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/backend/reference.h"
#include "support/random.h"

namespace hourglass::test {
namespace {

constexpr int64_t kLengths[] = {1, 3, 7, 8, 15, 16, 17, 31, 33, 64, 127, 4096, 4099};
constexpr int64_t kOffsets[] = {0, 1, 3};  // elements

template <class T>
T Make(double value) {
  if constexpr (std::is_same_v<T, float>) return static_cast<float>(value);
  if constexpr (std::is_same_v<T, BFloat16>) return BFloat16::FromFloat(static_cast<float>(value));
  if constexpr (std::is_same_v<T, uint8_t>) return static_cast<uint8_t>(std::lround(127.5 + 127.5 * value));
}
double Get(float value) {
  return value;
}
double Get(BFloat16 value) {
  return value.ToFloat();
}

// `length` random elements at a misaligned address, between guards of NaN (255 for bytes).
template <class T>
class Guarded {
 public:
  Guarded(int64_t length, int64_t offset, uint32_t seed, double low = -1, double high = 1)
      : offset_(offset), length_(length), elements_(static_cast<size_t>(length + offset + 1), Guard()) {
    const std::vector<double> values = RandomDoubles(length, seed, low, high);
    for (int64_t i = 0; i < length; ++i) data()[i] = Make<T>(values[static_cast<size_t>(i)]);
  }
  T* data() { return elements_.data() + offset_; }
  std::vector<double> Values() {
    std::vector<double> values;
    for (int64_t i = 0; i < length_; ++i) values.push_back(Get(data()[i]));
    return values;
  }
  bool GuardsAreWhole() const {
    for (int64_t i = 0; i < offset_; ++i) {
      if (!std::isnan(Get(elements_[static_cast<size_t>(i)]))) return false;
    }
    return std::isnan(Get(elements_.back()));
  }

 private:
  static T Guard() {
    if constexpr (std::is_same_v<T, uint8_t>)
      return 255;
    else
      return Make<T>(std::numeric_limits<double>::quiet_NaN());
  }
  int64_t offset_, length_;
  std::vector<T> elements_;
};

template <class T>
double Rounding() {
  return std::is_same_v<T, float> ? 1e-6 : 0x1p-8;
}

class KernelTest : public testing::TestWithParam<int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }

  template <class Check>
  void ForAllPlaces(const Check& check) {
    for (int64_t length : kLengths) {
      for (int64_t offset : kOffsets) {
        SCOPED_TRACE(testing::Message() << "length " << length << ", offset " << offset);
        check(length, offset);
      }
    }
  }

  template <class T>
  void CheckSlope() {
    for (Activation activation : kActivations) {
      ForAllPlaces([&](int64_t columns, int64_t offset) {
        const int64_t rows = 2;
        Guarded<T> y(rows * columns, offset, 1), dy(rows * columns, offset, 2);
        Guarded<float> sums(columns, offset, 3);
        const std::vector<double> outputs = y.Values();
        std::vector<double> expected = dy.Values(), expected_sums = sums.Values();
        for (size_t i = 0; i < expected.size(); ++i) {
          expected[i] *= reference::Slope(activation, outputs[i]);
          expected_sums[i % size_t(columns)] += expected[i];
        }
        cpu::MultiplyBySlope(activation, y.data(), dy.data(), rows, columns, sums.data());
        EXPECT_LE(RelativeError(dy.Values(), expected), Rounding<T>());
        EXPECT_LE(RelativeError(sums.Values(), expected_sums), 1e-5);
        EXPECT_TRUE(dy.GuardsAreWhole() && sums.GuardsAreWhole());
      });
    }
  }

  template <class T>
  void CheckLoss() {
    for (LossKind kind : AllLosses()) {
      const LossSettings loss{.kind = kind, .parameter = 0.25};
      for (Activation activation : kActivations) {
        if (IsOfSigmoid(kind) && activation != Activation::kSigmoid) continue;
        ForAllPlaces([&](int64_t length, int64_t offset) {
          Guarded<T> y(length, offset, 1), target(length, offset, 2), dz(length, offset, 3);
          if (IsOfSigmoid(kind)) {  // outputs and targets in [0, 1]
            for (int64_t i = 0; i < length; ++i) {
              y.data()[i] = Make<T>(std::abs(Get(y.data()[i])));
              target.data()[i] = Make<T>(std::abs(Get(target.data()[i])));
            }
          }
          const std::vector<double> outputs = y.Values(), targets = target.Values();
          std::vector<double> expected(static_cast<size_t>(length));
          const double mean = reference::Loss<double>(loss, length, outputs.data(), targets.data(),
                                                      activation, 1.0, expected.data());
          const auto sum = [&](T* gradient) {
            return cpu::SumLoss<T>(loss, y.data(), target.data(), length, activation,
                                   {.dz = gradient, .scale = 1.0f / static_cast<float>(length)});
          };
          EXPECT_NEAR(sum(dz.data()) / double(length), mean, 1e-5 * mean);
          EXPECT_LE(RelativeError(dz.Values(), expected), Rounding<T>());
          EXPECT_TRUE(dz.GuardsAreWhole());
          EXPECT_NEAR(sum(nullptr) / double(length), mean, 1e-5 * mean);
        });
      }
    }
  }

  template <class T>
  void CheckAdd() {
    const auto backend = MakeBackend({.threads = 1});
    ForAllPlaces([&](int64_t length, int64_t offset) {
      Guarded<T> x(length, offset, 1), y(length, offset, 2);
      std::vector<double> expected = y.Values();
      reference::Add(length, x.Values().data(), expected.data());
      Tensor sum = Tensor::View(y.data(), {length});
      backend->Add(Tensor::View(x.data(), {length}), sum);
      EXPECT_LE(RelativeError(y.Values(), expected), Rounding<T>());
      EXPECT_TRUE(y.GuardsAreWhole());
    });
  }

  template <class T>
  void CheckGelu() {
    const auto backend = MakeBackend({.threads = 1});
    ForAllPlaces([&](int64_t length, int64_t offset) {
      Guarded<T> x(length, offset, 1, -5, 5), dy(length, offset, 2), y(length, offset, 3),
          dx(length, offset, 4);
      std::vector<double> expected_y(static_cast<size_t>(length)), expected_dx(expected_y.size());
      reference::Gelu(length, x.Values().data(), expected_y.data());
      reference::GeluGradient(length, x.Values().data(), dy.Values().data(), expected_dx.data());
      const Tensor input = Tensor::View(x.data(), {length}), gradient = Tensor::View(dy.data(), {length});
      Tensor output = Tensor::View(y.data(), {length}), input_gradient = Tensor::View(dx.data(), {length});
      backend->Gelu(input, input.dtype(), output);
      backend->GeluGradient(input, gradient, input_gradient);
      EXPECT_LE(RelativeError(y.Values(), expected_y), Rounding<T>());
      EXPECT_LE(RelativeError(dx.Values(), expected_dx), Rounding<T>());
      EXPECT_TRUE(y.GuardsAreWhole() && dx.GuardsAreWhole());
    });
  }

  template <class T>
  void CheckPixels() {
    ForAllPlaces([&](int64_t length, int64_t offset) {
      Guarded<uint8_t> pixels(length, offset, 1);
      Guarded<T> out(length, offset, 2);
      cpu::ScalePixels(pixels.data(), length, out.data());
      for (int64_t i = 0; i < length; ++i) {
        EXPECT_EQ(Get(out.data()[i]), Get(Make<T>(static_cast<float>(pixels.data()[i]) / 255.0f)));
      }
      EXPECT_TRUE(out.GuardsAreWhole());
    });
  }

  // Every byte, not only random ones.
  void CheckEveryByte() {
    std::vector<uint8_t> bytes(256);
    std::iota(bytes.begin(), bytes.end(), uint8_t{0});
    std::vector<float> out(256);
    cpu::ScalePixels(bytes.data(), 256, out.data());
    for (size_t i = 0; i < 256; ++i) EXPECT_EQ(out[i], static_cast<float>(i) / 255.0f);
  }

  template <class T>
  void CheckNormals() {
    const Rng rng(42, Stream::kNoise);
    ForAllPlaces([&](int64_t length, int64_t offset) {
      Guarded<T> x(length, offset, 1);
      std::vector<double> expected = x.Values();
      for (int64_t i = 0; i < length; ++i) {
        expected[size_t(i)] += 0.5f * rng.Normal(3, uint64_t{1} << 35, static_cast<uint32_t>(i));
      }
      cpu::AddNormals(rng, 3, uint64_t{1} << 35, 0.5f, length, x.data());
      EXPECT_LE(RelativeError(x.Values(), expected), std::max(1e-5, Rounding<T>()));
      EXPECT_TRUE(x.GuardsAreWhole());
    });
  }

  // Two channels: a pixel changes in both.
  template <class T>
  void CheckReplacedPixels() {
    const Rng rng(43, Stream::kNoise);
    const uint32_t replaced = 0x90000000, white = 0x30000000;
    ForAllPlaces([&](int64_t pixels, int64_t offset) {
      Guarded<T> x(2 * pixels, offset, 1);
      std::vector<double> expected = x.Values();
      for (int64_t i = 0; i < 2 * pixels; ++i) {
        const auto pixel = static_cast<uint32_t>(i % pixels);
        const uint32_t word = rng.Block(5, uint64_t{1} << 36, pixel / 4)[pixel % 4];
        if (word < replaced) expected[size_t(i)] = word < white ? 1 : 0;
      }
      cpu::ReplacePixels(rng, 5, uint64_t{1} << 36, replaced, white, 2, pixels, x.data());
      EXPECT_EQ(x.Values(), expected);
      EXPECT_TRUE(x.GuardsAreWhole());
    });
  }
};

TEST_P(KernelTest, MultiplyBySlope) {
  CheckSlope<float>();
  CheckSlope<BFloat16>();
}

TEST_P(KernelTest, SumLoss) {
  CheckLoss<float>();
  CheckLoss<BFloat16>();
}

TEST_P(KernelTest, Add) {
  CheckAdd<float>();
  CheckAdd<BFloat16>();
}

TEST_P(KernelTest, Gelu) {
  CheckGelu<float>();
  CheckGelu<BFloat16>();
}

TEST_P(KernelTest, ScalePixels) {
  CheckPixels<float>();
  CheckPixels<BFloat16>();
  CheckEveryByte();
}

TEST_P(KernelTest, AddNormals) {
  CheckNormals<float>();
  CheckNormals<BFloat16>();
}

TEST_P(KernelTest, ReplacePixels) {
  CheckReplacedPixels<float>();
  CheckReplacedPixels<BFloat16>();
}

// A diverged model must not look healthy.
TEST_P(KernelTest, ConvolutionsTreatNaNAsTheReferenceDoes) {
  const auto backend = MakeBackend({.threads = 1});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor w = Filled({1, 1, 1, 1}, DType::kF32, 1), b = Filled({1}, DType::kF32, 0);
  for (Activation activation : kActivations) {
    const bool kept = std::isnan(reference::Apply(activation, nan));
    for (DType dtype : {DType::kF32, DType::kBF16}) {
      const Tensor x = Filled({17, 1, 3, 3}, dtype, nan);  // a full tile and another
      Tensor y;
      backend->ConvForward(x, w, b, {.kernel = 1}, activation, dtype, y);
      for (const double value : Widen(y)) EXPECT_EQ(std::isnan(value), kept) << Name(activation);
    }
  }
}

TEST_P(KernelTest, GradientsOfNaNAreNaN) {
  std::vector<BFloat16> dy(19, BFloat16::FromFloat(std::numeric_limits<float>::quiet_NaN()));
  const std::vector<BFloat16> y(19, BFloat16::FromFloat(0.5f));
  std::vector<float> sums(19);
  cpu::MultiplyBySlope(Activation::kSigmoid, y.data(), dy.data(), 1, 19, sums.data());
  for (const BFloat16 value : dy) EXPECT_TRUE(std::isnan(value.ToFloat()));
}

TEST_P(KernelTest, AdamStep) {
  const AdamSettings settings = {.weight_decay = 1e-3};
  ForAllPlaces([&](int64_t length, int64_t offset) {
    Guarded<float> grads(length, offset, 1), params(length, offset, 2), m(length, offset, 3),
        v(length, offset, 4, 0, 1);
    std::vector<double> p = params.Values(), em = m.Values(), ev = v.Values();
    reference::AdamStep(settings, 1e-2, 2, length, grads.Values().data(), p.data(), em.data(), ev.data());
    cpu::AdamStep(settings, 1e-2, 2, length, grads.data(), params.data(), m.data(), v.data());
    EXPECT_LE(RelativeError(params.Values(), p), 1e-6);
    EXPECT_LE(RelativeError(m.Values(), em), 1e-6);
    EXPECT_LE(RelativeError(v.Values(), ev), 1e-6);
    EXPECT_TRUE(params.GuardsAreWhole() && m.GuardsAreWhole() && v.GuardsAreWhole());
  });
}

std::vector<int64_t> Targets() {
  std::vector<int64_t> targets;
  for (auto target : hwy::SupportedAndGeneratedTargets()) targets.push_back(static_cast<int64_t>(target));
  return targets;
}

INSTANTIATE_TEST_SUITE_P(EveryTarget, KernelTest, testing::ValuesIn(Targets()),
                         [](const auto& row) { return std::string(hwy::TargetName(row.param)); });

}  // namespace
}  // namespace hourglass::test
