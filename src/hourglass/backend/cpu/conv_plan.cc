#include "hourglass/backend/cpu/conv_plan.h"

#include <algorithm>
#include <limits>

#include "hourglass/core/require.h"

namespace hourglass::cpu {
namespace {

constexpr int64_t kMostPlaces = std::numeric_limits<int32_t>::max();

struct AxisTap {
  int64_t offset;  // from the start of the window
  int64_t kernel;  // position in the kernel
};

// Along one axis: outputs that read the same taps, and where the window of each starts in the input.
struct AxisGroup {
  std::vector<int64_t> outputs, windows;
  std::vector<AxisTap> taps;
};

std::vector<AxisGroup> DownAxis(const ConvGeometry& g, int64_t outputs) {
  AxisGroup group;
  for (int64_t i = 0; i < outputs; ++i) {
    group.outputs.push_back(i);
    group.windows.push_back(i * g.stride - g.padding);
  }
  for (int64_t k = 0; k < g.kernel; ++k) group.taps.push_back({k, k});
  return {group};
}

// Input i contributes to output i · stride - padding + k, so output o reads inputs (o + padding - k) / stride
// for each k that makes this an integer: the same k for all o with the same remainder.
std::vector<AxisGroup> UpAxis(const ConvGeometry& g, int64_t outputs) {
  std::vector<AxisGroup> groups;
  for (int64_t remainder = 0; remainder < g.stride; ++remainder) {
    AxisGroup group;
    for (int64_t o = 0; o < outputs; ++o) {
      if ((o + g.padding) % g.stride != remainder) continue;
      group.outputs.push_back(o);
      group.windows.push_back((o + g.padding - remainder) / g.stride);
    }
    for (int64_t k = remainder; k < g.kernel; k += g.stride)
      group.taps.push_back({-(k - remainder) / g.stride, k});
    if (!group.outputs.empty()) groups.push_back(group);
  }
  return groups;
}

struct Padding {
  int64_t before = 0, after = 0;
};

// How far windows extend beyond an input of `size`.
Padding Reach(const std::vector<AxisGroup>& groups, int64_t size) {
  Padding padding;
  for (const AxisGroup& group : groups) {
    for (const AxisTap& tap : group.taps) {
      const auto [low, high] = std::ranges::minmax(group.windows);
      padding.before = std::max(padding.before, -(low + tap.offset));
      padding.after = std::max(padding.after, high + tap.offset - (size - 1));
    }
  }
  return padding;
}

TapPlan MakeTapPlan(const ConvSide& input, const ConvSide& output, const std::vector<AxisGroup>& rows,
                    const std::vector<AxisGroup>& columns, int64_t kernel, int64_t output_stride,
                    int64_t input_stride) {
  const Padding above = Reach(rows, input.height), beside = Reach(columns, input.width);
  const int64_t padded_width = beside.before + input.width + beside.after;
  TapPlan plan;
  plan.weight_stride = output_stride;
  plan.input.channels = input.channels;
  plan.input.padded_plane = (above.before + input.height + above.after) * padded_width;
  RequireBetween("number of elements in a tile of a convolution", plan.input.size(), 0, kMostPlaces);
  const auto place = [&](int64_t channel, int64_t row, int64_t column) {
    return static_cast<int32_t>((channel * plan.input.padded_plane + row * padded_width + column) *
                                kTileImages);
  };
  for (int64_t c = 0; c < input.channels; ++c) {
    for (int64_t h = 0; h < input.height; ++h) {
      for (int64_t w = 0; w < input.width; ++w)
        plan.input.places.push_back(place(c, above.before + h, beside.before + w));
    }
  }
  for (const AxisGroup& row : rows) {
    for (const AxisGroup& column : columns) {
      TapGroup& group = plan.groups.emplace_back();
      for (size_t h = 0; h < row.outputs.size(); ++h) {
        for (size_t w = 0; w < column.outputs.size(); ++w) {
          group.outputs.push_back(static_cast<int32_t>(row.outputs[h] * output.width + column.outputs[w]));
          group.windows.push_back(place(0, above.before + row.windows[h], beside.before + column.windows[w]));
        }
      }
      for (int64_t c = 0; c < input.channels; ++c) {
        for (const AxisTap& i : row.taps) {
          for (const AxisTap& j : column.taps) {
            group.offsets.push_back(place(c, i.offset, j.offset));
            group.weights.push_back(static_cast<int32_t>(c * input_stride + i.kernel * kernel + j.kernel));
          }
        }
      }
    }
  }
  return plan;
}

}  // namespace

ConvPlan MakeConvPlan(const ConvSide& big, const ConvSide& small, const ConvGeometry& g) {
  const int64_t area = g.kernel * g.kernel;
  RequireBetween("number of weights of a convolution", big.channels * small.channels * area, 0, kMostPlaces);
  return {big, small,
          MakeTapPlan(big, small, DownAxis(g, small.height), DownAxis(g, small.width), g.kernel,
                      big.channels * area, area),
          MakeTapPlan(small, big, UpAxis(g, big.height), UpAxis(g, big.width), g.kernel, area,
                      big.channels * area)};
}

}  // namespace hourglass::cpu
