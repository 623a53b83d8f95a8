// Checksums.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace hourglass {

// Hexadecimal SHA-256 of `bytes` (64 characters), computed by OpenSSL.
std::string Sha256(std::string_view bytes);
// The same for bytes in several consecutive parts.
std::string Sha256(std::span<const std::string_view> parts);

// The same for bytes that arrive in pieces.
class Sha256Sum {
 public:
  Sha256Sum();
  void Add(std::string_view bytes);
  // Hash of all bytes so far.
  std::string Hex() const;

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

}  // namespace hourglass
