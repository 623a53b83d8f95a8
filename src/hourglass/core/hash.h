// Checksums.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hourglass {

// Hexadecimal SHA-256 of `bytes` (64 characters), by OpenSSL.
std::string Sha256(std::string_view bytes);
// The same of bytes in several parts, one after the other.
std::string Sha256(std::span<const std::string_view> parts);

}  // namespace hourglass
