// The error of a device that has too little memory left.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "hourglass/core/error.h"

namespace hourglass::cuda {

// `wanted` and `free` in bytes. `device`: "cuda:0"
inline Error NoMemory(std::string_view device, uint64_t wanted, uint64_t free) {
  return {ErrorKind::kNoMemory,
          {.what = fmt::format("not enough memory on {}", device),
           .expected = fmt::format("{} bytes", wanted),
           .got = fmt::format("{} bytes free", free),
           .hint = "free memory of the GPU, or start a run with a smaller batch, model or data set"}};
}

}  // namespace hourglass::cuda
