// Selects the k nearest candidates of many points at once, with candidates arriving in any order.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "hourglass/core/large_vector.h"

namespace hourglass {

// A possible neighbour, ordered by distance (never negative), then by index.
template <class T>
struct Candidate {
  uint32_t index = std::numeric_limits<uint32_t>::max();
  T distance = std::numeric_limits<T>::max();

  friend bool operator<(const Candidate& a, const Candidate& b) {
    if constexpr (sizeof(T) == 4 && std::endian::native == std::endian::little) {  // one comparison for both
      return std::bit_cast<uint64_t>(a) < std::bit_cast<uint64_t>(b);
    }
    return a.distance < b.distance || (a.distance == b.distance && a.index < b.index);
  }
};

// Moves the k smallest to the front, the largest of them to position k - 1. Like std::nth_element, but
// partitions without branches, because mispredictions would take most of the time: measured 3 times as fast.
// All elements must differ.
template <class T>
void SelectSmallest(std::span<Candidate<T>> all, int64_t k) {
  constexpr ptrdiff_t kSmall = 16;
  auto begin = all.begin(), end = all.end();
  const auto last = all.begin() + (k - 1);
  while (end - begin > kSmall) {
    const Candidate<T> a = *begin, b = begin[(end - begin) / 2], c = end[-1];
    const Candidate<T> pivot =
        std::max(std::min(a, b), std::min(std::max(a, b), c));  // some elements are below it, some above
    auto middle = begin;
    for (auto next = begin; next != end; ++next) {
      const Candidate<T> value = *next;
      *next = *middle;
      *middle = value;
      middle += value < pivot;
    }
    (last < middle ? end : begin) = middle;
  }
  std::sort(begin, end);
}

// Candidates of a row are kept unsorted: k in the arrays that become the result, kBuffer more in a separate
// buffer. When both are full, the k best are kept. So it sorts hardly anything. Only the open rows have a
// buffer: a band and a stretch of rows, which the caller moves. Different threads may use different rows.
template <class T>
class Selection {
 public:
  static constexpr int64_t kBuffer = 128;
  using Scratch = std::vector<Candidate<T>>;  // one per thread

  // indices, distances [rows, k] receive the result. `band` and `stretch`: how many rows each may have.
  Selection(int64_t rows, int64_t k, LargeVector<uint32_t>& indices, LargeVector<T>& distances, int64_t band,
            int64_t stretch)
      : k_(k),
        band_rows_(band),
        indices_(indices),
        distances_(distances),
        buffer_(
            std::make_unique_for_overwrite<Candidate<T>[]>(static_cast<size_t>((band + stretch) * kBuffer))),
        counts_(static_cast<size_t>(rows), 0),
        worst_(static_cast<size_t>(rows)) {}

  // Bytes of memory beside the result: for each row, and for each row that may be open.
  static constexpr int64_t kRowBytes = sizeof(int32_t) + sizeof(Candidate<T>);
  static constexpr int64_t kOpenRowBytes = kBuffer * int64_t{sizeof(Candidate<T>)};

  // The rows of the band and of the stretch from now on. Rows of both belong to the band. Those that were
  // open must have been settled or finished. Not while a thread offers.
  void Open(int64_t band_begin, int64_t stretch_begin) {
    band_begin_ = band_begin;
    stretch_begin_ = stretch_begin;
  }

  // Returns whether Worst(row) has changed. The row must be open.
  bool Offer(int64_t row, Candidate<T> candidate, Scratch& scratch) {
    if (!(candidate < worst_[At(row)])) return false;
    int32_t& count = counts_[At(row)];
    if (count < k_) {
      indices_[At(row * k_ + count)] = candidate.index;
      distances_[At(row * k_ + count)] = candidate.distance;
    } else {
      BufferOf(row)[count - k_] = candidate;
    }
    if (++count < k_ + kBuffer) return false;
    KeepBest(row, scratch);
    return true;
  }

  // No candidate after this one in order can be among the k nearest.
  const Candidate<T>& Worst(int64_t row) const { return worst_[At(row)]; }

  // Empties the buffer of `row`, which may then be closed. Returns whether Worst(row) has changed.
  bool Settle(int64_t row, Scratch& scratch) {
    if (counts_[At(row)] <= k_) return false;
    KeepBest(row, scratch);
    return true;
  }

  // Sorts the result of `row`. At least k candidates must have been offered.
  void Finish(int64_t row, Scratch& scratch) {
    Gather(row, scratch);
    SelectSmallest<T>(scratch, k_);
    std::sort(scratch.begin(), scratch.begin() + k_);
    Write(row, scratch);
  }

  // If the results lie on disk: the system begins to read those of these rows, or frees their memory.
  void BeginToRead(int64_t begin, int64_t end) const {
    hourglass::BeginToRead(indices_, At(begin * k_), At((end - begin) * k_));
    hourglass::BeginToRead(distances_, At(begin * k_), At((end - begin) * k_));
  }
  void LetGo(int64_t begin, int64_t end) const {
    hourglass::LetGo(indices_, At(begin * k_), At((end - begin) * k_));
    hourglass::LetGo(distances_, At(begin * k_), At((end - begin) * k_));
  }

 private:
  static size_t At(int64_t i) { return static_cast<size_t>(i); }

  Candidate<T>* BufferOf(int64_t row) const {
    const int64_t in_band = row - band_begin_;
    const bool band = in_band >= 0 && in_band < band_rows_;
    return &buffer_[At((band ? in_band : band_rows_ + row - stretch_begin_) * kBuffer)];
  }

  void Gather(int64_t row, Scratch& scratch) const {
    const int32_t count = counts_[At(row)];
    scratch.resize(At(count));
    const auto kept = std::min<int64_t>(count, k_);
    for (int64_t i = 0; i < kept; ++i) {
      scratch[At(i)] = {indices_[At(row * k_ + i)], distances_[At(row * k_ + i)]};
    }
    std::copy_n(BufferOf(row), count - kept, scratch.begin() + kept);
  }

  void Write(int64_t row, const Scratch& scratch) {
    for (int64_t i = 0; i < k_; ++i) {
      distances_[At(row * k_ + i)] = scratch[At(i)].distance;
      indices_[At(row * k_ + i)] = scratch[At(i)].index;
    }
    counts_[At(row)] = static_cast<int32_t>(k_);
  }

  void KeepBest(int64_t row, Scratch& scratch) {
    Gather(row, scratch);
    SelectSmallest<T>(scratch, k_);
    Write(row, scratch);
    worst_[At(row)] = scratch[At(k_ - 1)];
  }

  int64_t k_, band_rows_;
  int64_t band_begin_ = 0, stretch_begin_ = 0;
  LargeVector<uint32_t>& indices_;
  LargeVector<T>& distances_;
  std::unique_ptr<Candidate<T>[]> buffer_;  // [band + stretch, kBuffer]
  std::vector<int32_t> counts_;             // [rows]
  std::vector<Candidate<T>> worst_;         // [rows]
};

}  // namespace hourglass
