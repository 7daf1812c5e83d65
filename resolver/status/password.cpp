#include "status/password.h"

#include <array>
#include <charconv>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <span>
#include <vector>

#include "status/hex.h"

namespace aven::status {
namespace {

constexpr std::size_t SaltSize = 16, KeySize = 32;
constexpr std::uint64_t MostMemory = std::uint64_t{256} << 20;

struct Hash {
  unsigned log2_n = 15, r = 8, p = 1;
  std::vector<std::uint8_t> salt, key;
};

bool derive(std::string_view password, const Hash& hash, std::span<std::uint8_t> key) {
  return EVP_PBE_scrypt(password.data(), password.size(), hash.salt.data(), hash.salt.size(),
                        std::uint64_t{1} << hash.log2_n, hash.r, hash.p, MostMemory, key.data(), key.size()) == 1;
}

// Takes the text before the next colon off `rest`.
std::string_view next_part(std::string_view& rest) noexcept {
  const auto colon = rest.find(':');
  const auto part = rest.substr(0, colon);
  rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  return part;
}

bool read_number(std::string_view text, unsigned least, unsigned most, unsigned& out) noexcept {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() && out >= least && out <= most;
}

std::optional<Hash> parse(std::string_view text) {
  Hash hash;
  if (next_part(text) != "scrypt") return std::nullopt;
  if (!read_number(next_part(text), 10, 17, hash.log2_n) || !read_number(next_part(text), 1, 16, hash.r) ||
      !read_number(next_part(text), 1, 4, hash.p)) {
    return std::nullopt;
  }
  auto salt = from_hex(next_part(text));
  auto key = from_hex(text);
  if (!salt || !key || salt->size() < 8 || key->size() != KeySize) return std::nullopt;
  hash.salt = std::move(*salt);
  hash.key = std::move(*key);
  return hash;
}

}  // namespace

std::optional<std::string> hash_password(std::string_view password, RandomSource& random) {
  Hash hash;
  hash.salt.resize(SaltSize);
  hash.key.resize(KeySize);
  random.fill(hash.salt);
  if (!derive(password, hash, hash.key)) return std::nullopt;
  return "scrypt:" + std::to_string(hash.log2_n) + ':' + std::to_string(hash.r) + ':' + std::to_string(hash.p) + ':' +
         to_hex(hash.salt) + ':' + to_hex(hash.key);
}

bool is_password_hash(std::string_view hash) noexcept {
  return parse(hash).has_value();
}

bool password_matches(std::string_view password, std::string_view text) {
  const auto hash = parse(text);
  std::array<std::uint8_t, KeySize> key{};
  return hash && derive(password, *hash, key) && CRYPTO_memcmp(key.data(), hash->key.data(), KeySize) == 0;
}

}  // namespace aven::status
