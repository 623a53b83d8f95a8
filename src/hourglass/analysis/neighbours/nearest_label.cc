#include "hourglass/analysis/neighbours/nearest_label.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "hourglass/core/error.h"

namespace hourglass {
namespace {

constexpr int64_t kReferenceBlock = 4096;
constexpr int64_t kQueryBlock = 2048;

// The k best references of one query so far, best first.
class Nearest {
 public:
  explicit Nearest(int k)
      : scores_(static_cast<size_t>(k), std::numeric_limits<float>::lowest()), labels_(scores_.size()) {}

  void Offer(float score, uint8_t label) {
    if (score <= scores_.back()) return;
    size_t place = scores_.size() - 1;
    for (; place > 0 && scores_[place - 1] < score; --place) {
      scores_[place] = scores_[place - 1];
      labels_[place] = labels_[place - 1];
    }
    scores_[place] = score;
    labels_[place] = label;
  }

  uint8_t Vote() const {
    const auto votes = [&](uint8_t label) { return std::count(labels_.begin(), labels_.end(), label); };
    return *std::max_element(labels_.begin(), labels_.end(),
                             [&](uint8_t a, uint8_t b) { return votes(a) < votes(b); });
  }

 private:
  std::vector<float> scores_;
  std::vector<uint8_t> labels_;
};

// Images [begin, begin + count) as f32 [count, pixels] of 0 … 255: products of whole numbers are exact up to
// 2^24.
Tensor ReadRows(const Dataset& data, int64_t begin, int64_t count) {
  std::vector<int64_t> ids(static_cast<size_t>(count));
  std::iota(ids.begin(), ids.end(), begin);
  Tensor bytes;
  data.Read(ids, bytes);
  Tensor rows({count, bytes.row_size()});
  std::copy_n(bytes.data<uint8_t>(), bytes.size(), rows.data<float>());
  return rows;
}

// b[i] = -|w_i|² / 2: then x·w_i + b_i is larger the nearer w_i is to x.
Tensor HalfNorms(const Tensor& w) {
  Tensor b(Shape{w.rows()});
  const auto pixels = static_cast<size_t>(w.row_size());
  for (size_t i = 0; i < static_cast<size_t>(w.rows()); ++i) {
    const float* row = w.data<float>() + i * pixels;
    b.data<float>()[i] = -0.5F * std::inner_product(row, row + pixels, row, 0.0F);
  }
  return b;
}

}  // namespace

std::vector<uint8_t> LabelByNeighbours(Backend& backend, const Dataset& reference, const Dataset& queries,
                                       int k) {
  if (k < 1 || reference.size() < k || reference.labels().empty()) {
    throw UsageError(
        {.what = "these data cannot label others by their nearest neighbours",
         .expected = fmt::format("labels, and at least k = {} images (k ≥ 1)", k),
         .got = fmt::format("{} images, {} labels", reference.size(), reference.labels().size())});
  }
  if (reference.image_shape() != queries.image_shape()) {
    throw UsageError({.what = "images of different shapes have no distance",
                      .expected = reference.image_shape().ToString(),
                      .got = queries.image_shape().ToString()});
  }
  std::vector<Nearest> nearest(static_cast<size_t>(queries.size()), Nearest(k));
  Tensor scores;
  for (int64_t first = 0; first < reference.size(); first += kReferenceBlock) {
    const int64_t count = std::min(kReferenceBlock, reference.size() - first);
    const Tensor w = ReadRows(reference, first, count);
    const Tensor b = HalfNorms(w);
    const auto labels = reference.labels().subspan(static_cast<size_t>(first));
    for (int64_t begin = 0; begin < queries.size(); begin += kQueryBlock) {
      const Tensor x = ReadRows(queries, begin, std::min(kQueryBlock, queries.size() - begin));
      backend.DenseForward(x, w, b, Activation::kNone, DType::kF32, scores);
      const float* score = scores.data<float>();
      for (int64_t row = 0; row < x.rows(); ++row) {
        Nearest& best = nearest[static_cast<size_t>(begin + row)];
        for (size_t i = 0; i < static_cast<size_t>(count); ++i) best.Offer(*score++, labels[i]);
      }
    }
  }
  std::vector<uint8_t> labels;
  for (const Nearest& best : nearest) labels.push_back(best.Vote());
  return labels;
}

}  // namespace hourglass
