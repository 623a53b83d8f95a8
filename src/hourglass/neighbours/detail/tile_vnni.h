// The only kernel that needs instructions Debian's Highway does not support: the 8-bit dot products of
// AVX512-VNNI.
#pragma once

#include "hourglass/neighbours/detail/tile.h"

namespace hourglass {

// Whether this processor supports them; it must have AVX-512.
bool HasVnni();

// kBytesL2 of ComputeTile, with 64 byte products per instruction instead of 16.
void TileBytesL2Vnni(const Tile& tile);

}  // namespace hourglass
