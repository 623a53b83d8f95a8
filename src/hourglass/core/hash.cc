#include "hourglass/core/hash.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <memory>

#include "hourglass/core/check.h"

namespace hourglass {

std::string Sha256(std::string_view bytes) {
  return Sha256({&bytes, 1});
}

std::string Sha256(std::span<const std::string_view> parts) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HOURGLASS_CHECK(context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  for (std::string_view part : parts) {
    HOURGLASS_CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  }
  HOURGLASS_CHECK(EVP_DigestFinal_ex(context.get(), digest, &length) == 1);
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace hourglass
