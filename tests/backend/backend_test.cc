// Properties of a backend as a whole: bit-reproducible, noise independent of the batch, honest names.
#include "hourglass/backend/backend.h"

#include <gtest/gtest.h>
#include <xmmintrin.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <vector>

#include "hourglass/backend/cpu/conv_plan.h"
#include "hourglass/backend/cpu/cpu_backend.h"
#include "hourglass/backend/make_backend.h"
#include "hourglass/core/error.h"
#include "support/random.h"
#include "support/usage_error.h"

namespace hourglass::test {
namespace {

// The weight gradient of a batch large enough for all threads to take part.
Tensor WeightGradient(int threads) {
  const auto backend = MakeBackend({.threads = threads});
  const Tensor x = RandomTensor({300, 100}, DType::kF32, 1), w = RandomTensor({50, 100}, DType::kF32, 2);
  const Tensor b = RandomTensor({50}, DType::kF32, 3), target = RandomTensor({300, 50}, DType::kF32, 4, 0, 1);
  Tensor y, dy, sum = Tensor({1}, DType::kF64), dw = Filled({50, 100}, DType::kF32, 0),
                db = Filled({50}, DType::kF32, 0);
  backend->DenseForward(x, w, b, Activation::kSigmoid, DType::kF32, y);
  sum.data<double>()[0] = 0;
  backend->LossGradient({}, y, target, Activation::kSigmoid, 1, Accumulation::kWrite, dy, sum, 0);
  backend->DenseBackward(x, w, y, Activation::kNone, dy, dw, db, nullptr);
  return dw;
}

TEST(CpuBackend, IsReproducibleToTheBit) {
  for (int threads : {1, 2}) {
    const Tensor first = WeightGradient(threads), second = WeightGradient(threads);
    EXPECT_EQ(std::memcmp(first.raw(), second.raw(), first.byte_size()), 0) << threads << " threads";
  }
}

TEST(CpuBackend, NoiseBelongsToTheSampleNotToTheBatch) {
  const Rng rng(7, Stream::kNoise);
  const std::vector<int64_t> all = {10, 11, 12, 13, 14}, some = {13, 11};
  for (const char* corruption : {"gaussian:1", "occlusion:0.4", "salt_pepper:0.5", "masking:0.5"}) {
    Tensor x = Filled({5, 1, 4, 5}, DType::kF32, 0.5f), y = Filled({2, 1, 4, 5}, DType::kF32, 0.5f);
    MakeBackend({.threads = 2})->Corrupt(ParseCorruption(corruption), rng, 1, all, x);
    MakeBackend({.threads = 1})->Corrupt(ParseCorruption(corruption), rng, 1, some, y);
    EXPECT_EQ(Widen(x.Rows(3, 1)), Widen(y.Rows(0, 1))) << corruption;
    EXPECT_EQ(Widen(x.Rows(1, 1)), Widen(y.Rows(1, 1))) << corruption;
    EXPECT_NE(Widen(x.Rows(0, 2)), Widen(x.Rows(2, 2))) << corruption;
  }
}

TEST(CpuBackend, FlipsAndShiftsAreAsOftenAsTheyShouldBe) {
  constexpr int64_t kImages = 5000;
  Tensor x({kImages, 1, 1, 7}), y;  // one white pixel at column 2
  std::vector<int64_t> ids(kImages);
  for (int64_t i = 0; i < kImages; ++i) {
    ids[static_cast<size_t>(i)] = i;
    for (int64_t w = 0; w < 7; ++w) x.data<float>()[7 * i + w] = w == 2 ? 1 : 0;
  }
  MakeBackend({.threads = 2})->Augment({.flip = true, .shift = 1}, Rng(1, Stream::kAugment), 1, ids, x, y);
  std::array<int64_t, 7> count = {};
  for (int64_t i = 0; i < kImages; ++i)
    for (size_t w = 0; w < 7; ++w) count[w] += y.data<float>()[7 * i + static_cast<int64_t>(w)] == 1;
  // Columns 1 to 3, or 3 to 5 once mirrored, each with probability 1/6; standard error below 35.
  const std::array<double, 7> expected = {0, 1, 1, 2, 1, 1, 0};
  for (size_t w = 0; w < 7; ++w)
    EXPECT_NEAR(static_cast<double>(count[w]), expected[w] * kImages / 6, expected[w] * 100)
        << "column " << w;
}

TEST(CpuBackend, AugmentRefusesItsInputAsTheResultAndNumbersOutOfRange) {
  const auto backend = MakeBackend({.threads = 2});
  const Rng rng(1, Stream::kAugment);
  const std::vector<int64_t> ids = {0, 1};
  Tensor x = Filled({2, 1, 4, 4}, DType::kF32, 1), rows = Filled({2, 16}, DType::kF32, 1), y;
  ExpectUsageErrors({{"Augment", [&] { backend->Augment({.flip = true}, rng, 1, ids, x, x); }},
                     {"Augment", [&] { backend->Augment({.flip = true}, rng, 1, ids, rows, y); }},
                     {"shift", [&] { backend->Augment({.shift = 1001}, rng, 1, ids, x, y); }},
                     {"shift", [&] { backend->Augment({.shift = -1}, rng, 1, ids, x, y); }},
                     {"crop", [&] { backend->Augment({.crop = 0}, rng, 1, ids, x, y); }},
                     {"crop", [&] { backend->Augment({.crop = std::nan("")}, rng, 1, ids, x, y); }},
                     {"jitter", [&] { backend->Augment({.colour_jitter = 1.1}, rng, 1, ids, x, y); }},
                     {"grey", [&] { backend->Augment({.grey_share = -0.1}, rng, 1, ids, x, y); }}});
}

TEST(CpuBackend, NoiseIsStandardNormal) {
  std::vector<int64_t> ids(200);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int64_t>(i);
  Tensor x = Filled({200, 1, 28, 28}, DType::kF32, 0);
  MakeBackend({.threads = 2})->Corrupt(ParseCorruption("gaussian:2"), Rng(1, Stream::kNoise), 0, ids, x);
  double sum = 0, squares = 0, fourths = 0;
  for (float value : x.span<float>()) {
    const double z = value / 2.0;
    sum += z, squares += z * z, fourths += z * z * z * z;
  }
  const auto n = double(x.size());  // 156,800 values: a standard error of .0025 for the mean
  EXPECT_NEAR(sum / n, 0, .01);
  EXPECT_NEAR(squares / n, 1, .015);
  EXPECT_NEAR(fourths / n, 3, .1);
}

// Factors so small that their product is denormal, on enough rows to wake every thread.
TEST(CpuBackend, FlushesDenormalsInEveryThread) {
  const auto backend = MakeBackend({.threads = 2});
  const int64_t count = 1 << 17;
  Tensor grads = Filled({count}, DType::kF32, 0), params = Filled({count}, DType::kF32, 0);
  Tensor m = Filled({count}, DType::kF32, 1.2e-38f), v = Filled({count}, DType::kF32, 1.2e-38f);
  // m becomes .9 · 1.2e-38: below the smallest normal number.
  backend->AdamStep({}, 1e-3, 1, grads, params, m, v);
  EXPECT_EQ(std::ranges::count(m.span<float>(), 0.0f), count);
}

// Where a sigmoid saturates in f32, logarithms are clamped and gradients stay exact.
TEST(CpuBackend, BinaryCrossEntropyIsFiniteAtSaturatedOutputs) {
  const auto backend = MakeBackend({.threads = 1});
  const LossSettings bce{.kind = LossNamed("bce")};
  Tensor y({1, 20}), target({1, 20}), dz, sum({1}, DType::kF64);
  for (int64_t i = 0; i < 20; ++i) {
    y.data<float>()[i] = static_cast<float>(i % 2);
    target.data<float>()[i] = static_cast<float>(i % 4 / 2);
  }
  sum.data<double>()[0] = 0;
  backend->LossGradient(bce, y, target, Activation::kSigmoid, 1, Accumulation::kWrite, dz, sum, 0);
  EXPECT_NEAR(sum.data<double>()[0], 50, 1e-6);  // half of the pixels are wrong, each by 100
  for (int64_t i = 0; i < 20; ++i) {
    EXPECT_FLOAT_EQ(dz.data<float>()[i], (y.data<float>()[i] - target.data<float>()[i]) / 20);
  }
  y.data<float>()[3] = std::numeric_limits<float>::quiet_NaN();
  backend->Loss(bce, y, target, sum, 0);
  EXPECT_TRUE(std::isnan(sum.data<double>()[0]));
}

// The caller's floating-point mode is restored.
TEST(CpuBackend, LeavesItsHostAsItWas) {
  const auto mode = [] { return _mm_getcsr() & 0x8040; };
  const unsigned before = mode();
  for (int threads : {1, 2}) {
    const auto backend = MakeBackend({.threads = threads});
    const Tensor x = Filled({64, 300}, DType::kF32, 1), w = Filled({50, 300}, DType::kF32, 1),
                 b = Filled({50}, DType::kF32, 1);
    Tensor y;
    backend->DenseForward(x, w, b, Activation::kRelu, DType::kF32, y);
    EXPECT_EQ(mode(), before);
    {
      const Backend::Scope scope(*backend);
      EXPECT_EQ(mode(), 0x8040U);
      backend->DenseForward(x, w, b, Activation::kRelu, DType::kF32, y);
      EXPECT_EQ(mode(), 0x8040U) << "an operation does not end the scope around it";
    }
    EXPECT_EQ(mode(), before);
  }
}

TEST(CpuBackend, TakesThreadsAsGiven) {
  EXPECT_EQ(MakeBackend({.threads = 3})->threads(), 3);
  EXPECT_GE(MakeBackend()->threads(), 1);
  EXPECT_EQ(MakeBackend({.threads = 1})->name(), "cpu");
}

TEST(CpuBackend, WritesF32OutputsFromBF16Inputs) {
  const auto backend = MakeBackend({.threads = 2});
  const Tensor x = RandomTensor({9, 30}, DType::kBF16, 1), w = RandomTensor({7, 30}, DType::kF32, 2);
  const Tensor b = RandomTensor({7}, DType::kF32, 3);
  Tensor wide, narrow;
  backend->DenseForward(x, w, b, Activation::kTanh, DType::kF32, wide);
  backend->DenseForward(x, w, b, Activation::kTanh, DType::kBF16, narrow);
  EXPECT_EQ(wide.dtype(), DType::kF32);
  EXPECT_LE(RelativeError(Widen(narrow), Widen(wide)), 0x1p-8);
}

// Inputs of activations far outside the range of their approximations.
// At these sizes, products read whole vectors and pairs, some of them beyond the end of a row.
TEST(CpuBackend, NaNInOneRowStaysInThatRow) {
  constexpr int64_t kRows = 5, kBad = 2;
  const Tensor w = RandomTensor({33, 785}, DType::kF32, 2), b = RandomTensor({33}, DType::kF32, 3);
  const Tensor dz_w = RandomTensor({785, 33}, DType::kF32, 4);
  for (const cpu::PairProducts pairs : cpu::SupportedPairProducts()) {
    for (const DType dtype : {DType::kF32, DType::kBF16}) {
      cpu::CpuBackend backend(2, pairs);
      const auto outputs = [&](const Tensor& x) {
        Tensor y, dx, dz = x.Clone(), dw = Filled({785, 33}, DType::kF32, 0),
                      db = Filled({785}, DType::kF32, 0);
        backend.DenseForward(x, w, b, Activation::kNone, dtype, y);
        backend.DenseBackward(RandomTensor({kRows, 33}, dtype, 5), dz_w, x, Activation::kNone, dz, dw, db,
                              &dx);
        std::vector<double> all = Widen(y);
        std::ranges::copy(Widen(dx), std::back_inserter(all));
        return all;
      };
      Tensor x = RandomTensor({kRows, 785}, dtype, 1);
      const std::vector<double> clean = outputs(x);
      Tensor bad = x.Rows(kBad, 1);
      std::memset(bad.raw(), 0xFF, bad.byte_size());  // NaN in both types
      const std::vector<double> dirty = outputs(x);
      for (size_t i = 0; i < clean.size(); ++i) {
        const bool in_row = i / 33 % kRows == kBad;
        EXPECT_EQ(std::isnan(dirty[i]), in_row) << Name(pairs) << " " << Name(dtype) << " " << i;
        if (!in_row) {
          EXPECT_EQ(dirty[i], clean[i]);
        }
      }
    }
  }
}

TEST(CpuBackend, ProductsDoNotDependOnTheNumberOfThreads) {
  const Tensor one = WeightGradient(1);
  for (int threads : {2, 3, 5}) {
    const Tensor several = WeightGradient(threads);
    EXPECT_EQ(std::memcmp(one.raw(), several.raw(), one.byte_size()), 0) << threads << " threads";
  }
}

TEST(CpuBackend, SaturatedConvolutionsStayFinite) {
  const auto backend = MakeBackend({.threads = 1});
  for (float size : {1e2f, 1e4f, 1e30f}) {
    const Tensor w = Filled({1, 1, 1, 1}, DType::kF32, size), b = Filled({1}, DType::kF32, 0);
    Tensor x = Filled({1, 1, 1, 2}, DType::kF32, -1), y;
    x.data<float>()[1] = 1;
    backend->ConvForward(x, w, b, {.kernel = 1}, Activation::kSigmoid, DType::kF32, y);
    EXPECT_NEAR(y.data<float>()[0], 0, 1e-30) << size;
    EXPECT_NEAR(y.data<float>()[1], 1, 1e-30) << size;
    backend->ConvForward(x, w, b, {.kernel = 1}, Activation::kTanh, DType::kF32, y);
    EXPECT_NEAR(y.data<float>()[0], -1, 1e-6) << size;
    EXPECT_NEAR(y.data<float>()[1], 1, 1e-6) << size;
  }
}

TEST(Backend, RefusesShapesThatDoNotFitAndShowsThem) {
  const auto backend = MakeBackend({.threads = 1});
  const Tensor x = Filled({2, 3}, DType::kF32, 0), w = Filled({4, 5}, DType::kF32, 0);
  const Tensor b = Filled({4}, DType::kF32, 0);
  Tensor y;
  try {
    backend->DenseForward(x, w, b, Activation::kNone, DType::kF32, y);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(error.text().got.find("x f32 [2, 3], w f32 [4, 5], b f32 [4]"), std::string::npos)
        << error.what();
  }
}

TEST(CpuBackend, GeluOfExtremeNumbersIsTheirLimit) {
  const auto backend = MakeBackend({.threads = 1});
  Tensor x({1, 6}), y, dx;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::ranges::copy(std::vector<float>{-1e30f, -200, 0, 200, 1e30f, nan}, x.data<float>());
  backend->Gelu(x, DType::kF32, y);
  backend->GeluGradient(x, Filled({1, 6}, DType::kF32, 2), dx);
  const float expected[] = {0, 0, 0, 200, 1e30f}, slopes[] = {0, 0, 1, 2, 2};
  for (int64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(y.data<float>()[i], expected[i]) << i;
    EXPECT_FLOAT_EQ(dx.data<float>()[i], slopes[i]) << i;
  }
  EXPECT_TRUE(std::isnan(y.data<float>()[5]) && std::isnan(dx.data<float>()[5]));
}

// A part of a batch must give what the whole batch gives, wherever its rows begin and end.
TEST(CpuBackend, GeluOfANumberDoesNotDependOnItsPlace) {
  const auto backend = MakeBackend({.threads = 3});
  const Tensor x = RandomTensor({37, 13}, DType::kF32, 1, -4, 4), dy = RandomTensor({37, 13}, DType::kF32, 2);
  Tensor y, dx, part_y, part_dx;
  backend->Gelu(x, DType::kF32, y);
  backend->GeluGradient(x, dy, dx);
  for (int64_t row = 0; row < 37; ++row) {
    backend->Gelu(x.Rows(row, 1), DType::kF32, part_y);
    backend->GeluGradient(x.Rows(row, 1), dy.Rows(row, 1), part_dx);
    EXPECT_EQ(Widen(part_y), Widen(y.Rows(row, 1)));
    EXPECT_EQ(Widen(part_dx), Widen(dx.Rows(row, 1)));
  }
}

TEST(Backend, RefusesMatricesOfMuonThatDoNotMatch) {
  const auto backend = MakeBackend({.threads = 1});
  Tensor matrix = Filled({2, 3}, DType::kF32, 1), turned = Filled({3, 2}, DType::kF32, 1);
  Tensor flat = Filled({6}, DType::kF32, 1), none({0, 3});
  EXPECT_NO_THROW(backend->MuonStep({}, 0.1, matrix, matrix, matrix));
  EXPECT_THROW(backend->MuonStep({}, 0.1, turned, matrix, matrix), Error);
  EXPECT_THROW(backend->MuonStep({}, 0.1, matrix, matrix, turned), Error);
  EXPECT_THROW(backend->MuonStep({}, 0.1, flat, flat, flat), Error);
  EXPECT_THROW(backend->MuonStep({}, 0.1, none, none, none), Error);
}

TEST(Backend, RefusesWeightsOfOtherChannels) {
  const auto backend = MakeBackend({.threads = 1});
  const Tensor colour = Filled({1, 3, 2, 2}, DType::kF32, 1), flat = Filled({1, 12}, DType::kF32, 1);
  Tensor sums = Filled({1}, DType::kF64, 0);
  const LossSettings three = {.channel_weights = {1, 1, 1}}, two = {.channel_weights = {1, 1}};
  EXPECT_NO_THROW(backend->Loss(three, flat, colour, sums, 0));
  EXPECT_THROW(backend->Loss(two, flat, colour, sums, 0), Error);
  EXPECT_THROW(backend->Loss(three, colour, flat, sums, 0), Error);
}

TEST(Backend, RefusesGradientsOfGeluThatDoNotMatch) {
  const auto backend = MakeBackend({.threads = 1});
  const Tensor x = Filled({2, 3}, DType::kF32, 1), dy = Filled({2, 3}, DType::kBF16, 1),
               bytes({2, 3}, DType::kU8);
  Tensor y, dx;
  ExpectUsageErrors({{"bf16 [2, 3]", [&] { backend->GeluGradient(x, dy, dx); }},
                     {"u8 [2, 3]", [&] { backend->Gelu(bytes, DType::kF32, y); }},
                     {"an output of f32 or f32", [&] { backend->Gelu(x, DType::kBF16, y); }}});
}

TEST(Backend, AddsOnlyWhatMatches) {
  const auto backend = MakeBackend({.threads = 1});
  const Tensor x = Filled({2, 3}, DType::kF32, 1);
  Tensor narrow = Filled({2, 3}, DType::kBF16, 0), other = Filled({3, 2}, DType::kF32, 0);
  const Tensor bytes({2, 3}, DType::kU8);
  Tensor more_bytes({2, 3}, DType::kU8);
  ExpectUsageErrors({{"f32 [2, 3], bf16 [2, 3]", [&] { backend->Add(x, narrow); }},
                     {"f32 [2, 3], f32 [3, 2]", [&] { backend->Add(x, other); }},
                     {"u8 [2, 3], u8 [2, 3]", [&] { backend->Add(bytes, more_bytes); }}});
}

// The bound that nn/conv.cc uses to reject sizes too large for the offsets of a plan.
// The sum of the neighbour loss of codes z, with row 0 and 1 as partners, and its gradient.
double NeighbourLossOf(const NeighbourLossSettings& settings, const Tensor& z, Tensor& dz, int threads = 1) {
  std::vector<int32_t> partners(static_cast<size_t>(z.rows()), -1);
  partners[0] = 1;
  partners[1] = 0;
  Tensor sums = Filled({1}, DType::kF64, 0);
  dz = Filled(z.shape(), z.dtype(), 0);
  MakeBackend({.threads = threads})->NeighbourLoss(settings, z, partners, 1, &dz, sums, 0);
  return sums.data<double>()[0];
}

TEST(CpuBackend, NeighbourLossDoesNotDependOnTheNumberOfThreads) {
  const Tensor z = RandomTensor({1001, 2}, DType::kF32, 1, -20, 20);
  for (const Repulsion repulsion : {Repulsion::kInfoNce, Repulsion::kNegative}) {
    Tensor one, three;
    EXPECT_EQ(NeighbourLossOf({.repulsion = repulsion}, z, one, 1),
              NeighbourLossOf({.repulsion = repulsion}, z, three, 3));
    EXPECT_EQ(std::memcmp(one.raw(), three.raw(), one.byte_size()), 0);
  }
}

TEST(CpuBackend, NeighbourLossOfCoincidentAndOfDistantCodesIsFinite) {
  for (const Repulsion repulsion : {Repulsion::kInfoNce, Repulsion::kNegative}) {
    for (const double s : {1e-20, 1.0, 1e20}) {
      for (const float place : {0.0f, 1e6f}) {
        Tensor z = Filled({50, 2}, DType::kF32, 1), dz;
        z.data<float>()[0] += place;
        const double loss = NeighbourLossOf({.repulsion = repulsion, .s = s, .scale = 20}, z, dz);
        EXPECT_TRUE(std::isfinite(loss)) << s << " " << place;
        for (const double number : Widen(dz)) EXPECT_TRUE(std::isfinite(number)) << s << " " << place;
      }
    }
  }
}

// Training must see that it diverged.
TEST(CpuBackend, NeighbourLossOfANaNIsNaN) {
  for (const Repulsion repulsion : {Repulsion::kInfoNce, Repulsion::kNegative}) {
    Tensor z = RandomTensor({20, 3}, DType::kF32, 1), dz;
    z.data<float>()[45] = std::nanf("");
    EXPECT_TRUE(std::isnan(NeighbourLossOf({.repulsion = repulsion}, z, dz)));
  }
}

TEST(Backend, RefusesPartnersThatDoNotFit) {
  const auto backend = MakeBackend({.threads = 1});
  Tensor z = Filled({3, 2}, DType::kF32, 0), dz = Filled({3, 2}, DType::kBF16, 0);
  Tensor sums = Filled({1}, DType::kF64, 0);
  const auto loss = [&](std::vector<int32_t> partners, NeighbourLossSettings settings = {},
                        Tensor* gradient = nullptr, int64_t term = 0) {
    return [&, partners, settings, gradient, term] {
      backend->NeighbourLoss(settings, z, partners, 1, gradient, sums, term);
    };
  };
  ExpectUsageErrors({{"one row per partner (2)", loss({1, 0})},
                     {"partner of row 1", loss({-1, 1, 0})},
                     {"partner of row 2", loss({-1, -1, 3})},
                     {"partner of row 0", loss({-2, -1, -1})},
                     {"above 0", loss({1, 0, -1}, {.rho = 0})},
                     {"above 0", loss({1, 0, -1}, {.s = -1})},
                     {"above 0", loss({1, 0, -1}, {.scale = std::nan("")})},
                     {"bf16", loss({1, 0, -1}, {}, &dz)},
                     {"term 1", loss({1, 0, -1}, {}, nullptr, 1)}});
}

// 1 - r of images x and codes z, and its gradient.
double CorrelationLossOf(const Tensor& x, const Tensor& z, Tensor& dz, bool logarithms = false,
                         int threads = 1) {
  constexpr int64_t kShifts[] = {1, 2, 3, 4};
  Tensor sums = Filled({1}, DType::kF64, 0);
  dz = Filled(z.shape(), z.dtype(), 0);
  MakeBackend({.threads = threads})->CorrelationLoss({kShifts, logarithms}, x, z, 1, &dz, sums, 0);
  return sums.data<double>()[0] / static_cast<double>(z.rows());
}

TEST(CpuBackend, CorrelationLossDoesNotDependOnTheNumberOfThreads) {
  for (const DType dtype : {DType::kF32, DType::kBF16}) {
    const Tensor x = RandomTensor({1001, 60}, dtype, 1), z = RandomTensor({1001, 30}, dtype, 2);
    for (const bool logarithms : {false, true}) {
      Tensor one, three;
      EXPECT_EQ(CorrelationLossOf(x, z, one, logarithms, 1), CorrelationLossOf(x, z, three, logarithms, 3));
      EXPECT_EQ(std::memcmp(one.raw(), three.raw(), one.byte_size()), 0);
    }
  }
}

// All rows coincide, or all distances are equal but for rounding.
TEST(CpuBackend, CorrelationLossOfEqualDistancesIsOneWithoutGradient) {
  const Tensor random = RandomTensor({50, 3}, DType::kF32, 1), equal = Filled({50, 3}, DType::kF32, 0.3f);
  Tensor simplex = Filled({5, 5}, DType::kF32, 0.1f);
  for (int64_t i = 0; i < 5; ++i) simplex.data<float>()[6 * i] += 0.7f + 1e-7f * float(i);
  const Tensor few = RandomTensor({5, 3}, DType::kF32, 2);
  using Pair = std::pair<const Tensor*, const Tensor*>;
  for (const auto& [x, z] : {Pair(&random, &equal), Pair(&equal, &random), Pair(&equal, &equal),
                             Pair(&few, &simplex), Pair(&simplex, &few)}) {
    for (const bool logarithms : {false, true}) {
      Tensor dz;
      EXPECT_EQ(CorrelationLossOf(*x, *z, dz, logarithms), 1);
      for (const double number : Widen(dz)) EXPECT_EQ(number, 0);
    }
  }
}

// Training must see that it diverged.
TEST(CpuBackend, CorrelationLossOfANaNIsNaN) {
  const Tensor x = RandomTensor({20, 3}, DType::kF32, 1);
  Tensor z = RandomTensor({20, 3}, DType::kF32, 2), dz;
  z.data<float>()[45] = std::nanf("");
  EXPECT_TRUE(std::isnan(CorrelationLossOf(x, z, dz)));
  EXPECT_TRUE(std::isnan(CorrelationLossOf(x, z, dz, /*logarithms=*/true)));
}

TEST(Backend, RefusesImagesAndCodesThatDoNotFit) {
  const auto backend = MakeBackend({.threads = 1});
  const Tensor x = Filled({3, 1, 2, 2}, DType::kF32, 0), z = Filled({3, 2}, DType::kF32, 0),
               four = Filled({4, 2}, DType::kF32, 0);
  Tensor dz = Filled({3, 2}, DType::kBF16, 0), sums = Filled({1}, DType::kF64, 0);
  using Shifts = std::vector<int64_t>;
  const auto loss = [&](Shifts shifts, const Tensor& codes, Tensor* gradient = nullptr, int64_t term = 0) {
    return [&, shifts, gradient, term] {
      backend->CorrelationLoss({.shifts = shifts}, x, codes, 1, gradient, sums, term);
    };
  };
  ExpectUsageErrors({{"codes [N, d]", loss({1}, four)},
                     {"codes [N, d]", loss({1}, x)},
                     {"shifts of 1 to 2", loss({}, z)},
                     {"shifts of 1 to 2", loss({1, 0}, z)},
                     {"shifts of 1 to 2", loss({3, 1}, z)},
                     {"bf16", loss({1}, z, &dz)},
                     {"term 1", loss({1}, z, nullptr, 1)}});
}

// The sum of 1 - SSIM, and its gradient.
double SsimLossOf(const Tensor& y, const Tensor& target, Tensor& dz, int threads = 1) {
  Tensor sums = Filled({1}, DType::kF64, 0);
  MakeBackend({.threads = threads})
      ->SsimLoss(y, target, Activation::kSigmoid, 1, Accumulation::kWrite, &dz, sums, 0);
  return sums.data<double>()[0];
}

TEST(CpuBackend, SsimLossDoesNotDependOnTheNumberOfThreads) {
  for (const DType dtype : {DType::kF32, DType::kBF16}) {
    const Tensor y = RandomTensor({50, 2 * 13 * 15}, dtype, 1, 0, 1),
                 target = RandomTensor({50, 2, 13, 15}, dtype, 2, 0, 1);
    Tensor one, three;
    EXPECT_EQ(SsimLossOf(y, target, one, 1), SsimLossOf(y, target, three, 3));
    EXPECT_EQ(std::memcmp(one.raw(), three.raw(), one.byte_size()), 0);
  }
}

TEST(CpuBackend, SsimLossOfEqualImagesIsZero) {
  for (const double brightest : {0.0, 1.0}) {
    const Tensor target = RandomTensor({4, 1, 14, 14}, DType::kF32, 1, 0, brightest);
    Tensor dz;
    EXPECT_NEAR(SsimLossOf(target, target, dz), 0, 1e-12);
    for (const double number : Widen(dz)) EXPECT_NEAR(number, 0, 1e-9);
  }
}

// Training must see that it diverged, and no other image may suffer.
TEST(CpuBackend, SsimLossOfANaNIsNaNInItsImageOnly) {
  const Tensor target = RandomTensor({3, 1, 12, 12}, DType::kF32, 1, 0, 1);
  Tensor y = RandomTensor({3, 144}, DType::kF32, 2, 0, 1), dz;
  y.data<float>()[144 + 70] = std::nanf("");
  EXPECT_TRUE(std::isnan(SsimLossOf(y, target, dz)));
  const std::vector<double> gradient = Widen(dz);
  for (size_t i = 0; i < gradient.size(); ++i) EXPECT_EQ(std::isnan(gradient[i]), i / 144 == 1) << i;
}

TEST(Backend, RefusesImagesOfSsimThatDoNotFit) {
  const auto backend = MakeBackend({.threads = 1});
  const Tensor y = Filled({3, 4}, DType::kF32, 0), images = Filled({3, 1, 2, 2}, DType::kF32, 0),
               four = Filled({4, 1, 2, 2}, DType::kF32, 0), narrow = Filled({3, 1, 2, 2}, DType::kBF16, 0);
  Tensor dz = Filled({3, 4}, DType::kBF16, 0), sums = Filled({1}, DType::kF64, 0);
  const auto loss = [&](const Tensor& target, int64_t term = 0) {
    return [&, term] {
      backend->SsimLoss(y, target, Activation::kNone, 1, Accumulation::kAdd, &dz, sums, term);
    };
  };
  ExpectUsageErrors({{"[N, C, H, W]", loss(y)},
                     {"[4, 1, 2, 2]", loss(four)},
                     {"bf16 [3, 1, 2, 2]", loss(narrow)},
                     {"bf16 [3, 4]", loss(images)}});
  dz = Filled({3, 4}, DType::kF32, 0);
  ExpectUsageErrors({{"term 1", loss(images, 1)}});
}

TEST(ConvPlan, TilesStayWithinABorderOfKernelAndPadding) {
  const auto expect_within = [](const cpu::TapPlan& plan, const cpu::ConvSide& side, const ConvGeometry& g) {
    const int64_t border = 2 * (g.kernel + g.padding);
    EXPECT_LE(plan.input.size(),
              side.channels * (side.height + border) * (side.width + border) * cpu::kTileImages)
        << "kernel " << g.kernel << ", stride " << g.stride << ", padding " << g.padding;
  };
  for (int64_t index = 0; index < 6 * 6 * 7 * 10; ++index) {
    const int64_t kernel = index % 6 + 1, stride = index / 6 % 6 + 1, padding = index / 36 % 7,
                  size = index / 252 + 1;
    for (const int64_t rest : {int64_t{0}, stride - 1}) {
      const ConvGeometry g{
          .kernel = kernel, .stride = stride, .padding = padding, .output_padding = {rest, 0}};
      for (const auto output_size : {ConvOutputSize, ConvTransposeOutputSize}) {
        const PlaneSize made = output_size(g, {size, size});
        if (made.height < 1 || made.width < 1) continue;
        const cpu::ConvSide input = {2, size, size}, output = {1, made.height, made.width};
        const bool down = output_size == ConvOutputSize;
        const cpu::ConvPlan plan = cpu::MakeConvPlan(down ? input : output, down ? output : input, g);
        expect_within(plan.down, plan.big, g);
        expect_within(plan.up, plan.small, g);
      }
    }
  }
}

TEST(ConvPlan, RefusesPlacesBeyondInt32) {
  const cpu::ConvSide many = {1 << 16, 64, 64}, one = {1, 64, 64};
  EXPECT_THROW(cpu::MakeConvPlan(many, one, {.kernel = 1}), Error);
  EXPECT_THROW(cpu::MakeConvPlan(one, many, {.kernel = 1}), Error);
  const cpu::ConvSide pixel = {1 << 16, 1, 1};
  EXPECT_THROW(cpu::MakeConvPlan(pixel, pixel, {.kernel = 1}), Error);
}

TEST(AutoPrecision, GivesAReason) {
  for (const bool convolutions : {false, true}) {
    const PrecisionChoice choice = AutoPrecision(convolutions);
    EXPECT_NE(choice.dtype, DType::kU8);
    EXPECT_FALSE(choice.reason.empty());
  }
}

TEST(AutoPrecision, IsF32ForConvolutions) {
  EXPECT_EQ(AutoPrecision(/*convolutions=*/true).dtype, DType::kF32);
}

// Kernels use these numbers in many threads, which cannot throw.
TEST(CpuBackend, IdsAndEpochsOutsideTheRandomNumbersAreUsageErrors) {
  const auto backend = MakeBackend({.threads = 2});
  const Rng rng(1, Stream::kNoise);
  for (const int64_t id : {int64_t{-1}, Rng::kLastSample + 1}) {
    const std::vector<int64_t> ids = {0, id};
    Tensor x = Filled({2, 1, 4, 4}, DType::kF32, 1), y;
    ExpectUsageErrors(
        {{"invalid id", [&] { backend->Dropout(rng, 1, ids, 0, 0.5f, x, y); }},
         {"invalid id", [&] { backend->Corrupt(ParseCorruption("gaussian:1"), rng, 1, ids, x); }}});
  }
  const std::vector<int64_t> ids = {0, 1};
  Tensor x = Filled({2, 1, 4, 4}, DType::kF32, 1), y;
  ExpectUsageErrors({{"invalid epoch", [&] { backend->Dropout(rng, 1 << 24, ids, 0, 0.5f, x, y); }}});
}

}  // namespace
}  // namespace hourglass::test
