#include "status/accounts.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "status/password.h"

namespace aven::status {
namespace {

constexpr std::size_t MostName = 32;

std::optional<Account> parse_line(std::string_view line) {
  const auto name_end = line.find(':');
  if (name_end == std::string_view::npos) return std::nullopt;
  const auto role_end = line.find(':', name_end + 1);
  if (role_end == std::string_view::npos) return std::nullopt;
  const auto role = line.substr(name_end + 1, role_end - name_end - 1);
  Account account{std::string{line.substr(0, name_end)}, Role::Viewer, std::string{line.substr(role_end + 1)}};
  if (role == role_key(Role::Operator)) {
    account.role = Role::Operator;
  } else if (role != role_key(Role::Viewer)) {
    return std::nullopt;
  }
  if (!is_account_name(account.name) || !is_password_hash(account.hash)) return std::nullopt;
  return account;
}

}  // namespace

bool is_account_name(std::string_view name) noexcept {
  static constexpr std::string_view Allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  return !name.empty() && name.size() <= MostName && name.find_first_not_of(Allowed) == std::string_view::npos;
}

Expected<Accounts, std::string> Accounts::parse(std::string_view text) {
  Accounts accounts;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    auto account = parse_line(line);
    const std::string place = "line " + std::to_string(number);
    if (!account) return Unexpected{place + " is no account; `aven passwd` writes this file"};
    if (accounts.find(account->name) != nullptr) return Unexpected{place + ": " + account->name + " is there twice"};
    accounts.list_.push_back(std::move(*account));
  }
  return accounts;
}

const Account* Accounts::find(std::string_view name) const noexcept {
  const auto found = std::find_if(list_.begin(), list_.end(), [&](const auto& one) { return one.name == name; });
  return found == list_.end() ? nullptr : &*found;
}

void Accounts::set(Account account) {
  remove(account.name);
  list_.push_back(std::move(account));
}

bool Accounts::remove(std::string_view name) {
  return std::erase_if(list_, [&](const auto& one) { return one.name == name; }) > 0;
}

std::string Accounts::text() const {
  std::string text = "# Accounts of Aven's status page, written by `aven passwd`.\n";
  for (const auto& one : list_) text += one.name + ':' + std::string{role_key(one.role)} + ':' + one.hash + '\n';
  return text;
}

}  // namespace aven::status
