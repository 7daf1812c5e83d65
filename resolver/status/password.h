// Password hashes: scrypt (RFC 7914) by OpenSSL, as one text "scrypt:LOG2_N:R:P:SALT:KEY", numbers decimal, octets in
// hex.
// Thread: any; a call takes some 50 ms and 32 MiB, so bound how often strangers cause one.
// Fails: a text that is no such hash matches no password.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace aven::status {

inline constexpr std::size_t LeastPassword = 12, MostPassword = 200;  // octets

// Nothing only if OpenSSL refuses (no memory).
std::optional<std::string> hash_password(std::string_view password, RandomSource& random);
bool is_password_hash(std::string_view hash) noexcept;
bool password_matches(std::string_view password, std::string_view hash);

}  // namespace aven::status
