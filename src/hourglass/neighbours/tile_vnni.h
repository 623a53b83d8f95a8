// The one kernel that needs an instruction which Debian's Highway does not reach: the 8-bit dot products of
// AVX512-VNNI.
#pragma once

#include "hourglass/neighbours/tile.h"

namespace hourglass {

// Whether this processor has them; it has AVX-512 in any case.
bool HasVnni();

// kBytesL2 of ComputeTile. 64 products of bytes an instruction instead of 16.
void TileBytesL2Vnni(const Tile& tile);

}  // namespace hourglass
