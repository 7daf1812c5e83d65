// Sha256: a checksum in hex digits of what is added piece by piece.
// Thread: any, one at a time.   Fails: never (without memory it ends the program).
#pragma once

#include <array>
#include <memory>
#include <openssl/evp.h>
#include <string>
#include <string_view>

#include "base/check.h"

namespace aven::app {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    AVEN_CHECK(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void add(std::string_view text) { AVEN_CHECK(EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1); }
  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    AVEN_CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
    constexpr std::string_view Digits = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < size; ++i) (text += Digits[digest[i] >> 4]) += Digits[digest[i] & 0xf];
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

}  // namespace aven::app
