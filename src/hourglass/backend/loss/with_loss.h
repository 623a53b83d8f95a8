// Maps a LossKind to its formula.
#pragma once

#include <tuple>
#include <utility>

#include "hourglass/backend/loss/loss.h"

namespace hourglass {

// Calls f.operator()<Formula>() with the formula of `loss` in the tuple `Losses`.
template <class Losses, class F>
void WithLoss(LossKind loss, const F& f) {
  [&]<size_t... I>(std::index_sequence<I...>) {
    ((static_cast<size_t>(loss) == I ? f.template operator()<std::tuple_element_t<I, Losses>>() : void()),
     ...);
  }
  (std::make_index_sequence<std::tuple_size_v<Losses>>());
}

}  // namespace hourglass
