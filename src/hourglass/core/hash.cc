#include "hourglass/core/hash.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <memory>

#include "hourglass/core/check.h"

namespace hourglass {
namespace {

EVP_MD_CTX* AsContext(void* context) {
  return static_cast<EVP_MD_CTX*>(context);
}

}  // namespace

void Sha256Sum::Free::operator()(void* context) const {
  EVP_MD_CTX_free(AsContext(context));
}

Sha256Sum::Sha256Sum() : context_(EVP_MD_CTX_new()) {
  HOURGLASS_CHECK(EVP_DigestInit_ex(AsContext(context_.get()), EVP_sha256(), nullptr) == 1);
}

void Sha256Sum::Add(std::string_view bytes) {
  HOURGLASS_CHECK(EVP_DigestUpdate(AsContext(context_.get()), bytes.data(), bytes.size()) == 1);
}

std::string Sha256Sum::Hex() const {
  const Sha256Sum copy;  // the final step changes it
  HOURGLASS_CHECK(EVP_MD_CTX_copy_ex(AsContext(copy.context_.get()), AsContext(context_.get())) == 1);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HOURGLASS_CHECK(EVP_DigestFinal_ex(AsContext(copy.context_.get()), digest, &length) == 1);
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

std::string Sha256(std::string_view bytes) {
  return Sha256({&bytes, 1});
}

std::string Sha256(std::span<const std::string_view> parts) {
  Sha256Sum sum;
  for (const std::string_view part : parts) sum.Add(part);
  return sum.Hex();
}

}  // namespace hourglass
