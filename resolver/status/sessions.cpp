#include "status/sessions.h"

#include <algorithm>
#include <array>
#include <openssl/evp.h>

#include "base/check.h"
#include "status/hex.h"

namespace aven::status {
namespace {

constexpr std::size_t SecretSize = 32;

std::string digest(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
  unsigned size = 0;
  AVEN_CHECK(EVP_Digest(text.data(), text.size(), octets.data(), &size, EVP_sha256(), nullptr) == 1);
  return {octets.begin(), octets.begin() + size};
}

}  // namespace

std::string Sessions::start(const Account& account, Tick now, RandomSource& random) {
  std::erase_if(sessions_, [&](const auto& one) { return one.second.ends <= now; });
  if (sessions_.size() >= Most) {
    sessions_.erase(std::min_element(sessions_.begin(), sessions_.end(),
                                     [](const auto& a, const auto& b) { return a.second.ends < b.second.ends; }));
  }
  std::array<std::uint8_t, SecretSize> octets{};
  random.fill(octets);
  auto secret = to_hex(octets);
  sessions_[digest(secret)] = {account, now + length_};
  return secret;
}

std::optional<Visitor> Sessions::find(std::string_view secret, const Accounts& accounts, Tick now) {
  const auto found = sessions_.find(digest(secret));
  if (found == sessions_.end()) return std::nullopt;
  const auto& [account, ends] = found->second;
  const auto* as_it_is = accounts.find(account.name);
  if (ends <= now || as_it_is == nullptr || *as_it_is != account) {
    sessions_.erase(found);
    return std::nullopt;
  }
  return Visitor{account.name, account.role};
}

void Sessions::end(std::string_view secret) {
  sessions_.erase(digest(secret));
}

}  // namespace aven::status
