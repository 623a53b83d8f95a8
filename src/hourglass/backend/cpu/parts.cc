#include "hourglass/backend/cpu/parts.h"

#include <algorithm>

namespace hourglass::cpu {
namespace {

// The first row of part `index`. Long parts begin at full tiles of products and convolutions.
int64_t BeginOf(int64_t index, int64_t parts, int64_t rows) {
  constexpr int64_t kTileRows = 16, kLong = 128;
  if (index == parts) return rows;
  const int64_t begin = rows * index / parts;
  return rows / parts >= kLong ? begin / kTileRows * kTileRows : begin;
}

}  // namespace

Parts::Parts(Team& team, PairProducts pairs) : team_(&team) {
  for (int i = 0; i < team.size(); ++i) backends_.push_back(std::make_unique<PartBackend>(pairs, weights_));
}

// Three phases: pack the weights; carry the rows of each part through all operations; add up what concerns
// the rows of all parts.
void Parts::Run(const Backend::Split& split, const std::function<void(const Backend::Part&)>& work) {
  const int64_t parts = std::min<int64_t>(team_->size(), split.rows);
  const auto backend = [&](int part) -> PartBackend& { return *backends_[static_cast<size_t>(part)]; };
  weights_.Begin(split);
  team_->Run(
      parts, [&](int part, int team) { weights_.Pack(part, team, backend(part).workspace()); },
      [&](int part, int) {
        const int64_t begin = BeginOf(part, parts, split.rows), end = BeginOf(part + 1, parts, split.rows);
        backend(part).Begin(static_cast<double>(end - begin) / static_cast<double>(split.rows));
        const Backend::Scope scope(backend(part));
        work({backend(part), part, begin, end - begin});
      },
      [&](int part, int team) {
        PartBackend::Reduce(std::span(backends_).first(static_cast<size_t>(team)), part, team);
      });
}

}  // namespace hourglass::cpu
