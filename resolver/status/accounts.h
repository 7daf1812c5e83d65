// Accounts: who may log in. One line each, NAME:ROLE:HASH (password.h), `#` before remarks.
// Thread: any; a value.
// Fails: parse() by one sentence with the line's number; the file is then not used at all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"
#include "status/visitor.h"

namespace aven::status {

struct Account {
  std::string name;
  Role role = Role::Viewer;
  std::string hash;

  bool operator==(const Account&) const = default;
};

class Accounts {
 public:
  static Expected<Accounts, std::string> parse(std::string_view text);

  bool empty() const noexcept { return list_.empty(); }
  const Account* find(std::string_view name) const noexcept;
  // Adds it, or replaces the one of that name.
  void set(Account account);
  // False: there is none of that name.
  bool remove(std::string_view name);
  std::string text() const;

 private:
  std::vector<Account> list_;
};

// 1 to 32 letters, digits, dots, hyphens and underscores.
bool is_account_name(std::string_view name) noexcept;

}  // namespace aven::status
