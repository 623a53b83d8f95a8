// Checksums.
#pragma once

#include <string>
#include <string_view>

namespace hourglass {

// Hexadecimal SHA-256 of `bytes` (64 characters), by OpenSSL.
std::string Sha256(std::string_view bytes);

}  // namespace hourglass
