// Pseudonyms: what stands for a client's address in old lines of the query log: an HMAC (RFC 2104, SHA-256) under a key
// of its period of seven days. Within a period one client has one pseudonym; without the key nothing leads back, and a
// key is destroyed with the last line of its period.
// Thread: the log writer's.   Ownership: owns the key file (mode 0600), which stands apart from the log.
// Fails: of() gives nothing if a new key cannot be kept: error() says why.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace aven::server {

class Pseudonyms {
 public:
  using Period = std::int64_t;
  static constexpr Period period_of(std::int64_t unix_ms) noexcept { return unix_ms / (7 * 86'400'000LL); }

  Pseudonyms(std::filesystem::path file, RandomSource& random);

  // "p-" and 16 hex digits.
  std::optional<std::string> of(std::string_view client, Period period);
  // Destroys the keys of earlier periods.
  bool forget_before(Period period);
  const std::string& error() const noexcept { return error_; }

 private:
  using Key = std::array<std::uint8_t, 32>;
  void load();
  bool save();

  std::filesystem::path file_;
  RandomSource& random_;
  std::map<Period, Key> keys_;
  std::string error_;
};

}  // namespace aven::server
