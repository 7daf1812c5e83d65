// Sessions: who is logged in, by the secret of their cookie. In memory: a restart logs everybody out.
// Thread: the HTTP thread's.
// Lifetime: a session ends with its time, with log-out, and when its account has changed or is gone; the oldest makes room
// for a new one.
// Fails: never; an unknown secret is nobody.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/tick.h"
#include "status/accounts.h"

namespace aven::status {

class Sessions {
 public:
  static constexpr std::size_t Most = 200;

  explicit Sessions(Duration length) : length_(length) {}

  // Gives the secret for the cookie, 64 hex digits.
  std::string start(const Account& account, Tick now, RandomSource& random);
  std::optional<Visitor> find(std::string_view secret, const Accounts& accounts, Tick now);
  void end(std::string_view secret);
  std::size_t size() const noexcept { return sessions_.size(); }

 private:
  struct Session {
    Account account;  // as it was at the log-in
    Tick ends{};
  };
  const Duration length_;
  std::map<std::string, Session> sessions_;  // by the secret's SHA-256: how long a look-up takes tells nothing
};

}  // namespace aven::status
